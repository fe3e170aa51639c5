/*
 * What the files of src/core do for each other, file by file. Names that begin with
 * `core_` are in core.h where they are verbs.
 */
#ifndef INFLIGHT_CORE_PARTS_H
#define INFLIGHT_CORE_PARTS_H

#include "core/machine.h"

/* The sets of one key. */
struct kin {
	struct set *first;   /* of all; NULL: there are none */
	struct set *pending; /* at most one of these */
	struct set *held;    /* and of these */
	bool is_leased;
};

/* ---- core.c: memory, beginnings of verbs -------------------------------- */

/* What an object costs: its memory, and a place in a map. */
static inline size_t
core_cost(size_t size)
{
	return pool_cost(size) + 16;
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

/* The hash of a key, an id or a name, for any map of the core. */
static inline uint32_t
core_hash(const struct core *core, struct span text)
{
	return (uint32_t)siphash13(&core->seed.hash, text.ptr, text.len);
}

/*
 * Maps whose keys are numbers of our own making (fences, watches, connections): nobody can choose
 * those, so a plain mix of their bits is hash enough.
 */
struct map_node *number_find(const struct map *map, uint64_t number);
void number_insert(struct map *map, struct map_node *node, uint64_t number);

/* Tells whoever keeps a record; the arguments are the members of a struct core_event. */
#define CORE_TELL(core, ...)                                                                 \
	do {                                                                                 \
		if ((core)->hooks.happened != NULL)                                          \
			(core)->hooks.happened(                                              \
				(core)->hooks.arg, &(const struct core_event){__VA_ARGS__}); \
	} while (0)

/* Every verb begins with this: it dates the call and frees what the last answer showed. */
void core_begin(struct core *core, uint64_t now_ns);

/* Would allocations that cost so much go beyond max_memory? Then *refusal says so. */
bool core_is_full(struct core *core, size_t cost, struct refusal *refusal);

/* Fills *refusal and returns its code. */
enum err refuse(struct refusal *refusal, enum err err);
enum err refuse_limit(struct refusal *refusal, const char *name, uint64_t value);

/* ---- ids.c --------------------------------------------------------------- */

/* An op id, in `out`, that neither the queue nor the group has; either may be NULL. And its hash.
 */
struct span core_make_id(struct core *core, struct queue *queue, const struct group *group,
	char out[MADE_ID_MAX], uint32_t *ret_hash);

/* Before an id that a client chose is used for an op. An absent one is passed over. */
void core_note_id(struct core *core, struct span id);

/* The token of a fence, in `out`. */
struct span lease_token(const struct core *core, uint64_t fence, char out[TOKEN_MAX]);

/* The fence that a token names, 0 where it is none of ours. */
uint64_t token_fence(const struct core *core, struct span token);

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

struct set *set_new(struct core *core, struct span key, uint32_t key_hash);
void set_free(struct core *core, struct set *set); /* has no ops and is in no bin */
size_t set_size(size_t key_len);

/*
 * Puts a set that is in no bin into one, and takes it out. set_place() and set_displace() do
 * it without a look at its key: for one that is alone under it, or whose kin is seen to.
 */
void set_enter(struct set *set, struct bin *bin, enum set_state state);
void set_leave(struct set *set);
void set_place(struct set *set, struct bin *bin, enum set_state state);
void set_displace(struct set *set);

/* The time before which it is not ready, 0: no such time. A set in the leased bin has none. */
uint64_t set_open_ns(const struct set *set);
void set_open_at(struct core *core, struct set *set, uint64_t open_ns);
void set_drop_window(struct core *core, struct set *set);

/*
 * Into the pending bin, ready from due_ns on; at once where that is past or the queue closed.
 * `kin` are the sets of its key.
 */
void set_enter_new(struct queue *queue, struct set *set, uint64_t due_ns, const struct kin *kin);

/* One that waits already: until due_ns. */
void set_wait_until(struct set *set, uint64_t due_ns);
void set_become_ready(struct set *set);

/* The same, by itself: no verb says so. */
void set_end_window(struct set *set);

/* When a waiting set gets ready, its last op having come now. */
uint64_t set_due(const struct queue *queue, const struct set *set);

/* Ops at the end of a set, and out of it again. */
void set_add_op(struct set *set, struct op *op);
void set_remove_op(struct set *set, struct op *op);

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
	return a->place.key != b->place.key ? a->place.key < b->place.key
					    : a->place.tie < b->place.tie;
}

/* Its window was ended by a close: ready in all but its list. */
static inline bool
set_is_ending(const struct set *set)
{
	return set->state == SET_WAITING && set->window->era != set->bin->era;
}

static inline bool
set_is_doomed(const struct set *set)
{
	return set->bin->doom != OUTCOME_NONE;
}

/* ---- bin.c --------------------------------------------------------------- */

struct bin *bin_new(struct queue *queue, enum bin_kind kind);
void bin_free(struct bin *bin); /* has no sets */

/* The set that has been ready longest, NULL where none is. */
struct set *bin_first_ready(const struct bin *bin);

/* Any set at all, for working a bin off; NULL where it is empty. */
struct set *bin_any(const struct bin *bin);

/* All windows of a closed queue end now; they are made ready one by one by core_tick(). */
void bin_end_windows(struct bin *bin);

/* ---- keys.c -------------------------------------------------------------- */

/* All sets of a key; doomed ones that are pending or held are not among them. */
struct kin key_find(struct queue *queue, struct span key, uint32_t hash);

static inline struct kin
set_kin(struct queue *queue, const struct set *set)
{
	return key_find(queue, set_key(set), set->by_key.hash);
}

/* Makes a set known by its key, whose other sets are `kin`; and unknown again, if it is known. */
void key_link(struct queue *queue, struct set *set, const struct kin *kin);
void key_unlink(struct queue *queue, struct set *set);

/* Holds a set that is in no bin aside while its key is leased, behind what is held already. */
void key_hold(struct queue *queue, struct set *set);

/* The order of states in a ring. */
int key_rank(const struct set *set);

/* The oldest leased or dead set of a key, NULL: none. Those of its state follow by age. */
struct set *key_oldest(const struct kin *kin, enum set_state state);

/* No other set has its key. */
static inline bool
set_is_alone(const struct set *set)
{
	return set->key_place == KEY_FIRST && !list_is_linked(&set->twins);
}

/* ---- op.c ---------------------------------------------------------------- */

size_t op_size(size_t id_len, size_t msg_len);
struct op *op_new(struct queue *queue, struct span id, uint32_t id_hash, struct span msg);

/* Never a doomed one. */
struct op *op_find(struct queue *queue, struct span id, uint32_t id_hash);
void op_set_ttl(struct op *op, uint64_t due_ns);
void op_drop_ttl(struct op *op);

struct op_ties *op_need_ties(struct core *core, struct op *op);
void op_join_member(struct core *core, struct op *op, struct member *member);

static inline struct member *
op_member(const struct op *op)
{
	return op->ties == NULL ? NULL : op->ties->member;
}

static inline struct ttl *
op_ttl(const struct op *op)
{
	return op->ties == NULL ? NULL : op->ties->ttl;
}

/* The id is free again; the op itself stays. */
void op_forget(struct queue *queue, struct op *op);
void op_free(struct core *core, struct op *op);

/*
 * Tells the op's group and watches how it ended, once. The op still shows the group
 * afterwards; cut that tie if it lives on.
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

/* A new lease of a set that is in the leased bin; lease_arm() starts its time, or starts it anew.
 */
struct lease *
lease_new(struct core *core, struct set *set, const struct take_args *args, uint64_t lease_ms);
void lease_arm(struct set *set);
void lease_expire(struct set *set);

/* The leased set of a fence, NULL where the lease is over, be it only by the clock. */
struct set *leased_set(struct core *core, uint64_t fence);

/* Takes the lease off its set and frees it; the set stays in its bin. */
void lease_drop(struct set *set);

/* ---- giveback.c ----------------------------------------------------------- */

/*
 * A leased set goes back: its lease ends, ops without attempts left die, the rest
 * goes to the old place in the order (after delay_ms, where given), joined by what is held or
 * waits under its key. Returns how many ops it had.
 */
uint64_t set_give_back(struct set *set, uint64_t delay_ms, bool undelivered);

/* A leased set is over; what was held under its key becomes a set at the tail. */
void set_finish_lease(struct set *set);

/*
 * Up to `most` of the dead sets that were kicked are among the ready ones again, or held
 * aside where somebody works on their key; the reaper goes on with the others. A kick
 * brings back so many at once.
 */
#define KICKS_AT_ONCE 1000
void queue_kick_some(struct queue *queue, uint64_t most);

/* ---- group.c, member.c ---------------------------------------------------- */

struct group *group_find(struct core *core, struct span name);
struct group *group_new(struct core *core, const struct group_create_args *args);
/* Whoever waits for the group may look again. */
void group_note_done(struct core *core, struct group *group);
void group_free(struct core *core, struct group *group); /* has no members */
void group_time_out(struct core *core, struct group *group);
void group_forget(struct core *core, struct group *group);
void group_retire(struct core *core, struct group *group); /* its retention is over */
void group_complete_if_done(struct core *core, struct group *group);

size_t member_size(size_t id_len, size_t key_len);
struct member *member_new(struct core *core, struct group *group, struct span id, uint32_t id_hash,
	struct span key, bool queued);
void member_free(struct core *core, struct member *member);
struct member *member_find(const struct group *group, struct span id, uint32_t id_hash);
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
void reap_kicks(struct core *core, unsigned *budget);

/* ---- stats.c ---------------------------------------------------------------- */

/* Is every op that came in there, or has it ended in a way that was counted? O(1). */
bool core_is_conserved(const struct core *core);

/* ---- view.c ---------------------------------------------------------------- */

struct op_cursor set_ops_cursor(const struct set *set);

#endif
