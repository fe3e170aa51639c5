/*
 * Take: the next set of a queue, under a lease or, where the queue has none,
 * delivered and done.
 */
#include <config.h>

#include "core/parts.h"

#define TAKE_TRIES 64 /* sets that one take may pass over before it answers "none" */

/* Counts a delivery of every op; returns the largest count. */
static uint64_t
count_attempts(struct set *set)
{
	uint32_t attempt = 0;

	list_for_each (node, &set->ops) {
		struct op *op = container_of(node, struct op, node);

		if (op->attempts < UINT32_MAX)
			op->attempts++;
		if (op->attempts > attempt)
			attempt = op->attempts;
		if (op->ttl != NULL)
			heap_remove(&set->bin->queue->core->timers, &op->ttl->timer);
	}
	return attempt;
}

/* Ends the ops of a candidate whose time is over; true where the set went with the last. */
static bool
expire_overdue(struct set *set)
{
	struct queue *queue = set->bin->queue;
	struct list_node *next = list_first(&set->ops);

	/* Counted, because the end of an op may enqueue another here. */
	for (uint32_t left = set->op_count; left > 0; left--) {
		struct op *op = container_of(next, struct op, node);
		bool is_last = set->op_count == 1;

		next = next->next;
		if (op->ttl == NULL || op->ttl->due_ns > queue->core->now_ns)
			continue;
		QUEUE_COUNT(queue, expired, 1);
		op_end(op, OUTCOME_EXPIRED, NULL);
		if (is_last)
			return true;
	}
	return false;
}

static bool
is_ready_now(const struct set *set)
{
	return set->state == SET_READY || set_is_ending(set);
}

/* The next set to hand out, NULL where there is none. */
static struct set *
find_candidate(struct queue *queue, struct span key)
{
	struct bin *pending = queue->bins[BIN_PENDING];

	for (int tries = 0; tries < TAKE_TRIES; tries++) {
		struct set *set =
			key.ptr == NULL ? bin_first_ready(pending) : bin_find(pending, key);
		struct busy *busy;

		if (set == NULL || (key.ptr != NULL && !is_ready_now(set)))
			return NULL;
		if (expire_overdue(set))
			continue;
		busy = queue->options.exclusive ? busy_find(queue, set_key(set)) : NULL;
		if (!busy_is_leased(busy))
			return set;
		/* The key is leased, though the queue is exclusive: aside with it. */
		set_leave(set);
		busy_hold(queue, busy, set);
	}
	/* There may be more behind; let the waiting ones try again. */
	if (queue->core->hooks.queue_ready != NULL)
		queue->core->hooks.queue_ready(
			queue->core->hooks.arg, queue_name(queue), span_make(NULL, 0));
	return NULL;
}

/* Delivered and done: the ops have their outcome, the set stays for the answer to show. */
static void
deliver_without_lease(struct queue *queue, struct set *set)
{
	struct core *core = queue->core;

	core->next_fence++;
	QUEUE_COUNT(queue, finished, set->op_count);
	core->live_ops -= set->op_count;
	list_for_each (node, &set->ops)
		op_forget(queue, container_of(node, struct op, node));
	set_leave(set);
	core->spent = set;
	list_for_each (node, &set->ops)
		op_report(core, container_of(node, struct op, node), OUTCOME_RESULT,
			core->null_result);
	queue_note_exhausted(queue);
}

static void
grant(struct queue *queue, struct set *set, const struct take_args *args, uint64_t lease_ms)
{
	struct busy *busy = busy_need(queue, set_key(set));

	set_leave(set);
	set_enter(set, queue->bins[BIN_LEASED], SET_LEASED, busy);
	set->lease = lease_new(queue->core, set, args, lease_ms);
	lease_arm(set);
}

CORE_VERB(take, take_args, take_answer)
{
	struct queue *queue;
	struct set *set;
	uint64_t lease_ms;

	core_begin(core, now_ns);
	queue = args->create ? queue_need_or_create(core, args->queue, refusal)
			     : queue_need(core, args->queue, refusal);
	if (queue == NULL)
		return refusal->err;
	queue_touch(queue);
	if (queue->closed && queue_is_exhausted(queue))
		return refuse(refusal, ERR_QUEUE_CLOSED);
	set = queue->paused ? NULL : find_candidate(queue, args->key);
	*ret = (struct take_answer){.found = set != NULL};
	/* The last one's time may have been over just now. */
	if (set == NULL && queue->closed && queue_is_exhausted(queue))
		return refuse(refusal, ERR_QUEUE_CLOSED);
	if (set == NULL)
		return ERR_NONE;
	/* One whose window a close has ended is ready from now on. */
	if (set->ready_ns > core->now_ns)
		set->ready_ns = core->now_ns;
	lease_ms = args->has_lease_ms ? args->lease_ms : queue->options.lease_ms;
	ret->attempt = count_attempts(set);
	ret->fence = core->next_fence;
	ret->lease_ms = lease_ms;
	ret->token = lease_ms == 0 ? SPAN("") : lease_token(core, ret->fence, core->token);
	QUEUE_COUNT(queue, dequeued, 1);
	if (lease_ms == 0)
		deliver_without_lease(queue, set);
	else
		grant(queue, set, args, lease_ms);
	ret->key = set_key(set);
	ret->ops = set_ops_cursor(set);
	return ERR_NONE;
}
