/*
 * Many peers: at the limit and beyond it, more than there are descriptors, and all of
 * them going at once.
 */
#include <config.h>

#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/clock.h"
#include "fixture.h"

#define PING "{\"method\":\"ping\",\"id\":99}"
#define PONG "{\"id\":99,\"result\":{\"pong\":true}"

START_TEST(test_max_connections)
{
	enum { MAX = 5 };
	struct fixture fixture;
	struct options options;
	struct peer peers[MAX];
	struct peer late;

	options_init(&options);
	options.server.max_connections = MAX;
	fixture_start(&fixture, &options);
	for (int i = 0; i < MAX; i++) {
		peer_open(&peers[i], &fixture, _i);
		peer_talk(&peers[i], PING, PONG);
	}
	for (int i = 0; i < 20; i++) {
		peer_open(&late, &fixture, _i);
		/* Asking at once must not make a reset of the answer. */
		peer_send(&late, PING "\n");
		peer_expect(&late, "\"limit\":\"max_connections\"");
		peer_expect_end(&late);
		peer_close(&late);
	}
	for (int i = 0; i < MAX; i++) {
		peer_talk(&peers[i], PING, PONG);
		peer_close(&peers[i]);
		/* The place is free again as soon as its holder has gone. */
		peer_open(&peers[i], &fixture, _i);
		peer_talk(&peers[i], PING, PONG);
	}
	for (int i = 0; i < MAX; i++)
		peer_close(&peers[i]);
	fixture_stop(&fixture);
}
END_TEST

/* SIGHUP is heard by a server that sleeps, and lowers the limit for who comes next. */
START_TEST(test_limit_reloaded)
{
	struct server_config reloaded = {.max_connections = 1};
	struct fixture fixture;
	struct options options;
	struct peer first;
	struct peer second;

	options_init(&options);
	options.reloaded = &reloaded;
	fixture_start(&fixture, &options);
	peer_open(&first, &fixture, _i);
	peer_talk(&first, PING, PONG);
	ck_assert_int_eq(kill(fixture.pid, SIGHUP), 0);
	for (;;) {
		const char *line;

		peer_open(&second, &fixture, _i);
		peer_send(&second, PING "\n");
		line = peer_line(&second);
		ck_assert_ptr_nonnull(line);
		if (strstr(line, "max_connections") != NULL)
			break;
		peer_close(&second);
	}
	peer_expect_end(&second);
	peer_close(&second);
	/* Those who are in stay. */
	peer_talk(&first, PING, PONG);
	peer_close(&first);
	fixture_stop(&fixture);
}
END_TEST

START_TEST(test_descriptors_exhausted)
{
	enum { LIMIT = 40, PEERS = 100 };
	struct fixture fixture;
	struct options options;
	struct peer peers[PEERS];
	uint64_t cpu;

	options_init(&options);
	options.descriptors = LIMIT;
	fixture_start(&fixture, &options);
	for (int i = 0; i < PEERS; i++)
		peer_open(&peers[i], &fixture, _i);
	peer_talk(&peers[0], PING, PONG);
	cpu = fixture_cpu_ns(&fixture);
	poll(NULL, 0, 300);
	ck_assert_uint_lt(fixture_cpu_ns(&fixture) - cpu, 20 * NS_PER_MS);
	/* Those who are in are served; those who are not come in as others leave. */
	for (int i = 0; i < PEERS; i++) {
		peer_talk(&peers[i], PING, PONG);
		peer_close(&peers[i]);
	}
	fixture_stop(&fixture);
}
END_TEST

/* While thousands of connections are being closed another peer's answers do not stop. */
START_TEST(test_all_end_at_once)
{
	enum { PEERS = 4000 };
	struct rlimit limit;
	struct fixture fixture;
	struct options options;
	struct peer *peers = calloc(PEERS, sizeof(*peers));
	struct peer other;
	int descriptors;
	int answers = 0;
	pid_t child;

	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &limit), 0);
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
	options_init(&options);
	options.server.max_connections = PEERS + 1;
	fixture_start(&fixture, &options);
	descriptors = fixture_descriptors(&fixture);
	peer_open(&other, &fixture, _i);
	peer_talk(&other, PING, PONG);
	/* A process of their own, whose end ends them all. */
	child = fork();
	if (child == 0) {
		for (int i = 0; i < PEERS; i++)
			peer_open(&peers[i], &fixture, _i);
		peer_send(&peers[PEERS - 1], PING "\n");
		_exit(peer_line(&peers[PEERS - 1]) == NULL);
	}
	while (fixture_descriptors(&fixture) < descriptors + PEERS / 2)
		peer_talk(&other, PING, PONG);
	while (fixture_descriptors(&fixture) > descriptors + 1) {
		peer_talk(&other, PING, PONG);
		answers++;
	}
	ck_assert_int_gt(answers, 2);
	peer_close(&other);
	free(peers);
	fixture_stop(&fixture);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("limits");
	TCase *tcase = tcase_create("limits");

	tcase_set_timeout(tcase, 120);
	tcase_add_loop_test(tcase, test_max_connections, 0, PLAIN_COUNT);
	tcase_add_loop_test(tcase, test_limit_reloaded, 0, PLAIN_COUNT);
	tcase_add_loop_test(tcase, test_descriptors_exhausted, 0, PLAIN_COUNT);
	tcase_add_loop_test(tcase, test_all_end_at_once, 0, PLAIN_COUNT);
	suite_add_tcase(suite, tcase);
	return run_tests(suite);
}
