/*
 * `inflight bench` against a real daemon: every mix, with its counts against those of
 * the daemon; what it reports; and that it leaves nothing behind however it ends.
 */
#include <config.h>

#include <check.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli_helper.h"

static json_int_t
number(const json_t *report, const char *object, const char *name)
{
	const json_t *from = object == NULL ? report : json_object_get(report, object);
	const json_t *value = json_object_get(from, name);

	ck_assert_msg(json_is_integer(value), "%s.%s", object == NULL ? "" : object, name);
	return json_integer_value(value);
}

static double
latency(const json_t *report, const char *of, const char *name)
{
	const json_t *value =
		json_object_get(json_object_get(json_object_get(report, "latency_us"), of), name);

	ck_assert_msg(json_is_number(value), "latency_us.%s.%s", of, name);
	return json_number_value(value);
}

static json_t *
read_report(struct program *program)
{
	json_t *report = json_loads(stream_rest(&program->out), JSON_REJECT_DUPLICATES, NULL);

	ck_assert_msg(json_is_object(report), "no report: %s", stream_rest(&program->out));
	return report;
}

/* Runs `inflight -s ADDRESS bench --json ...` to its end, and requires that nothing is left. */
static json_t *
run_bench(const struct daemon *daemon, const char *address, const char *const *words)
{
	const char *argv[24] = {harness_inflight(), "-s", address, "bench", "--json"};
	struct program program;
	json_t *report;
	int status;

	for (size_t i = 0; words[i] != NULL; i++)
		argv[5 + i] = words[i];
	status = program_run(&program, argv, NULL);
	ck_assert_msg(status == 0, "status %d: %s", status, stream_rest(&program.err));
	ck_assert_str_eq(stream_rest(&program.err), "");
	report = read_report(&program);
	program_fini(&program);
	cli_run(daemon, WORDS("queue.list"), NULL, 0, "{\"queues\":[]}\n", "");
	return report;
}

/* What holds for every load that nothing disturbed. */
static void
require_exact(const json_t *report, json_int_t jobs)
{
	json_int_t empty = number(report, NULL, "empty");
	json_int_t enqueued = number(report, "daemon_counted", "enqueued");
	json_int_t dequeued = number(report, "daemon_counted", "dequeued");
	json_int_t requests = number(report, NULL, "requests");

	ck_assert_int_eq(number(report, NULL, "jobs"), jobs);
	ck_assert_int_eq(number(report, NULL, "jobs_failed"), 0);
	ck_assert_int_eq(number(report, NULL, "answered"), requests);
	/* Each set that was found has a dequeue and a finish, each that was not a dequeue. */
	ck_assert_int_eq(requests, enqueued + 2 * dequeued + empty);
	ck_assert_int_eq(
		number(report, "daemon_counted", "finished"), number(report, NULL, "ops_finished"));
	ck_assert_uint_eq(json_object_size(json_object_get(report, "errors")), 0);
	ck_assert(json_is_false(json_object_get(report, "interrupted")));
}

START_TEST(test_whole_jobs)
{
	struct daemon daemon = {0};
	json_t *report;

	daemon_start(&daemon, NULL);
	report = run_bench(&daemon, daemon.address, WORDS("-n", "500", "-c", "3", "-p", "7"));
	require_exact(report, 500);
	ck_assert_int_eq(number(report, "daemon_counted", "enqueued"), 500);
	ck_assert_int_eq(number(report, "daemon_counted", "merged"), 0);
	ck_assert_int_eq(number(report, "daemon_counted", "dequeued"), 500);
	ck_assert_int_eq(number(report, NULL, "ops_finished"), 500);
	ck_assert_double_eq(latency(report, "enqueue", "count"), 500);
	ck_assert_double_eq(latency(report, "dequeue", "count"), 500);
	ck_assert_double_eq(latency(report, "finish", "count"), 500);
	ck_assert_double_eq(latency(report, "job", "count"), 500);
	/* Over a Unix socket it is known which process the daemon is. */
	ck_assert(json_is_real(
		json_object_get(json_object_get(report, "cpu_us_per_request"), "daemon")));
	json_decref(report);
	daemon_stop(&daemon);
}
END_TEST

START_TEST(test_enqueues)
{
	struct daemon daemon = {0};
	json_t *report;

	daemon_start(&daemon, NULL);
	report = run_bench(&daemon, daemon.tcp,
		WORDS("enqueue", "-n", "300", "--keys", "10", "--skewed", "--payload", "0"));
	require_exact(report, 300);
	ck_assert_int_eq(number(report, "daemon_counted", "enqueued"), 300);
	ck_assert_int_ge(number(report, "daemon_counted", "merged"), 290);
	ck_assert_int_eq(number(report, "daemon_counted", "dequeued"), 0);
	/* Over TCP it is not. */
	ck_assert_ptr_null(
		json_object_get(json_object_get(report, "cpu_us_per_request"), "daemon"));
	json_decref(report);
	daemon_stop(&daemon);
}
END_TEST

/* What is there before the load is not counted. */
START_TEST(test_takes)
{
	struct daemon daemon = {0};
	json_t *report;

	daemon_start(&daemon, NULL);
	report = run_bench(&daemon, daemon.address, WORDS("take", "-n", "400"));
	require_exact(report, 400);
	ck_assert_int_eq(number(report, "daemon_counted", "enqueued"), 0);
	ck_assert_int_eq(number(report, "daemon_counted", "dequeued"), 400);
	ck_assert_int_eq(number(report, NULL, "requests"), 800);
	json_decref(report);
	daemon_stop(&daemon);
}
END_TEST

START_TEST(test_merged)
{
	struct daemon daemon = {0};
	json_t *report;

	daemon_start(&daemon, NULL);
	report = run_bench(
		&daemon, daemon.address, WORDS("merged", "-n", "100", "--ops", "5", "--keys", "3"));
	require_exact(report, 100);
	ck_assert_int_eq(number(report, "daemon_counted", "enqueued"), 500);
	ck_assert_int_gt(number(report, "daemon_counted", "merged"), 0);
	ck_assert_int_eq(
		number(report, "daemon_counted", "dequeued"), 100 - number(report, NULL, "empty"));
	json_decref(report);
	daemon_stop(&daemon);
}
END_TEST

/* More than one lane can do: each job is late by what the ones before it took. */
START_TEST(test_open_loop)
{
	struct daemon daemon = {0};
	json_t *report;

	daemon_start(&daemon, NULL);
	report = run_bench(&daemon, daemon.address,
		WORDS("enqueue", "-n", "500", "-c", "1", "-p", "1", "--rate", "1000000"));
	require_exact(report, 500);
	ck_assert_double_eq(latency(report, "begun_late", "count"), 500);
	ck_assert_double_ge(latency(report, "job", "max"), latency(report, "begun_late", "max"));
	ck_assert_double_ge(
		latency(report, "enqueue", "max"), latency(report, "begun_late", "max"));
	/* The last one was due half a millisecond after the beginning, and ended the run. */
	ck_assert_double_ge(latency(report, "job", "max"),
		latency(report, "begun_late", "min") + latency(report, "enqueue", "min"));
	json_decref(report);
	daemon_stop(&daemon);
}
END_TEST

START_TEST(test_seconds)
{
	struct daemon daemon = {0};
	json_t *report;

	daemon_start(&daemon, NULL);
	report = run_bench(&daemon, daemon.address, WORDS("-d", "1", "--rate", "200"));
	require_exact(report, number(report, NULL, "jobs"));
	ck_assert_int_le(number(report, NULL, "jobs"), 200);
	ck_assert_int_gt(number(report, NULL, "jobs"), 0);
	json_decref(report);
	daemon_stop(&daemon);
}
END_TEST

/* ---- errors and reports ------------------------------------------------------ */

START_TEST(test_readable_report)
{
	struct daemon daemon = {0};
	struct program program;

	daemon_start(&daemon, NULL);
	cli_start(&program, &daemon, WORDS("bench", "-n", "10", "-c", "1"));
	ck_assert_int_eq(program_wait(&program), 0);
	require_in(stream_rest(&program.out), "job: enqueue, dequeue, finish\n");
	require_in(stream_rest(&program.out), "30 requests of 10 jobs in ");
	require_in(stream_rest(&program.out), "errors: none\n");
	require_in(stream_rest(&program.out), "10 enqueued (0 merged), 10 sets dequeued, 10 ops");
	require_in(stream_rest(&program.out), "us in the daemon (");
	require_in(stream_rest(&program.out), "\nfinish              10 ");
	require_in(stream_rest(&program.out), "\nwhole job           10 ");
	require_in(stream_rest(&program.out), "\nall requests\n");
	program_fini(&program);
	daemon_stop(&daemon);
}
END_TEST

/* A queue that was named is used as it is, and stays. */
START_TEST(test_errors_by_name)
{
	struct daemon daemon = {0};

	daemon_start(&daemon, NULL);
	cli_run(&daemon, WORDS("queue.create", "queue=small", "depth=10"), NULL, 0, NULL, "");
	cli_run(&daemon, WORDS("bench", "enqueue", "--queue", "small", "-n", "100"), NULL, 1, NULL,
		"");
	cli_run(&daemon, WORDS("queue.list"), NULL, 0, "{\"queues\":[\"small\"]}\n", "");
	{
		struct program program;

		cli_start(&program, &daemon,
			WORDS("bench", "enqueue", "--queue", "small", "-n", "50", "-c", "1"));
		ck_assert_int_eq(program_wait(&program), 1);
		require_in(stream_rest(&program.out), "errors: saturated_depth 50\n");
		program_fini(&program);
	}
	cli_run(&daemon, WORDS("bench", "take", "--queue", "small", "-n", "5"), NULL, 1, "",
		"the queue cannot be filled: saturated_depth");
	/* A queue without leases: nothing is to be finished. */
	cli_run(&daemon, WORDS("queue.create", "queue=once", "lease_ms=0"), NULL, 0, NULL, "");
	cli_run(&daemon, WORDS("bench", "--queue", "once", "-n", "20"), NULL, 0, NULL, "");
	daemon_stop(&daemon);
}
END_TEST

START_TEST(test_wrong_usage)
{
	static const char *const wrong[][4] = {
		{"bench", "nothing"},
		{"bench", "job", "take"},
		{"bench", "-c", "0"},
		{"bench", "-p", "1001"},
		{"bench", "-n", "x"},
		{"bench", "-d", "-1"},
		{"bench", "--rate", "0"},
		{"bench", "--payload", "one"},
		{"bench", "--keys", "-"},
		{"bench", "--skewed"},
		{"bench", "--queue", ""},
		{"bench", "--queue", "\377"},
		{"bench", "--nothing"},
	};
	struct daemon daemon = {0};

	daemon_start(&daemon, NULL);
	for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
		cli_run(&daemon, wrong[i], NULL, 2, "", "try: inflight");
	cli_run(&daemon, WORDS("bench", "take", "--ops", "2"), NULL, 2, "", "does not fit");
	daemon_stop(&daemon);
}
END_TEST

/* ---- ends that come early ------------------------------------------------------ */

/* Returns once something was enqueued. */
static void
wait_for_load(struct peer *peer)
{
	for (;;) {
		json_int_t enqueued = peer_ask_number(peer, "{\"method\":\"stats\"}", "enqueued");

		if (enqueued > 0)
			return;
	}
}

static void
require_end_by(int signal_number)
{
	struct daemon daemon = {0};
	struct program program;
	struct peer peer;
	json_t *report;

	daemon_start(&daemon, NULL);
	peer_connect(&peer, &daemon);
	cli_start(&program, &daemon,
		WORDS("bench", "--json", "-d", "600", "-c", "1", "-p", "1", "--rate", "1000000"));
	wait_for_load(&peer);
	program_signal(&program, signal_number);
	ck_assert_int_eq(program_wait(&program), 128 + signal_number);
	report = read_report(&program);
	ck_assert(json_is_true(json_object_get(report, "interrupted")));
	ck_assert_int_eq(number(report, NULL, "answered"), number(report, NULL, "requests"));
	/* One lane cannot do a million jobs a second: some were left out, and that is said. */
	ck_assert_int_gt(number(report, NULL, "jobs_not_begun"), 0);
	json_decref(report);
	program_fini(&program);
	peer_talk(&peer, "{\"id\":1,\"method\":\"queue.list\"}",
		"{\"id\":1,\"result\":{\"queues\":[]},\"error\":null}");
	peer_close(&peer);
	daemon_stop(&daemon);
}

START_TEST(test_signals)
{
	require_end_by(SIGINT);
	require_end_by(SIGTERM);
}
END_TEST

START_TEST(test_no_answer)
{
	struct daemon daemon = {0};
	struct program program;
	struct peer peer;

	daemon_start(&daemon, NULL);
	peer_connect(&peer, &daemon);
	cli_start(&program, &daemon, WORDS("bench", "-d", "600", "-t", "200"));
	wait_for_load(&peer);
	program_signal(&daemon.program, SIGSTOP);
	ck_assert_int_eq(program_wait(&program), 3);
	require_in(stream_rest(&program.err), "no answer in time");
	require_in(stream_rest(&program.err), "could not be deleted");
	require_in(stream_rest(&program.out), "requests had no answer\n");
	program_fini(&program);
	program_signal(&daemon.program, SIGCONT);
	peer_close(&peer);
	daemon_stop(&daemon);
}
END_TEST

START_TEST(test_lost_daemon)
{
	struct daemon daemon = {0};
	struct program program;
	struct peer peer;

	daemon_start(&daemon, NULL);
	peer_connect(&peer, &daemon);
	cli_start(&program, &daemon, WORDS("bench", "-d", "600"));
	wait_for_load(&peer);
	program_signal(&daemon.program, SIGKILL);
	cli_end(&program, 3, NULL, "could not be deleted");
	peer_close(&peer);
	daemon_discard(&daemon);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("cli_bench");
	TCase *tcase = tcase_create("cli_bench");
	SRunner *runner;
	int failed;

	tcase_set_timeout(tcase, 4 * process_timeout_ms() / 1000);
	tcase_add_test(tcase, test_whole_jobs);
	tcase_add_test(tcase, test_enqueues);
	tcase_add_test(tcase, test_takes);
	tcase_add_test(tcase, test_merged);
	tcase_add_test(tcase, test_open_loop);
	tcase_add_test(tcase, test_seconds);
	tcase_add_test(tcase, test_readable_report);
	tcase_add_test(tcase, test_errors_by_name);
	tcase_add_test(tcase, test_wrong_usage);
	tcase_add_test(tcase, test_signals);
	tcase_add_test(tcase, test_no_answer);
	tcase_add_test(tcase, test_lost_daemon);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
