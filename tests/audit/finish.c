/*
 * The verbs that end or prolong a lease: done by a token that is good, and by no other.
 */
#include <config.h>

#include "audit/history.h"

#include <string.h>

static struct recent *
recent_of(struct history *h, struct span token)
{
	struct map_node *node = h->recent.count == 0
					? NULL
					: map_find(&h->recent, token, map_hash(&h->recent, token));

	return node == NULL ? NULL : container_of(node, struct recent, node);
}

static void
recent_add(struct history *h, struct span token, uint64_t finished, uint64_t released)
{
	struct recent *recent = &h->ring[h->ring_next++ % FINISHES_KEPT];

	if (recent->len > 0)
		map_remove(&h->recent, &recent->node);
	recent->len = token.len < sizeof(recent->token) ? token.len : sizeof(recent->token);
	memcpy(recent->token, token.ptr, recent->len);
	recent->finished = finished;
	recent->released = released;
	map_insert(&h->recent, &recent->node,
		map_hash(&h->recent, span_make(recent->token, recent->len)));
}

/* Is it the lease of a live token, and was its time not over? */
static struct lease *
live_lease(struct history *h)
{
	struct lease *lease = past_lease_of(h, get_text(h, "set"));

	if (lease != NULL && lease->set->timer.key <= h->now_ns)
		violation(h, RULE_STALE, "the lease of that token was over");
	return lease;
}

static const char *
check_named(struct history *h, struct set *set)
{
	enum outcome_kind how;
	struct walk named;
	struct span id;

	(void)get_array(h, "outcomes", &named);
	while (next_pair(&named, &id, &how)) {
		const struct op *op = past_op_find(set->key->queue, id);

		if (op == NULL || op->set != set)
			return "no_such_op";
	}
	return NULL;
}

static void
finish_ops(struct history *h, struct set *set)
{
	enum outcome_kind how;
	struct list_node *node;
	struct walk named;
	struct span id;

	(void)get_array(h, "outcomes", &named);
	while (next_pair(&named, &id, &how)) {
		struct op *op = past_op_find(set->key->queue, id);

		if (op != NULL && op->set == set)
			past_op_end(h, op, how);
	}
	how = outcome_of(get_text(h, "rest"));
	while (how != OUTCOME_NONE && (node = list_first(&set->ops)) != NULL)
		past_op_end(h, container_of(node, struct op, in_set), how);
}

static void
finish_again(struct history *h, const struct recent *recent)
{
	if (!answer_agrees(h, RULE_STALE, recent == NULL ? "lease_lost" : NULL) || recent == NULL)
		return;
	expect_flag(h, RULE_STALE, "duplicate", true);
	expect_number(h, RULE_STALE, "finished", recent->finished);
	expect_number(h, RULE_STALE, "released", recent->released);
}

void
verb_finish(struct history *h)
{
	struct span token = get_text(h, "set");
	struct lease *lease = live_lease(h);
	uint64_t width, left;
	struct set *set;

	if (lease == NULL) {
		finish_again(h, recent_of(h, token));
		return;
	}
	set = lease->set;
	if (!answer_agrees(h, RULE_STALE, check_named(h, set)))
		return;
	width = set->count;
	past_queue_touch(h, set->key->queue);
	finish_ops(h, set);
	left = set->count;
	expect_flag(h, RULE_ANSWER, "duplicate", false);
	expect_number(h, RULE_ANSWER, "finished", width - left);
	expect_number(h, RULE_ANSWER, "released", left);
	recent_add(h, token, width - left, left);
	if (left == 0)
		past_set_finished(h, set);
	else
		past_set_give_back(h, set, 0, false);
}

void
verb_release(struct history *h)
{
	struct lease *lease = live_lease(h);

	if (!answer_agrees(h, RULE_STALE, lease == NULL ? "lease_lost" : NULL) || lease == NULL)
		return;
	past_queue_touch(h, lease->set->key->queue);
	expect_number(h, RULE_ANSWER, "released", lease->set->count);
	past_set_give_back(h, lease->set, get_number(h, "delay_ms"), get_flag(h, "undelivered"));
}

void
verb_extend(struct history *h)
{
	struct lease *lease = live_lease(h);
	const struct queue_options *options;

	if (!answer_agrees(h, RULE_STALE, lease == NULL ? "lease_lost" : NULL) || lease == NULL)
		return;
	options = &lease->set->key->queue->options;
	past_queue_touch(h, lease->set->key->queue);
	if (!get_number_if(h, "lease_ms", &lease->lease_ms) && options->lease_ms != 0)
		lease->lease_ms = options->lease_ms;
	expect_number(h, RULE_ANSWER, "lease_ms", lease->lease_ms);
	h->counts.extended++;
	past_lease_arm(h, lease);
}

/* Its leases are given back one by one; each is told. */
void
verb_owner_gone(struct history *h)
{
	struct owner *owner = past_owner_find(h, get_number(h, "owner"));

	if (owner == NULL || owner->gone)
		return;
	owner->gone = true;
	h->orphans += owner->leases;
}
