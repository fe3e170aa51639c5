/*
 * A thousand peers finish what is one group's, and the group completes once; the
 * memory of what was finished; fences. With both engines, like test_package.c.
 */
#include <config.h>

#include "scenario/crowd.h"

#include <check.h>
#include <stdlib.h>

/* ---- groups ------------------------------------------------------------ */

#define OPS 1000

static void
expect_one_completion(void)
{
	json_t *result;
	json_t *msg;

	crowd_say(0, "{\"method\":\"dequeue\",\"queue\":\"done\",\"wait_ms\":0}");
	result = crowd_hear_result(0);
	ck_assert_uint_eq(json_array_size(json_object_get(result, "ops")), 1);
	msg = json_object_get(json_array_get(json_object_get(result, "ops"), 0), "msg");
	ck_assert_int_eq(crowd_number_of(msg, "ops"), OPS);
	ck_assert_int_eq(crowd_number_of(msg, "failed"), 0);
	ck_assert_uint_eq(json_array_size(json_object_get(msg, "results")), OPS);
	json_decref(result);
	ck_assert_int_eq(crowd_stat_of("done", "enqueued"), 1);
}

START_TEST(test_thousand_finishes_complete_once)
{
	unsigned *order;

	crowd_begin(_i);
	order = crowd_shuffled(OPS);
	crowd_say(0,
		"{\"method\":\"group.create\",\"group\":\"g\",\"size\":%d,"
		"\"on_complete\":{\"queue\":\"done\",\"key\":\"k\"}}",
		OPS);
	crowd_skip(0);
	for (int i = 0; i < OPS; i++) {
		crowd_say(0, "{\"method\":\"group.add\",\"group\":\"g\",\"op\":%d}", i);
		crowd_skip(0);
	}
	crowd_say(OPS, "{\"method\":\"group.wait\",\"group\":\"g\"}");
	crowd_settle();
	for (unsigned i = 0; i < OPS; i++)
		crowd_say((int)i,
			"{\"method\":\"group.finish\",\"group\":\"g\",\"op\":%u,\"result\":%u}",
			order[i], i);
	for (int i = 0; i < OPS; i++) {
		json_t *result = crowd_hear_result(i);

		ck_assert_ptr_null(json_object_get(result, "duplicate"));
		json_decref(result);
	}
	crowd_skip(OPS);
	ck_assert_ptr_null(crowd_hear(OPS));
	expect_one_completion();
	free(order);
	crowd_end();
}
END_TEST

/* The same through a queue: a thousand sets taken by a thousand peers. */
START_TEST(test_thousand_sets_complete_once)
{
	char *tokens[OPS];
	unsigned *order;

	crowd_begin(_i);
	order = crowd_shuffled(OPS);
	crowd_say(0,
		"{\"method\":\"group.create\",\"group\":\"g\",\"size\":%d,"
		"\"on_complete\":{\"queue\":\"done\",\"key\":\"k\"}}",
		OPS);
	crowd_skip(0);
	for (int i = 0; i < OPS; i++) {
		crowd_say(0, "{\"method\":\"enqueue\",\"queue\":\"q\",\"key\":%d,\"group\":\"g\"}",
			i);
		crowd_skip(0);
	}
	for (int i = 0; i < OPS; i++)
		ck_assert_ptr_nonnull(tokens[i] = crowd_take(i));
	for (unsigned i = 0; i < OPS; i++)
		crowd_say((int)i, "{\"method\":\"finish\",\"set\":\"%s\",\"result\":1}",
			tokens[order[i]]);
	for (int i = 0; i < OPS; i++) {
		crowd_skip(i);
		free(tokens[i]);
	}
	expect_one_completion();
	free(order);
	crowd_end();
}
END_TEST

/* ---- tokens ------------------------------------------------------------ */

#define FINISHES_KEPT 10000

static bool
finish_is_duplicate(const char *token)
{
	json_t *result;
	bool duplicate;

	crowd_say(0, "{\"method\":\"finish\",\"set\":\"%s\"}", token);
	result = crowd_hear_result(0);
	duplicate = json_is_true(json_object_get(result, "duplicate"));
	json_decref(result);
	return duplicate;
}

static char *
finish_one(void)
{
	char *token;

	crowd_say(0, "{\"method\":\"enqueue\",\"queue\":\"q\",\"key\":\"k\"}");
	crowd_skip(0);
	ck_assert_ptr_nonnull(token = crowd_take(0));
	ck_assert(!finish_is_duplicate(token));
	return token;
}

START_TEST(test_ten_thousand_finishes_are_remembered)
{
	char *first;
	char *second;

	crowd_begin(_i);
	first = finish_one();
	second = finish_one();
	for (int i = 2; i < FINISHES_KEPT; i++)
		free(finish_one());
	ck_assert(finish_is_duplicate(first));
	free(finish_one());
	crowd_say(0, "{\"method\":\"finish\",\"set\":\"%s\"}", first);
	ck_assert(crowd_hear_error(0, "lease_lost: "));
	ck_assert(finish_is_duplicate(second));
	free(first);
	free(second);
	crowd_end();
}
END_TEST

START_TEST(test_fences_grow)
{
	json_int_t last = -1;

	crowd_begin(_i);
	for (int i = 0; i < 50; i++) {
		json_t *result;

		crowd_say(0, "{\"method\":\"enqueue\",\"queue\":\"q%d\",\"key\":1}", i % 3);
		crowd_skip(0);
		crowd_say(i, "{\"method\":\"dequeue\",\"queue\":\"q%d\"}", i % 3);
		result = crowd_hear_result(i);
		ck_assert_int_gt(crowd_number_of(result, "fence"), last);
		last = crowd_number_of(result, "fence");
		json_decref(result);
	}
	crowd_end();
}
END_TEST

/* ---- all --------------------------------------------------------------- */

static Suite *
make_suite(void)
{
	Suite *suite = suite_create("completion");
	TCase *tcase = tcase_create("completion");

	tcase_set_timeout(tcase, 120);
	tcase_add_loop_test(tcase, test_thousand_finishes_complete_once, 0, 2);
	tcase_add_loop_test(tcase, test_thousand_sets_complete_once, 0, 2);
	tcase_add_loop_test(tcase, test_ten_thousand_finishes_are_remembered, 0, 2);
	tcase_add_loop_test(tcase, test_fences_grow, 0, 2);
	suite_add_tcase(suite, tcase);
	return suite;
}

int
main(void)
{
	SRunner *runner = srunner_create(make_suite());
	int failed;

	world_seed(); /* before the first test is forked */
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
