/*
 * `inflight work`: results and failures of commands, leases, signals, and a daemon
 * that goes away. Commands tell the test on standard error where they are, and wait
 * at a named pipe until it lets them go.
 */
#include <config.h>

#include <check.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli_helper.h"

static void
stop_worker(struct program *worker, const char *err)
{
	program_signal(worker, SIGTERM);
	cli_end(worker, 0, "", err);
}

static void
enqueue(const struct daemon *daemon, const char *queue, const char *op, const char *key)
{
	char words[3][64];

	snprintf(words[0], sizeof words[0], "queue=%s", queue);
	snprintf(words[1], sizeof words[1], "op=%s", op);
	snprintf(words[2], sizeof words[2], "key=%s", key);
	cli_run(daemon, WORDS("enqueue", words[0], words[1], words[2], "msg=hello"), NULL, 0, NULL,
		"");
}

/* A shell command that says "at the gate TOKEN", waits there, and does `then`. */
static const char *
gate_command(const struct daemon *daemon, const char *then)
{
	static char command[512];

	snprintf(command, sizeof command, "echo at the gate $INFLIGHT_SET >&2; read -r x <%s; %s",
		cli_gate(daemon), then);
	return command;
}

START_TEST(test_input_and_environment)
{
	struct daemon daemon = {0};
	struct program worker;

	daemon_start(&daemon, NULL);
	cli_run(&daemon, WORDS("group.create", "group=g"), NULL, 0, NULL, "");
	cli_run(&daemon, WORDS("enqueue", "queue=q", "key=a b", "op=1", "group=g", "msg=1.50"),
		NULL, 0, NULL, "");
	cli_run(&daemon, WORDS("enqueue", "queue=q", "key=a b", "op=2", "msg={\"x\": 1}"), NULL, 0,
		NULL, "");
	cli_start(&worker, &daemon,
		WORDS("work", "--once", "q", "--", "sh", "-c",
			"cat >&2; echo $INFLIGHT_QUEUE,$INFLIGHT_KEY,$INFLIGHT_ATTEMPT >&2;"
			"test $INFLIGHT_FENCE -gt 0 && test -n \"$INFLIGHT_SET\" && echo ok >&2;"
			"echo $INFLIGHT_ADDRESS >&2; echo 1; echo '{\"two\": 2}'"));
	cli_end(&worker, 0, "",
		"{\"op\":\"1\",\"msg\":1.50,\"group\":\"g\",\"key\":\"a b\"}\n"
		"{\"op\":\"2\",\"msg\":{\"x\": 1},\"key\":\"a b\"}\n"
		"q,a b,1\nok\nunix:");
	cli_run(&daemon, WORDS("group.seal", "group=g"), NULL, 0, "{\"outstanding\":0}\n", "");
	cli_run(&daemon, WORDS("group.wait", "group=g"), NULL, 0,
		"{\"group\":\"g\",\"done\":true,\"ops\":1,\"failed\":0,"
		"\"results\":[{\"op\":\"1\",\"key\":\"a b\",\"result\":1}]}\n",
		"");
	daemon_stop(&daemon);
}
END_TEST

/* Fails at first: the set comes again with all its ops. */
START_TEST(test_failing_command)
{
	struct daemon daemon = {0};
	struct program worker;

	daemon_start(&daemon, NULL);
	cli_start(&worker, &daemon,
		WORDS("work", "q", "--retry-delay", "20", "--", "sh", "-c",
			"case $INFLIGHT_ATTEMPT in 1) exit 3;; 2) kill -9 $$;; 3) echo a; echo b;;"
			" 4) printf '\\377\\n';; esac; echo $INFLIGHT_ATTEMPT"));
	cli_run(&daemon, WORDS("enqueue", "queue=q", "key=k", "op=o", "wait_ms=20000"), NULL, 0,
		"{\"op\":\"o\",\"new\":true,\"depth\":1,\"width\":1,\"done\":true,\"result\":5}\n",
		"");
	program_signal(&worker, SIGTERM);
	ck_assert_int_eq(program_wait(&worker), 0);
	require_in(stream_rest(&worker.err), "key k: exit status 3; released, again in 20 ms\n");
	require_in(stream_rest(&worker.err), "key k: signal 9; released, again in 20 ms\n");
	require_in(stream_rest(&worker.err), "nor one for each op, nor none; released");
	program_fini(&worker);
	daemon_stop(&daemon);
}
END_TEST

START_TEST(test_once_and_drain)
{
	struct daemon daemon = {0};

	daemon_start(&daemon, NULL);
	for (int i = 0; i < 5; i++) {
		char name[2] = {(char)('a' + i), '\0'};

		enqueue(&daemon, "q", name, name);
	}
	cli_run(&daemon, WORDS("work", "q", "--once", "--", "true"), NULL, 0, "", "");
	cli_run(&daemon, WORDS("queue.peek", "queue=q", "state=leased"), NULL, 0, "{\"sets\":[]}\n",
		"");
	cli_run(&daemon, WORDS("work", "q", "--drain", "-j", "2", "--", "true"), NULL, 0, "", "");
	cli_run(&daemon, WORDS("queue.peek", "queue=q"), NULL, 0, "{\"sets\":[]}\n", "");
	cli_run(&daemon, WORDS("work", "q", "--drain", "--", "true"), NULL, 0, "", "");
	/* A failure shows in the status. */
	enqueue(&daemon, "q", "f", "f");
	cli_run(&daemon, WORDS("work", "q", "--drain", "--", "false"), NULL, 1, "",
		"exit status 1");
	daemon_stop(&daemon);
}
END_TEST

START_TEST(test_command_that_cannot_run)
{
	struct daemon daemon = {0};

	daemon_start(&daemon, NULL);
	enqueue(&daemon, "q", "a", "k");
	cli_run(&daemon, WORDS("work", "q", "--", "/nonexistent/command"), NULL, 2, "",
		"inflight: cannot run /nonexistent/command: No such file");
	/* The set was given back at once. */
	cli_run(&daemon, WORDS("work", "q", "--once", "--", "true"), NULL, 0, "", "");
	cli_run(&daemon, WORDS("work", "bad\tname", "--", "true"), NULL, 1, "", "invalid_params");
	daemon_stop(&daemon);
}
END_TEST

/* The command runs much longer than its lease is; the test waits by a long poll. */
START_TEST(test_lease_is_extended)
{
	struct daemon daemon = {0};
	struct program worker;
	struct peer peer;

	daemon_start(&daemon, NULL);
	enqueue(&daemon, "q", "a", "k");
	cli_start(&worker, &daemon,
		WORDS("work", "q", "--lease", "600", "--once", "--", "sh", "-c",
			gate_command(&daemon, "echo 7")));
	stream_find(&worker.err, "at the gate");
	cli_run(&daemon, WORDS("dequeue", "queue=q", "wait_ms=1500"), NULL, 0, "{\"set\":null}\n",
		"");
	cli_let_go(&daemon);
	cli_end(&worker, 0, "", "");
	peer_connect(&peer, &daemon);
	ck_assert_int_eq(peer_ask_number(&peer, "{\"method\":\"stats\"}", "lease_expired"), 0);
	ck_assert_int_eq(peer_ask_number(&peer, "{\"method\":\"stats\"}", "finished"), 1);
	peer_close(&peer);
	daemon_stop(&daemon);
}
END_TEST

/* Somebody else ended the lease: the command and what it started must not go on. */
START_TEST(test_lease_is_lost)
{
	struct daemon daemon = {0};
	struct program worker;
	char token[128] = "set=";
	const char *line;

	daemon_start(&daemon, NULL);
	enqueue(&daemon, "q", "a", "k");
	cli_start(&worker, &daemon,
		WORDS("work", "q", "--lease", "300", "--once", "--", "sh", "-c",
			gate_command(&daemon, "echo 7")));
	line = strrchr(stream_find(&worker.err, "at the gate"), ' ') + 1;
	snprintf(token, sizeof token, "set=%s", line);
	cli_run(&daemon, WORDS("release", token), NULL, 0, "{\"released\":1}\n", "");
	cli_end(&worker, 1, "", "key k: the lease is lost, the command is stopped");
	daemon_stop(&daemon);
}
END_TEST

/* Waits until the daemon has so many parked requests: no sleep, each look is a long poll. */
static void
wait_for_waiters(const struct daemon *daemon, json_int_t count)
{
	struct peer peer;

	peer_connect(&peer, daemon);
	while (peer_ask_number(&peer, "{\"method\":\"stats\"}", "waiters") != count)
		json_decref(peer_ask(
			&peer, "{\"method\":\"dequeue\",\"queue\":\"other\",\"wait_ms\":10}"));
	peer_close(&peer);
}

/* Asked to stop while a command runs: it may finish, but nothing new is begun. */
START_TEST(test_graceful_stop)
{
	struct daemon daemon = {0};
	struct program worker;
	struct program caller;

	daemon_start(&daemon, NULL);
	cli_start(&worker, &daemon,
		WORDS("work", "q", "-j", "3", "--", "sh", "-c", gate_command(&daemon, "echo 7")));
	cli_start(&caller, &daemon, WORDS("enqueue", "queue=q", "key=k", "op=a", "wait_ms=20000"));
	stream_find(&worker.err, "at the gate");
	program_signal(&worker, SIGTERM);
	/* The idle slots' long polls end now; the caller's stays. What is enqueued then stays too.
	 */
	wait_for_waiters(&daemon, 1);
	enqueue(&daemon, "q", "b", "other");
	cli_let_go(&daemon);
	cli_end(&worker, 0, "", "");
	cli_end(&caller, 0,
		"{\"op\":\"a\",\"new\":true,\"depth\":1,\"width\":1,\"done\":true,\"result\":7}\n",
		"");
	cli_run(&daemon, WORDS("queue.peek", "queue=q", "state=leased"), NULL, 0, "{\"sets\":[]}\n",
		"");
	cli_run(&daemon,
		WORDS("work", "--once", "q", "--", "sh", "-c", "test $INFLIGHT_KEY = other"), NULL,
		0, "", "");
	daemon_stop(&daemon);
}
END_TEST

START_TEST(test_second_signal)
{
	struct daemon daemon = {0};
	struct program worker;

	daemon_start(&daemon, NULL);
	enqueue(&daemon, "q", "a", "k");
	cli_start(&worker, &daemon,
		WORDS("work", "q", "-j", "2", "--", "sh", "-c", gate_command(&daemon, "echo 7")));
	stream_find(&worker.err, "at the gate");
	program_signal(&worker, SIGINT);
	program_signal(&worker, SIGTERM);
	cli_end(&worker, 0, "", "key k: stopped; released");
	cli_run(&daemon,
		WORDS("work", "--once", "q", "--", "sh", "-c", "test $INFLIGHT_ATTEMPT = 2"), NULL,
		0, "", "");
	daemon_stop(&daemon);
}
END_TEST

START_TEST(test_closed_queue)
{
	struct daemon daemon = {0};
	struct program worker;

	daemon_start(&daemon, NULL);
	enqueue(&daemon, "q", "a", "k");
	cli_run(&daemon, WORDS("queue.close", "queue=q"), NULL, 0, "{}\n", "");
	cli_start(&worker, &daemon, WORDS("work", "q", "-j", "3", "--", "true"));
	cli_end(&worker, 0, "", "");
	/* An error that waiting does not mend. */
	enqueue(&daemon, "r", "a", "k");
	cli_start(&worker, &daemon, WORDS("work", "r", "--", "sh", "-c", "echo done >&2"));
	stream_find(&worker.err, "done");
	wait_for_waiters(&daemon, 1);
	cli_run(&daemon, WORDS("queue.delete", "queue=r", "force=true"), NULL, 0, "{}\n", "");
	cli_end(&worker, 1, "", "no_such_queue: ");
	daemon_stop(&daemon);
}
END_TEST

/* Much goes in and much comes out, at the same time. */
START_TEST(test_large_sets)
{
	struct daemon daemon = {0};
	struct peer peer;
	char *line = malloc(400000);
	int head;

	daemon_start(&daemon, NULL);
	peer_connect(&peer, &daemon);
	head = snprintf(
		line, 400000, "{\"method\":\"enqueue\",\"queue\":\"q\",\"key\":1,\"msg\":\"");
	memset(line + head, 'x', 300000);
	snprintf(line + head + 300000, 64, "\"}");
	json_decref(peer_ask(&peer, line));
	json_decref(peer_ask(&peer, line));
	/* cat writes while it reads; the first line's result is the op itself. */
	cli_run(&daemon, WORDS("work", "--once", "q", "--", "cat"), NULL, 0, "", "");
	ck_assert_int_eq(peer_ask_number(&peer, "{\"method\":\"stats\"}", "finished"), 2);
	/* A command that reads nothing. */
	json_decref(peer_ask(&peer, line));
	cli_run(&daemon, WORDS("work", "--once", "q", "--", "true"), NULL, 0, "", "");
	/* More than the daemon takes: released, and said so. */
	json_decref(peer_ask(&peer, line));
	cli_run(&daemon,
		WORDS("work", "--once", "q", "--", "sh", "-c", "cat >&2; printf '%02000000d' 0"),
		NULL, 1, "", "line_too_long");
	peer_close(&peer);
	daemon_stop(&daemon);
	free(line);
}
END_TEST

START_TEST(test_queue_without_leases)
{
	struct daemon daemon = {0};

	daemon_start(&daemon, NULL);
	cli_run(&daemon, WORDS("queue.create", "queue=q", "lease_ms=0"), NULL, 0, NULL, "");
	enqueue(&daemon, "q", "a", "k");
	cli_run(&daemon, WORDS("work", "--once", "q", "--", "sh", "-c", "cat >&2; echo 1"), NULL, 0,
		"", "\"msg\":\"hello\"");
	enqueue(&daemon, "q", "b", "k");
	cli_run(&daemon, WORDS("work", "--once", "q", "--", "false"), NULL, 1, "",
		"key k: exit status 1\n");
	daemon_stop(&daemon);
}
END_TEST

/* The daemon ends and another one begins at the same address. */
START_TEST(test_daemon_restarts)
{
	struct daemon home = {0};
	struct daemon daemon = {0};
	struct program worker;

	daemon_prepare(&home);
	daemon_start_at(&daemon, &home);
	cli_start(&worker, &home, WORDS("work", "q", "-j", "2", "--", "sh", "-c", "echo ran >&2"));
	enqueue(&home, "q", "a", "k");
	stream_find(&worker.err, "ran");
	daemon_stop(&daemon);
	stream_find(&worker.err, "trying again");

	daemon_start_at(&daemon, &home);
	enqueue(&home, "q", "a", "k");
	stream_find(&worker.err, "connected again");
	stream_find(&worker.err, "ran");
	stop_worker(&worker, NULL);
	daemon_stop(&daemon);
	daemon_discard(&home);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("cli work");
	TCase *tcase = tcase_create("work");
	SRunner *runner;
	int failed;

	tcase_set_timeout(tcase, 60);
	tcase_add_test(tcase, test_input_and_environment);
	tcase_add_test(tcase, test_failing_command);
	tcase_add_test(tcase, test_once_and_drain);
	tcase_add_test(tcase, test_command_that_cannot_run);
	tcase_add_test(tcase, test_lease_is_extended);
	tcase_add_test(tcase, test_lease_is_lost);
	tcase_add_test(tcase, test_graceful_stop);
	tcase_add_test(tcase, test_second_signal);
	tcase_add_test(tcase, test_closed_queue);
	tcase_add_test(tcase, test_large_sets);
	tcase_add_test(tcase, test_queue_without_leases);
	tcase_add_test(tcase, test_daemon_restarts);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
