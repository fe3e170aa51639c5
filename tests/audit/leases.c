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

void
past_lease_arm(struct history *h, struct lease *lease)
{
	struct heap_node *timer = &lease->set->timer;

	heap_remove(&h->timers, timer);
	timer->kind = TIMER_LEASE;
	heap_insert(&h->timers, timer, time_after_ms(h->now_ns, lease->lease_ms), 0);
}

void
past_lease_make(struct history *h, struct set *set, struct span token, uint64_t owner_id)
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
	past_lease_arm(h, lease);
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
