/*
 * A priority queue of embedded nodes, ordered by (key, tie), for what mostly comes in
 * order: deadlines that lie equally far ahead, sets in the order of their coming. Such
 * nodes form a few sorted runs, where inserting and removing is O(1); one that fits none
 * goes to a 4-ary heap beside them, in O(log n).
 *
 * The queue owns its array, not its nodes.
 */
#ifndef INFLIGHT_BASE_HEAP_H
#define INFLIGHT_BASE_HEAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/list.h"

#define HEAP_RUNS 4

struct heap_node {
	struct list_node link; /* in a run; the owner's while the node is in no heap */
	uint64_t key;          /* what the heap sorts by: a time, an arrival number */
	uint64_t tie;          /* decides between equal keys */
	uint32_t place;        /* 0: in no heap, else see heap.c */
	uint8_t kind;          /* the owner's, for heaps of several kinds of object */
	uint8_t spare[3];      /* the owner's too: they would be padding */
};

/* What the array holds of a node, so that the others are not touched when one moves. */
struct heap_entry {
	uint64_t key;
	uint64_t tie;
	struct heap_node *node;
};

struct heap_run {
	struct list nodes;
	uint64_t last_key; /* of its last node */
	uint64_t last_tie;
};

struct heap {
	struct heap_node *min;
	struct heap_entry *entries;
	uint32_t entry_count;
	uint32_t capacity;
	uint64_t count; /* of all nodes */
	struct heap_run runs[HEAP_RUNS];
};

void heap_init(struct heap *heap);
void heap_fini(struct heap *heap); /* frees the array; nodes left in it are forgotten */

static inline void
heap_node_init(struct heap_node *node, uint8_t kind)
{
	list_node_init(&node->link);
	node->key = node->tie = 0;
	node->place = 0;
	node->kind = kind;
}

static inline bool
heap_is_linked(const struct heap_node *node)
{
	return node->place != 0;
}

/* Inserts a node that is in no heap. */
void heap_insert(struct heap *heap, struct heap_node *node, uint64_t key, uint64_t tie);

/* Removes a node; one that is in no heap is left alone. */
void heap_remove(struct heap *heap, struct heap_node *node);

/* The smallest node, or NULL. */
static inline struct heap_node *
heap_min(const struct heap *heap)
{
	return heap->min;
}

/* Visits every node in no particular order: NULL to begin with, NULL at the end. */
struct heap_node *heap_next(const struct heap *heap, const struct heap_node *node);

/* The smallest nodes, in order, `max` at the most; returns how many. O(max log max). */
size_t heap_smallest(const struct heap *heap, struct heap_node **nodes, size_t max);

size_t heap_bytes(const struct heap *heap);

/* Checks order and places, for tests and core_check(); O(n). */
bool heap_is_sound(const struct heap *heap);

#endif
