/*
 * Leases: what a take may hand out, and what becomes of a set when its lease ends.
 */
#include <config.h>

#include "audit/history.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/check.h"
#include "base/clock.h"

static const struct siphash_key seed = {3, 4};

static struct span
token_key(const struct map_node *node)
{
	const struct lease *lease = container_of(node, struct lease, by_token);

	return span_make(lease->token, lease->len);
}

static struct span
fence_key(const struct map_node *node)
{
	return number_span(&container_of(node, struct lease, by_fence)->fence);
}

static struct span
owner_key(const struct map_node *node)
{
	return number_span(&container_of(node, struct owner, node)->id);
}

static struct span
recent_key(const struct map_node *node)
{
	const struct recent *recent = container_of(node, struct recent, node);

	return span_make(recent->token, recent->len);
}

void
leases_init(struct history *h)
{
	map_init(&h->leases, token_key, &seed);
	map_init(&h->fences, fence_key, &seed);
	map_init(&h->owners, owner_key, &seed);
	map_init(&h->recent, recent_key, &seed);
	h->ring = xcalloc(FINISHES_KEPT, sizeof(*h->ring));
}

void
leases_fini(struct history *h)
{
	map_fini(&h->leases);
	map_fini(&h->fences);
	map_fini(&h->owners);
	map_fini(&h->recent);
	free(h->ring);
}

struct lease *
past_lease_of(struct history *h, struct span token)
{
	struct map_node *node = h->leases.count == 0
					? NULL
					: map_find(&h->leases, token, map_hash(&h->leases, token));

	return node == NULL ? NULL : container_of(node, struct lease, by_token);
}

struct lease *
past_lease_numbered(struct history *h, uint64_t fence)
{
	struct map_node *node = past_number_find(&h->fences, fence);

	return node == NULL ? NULL : container_of(node, struct lease, by_fence);
}

struct owner *
past_owner_find(struct history *h, uint64_t id)
{
	struct map_node *node = past_number_find(&h->owners, id);

	return node == NULL ? NULL : container_of(node, struct owner, node);
}

static void
lease_arm(struct history *h, struct lease *lease)
{
	struct heap_node *timer = &lease->set->timer;

	heap_remove(&h->timers, timer);
	timer->kind = TIMER_LEASE;
	heap_insert(&h->timers, timer, time_after_ms(h->now_ns, lease->lease_ms), 0);
}

static void
lease_make(struct history *h, struct set *set, struct span token, uint64_t owner_id)
{
	struct lease *lease = xcalloc(1, sizeof(*lease) + token.len);

	lease->set = set;
	lease->fence = ok_number(h, "fence");
	lease->lease_ms = ok_number(h, "lease_ms");
	lease->len = token.len;
	memcpy(lease->token, token.ptr, token.len);
	if (owner_id != 0) {
		lease->owner = past_owner_find(h, owner_id);
		if (lease->owner == NULL) {
			lease->owner = xcalloc(1, sizeof(*lease->owner));
			lease->owner->id = owner_id;
			past_number_insert(&h->owners, &lease->owner->node, owner_id);
		}
		lease->owner->leases++;
		h->orphans += lease->owner->gone;
	}
	set->lease = lease;
	map_insert(&h->leases, &lease->by_token, map_hash(&h->leases, token));
	past_number_insert(&h->fences, &lease->by_fence, lease->fence);
	lease_arm(h, lease);
}

void
past_lease_drop(struct history *h, struct set *set)
{
	struct lease *lease = set->lease;
	struct owner *owner = lease->owner;

	set->lease = NULL;
	heap_remove(&h->timers, &set->timer);
	map_remove(&h->leases, &lease->by_token);
	map_remove(&h->fences, &lease->by_fence);
	if (h->granted.set == set)
		h->granted.set = NULL;
	free(lease);
	if (owner == NULL)
		return;
	h->orphans -= owner->gone;
	if (--owner->leases > 0)
		return;
	map_remove(&h->owners, &owner->node);
	free(owner);
}

/* ---- ends -------------------------------------------------------------------- */

static void
settle_attempts(struct history *h, struct set *set, bool undelivered)
{
	list_for_each (node, &set->ops) {
		struct op *op = container_of(node, struct op, in_set);

		if (!undelivered) {
			op->ttl_ns = NEVER;
			continue;
		}
		op->attempts--;
		if (op->ttl_ns != NEVER)
			heap_insert(&h->timers, &op->ttl, op->ttl_ns, 0);
	}
}

static bool
is_spent(const struct op *op)
{
	uint64_t most = op->set->key->queue->options.max_attempts;

	return most > 0 && op->attempts >= most;
}

static void
bury(struct history *h, struct set *dead)
{
	past_set_enter(h, dead, DEAD);
	list_for_each (node, &dead->ops)
		past_op_report(h, container_of(node, struct op, in_set), OUTCOME_DEAD);
	events_catch_up(h, EVENTS_WITHIN);
}

void
past_set_finished(struct history *h, struct set *set)
{
	past_lease_drop(h, set);
	past_set_leave(h, set);
	past_key_freed(h, set->key);
	past_set_free(set);
}

void
past_set_give_back(struct history *h, struct set *set, uint64_t delay_ms, bool undelivered)
{
	struct set *dead = NULL;

	settle_attempts(h, set, undelivered);
	past_lease_drop(h, set);
	past_set_leave(h, set);
	if (!undelivered)
		dead = past_set_split(h, set, is_spent);
	if (set->count > 0) {
		past_set_join_held(h, set);
		set->open_ns = delay_ms > 0 ? time_after_ms(h->now_ns, delay_ms) : 0;
		past_set_enter_pending(h, set);
		set = NULL;
	}
	if (dead != NULL)
		bury(h, dead);
	if (set != NULL) {
		past_key_freed(h, set->key);
		past_set_free(set);
	}
}

/* ---- take ---------------------------------------------------------------------- */

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
	lease_make(h, set, token, get_number(h, "owner"));
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

/* ---- finish, release, extend ----------------------------------------------------- */

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
	lease_arm(h, lease);
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
