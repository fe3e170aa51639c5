/*
 * What other protocols' clients send, with a request of ours in it where they let one in:
 * nothing of it is executed, one error line comes, and the end, however the bytes are cut.
 */
#include <config.h>

#include <string.h>

#include "fixture.h"

#define ENQUEUE "{\"method\":\"enqueue\",\"queue\":\"q\",\"key\":\"k\"}"
#define PING    "{\"method\":\"ping\",\"id\":99}"
#define PONG    "{\"id\":99,\"result\":{\"pong\":true}"
#define FETCH                                                                       \
	"Host: 127.0.0.1:7411\r\nConnection: keep-alive\r\nContent-Length: 46\r\n"  \
	"Origin: http://evil.example\r\nContent-Type: text/plain;charset=UTF-8\r\n" \
	"Accept: */*\r\nSec-Fetch-Mode: no-cors\r\n\r\n" ENQUEUE "\n"
#define BYTES(text)                    \
	{                              \
		text, sizeof(text) - 1 \
	}

static const struct {
	const char *bytes;
	size_t len;
} streams[] = {
	BYTES("GET /\r\n" ENQUEUE "\n HTTP/1.1\r\nHost: a\r\n\r\n"),
	BYTES("POST / HTTP/1.1\r\n" FETCH),
	BYTES("PUT / HTTP/1.1\r\n" FETCH),
	BYTES("OPTIONS / HTTP/1.1\r\nHost: a\r\nAccess-Control-Request-Method: POST\r\n\r\n" ENQUEUE
	      "\n"),
	BYTES("GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
	      "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: "
	      "13\r\n\r\n" ENQUEUE "\n"),
	BYTES("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0\0\n" ENQUEUE "\n"),
	BYTES("\x16\3\1\0\x40\1\0\0\x3c\3\3\n" ENQUEUE "\n"),
	BYTES("\4\1\x1c\xf3\x7f\0\0\1\n" ENQUEUE "\n\0"),
	BYTES("\5\1\0\n" ENQUEUE "\n"),
	BYTES("PROXY TCP4 10.0.0.1 10.0.0.2 4242 7411\r\n" ENQUEUE "\n"),
	BYTES("EHLO a\r\nMAIL FROM:<a@b>\r\nDATA\r\n" ENQUEUE "\r\n.\r\n"),
	BYTES("*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$46\r\n" ENQUEUE "\r\n"),
	BYTES("SET k 1\r\n" ENQUEUE "\r\n"),
	BYTES("set k 0 0 46\r\n" ENQUEUE "\r\n"),
	BYTES("SSH-2.0-OpenSSH_9.2\r\n" ENQUEUE "\n"),
	BYTES("/1/menu\r\n" ENQUEUE "\n"),
};
#define STREAMS (int)(sizeof(streams) / sizeof(streams[0]))

/* The rest may find the connection closed: then it is not missed. */
static void
require_turned_away(
	struct fixture *fixture, enum transport transport, size_t cut, size_t step, int which)
{
	struct peer other;
	struct peer peer;

	peer_open(&other, fixture, transport);
	peer_open(&peer, fixture, transport);
	peer_offer(&peer, streams[which].bytes, cut);
	/* What came before the answer was read. */
	peer_talk(&other, PING, PONG);
	for (size_t at = cut; at < streams[which].len; at += step) {
		size_t left = streams[which].len - at;

		peer_offer(&peer, streams[which].bytes + at, left < step ? left : step);
	}
	peer_expect(&peer, "parse_error");
	peer_expect_end(&peer);
	peer_close(&peer);
	peer_close(&other);
}

START_TEST(test_turned_away)
{
	enum transport transport = _i / STREAMS;
	int which = _i % STREAMS;
	struct fixture fixture;
	struct options options;
	struct peer peer;

	options_init(&options);
	fixture_start(&fixture, &options);
	for (size_t cut = 1; cut <= streams[which].len; cut += transport == OVER_TLS ? 16 : 1)
		require_turned_away(&fixture, transport, cut, streams[which].len, which);
	require_turned_away(&fixture, transport, 1, 1, which);
	peer_open(&peer, &fixture, transport);
	peer_talk(&peer, "{\"method\":\"stats\"}", "\"enqueued\":0,");
	peer_close(&peer);
	fixture_stop(&fixture);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("hostile");
	TCase *tcase = tcase_create("hostile");

	tcase_set_timeout(tcase, 60);
	tcase_add_loop_test(tcase, test_turned_away, 0, STREAMS * TRANSPORT_COUNT);
	suite_add_tcase(suite, tcase);
	return run_tests(suite);
}
