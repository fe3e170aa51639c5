/*
 * The queueing machine. No descriptor, no clock, no JSON, no log: time and
 * randomness are arguments, payloads are bytes, and everything it has to say
 * goes through hooks. Hold it in a test and turn the crank.
 *
 * Time moves with core_tick(), which does what is due by then (windows, leases,
 * ttl, group deadlines, idle queues) and works off what was thrown away (purged
 * and deleted sets, old groups), in slices of a given budget. Verbs look at
 * `now_ns` only to date things.
 *
 * Every verb costs O(1) or O(log n) plus the size of its own answer. A verb that
 * is refused changes nothing.
 *
 * The core owns all it keeps; freeing it frees queues, groups, everything. It
 * counts the bytes it holds, so that `max_memory` bounds them: a verb that
 * would grow beyond is refused, those that shrink go on.
 */
#ifndef INFLIGHT_CORE_CORE_H
#define INFLIGHT_CORE_CORE_H

#include "base/buf.h"
#include "base/siphash.h"
#include "core/verbs.h"

struct core;

struct core_config {
	struct queue_options queue_defaults;
	bool auto_create;       /* first use creates a queue */
	uint64_t queue_idle_ms; /* 0: never forget one */
	uint64_t max_queues;
	uint64_t max_groups;
	uint64_t max_group_ops;
	uint64_t max_memory; /* bytes; 0: no bound */
};

/* The contract's defaults. */
void core_config_init(struct core_config *config);

/* What makes one run differ from another. */
struct core_seed {
	struct siphash_key hash;  /* of the maps */
	struct siphash_key token; /* of the lease tokens */
	char incarnation[9];      /* 8 characters and a NUL; begins every op id made here */
	uint64_t first_fence;     /* at least 1 */
};

/*
 * What the machine does of its own accord, or in addition to what a verb's answer
 * tells. A record of the verbs and of these is a whole history.
 */
enum core_event_kind {
	CORE_TICKED,         /* core_tick() is about to return `more` */
	CORE_SET_READY,      /* a waiting set of queue and key: its time has come */
	CORE_SET_KICKED,     /* the oldest dead set of queue, with key: it is back */
	CORE_LEASE_EXPIRED,  /* fence */
	CORE_LEASE_ORPHANED, /* fence: given back, its owner is gone */
	CORE_OP_ENDED,       /* op of queue, member of group where that is set: how */
	CORE_OP_ANNOUNCED,   /* op of queue and key tells a completion, for group where set */
	CORE_OP_ADOPTED,     /* op of group is to tell the completion of the one being created */
	CORE_GROUP_TIMED_OUT,
	CORE_GROUP_COMPLETED,
	CORE_GROUP_FORGOTTEN,
	CORE_QUEUE_FORGOTTEN,
};

struct core_event {
	enum core_event_kind kind;
	struct span queue;
	struct span key;
	struct span op;
	struct span group;
	uint64_t fence;
	enum outcome_kind how;
	bool more;
};

/*
 * Called from inside a verb or a tick. Hooks only mark: they must not call back
 * into the core, and may come more often than needed.
 */
struct core_hooks {
	void *arg;
	/* A take may succeed now, or is to be refused (closed and empty). No key: any. */
	void (*queue_ready)(void *arg, struct span queue, struct span key);
	/* The queue was deleted: who waits for it waits in vain. */
	void (*queue_gone)(void *arg, struct span queue);
	/* A group completed, or was deleted. */
	void (*group_done)(void *arg, struct span group);
	/* A watched op ended. */
	void (*watch_done)(void *arg, uint64_t watch);
	/* Is someone waiting on that queue? It is not forgotten then. */
	bool (*queue_in_use)(void *arg, struct span queue);
	/* Writes the message of an on_complete op: the wire form of the view. */
	void (*render_group)(void *arg, const struct group_view *view, struct buf *out);
	/* One of the above, in the order in which they happen; NULL: nobody keeps a record. */
	void (*happened)(void *arg, const struct core_event *event);
};

struct core *core_new(const struct core_config *config, const struct core_seed *seed,
	const struct core_hooks *hooks);
void core_free(struct core *core);

/* New limits and defaults for what comes after. */
void core_configure(struct core *core, const struct core_config *config);

/*
 * Does what is due at `now_ns`, about `budget` steps of it (a step ends one op,
 * one timer, one set). Returns true while more is left to do.
 */
bool core_tick(struct core *core, uint64_t now_ns, unsigned budget);

/* When core_tick() has something to do next: 0 at once, TIME_NEVER nothing. */
uint64_t core_next_due(const struct core *core);

/* Walks everything and CHECKs every invariant; O(n), for tests. */
void core_check(const struct core *core);

/*
 * The verbs. On ERR_NONE *ret is filled; on any other *refusal says why and *ret
 * is untouched. Names are the wire's.
 */
#define CORE_VERB(name, args_type, answer_type)                                                \
	enum err core_##name(struct core *core, uint64_t now_ns, const struct args_type *args, \
		struct answer_type *ret, struct refusal *refusal)

struct no_answer {
	char unused;
};
struct no_args {
	char unused;
};

CORE_VERB(queue_create, queue_configure_args, queue_configure_answer);
CORE_VERB(queue_update, queue_configure_args, queue_configure_answer);
CORE_VERB(queue_close, queue_args, no_answer);
CORE_VERB(queue_open, queue_args, no_answer);
CORE_VERB(queue_delete, queue_delete_args, no_answer);
CORE_VERB(queue_pause, queue_args, no_answer);
CORE_VERB(queue_resume, queue_args, no_answer);
CORE_VERB(queue_purge, queue_purge_args, counted_answer);
CORE_VERB(queue_kick, queue_kick_args, counted_answer);
CORE_VERB(queue_peek, queue_peek_args, queue_peek_answer);
CORE_VERB(queue_stats, queue_args, queue_stats_answer);
CORE_VERB(queue_list, list_args, list_answer);
CORE_VERB(enqueue, enqueue_args, enqueue_answer);
CORE_VERB(take, take_args, take_answer);
CORE_VERB(finish, finish_args, finish_answer);
CORE_VERB(release, release_args, release_answer);
CORE_VERB(extend, extend_args, extend_answer);
CORE_VERB(cancel, cancel_args, no_answer);
CORE_VERB(watch_poll, watch_args, watch_answer);
CORE_VERB(watch_drop, watch_args, no_answer);
CORE_VERB(owner_gone, owner_args, no_answer);
CORE_VERB(group_create, group_create_args, no_answer);
CORE_VERB(group_add, group_add_args, group_op_answer);
CORE_VERB(group_finish, group_finish_args, group_op_answer);
CORE_VERB(group_seal, group_args, group_op_answer);
CORE_VERB(group_poll, group_args, group_view);
CORE_VERB(group_delete, group_args, no_answer);
CORE_VERB(group_list, list_args, list_answer);
CORE_VERB(stats, no_args, stats_answer);

#endif
