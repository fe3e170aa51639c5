/*
 * Tests of the intrusive list.
 */
#include <config.h>

#include <check.h>
#include <stdlib.h>

#include "base/list.h"

struct item {
	int number;
	struct list_node node;
};

static struct item *
item_of(struct list_node *node)
{
	return node == NULL ? NULL : container_of(node, struct item, node);
}

/* Fills `items` and appends them to the list, numbered from `first`. */
static void
fill(struct list *list, struct item *items, int count, int first)
{
	for (int i = 0; i < count; i++) {
		items[i].number = first + i;
		list_append(list, &items[i].node);
	}
}

/* The numbers must run from `first` to `last`, seen from both ends. */
static void
expect_run(const struct list *list, int first, int last)
{
	int expected = first;

	list_for_each (node, list) {
		ck_assert_int_eq(item_of(node)->number, expected);
		expected++;
	}
	ck_assert_int_eq(expected, last + 1);
	for (const struct list_node *node = list->head.prev; node != &list->head; node = node->prev)
		expected--;
	ck_assert_int_eq(expected, first);
}

START_TEST(empty)
{
	struct list list;

	list_init(&list);
	ck_assert(list_is_empty(&list));
	ck_assert_ptr_null(list_first(&list));
	ck_assert_ptr_null(list_last(&list));
	ck_assert_ptr_null(list_pop(&list));
	list_for_each (node, &list) {
		ck_abort_msg("an empty list has the node %p", (void *)node);
	}
}
END_TEST

START_TEST(order)
{
	struct list list;
	struct item items[3], before, middle;

	list_init(&list);
	fill(&list, items, 3, 1);
	expect_run(&list, 1, 3);
	before.number = 0;
	list_prepend(&list, &before.node);
	expect_run(&list, 0, 3);
	ck_assert_ptr_eq(list_first(&list), &before.node);
	ck_assert_ptr_eq(list_last(&list), &items[2].node);
	ck_assert_ptr_eq(list_next(&list, &before.node), &items[0].node);
	ck_assert_ptr_null(list_next(&list, &items[2].node));

	list_remove(&items[1].node);
	middle.number = 2;
	list_insert_before(&items[2].node, &middle.node);
	expect_run(&list, 0, 3);
}
END_TEST

START_TEST(remove_is_harmless_twice)
{
	struct list list;
	struct item items[2];

	list_init(&list);
	fill(&list, items, 2, 1);
	list_remove(&items[0].node);
	ck_assert(!list_is_linked(&items[0].node));
	ck_assert(list_is_linked(&items[1].node));
	list_remove(&items[0].node);
	expect_run(&list, 2, 2);
	ck_assert_ptr_eq(list_pop(&list), &items[1].node);
	ck_assert(list_is_empty(&list));
	ck_assert(!list_is_linked(&items[1].node));
}
END_TEST

START_TEST(visit_may_unlink)
{
	struct list list;
	struct item items[6];

	list_init(&list);
	fill(&list, items, 6, 0);
	list_for_each (node, &list) {
		if (item_of(node)->number < 4)
			list_remove(node);
	}
	expect_run(&list, 4, 5);
}
END_TEST

START_TEST(splice)
{
	struct list to, from;
	struct item first[3], second[2];

	list_init(&to);
	list_init(&from);
	list_splice(&to, &from);
	ck_assert(list_is_empty(&to));

	fill(&from, second, 2, 3);
	list_splice(&to, &from);
	ck_assert(list_is_empty(&from));
	expect_run(&to, 3, 4);

	list_splice(&from, &to);
	fill(&to, first, 3, 0);
	list_splice(&to, &from);
	expect_run(&to, 0, 4);
	list_splice(&to, &from);
	expect_run(&to, 0, 4);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("base_list");
	TCase *tcase = tcase_create("list");
	SRunner *runner;
	int failed;

	tcase_add_test(tcase, empty);
	tcase_add_test(tcase, order);
	tcase_add_test(tcase, remove_is_harmless_twice);
	tcase_add_test(tcase, visit_may_unlink);
	tcase_add_test(tcase, splice);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
