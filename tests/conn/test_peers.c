/*
 * How peers end, and how they behave badly: what they asked for must neither be lost
 * with them nor be given to them.
 */
#include <config.h>

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "fixture.h"

#define PING    "{\"method\":\"ping\",\"id\":99}"
#define PONG    "{\"id\":99,\"result\":{\"pong\":true}"
#define ENQUEUE "{\"method\":\"enqueue\",\"queue\":\"q\",\"key\":\"k\",\"id\":1}"
#define TAKE    "{\"method\":\"dequeue\",\"queue\":\"q\",\"wait_ms\":0,\"id\":2}"
#define WAIT    "{\"method\":\"dequeue\",\"queue\":\"q\",\"wait_ms\":3600000,\"id\":3}"
#define HOLD    "{\"method\":\"dequeue\",\"queue\":\"q\",\"wait_ms\":3600000}"

/* Parks a dequeue; the answer to the ping behind it shows that it is parked. */
static void
park(struct peer *peer, struct fixture *fixture, enum transport transport)
{
	peer_open(peer, fixture, transport);
	peer_send(peer, WAIT "\n" PING "\n");
	peer_expect(peer, PONG);
}

static void
expect_set_for_another(struct fixture *fixture, enum transport transport)
{
	struct peer peer;

	peer_open(&peer, fixture, transport);
	peer_talk(&peer, ENQUEUE, "\"new\":true");
	peer_talk(&peer, TAKE, "\"set\":\"");
	peer_close(&peer);
}

START_TEST(test_close_while_parked)
{
	struct fixture fixture;
	struct options options;
	struct peer peer;

	options_init(&options);
	fixture_start(&fixture, &options);
	for (int i = 0; i < 50; i++) {
		park(&peer, &fixture, _i);
		peer_close(&peer);
		expect_set_for_another(&fixture, _i);
	}
	fixture_stop(&fixture);
}
END_TEST

START_TEST(test_reset_while_parked)
{
	struct fixture fixture;
	struct options options;
	struct peer peer;

	options_init(&options);
	fixture_start(&fixture, &options);
	for (int i = 0; i < 50; i++) {
		park(&peer, &fixture, _i);
		peer_reset(&peer);
		expect_set_for_another(&fixture, _i);
	}
	fixture_stop(&fixture);
}
END_TEST

/*
 * The peer is gone before its answer, or behind it: a set that could not be written
 * goes back by itself, one that was written because that was asked for.
 */
START_TEST(test_reset_behind_the_request)
{
	struct fixture fixture;
	struct options options;
	struct peer asking;
	struct peer other;

	options_init(&options);
	fixture_start(&fixture, &options);
	peer_open(&other, &fixture, _i);
	for (int i = 0; i < 50; i++) {
		peer_talk(&other, ENQUEUE, "\"new\":true");
		peer_open(&asking, &fixture, _i);
		peer_send(&asking, "{\"method\":\"dequeue\",\"queue\":\"q\","
				   "\"release_on_close\":true,\"id\":4}\n");
		peer_reset(&asking);
		peer_talk(&other, WAIT, "\"set\":\"");
	}
	peer_close(&other);
	fixture_stop(&fixture);
}
END_TEST

/* The timer is set anew for each of them, later and earlier; none is over too early. */
START_TEST(test_waits_end_in_time)
{
	static const int waits_ms[] = {40, 20, 1, 60, 30};
	static const int order[] = {2, 1, 4, 0, 3};
	enum { COUNT = sizeof(waits_ms) / sizeof(waits_ms[0]) };
	struct fixture fixture;
	struct options options;
	struct peer peer;
	uint64_t begun_ns;
	char text[120];

	options_init(&options);
	fixture_start(&fixture, &options);
	peer_open(&peer, &fixture, _i);
	begun_ns = clock_now_ns();
	for (int i = 0; i < COUNT; i++) {
		snprintf(text, sizeof(text),
			"{\"method\":\"dequeue\",\"queue\":\"q\",\"wait_ms\":%d,\"id\":%d}\n",
			waits_ms[i], i);
		peer_send(&peer, text);
	}
	for (int i = 0; i < COUNT; i++) {
		snprintf(text, sizeof(text), "{\"id\":%d,\"result\":{\"set\":null}", order[i]);
		peer_expect(&peer, text);
		ck_assert_uint_ge(clock_now_ns() - begun_ns, ms_to_ns(waits_ms[order[i]]));
		ck_assert_uint_lt(clock_now_ns() - begun_ns, ms_to_ns(5000));
	}
	peer_close(&peer);
	fixture_stop(&fixture);
}
END_TEST

START_TEST(test_half_close)
{
	struct fixture fixture;
	struct options options;
	struct peer peer;

	options_init(&options);
	fixture_start(&fixture, &options);
	peer_open(&peer, &fixture, _i);
	peer_send(&peer, WAIT "\n" PING "\n");
	peer_half_close(&peer);
	peer_expect(&peer, PONG);
	peer_expect(&peer, "{\"id\":3,\"result\":{\"set\":null}");
	peer_expect_end(&peer);
	peer_close(&peer);
	fixture_stop(&fixture);
}
END_TEST

/* Sends PING lines until nothing more goes in, or `most` bytes did; returns how many did. */
static size_t
fill(struct peer *peer, size_t most)
{
	enum { LINES = 4000 };
	char *text = malloc(LINES * sizeof(PING));
	struct pollfd poll_fd = {.fd = peer->fd, .events = POLLOUT};
	size_t total = 0;

	for (int i = 0; i < LINES; i++)
		memcpy(text + (size_t)i * sizeof(PING), PING "\n", sizeof(PING));
	while (total < most && poll(&poll_fd, 1, 100) == 1) {
		size_t at = total % sizeof(PING);
		size_t lot = LINES * sizeof(PING) - at;

		total += peer_offer(peer, text + at, lot < most - total ? lot : most - total);
	}
	free(text);
	return total;
}

/*
 * A request without id holds back the others, so that nothing is read any more. The
 * end of input is noticed all the same, and all that was sent before is executed. (Over
 * TCP as much as the window lets through: an end behind more than that is not sent yet.)
 */
START_TEST(test_half_close_while_held_back)
{
	static const size_t most[] = {
		[OVER_UNIX] = SIZE_MAX, [OVER_TCP] = 30001, [OVER_TLS] = 30001};
	struct fixture fixture;
	struct options options;
	struct peer peer;
	size_t sent;

	options_init(&options);
	fixture_start(&fixture, &options);
	peer_open(&peer, &fixture, _i);
	peer_send(&peer, HOLD "\n");
	sent = fill(&peer, most[_i]);
	ck_assert_uint_gt(sent, 30000);
	peer_half_close(&peer);
	peer_expect(&peer, "{\"result\":{\"set\":null}");
	for (size_t i = 0; i < sent / sizeof(PING); i++)
		peer_expect(&peer, PONG);
	if (sent % sizeof(PING) != 0)
		peer_expect(&peer, "parse_error");
	peer_expect_end(&peer);
	peer_close(&peer);
	fixture_stop(&fixture);
}
END_TEST

enum ending { CLOSES, RESETS, CLOSES_WITH_UNREAD_ANSWER, ENDING_COUNT };

/*
 * The same for a peer that is gone, in each way in which it can go: its
 * descriptor is given back, and the loop sleeps meanwhile and afterwards.
 */
START_TEST(test_gone_while_held_back)
{
	enum transport transport = _i % TRANSPORT_COUNT;
	enum ending ending = _i / TRANSPORT_COUNT;
	struct fixture fixture;
	struct options options;
	struct peer peer;
	struct peer other;
	int descriptors;
	uint64_t cpu;

	options_init(&options);
	fixture_start(&fixture, &options);
	peer_open(&other, &fixture, transport);
	peer_talk(&other, PING, PONG);
	descriptors = fixture_descriptors(&fixture);
	peer_open(&peer, &fixture, transport);
	if (ending == CLOSES_WITH_UNREAD_ANSWER)
		peer_send(&peer, PING "\n");
	peer_send(&peer, HOLD "\n" PING "\n");
	/* Behind what it has read: from here on nobody wants this. */
	peer_send(&peer, PING "\n");
	peer_talk(&other, PING, PONG);
	cpu = fixture_cpu_ns(&fixture);
	poll(NULL, 0, 100);
	ck_assert_uint_lt(fixture_cpu_ns(&fixture) - cpu, 20 * NS_PER_MS);
	if (ending == RESETS)
		peer_reset(&peer);
	else
		peer_close(&peer);
	while (fixture_descriptors(&fixture) > descriptors)
		peer_talk(&other, PING, PONG);
	peer_talk(&other, ENQUEUE, "\"new\":true");
	peer_talk(&other, TAKE, "\"set\":\"");
	cpu = fixture_cpu_ns(&fixture);
	poll(NULL, 0, 100);
	ck_assert_uint_lt(fixture_cpu_ns(&fixture) - cpu, 20 * NS_PER_MS);
	peer_close(&other);
	fixture_stop(&fixture);
}
END_TEST

/* A peer that asks and does not read takes bounded memory; others are served meanwhile. */
START_TEST(test_slow_reader)
{
	struct fixture fixture;
	struct options options;
	struct peer slow;
	struct peer other;
	uint64_t cpu;
	size_t sent;
	long before;

	options_init(&options);
	fixture_start(&fixture, &options);
	peer_open(&other, &fixture, _i);
	peer_talk(&other, PING, PONG);
	before = fixture_peak_kib(&fixture);
	peer_open(&slow, &fixture, _i);
	sent = fill(&slow, SIZE_MAX);
	peer_talk(&other, PING, PONG);
	ck_assert(fixture_peak_kib(&fixture) - before < 8192 || MEMORY_IS_PADDED);
	cpu = fixture_cpu_ns(&fixture);
	poll(NULL, 0, 100);
	ck_assert_uint_lt(fixture_cpu_ns(&fixture) - cpu, 20 * NS_PER_MS);
	/* It reads after all: every answer comes. */
	for (size_t i = 0; i < sent / sizeof(PING); i++)
		peer_expect(&slow, PONG);
	peer_close(&slow);
	peer_close(&other);
	fixture_stop(&fixture);
}
END_TEST

/* Sets for a peer that parks much and reads nothing pile up to max_output only. */
START_TEST(test_overrun_is_cut_off)
{
	enum { WAITS = 1000, MSG = 60000 };
	struct fixture fixture;
	struct options options;
	struct peer slow;
	struct peer other;
	char *line = malloc(MSG + 200);
	char text[120];
	int descriptors;
	int i;

	options_init(&options);
	fixture_start(&fixture, &options);
	peer_open(&other, &fixture, _i);
	peer_open(&slow, &fixture, _i);
	for (i = 0; i < WAITS; i++) {
		snprintf(text, sizeof(text),
			"{\"method\":\"dequeue\",\"queue\":\"q\",\"wait_ms\":3600000,\"id\":%d}\n",
			i);
		peer_send(&slow, text);
	}
	peer_talk(&slow, PING, PONG);
	descriptors = fixture_descriptors(&fixture);
	for (i = 0; i < WAITS && fixture_descriptors(&fixture) == descriptors; i++) {
		int len = snprintf(line, 120,
			"{\"method\":\"enqueue\",\"queue\":\"q\",\"key\":%d,\"id\":1,\"msg\":\"",
			i);

		memset(line + len, 'x', MSG);
		strcpy(line + len + MSG, "\"}");
		peer_talk(&other, line, "\"new\":true");
	}
	ck_assert_int_lt(i, WAITS);
	/* What it did not read is not lost: what was not written went back. */
	peer_talk(&other, TAKE, "\"set\":\"");
	peer_close(&slow);
	peer_close(&other);
	free(line);
	fixture_stop(&fixture);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("peers");
	TCase *tcase = tcase_create("peers");

	tcase_set_timeout(tcase, 120);
	tcase_add_loop_test(tcase, test_close_while_parked, 0, TRANSPORT_COUNT);
	tcase_add_loop_test(tcase, test_reset_while_parked, 0, TRANSPORT_COUNT);
	tcase_add_loop_test(tcase, test_reset_behind_the_request, 0, TRANSPORT_COUNT);
	tcase_add_loop_test(tcase, test_waits_end_in_time, 0, TRANSPORT_COUNT);
	tcase_add_loop_test(tcase, test_half_close, 0, TRANSPORT_COUNT);
	tcase_add_loop_test(tcase, test_half_close_while_held_back, 0, TRANSPORT_COUNT);
	tcase_add_loop_test(
		tcase, test_gone_while_held_back, 0, TRANSPORT_COUNT * (int)ENDING_COUNT);
	tcase_add_loop_test(tcase, test_slow_reader, 0, TRANSPORT_COUNT);
	tcase_add_loop_test(tcase, test_overrun_is_cut_off, 0, TRANSPORT_COUNT);
	suite_add_tcase(suite, tcase);
	return run_tests(suite);
}
