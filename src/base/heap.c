/*
 * The 4-ary heap. Four children instead of two halve the levels, and the children of a
 * node share a cache line. A node that moves is not swapped step by step: its place is
 * kept as a hole, others move into it, and the node is written once where the hole ends.
 *
 * The array grows by doubling and shrinks when three quarters of it are unused; it lives
 * until heap_fini().
 */
#include <config.h>

#include "base/heap.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "base/check.h"

#define HEAP_ARITY        4
#define HEAP_MIN_CAPACITY 8

void
heap_init(struct heap *heap)
{
	*heap = (struct heap){0};
}

void
heap_fini(struct heap *heap)
{
	free(heap->nodes);
	heap_init(heap);
}

void
heap_node_init(struct heap_node *node, uint32_t kind)
{
	*node = (struct heap_node){.kind = kind};
}

static inline bool
is_before(const struct heap_node *a, const struct heap_node *b)
{
	return a->key < b->key || (a->key == b->key && a->tie < b->tie);
}

static inline void
heap_place(struct heap *heap, uint32_t at, struct heap_node *node)
{
	heap->nodes[at] = node;
	node->index = at + 1;
}

/* Moves the hole at `at` towards the root until `node` fits, and puts it there. */
static void
heap_rise(struct heap *heap, uint32_t at, struct heap_node *node)
{
	while (at > 0) {
		uint32_t parent = (at - 1) / HEAP_ARITY;

		if (!is_before(node, heap->nodes[parent]))
			break;
		heap_place(heap, at, heap->nodes[parent]);
		at = parent;
	}
	heap_place(heap, at, node);
}

/* Moves the hole at `at` towards the leaves until `node` fits, and puts it there. */
static void
heap_sink(struct heap *heap, uint32_t at, struct heap_node *node)
{
	for (;;) {
		uint64_t first = (uint64_t)at * HEAP_ARITY + 1;
		uint32_t least, end;

		if (first >= heap->count)
			break;
		least = (uint32_t)first;
		end = heap->count - least < HEAP_ARITY ? heap->count : least + HEAP_ARITY;
		for (uint32_t i = least + 1; i < end; i++) {
			if (is_before(heap->nodes[i], heap->nodes[least]))
				least = i;
		}
		if (!is_before(heap->nodes[least], node))
			break;
		heap_place(heap, at, heap->nodes[least]);
		at = least;
	}
	heap_place(heap, at, node);
}

static void
heap_resize(struct heap *heap, uint32_t capacity)
{
	heap->nodes = xrealloc(heap->nodes, capacity * sizeof(struct heap_node *));
	heap->capacity = capacity;
}

void
heap_insert(struct heap *heap, struct heap_node *node, uint64_t key, uint64_t tie)
{
	CHECK(!heap_is_linked(node));
	if (heap->count == heap->capacity) {
		CHECK(heap->capacity <= UINT32_MAX / 4);
		heap_resize(heap, heap->capacity == 0 ? HEAP_MIN_CAPACITY : heap->capacity * 2);
	}
	node->key = key;
	node->tie = tie;
	heap_rise(heap, heap->count++, node);
}

void
heap_remove(struct heap *heap, struct heap_node *node)
{
	struct heap_node *last;
	uint32_t at;

	if (!heap_is_linked(node))
		return;
	at = node->index - 1;
	CHECK(at < heap->count && heap->nodes[at] == node);
	last = heap->nodes[--heap->count];
	node->index = 0;
	if (last != node) {
		if (is_before(last, node))
			heap_rise(heap, at, last);
		else
			heap_sink(heap, at, last);
	}
	if (heap->capacity > HEAP_MIN_CAPACITY && heap->count < heap->capacity / 4)
		heap_resize(heap, heap->capacity / 2);
}

size_t
heap_bytes(const struct heap *heap)
{
	return heap->capacity * sizeof(struct heap_node *);
}

bool
heap_is_sound(const struct heap *heap)
{
	if (heap->count > heap->capacity)
		return false;
	for (uint32_t i = 0; i < heap->count; i++) {
		if (heap->nodes[i]->index != i + 1)
			return false;
		if (i > 0 && is_before(heap->nodes[i], heap->nodes[(i - 1) / HEAP_ARITY]))
			return false;
	}
	return true;
}
