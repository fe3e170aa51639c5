/*
 * The parts of the machine, for the files of src/core alone.
 *
 *   core ─┬─ queues ── queue ─┬─ bins ── bin ── sets ── set ── ops ── op
 *         │                   ├─ busy keys (leased, held, dead sets by key)
 *         │                   └─ ops by id
 *         ├─ leases ── lease ── its set
 *         ├─ groups ── group ── members ── member ── its op, while there is one
 *         ├─ watches ── watch ── its op, while there is one
 *         └─ timers: everything that is due, in one heap
 *
 * A set's state is the bin it stands in, and set_enter()/set_leave() are the only
 * ones to move it. To throw away a million sets, their bin is replaced by an empty one
 * and *doomed*: from that moment whatever is in it counts as gone, while core_tick()
 * ends its ops one after the other. Whoever reaches a set, op or lease by another way
 * (an id, a token, a timer) asks set_is_doomed() first.
 *
 * Ownership: a queue owns its bins and busy keys, a bin its sets, a set its ops and
 * its lease, a group its members. Ops point to members and watches and back; the side
 * that dies first cuts the link.
 */
#ifndef INFLIGHT_CORE_MACHINE_H
#define INFLIGHT_CORE_MACHINE_H

#include "base/check.h"
#include "base/clock.h"
#include "base/heap.h"
#include "base/index.h"
#include "base/list.h"
#include "base/map.h"
#include "core/core.h"

#define MADE_ID_MAX     32    /* bytes of an op id of our making */
#define TOKEN_MAX       48    /* bytes of a lease token */
#define RECENT_FINISHES 10000 /* the contract's memory for repeated finishes */

/* What heap_node.kind says in core.timers. */
enum timer_kind {
	TIMER_WINDOW,        /* a waiting set gets ready */
	TIMER_LEASE,         /* a leased set goes back */
	TIMER_TTL,           /* an op expires */
	TIMER_GROUP_TIMEOUT, /* a group ends with what it has */
	TIMER_GROUP_RETAIN,  /* a completed group is forgotten */
	TIMER_QUEUE_IDLE,    /* a queue nobody used is forgotten */
};

enum bin_kind { BIN_PENDING, BIN_HELD, BIN_LEASED, BIN_DEAD };
#define BIN_KINDS 4

struct queue;
struct set;

/*
 * All sets of a queue in one condition. `sets` holds them oldest first; in the
 * pending bin those are the ready ones that came in order, the ones that came back to an
 * older place stand in `returned`, and those whose window is open in `waiting`, or in
 * `ending` once a close has ended it, be the queue open again or not.
 */
struct bin {
	struct queue *queue;
	enum bin_kind kind;
	enum outcome_kind doom; /* how its ops end; NONE while it lives */
	uint64_t set_count;
	uint64_t op_count;
	struct list sets;
	/* BIN_PENDING only: */
	struct heap returned;
	struct list waiting;
	struct list ending; /* windows that a close has ended; to be made ready */
	uint64_t waiting_count;
	uint64_t ending_count;
	uint32_t era; /* of the windows in `waiting`; those of an earlier one are in `ending` */
	struct map by_key; /* one set for each key */
	struct list_node doomed_node;
};

struct queue {
	struct map_node node;
	struct core *core;
	struct queue_options options;
	struct bin *bins[BIN_KINDS];
	struct map busy; /* keys with a leased, held or dead set */
	struct map ops;  /* by id, whatever their state */
	struct queue_counters counters;
	struct heap_node idle_timer;
	struct list_node closing_node; /* in core.closing while windows are being ended */
	uint64_t touched_ns;
	unsigned doomed_bins; /* thrown away and not worked off yet; they keep a deleted queue */
	bool by_first_use;    /* may be forgotten when idle */
	bool closed;
	bool paused;
	bool gone; /* deleted: only its doomed bins keep it */
	uint16_t name_len;
	char name[];
};

/* A key in use: what is leased, held aside or dead under it. */
struct busy {
	struct map_node node;
	struct list leased; /* sets, by same_key */
	struct list dead;
	struct set *held;
	uint16_t key_len;
	char key[];
};

struct set {
	struct bin *bin;
	struct list_node node; /* in one of the bin's lists */
	union {
		struct map_node by_key;    /* pending: in the bin's map */
		struct list_node same_key; /* leased, dead: in the busy key's list */
	};
	struct heap_node timer; /* waiting: window; leased: deadline; ready: place in `returned` */
	struct list ops;
	struct lease *lease;
	struct busy *busy;   /* leased, held, dead */
	uint64_t created_ns; /* when its first op came */
	uint64_t open_ns;    /* not ready before, 0: no such time */
	uint64_t ready_ns;   /* since when it is ready: with seq, its place in the order */
	uint64_t seq;
	uint32_t op_count;
	uint32_t era; /* waiting: the bin's when it came */
	uint16_t key_len;
	uint8_t state;     /* enum set_state */
	bool has_returned; /* waiting: for the delay of a release; its window is behind it */
	char key[];
};

struct lease {
	struct map_node by_fence;
	struct set *set;
	struct owner *owner; /* NULL: outlives its connection */
	struct list_node owner_node;
	struct blob *holder;
	uint64_t fence;
	uint64_t granted_ns;
	uint64_t lease_ms;
};

/* A connection that wants its leases released when it ends. */
struct owner {
	struct map_node node;
	struct list leases;
	struct list_node orphan_node; /* in core.orphans once it is gone */
	uint64_t id;
};

/* A finish that was done, remembered for repeats. */
struct recent {
	struct map_node by_fence;
	uint64_t fence;
	uint64_t finished;
	uint64_t released;
	bool used;
};

struct op {
	struct list_node node; /* in its set */
	struct map_node by_id; /* in its queue */
	struct set *set;
	struct member *member; /* of a group, or NULL */
	struct watch *watches; /* first of those who wait for the outcome */
	struct ttl *ttl;       /* NULL: never expires */
	uint32_t attempts;
	uint32_t msg_len;
	uint16_t id_len;
	bool reported; /* dead: its outcome was told already */
	char bytes[];  /* id, then msg */
};

struct ttl {
	struct heap_node timer;
	struct op *op;
	uint64_t due_ns;
};

struct watch {
	struct map_node node;
	struct watch *next;
	struct watch **link;         /* what points to this one; NULL where the op has ended */
	struct list_node group_node; /* hangs on a member: in its group's `watched` */
	uint64_t id;
	enum outcome_kind outcome;
	struct blob *json;
};

struct member {
	struct list_node node; /* in its group, in the order of adding */
	struct map_node by_id;
	struct group *group;
	struct op *op;         /* NULL: not queued, or ended */
	struct group *child;   /* the group whose completion it stands for, until then */
	struct watch *watches; /* of those who came while it had no op */
	enum outcome_kind outcome;
	struct blob *json;
	uint16_t id_len;
	uint16_t key_len;
	bool queued;  /* has a key to show */
	char bytes[]; /* id, then key */
};

struct group {
	struct map_node node;
	struct list members;
	struct list watched; /* watches that hang on members */
	struct map by_id;
	struct heap_node timer;          /* timeout before completion, retention after it */
	struct list_node completed_node; /* while its completion is being announced */
	struct list_node doomed_node;
	struct member *parent;          /* the op of another group that stands for this one */
	struct blob *on_complete_queue; /* NULL: nothing happens on completion */
	struct blob *on_complete_key;
	struct blob *on_complete_op;
	uint64_t ops;
	uint64_t outstanding;
	uint64_t failed;
	uint64_t size; /* seals itself at that many; TIME_NEVER: never */
	uint64_t retain_ms;
	bool auto_complete;
	bool sealed;
	bool complete;
	bool timed_out; /* members without outcome count as timed out */
	bool doomed;
	uint16_t name_len;
	char name[];
};

struct core {
	struct core_config config;
	struct core_seed seed;
	struct core_hooks hooks;
	uint64_t now_ns; /* of the verb or tick under way */
	uint64_t bytes;  /* held by everything below */
	uint64_t next_seq;
	uint64_t next_fence;
	uint64_t next_op;
	uint64_t next_watch;
	struct heap timers;
	struct map queues;
	struct index queue_names;
	struct map groups;
	struct index group_names;
	struct map leases;
	struct map owners;
	struct map watches;
	struct map recent_map;
	struct recent *recent; /* ring of RECENT_FINISHES */
	size_t recent_next;
	/* Work for core_tick(): */
	struct list closing; /* queues whose windows end because they were closed */
	struct list orphans; /* owners whose leases are to be released */
	struct list doomed_bins;
	uint64_t doomed_leases; /* of sets in them */
	struct list doomed_groups;
	struct list completed_groups; /* whose on_complete is being seen to; empty between verbs */
	bool announcing;
	struct set *spent;        /* delivered without a lease; lives until the next verb or tick */
	struct set **peeked;      /* what the last peek found, for its cursor */
	struct blob *null_result; /* the JSON null */
	struct blob *polled;      /* outcome that the last watch_poll showed */
	struct buf scratch;       /* for messages rendered at completion */
	char token[TOKEN_MAX];    /* of the last take, for its answer */
	struct queue_counters totals;
	uint64_t refused_memory;
	uint64_t refused_queues;
	uint64_t refused_groups;
	uint64_t refused_group_ops;
};

/* ---- core.c: memory, beginnings of verbs -------------------------------- */

/* What one allocation costs: its size, the allocator's header, a map's slot. */
static inline size_t
core_cost(size_t size)
{
	return size + 16;
}

static inline size_t
core_blob_cost(size_t len)
{
	return core_cost(sizeof(struct blob) + len);
}

void *core_alloc(struct core *core, size_t size);
void core_dealloc(struct core *core, void *ptr, size_t size);
struct blob *core_blob_new(struct core *core, struct span bytes);
void core_blob_unref(struct core *core, struct blob *blob);

/* Every verb begins with this: it dates the call and frees what the last answer showed. */
void core_begin(struct core *core, uint64_t now_ns);

/* Would allocations that cost so much go beyond max_memory? Then *refusal says so. */
bool core_is_full(struct core *core, size_t cost, struct refusal *refusal);

/* Fills *refusal and returns its code. */
enum err refuse(struct refusal *refusal, enum err err);
enum err refuse_limit(struct refusal *refusal, const char *name, uint64_t value);

/* An id of our own making into `out`; returns its length. */
size_t core_make_id(struct core *core, char out[MADE_ID_MAX]);

/* ---- queue.c ------------------------------------------------------------- */

struct queue *queue_find(struct core *core, struct span name);
struct queue *queue_new(struct core *core, struct span name, const struct queue_options *options);
void queue_free(struct queue *queue);
bool queue_is_empty(const struct queue *queue);

/* Takes the queue out of the maps and dooms its bins, which keep the structure until they are
 * empty. */
void queue_dispose(struct queue *queue, enum outcome_kind doom);
void queue_touch(struct queue *queue);
void queue_forget_if_idle(struct queue *queue);

/*
 * For a verb that uses a queue by name: NULL with *refusal filled where it cannot.
 * queue_begin() also begins the verb and notes that the queue was used.
 */
struct queue *queue_need(struct core *core, struct span name, struct refusal *refusal);
struct queue *
queue_begin(struct core *core, uint64_t now_ns, struct span name, struct refusal *refusal);
bool queue_may_be_made(struct core *core, size_t name_len, struct refusal *refusal);
size_t queue_cost(size_t name_len);
struct queue *queue_need_or_create(struct core *core, struct span name, struct refusal *refusal);

/* Tells those who wait that a closed queue has nothing left, if that is so. */
void queue_note_exhausted(struct queue *queue);
bool queue_is_exhausted(const struct queue *queue);

static inline struct span
queue_name(const struct queue *queue)
{
	return span_make(queue->name, queue->name_len);
}

/* Adds to a counter of the queue and to the daemon's sum. */
#define QUEUE_COUNT(queue, field, n)                \
	do {                                        \
		(queue)->counters.field += (n);     \
		(queue)->core->totals.field += (n); \
	} while (0)

/* ---- set.c --------------------------------------------------------------- */

struct set *set_new(struct core *core, struct span key, uint64_t created_ns);
void set_free(struct core *core, struct set *set); /* has no ops and is in no bin */
size_t set_size(size_t key_len);

/* Puts a set that is in no bin into one. `busy` is the key's, NULL for pending. */
void set_enter(struct set *set, struct bin *bin, enum set_state state, struct busy *busy);
void set_leave(struct set *set);

/* Pending: waits until due_ns, or is ready at once where that is past or the queue closed. */
void set_wait_until(struct set *set, uint64_t due_ns);
void set_become_ready(struct set *set);

/* When a waiting set gets ready, its last op having come now. */
uint64_t set_due(const struct set *set, const struct queue_options *options);

void set_add_op(struct set *set, struct op *op);

/* Ops have joined: a set that waits may have to wait longer, or not at all. */
void set_reconsider(struct set *set);

/* All ops of `from`, which is in no bin and goes, to a pending set. O(ops of `from`). */
void set_absorb(struct set *set, struct set *from);

/*
 * One set out of two that are in no bin: the ops of `front`, then those of `back`, at
 * front's place. Frees one of the structures and returns the other. O(ops of the smaller).
 */
struct set *set_join(struct core *core, struct set *front, struct set *back);

/*
 * Puts a set that is in no bin among the pending ones, ready or waiting for its open_ns. One of
 * its key that is there joins it, and the older of the two places is kept.
 */
void set_enter_pending(struct queue *queue, struct set *set);

static inline struct span
set_key(const struct set *set)
{
	return span_make(set->key, set->key_len);
}

/* In the order of being handed out. */
static inline bool
set_is_before(const struct set *a, const struct set *b)
{
	return a->ready_ns != b->ready_ns ? a->ready_ns < b->ready_ns : a->seq < b->seq;
}

/* Its window was ended by a close: ready in all but its list. */
static inline bool
set_is_ending(const struct set *set)
{
	return set->state == SET_WAITING && set->era != set->bin->era;
}

static inline bool
set_is_doomed(const struct set *set)
{
	return set->bin->doom != OUTCOME_NONE;
}

/* ---- bin.c --------------------------------------------------------------- */

struct bin *bin_new(struct queue *queue, enum bin_kind kind);
void bin_free(struct bin *bin);                               /* has no sets */
struct set *bin_find(const struct bin *bin, struct span key); /* pending, by key */

/* The set that has been ready longest, NULL where none is. */
struct set *bin_first_ready(const struct bin *bin);

/* Any set at all, for working a bin off; NULL where it is empty. */
struct set *bin_any(const struct bin *bin);

/* Puts a set among the ready ones, at the place that ready_ns and seq tell. */
void bin_insert_ready(struct bin *bin, struct set *set);

/* All windows of a closed queue end now; they are made ready one by one by core_tick(). */
void bin_end_windows(struct bin *bin);

/* ---- busy.c -------------------------------------------------------------- */

struct busy *busy_find(const struct queue *queue, struct span key);
struct busy *busy_need(struct queue *queue, struct span key);
void busy_free_if_idle(struct queue *queue, struct busy *busy);
bool busy_is_leased(const struct busy *busy); /* NULL: false */

/* The held set, NULL where there is none or it was purged. */
struct set *busy_held(struct busy *busy);

/* ---- op.c ---------------------------------------------------------------- */

size_t op_size(size_t id_len, size_t msg_len);
struct op *op_new(struct queue *queue, struct span id, struct span msg);
struct op *op_find(struct queue *queue, struct span id); /* never a doomed one */
void op_set_ttl(struct op *op, uint64_t due_ns);
void op_drop_ttl(struct op *op);

/* The id is free again; the op itself stays. */
void op_forget(struct queue *queue, struct op *op);
void op_free(struct core *core, struct op *op);

/*
 * Tells the op's group and watches how it ended, once. op->member still shows the group
 * afterwards; clear it if the op lives on.
 */
void op_report(struct core *core, struct op *op, enum outcome_kind kind, struct blob *json);

/*
 * Takes the op out of its set, reports and frees it. With its last op a set goes too, unless it
 * is leased or doomed: those who end its ops see to it.
 */
void op_end(struct op *op, enum outcome_kind kind, struct blob *json);

/* What the ttl timer does. */
void op_expire(struct op *op);

static inline struct span
op_id(const struct op *op)
{
	return span_make(op->bytes, op->id_len);
}

static inline struct span
op_msg(const struct op *op)
{
	return span_make(op->bytes + op->id_len, op->msg_len);
}

/* ---- enqueue.c ----------------------------------------------------------- */

/* An op from the inside: whatever the queue's limits, in the member's group. */
void enqueue_internal(struct core *core, struct span queue, struct span key, struct span op,
	struct span msg, struct member *member);

/* ---- lease.c ------------------------------------------------------------- */

void lease_expire(struct set *set);

/* Takes the lease off its set and frees it; the set stays in its bin. */
void lease_drop(struct set *set);

struct span lease_token(const struct core *core, uint64_t fence, char out[TOKEN_MAX]);

/* ---- giveback.c ----------------------------------------------------------- */

/*
 * A leased set goes back: its lease ends, ops without attempts left die, the rest
 * goes to the old place in the order (after delay_ms, where given), joined by what is held or
 * waits under its key. Returns how many ops it had.
 */
uint64_t set_give_back(struct set *set, uint64_t delay_ms, bool undelivered);

/* A leased set is over; what was held under its key becomes a set at the tail. */
void set_finish_lease(struct set *set);

/* A dead set among the ready ones again. */
void set_revive(struct set *set);

/* ---- group.c, member.c ---------------------------------------------------- */

struct group *group_find(struct core *core, struct span name);
void group_free(struct core *core, struct group *group); /* has no members */
void group_time_out(struct core *core, struct group *group);
void group_forget(struct core *core, struct group *group);
void group_complete_if_done(struct core *core, struct group *group);

size_t member_size(size_t id_len, size_t key_len);
struct member *
member_new(struct core *core, struct group *group, struct span id, struct span key, bool queued);
void member_free(struct core *core, struct member *member);
struct member *member_find(const struct group *group, struct span id);
/* False where the member had its outcome already. */
bool
member_settle(struct core *core, struct member *member, enum outcome_kind kind, struct blob *json);

/* May an op join? ERR_NONE, or *refusal says why not. */
enum err group_may_grow(struct core *core, const struct group *group, struct refusal *refusal);
/* After an op was added: a group of a given size seals itself. */
void group_grown(struct core *core, struct group *group);
void group_view(const struct group *group, struct group_view *ret);

static inline struct span
group_name(const struct group *group)
{
	return span_make(group->name, group->name_len);
}

static inline struct span
member_id(const struct member *member)
{
	return span_make(member->bytes, member->id_len);
}

/* ---- watch.c -------------------------------------------------------------- */

struct watch *watch_new(struct core *core, struct op *op);
struct watch *watch_new_on_member(struct core *core, struct member *member);
void watch_free(struct core *core, struct watch *watch);

/* Tells all in a chain how it ended, and empties it. */
void watch_settle_all(
	struct core *core, struct watch **first, enum outcome_kind kind, struct blob *json);

/* The same for all that hang on members of a group. */
void watch_settle_group(struct core *core, struct group *group, enum outcome_kind kind);

/* ---- reap.c ---------------------------------------------------------------- */

/* From now on the bin's ops count as ended that way; core_tick() ends them. */
void bin_doom(struct bin *bin, enum outcome_kind doom);
void group_doom(struct core *core, struct group *group);

/* Each works off its list for about *budget steps and takes them from it. */
void reap_bins(struct core *core, unsigned *budget);
void reap_groups(struct core *core, unsigned *budget);
void reap_orphans(struct core *core, unsigned *budget);
void reap_windows(struct core *core, unsigned *budget);

/* ---- view.c ---------------------------------------------------------------- */

struct op_cursor set_ops_cursor(const struct set *set);

#endif
