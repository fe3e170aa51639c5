/*
 * Peers of the real daemon that do not do as one would wish: that ask and do not read, and that
 * go on talking when they are told to stop.
 */
#include <config.h>

#include "harness.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#define ASKED    10000
#define BLATHERS (512 * 1024)

/*
 * More answers than the daemon keeps and the sockets hold: it stops reading that peer, serves the
 * others, and goes on when the answers have been taken. Every request is answered.
 */
START_TEST(test_reads_late)
{
	static const char *const args[] = {"-o", "max_output=65536", NULL};
	static const char request[] = "{\"method\":\"info\"}\n";
	struct daemon daemon = {0};
	struct peer slow;
	struct peer other;
	size_t len = strlen(request);
	char *asked = malloc(ASKED * len + 1);

	ck_assert_ptr_nonnull(asked);
	for (size_t i = 0; i < ASKED; i++)
		memcpy(asked + i * len, request, len);
	daemon_start(&daemon, args);
	peer_connect(&slow, &daemon);
	peer_connect(&other, &daemon);
	peer_send_bytes(&slow, asked, ASKED * len);
	peer_talk(&other, "{\"method\":\"ping\"}", "{\"result\":{\"pong\":true},\"error\":null}");
	for (int i = 0; i < ASKED; i++)
		require_in(peer_line(&slow), "{\"result\":{\"name\":\"inflightd\"");
	peer_talk(&slow, "{\"method\":\"ping\"}", "{\"result\":{\"pong\":true},\"error\":null}");
	peer_close(&slow);
	peer_close(&other);
	free(asked);
	daemon_stop(&daemon);
}
END_TEST

/*
 * A peer that is told to go and has sent much more by then: it hears the daemon's last line and an
 * end, not a reset, which could take the line away.
 */
START_TEST(test_last_words)
{
	static const char request[] = "POST / HTTP/1.1\r\n";
	char *blather = malloc(BLATHERS);
	struct daemon daemon = {0};
	struct peer peer;

	ck_assert_ptr_nonnull(blather);
	memset(blather, 'x', BLATHERS);
	memcpy(blather, request, strlen(request));
	for (int over_tcp = 0; over_tcp < 2; over_tcp++) {
		daemon_start(&daemon, NULL);
		if (over_tcp)
			peer_connect_tcp(&peer, &daemon);
		else
			peer_connect(&peer, &daemon);
		peer_send_bytes(&peer, blather, BLATHERS);
		require_in(peer_line(&peer), "parse_error");
		ck_assert_int_eq(recv(peer.in.fd, blather + BLATHERS - 1, 1, 0), 0);
		peer_close(&peer);
		daemon_stop(&daemon);
	}
	free(blather);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("daemon peers");
	TCase *tests = tcase_create("peers");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_set_timeout(tests, 4 * process_timeout_ms() / 1000);
	tcase_add_test(tests, test_reads_late);
	tcase_add_test(tests, test_last_words);
	suite_add_tcase(suite, tests);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
