/*
 * Take: the next set of a queue, under a lease or, where the queue has none,
 * delivered and done.
 */
#include <config.h>

#include "core/note.h"
#include "core/parts.h"

#define TAKE_TRIES 64 /* sets that one take may pass over before it answers "none" */

/* Counts a delivery of every op; returns the largest count. */
static uint64_t
count_attempts(struct set *set)
{
	struct op *op = set->ops;
	uint32_t attempt = 0;

	for (uint32_t left = set->op_count; left > 0; left--, op = op->next) {
		if (op->attempts < UINT32_MAX)
			op->attempts++;
		if (op->attempts > attempt)
			attempt = op->attempts;
		if (op_ttl(op) != NULL)
			heap_remove(&set->bin->queue->core->timers, &op_ttl(op)->timer);
	}
	return attempt;
}

/* Ends the ops of a candidate whose time is over; true where the set went with the last. */
static bool
expire_overdue(struct set *set)
{
	struct queue *queue = set->bin->queue;
	struct op *next = set->ops;

	/* Counted, because the end of an op may enqueue another here. */
	for (uint32_t left = set->op_count; left > 0; left--) {
		struct op *op = next;
		bool is_last = set->op_count == 1;

		next = next->next;
		if (op_ttl(op) == NULL || op_ttl(op)->due_ns > queue->core->now_ns)
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

/* Its key is leased, and the queue wants one lease of a key at a time. */
static bool
must_be_held(struct queue *queue, const struct set *set)
{
	return queue->options.exclusive && !set_is_alone(set) && set_kin(queue, set).is_leased;
}

static struct set *
first_of(struct queue *queue, struct span key)
{
	struct set *set;

	if (key.ptr == NULL)
		return bin_first_ready(queue->bins[BIN_PENDING]);
	set = key_find(queue, key, map_hash(&queue->keys, key)).pending;
	return set != NULL && is_ready_now(set) ? set : NULL;
}

/* The next set to hand out, NULL where there is none. */
static struct set *
find_candidate(struct queue *queue, struct span key)
{
	for (int tries = 0; tries < TAKE_TRIES; tries++) {
		struct set *set = first_of(queue, key);

		if (set == NULL)
			return NULL;
		if (expire_overdue(set))
			continue;
		if (!must_be_held(queue, set))
			return set;
		set_leave(set);
		key_hold(queue, set);
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
	struct op *op = set->ops;

	core->next_fence++;
	QUEUE_COUNT(queue, finished, set->op_count);
	core->live_ops -= set->op_count;
	for (uint32_t left = set->op_count; left > 0; left--, op = op->next)
		op_forget(queue, op);
	set_leave(set);
	core->spent = set;
	for (uint32_t left = set->op_count; left > 0; left--, op = op->next)
		op_report(core, op, OUTCOME_RESULT, core->null_result);
	queue_note_exhausted(queue);
}

static void
grant(struct queue *queue, struct set *set, const struct take_args *args, uint64_t lease_ms)
{
	bool is_alone = set_is_alone(set);

	/* A set that is alone keeps its place by key, whatever its state. */
	if (!is_alone)
		key_unlink(queue, set);
	set_displace(set);
	set_drop_window(queue->core, set);
	/* One whose window a close has ended is ready from now on. */
	if (set->place.key > queue->core->now_ns)
		set->place.key = queue->core->now_ns;
	if (is_alone)
		set_place(set, queue->bins[BIN_LEASED], SET_LEASED);
	else
		set_enter(set, queue->bins[BIN_LEASED], SET_LEASED);
	set->lease = lease_new(queue->core, set, args, lease_ms);
	lease_arm(set);
}

/* Who takes one mostly takes another. */
static void
prefetch_next(const struct queue *queue)
{
	const struct set *next = bin_first_ready(queue->bins[BIN_PENDING]);

	if (next == NULL)
		return;
	__builtin_prefetch(next);
	__builtin_prefetch(&next->ops); /* in the next line */
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
	map_prefetch(&queue->ops, set->ops->by_id.hash);
	lease_ms = args->has_lease_ms ? args->lease_ms : queue->options.lease_ms;
	ret->attempt = count_attempts(set);
	ret->fence = core->next_fence;
	ret->lease_ms = lease_ms;
	ret->token = lease_ms == 0 ? SPAN("") : lease_token(core, ret->fence, core->token);
	QUEUE_COUNT(queue, dequeued, 1);
	note_delivery(queue, set, ret->attempt);
	if (lease_ms == 0)
		deliver_without_lease(queue, set);
	else
		grant(queue, set, args, lease_ms);
	ret->key = set_key(set);
	ret->ops = set_ops_cursor(set);
	prefetch_next(queue);
	return ERR_NONE;
}
