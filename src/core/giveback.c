/*
 * How a lease ends: what becomes of the set, of what was held aside under its
 * key, and of ops that were delivered too often.
 */
#include <config.h>

#include "core/parts.h"

/* Nobody works on the key any more: what was held becomes a new set at the tail. */
static void
release_held(struct queue *queue, struct span key, uint32_t key_hash)
{
	struct core *core = queue->core;
	struct kin kin = key_find(queue, key, key_hash);
	struct set *held = kin.held;
	uint64_t due;

	if (kin.is_leased || held == NULL)
		return;
	set_leave(held);
	if (kin.pending != NULL) {
		set_absorb(kin.pending, held);
		return;
	}
	held->place.tie = core->next_seq++;
	/* Its window began with its first op, its place in the order begins here. */
	due = set_due(queue, held);
	kin = key_find(queue, key, key_hash);
	set_enter_new(queue, held, due > core->now_ns ? due : core->now_ns, &kin);
}

void
set_finish_lease(struct set *set)
{
	struct queue *queue = set->bin->queue;
	bool is_alone = set_is_alone(set);

	lease_drop(set);
	set_leave(set);
	/* The key is read from the set, so the set goes last. */
	if (!is_alone)
		release_held(queue, set_key(set), set->by_key.hash);
	set_free(queue->core, set);
	queue_note_exhausted(queue);
}

static void
drop_dead(struct queue *queue, struct set *set)
{
	QUEUE_COUNT(queue, dead_dropped, set->op_count);
	for (uint32_t left = set->op_count; left > 0; left--) /* the set goes with the last */
		op_end(set->ops, OUTCOME_DEAD, NULL);
}

/*
 * The dead list holds as many sets as the queue may have waiting; the oldest make room,
 * unless they were kicked and are about to leave.
 */
static void
trim_dead(struct queue *queue)
{
	struct bin *dead = queue->bins[BIN_DEAD];

	struct list_node *oldest = list_first(&dead->sets);

	if (queue->kicks > 0)
		return;
	/* Two at a time: enough to catch up where depth has shrunk, and bounded. */
	for (int i = 0; i < 2 && oldest != NULL && dead->set_count > queue->options.depth; i++) {
		drop_dead(queue, container_of(oldest, struct set, place.link));
		oldest = list_first(&dead->sets);
	}
}

static bool
has_no_attempts_left(const struct queue *queue, const struct op *op)
{
	return op->attempts >= queue->options.max_attempts;
}

/* Moves the ops that were delivered too often into a set of their own; NULL where there are none.
 */
static struct set *
split_dead(struct queue *queue, struct set *set)
{
	struct set *dead = NULL;
	struct op *next = set->ops;

	if (queue->options.max_attempts == 0)
		return NULL;
	for (uint32_t left = set->op_count; left > 0; left--) {
		struct op *op = next;

		next = op->next;
		if (!has_no_attempts_left(queue, op))
			continue;
		if (dead == NULL) {
			dead = set_new(queue->core, set_key(set), set->by_key.hash);
			dead->created_ns = set->created_ns;
		}
		set_remove_op(set, op);
		set_add_op(dead, op);
	}
	return dead;
}

/* The set enters the dead list and its ops are told to be dead, in that order. */
static void
bury(struct queue *queue, struct set *dead)
{
	struct op *op = dead->ops;

	dead->place.tie = queue->core->next_seq++; /* when it died */
	set_enter(dead, queue->bins[BIN_DEAD], SET_DEAD);
	QUEUE_COUNT(queue, died, dead->op_count);
	for (uint32_t left = dead->op_count; left > 0; left--, op = op->next) {
		op_drop_ttl(op);
		op_report(queue->core, op, OUTCOME_DEAD, NULL);
		if (op->ties != NULL)
			op->ties->member = NULL;
	}
	trim_dead(queue);
}

/* An undelivered op was never tried and may still expire; a delivered one no longer does. */
static void
settle_attempts(struct core *core, struct set *set, bool undelivered)
{
	struct op *op = set->ops;

	for (uint32_t left = set->op_count; left > 0; left--, op = op->next) {
		struct ttl *ttl = op_ttl(op);

		if (!undelivered) {
			op_drop_ttl(op);
			continue;
		}
		op->attempts--;
		if (ttl != NULL)
			heap_insert(&core->timers, &ttl->timer, ttl->due_ns, core->next_seq++);
	}
}

/* The rest of a set whose lease ended goes back, with what was held under its key. */
static void
put_back(struct queue *queue, struct set *set, uint64_t delay_ms)
{
	struct core *core = queue->core;
	struct set *held = set->key_place == KEY_UNKNOWN ? set_kin(queue, set).held : NULL;

	if (held != NULL) {
		set_leave(held);
		set = set_join(core, set, held);
	}
	set_open_at(core, set, delay_ms > 0 ? time_after_ms(core->now_ns, delay_ms) : 0);
	set_enter_pending(queue, set);
}

uint64_t
set_give_back(struct set *set, uint64_t delay_ms, bool undelivered)
{
	struct queue *queue = set->bin->queue;
	uint64_t ops = set->op_count;
	struct set *dead;

	settle_attempts(queue->core, set, undelivered);
	lease_drop(set);
	if (!set_is_alone(set))
		key_unlink(queue, set);
	set_displace(set);
	dead = undelivered ? NULL : split_dead(queue, set);
	if (set->op_count == 0)
		key_unlink(queue, set);
	if (set->op_count > 0) {
		put_back(queue, set, delay_ms);
		set = NULL;
	}
	if (dead != NULL)
		bury(queue, dead);
	if (set != NULL) {
		release_held(queue, set_key(set), set->by_key.hash);
		set_free(queue->core, set);
	}
	queue_note_exhausted(queue);
	return ops;
}

/* A dead set among the ready ones again, or held aside where somebody works on its key. */
static void
set_revive(struct set *set)
{
	struct queue *queue = set->bin->queue;
	struct op *op = set->ops;
	struct kin kin;

	set_leave(set);
	QUEUE_COUNT(queue, kicked, set->op_count);
	for (uint32_t left = set->op_count; left > 0; left--, op = op->next) {
		op->attempts = 0;
		op->reported = false; /* its group was told; a new watch may still be */
	}
	set->place.key = queue->core->now_ns;
	set->place.tie = queue->core->next_seq++;
	set_drop_window(queue->core, set);
	kin = set_kin(queue, set);
	if (queue->options.exclusive && kin.is_leased && kin.pending == NULL)
		key_hold(queue, set);
	else
		set_enter_pending(queue, set);
}

void
queue_kick_some(struct queue *queue, uint64_t most)
{
	struct list *dead = &queue->bins[BIN_DEAD]->sets;
	struct core *core = queue->core;

	for (; most > 0 && queue->kicks > 0; most--) {
		struct list_node *node = list_first(dead);
		struct set *oldest =
			node == NULL ? NULL : container_of(node, struct set, place.link);

		/* Some of those that were kicked are gone: their ops were cancelled. */
		if (oldest == NULL || oldest->place.tie >= queue->kick_until) {
			queue->kicks = 0;
			break;
		}
		queue->kicks--;
		CORE_TELL(core, .kind = CORE_SET_KICKED, .queue = queue_name(queue),
			.key = set_key(oldest));
		set_revive(oldest);
	}
	if (queue->kicks == 0)
		list_remove(&queue->kicking_node);
	else if (!list_is_linked(&queue->kicking_node))
		list_append(&core->kicking, &queue->kicking_node);
}
