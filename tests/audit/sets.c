/*
 * Queues, sets and ops: where they stand and in which order. A ready set's place is
 * (ready_ns, seq): since when it may be handed out, then which came first.
 */
#include <config.h>

#include "audit/history.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/check.h"
#include "base/clock.h"

/* ---- sets ---------------------------------------------------------------------- */

/* Leaves the key: a key without sets is looked at when a record is done. */
void
past_set_leave(struct history *h, struct set *set)
{
	struct key *key = set->key;
	struct queue *queue = key->queue;

	heap_remove(&h->timers, &set->timer);
	heap_remove(&queue->ready, &set->order);
	list_remove(&set->node);
	past_queue_changed(h, queue);
	switch (set->place) {
	case ENDING:
		h->ending_sets--;
		queue->pending--;
		key->pending = NULL;
		return;
	case WAITING:
	case READY:
		queue->pending--;
		key->pending = NULL;
		return;
	case LEASED:
		queue->leased--;
		key->leased--;
		return;
	case HELD:
		queue->held--;
		key->held = NULL;
		return;
	case DEAD:
		queue->dead--;
		key->dead--;
		return;
	}
}

static void
key_pending(struct history *h, struct set *set)
{
	struct key *key = set->key;

	if (key->pending != NULL)
		violation(h, RULE_TWICE, "key %.*s waits twice", (int)key->len, key->name);
	key->pending = set;
	key->queue->pending++;
}

void
past_set_enter(struct history *h, struct set *set, enum set_place place)
{
	struct queue *queue = set->key->queue;

	set->place = place;
	past_queue_changed(h, queue);
	if (place != WAITING)
		set->has_returned = false;
	switch (place) {
	case WAITING:
		key_pending(h, set);
		list_append(&queue->waiting, &set->node);
		return;
	case ENDING:
		UNREACHABLE();
	case READY:
		set->ready_since = h->seq;
		key_pending(h, set);
		heap_insert(&queue->ready, &set->order, set->ready_ns, set->seq);
		return;
	case LEASED:
		queue->leased++;
		set->key->leased++;
		list_append(&queue->others, &set->node);
		return;
	case HELD:
		queue->held++;
		set->key->held = set;
		list_append(&queue->others, &set->node);
		return;
	case DEAD:
		queue->dead++;
		set->key->dead++;
		list_append(&queue->dead_sets, &set->node);
		return;
	}
}

/* Its key goes with it where that has no other set. */
void
past_set_free(struct set *set)
{
	struct key *key = set->key;

	CHECK(set->lease == NULL && list_is_empty(&set->ops));
	free(set);
	if (--key->sets > 0)
		return;
	map_remove(&key->queue->keys, &key->node);
	free(key);
}

static struct set *
set_make(struct history *h, struct key *key)
{
	struct set *set = xcalloc(1, sizeof(*set));

	set->key = key;
	key->sets++;
	list_node_init(&set->node);
	heap_node_init(&set->order, 0);
	heap_node_init(&set->timer, TIMER_WINDOW);
	list_init(&set->ops);
	set->created_ns = h->now_ns;
	set->seq = h->next_place++;
	return set;
}

void
past_set_become_ready(struct history *h, struct set *set)
{
	past_set_leave(h, set);
	set->open_ns = 0;
	if (set->ready_ns == 0 || set->ready_ns > h->now_ns)
		set->ready_ns = h->now_ns;
	past_set_enter(h, set, READY);
}

/* It waits until `due_ns`, or not at all. */
static void
set_wait_until(struct history *h, struct set *set, uint64_t due_ns)
{
	set->ready_ns = due_ns;
	heap_remove(&h->timers, &set->timer);
	if (due_ns <= h->now_ns || set->key->queue->closed) {
		past_set_become_ready(h, set);
		return;
	}
	set->timer.kind = TIMER_WINDOW;
	heap_insert(&h->timers, &set->timer, due_ns, 0);
}

/* When a set that waits gets ready, its last op having come now. */
static uint64_t
due_of(const struct history *h, const struct set *set)
{
	const struct queue_options *options = &set->key->queue->options;
	uint64_t due = time_after_ms(set->created_ns, options->window_ms);
	uint64_t quiet = time_after_ms(h->now_ns, options->quiet_ms);

	if (options->window_ms > 0 && options->quiet_ms > 0 && quiet < due)
		due = quiet;
	if (set->count >= options->width)
		due = h->now_ns;
	return due > set->open_ns ? due : set->open_ns;
}

/* Ops have joined it. */
static void
set_reconsider(struct history *h, struct set *set)
{
	const struct queue_options *options = &set->key->queue->options;

	if (set->place == WAITING && !set->has_returned &&
		(options->quiet_ms > 0 || set->count >= options->width))
		set_wait_until(h, set, due_of(h, set));
}

struct set *
past_set_first_ready(struct queue *queue)
{
	struct heap_node *ready = heap_min(&queue->ready);
	struct list_node *ending = list_first(&queue->ending);

	if (ready != NULL)
		return container_of(ready, struct set, order);
	return ending == NULL ? NULL : container_of(ending, struct set, node);
}

static void
move_ops(struct set *to, struct set *from, bool to_front)
{
	struct list moved;

	list_init(&moved);
	list_for_each (node, &from->ops)
		container_of(node, struct op, in_set)->set = to;
	list_splice(&moved, &from->ops);
	if (to_front) {
		list_splice(&moved, &to->ops);
		list_splice(&to->ops, &moved);
	} else {
		list_splice(&to->ops, &moved);
	}
	to->count += from->count;
	from->count = 0;
}

/* Aside, behind what is held already under its key. It has left its place. */
void
past_set_hold(struct history *h, struct set *set)
{
	struct set *held = set->key->held;

	if (held != NULL) {
		past_set_leave(h, held);
		move_ops(held, set, false);
		past_set_enter(h, held, HELD);
		past_set_free(set);
		return;
	}
	past_set_enter(h, set, HELD);
}

/* Among those to be handed out, at its own place or the older one of a set that is there. */
void
past_set_enter_pending(struct history *h, struct set *set)
{
	struct set *there = set->key->pending;
	bool is_older;

	if (there != NULL) {
		past_set_leave(h, there);
		is_older = there->ready_ns != set->ready_ns ? there->ready_ns < set->ready_ns
							    : there->seq < set->seq;
		if (is_older) {
			set->ready_ns = there->ready_ns;
			set->seq = there->seq;
		}
		move_ops(set, there, false);
	}
	if (set->open_ns > h->now_ns && !set->key->queue->closed) {
		past_set_enter(h, set, WAITING);
		set->has_returned = true;
		set_wait_until(h, set, set->open_ns);
	} else {
		set->open_ns = 0;
		past_set_enter(h, set, READY);
	}
	if (there != NULL)
		past_set_free(there);
}

/* The key is free again: what was held under it becomes a set at the tail. */
void
past_key_freed(struct history *h, struct key *key)
{
	struct set *held = key->held;
	struct set *pending = key->pending;
	uint64_t due;

	if (held == NULL || key->leased > 0)
		return;
	past_set_leave(h, held);
	if (pending != NULL) {
		bool is_older = held->created_ns != pending->created_ns
					? held->created_ns < pending->created_ns
					: held->seq < pending->seq;

		if (is_older)
			pending->created_ns = held->created_ns;
		move_ops(pending, held, is_older);
		past_set_free(held);
		set_reconsider(h, pending);
		return;
	}
	held->seq = h->next_place++;
	past_set_enter(h, held, WAITING);
	due = due_of(h, held);
	set_wait_until(h, held, due > h->now_ns ? due : h->now_ns);
}

/* A set in two: what `moves` picks goes into a set of its own, NULL where that is nothing. */
struct set *
past_set_split(struct history *h, struct set *set, bool (*moves)(const struct op *op))
{
	struct set *other = NULL;

	list_for_each (node, &set->ops) {
		struct op *op = container_of(node, struct op, in_set);

		if (!moves(op))
			continue;
		if (other == NULL)
			other = set_make(h, set->key);
		list_remove(&op->in_set);
		list_append(&other->ops, &op->in_set);
		op->set = other;
		set->count--;
		other->count++;
	}
	if (other != NULL)
		other->created_ns = set->created_ns;
	return other;
}

/* Joins what is held under its key, its own ops first. It has left its place. */
void
past_set_join_held(struct history *h, struct set *set)
{
	struct set *held = set->key->held;

	if (held == NULL)
		return;
	past_set_leave(h, held);
	move_ops(set, held, false);
	past_set_free(held);
}

/* ---- ops ------------------------------------------------------------------------ */

struct op *
past_op_find(struct queue *queue, struct span id)
{
	struct map_node *node = past_look_up(&queue->ops, id);

	return node == NULL ? NULL : container_of(node, struct op, node);
}

struct op *
past_op_make(struct history *h, struct queue *queue, struct span id, uint64_t ttl_ms)
{
	struct op *op = xcalloc(1, sizeof(*op) + id.len);

	op->len = id.len;
	memcpy(op->id, id.ptr, id.len);
	list_node_init(&op->in_set);
	list_init(&op->watches);
	heap_node_init(&op->ttl, TIMER_TTL);
	op->ttl_ns = ttl_ms == 0 ? NEVER : time_after_ms(h->now_ns, ttl_ms);
	if (ttl_ms > 0)
		heap_insert(&h->timers, &op->ttl, op->ttl_ns, 0);
	if (past_op_find(queue, id) != NULL)
		violation(h, RULE_TWICE, "op %.*s is in the queue already", (int)id.len, id.ptr);
	map_insert(&queue->ops, &op->node, map_hash(&queue->ops, id));
	h->live_ops++;
	return op;
}

struct set *
past_op_place(struct history *h, struct key *key, struct op *op, uint64_t delay_ms)
{
	bool hold = key->pending == NULL && key->queue->options.exclusive && key->leased > 0;
	struct set *set = hold ? key->held : key->pending;
	bool is_new = set == NULL;

	if (is_new) {
		set = set_make(h, key);
		if (!hold && delay_ms > 0)
			set->open_ns = time_after_ms(h->now_ns, delay_ms);
		past_set_enter(h, set, hold ? HELD : WAITING);
	}
	op->set = set;
	list_append(&set->ops, &op->in_set);
	set->count++;
	if (!is_new)
		set_reconsider(h, set);
	else if (!hold)
		set_wait_until(h, set, due_of(h, set));
	past_queue_changed(h, key->queue);
	return set;
}

void
past_op_report(struct history *h, struct op *op, enum outcome_kind how)
{
	struct part *part = op->member;

	if (op->reported)
		return;
	op->reported = true;
	watches_settle(&op->watches, how, false);
	op->member = NULL;
	if (part == NULL)
		return;
	part->op = NULL;
	part_settle(h, part, how);
}

/* It has left its set; the id is free again. */
void
past_op_unlink(struct op *op)
{
	struct queue *queue = op->set->key->queue;

	list_remove(&op->in_set);
	op->set->count--;
	map_remove(&queue->ops, &op->node);
}

void
past_op_free(struct history *h, struct op *op, enum outcome_kind how)
{
	heap_remove(&h->timers, &op->ttl);
	h->counts.ended[how]++;
	h->live_ops--;
	free(op);
}

void
past_op_end(struct history *h, struct op *op, enum outcome_kind how)
{
	struct set *set = op->set;

	past_op_unlink(op);
	heap_remove(&h->timers, &op->ttl);
	if (set->count == 0 && set->place != LEASED) {
		past_set_leave(h, set);
		past_set_free(set);
		h->emptied++;
	}
	past_op_report(h, op, how);
	past_op_free(h, op, how);
}

void
past_set_doom(struct history *h, struct set *set, enum outcome_kind how)
{
	struct list_node *node;

	if (set->lease != NULL)
		past_lease_drop(h, set);
	past_set_leave(h, set);
	while ((node = list_first(&set->ops)) != NULL) {
		struct op *op = container_of(node, struct op, in_set);

		past_op_unlink(op);
		watches_settle(&op->watches, how, true);
		if (op->member != NULL) {
			op->member->op = NULL;
			op->member->doomed = !op->reported;
		}
		h->doomed_ops++;
		past_op_free(h, op, how);
	}
	past_set_free(set);
}
