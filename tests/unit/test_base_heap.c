/*
 * Tests of the heap, most of them against a sorted array.
 */
#include <config.h>

#include <check.h>
#include <signal.h>
#include <stdlib.h>

#include "base/heap.h"

static int
compare_nodes(const void *a, const void *b)
{
	const struct heap_node *x = *(struct heap_node *const *)a;
	const struct heap_node *y = *(struct heap_node *const *)b;

	if (x->key != y->key)
		return x->key < y->key ? -1 : 1;
	return x->tie < y->tie ? -1 : x->tie > y->tie;
}

/* Takes the heap apart; the nodes must come in the order of the sorted `expected`. */
static void
expect_order(struct heap *heap, struct heap_node **expected, uint32_t count)
{
	qsort(expected, count, sizeof(struct heap_node *), compare_nodes);
	ck_assert_uint_eq(heap->count, count);
	for (uint32_t i = 0; i < count; i++) {
		ck_assert_ptr_eq(heap_min(heap), expected[i]);
		heap_remove(heap, expected[i]);
		ck_assert(!heap_is_linked(expected[i]));
	}
	ck_assert_ptr_null(heap_min(heap));
}

START_TEST(empty)
{
	struct heap heap;
	struct heap_node node;

	heap_init(&heap);
	ck_assert_ptr_null(heap_min(&heap));
	ck_assert_uint_eq(heap_bytes(&heap), 0);
	ck_assert(heap_is_sound(&heap));
	heap_node_init(&node, 7);
	ck_assert_uint_eq(node.kind, 7);
	heap_remove(&heap, &node);
	ck_assert(!heap_is_linked(&node));
	heap_fini(&heap);
}
END_TEST

/* Sizes around each full level of a 4-ary heap: 1, 5, 21, 85. */
START_TEST(every_small_size)
{
	struct heap heap;
	struct heap_node nodes[100];
	struct heap_node *expected[100];

	heap_init(&heap);
	for (uint32_t count = 1; count <= 100; count++) {
		for (uint32_t i = 0; i < count; i++) {
			heap_node_init(&nodes[i], 0);
			heap_insert(&heap, &nodes[i], (uint64_t)rand() % count, i);
			ck_assert(heap_is_sound(&heap));
			expected[i] = &nodes[i];
		}
		expect_order(&heap, expected, count);
	}
	heap_fini(&heap);
}
END_TEST

START_TEST(ties)
{
	struct heap heap;
	struct heap_node nodes[50];
	struct heap_node *expected[50];

	heap_init(&heap);
	for (uint32_t i = 0; i < 50; i++) {
		heap_node_init(&nodes[i], 0);
		heap_insert(&heap, &nodes[i], 5, (i * 7) % 50);
		expected[(i * 7) % 50] = &nodes[i];
	}
	for (uint32_t i = 0; i < 50; i++) {
		ck_assert_ptr_eq(heap_min(&heap), expected[i]);
		heap_remove(&heap, expected[i]);
	}
	heap_fini(&heap);
}
END_TEST

START_TEST(extreme_keys)
{
	struct heap heap;
	struct heap_node low, high;

	heap_init(&heap);
	heap_node_init(&low, 0);
	heap_node_init(&high, 0);
	heap_insert(&heap, &high, UINT64_MAX, UINT64_MAX);
	heap_insert(&heap, &low, 0, 0);
	ck_assert_ptr_eq(heap_min(&heap), &low);
	heap_remove(&heap, &low);
	heap_insert(&heap, &low, UINT64_MAX, UINT64_MAX - 1);
	ck_assert_ptr_eq(heap_min(&heap), &low);
	heap_fini(&heap);
}
END_TEST

START_TEST(random_calls)
{
	enum { MANY = 3000 };
	struct heap heap;
	struct heap_node *nodes = calloc(MANY, sizeof(*nodes));
	struct heap_node **expected = calloc(MANY, sizeof(*expected));
	uint32_t count = 0;

	ck_assert(nodes != NULL && expected != NULL);
	heap_init(&heap);
	for (int i = 0; i < 200000; i++) {
		struct heap_node *node = &nodes[rand() % MANY];

		/* Removes from anywhere; a node that comes back has another key. */
		if (heap_is_linked(node))
			heap_remove(&heap, node);
		else
			heap_insert(&heap, node, (uint64_t)rand() % 1000, (uint64_t)i);
		if (i % 997 == 0)
			ck_assert(heap_is_sound(&heap));
	}
	ck_assert(heap_is_sound(&heap));
	for (int i = 0; i < MANY; i++) {
		if (heap_is_linked(&nodes[i]))
			expected[count++] = &nodes[i];
	}
	ck_assert_uint_gt(count, 0);
	expect_order(&heap, expected, count);
	ck_assert_uint_le(heap_bytes(&heap), 64 * sizeof(struct heap_entry));
	heap_fini(&heap);
	ck_assert_uint_eq(heap_bytes(&heap), 0);
	free(nodes);
	free(expected);
}
END_TEST

/* The check that other tests rely on sees what is wrong. */
START_TEST(soundness)
{
	struct heap heap;
	struct heap_node nodes[12];

	/* Backwards, so that each node opens a run while there are any, and the rest is sifted. */
	heap_init(&heap);
	for (int i = 0; i < 12; i++) {
		heap_node_init(&nodes[i], 0);
		heap_insert(&heap, &nodes[i], (uint64_t)(20 - i), 0);
	}
	ck_assert(heap_is_sound(&heap));
	for (int i = 0; i < 12; i += 11) { /* one in a run, one in the array */
		nodes[i].key++;
		ck_assert(!heap_is_sound(&heap));
		nodes[i].key--;
		nodes[i].place++;
		ck_assert(!heap_is_sound(&heap));
		nodes[i].place--;
	}
	heap.count++;
	ck_assert(!heap_is_sound(&heap));
	heap.count--;
	heap.min = &nodes[1];
	ck_assert(!heap_is_sound(&heap));
	heap_fini(&heap);
}
END_TEST

START_TEST(insert_twice_aborts)
{
	struct heap heap;
	struct heap_node node;

	heap_init(&heap);
	heap_node_init(&node, 0);
	heap_insert(&heap, &node, 1, 1);
	heap_insert(&heap, &node, 2, 2);
}
END_TEST

START_TEST(remove_from_another_heap_aborts)
{
	struct heap heap, other;
	struct heap_node node, stranger;

	heap_init(&heap);
	heap_init(&other);
	heap_node_init(&node, 0);
	heap_node_init(&stranger, 0);
	heap_insert(&heap, &node, 1, 1);
	heap_insert(&other, &stranger, 1, 1);
	heap_remove(&heap, &node);
	heap_remove(&heap, &stranger);
}
END_TEST

/* What comes in order costs no array, even between others that do not. */
START_TEST(runs)
{
	enum { MANY = 3000 };
	struct heap heap;
	struct heap_node *nodes = calloc(MANY, sizeof(*nodes));

	ck_assert_ptr_nonnull(nodes);
	heap_init(&heap);
	for (uint32_t i = 0; i < MANY; i++) {
		heap_node_init(&nodes[i], 0);
		heap_insert(&heap, &nodes[i], i % 3 == 0 ? i : 10000 * (i % 3) + i, i);
	}
	ck_assert_uint_eq(heap_bytes(&heap), 0);
	ck_assert(heap_is_sound(&heap));
	for (uint32_t i = 0; i < MANY; i += 2)
		heap_remove(&heap, &nodes[i]);
	ck_assert(heap_is_sound(&heap));
	heap_fini(&heap);
	free(nodes);
}
END_TEST

/* Some of the smallest, and a visit of all, leave the heap as it is. */
START_TEST(looking_on)
{
	enum { MANY = 500 };
	struct heap heap;
	struct heap_node nodes[MANY];
	struct heap_node *expected[MANY];
	struct heap_node *found[MANY + 1];
	struct heap_node *node = NULL;
	size_t visited = 0;

	heap_init(&heap);
	ck_assert_ptr_null(heap_next(&heap, NULL));
	ck_assert_uint_eq(heap_smallest(&heap, found, 1), 0);
	for (uint32_t i = 0; i < MANY; i++) {
		heap_node_init(&nodes[i], 0);
		heap_insert(&heap, &nodes[i], (uint64_t)rand() % 100, i);
		expected[i] = &nodes[i];
	}
	qsort(expected, MANY, sizeof(struct heap_node *), compare_nodes);
	for (size_t max = 0; max <= MANY + 1; max += 167) {
		size_t count = heap_smallest(&heap, found, max);

		ck_assert_uint_eq(count, max < MANY ? max : MANY);
		for (size_t i = 0; i < count; i++)
			ck_assert_ptr_eq(found[i], expected[i]);
	}
	while ((node = heap_next(&heap, node)) != NULL) {
		ck_assert_uint_eq(node->kind, 0);
		node->kind = 1;
		visited++;
	}
	ck_assert_uint_eq(visited, MANY);
	expect_order(&heap, expected, MANY);
	heap_fini(&heap);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("base_heap");
	TCase *tcase = tcase_create("heap");
	SRunner *runner;
	int failed;

	tcase_set_timeout(tcase, 120);
	tcase_add_test(tcase, empty);
	tcase_add_test(tcase, every_small_size);
	tcase_add_test(tcase, ties);
	tcase_add_test(tcase, extreme_keys);
	tcase_add_test(tcase, random_calls);
	tcase_add_test(tcase, runs);
	tcase_add_test(tcase, looking_on);
	tcase_add_test(tcase, soundness);
	tcase_add_test_raise_signal(tcase, insert_twice_aborts, SIGABRT);
	tcase_add_test_raise_signal(tcase, remove_from_another_heap_aborts, SIGABRT);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
