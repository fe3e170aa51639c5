/*
 * Lines as they come in: in pieces, many at once, too long, and from peers that do
 * not speak this protocol at all.
 */
#include <config.h>

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "fixture.h"

#define LINE_A "{\"method\":\"ping\",\"id\":1}\r\n"
#define LINE_B "  {\"id\":2,\"method\":\"ping\"}\n\n"
#define LINE_C "{\"id\":3,\"method\":\"enqueue\",\"queue\":\"q\",\"key\":424,\"msg\":{\"w\":640}}\n"

static const char lines[] = LINE_A LINE_B LINE_C;

static void
expect_lines(struct peer *peer)
{
	peer_expect(peer, "{\"id\":1,\"result\":{\"pong\":true},\"error\":null}");
	peer_expect(peer, "{\"id\":2,\"result\":{\"pong\":true},\"error\":null}");
	peer_expect(peer, "{\"id\":3,\"result\":{\"op\":");
}

START_TEST(test_every_split)
{
	struct fixture fixture;
	struct options options;
	struct peer peer;

	options_init(&options);
	fixture_start(&fixture, &options);
	for (size_t at = 1; at < sizeof(lines) - 1; at++) {
		peer_open(&peer, &fixture, _i);
		peer_send_bytes(&peer, lines, at);
		/* What was sent first is executed before the rest is there. */
		if (at >= sizeof(LINE_A) - 1) {
			peer_expect(&peer, "{\"id\":1,");
			peer_send_bytes(&peer, lines + at, sizeof(lines) - 1 - at);
		} else {
			peer_send_bytes(&peer, lines + at, sizeof(lines) - 1 - at);
			peer_expect(&peer, "{\"id\":1,");
		}
		peer_expect(&peer, "{\"id\":2,");
		peer_expect(&peer, "{\"id\":3,\"result\":{\"op\":");
		peer_close(&peer);
	}
	fixture_stop(&fixture);
}
END_TEST

START_TEST(test_single_bytes)
{
	struct fixture fixture;
	struct options options;
	struct peer peer;

	options_init(&options);
	fixture_start(&fixture, &options);
	peer_open(&peer, &fixture, _i);
	for (int round = 0; round < 20; round++) {
		for (size_t i = 0; i < sizeof(lines) - 1; i++)
			peer_send_bytes(&peer, lines + i, 1);
		expect_lines(&peer);
	}
	peer_close(&peer);
	fixture_stop(&fixture);
}
END_TEST

/* More lines at once than the share of one turn: all are answered, in order. */
START_TEST(test_joined)
{
	enum { ROUNDS = 10, COUNT = 4000 };
	struct fixture fixture;
	struct options options;
	struct peer peer;
	char *text = malloc(COUNT * 32);

	options_init(&options);
	fixture_start(&fixture, &options);
	peer_open(&peer, &fixture, _i);
	for (int round = 0; round < ROUNDS; round++) {
		size_t len = 0;

		for (int i = 0; i < COUNT; i++)
			len += (size_t)sprintf(text + len, "{\"method\":\"ping\",\"id\":%d}\n", i);
		peer_send_bytes(&peer, text, len);
		for (int i = 0; i < COUNT; i++) {
			sprintf(text, "{\"id\":%d,\"result\":{\"pong\":true}", i);
			peer_expect(&peer, text);
		}
	}
	peer_close(&peer);
	free(text);
	fixture_stop(&fixture);
}
END_TEST

/*
 * Whole shares of a turn, half a line behind them, and its other half while they are
 * executed: the half does not count as work, and must not keep the other from being read.
 */
START_TEST(test_half_a_line_behind_full_shares)
{
	enum { ROUNDS = 200, COUNT = 128 * 20 };
	static const char ping[] = "{\"method\":\"ping\",\"id\":1}\n";
	struct fixture fixture;
	struct options options;
	struct peer peer;
	char *text = malloc((COUNT + 1) * sizeof(ping));
	size_t len = COUNT * (sizeof(ping) - 1);

	options_init(&options);
	fixture_start(&fixture, &options);
	peer_open(&peer, &fixture, _i);
	for (int i = 0; i <= COUNT; i++)
		memcpy(text + (size_t)i * (sizeof(ping) - 1), ping, sizeof(ping));
	for (int round = 0; round < ROUNDS; round++) {
		peer_send_bytes(&peer, text, len + 10);
		peer_send_bytes(&peer, text + len + 10, sizeof(ping) - 1 - 10);
		for (int i = 0; i <= COUNT; i++)
			peer_expect(&peer, "{\"id\":1,\"result\":{\"pong\":true}");
	}
	peer_close(&peer);
	free(text);
	fixture_stop(&fixture);
}
END_TEST

START_TEST(test_overlong_line)
{
	enum { PIECE = 1 << 20, PIECES = 64 };
	struct fixture fixture;
	struct options options;
	struct peer peer;
	char *piece = malloc(PIECE);
	long before;

	options_init(&options);
	fixture_start(&fixture, &options);
	peer_open(&peer, &fixture, _i);
	peer_talk(&peer, "{\"method\":\"ping\",\"id\":1}", "{\"id\":1,");
	before = fixture_peak_kib(&fixture);
	memset(piece, 'x', PIECE);
	peer_send(&peer, "{\"method\":\"ping\",\"id\":\"");
	for (int i = 0; i < PIECES; i++)
		peer_send_bytes(&peer, piece, PIECE);
	peer_send(&peer, "\"}\n");
	peer_expect(&peer, "line_too_long");
	peer_talk(&peer, "{\"method\":\"ping\",\"id\":2}", "{\"id\":2,");
	ck_assert(fixture_peak_kib(&fixture) - before < 8192 || MEMORY_IS_PADDED);
	peer_close(&peer);
	free(piece);
	fixture_stop(&fixture);
}
END_TEST

/* The answer arrives even though the peer goes on sending, and nothing of it is executed. */
START_TEST(test_foreign_protocol)
{
	static const char http[] = "POST / HTTP/1.1\r\nHost: localhost\r\n\r\n"
				   "{\"method\":\"enqueue\",\"queue\":\"q\",\"key\":\"k\"}\n";
	struct fixture fixture;
	struct options options;
	struct peer peer;

	options_init(&options);
	fixture_start(&fixture, &options);
	for (size_t at = 1; at < sizeof(http) - 1; at++) {
		peer_open(&peer, &fixture, _i);
		peer_send_bytes(&peer, http, at);
		peer_expect(&peer, "parse_error");
		send(peer.fd, http + at, sizeof(http) - 1 - at, MSG_NOSIGNAL);
		peer_expect_end(&peer);
		peer_close(&peer);
	}
	peer_open(&peer, &fixture, _i);
	peer_talk(&peer, "{\"method\":\"dequeue\",\"queue\":\"q\",\"wait_ms\":0}", "\"set\":null");
	peer_close(&peer);
	fixture_stop(&fixture);
}
END_TEST

/* A peer that neither reads its last line nor goes away is left after a moment. */
START_TEST(test_lingering_ends)
{
	struct fixture fixture;
	struct options options;
	struct peer peer;
	int descriptors;

	options_init(&options);
	fixture_start(&fixture, &options);
	descriptors = fixture_descriptors(&fixture);
	peer_open(&peer, &fixture, _i);
	peer_send(&peer, "GET / HTTP/1.0\r\n\r\n");
	peer_expect(&peer, "parse_error");
	peer_expect_end(&peer);
	ck_assert_int_eq(fixture_descriptors(&fixture), descriptors + 1);
	/* Sending fails once the other side is closed and not merely shut. */
	while (send(peer.fd, "x", 1, MSG_NOSIGNAL) == 1)
		poll(NULL, 0, 5);
	ck_assert_int_eq(fixture_descriptors(&fixture), descriptors);
	peer_close(&peer);
	fixture_stop(&fixture);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("lines");
	TCase *tcase = tcase_create("lines");

	tcase_set_timeout(tcase, 120);
	tcase_add_loop_test(tcase, test_every_split, 0, TRANSPORT_COUNT);
	tcase_add_loop_test(tcase, test_single_bytes, 0, TRANSPORT_COUNT);
	tcase_add_loop_test(tcase, test_joined, 0, TRANSPORT_COUNT);
	tcase_add_loop_test(tcase, test_half_a_line_behind_full_shares, 0, TRANSPORT_COUNT);
	tcase_add_loop_test(tcase, test_overlong_line, 0, TRANSPORT_COUNT);
	tcase_add_loop_test(tcase, test_foreign_protocol, 0, PLAIN_COUNT);
	tcase_add_loop_test(tcase, test_lingering_ends, 0, PLAIN_COUNT);
	suite_add_tcase(suite, tcase);
	return run_tests(suite);
}
