/*
 * What the users of an in-process queueing package know as its tests, on this
 * service: many peers at once, limits under pressure, producers and consumers
 * side by side, waiters and close, a thousand finishes and one completion. Each is run with the
 * engine in memory and with the one that answers late, in the order its seed says.
 */
#include <config.h>

#include "scenario/world.h"

#include "base/alloc.h"

#include <check.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LINE_SIZE 1024

static struct world *world;
static uint64_t random_state;

/* ---- a crowd of peers -------------------------------------------------- */

static void
begin(int engine)
{
	static const struct scenario scenario = {.is_timed = true};
	char error[WHY_SIZE];

	world = (engine == 0 ? &world_memory : &world_delayed)->open(&scenario, 0, error);
	ck_assert_ptr_nonnull(world);
	random_state = world_seed() | 1;
}

static void
end(void)
{
	world->ops->free(world);
	world = NULL;
}

/* Of 0 to below `bound`. */
static unsigned
random_below(unsigned bound)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return (unsigned)((random_state >> 11) % bound);
}

/* A random order of 0 to count - 1. Returns new. */
static unsigned *
shuffled(unsigned count)
{
	unsigned *order = xcalloc(count, sizeof(*order));

	for (unsigned i = 0; i < count; i++) {
		unsigned j = random_below(i + 1);

		order[i] = order[j];
		order[j] = i;
	}
	return order;
}

__attribute__((format(printf, 2, 3))) static void
say(int peer, const char *format, ...)
{
	char line[LINE_SIZE];
	va_list args;
	int len;

	va_start(args, format);
	len = vsnprintf(line, sizeof(line) - 1, format, args);
	va_end(args);
	ck_assert_int_lt(len, (int)sizeof(line) - 1);
	line[len++] = '\n';
	world->ops->send(world, peer, span_make(line, (size_t)len));
}

/* The next answer of a peer, NULL where it has none. Returns new. */
static json_t *
hear(int peer)
{
	struct buf *received = &world->talkers[peer].received;
	json_error_t why;
	const char *newline;
	struct span bytes;
	json_t *answer;

	world->ops->await(world, peer, AWAIT_LINE);
	bytes = buf_span(received);
	newline = memchr(bytes.ptr, '\n', bytes.len);
	if (newline == NULL)
		return NULL;
	answer = json_loadb(bytes.ptr, (size_t)(newline - bytes.ptr), 0, &why);
	ck_assert_ptr_nonnull(answer);
	buf_consume(received, (size_t)(newline - bytes.ptr) + 1);
	return answer;
}

/* The result of a plain request; there must be one. Returns new. */
static json_t *
hear_result(int peer)
{
	json_t *answer = hear(peer);
	json_t *result = json_incref(json_object_get(answer, "result"));

	ck_assert_msg(json_is_object(result), "no result: %s",
		json_string_value(json_object_get(answer, "error")));
	json_decref(answer);
	return result;
}

/* Was the answer that error? */
static bool
hear_error(int peer, const char *name)
{
	json_t *answer = hear(peer);
	const char *error = json_string_value(json_object_get(answer, "error"));
	bool same = error != NULL && strncmp(error, name, strlen(name)) == 0;

	ck_assert_ptr_nonnull(answer);
	json_decref(answer);
	return same;
}

static json_int_t
number_of(const json_t *object, const char *name)
{
	const json_t *value = json_object_get(object, name);

	ck_assert_msg(json_is_integer(value), "no number %s", name);
	return json_integer_value(value);
}

static const char *
text_of(const json_t *object, const char *name)
{
	const char *value = json_string_value(json_object_get(object, name));

	ck_assert_msg(value != NULL, "no string %s", name);
	return value;
}

static void
expect_empty_result(int peer)
{
	json_decref(hear_result(peer));
}

/* A number of queue "q" or, without queue, of the daemon; asked by the last peer. */
static json_int_t
stat_of(const char *queue, const char *name)
{
	int peer = PEERS_MAX - 1;
	json_t *stats;
	json_int_t value;

	if (queue == NULL)
		say(peer, "{\"method\":\"stats\"}");
	else
		say(peer, "{\"method\":\"queue.stats\",\"queue\":\"%s\"}", queue);
	stats = hear_result(peer);
	value = number_of(stats, name);
	json_decref(stats);
	return value;
}

/* Takes one set at once: its token, NULL where nothing is ready. Returns new. */
static char *
take(int peer)
{
	json_t *result;
	char *token = NULL;

	say(peer, "{\"method\":\"dequeue\",\"queue\":\"q\",\"wait_ms\":0}");
	result = hear_result(peer);
	if (json_is_string(json_object_get(result, "set")))
		token = xstrdup(text_of(result, "set"));
	json_decref(result);
	return token;
}

/* ---- limits ------------------------------------------------------------ */

START_TEST(test_hundred_at_depth_ten)
{
	int refused = 0;

	begin(_i);
	say(0, "{\"method\":\"queue.create\",\"queue\":\"q\",\"depth\":10}");
	expect_empty_result(0);
	for (int i = 0; i < 100; i++)
		say(i, "{\"method\":\"enqueue\",\"queue\":\"q\",\"key\":%d}", i);
	for (int i = 0; i < 100; i++) {
		json_t *answer = hear(i);

		refused += json_is_null(json_object_get(answer, "result"));
		json_decref(answer);
	}
	ck_assert_int_eq(refused, 90);
	ck_assert_int_eq(stat_of("q", "depth"), 10);
	ck_assert_int_eq(stat_of("q", "refused_depth"), 90);
	end();
}
END_TEST

START_TEST(test_hundred_at_width_ten)
{
	int refused = 0;

	begin(_i);
	say(0, "{\"method\":\"queue.create\",\"queue\":\"q\",\"width\":10}");
	expect_empty_result(0);
	for (int i = 0; i < 100; i++)
		say(i, "{\"method\":\"enqueue\",\"queue\":\"q\",\"key\":\"k\"}");
	for (int i = 0; i < 100; i++) {
		json_t *answer = hear(i);

		refused += json_is_null(json_object_get(answer, "result"));
		json_decref(answer);
	}
	ck_assert_int_eq(refused, 90);
	ck_assert_int_eq(stat_of("q", "ops"), 10);
	ck_assert_int_eq(stat_of("q", "refused_width"), 90);
	end();
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
		say(peer, "{\"method\":\"finish\",\"set\":\"%s\"}", race->tokens[i]);
		answer = hear_result(peer);
		race->finished += (int)number_of(answer, "finished");
		json_decref(answer);
		free(race->tokens[i]);
		race->tokens[i] = NULL;
	} else if (!race->parked[i]) {
		say(peer, "{\"method\":\"dequeue\",\"queue\":\"q\",\"wait_ms\":1000000}");
		race->parked[i] = true;
	} else if ((answer = hear(peer)) != NULL) {
		race->parked[i] = false;
		race->tokens[i] = xstrdup(text_of(json_object_get(answer, "result"), "set"));
		json_decref(answer);
	}
}

START_TEST(test_producers_and_consumers)
{
	struct race race = {.enqueued = 0};

	begin(_i);
	for (int round = 0; round < ROUNDS; round++) {
		if (random_below(2) == 0) {
			say((int)random_below(PRODUCERS),
				"{\"method\":\"enqueue\",\"queue\":\"q\",\"key\":%u}",
				random_below(8));
			race.enqueued++;
		} else {
			consume(&race, (int)random_below(CONSUMERS));
		}
	}
	for (int left = 0; left < 100000 && race.finished < race.enqueued; left++)
		consume(&race, left % CONSUMERS);
	ck_assert_int_eq(race.finished, race.enqueued);
	ck_assert_int_eq(stat_of("q", "finished"), race.enqueued);
	ck_assert_int_eq(stat_of("q", "ops"), 0);
	for (int i = 0; i < CONSUMERS; i++)
		free(race.tokens[i]);
	end();
}
END_TEST

/* Consumers that go away while they wait: every op comes out, the attempt is the first. */
START_TEST(test_nothing_is_lost_with_a_consumer)
{
	int peer = 1;
	int delivered = 0;

	begin(_i);
	for (int i = 0; i < 300; i++) {
		say(0, "{\"method\":\"enqueue\",\"queue\":\"q\",\"key\":%d}", i);
		expect_empty_result(0);
	}
	for (int i = 0; i < 400; i++, peer++) {
		say(peer, "{\"method\":\"dequeue\",\"queue\":\"q\",\"release_on_close\":true}");
		if (random_below(2) == 0)
			world->ops->await(world, peer, AWAIT_QUIET);
		world->ops->close(world, peer);
	}
	ck_assert_int_eq(stat_of("q", "ops"), 300);
	ck_assert_int_eq(stat_of("q", "leased"), 0);
	for (char *token; (token = take(0)) != NULL; delivered++)
		free(token);
	ck_assert_int_eq(delivered, 300);
	end();
}
END_TEST

/* ---- waiters ----------------------------------------------------------- */

START_TEST(test_twelve_waiters_and_close)
{
	begin(_i);
	say(0, "{\"method\":\"queue.create\",\"queue\":\"q\"}");
	expect_empty_result(0);
	for (int i = 1; i <= 12; i++)
		say(i, "{\"method\":\"dequeue\",\"queue\":\"q\"}");
	ck_assert_int_eq(stat_of("q", "waiters"), 12);
	say(0, "{\"method\":\"queue.close\",\"queue\":\"q\"}");
	expect_empty_result(0);
	for (int i = 1; i <= 12; i++)
		ck_assert(hear_error(i, "queue_closed: "));
	end();
}
END_TEST

START_TEST(test_many_waiters_are_served_in_order)
{
	begin(_i);
	for (int i = 1; i <= 500; i++) {
		say(i, "{\"method\":\"dequeue\",\"queue\":\"q\"}");
		world->ops->await(world, i, AWAIT_QUIET);
	}
	for (int i = 1; i <= 500; i++) {
		say(0, "{\"method\":\"enqueue\",\"queue\":\"q\",\"key\":%d}", i);
		expect_empty_result(0);
	}
	for (int i = 1; i <= 500; i++) {
		json_t *result = hear_result(i);
		char key[16];

		snprintf(key, sizeof(key), "%d", i);
		ck_assert_str_eq(text_of(result, "key"), key);
		json_decref(result);
	}
	end();
}
END_TEST

/* ---- windows ----------------------------------------------------------- */

static void
one_window(int engine, uint64_t window_ms)
{
	json_t *result;

	begin(engine);
	say(0, "{\"method\":\"queue.create\",\"queue\":\"q\",\"window_ms\":%" PRIu64 "}",
		window_ms);
	expect_empty_result(0);
	for (int i = 0; i < 3; i++) {
		say(0, "{\"method\":\"enqueue\",\"queue\":\"q\",\"key\":\"k\"}");
		expect_empty_result(0);
	}
	say(1, "{\"method\":\"dequeue\",\"queue\":\"q\",\"wait_ms\":1000000000}");
	if (window_ms > 0) {
		world->ops->advance(world, window_ms - 1);
		ck_assert_ptr_null(hear(1));
		world->ops->advance(world, 1);
	}
	result = hear_result(1);
	ck_assert_uint_eq(json_array_size(json_object_get(result, "ops")), 3);
	json_decref(result);
	end();
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
	begin(_i);
	say(0, "{\"method\":\"queue.create\",\"queue\":\"q\",\"window_ms\":360000000}");
	expect_empty_result(0);
	for (int i = 1; i <= 100; i++) {
		say(0, "{\"method\":\"enqueue\",\"queue\":\"q\",\"key\":%d}", i);
		expect_empty_result(0);
		say(i, "{\"method\":\"dequeue\",\"queue\":\"q\",\"wait_ms\":1000000000}");
	}
	world->ops->await(world, 1, AWAIT_QUIET);
	ck_assert_ptr_null(hear(1));
	say(0, "{\"method\":\"queue.close\",\"queue\":\"q\"}");
	expect_empty_result(0);
	for (int i = 1; i <= 100; i++)
		expect_empty_result(i);
	end();
}
END_TEST

/* ---- groups ------------------------------------------------------------ */

#define OPS 1000

static void
expect_one_completion(void)
{
	json_t *result;
	json_t *msg;

	say(0, "{\"method\":\"dequeue\",\"queue\":\"done\",\"wait_ms\":0}");
	result = hear_result(0);
	ck_assert_uint_eq(json_array_size(json_object_get(result, "ops")), 1);
	msg = json_object_get(json_array_get(json_object_get(result, "ops"), 0), "msg");
	ck_assert_int_eq(number_of(msg, "ops"), OPS);
	ck_assert_int_eq(number_of(msg, "failed"), 0);
	ck_assert_uint_eq(json_array_size(json_object_get(msg, "results")), OPS);
	json_decref(result);
	ck_assert_int_eq(stat_of("done", "enqueued"), 1);
}

START_TEST(test_thousand_finishes_complete_once)
{
	unsigned *order;

	begin(_i);
	order = shuffled(OPS);
	say(0,
		"{\"method\":\"group.create\",\"group\":\"g\",\"size\":%d,"
		"\"on_complete\":{\"queue\":\"done\",\"key\":\"k\"}}",
		OPS);
	expect_empty_result(0);
	for (int i = 0; i < OPS; i++) {
		say(0, "{\"method\":\"group.add\",\"group\":\"g\",\"op\":%d}", i);
		expect_empty_result(0);
	}
	say(OPS, "{\"method\":\"group.wait\",\"group\":\"g\"}");
	world->ops->await(world, OPS, AWAIT_QUIET);
	for (unsigned i = 0; i < OPS; i++)
		say((int)i, "{\"method\":\"group.finish\",\"group\":\"g\",\"op\":%u,\"result\":%u}",
			order[i], i);
	for (int i = 0; i < OPS; i++) {
		json_t *result = hear_result(i);

		ck_assert_ptr_null(json_object_get(result, "duplicate"));
		json_decref(result);
	}
	expect_empty_result(OPS);
	ck_assert_ptr_null(hear(OPS));
	expect_one_completion();
	free(order);
	end();
}
END_TEST

/* The same through a queue: a thousand sets taken by a thousand peers. */
START_TEST(test_thousand_sets_complete_once)
{
	char *tokens[OPS];
	unsigned *order;

	begin(_i);
	order = shuffled(OPS);
	say(0,
		"{\"method\":\"group.create\",\"group\":\"g\",\"size\":%d,"
		"\"on_complete\":{\"queue\":\"done\",\"key\":\"k\"}}",
		OPS);
	expect_empty_result(0);
	for (int i = 0; i < OPS; i++) {
		say(0, "{\"method\":\"enqueue\",\"queue\":\"q\",\"key\":%d,\"group\":\"g\"}", i);
		expect_empty_result(0);
	}
	for (int i = 0; i < OPS; i++)
		ck_assert_ptr_nonnull(tokens[i] = take(i));
	for (unsigned i = 0; i < OPS; i++)
		say((int)i, "{\"method\":\"finish\",\"set\":\"%s\",\"result\":1}",
			tokens[order[i]]);
	for (int i = 0; i < OPS; i++) {
		expect_empty_result(i);
		free(tokens[i]);
	}
	expect_one_completion();
	free(order);
	end();
}
END_TEST

/* ---- tokens ------------------------------------------------------------ */

#define FINISHES_KEPT 10000

static bool
finish_is_duplicate(const char *token)
{
	json_t *result;
	bool duplicate;

	say(0, "{\"method\":\"finish\",\"set\":\"%s\"}", token);
	result = hear_result(0);
	duplicate = json_is_true(json_object_get(result, "duplicate"));
	json_decref(result);
	return duplicate;
}

static char *
finish_one(void)
{
	char *token;

	say(0, "{\"method\":\"enqueue\",\"queue\":\"q\",\"key\":\"k\"}");
	expect_empty_result(0);
	ck_assert_ptr_nonnull(token = take(0));
	ck_assert(!finish_is_duplicate(token));
	return token;
}

START_TEST(test_ten_thousand_finishes_are_remembered)
{
	char *first;
	char *second;

	begin(_i);
	first = finish_one();
	second = finish_one();
	for (int i = 2; i < FINISHES_KEPT; i++)
		free(finish_one());
	ck_assert(finish_is_duplicate(first));
	free(finish_one());
	say(0, "{\"method\":\"finish\",\"set\":\"%s\"}", first);
	ck_assert(hear_error(0, "lease_lost: "));
	ck_assert(finish_is_duplicate(second));
	free(first);
	free(second);
	end();
}
END_TEST

START_TEST(test_fences_grow)
{
	json_int_t last = -1;

	begin(_i);
	for (int i = 0; i < 50; i++) {
		json_t *result;

		say(0, "{\"method\":\"enqueue\",\"queue\":\"q%d\",\"key\":1}", i % 3);
		expect_empty_result(0);
		say(i, "{\"method\":\"dequeue\",\"queue\":\"q%d\"}", i % 3);
		result = hear_result(i);
		ck_assert_int_gt(number_of(result, "fence"), last);
		last = number_of(result, "fence");
		json_decref(result);
	}
	end();
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
