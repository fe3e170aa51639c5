/*
 * Tests of the hash map: what it finds while it grows and shrinks, how little a single
 * call moves, equal hashes, visiting, memory.
 */
#include <config.h>

#include <check.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/list.h"
#include "base/map.h"

#define MANY 100000

/* The most buckets that one call may add or take away. */
#define STEP_MAX 1

struct entry {
	struct map_node node;
	char key[24];
	size_t key_len;
	int mark;
};

static const struct siphash_key seed = {UINT64_C(0x1234), UINT64_C(0x5678)};

static struct entry *
entry_of(struct map_node *node)
{
	return node == NULL ? NULL : container_of(node, struct entry, node);
}

static struct span
entry_key(const struct map_node *node)
{
	const struct entry *entry = container_of(node, struct entry, node);

	return span_make(entry->key, entry->key_len);
}

static void
entry_set(struct entry *entry, int number)
{
	entry->key_len = (size_t)snprintf(entry->key, sizeof(entry->key), "key%d", number);
	entry->mark = 0;
}

static struct entry *
entries_new(int count)
{
	struct entry *entries = calloc((size_t)count, sizeof(*entries));

	ck_assert_ptr_nonnull(entries);
	for (int i = 0; i < count; i++)
		entry_set(&entries[i], i);
	return entries;
}

static void
insert(struct map *map, struct entry *entry)
{
	map_insert(map, &entry->node, map_hash(map, entry_key(&entry->node)));
}

static struct entry *
find(const struct map *map, const struct entry *like)
{
	struct span key = entry_key(&like->node);

	return entry_of(map_find(map, key, map_hash(map, key)));
}

/* How many buckets a call added or took away. */
static size_t
buckets_changed(const struct map *map, size_t before)
{
	return map->buckets > before ? map->buckets - before : before - map->buckets;
}

/* Every node of the map is visited once, and those are `count`. */
static void
expect_visits(const struct map *map, size_t count)
{
	static int mark;
	size_t visited = 0;

	mark++;
	for (struct map_node *node = map_first(map); node != NULL; node = map_next(map, node)) {
		ck_assert_int_ne(entry_of(node)->mark, mark);
		entry_of(node)->mark = mark;
		visited++;
	}
	ck_assert_uint_eq(visited, count);
	ck_assert_uint_eq(map->count, count);
	ck_assert(map_is_sound(map));
}

START_TEST(empty_owns_nothing)
{
	struct map map;
	struct entry *entries = entries_new(2);

	map_init(&map, entry_key, &seed);
	ck_assert_uint_eq(map_bytes(&map), 0);
	ck_assert_ptr_null(map_first(&map));
	ck_assert_ptr_null(find(&map, &entries[0]));

	insert(&map, &entries[0]);
	ck_assert_uint_gt(map_bytes(&map), 0);
	ck_assert_ptr_eq(find(&map, &entries[0]), &entries[0]);
	ck_assert_ptr_null(find(&map, &entries[1]));
	map_remove(&map, &entries[0].node);
	ck_assert_uint_eq(map_bytes(&map), 0);
	ck_assert_ptr_null(find(&map, &entries[0]));
	map_fini(&map);
	free(entries);
}
END_TEST

START_TEST(grows_and_shrinks)
{
	struct map map;
	struct entry *entries = entries_new(MANY);
	size_t worst = 0, moved, peak, before;
	int other;

	map_init(&map, entry_key, &seed);
	for (int i = 0; i < MANY; i++) {
		before = map.buckets;
		insert(&map, &entries[i]);
		moved = buckets_changed(&map, before);
		worst = moved > worst ? moved : worst;
		ck_assert_ptr_eq(find(&map, &entries[i]), &entries[i]);
		other = rand() % (i + 1);
		ck_assert_ptr_eq(find(&map, &entries[other]), &entries[other]);
	}
	peak = map_bytes(&map);
	ck_assert(map_is_sound(&map));
	for (int i = MANY - 1; i >= 0; i--) {
		before = map.buckets;
		map_remove(&map, &entries[i].node);
		moved = buckets_changed(&map, before);
		worst = moved > worst ? moved : worst;
		ck_assert_ptr_null(find(&map, &entries[i]));
		if (i > 0) {
			other = rand() % i;
			ck_assert_ptr_eq(find(&map, &entries[other]), &entries[other]);
		}
		if (i == MANY / 100)
			ck_assert_uint_lt(map_bytes(&map), peak / 8);
	}
	ck_assert_uint_le(worst, STEP_MAX);
	ck_assert_uint_gt(worst, 0);
	ck_assert_uint_eq(map_bytes(&map), 0);
	free(entries);
}
END_TEST

START_TEST(turns_around_at_any_size)
{
	struct map map;
	struct entry *entries = entries_new(MANY);
	int in = 0;

	/* Up and down by random stretches, so that growing and shrinking take turns. */
	map_init(&map, entry_key, &seed);
	for (int round = 0; round < 200; round++) {
		int target = rand() % (round % 2 == 0 ? MANY / 10 : 50);

		while (in < target)
			insert(&map, &entries[in++]);
		while (in > target)
			map_remove(&map, &entries[--in].node);
		expect_visits(&map, (size_t)in);
		if (in > 0) {
			ck_assert_ptr_eq(find(&map, &entries[0]), &entries[0]);
			ck_assert_ptr_eq(find(&map, &entries[in - 1]), &entries[in - 1]);
		}
		ck_assert_ptr_null(find(&map, &entries[in]));
	}
	map_fini(&map);
	free(entries);
}
END_TEST

START_TEST(visits_at_every_size)
{
	struct map map;
	struct entry *entries = entries_new(600);

	map_init(&map, entry_key, &seed);
	for (int i = 0; i < 600; i++) {
		insert(&map, &entries[i]);
		expect_visits(&map, (size_t)i + 1);
	}
	for (int i = 0; i < 600; i++) {
		map_remove(&map, &entries[i].node);
		expect_visits(&map, 599 - (size_t)i);
	}
	free(entries);
}
END_TEST

START_TEST(one_takes_the_place_of_another)
{
	struct map map;
	struct entry *entries = entries_new(100);
	struct entry twin;

	map_init(&map, entry_key, &seed);
	for (int i = 0; i < 100; i++)
		insert(&map, &entries[i]);
	entry_set(&twin, 7);
	map_replace(&map, &entries[7].node, &twin.node);
	ck_assert_ptr_eq(find(&map, &entries[7]), &twin);
	expect_visits(&map, 100);
	map_remove(&map, &twin.node);
	ck_assert_ptr_null(find(&map, &entries[7]));
	map_fini(&map);
	free(entries);
}
END_TEST

START_TEST(equal_hashes)
{
	struct map map;
	struct entry *entries = entries_new(200);

	/* The caller tells the hash: here all are equal, only the keys tell nodes apart. */
	map_init(&map, entry_key, &seed);
	for (int i = 0; i < 200; i++)
		map_insert(&map, &entries[i].node, 42);
	expect_visits(&map, 200);
	for (int i = 0; i < 200; i += 2)
		map_remove(&map, &entries[i].node);
	for (int i = 0; i < 200; i++) {
		struct map_node *node = map_find(&map, entry_key(&entries[i].node), 42);

		ck_assert_ptr_eq(node, i % 2 == 0 ? NULL : &entries[i].node);
	}
	ck_assert_ptr_null(map_find(&map, entry_key(&entries[1].node), 43));
	map_fini(&map);
	free(entries);
}
END_TEST

START_TEST(keys_are_bytes)
{
	struct map map;
	struct entry a = {.key = "a\0b", .key_len = 3}, b = {.key = "a\0c", .key_len = 3};
	struct entry none = {.key_len = 0};

	map_init(&map, entry_key, &seed);
	insert(&map, &a);
	insert(&map, &b);
	insert(&map, &none);
	ck_assert_ptr_eq(find(&map, &a), &a);
	ck_assert_ptr_eq(find(&map, &b), &b);
	ck_assert_ptr_eq(find(&map, &none), &none);
	map_fini(&map);
}
END_TEST

START_TEST(remove_of_a_stranger_aborts)
{
	struct map map;
	struct entry *entries = entries_new(2);

	map_init(&map, entry_key, &seed);
	insert(&map, &entries[0]);
	entries[1].node.hash = entries[0].node.hash;
	map_remove(&map, &entries[1].node);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("base_map");
	TCase *tcase = tcase_create("map");
	SRunner *runner;
	int failed;

	tcase_set_timeout(tcase, 120);
	tcase_add_test(tcase, empty_owns_nothing);
	tcase_add_test(tcase, grows_and_shrinks);
	tcase_add_test(tcase, turns_around_at_any_size);
	tcase_add_test(tcase, visits_at_every_size);
	tcase_add_test(tcase, one_takes_the_place_of_another);
	tcase_add_test(tcase, equal_hashes);
	tcase_add_test(tcase, keys_are_bytes);
	tcase_add_test_raise_signal(tcase, remove_of_a_stranger_aborts, SIGABRT);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
