/*
 * How a lease ends: what becomes of the set, of what was held aside under its
 * key, and of ops that were delivered too often.
 */
#include <config.h>

#include "core/parts.h"

/*
 * Takes the held set of a key out of its bin, NULL where there is none. The record goes
 * with it if nothing else keeps it, even where the held set was purged.
 */
static struct set *
take_held(struct queue *queue, struct busy *busy)
{
	struct set *held = busy_held(busy);

	if (held != NULL)
		set_leave(held);
	else
		busy_free_if_idle(queue, busy);
	return held;
}

/* Nobody works on the key any more: what was held becomes a new set at the tail. */
static void
release_held(struct queue *queue, struct span key)
{
	struct core *core = queue->core;
	struct busy *busy = busy_find(queue, key);
	struct set *held;
	struct set *pending;
	uint64_t due;

	if (busy == NULL || busy_is_leased(busy))
		return;
	held = take_held(queue, busy);
	if (held == NULL)
		return;
	pending = bin_find(queue->bins[BIN_PENDING], key);
	if (pending != NULL) {
		set_absorb(pending, held);
		return;
	}
	held->seq = core->next_seq++;
	set_enter(held, queue->bins[BIN_PENDING], SET_WAITING, NULL);
	/* Its window began with its first op, its place in the order begins here. */
	due = set_due(held, &queue->options);
	set_wait_until(held, due > core->now_ns ? due : core->now_ns);
}

static void
unlease(struct set *set)
{
	lease_drop(set);
	set_leave(set);
}

void
set_finish_lease(struct set *set)
{
	struct queue *queue = set->bin->queue;

	/* The key is read from the set, so the set goes last. */
	unlease(set);
	release_held(queue, set_key(set));
	set_free(queue->core, set);
	queue_note_exhausted(queue);
}

static void
drop_dead(struct queue *queue, struct set *set)
{
	QUEUE_COUNT(queue, dead_dropped, set->op_count);
	for (uint32_t left = set->op_count; left > 0; left--) /* the set goes with the last */
		op_end(container_of(list_first(&set->ops), struct op, node), OUTCOME_DEAD, NULL);
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
		drop_dead(queue, container_of(oldest, struct set, node));
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

	if (queue->options.max_attempts == 0)
		return NULL;
	list_for_each (node, &set->ops) {
		struct op *op = container_of(node, struct op, node);

		if (!has_no_attempts_left(queue, op))
			continue;
		if (dead == NULL)
			dead = set_new(queue->core, set_key(set), set->created_ns);
		list_remove(&op->node);
		set->op_count--;
		set_add_op(dead, op);
	}
	return dead;
}

/* The set enters the dead list and its ops are told to be dead, in that order. */
static void
bury(struct queue *queue, struct set *dead)
{
	dead->seq = queue->core->next_seq++; /* when it died */
	set_enter(dead, queue->bins[BIN_DEAD], SET_DEAD, busy_need(queue, set_key(dead)));
	QUEUE_COUNT(queue, died, dead->op_count);
	list_for_each (node, &dead->ops) {
		struct op *op = container_of(node, struct op, node);

		op_drop_ttl(op);
		op_report(queue->core, op, OUTCOME_DEAD, NULL);
		op->member = NULL;
	}
	trim_dead(queue);
}

/* An undelivered op was never tried and may still expire; a delivered one no longer does. */
static void
settle_attempts(struct core *core, struct set *set, bool undelivered)
{
	list_for_each (node, &set->ops) {
		struct op *op = container_of(node, struct op, node);

		if (!undelivered) {
			op_drop_ttl(op);
			continue;
		}
		op->attempts--;
		if (op->ttl != NULL)
			heap_insert(
				&core->timers, &op->ttl->timer, op->ttl->due_ns, core->next_seq++);
	}
}

/* The rest of a set whose lease ended goes back, with what was held under its key. */
static void
put_back(struct queue *queue, struct set *set, uint64_t delay_ms)
{
	struct core *core = queue->core;
	struct busy *busy = busy_find(queue, set_key(set));
	struct set *held = busy == NULL ? NULL : take_held(queue, busy);

	if (held != NULL)
		set = set_join(core, set, held);
	set->open_ns = delay_ms > 0 ? time_after_ms(core->now_ns, delay_ms) : 0;
	set_enter_pending(queue, set);
}

uint64_t
set_give_back(struct set *set, uint64_t delay_ms, bool undelivered)
{
	struct queue *queue = set->bin->queue;
	uint64_t ops = set->op_count;
	struct set *dead;

	settle_attempts(queue->core, set, undelivered);
	unlease(set);
	dead = undelivered ? NULL : split_dead(queue, set);
	if (set->op_count > 0) {
		put_back(queue, set, delay_ms);
		set = NULL;
	}
	if (dead != NULL)
		bury(queue, dead);
	if (set != NULL) {
		release_held(queue, set_key(set));
		set_free(queue->core, set);
	}
	queue_note_exhausted(queue);
	return ops;
}

/* The busy record of a key whose ops are held aside at present, NULL where they are not. */
static struct busy *
find_holding(const struct queue *queue, struct span key)
{
	struct busy *busy = queue->options.exclusive ? busy_find(queue, key) : NULL;

	if (!busy_is_leased(busy) || bin_find(queue->bins[BIN_PENDING], key) != NULL)
		return NULL;
	return busy;
}

/* A dead set among the ready ones again, or held aside where somebody works on its key. */
static void
set_revive(struct set *set)
{
	struct queue *queue = set->bin->queue;
	struct busy *busy;

	set_leave(set);
	QUEUE_COUNT(queue, kicked, set->op_count);
	list_for_each (node, &set->ops) {
		struct op *op = container_of(node, struct op, node);

		op->attempts = 0;
		op->reported = false; /* its group was told; a new watch may still be */
	}
	set->ready_ns = queue->core->now_ns;
	set->seq = queue->core->next_seq++;
	set->open_ns = 0;
	busy = find_holding(queue, set_key(set));
	if (busy != NULL)
		busy_hold(queue, busy, set);
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
		struct set *oldest = node == NULL ? NULL : container_of(node, struct set, node);

		/* Some of those that were kicked are gone: their ops were cancelled. */
		if (oldest == NULL || oldest->seq >= queue->kick_until) {
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
