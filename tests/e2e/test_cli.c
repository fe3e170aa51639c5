/*
 * The tool as a caller of methods: what it prints, and its exit statuses.
 */
#include <config.h>

#include <check.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "cli_helper.h"

START_TEST(test_results)
{
	static const char *const no_drain[] = {"-o", "drain_timeout_ms=0", NULL};
	struct daemon daemon = {0};

	daemon_start(&daemon, no_drain);
	cli_run(&daemon, WORDS("ping"), NULL, 0, "{\"pong\":true}\n", "");
	cli_run(&daemon,
		WORDS("enqueue", "queue=123", "key=18446744073709551616", "op=a",
			"msg={\"n\":12345678901234567890123, \"x\" : 1.50e+3}"),
		NULL, 0, "{\"op\":\"a\",\"new\":true,\"depth\":1,\"width\":1}\n", "");
	cli_run(&daemon, WORDS("queue.peek", "queue=123", "state=ready"), NULL, 0, NULL, "");
	cli_run(&daemon, WORDS("enqueue", "queue=123", "key=x", "op=b", "msg=@-"), "two\nlines\n",
		0, NULL, "");
	cli_run(&daemon, WORDS("enqueue", "queue=123", "key=x", "op=c", "msg:=@-"), "[1,\n2]\n", 0,
		"{\"op\":\"c\",\"new\":false,\"depth\":2,\"width\":2}\n", "");
	/* Taken over TCP, as it was sent. */
	{
		const char *argv[] = {
			harness_inflight(), "-s", daemon.tcp, "dequeue", "queue=123", NULL};
		struct program program;

		ck_assert_int_eq(program_run(&program, argv, NULL), 0);
		require_in(stream_rest(&program.out), "\"key\":\"18446744073709551616\"");
		require_in(stream_rest(&program.out),
			"\"msg\":{\"n\":12345678901234567890123, \"x\" : 1.50e+3}");
		program_fini(&program);
		ck_assert_int_eq(program_run(&program, argv, NULL), 0);
		require_in(stream_rest(&program.out), "\"msg\":\"two\\nlines\"");
		require_in(stream_rest(&program.out), "\"msg\":[1, 2]");
		program_fini(&program);
	}
	daemon_stop(&daemon);
}
END_TEST

START_TEST(test_errors_of_the_daemon)
{
	static const char *const depth[] = {"-o", "depth=1", "-o", "max_line=4096", NULL};
	struct daemon daemon = {0};
	char big[8192];

	daemon_start(&daemon, depth);
	cli_run(&daemon, WORDS("enqueue", "queue=q", "key=1"), NULL, 0, NULL, "");
	cli_run(&daemon, WORDS("enqueue", "queue=q", "key=2"), NULL, 1, "",
		"inflight: saturated_depth: queue q is saturated (depth 1)\n");
	cli_run(&daemon, WORDS("no.such"), NULL, 1, "", "inflight: method_not_found: ");
	cli_run(&daemon, WORDS("ping", "x=1"), NULL, 1, "", "inflight: invalid_params: ");
	cli_run(&daemon, WORDS("queue.close", "queue=none"), NULL, 1, "", "no_such_queue: ");
	memset(big, 'x', sizeof big);
	memcpy(big, "msg=", 4);
	big[sizeof big - 1] = '\0';
	cli_run(&daemon, WORDS("enqueue", "queue=q", "key=1", big), NULL, 1, "", "line_too_long: ");
	daemon_stop(&daemon);
}
END_TEST

START_TEST(test_wrong_usage)
{
	/* An address without a daemon: none of these gets as far as that. */
	struct daemon nowhere = {.address = "unix:/nonexistent/sock"};

	cli_run(&nowhere, WORDS("-x"), NULL, 2, "", "try: inflight -h");
	cli_run(&nowhere, WORDS("-t", "soon", "ping"), NULL, 2, "", "-t takes");
	cli_run(&nowhere, WORDS("-t", "5"), NULL, 2, "", "no method or verb");
	cli_run(&nowhere, WORDS("enqueue", "queue"), NULL, 2, "", "name=value");
	cli_run(&nowhere, WORDS("enqueue", "msg:={"), NULL, 2, "", "msg: not a JSON value");
	cli_run(&nowhere, WORDS("enqueue", "msg=@/nonexistent"), NULL, 2, "", "cannot read");
	cli_run(&nowhere, WORDS("help", "a", "b"), NULL, 2, "", "try");
	cli_run(&nowhere, WORDS("map"), NULL, 2, "", "map: QUEUE is missing");
	cli_run(&nowhere, WORDS("map", "a", "b"), NULL, 2, "", "map: b is one word too many");
	cli_run(&nowhere, WORDS("map", "a", "--window", "x"), NULL, 2, "", "--window");
	cli_run(&nowhere, WORDS("map", "a", "--key-field", "0"), NULL, 2, "", "--key-field");
	cli_run(&nowhere, WORDS("map", "a", "--nope"), NULL, 2, "", "try");
	cli_run(&nowhere, WORDS("work"), NULL, 2, "", "work: QUEUE is missing");
	cli_run(&nowhere, WORDS("work", "q"), NULL, 2, "", "work: COMMAND is missing");
	cli_run(&nowhere, WORDS("work", "q", "-j", "0", "--", "x"), NULL, 2, "", "-j takes");
	cli_run(&nowhere, WORDS("work", "q", "-j", "257", "--", "x"), NULL, 2, "", "-j takes");
	cli_run(&nowhere, WORDS("-s", "http://x", "ping"), NULL, 2, "", "unix:PATH");
}
END_TEST

START_TEST(test_no_daemon)
{
	struct daemon nowhere = {.address = "unix:/nonexistent/sock"};
	struct daemon daemon = {0};

	cli_run(&nowhere, WORDS("ping"), NULL, 3, "", "inflight: unix:/nonexistent/sock: No such");
	cli_run(&nowhere, WORDS("map", "q"), "", 3, "", "No such");
	cli_run(&nowhere, WORDS("work", "q", "--", "true"), NULL, 3, "", "No such");
	cli_run(&nowhere, WORDS("help", "no.such"), NULL, 3, "", "No such");
	cli_run(&nowhere, WORDS("-s", "tcp:127.0.0.1:1", "ping"), NULL, 3, "", "refused");

	/* No answer in time. */
	daemon_start(&daemon, NULL);
	cli_run(&daemon, WORDS("-t", "100", "dequeue", "queue=q"), NULL, 3, "", "in time");
	daemon_stop(&daemon);
}
END_TEST

/* Something else than an inflightd listens: what it says is no reply. */
START_TEST(test_strange_peer)
{
	struct sockaddr_un name = {.sun_family = AF_UNIX};
	struct daemon strange = {0};
	struct program program;
	char request[512];
	int listener;
	int peer;

	daemon_prepare(&strange);
	snprintf(name.sun_path, sizeof name.sun_path, "%s", strange.unix_path);
	listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	ck_assert_int_eq(bind(listener, (struct sockaddr *)(void *)&name, sizeof name), 0);
	ck_assert_int_eq(listen(listener, 4), 0);

	cli_start(&program, &strange, WORDS("ping"));
	peer = accept(listener, NULL, NULL);
	ck_assert_int_gt(recv(peer, request, sizeof request, 0), 0);
	ck_assert_int_eq(send(peer, "SSH-2.0-x\r\n", 11, 0), 11);
	cli_end(&program, 3, "", "no reply of an inflightd");
	close(peer);

	/* One that hangs up without a word; "lost" is not "refused". */
	cli_start(&program, &strange, WORDS("ping"));
	peer = accept(listener, NULL, NULL);
	ck_assert_int_gt(recv(peer, request, sizeof request, 0), 0);
	close(peer);
	cli_end(&program, 3, "", "closed the connection");

	/* Errors cannot move the cursor of the terminal. */
	cli_start(&program, &strange, WORDS("ping"));
	peer = accept(listener, NULL, NULL);
	ck_assert_int_gt(recv(peer, request, sizeof request, 0), 0);
	ck_assert_int_gt(dprintf(peer, "{\"jsonrpc\":\"2.0\",\"id\":1,\"error\":{\"code\":1,"
				       "\"message\":\"a\\u001b[2Jb\\nc\"}}\n"),
		0);
	cli_end(&program, 1, "", "inflight: a?[2Jb?c\n");
	close(peer);
	close(listener);
	daemon_discard(&strange);
}
END_TEST

START_TEST(test_help_and_version)
{
	struct daemon daemon = {0};
	struct program program;
	const char *const versions[] = {"-V", "--version"};
	const char *const usages[] = {"-h", "--help"};

	for (int i = 0; i < 2; i++) {
		const char *version[] = {harness_inflight(), versions[i], NULL};
		const char *usage[] = {harness_inflight(), usages[i], NULL};

		ck_assert_int_eq(program_run(&program, version, NULL), 0);
		ck_assert_str_eq(stream_rest(&program.out), "inflight " PACKAGE_VERSION "\n");
		program_fini(&program);
		ck_assert_int_eq(program_run(&program, usage, NULL), 0);
		require_in(stream_rest(&program.out), "usage: inflight ");
		program_fini(&program);
	}
	daemon_start(&daemon, NULL);
	cli_run(&daemon, WORDS("help", "no.such"), NULL, 1, "", "no method of the daemon");
	daemon_stop(&daemon);
}
END_TEST

/* Every method that the daemon has can be called by its name. */
START_TEST(test_every_method)
{
	struct daemon daemon = {0};
	struct peer peer;
	json_t *answer;
	json_t *method;
	size_t i;

	daemon_start(&daemon, NULL);
	peer_connect(&peer, &daemon);
	answer = peer_ask(&peer, "{\"method\":\"methods\"}");
	ck_assert_uint_gt(
		json_array_size(json_object_get(json_object_get(answer, "result"), "methods")), 20);
	json_array_foreach(json_object_get(json_object_get(answer, "result"), "methods"), i, method)
	{
		const char *name = json_string_value(json_object_get(method, "name"));
		struct program program;
		int status;

		cli_start(&program, &daemon, WORDS(name, "no_such_param=1"));
		status = program_wait(&program);
		ck_assert_msg(status == 1, "%s: %d", name, status);
		require_in(stream_rest(&program.err), "inflight: ");
		program_fini(&program);
	}
	json_decref(answer);
	peer_close(&peer);
	daemon_stop(&daemon);
}
END_TEST

/* Output that cannot be written is no success, and nothing goes where it does not belong. */
START_TEST(test_output_that_cannot_be_written)
{
	static const char *const redirections[] = {">/dev/full", ">&-", "<&- >&-"};
	struct daemon daemon = {0};

	daemon_start(&daemon, NULL);
	for (size_t i = 0; i < sizeof redirections / sizeof redirections[0]; i++) {
		struct program program;
		char command[512];
		const char *argv[] = {"/bin/sh", "-c", command, NULL};

		snprintf(command, sizeof command, "exec %s -s %s ping %s", harness_inflight(),
			daemon.address, redirections[i]);
		ck_assert_int_eq(program_run(&program, argv, NULL), 2);
		require_in(stream_rest(&program.err), "inflight: cannot write: ");
		program_fini(&program);
	}
	daemon_stop(&daemon);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("cli");
	TCase *tcase = tcase_create("cli");
	SRunner *runner;
	int failed;

	tcase_set_timeout(tcase, 60);
	tcase_add_test(tcase, test_results);
	tcase_add_test(tcase, test_errors_of_the_daemon);
	tcase_add_test(tcase, test_wrong_usage);
	tcase_add_test(tcase, test_no_daemon);
	tcase_add_test(tcase, test_strange_peer);
	tcase_add_test(tcase, test_help_and_version);
	tcase_add_test(tcase, test_every_method);
	tcase_add_test(tcase, test_output_that_cannot_be_written);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
