/*
 * A 4-ary min-heap of embedded nodes, ordered by (key, tie). Nodes know their
 * place, so any of them is removed or re-keyed in O(log n).
 *
 * The heap owns its array, not its nodes.
 */
#ifndef INFLIGHT_BASE_HEAP_H
#define INFLIGHT_BASE_HEAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct heap_node {
	uint64_t key;   /* what the heap sorts by: a time, an arrival number */
	uint64_t tie;   /* decides between equal keys */
	uint32_t index; /* 1-based place in the array, 0 = in no heap */
	uint32_t kind;  /* the owner's, for heaps of several kinds of object */
};

struct heap {
	struct heap_node **nodes;
	uint32_t count;
	uint32_t capacity;
};

void heap_init(struct heap *heap);
void heap_fini(struct heap *heap); /* frees the array; nodes left in it are forgotten */

void heap_node_init(struct heap_node *node, uint32_t kind);

static inline bool
heap_is_linked(const struct heap_node *node)
{
	return node->index != 0;
}

/* Inserts a node that is in no heap. */
void heap_insert(struct heap *heap, struct heap_node *node, uint64_t key, uint64_t tie);

/* Removes a node; one that is in no heap is left alone. */
void heap_remove(struct heap *heap, struct heap_node *node);

/* The smallest node, or NULL. */
static inline struct heap_node *
heap_min(const struct heap *heap)
{
	return heap->count == 0 ? NULL : heap->nodes[0];
}

size_t heap_bytes(const struct heap *heap);

/* Checks order and places, for tests and core_check(); O(n). */
bool heap_is_sound(const struct heap *heap);

#endif
