/*
 * What the users of an in-process queueing package know as its tests, on this
 * service: many peers at once, limits under pressure, producers and consumers
 * side by side, waiters and close, windows. Each is run with the engine in memory and
 * with the one that answers late, in the order its seed says.
 */
#include <config.h>

#include "scenario/crowd.h"

#include "base/alloc.h"

#include <check.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- limits ------------------------------------------------------------ */

START_TEST(test_hundred_at_depth_ten)
{
	int refused = 0;

	crowd_begin(_i);
	crowd_say(0, "{\"method\":\"queue.create\",\"queue\":\"q\",\"depth\":10}");
	crowd_skip(0);
	for (int i = 0; i < 100; i++)
		crowd_say(i, "{\"method\":\"enqueue\",\"queue\":\"q\",\"key\":%d}", i);
	for (int i = 0; i < 100; i++) {
		json_t *answer = crowd_hear(i);

		refused += json_is_null(json_object_get(answer, "result"));
		json_decref(answer);
	}
	ck_assert_int_eq(refused, 90);
	ck_assert_int_eq(crowd_stat_of("q", "depth"), 10);
	ck_assert_int_eq(crowd_stat_of("q", "refused_depth"), 90);
	crowd_end();
}
END_TEST

START_TEST(test_hundred_at_width_ten)
{
	int refused = 0;

	crowd_begin(_i);
	crowd_say(0, "{\"method\":\"queue.create\",\"queue\":\"q\",\"width\":10}");
	crowd_skip(0);
	for (int i = 0; i < 100; i++)
		crowd_say(i, "{\"method\":\"enqueue\",\"queue\":\"q\",\"key\":\"k\"}");
	for (int i = 0; i < 100; i++) {
		json_t *answer = crowd_hear(i);

		refused += json_is_null(json_object_get(answer, "result"));
		json_decref(answer);
	}
	ck_assert_int_eq(refused, 90);
	ck_assert_int_eq(crowd_stat_of("q", "ops"), 10);
	ck_assert_int_eq(crowd_stat_of("q", "refused_width"), 90);
	crowd_end();
}
END_TEST

/* ---- producers and consumers ------------------------------------------- */

#define PRODUCERS 20
#define CONSUMERS 20
#define ROUNDS    2000

struct race {
	bool parked[CONSUMERS];
	char *tokens[CONSUMERS];
	int enqueued;
	int finished;
};

/* A consumer finishes what it has, or reads what it waits for, or begins to wait. */
static void
consume(struct race *race, int i)
{
	int peer = PRODUCERS + i;
	json_t *answer;

	if (race->tokens[i] != NULL) {
		crowd_say(peer, "{\"method\":\"finish\",\"set\":\"%s\"}", race->tokens[i]);
		answer = crowd_hear_result(peer);
		race->finished += (int)crowd_number_of(answer, "finished");
		json_decref(answer);
		free(race->tokens[i]);
		race->tokens[i] = NULL;
	} else if (!race->parked[i]) {
		crowd_say(peer, "{\"method\":\"dequeue\",\"queue\":\"q\",\"wait_ms\":1000000}");
		race->parked[i] = true;
	} else if ((answer = crowd_hear(peer)) != NULL) {
		race->parked[i] = false;
		race->tokens[i] = xstrdup(crowd_text_of(json_object_get(answer, "result"), "set"));
		json_decref(answer);
	}
}

START_TEST(test_producers_and_consumers)
{
	struct race race = {.enqueued = 0};

	crowd_begin(_i);
	for (int round = 0; round < ROUNDS; round++) {
		if (crowd_random_below(2) == 0) {
			crowd_say((int)crowd_random_below(PRODUCERS),
				"{\"method\":\"enqueue\",\"queue\":\"q\",\"key\":%u}",
				crowd_random_below(8));
			race.enqueued++;
		} else {
			consume(&race, (int)crowd_random_below(CONSUMERS));
		}
	}
	for (int left = 0; left < 100000 && race.finished < race.enqueued; left++)
		consume(&race, left % CONSUMERS);
	ck_assert_int_eq(race.finished, race.enqueued);
	ck_assert_int_eq(crowd_stat_of("q", "finished"), race.enqueued);
	ck_assert_int_eq(crowd_stat_of("q", "ops"), 0);
	for (int i = 0; i < CONSUMERS; i++)
		free(race.tokens[i]);
	crowd_end();
}
END_TEST

/* Consumers that go away while they wait: every op comes out, the attempt is the first. */
START_TEST(test_nothing_is_lost_with_a_consumer)
{
	int peer = 1;
	int delivered = 0;

	crowd_begin(_i);
	for (int i = 0; i < 300; i++) {
		crowd_say(0, "{\"method\":\"enqueue\",\"queue\":\"q\",\"key\":%d}", i);
		crowd_skip(0);
	}
	for (int i = 0; i < 400; i++, peer++) {
		crowd_say(
			peer, "{\"method\":\"dequeue\",\"queue\":\"q\",\"release_on_close\":true}");
		if (crowd_random_below(2) == 0)
			crowd_settle();
		crowd_close(peer);
	}
	ck_assert_int_eq(crowd_stat_of("q", "ops"), 300);
	ck_assert_int_eq(crowd_stat_of("q", "leased"), 0);
	for (char *token; (token = crowd_take(0)) != NULL; delivered++)
		free(token);
	ck_assert_int_eq(delivered, 300);
	crowd_end();
}
END_TEST

/* ---- waiters ----------------------------------------------------------- */

START_TEST(test_twelve_waiters_and_close)
{
	crowd_begin(_i);
	crowd_say(0, "{\"method\":\"queue.create\",\"queue\":\"q\"}");
	crowd_skip(0);
	for (int i = 1; i <= 12; i++)
		crowd_say(i, "{\"method\":\"dequeue\",\"queue\":\"q\"}");
	ck_assert_int_eq(crowd_stat_of("q", "waiters"), 12);
	crowd_say(0, "{\"method\":\"queue.close\",\"queue\":\"q\"}");
	crowd_skip(0);
	for (int i = 1; i <= 12; i++)
		ck_assert(crowd_hear_error(i, "queue_closed: "));
	crowd_end();
}
END_TEST

START_TEST(test_many_waiters_are_served_in_order)
{
	crowd_begin(_i);
	for (int i = 1; i <= 500; i++) {
		crowd_say(i, "{\"method\":\"dequeue\",\"queue\":\"q\"}");
		crowd_settle();
	}
	for (int i = 1; i <= 500; i++) {
		crowd_say(0, "{\"method\":\"enqueue\",\"queue\":\"q\",\"key\":%d}", i);
		crowd_skip(0);
	}
	for (int i = 1; i <= 500; i++) {
		json_t *result = crowd_hear_result(i);
		char key[16];

		snprintf(key, sizeof(key), "%d", i);
		ck_assert_str_eq(crowd_text_of(result, "key"), key);
		json_decref(result);
	}
	crowd_end();
}
END_TEST

/* ---- windows ----------------------------------------------------------- */

static void
one_window(int engine, uint64_t window_ms)
{
	json_t *result;

	crowd_begin(engine);
	crowd_say(0, "{\"method\":\"queue.create\",\"queue\":\"q\",\"window_ms\":%" PRIu64 "}",
		window_ms);
	crowd_skip(0);
	for (int i = 0; i < 3; i++) {
		crowd_say(0, "{\"method\":\"enqueue\",\"queue\":\"q\",\"key\":\"k\"}");
		crowd_skip(0);
	}
	crowd_say(1, "{\"method\":\"dequeue\",\"queue\":\"q\",\"wait_ms\":1000000000}");
	if (window_ms > 0) {
		crowd_advance(window_ms - 1);
		ck_assert_ptr_null(crowd_hear(1));
		crowd_advance(1);
	}
	result = crowd_hear_result(1);
	ck_assert_uint_eq(json_array_size(json_object_get(result, "ops")), 3);
	json_decref(result);
	crowd_end();
}

START_TEST(test_windows)
{
	static const uint64_t windows[] = {0, 1, 5, 10, 50, 100, 250, 500, 1000, 360000000};

	for (size_t i = 0; i < sizeof(windows) / sizeof(windows[0]); i++)
		one_window(_i, windows[i]);
}
END_TEST

START_TEST(test_close_ends_long_windows)
{
	crowd_begin(_i);
	crowd_say(0, "{\"method\":\"queue.create\",\"queue\":\"q\",\"window_ms\":360000000}");
	crowd_skip(0);
	for (int i = 1; i <= 100; i++) {
		crowd_say(0, "{\"method\":\"enqueue\",\"queue\":\"q\",\"key\":%d}", i);
		crowd_skip(0);
		crowd_say(i, "{\"method\":\"dequeue\",\"queue\":\"q\",\"wait_ms\":1000000000}");
	}
	crowd_settle();
	ck_assert_ptr_null(crowd_hear(1));
	crowd_say(0, "{\"method\":\"queue.close\",\"queue\":\"q\"}");
	crowd_skip(0);
	for (int i = 1; i <= 100; i++)
		crowd_skip(i);
	crowd_end();
}
END_TEST

/* ---- all --------------------------------------------------------------- */

static Suite *
make_suite(void)
{
	Suite *suite = suite_create("package");
	TCase *tcase = tcase_create("package");

	tcase_set_timeout(tcase, 120);
	tcase_add_loop_test(tcase, test_hundred_at_depth_ten, 0, 2);
	tcase_add_loop_test(tcase, test_hundred_at_width_ten, 0, 2);
	tcase_add_loop_test(tcase, test_producers_and_consumers, 0, 2);
	tcase_add_loop_test(tcase, test_nothing_is_lost_with_a_consumer, 0, 2);
	tcase_add_loop_test(tcase, test_twelve_waiters_and_close, 0, 2);
	tcase_add_loop_test(tcase, test_many_waiters_are_served_in_order, 0, 2);
	tcase_add_loop_test(tcase, test_windows, 0, 2);
	tcase_add_loop_test(tcase, test_close_ends_long_windows, 0, 2);
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
