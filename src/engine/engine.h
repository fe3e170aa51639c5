/*
 * The boundary under the protocol: whatever keeps the queues is an engine.
 *
 * A verb is one `struct call`: what is asked, and who is to be told. submit()
 * takes the call, and its `done` runs exactly once, on the loop's thread, maybe
 * before submit() returns (an engine in memory), maybe turns later (a journal
 * after its commit, a distributed engine after a round trip).
 *
 * What an engine promises:
 *   - calls of one origin (a connection) take effect in the order submitted; they
 *     may be answered in any order;
 *   - a refused call changed nothing; ERR_UNAVAILABLE: not executed;
 *     ERR_UNKNOWN_OUTCOME: nobody can tell;
 *   - `take` tries once and never waits. Waiting is above the engine: hints say
 *     when to try again. A hint may be spurious.
 *
 * Who owns what: the caller owns the call and everything its arguments point to,
 * and keeps both alive until `done`. Spans in the answer live until `done`
 * returns. `done` may free the call and may submit others, this engine too.
 */
#ifndef INFLIGHT_ENGINE_ENGINE_H
#define INFLIGHT_ENGINE_ENGINE_H

#include "core/core.h"

enum verb {
	VERB_QUEUE_CREATE,
	VERB_QUEUE_UPDATE,
	VERB_QUEUE_CLOSE,
	VERB_QUEUE_OPEN,
	VERB_QUEUE_DELETE,
	VERB_QUEUE_PAUSE,
	VERB_QUEUE_RESUME,
	VERB_QUEUE_PURGE,
	VERB_QUEUE_KICK,
	VERB_QUEUE_PEEK,
	VERB_QUEUE_STATS,
	VERB_QUEUE_LIST,
	VERB_ENQUEUE,
	VERB_TAKE,
	VERB_FINISH,
	VERB_RELEASE,
	VERB_EXTEND,
	VERB_CANCEL,
	VERB_WATCH_POLL,
	VERB_WATCH_DROP,
	VERB_OWNER_GONE,
	VERB_GROUP_CREATE,
	VERB_GROUP_ADD,
	VERB_GROUP_FINISH,
	VERB_GROUP_SEAL,
	VERB_GROUP_POLL,
	VERB_GROUP_DELETE,
	VERB_GROUP_LIST,
	VERB_STATS,
};

struct call {
	enum verb verb;
	uint64_t origin; /* the connection; 0 for the daemon's own calls */
	uint64_t now_ns;
	void (*done)(struct call *call);

	union {
		struct queue_configure_args queue_configure;
		struct queue_args queue;
		struct queue_delete_args queue_delete;
		struct queue_purge_args queue_purge;
		struct queue_kick_args queue_kick;
		struct queue_peek_args queue_peek;
		struct list_args list;
		struct enqueue_args enqueue;
		struct take_args take;
		struct finish_args finish;
		struct release_args release;
		struct extend_args extend;
		struct cancel_args cancel;
		struct watch_args watch;
		struct owner_args owner;
		struct group_create_args group_create;
		struct group_args group;
		struct group_add_args group_add;
		struct group_finish_args group_finish;
		struct no_args none;
	} args;

	/* Filled in before `done`: the answer where refusal.err is ERR_NONE. */
	struct refusal refusal;
	union {
		struct queue_configure_answer queue_configure;
		struct counted_answer counted;
		struct queue_peek_answer queue_peek;
		struct queue_stats_answer queue_stats;
		struct list_answer list;
		struct enqueue_answer enqueue;
		struct take_answer take;
		struct finish_answer finish;
		struct release_answer release;
		struct extend_answer extend;
		struct watch_answer watch;
		struct group_op_answer group_op;
		struct group_view group;
		struct stats_answer stats;
		struct no_answer none;
	} answer;

	struct call *next; /* the engine's, while it has the call */
};

struct engine;

struct engine_ops {
	const char *name; /* "memory": what `info` says */
	/* Every call is answered before submit() returns. */
	bool immediate;
	void (*submit)(struct engine *engine, struct call *call);
	/* Does what is due, about `budget` steps; true while more is left. */
	bool (*tick)(struct engine *engine, uint64_t now_ns, unsigned budget);
	/* When to tick next: 0 at once, TIME_NEVER not until a call comes. */
	uint64_t (*next_due)(const struct engine *engine);
	void (*configure)(struct engine *engine, const struct core_config *config);
	void (*check)(const struct engine *engine); /* CHECKs every invariant it can */
	void (*free)(struct engine *engine);        /* no call may be under way */
};

/* The beginning of every engine. */
struct engine {
	const struct engine_ops *ops;
};

static inline void
engine_submit(struct engine *engine, struct call *call)
{
	engine->ops->submit(engine, call);
}

/* Queues and groups in memory, answering at once. Returns new. */
struct engine *engine_memory_new(const struct core_config *config, const struct core_seed *seed,
	const struct core_hooks *hooks);

#endif
