/*
 * Many peers at once: ten thousand idle connections, half of them parked in a
 * dequeue. Others are served meanwhile, every parked peer gets one set when
 * there is one, and when all of them vanish together nothing of them is left.
 *
 * Skipped where the machine does not allow that many descriptors.
 */
#include <config.h>

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "harness.h"

#define PEERS  10000
#define PARKED 5000
#define SPARE  200 /* descriptors for everything else */

#define PING "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\"}"
#define PONG "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{\"pong\":true}}"

static struct daemon daemon_;
static struct peer *peers;
static struct peer control;

static void
setup(void)
{
	static const char *const args[] = {
		"-o", "max_connections=20000", "-o", "drain_timeout_ms=0", NULL};

	daemon_ = (struct daemon){0};
	daemon_start(&daemon_, args);
	peer_connect(&control, &daemon_);
	peers = calloc(PEERS, sizeof(*peers));
	ck_assert_ptr_nonnull(peers);
	for (int i = 0; i < PEERS; i++)
		peer_connect(&peers[i], &daemon_);
}

static void
teardown(void)
{
	peer_close(&control);
	daemon_stop(&daemon_);
	free(peers);
}

static json_int_t
stat_value(const char *name)
{
	json_t *answer = peer_ask(&control, "{\"method\":\"stats\"}");
	json_int_t value =
		json_integer_value(json_object_get(json_object_get(answer, "result"), name));

	json_decref(answer);
	return value;
}

/* Bounded: each try is a round trip, and the daemon works off what came in before it. */
static void
await_stat(const char *name, json_int_t value)
{
	for (int tries = 0; tries < 20000; tries++)
		if (stat_value(name) == value)
			return;
	ck_abort_msg("%s is %lld, not %lld", name, (long long)stat_value(name), (long long)value);
}

static void
park(void)
{
	for (int i = 0; i < PARKED; i++)
		peer_send(&peers[i], "{\"jsonrpc\":\"2.0\",\"id\":7,\"method\":\"dequeue\","
				     "\"params\":{\"queue\":\"q\",\"wait_ms\":600000}}");
	await_stat("waiters", PARKED);
}

START_TEST(test_parked_peers_get_one_set_each)
{
	char line[200];
	bool *seen = calloc(PARKED, sizeof(*seen));

	ck_assert_ptr_nonnull(seen);
	await_stat("connections", PEERS + 1);
	park();
	peer_send(&control, PING);
	peer_expect(&control, PONG);
	for (int i = 0; i < PARKED; i++) {
		snprintf(line, sizeof(line),
			"{\"jsonrpc\":\"2.0\",\"method\":\"enqueue\","
			"\"params\":{\"queue\":\"q\",\"key\":%d}}",
			i);
		peer_send(&control, line);
	}
	for (int i = 0; i < PARKED; i++) {
		json_error_t error;
		json_t *answer = json_loads(peer_line(&peers[i]), 0, &error);
		const char *key = json_string_value(
			json_object_get(json_object_get(answer, "result"), "key"));
		int number;

		ck_assert_ptr_nonnull(key);
		number = (int)strtol(key, NULL, 10);
		ck_assert_int_lt(number, PARKED);
		ck_assert(!seen[number]);
		seen[number] = true;
		json_decref(answer);
	}
	free(seen);
	ck_assert_int_eq(stat_value("waiters"), 0);
	ck_assert_int_eq(stat_value("leases"), PARKED);
	for (int i = 0; i < PEERS; i++)
		peer_close(&peers[i]);
	await_stat("connections", 1);
}
END_TEST

START_TEST(test_parked_peers_vanish_together)
{
	await_stat("connections", PEERS + 1);
	park();
	for (int i = 0; i < PEERS; i++)
		peer_close(&peers[i]);
	peer_send(&control, PING);
	peer_expect(&control, PONG);
	await_stat("connections", 1);
	ck_assert_int_eq(stat_value("waiters"), 0);
	peer_send(&control, "{\"method\":\"enqueue\",\"queue\":\"q\",\"key\":\"k\",\"op\":\"1\"}");
	ck_assert_ptr_nonnull(peer_line(&control));
	peer_send(&control, "{\"method\":\"queue.stats\",\"queue\":\"q\"}");
	ck_assert_ptr_nonnull(strstr(peer_line(&control), "\"depth\":1"));
}
END_TEST

/* Both the daemon, which inherits the limit, and this program need the descriptors. */
static bool
machine_allows_it(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
		return false;
	limit.rlim_cur = limit.rlim_max;
	return setrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur >= PEERS + SPARE;
}

int
main(void)
{
	Suite *suite = suite_create("scale");
	TCase *tests = tcase_create("many peers");
	SRunner *runner;
	int failed;

	if (!machine_allows_it()) {
		puts("skipped: RLIMIT_NOFILE is too low for 10000 connections");
		return 77;
	}
	tcase_set_timeout(tests, 300);
	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(tests, test_parked_peers_get_one_set_each);
	tcase_add_test(tests, test_parked_peers_vanish_together);
	suite_add_tcase(suite, tests);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
