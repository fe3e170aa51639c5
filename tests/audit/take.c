/*
 * Take: whose turn it is, and what must be in the set that is handed out.
 */
#include <config.h>

#include "audit/history.h"

#include <string.h>

static struct queue *
take_queue(struct history *h, struct span name, const char **error)
{
	struct queue *queue = past_queue_find(h, name);

	if (queue != NULL) {
		past_queue_touch(h, queue);
		if (queue->closed && queue->pending + queue->held + queue->leased == 0)
			*error = "queue_closed";
	} else if (!get_flag(h, "create") || !h->auto_create) {
		*error = "no_such_queue";
	} else if (h->queues.count >= h->max_queues) {
		*error = "limit";
	}
	return queue;
}

/* The set whose turn it is; those of a key that is leased are put aside on the way. */
static struct set *
next_set(struct history *h, struct queue *queue, struct span key, bool *gave_up)
{
	uint64_t tries = h->emptied;

	*gave_up = false;
	for (;;) {
		struct key *wanted = key.ptr == NULL ? NULL : past_key_find(queue, key);
		struct set *set = key.ptr == NULL  ? past_set_first_ready(queue)
				  : wanted == NULL ? NULL
						   : wanted->pending;

		if (set == NULL || set->place == WAITING)
			return NULL;
		if (tries++ >= TAKE_TRIES) {
			*gave_up = true;
			return NULL;
		}
		if (!queue->options.exclusive || set->key->leased == 0)
			return set;
		past_set_leave(h, set);
		past_set_hold(h, set);
	}
}

/* The ops, in their order, with none that should have expired; returns the attempt. */
static uint64_t
check_ops(struct history *h, struct set *set)
{
	uint64_t attempt = 0;
	struct walk told;
	struct span id;

	(void)ok_array(h, "ops", &told);
	list_for_each (node, &set->ops) {
		struct op *op = container_of(node, struct op, in_set);

		if (++op->attempts > attempt)
			attempt = op->attempts;
		heap_remove(&h->timers, &op->ttl);
		if (op->ttl_ns <= h->now_ns)
			violation(h, RULE_LATE, "op %.*s was delivered after its ttl", (int)op->len,
				op->id);
		if (!next_text(&told, &id)) {
			violation(h, RULE_LOSS, "op %.*s of the set is not in it", (int)op->len,
				op->id);
			return attempt;
		}
		if (!span_equal(id, span_make(op->id, op->len))) {
			violation(h, RULE_OP_ORDER, "op %.*s where %.*s follows", (int)id.len,
				id.ptr, (int)op->len, op->id);
			return attempt;
		}
	}
	if (next_text(&told, &id))
		violation(h, RULE_TWICE, "op %.*s is not in that set", (int)id.len, id.ptr);
	return attempt;
}

/* Delivered and done. */
static void
deliver(struct history *h, struct set *set)
{
	struct list ops;
	struct list_node *node;

	list_init(&ops);
	list_for_each (at, &set->ops) {
		struct op *op = container_of(at, struct op, in_set);

		past_op_unlink(op);
		list_append(&ops, &op->in_set);
	}
	past_set_leave(h, set);
	past_set_free(set);
	while ((node = list_pop(&ops)) != NULL) {
		struct op *op = container_of(node, struct op, in_set);

		past_op_report(h, op, OUTCOME_RESULT);
		past_op_free(h, op, OUTCOME_RESULT);
	}
}

static void
check_fence(struct history *h)
{
	uint64_t fence = ok_number(h, "fence");

	if (fence <= h->last_fence)
		violation(h, RULE_FENCE, "fence %llu after %llu", (unsigned long long)fence,
			(unsigned long long)h->last_fence);
	else if (h->started && h->counts.grants > 0 && fence != h->last_fence + 1)
		violation(h, RULE_FENCE, "fence %llu does not follow %llu",
			(unsigned long long)fence, (unsigned long long)h->last_fence);
	h->last_fence = fence;
}

static void
note_granted(struct history *h, struct queue *queue, struct set *set, bool has_lease)
{
	const struct key *key = set->key;

	h->granted.any = true;
	h->granted.conn = get_number(h, "conn");
	h->granted.queue = queue;
	h->granted.ready_since = set->ready_since;
	h->granted.set = has_lease ? set : NULL;
	h->granted.key_len = key->len;
	memcpy(h->granted.key, key->name, key->len);
}

static void
grant(struct history *h, struct queue *queue, struct set *set)
{
	struct span token = ok_text(h, "set");
	uint64_t lease_ms = queue->options.lease_ms;
	struct span key = ok_text(h, "key");

	if (!span_equal(key, span_make(set->key->name, set->key->len))) {
		violation(h, RULE_SET_ORDER, "key %.*s where it is %.*s's turn", (int)key.len,
			key.ptr, (int)set->key->len, set->key->name);
		return;
	}
	if (queue->options.exclusive && set->key->leased > 0)
		violation(h, RULE_EXCLUSIVE, "key %.*s is leased already", (int)key.len, key.ptr);
	check_fence(h);
	h->counts.grants++;
	(void)get_number_if(h, "lease_ms", &lease_ms);
	expect_number(h, RULE_ANSWER, "lease_ms", lease_ms);
	if (set->ready_ns > h->now_ns)
		set->ready_ns = h->now_ns;
	expect_number(h, RULE_ANSWER, "attempt", check_ops(h, set));
	note_granted(h, queue, set, lease_ms > 0);
	if (lease_ms == 0) {
		deliver(h, set);
		return;
	}
	past_set_leave(h, set);
	past_set_enter(h, set, LEASED);
	past_lease_make(h, set, token, get_number(h, "owner"));
}

/* Nothing is due, but something was handed out: which rule is that against? */
static void
unfounded(struct history *h, struct queue *queue)
{
	struct span name = ok_text(h, "key");
	struct key *key = past_key_find(queue, name);

	if (queue->options.exclusive && key != NULL && key->leased > 0)
		violation(h, RULE_EXCLUSIVE, "key %.*s is leased already", (int)name.len, name.ptr);
	else if (key != NULL && key->pending != NULL && key->pending->place == WAITING)
		violation(
			h, RULE_EARLY, "the set of key %.*s is not ready", (int)name.len, name.ptr);
	else
		violation(h, RULE_TWICE, "there is no set of key %.*s to hand out", (int)name.len,
			name.ptr);
}

void
verb_take(struct history *h)
{
	const char *error = NULL;
	struct span name = get_text(h, "queue");
	struct queue *queue = take_queue(h, name, &error);
	struct set *set = NULL;
	bool gave_up = false;

	if (!answer_agrees(h, RULE_ANSWER, error))
		return;
	if (queue == NULL) {
		queue = past_queue_make(h, name);
		queue->by_first_use = true;
	}
	if (!queue->paused)
		set = next_set(h, queue, get_text(h, "key"), &gave_up);
	if (!ok_flag(h, "found")) {
		if (set != NULL)
			violation(h, RULE_LOSS, "nothing was found, but key %.*s is ready",
				(int)set->key->len, set->key->name);
		return;
	}
	if (gave_up)
		violation(h, RULE_ANSWER, "found after %d sets were passed over", TAKE_TRIES);
	else if (set == NULL)
		unfounded(h, queue);
	else
		grant(h, queue, set);
}
