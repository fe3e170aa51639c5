/*
 * Tests of the ordered index against a sorted array.
 */
#include <config.h>

#include <check.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/index.h"

#define MANY 2000

struct named {
	char name[24];
	bool in;
};

static struct span
name_of(const struct named *named)
{
	return span_str(named->name);
}

static int
compare_named(const void *a, const void *b)
{
	return strcmp(((const struct named *)a)->name, ((const struct named *)b)->name);
}

/* Distinct names in byte order; some are the beginning of others. */
static struct named *
names_new(void)
{
	struct named *names = calloc(MANY, sizeof(*names));

	ck_assert_ptr_nonnull(names);
	for (int i = 0; i < MANY; i++)
		snprintf(names[i].name, sizeof(names[i].name), "%x", i * 7);
	qsort(names, MANY, sizeof(*names), compare_named);
	return names;
}

/* The first named one that is in and at or behind `from`. */
static struct named *
reference_seek(struct named *names, const char *from, bool after)
{
	for (int i = 0; i < MANY; i++) {
		int order = strcmp(names[i].name, from);

		if (names[i].in && (order > 0 || (order == 0 && !after)))
			return &names[i];
	}
	return NULL;
}

static void
expect_seek(const struct index *index, struct named *names, const char *from, bool after)
{
	const struct index_node *node = index_seek(index, span_str(from), after);
	struct named *expected = reference_seek(names, from, after);

	if (expected == NULL) {
		ck_assert_ptr_null(node);
		return;
	}
	ck_assert_ptr_nonnull(node);
	ck_assert_ptr_eq(index_object(node), expected);
	ck_assert(span_equal(index_name(node), name_of(expected)));
}

/* A walk from the start meets all that are in, in order. */
static void
expect_walk(const struct index *index, const struct named *names)
{
	const struct index_node *node = index_seek(index, SPAN(""), false);
	size_t count = 0;

	for (int i = 0; i < MANY; i++) {
		if (!names[i].in)
			continue;
		ck_assert_ptr_nonnull(node);
		ck_assert_ptr_eq(index_object(node), &names[i]);
		node = index_next(node);
		count++;
	}
	ck_assert_ptr_null(node);
	ck_assert_uint_eq(index->count, count);
}

START_TEST(empty)
{
	struct index index;

	index_init(&index, 1);
	ck_assert_ptr_null(index_seek(&index, SPAN(""), false));
	ck_assert_ptr_null(index_seek(&index, SPAN("a"), true));
	ck_assert_uint_eq(index_bytes(&index), 0);
	index_fini(&index);
}
END_TEST

START_TEST(random_calls)
{
	struct index index;
	struct named *names = names_new();

	index_init(&index, 12345);
	for (int i = 0; i < 20000; i++) {
		struct named *named = &names[rand() % MANY];

		if (named->in)
			index_remove(&index, name_of(named));
		else
			index_insert(&index, name_of(named), named);
		named->in = !named->in;
		if (i % 20 == 0) {
			const char *from = names[rand() % MANY].name;

			expect_seek(&index, names, from, false);
			expect_seek(&index, names, from, true);
		}
		if (i % 1000 == 0)
			expect_walk(&index, names);
	}
	expect_walk(&index, names);
	expect_seek(&index, names, "", true);
	expect_seek(&index, names, "zz", false);
	for (int i = 0; i < MANY; i++) {
		if (names[i].in)
			index_remove(&index, name_of(&names[i]));
	}
	ck_assert_uint_eq(index.count, 0);
	ck_assert_uint_eq(index_bytes(&index), 0);
	free(names);
}
END_TEST

START_TEST(prefix)
{
	static const char *const names[] = {"a", "ab", "ab:", "ab:1", "ab:2", "ac", "b"};
	struct index index;
	const struct index_node *node;
	int found = 0;

	index_init(&index, 9);
	for (int i = 6; i >= 0; i--)
		index_insert(&index, span_str(names[i]), NULL);
	node = index_seek(&index, SPAN("ab"), false);
	while (node != NULL && span_starts_with(index_name(node), SPAN("ab"))) {
		ck_assert(span_equal(index_name(node), span_str(names[1 + found])));
		found++;
		node = index_next(node);
	}
	ck_assert_int_eq(found, 4);
	index_fini(&index);
}
END_TEST

START_TEST(bytes_in_names)
{
	/* In byte order; the third is cut by a NUL where text functions are used. */
	static const struct span names[] = {{"", 0}, {"a", 1}, {"a\0", 2}, {"a\0b", 3}, {"b", 1},
		{"\x7f", 1}, {"\x80", 1}, {"\xff", 1}};
	struct index index;
	const struct index_node *node;

	index_init(&index, 3);
	for (int i = 0; i < 8; i++)
		index_insert(&index, names[(i * 3) % 8], NULL);
	node = index_seek(&index, SPAN(""), false);
	for (int i = 0; i < 8; i++) {
		ck_assert_ptr_nonnull(node);
		ck_assert(span_equal(index_name(node), names[i]));
		node = index_next(node);
	}
	index_fini(&index);
}
END_TEST

START_TEST(same_name_aborts)
{
	struct index index;

	index_init(&index, 3);
	index_insert(&index, SPAN("a"), NULL);
	index_insert(&index, SPAN("a"), NULL);
}
END_TEST

START_TEST(remove_of_a_stranger_aborts)
{
	struct index index;

	index_init(&index, 3);
	index_insert(&index, SPAN("a"), NULL);
	index_remove(&index, SPAN("b"));
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("base_index");
	TCase *tcase = tcase_create("index");
	SRunner *runner;
	int failed;

	tcase_set_timeout(tcase, 120);
	tcase_add_test(tcase, empty);
	tcase_add_test(tcase, random_calls);
	tcase_add_test(tcase, prefix);
	tcase_add_test(tcase, bytes_in_names);
	tcase_add_test_raise_signal(tcase, same_name_aborts, SIGABRT);
	tcase_add_test_raise_signal(tcase, remove_of_a_stranger_aborts, SIGABRT);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
