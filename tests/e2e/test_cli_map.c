/*
 * `inflight map`: the order of results, failures, back pressure, and what is left
 * behind when it is stopped.
 */
#include <config.h>

#include <check.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli_helper.h"

/* Prints the message of each op, in its quotes. */
static const char *const echo_words[] = {"sed", "-u", "s/.*\"msg\":\\(\"[^\"]*\"\\).*/\\1/"};

static void
start_echo(struct program *program, const struct daemon *daemon, const char *jobs)
{
	cli_start(program, daemon,
		WORDS("work", "-j", jobs, "echo", "--", echo_words[0], echo_words[1],
			echo_words[2]));
}

static void
stop_worker(struct program *worker)
{
	program_signal(worker, SIGTERM);
	cli_end(worker, 0, "", "");
}

static void
require_no_groups(const struct daemon *daemon)
{
	cli_run(daemon, WORDS("group.list"), NULL, 0, "{\"groups\":[]}\n", "");
}

/* "1\n2\n...", `before` and `after` around each number. */
static char *
number_lines(int count, const char *before, const char *after)
{
	char *text = malloc((size_t)count * 32 + 1);
	size_t len = 0;

	text[0] = '\0';
	for (int i = 1; i <= count; i++)
		len += (size_t)snprintf(text + len, 32, "%s%d%s\n", before, i, after);
	return text;
}

START_TEST(test_42)
{
	struct daemon daemon = {0};
	struct program worker;

	daemon_start(&daemon, NULL);
	cli_start_sums(&worker, &daemon, "4");
	cli_run(&daemon, WORDS("map", "sums"), "1:2\n5:6:7\n1:2\n5:6:7\n", 0, "3\n18\n3\n18\n", "");
	stop_worker(&worker);
	require_no_groups(&daemon);
	daemon_stop(&daemon);
}
END_TEST

START_TEST(test_order_and_back_pressure)
{
	static const char *const tight[] = {"-o", "depth=3", "-o", "width=2", NULL};
	struct daemon daemon = {0};
	struct program worker;
	char *input = number_lines(150, "", "");
	char *output = number_lines(150, "\"", "\"");
	struct peer peer;

	daemon_start(&daemon, tight);
	start_echo(&worker, &daemon, "3");
	cli_run(&daemon, WORDS("map", "echo", "--window", "20"), input, 0, output, "");
	cli_run(&daemon, WORDS("map", "--raw", "echo"), input, 0, input, "");
	/* The same key again and again: the width is the limit. */
	cli_run(&daemon, WORDS("map", "--key-field", "1", "--raw", "echo"),
		"k 1\nk 2\nk 3\nk 4\nk 5\nk 6\nk 7\n", 0, "k 1\nk 2\nk 3\nk 4\nk 5\nk 6\nk 7\n",
		"");
	peer_connect(&peer, &daemon);
	ck_assert_int_gt(peer_ask_number(&peer, "{\"method\":\"stats\"}", "refused_depth"), 0);
	ck_assert_int_gt(peer_ask_number(&peer, "{\"method\":\"stats\"}", "refused_width"), 0);
	peer_close(&peer);
	stop_worker(&worker);
	require_no_groups(&daemon);
	daemon_stop(&daemon);
	free(input);
	free(output);
}
END_TEST

/* More than the daemon has memory for: that is waited for like a full queue. */
START_TEST(test_memory_back_pressure)
{
	static const char *const tight[] = {"-o", "max_memory=200000", NULL};
	struct daemon daemon = {0};
	struct program worker;
	char *input = malloc(40 * 20001 + 1);
	char *expected = malloc(40 * 2 + 1);
	struct peer peer;

	for (int i = 0; i < 40; i++) {
		snprintf(input + i * 20001, 20002, "%020000d\n", i);
		memcpy(expected + i * 2, "1\n", 3);
	}
	daemon_start(&daemon, tight);
	cli_start(&worker, &daemon,
		WORDS("work", "big", "-j", "2", "--", "sh", "-c", "cat >/dev/null; echo 1"));
	cli_run(&daemon, WORDS("map", "big"), input, 0, expected, "");
	peer_connect(&peer, &daemon);
	ck_assert_int_gt(peer_ask_number(&peer, "{\"method\":\"stats\"}", "refused_memory"), 0);
	peer_close(&peer);
	stop_worker(&worker);
	daemon_stop(&daemon);
	free(input);
	free(expected);
}
END_TEST

START_TEST(test_many_portions)
{
	static const char *const small[] = {"-o", "max_group_ops=7", NULL};
	struct daemon daemon = {0};
	struct program worker;
	char *input = number_lines(100, "", "");

	daemon_start(&daemon, small);
	start_echo(&worker, &daemon, "2");
	cli_run(&daemon, WORDS("map", "--raw", "echo"), input, 0, input, "");
	/* One group for all has the daemon's limit. */
	cli_run(&daemon, WORDS("map", "--group", "mine", "echo"), "1\n2\n3\n4\n5\n6\n7\n8\n", 1, "",
		"line 8: limit: ");
	require_no_groups(&daemon);
	cli_run(&daemon, WORDS("map", "--group", "mine", "echo"), "1\n2\n3\n4\n5\n6\n7\n", 0,
		"\"1\"\n\"2\"\n\"3\"\n\"4\"\n\"5\"\n\"6\"\n\"7\"\n", "");
	stop_worker(&worker);
	require_no_groups(&daemon);
	daemon_stop(&daemon);
	free(input);
}
END_TEST

START_TEST(test_lines_of_all_kinds)
{
	struct daemon daemon = {0};
	struct program worker;
	char *longest = malloc(3001);
	char *input = malloc(8000);
	char *output = malloc(8000);

	memset(longest, 'x', 3000);
	longest[3000] = '\0';
	daemon_start(&daemon, NULL);
	start_echo(&worker, &daemon, "2");
	cli_run(&daemon, WORDS("map", "echo"), "", 0, "", "");
	cli_run(&daemon, WORDS("map", "echo"), "no line end", 0, "\"no line end\"\n", "");
	cli_run(&daemon, WORDS("map", "--raw", "echo"), "a\n\nb\n", 0, "a\n\nb\n", "");
	/* Longer than a key can be. */
	snprintf(input, 8000, "%s\n%sy\n", longest, longest);
	cli_run(&daemon, WORDS("map", "--raw", "echo"), input, 0, input, "");
	/* A line that cannot be sent is told by its number, and the others go on. */
	cli_run(&daemon, WORDS("map", "--raw", "echo"), "a\nb\xff\nc\n", 1, "a\nc\n",
		"inflight: line 2: not valid UTF-8\n");
	cli_run(&daemon, WORDS("map", "--raw", "--key-field", "2", "echo"), "a 1\nb\n", 1, "a 1\n",
		"inflight: line 2: no such field\n");
	cli_run(&daemon, WORDS("map", "--json", "--key-field", "id", "--raw", "echo"),
		"{\"id\":7,\"msg\":\"x\"}\n{\"msg\":\"y\"}\nz\n", 1, NULL,
		"line 2: no such member\ninflight: line 3: not a JSON value\n");
	stop_worker(&worker);
	require_no_groups(&daemon);
	daemon_stop(&daemon);
	free(longest);
	free(input);
	free(output);
}
END_TEST

START_TEST(test_line_longer_than_the_daemon_takes)
{
	static const char *const small[] = {"-o", "max_line=2048", NULL};
	struct daemon daemon = {0};
	struct program worker;
	char *input = malloc(20000);

	daemon_start(&daemon, small);
	start_echo(&worker, &daemon, "2");
	/* Too long by itself; and only together with the request around it. */
	snprintf(input, 20000, "a\n%09000d\nb\n%02000d\nc\n", 0, 0);
	cli_run(&daemon, WORDS("map", "--raw", "echo"), input, 1, "a\nb\nc\n",
		"line 4: line_too_long: ");
	cli_run(&daemon, WORDS("map", "--raw", "echo"), input, 1, "a\nb\nc\n",
		"inflight: line 2: longer than the daemon takes\n");
	stop_worker(&worker);
	daemon_stop(&daemon);
	free(input);
}
END_TEST

START_TEST(test_failing_ops)
{
	struct daemon daemon = {0};
	struct program worker;

	daemon_start(&daemon, NULL);
	cli_start(&worker, &daemon,
		WORDS("work", "q", "--no-retry", "--", "sh", "-c",
			"read -r line; case $line in *bad*) exit 3;; esac; echo fine"));
	cli_run(&daemon, WORDS("map", "--raw", "q"), "a\nbad\nc\n", 1, "fine\nfine\n",
		"inflight: line 2: failed: exit status 3\n");
	program_signal(&worker, SIGTERM);
	cli_end(&worker, 0, "", "key bad: exit status 3; finished with an error");
	/* Nobody works on it. */
	cli_run(&daemon, WORDS("map", "--timeout", "50", "q"), "a\n", 1, "",
		"inflight: line 1: timeout: ");
	/* A queue that takes nothing: no use in trying the other lines. */
	cli_run(&daemon, WORDS("queue.close", "queue=q"), NULL, 0, "{}\n", "");
	cli_run(&daemon, WORDS("map", "q"), "a\nb\n", 1, "", "inflight: line 1: queue_closed: ");
	cli_run(&daemon, WORDS("map", "bad\tname"), "a\n", 1, "", "invalid_params: ");
	require_no_groups(&daemon);
	daemon_stop(&daemon);
}
END_TEST

/* A pause of the input ends a portion: results come while the input is open. */
START_TEST(test_results_while_input_is_open)
{
	struct daemon daemon = {0};
	struct program worker;
	struct program map;

	daemon_start(&daemon, NULL);
	start_echo(&worker, &daemon, "2");
	cli_start(&map, &daemon, WORDS("map", "--raw", "echo"));
	for (int i = 0; i < 3; i++) {
		char line[32];

		snprintf(line, sizeof line, "line %d\n", i);
		ck_assert_int_eq(write(map.in, line, strlen(line)), strlen(line));
		line[strlen(line) - 1] = '\0';
		ck_assert_str_eq(stream_line(&map.out), line);
	}
	cli_end(&map, 0, NULL, "");
	stop_worker(&worker);
	daemon_stop(&daemon);
}
END_TEST

/* Waits until the queue has so many ops: two requests for each look, no sleep. */
static void
wait_for_ops(struct peer *peer, json_int_t ops)
{
	while (peer_ask_number(peer, "{\"method\":\"stats\"}", "enqueued") < ops)
		json_decref(peer_ask(
			peer, "{\"method\":\"dequeue\",\"queue\":\"other\",\"wait_ms\":10}"));
}

START_TEST(test_stopped_by_a_signal)
{
	static const int signals[] = {SIGINT, SIGTERM, SIGHUP};
	struct daemon daemon = {0};
	struct peer peer;

	daemon_start(&daemon, NULL);
	peer_connect(&peer, &daemon);
	for (int i = 0; i < 3; i++) {
		struct program map;

		cli_start(&map, &daemon, WORDS("map", "nobody"));
		ck_assert_int_eq(write(map.in, "a\nb\n", 4), 4);
		wait_for_ops(&peer, 2 * (i + 1));
		program_signal(&map, signals[i]);
		cli_end(&map, 128 + signals[i], "", "");
		require_no_groups(&daemon);
	}
	peer_close(&peer);
	daemon_stop(&daemon);
}
END_TEST

START_TEST(test_daemon_is_lost)
{
	struct daemon daemon = {0};
	struct program map;
	struct peer peer;

	daemon_start(&daemon, NULL);
	peer_connect(&peer, &daemon);
	cli_start(&map, &daemon, WORDS("map", "nobody"));
	ck_assert_int_eq(write(map.in, "a\n", 2), 2);
	wait_for_ops(&peer, 1);
	daemon_discard(&daemon);
	cli_end(&map, 3, "", "inflight: ");
	peer_close(&peer);
}
END_TEST

START_TEST(test_output_that_cannot_be_written)
{
	struct daemon daemon = {0};
	struct program worker;
	struct program map;
	char command[512];
	const char *argv[] = {"/bin/sh", "-c", command, NULL};

	daemon_start(&daemon, NULL);
	start_echo(&worker, &daemon, "2");
	snprintf(command, sizeof command, "exec %s -s %s map echo >/dev/full", harness_inflight(),
		daemon.address);
	ck_assert_int_eq(program_run(&map, argv, "a\nb\n"), 2);
	require_in(stream_rest(&map.err), "inflight: cannot write: No space left");
	program_fini(&map);
	/* A reader that has gone ends it without a word. */
	cli_start(&map, &daemon, WORDS("map", "echo"));
	close(map.out.fd);
	map.out.fd = -1;
	map.out.ended = true;
	ck_assert_int_eq(write(map.in, "a\n", 2), 2);
	cli_end(&map, 128 + SIGPIPE, NULL, "");
	require_no_groups(&daemon);
	stop_worker(&worker);
	daemon_stop(&daemon);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("cli map");
	TCase *tcase = tcase_create("map");
	SRunner *runner;
	int failed;

	tcase_set_timeout(tcase, 60);
	tcase_add_test(tcase, test_42);
	tcase_add_test(tcase, test_order_and_back_pressure);
	tcase_add_test(tcase, test_memory_back_pressure);
	tcase_add_test(tcase, test_many_portions);
	tcase_add_test(tcase, test_lines_of_all_kinds);
	tcase_add_test(tcase, test_line_longer_than_the_daemon_takes);
	tcase_add_test(tcase, test_failing_ops);
	tcase_add_test(tcase, test_results_while_input_is_open);
	tcase_add_test(tcase, test_stopped_by_a_signal);
	tcase_add_test(tcase, test_daemon_is_lost);
	tcase_add_test(tcase, test_output_that_cannot_be_written);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
