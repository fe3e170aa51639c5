/*
 * Queues and their keys: made, found, gone.
 */
#include <config.h>

#include "audit/history.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

static const struct siphash_key seed = {1, 2};

static struct span
queue_key(const struct map_node *node)
{
	const struct queue *queue = container_of(node, struct queue, node);

	return span_make(queue->name, queue->len);
}

static struct span
key_key(const struct map_node *node)
{
	const struct key *key = container_of(node, struct key, node);

	return span_make(key->name, key->len);
}

static struct span
op_key(const struct map_node *node)
{
	const struct op *op = container_of(node, struct op, node);

	return span_make(op->id, op->len);
}

struct map_node *
past_look_up(const struct map *map, struct span name)
{
	return map->count == 0 ? NULL : map_find(map, name, map_hash(map, name));
}

void
queues_init(struct history *h)
{
	map_init(&h->queues, queue_key, &seed);
}

/* ---- queues ------------------------------------------------------------------ */

struct queue *
past_queue_find(struct history *h, struct span name)
{
	struct map_node *node;

	node = past_look_up(&h->queues, name);
	return node == NULL ? NULL : container_of(node, struct queue, node);
}

struct queue *
past_queue_make(struct history *h, struct span name)
{
	struct queue *queue = xcalloc(1, sizeof(*queue) + name.len);

	queue->options = h->defaults;
	queue->len = name.len;
	memcpy(queue->name, name.ptr, name.len);
	map_init(&queue->ops, op_key, &seed);
	map_init(&queue->keys, key_key, &seed);
	heap_init(&queue->ready);
	list_init(&queue->waiting);
	list_init(&queue->ending);
	list_init(&queue->dead_sets);
	list_init(&queue->others);
	list_init(&queue->plain_waits);
	list_init(&queue->keyed_waits);
	list_node_init(&queue->touched);
	map_insert(&h->queues, &queue->node, map_hash(&h->queues, name));
	past_queue_touch(h, queue);
	waits_queue_made(h, queue);
	return queue;
}

static void
doom_list(struct history *h, struct list *list, enum outcome_kind how)
{
	struct list_node *node;

	while ((node = list_first(list)) != NULL)
		past_set_doom(h, container_of(node, struct set, node), how);
}

void
past_queue_destroy(struct history *h, struct queue *queue)
{
	struct heap_node *node;

	while ((node = heap_min(&queue->ready)) != NULL)
		past_set_doom(h, container_of(node, struct set, order), OUTCOME_DELETED);
	doom_list(h, &queue->waiting, OUTCOME_DELETED);
	doom_list(h, &queue->ending, OUTCOME_DELETED);
	doom_list(h, &queue->others, OUTCOME_DELETED);
	doom_list(h, &queue->dead_sets, OUTCOME_DELETED);
	waits_queue_gone(queue);
	if (h->granted.queue == queue)
		h->granted.any = false;
	list_remove(&queue->touched);
	map_remove(&h->queues, &queue->node);
	map_fini(&queue->ops);
	map_fini(&queue->keys);
	heap_fini(&queue->ready);
	free(queue);
}

/* Something may be deliverable now: looked at when the turn ends. */
void
past_queue_changed(struct history *h, struct queue *queue)
{
	if (!list_is_linked(&queue->touched))
		list_append(&h->touched, &queue->touched);
}

void
past_queue_touch(struct history *h, struct queue *queue)
{
	queue->touched_ns = h->now_ns;
	past_queue_changed(h, queue);
}

/* ---- keys ---------------------------------------------------------------------- */

struct key *
past_key_find(struct queue *queue, struct span name)
{
	struct map_node *node = past_look_up(&queue->keys, name);

	return node == NULL ? NULL : container_of(node, struct key, node);
}

struct key *
past_key_need(struct queue *queue, struct span name)
{
	struct key *key = past_key_find(queue, name);

	if (key != NULL)
		return key;
	key = xcalloc(1, sizeof(*key) + name.len);
	key->queue = queue;
	key->len = name.len;
	memcpy(key->name, name.ptr, name.len);
	map_insert(&queue->keys, &key->node, map_hash(&queue->keys, name));
	return key;
}
