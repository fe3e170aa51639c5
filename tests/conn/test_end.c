/*
 * The end of the server: signals, the drain, and peers that are slow to take their
 * last answers.
 */
#include <config.h>

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fixture.h"

#define PING    "{\"method\":\"ping\",\"id\":99}"
#define PONG    "{\"id\":99,\"result\":{\"pong\":true}"
#define ENQUEUE "{\"method\":\"enqueue\",\"queue\":\"q\",\"key\":\"k\",\"id\":1}"
#define TAKE    "{\"method\":\"dequeue\",\"queue\":\"q\",\"wait_ms\":0,\"id\":2}"
#define WAIT    "{\"method\":\"dequeue\",\"queue\":\"q\",\"wait_ms\":3600000,\"id\":3}"

static const int end_signals[] = {SIGTERM, SIGINT};

START_TEST(test_drain_idle)
{
	struct fixture fixture;
	struct options options;
	struct peer peer;

	options_init(&options);
	fixture_start(&fixture, &options);
	peer_open(&peer, &fixture, OVER_UNIX);
	peer_send(&peer, WAIT "\n" PING "\n");
	peer_expect(&peer, PONG);
	ck_assert_int_eq(kill(fixture.pid, end_signals[_i]), 0);
	peer_expect(&peer, "{\"id\":3,\"result\":{\"set\":null}");
	peer_expect_end(&peer);
	fixture_ended(&fixture);
	peer_close(&peer);
}
END_TEST

/* Takes a set and returns its token, for the caller to free. */
static char *
take(struct peer *peer)
{
	const char *line;
	const char *token;

	peer_talk(peer, ENQUEUE, "\"new\":true");
	peer_send(peer, TAKE "\n");
	line = peer_line(peer);
	ck_assert_ptr_nonnull(line);
	token = strstr(line, "\"set\":\"");
	ck_assert_ptr_nonnull(token);
	token += strlen("\"set\":\"");
	return strndup(token, strcspn(token, "\""));
}

/* What is leased may be finished; nobody new comes in and nothing new begins. */
START_TEST(test_drain_leased)
{
	struct fixture fixture;
	struct options options;
	struct peer peer;
	char line[300];
	char *token;

	options_init(&options);
	options.service.drain_timeout_ms = 60000;
	fixture_start(&fixture, &options);
	peer_open(&peer, &fixture, _i);
	token = take(&peer);
	peer_talk(&peer, WAIT "\n" PING, PONG);
	ck_assert_int_eq(kill(fixture.pid, SIGTERM), 0);
	peer_expect(&peer, "{\"id\":3,\"result\":{\"set\":null}");
	peer_talk(&peer, ENQUEUE, "draining");
	peer_talk(&peer, TAKE, "draining");
	for (enum transport transport = OVER_UNIX; transport < TRANSPORT_COUNT; transport++)
		ck_assert_int_lt(connect_to(&fixture, transport), 0);
	ck_assert_int_lt(access(fixture.path, F_OK), 0);
	snprintf(line, sizeof(line), "{\"method\":\"finish\",\"set\":\"%s\",\"id\":5}", token);
	peer_talk(&peer, line, "\"finished\":1");
	peer_expect_end(&peer);
	fixture_ended(&fixture);
	peer_close(&peer);
	free(token);
}
END_TEST

START_TEST(test_drain_timeout)
{
	struct fixture fixture;
	struct options options;
	struct peer peer;

	options_init(&options);
	options.service.drain_timeout_ms = 100;
	fixture_start(&fixture, &options);
	peer_open(&peer, &fixture, OVER_UNIX);
	free(take(&peer));
	ck_assert_int_eq(kill(fixture.pid, SIGTERM), 0);
	peer_expect_end(&peer);
	fixture_ended(&fixture);
	peer_close(&peer);
}
END_TEST

START_TEST(test_second_signal)
{
	struct fixture fixture;
	struct options options;
	struct peer peer;

	options_init(&options);
	options.service.drain_timeout_ms = 3600000;
	fixture_start(&fixture, &options);
	peer_open(&peer, &fixture, OVER_UNIX);
	free(take(&peer));
	ck_assert_int_eq(kill(fixture.pid, SIGTERM), 0);
	/* Refusing shows that the first has arrived, two at once would be one. */
	for (;;) {
		const char *line;

		peer_send(&peer, TAKE "\n");
		line = peer_line(&peer);
		ck_assert_ptr_nonnull(line);
		if (strstr(line, "draining") != NULL)
			break;
	}
	ck_assert_int_eq(kill(fixture.pid, SIGTERM), 0);
	peer_expect_end(&peer);
	fixture_ended(&fixture);
	peer_close(&peer);
}
END_TEST

/* A peer that asked for more than it has read: its answers wait for it. */
static void
fill_up(struct peer *slow, struct fixture *fixture)
{
	enum { LINES = 6000, TURNS = 1000 };
	char *text = malloc(LINES * sizeof(PING));
	struct peer other;

	for (int i = 0; i < LINES; i++)
		memcpy(text + (size_t)i * sizeof(PING), PING "\n", sizeof(PING));
	peer_open(slow, fixture, OVER_UNIX);
	peer_open(&other, fixture, OVER_UNIX);
	peer_send_bytes(slow, text, LINES * sizeof(PING));
	/* Many turns later the server has done for it what it can. */
	for (int i = 0; i < TURNS; i++)
		peer_talk(&other, PING, PONG);
	peer_close(&other);
	free(text);
}

/* Answers that wait for the peer are written before the end, if it reads them soon. */
START_TEST(test_last_words)
{
	struct fixture fixture;
	struct options options;
	struct peer slow;
	int answers = 0;

	options_init(&options);
	fixture_start(&fixture, &options);
	fill_up(&slow, &fixture);
	ck_assert_int_eq(kill(fixture.pid, SIGTERM), 0);
	while (peer_line(&slow) != NULL)
		answers++;
	ck_assert_int_eq(answers, 6000);
	fixture_ended(&fixture);
	peer_close(&slow);
}
END_TEST

START_TEST(test_deaf_peer_does_not_hold_up_the_end)
{
	struct fixture fixture;
	struct options options;
	struct peer deaf;

	options_init(&options);
	fixture_start(&fixture, &options);
	fill_up(&deaf, &fixture);
	fixture_stop(&fixture);
	peer_close(&deaf);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("end");
	TCase *tcase = tcase_create("end");

	tcase_set_timeout(tcase, 60);
	tcase_add_loop_test(tcase, test_drain_idle, 0, 2);
	tcase_add_loop_test(tcase, test_drain_leased, 0, TRANSPORT_COUNT);
	tcase_add_test(tcase, test_drain_timeout);
	tcase_add_test(tcase, test_second_signal);
	tcase_add_test(tcase, test_last_words);
	tcase_add_test(tcase, test_deaf_peer_does_not_hold_up_the_end);
	suite_add_tcase(suite, tcase);
	return run_tests(suite);
}
