/*
 * Sorted runs and the 4-ary heap.
 *
 * A node joins the run whose last node is the greatest that is not greater than it, else
 * an empty run, else the heap. So a stream of nodes that comes in order keeps to one run,
 * whatever else is in the others. Only ends of runs and the root can be the smallest.
 *
 * In the heap four children instead of two halve the levels, and the children of a
 * node share two cache lines. A node that moves is not swapped step by step: its place is
 * kept as a hole, others move into it, and it is written once where the hole ends.
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

/* heap_node.place: 1 + the number of its run, or this + its index in the array. */
#define PLACE_IN_ARRAY (HEAP_RUNS + 1)

void
heap_init(struct heap *heap)
{
	*heap = (struct heap){0};
	for (int i = 0; i < HEAP_RUNS; i++)
		list_init(&heap->runs[i].nodes);
}

void
heap_fini(struct heap *heap)
{
	free(heap->entries);
	heap_init(heap);
}

static inline struct heap_node *
node_of(struct list_node *link)
{
	return container_of(link, struct heap_node, link);
}

static inline bool
is_before(uint64_t a_key, uint64_t a_tie, uint64_t b_key, uint64_t b_tie)
{
	return a_key < b_key || (a_key == b_key && a_tie < b_tie);
}

static inline bool
node_is_before(const struct heap_node *a, const struct heap_node *b)
{
	return is_before(a->key, a->tie, b->key, b->tie);
}

static inline bool
entry_is_before(const struct heap_entry *a, const struct heap_entry *b)
{
	return is_before(a->key, a->tie, b->key, b->tie);
}

/* ---- the array --------------------------------------------------------------------- */

static inline void
heap_place(struct heap *heap, uint32_t at, struct heap_entry entry)
{
	heap->entries[at] = entry;
	entry.node->place = at + PLACE_IN_ARRAY;
}

/* Moves the hole at `at` towards the root until `entry` fits, and puts it there. */
static void
heap_rise(struct heap *heap, uint32_t at, struct heap_entry entry)
{
	while (at > 0) {
		uint32_t parent = (at - 1) / HEAP_ARITY;

		if (!entry_is_before(&entry, &heap->entries[parent]))
			break;
		heap_place(heap, at, heap->entries[parent]);
		at = parent;
	}
	heap_place(heap, at, entry);
}

/* Moves the hole at `at` towards the leaves until `entry` fits, and puts it there. */
static void
heap_sink(struct heap *heap, uint32_t at, struct heap_entry entry)
{
	for (;;) {
		uint64_t first = (uint64_t)at * HEAP_ARITY + 1;
		uint32_t least, end;

		if (first >= heap->entry_count)
			break;
		least = (uint32_t)first;
		end = heap->entry_count - least < HEAP_ARITY ? heap->entry_count
							     : least + HEAP_ARITY;
		for (uint32_t i = least + 1; i < end; i++) {
			if (entry_is_before(&heap->entries[i], &heap->entries[least]))
				least = i;
		}
		if (!entry_is_before(&heap->entries[least], &entry))
			break;
		heap_place(heap, at, heap->entries[least]);
		at = least;
	}
	heap_place(heap, at, entry);
}

static void
heap_resize(struct heap *heap, uint32_t capacity)
{
	heap->entries = xrealloc(heap->entries, capacity * sizeof(struct heap_entry));
	heap->capacity = capacity;
}

static void
array_insert(struct heap *heap, struct heap_node *node)
{
	if (heap->entry_count == heap->capacity) {
		CHECK(heap->capacity <= UINT32_MAX / 4);
		heap_resize(heap, heap->capacity == 0 ? HEAP_MIN_CAPACITY : heap->capacity * 2);
	}
	heap_rise(heap, heap->entry_count++, (struct heap_entry){node->key, node->tie, node});
}

static void
array_remove(struct heap *heap, struct heap_node *node)
{
	uint32_t at = node->place - PLACE_IN_ARRAY;
	struct heap_entry last;

	CHECK(at < heap->entry_count && heap->entries[at].node == node);
	last = heap->entries[--heap->entry_count];
	if (node_is_before(last.node, node))
		heap_rise(heap, at, last);
	else if (last.node != node)
		heap_sink(heap, at, last);
	if (heap->capacity > HEAP_MIN_CAPACITY && heap->entry_count < heap->capacity / 4)
		heap_resize(heap, heap->capacity / 2);
}

/* ---- the runs ------------------------------------------------------------------------ */

/* The run that a node may be appended to, NULL where it fits none. */
static struct heap_run *
run_for(struct heap *heap, const struct heap_node *node)
{
	struct heap_run *best = NULL;
	struct heap_run *empty = NULL;

	for (int i = 0; i < HEAP_RUNS; i++) {
		struct heap_run *run = &heap->runs[i];

		if (list_is_empty(&run->nodes))
			empty = empty == NULL ? run : empty;
		else if (!is_before(node->key, node->tie, run->last_key, run->last_tie) &&
			 (best == NULL || !is_before(run->last_key, run->last_tie, best->last_key,
						  best->last_tie)))
			best = run;
	}
	return best != NULL ? best : empty;
}

static void
run_append(struct heap *heap, struct heap_run *run, struct heap_node *node)
{
	list_append(&run->nodes, &node->link);
	run->last_key = node->key;
	run->last_tie = node->tie;
	node->place = (uint32_t)(run - heap->runs) + 1;
}

static void
run_remove(struct heap *heap, struct heap_node *node)
{
	struct heap_run *run = &heap->runs[node->place - 1];
	bool was_last = run->nodes.head.prev == &node->link;

	CHECK(!list_is_empty(&run->nodes));
	list_remove(&node->link);
	if (was_last && !list_is_empty(&run->nodes)) {
		const struct heap_node *last = node_of(run->nodes.head.prev);

		run->last_key = last->key;
		run->last_tie = last->tie;
	}
}

/* ---- both ------------------------------------------------------------------------------ */

static struct heap_node *
find_min(const struct heap *heap)
{
	struct heap_node *min = heap->entry_count == 0 ? NULL : heap->entries[0].node;

	for (int i = 0; i < HEAP_RUNS; i++) {
		struct list_node *first = list_first(&heap->runs[i].nodes);

		if (first != NULL && (min == NULL || node_is_before(node_of(first), min)))
			min = node_of(first);
	}
	return min;
}

void
heap_insert(struct heap *heap, struct heap_node *node, uint64_t key, uint64_t tie)
{
	struct heap_run *run;

	CHECK(!heap_is_linked(node));
	node->key = key;
	node->tie = tie;
	run = run_for(heap, node);
	if (run != NULL)
		run_append(heap, run, node);
	else
		array_insert(heap, node);
	heap->count++;
	if (heap->min == NULL || node_is_before(node, heap->min))
		heap->min = node;
}

void
heap_remove(struct heap *heap, struct heap_node *node)
{
	if (!heap_is_linked(node))
		return;
	if (node->place < PLACE_IN_ARRAY)
		run_remove(heap, node);
	else
		array_remove(heap, node);
	node->place = 0;
	heap->count--;
	if (heap->min == node)
		heap->min = find_min(heap);
}

struct heap_node *
heap_next(const struct heap *heap, const struct heap_node *node)
{
	uint32_t run = 0; /* the first that is still to be visited */
	uint32_t at = 0;

	if (node != NULL && node->place < PLACE_IN_ARRAY) {
		struct list_node *next = list_next(&heap->runs[node->place - 1].nodes, &node->link);

		if (next != NULL)
			return node_of(next);
		run = node->place;
	} else if (node != NULL) {
		run = HEAP_RUNS;
		at = node->place - PLACE_IN_ARRAY + 1;
	}
	for (; run < HEAP_RUNS; run++)
		if (!list_is_empty(&heap->runs[run].nodes))
			return node_of(heap->runs[run].nodes.head.next);
	return at < heap->entry_count ? heap->entries[at].node : NULL;
}

/* ---- in order, without a change ---- */

/* What may come next: one node of each run, and array nodes whose parents came already. */
struct frontier {
	struct heap_node **nodes; /* a binary heap */
	size_t count;
};

static void
frontier_add(struct frontier *frontier, struct heap_node *node)
{
	size_t at = frontier->count++;

	for (; at > 0 && node_is_before(node, frontier->nodes[(at - 1) / 2]); at = (at - 1) / 2)
		frontier->nodes[at] = frontier->nodes[(at - 1) / 2];
	frontier->nodes[at] = node;
}

static struct heap_node *
frontier_pop(struct frontier *frontier)
{
	struct heap_node *min = frontier->nodes[0];
	struct heap_node *last = frontier->nodes[--frontier->count];
	size_t at = 0;

	for (;;) {
		size_t child = 2 * at + 1;

		if (child + 1 < frontier->count &&
			node_is_before(frontier->nodes[child + 1], frontier->nodes[child]))
			child++;
		if (child >= frontier->count || !node_is_before(frontier->nodes[child], last))
			break;
		frontier->nodes[at] = frontier->nodes[child];
		at = child;
	}
	frontier->nodes[at] = last;
	return min;
}

/* Adds what may come after a node that came. */
static void
frontier_follow(struct frontier *frontier, const struct heap *heap, const struct heap_node *node)
{
	uint64_t child;

	if (node->place < PLACE_IN_ARRAY) {
		struct list_node *next = list_next(&heap->runs[node->place - 1].nodes, &node->link);

		if (next != NULL)
			frontier_add(frontier, node_of(next));
		return;
	}
	child = (uint64_t)(node->place - PLACE_IN_ARRAY) * HEAP_ARITY + 1;
	for (int i = 0; i < HEAP_ARITY && child < heap->entry_count; i++, child++)
		frontier_add(frontier, heap->entries[child].node);
}

size_t
heap_smallest(const struct heap *heap, struct heap_node **nodes, size_t max)
{
	/* Each node that comes adds HEAP_ARITY at the most and takes one away. */
	size_t room = HEAP_RUNS + 1 + max * (HEAP_ARITY - 1);
	struct frontier frontier = {.nodes = xcalloc(room + 1, sizeof(struct heap_node *))};
	size_t count = 0;

	for (int i = 0; i < HEAP_RUNS; i++)
		if (!list_is_empty(&heap->runs[i].nodes))
			frontier_add(&frontier, node_of(heap->runs[i].nodes.head.next));
	if (heap->entry_count > 0)
		frontier_add(&frontier, heap->entries[0].node);
	while (count < max && frontier.count > 0) {
		nodes[count] = frontier_pop(&frontier);
		frontier_follow(&frontier, heap, nodes[count++]);
	}
	free(frontier.nodes);
	return count;
}

/* ---- checks ---------------------------------------------------------------------------------- */

size_t
heap_bytes(const struct heap *heap)
{
	return heap->capacity * sizeof(struct heap_entry);
}

static bool
run_is_sound(const struct heap *heap, int number, uint64_t *count)
{
	const struct heap_run *run = &heap->runs[number];
	const struct heap_node *before = NULL;

	list_for_each (link, &run->nodes) {
		const struct heap_node *node = node_of(link);

		if (node->place != (uint32_t)number + 1)
			return false;
		if (before != NULL && node_is_before(node, before))
			return false;
		before = node;
		++*count;
	}
	return before == NULL || (before->key == run->last_key && before->tie == run->last_tie);
}

bool
heap_is_sound(const struct heap *heap)
{
	uint64_t count = heap->entry_count;

	if (heap->entry_count > heap->capacity || heap->min != find_min(heap))
		return false;
	for (uint32_t i = 0; i < heap->entry_count; i++) {
		const struct heap_entry *entry = &heap->entries[i];

		if (entry->node->place != i + PLACE_IN_ARRAY || entry->key != entry->node->key ||
			entry->tie != entry->node->tie)
			return false;
		if (i > 0 && entry_is_before(entry, &heap->entries[(i - 1) / HEAP_ARITY]))
			return false;
	}
	for (int i = 0; i < HEAP_RUNS; i++)
		if (!run_is_sound(heap, i, &count))
			return false;
	return count == heap->count;
}
