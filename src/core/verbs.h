/*
 * The vocabulary between the protocol and whatever keeps the queues: for each
 * verb the arguments it takes and the answer it gives. Plain data, no behaviour;
 * the core implements the verbs and every engine carries them.
 *
 * Lifetimes. Spans and cursors in arguments are borrowed until the verb was
 * answered. Spans and cursors in an answer are valid only until the next call
 * into the core or engine; copy what must live longer.
 *
 * Units. Times in arguments and answers are milliseconds; `now_ns` is the
 * monotonic clock of the caller.
 *
 * Absence. An optional string that is absent has ptr == NULL.
 *
 * op      one operation, a message with an id
 * key     what makes two ops duplicates
 * set     the ops merged under one key, handed out together
 * queue   an OpQueue        group   a CallGroup
 * lease   the time-limited claim of a worker on a set; the token proves it
 *
 * The ideas come from the Go package `inflight` (OpQueue, OpWindow, DedupeQueue,
 * CallGroup), its leases from Amazon SQS and beanstalkd, fences from Chubby.
 */
#ifndef INFLIGHT_CORE_VERBS_H
#define INFLIGHT_CORE_VERBS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/blob.h"
#include "base/err.h"
#include "base/histogram.h"
#include "base/span.h"

#define NAME_MAX_BYTES 200 /* queue and group names, op ids, tokens */
#define KEY_MAX_BYTES  1024
#define TIME_MAX_MS    UINT64_C(1000000000000)

/* ---- words ------------------------------------------------------------- */

enum set_state { SET_WAITING, SET_READY, SET_LEASED, SET_HELD, SET_DEAD };
#define SET_STATE_COUNT 5

enum purge_scope { PURGE_PENDING, PURGE_HELD, PURGE_DEAD, PURGE_ALL };

/* How an op ended. The first two carry the worker's JSON, the others their name. */
enum outcome_kind {
	OUTCOME_NONE, /* not yet */
	OUTCOME_RESULT,
	OUTCOME_ERROR,
	OUTCOME_DEAD,
	OUTCOME_EXPIRED,
	OUTCOME_CANCELLED,
	OUTCOME_PURGED,
	OUTCOME_DELETED,
	OUTCOME_TIMEOUT,
};

struct outcome_view {
	enum outcome_kind kind;
	struct span json; /* for RESULT and ERROR */
};

const char *set_state_name(enum set_state state);         /* "waiting" ... */
const char *outcome_kind_name(enum outcome_kind kind);    /* "dead" ... */
const char *outcome_kind_message(enum outcome_kind kind); /* one sentence for people */

/* Why a verb was refused. What is not said here stands in the arguments. */
struct refusal {
	enum err err;
	const char *limit_name; /* ERR_LIMIT: the option's name */
	uint64_t limit;         /* ERR_LIMIT, ERR_SATURATED_*: its value */
	struct span culprit;    /* what exactly was wrong: an op id, an option's name, a queue */
};

/* ---- queues ------------------------------------------------------------ */

struct queue_options {
	uint64_t depth;
	uint64_t width;
	uint64_t window_ms;
	uint64_t quiet_ms;
	uint64_t lease_ms;
	uint64_t max_attempts;
	bool exclusive;
};

/* Which options were given. */
enum queue_option_bit {
	QUEUE_DEPTH = 1 << 0,
	QUEUE_WIDTH = 1 << 1,
	QUEUE_WINDOW = 1 << 2,
	QUEUE_QUIET = 1 << 3,
	QUEUE_EXCLUSIVE = 1 << 4,
	QUEUE_LEASE = 1 << 5,
	QUEUE_ATTEMPTS = 1 << 6,
};

struct queue_configure_args { /* queue_create, queue_update */
	struct span queue;
	struct queue_options options; /* those named by `given` */
	unsigned given;               /* enum queue_option_bit */
};

struct queue_configure_answer {
	bool created;
	struct queue_options options; /* all of them */
};

struct queue_args { /* queue_close, open, pause, resume, stats */
	struct span queue;
};

struct queue_delete_args {
	struct span queue;
	bool force;
};

struct queue_purge_args {
	struct span queue;
	enum purge_scope scope;
};

struct queue_kick_args {
	struct span queue;
	uint64_t count;
};

struct counted_answer { /* purge: both; kick: sets */
	uint64_t sets;
	uint64_t ops;
};

struct op_view {
	struct span op;
	struct span msg;
	struct span group; /* absent: none */
};

struct op_cursor {
	bool (*next)(struct op_cursor *cursor, struct op_view *ret); /* false at the end */
	const void *at;
	const void *end;
};

struct set_view {
	struct span key;
	enum set_state state;
	uint64_t op_count;
	uint64_t attempt;
	uint64_t age_ms;        /* since its first op came */
	uint64_t lease_left_ms; /* LEASED */
	struct span holder;     /* LEASED: name of the connection that took it */
	struct op_cursor ops;
};

struct set_cursor {
	bool (*next)(struct set_cursor *cursor, struct set_view *ret);
	const void *at;
	const void *end;
	uint64_t left;
	uint64_t now_ns;
	struct span key;
	enum set_state state;
};

struct queue_peek_args {
	struct span queue;
	enum set_state state;
	struct span key; /* absent: any */
	uint64_t count;
};

struct queue_peek_answer {
	struct set_cursor sets;
};

/* Only ever grow. Ops, but for `dequeued`, which counts sets. */
struct queue_counters {
	uint64_t enqueued;
	uint64_t merged; /* joined a set that was there */
	uint64_t refused_depth;
	uint64_t refused_width;
	uint64_t dequeued;
	uint64_t finished; /* with a result */
	uint64_t failed;   /* with a worker's error */
	uint64_t released;
	uint64_t lease_expired;
	uint64_t died;
	uint64_t expired;
	uint64_t cancelled;
	uint64_t purged;
	uint64_t deleted;
	uint64_t kicked;       /* came back from the dead list */
	uint64_t dead_dropped; /* left the dead list because it was full */
};

/*
 * How long and how wide. Times have places of milliseconds, by powers of four, and sums of
 * microseconds; widths have places by powers of two.
 */
struct queue_histograms {
	struct histogram wait;  /* of a set delivered for the first time: since its first op came */
	struct histogram work;  /* of a set that was finished: since it was delivered */
	struct histogram width; /* of every set delivered: its ops */
};

#define TIME_SHIFT  2
#define WIDTH_SHIFT 1

/* How many ops have left their queues, in whatever way. */
uint64_t counters_ended(const struct queue_counters *counters);

struct queue_gauges { /* sets, but for `ops` */
	uint64_t depth;
	uint64_t ready;
	uint64_t waiting;
	uint64_t held;
	uint64_t leased;
	uint64_t dead;
	uint64_t ops; /* in waiting, ready, held and leased sets */
	uint64_t oldest_ready_ms;
	uint64_t longest_lease_ms;
};

struct queue_stats_answer {
	struct queue_gauges gauges;
	struct queue_counters counters;
	struct queue_histograms histograms;
	struct queue_options options;
	bool closed;
	bool paused;
};

struct name_cursor {
	bool (*next)(struct name_cursor *cursor, struct span *ret);
	const void *at;
	uint64_t left;
	struct span prefix;
};

struct list_args { /* queue_list, group_list */
	struct span prefix;
	struct span after;
	uint64_t count;
};

struct list_answer {
	struct name_cursor names;
};

/* ---- ops and leases ---------------------------------------------------- */

struct enqueue_args {
	struct span queue;
	struct span key;
	struct span msg;
	struct span op;    /* absent: one is made */
	struct span group; /* absent: none */
	uint64_t delay_ms;
	uint64_t ttl_ms;
	bool watch; /* keep the op's outcome for a watch_poll */
};

struct enqueue_answer {
	struct span op;
	bool started; /* it started a set: "new" on the wire */
	bool duplicate;
	uint64_t depth;
	uint64_t width;
	uint64_t watch; /* 0 where none was asked for */
};

/* Try once to take the oldest ready set; never waits. */
struct take_args {
	struct span queue;
	struct span key; /* absent: any */
	bool has_lease_ms;
	uint64_t lease_ms;
	bool create;         /* may create the queue by its first use */
	uint64_t owner;      /* nonzero: released by owner_gone() */
	struct blob *holder; /* for people: who took it; borrowed, may be NULL */
};

struct take_answer {
	bool found;        /* the rest is set only then */
	struct span token; /* "" for a queue without leases */
	uint64_t fence;
	struct span key;
	uint64_t attempt;
	uint64_t lease_ms;
	struct op_cursor ops;
};

struct op_outcome {
	struct span op;
	struct outcome_view outcome;
};

struct finish_args {
	struct span token;
	struct outcome_view rest; /* for the ops not named; kind NONE: they are released */
	const struct op_outcome *outcomes;
	size_t count;
};

struct finish_answer {
	uint64_t finished;
	uint64_t released;
	bool duplicate;
};

struct release_args {
	struct span token;
	uint64_t delay_ms;
	bool undelivered; /* the worker never saw it: the attempt does not count */
};

struct release_answer {
	uint64_t released;
};

struct extend_args {
	struct span token;
	bool has_lease_ms; /* else the queue's */
	uint64_t lease_ms;
};

struct extend_answer {
	uint64_t lease_ms;
};

struct cancel_args {
	struct span queue;
	struct span op;
};

/* A watch is one caller's interest in one op's outcome. Polling a finished one drops it. */
struct watch_args {
	uint64_t watch;
};

struct watch_answer {
	struct outcome_view outcome; /* kind NONE: not yet */
};

/* All leases taken with that owner go back. */
struct owner_args {
	uint64_t owner;
};

/* ---- groups ------------------------------------------------------------ */

struct on_complete {
	struct span queue; /* absent: nothing is to happen on completion */
	struct span key;
	struct span op;
	struct span group;
};

struct group_create_args {
	struct span group;
	bool has_size;
	uint64_t size;
	bool auto_complete;
	uint64_t timeout_ms; /* 0: none */
	uint64_t retain_ms;
	struct on_complete on_complete;
};

struct group_args { /* group_seal, poll, delete */
	struct span group;
};

struct group_add_args {
	struct span group;
	struct span op; /* absent: one is made */
};

struct group_finish_args {
	struct span group;
	struct span op;
	struct outcome_view outcome; /* RESULT or ERROR */
};

struct group_op_answer { /* group_add, finish, seal */
	struct span op;
	uint64_t outstanding;
	bool duplicate;
};

struct member_view {
	struct span op;
	struct span key; /* absent: not a queued op */
	struct outcome_view outcome;
};

struct member_cursor {
	bool (*next)(struct member_cursor *cursor, struct member_view *ret);
	const void *at;
	const void *end;
	bool timed_out;
};

struct group_view { /* group_poll; and what on_complete renders */
	struct span group;
	bool done;
	bool sealed;   /* it takes no more ops */
	uint64_t size; /* seals itself at that many; TIME_NEVER: never */
	uint64_t ops;
	uint64_t outstanding;
	uint64_t failed;
	struct member_cursor members; /* in the order of adding */
};

/* ---- the whole --------------------------------------------------------- */

struct stats_answer {
	uint64_t queues;
	uint64_t groups;
	uint64_t leases;
	uint64_t memory_bytes;
	struct queue_counters counters;     /* sums, of deleted queues too, */
	struct queue_histograms histograms; /* and so are these */
	uint64_t live_ops;                  /* in any state, the dead included */
	uint64_t refused_memory;            /* verbs refused by each limit */
	uint64_t refused_queues;
	uint64_t refused_groups;
	uint64_t refused_group_ops;
};

#endif
