/*
 * Busy keys: what of a key is out of the pending order (leased, held aside, dead).
 * The record appears with the first such set and goes with the last.
 */
#include <config.h>

#include <string.h>

#include "core/parts.h"

struct busy *
busy_find(const struct queue *queue, struct span key)
{
	struct map_node *node = map_find(&queue->busy, key, map_hash(&queue->busy, key));

	return node == NULL ? NULL : container_of(node, struct busy, node);
}

struct busy *
busy_need(struct queue *queue, struct span key)
{
	struct busy *busy = busy_find(queue, key);

	if (busy != NULL)
		return busy;
	busy = core_alloc(queue->core, sizeof(*busy) + key.len);
	list_init(&busy->leased);
	list_init(&busy->dead);
	busy->held = NULL;
	busy->key_len = (uint16_t)key.len;
	memcpy(busy->key, key.ptr, key.len);
	map_insert(&queue->busy, &busy->node, map_hash(&queue->busy, key));
	return busy;
}

/* A purged held set may outlive the record's interest in it, but it unlinks itself by set->busy. */
static bool
busy_is_idle(const struct busy *busy)
{
	return list_is_empty(&busy->leased) && list_is_empty(&busy->dead) && busy->held == NULL;
}

void
busy_free_if_idle(struct queue *queue, struct busy *busy)
{
	if (!busy_is_idle(busy))
		return;
	map_remove(&queue->busy, &busy->node);
	core_dealloc(queue->core, busy, sizeof(*busy) + busy->key_len);
}

bool
busy_is_leased(const struct busy *busy)
{
	return busy != NULL && !list_is_empty(&busy->leased);
}

void
busy_hold(struct queue *queue, struct busy *busy, struct set *set)
{
	struct set *held = busy_held(busy);

	/* The lease keeps the record while its held set is out of it. */
	CHECK(busy_is_leased(busy));
	if (held != NULL) {
		set_leave(held);
		set = set_join(queue->core, held, set);
	}
	set_enter(set, queue->bins[BIN_HELD], SET_HELD, busy);
}

struct set *
busy_held(struct busy *busy)
{
	struct set *held = busy->held;

	if (held == NULL || !set_is_doomed(held))
		return held;
	/* Purged: from here on only the reaper knows it. */
	held->busy = NULL;
	busy->held = NULL;
	return NULL;
}
