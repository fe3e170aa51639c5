/*
 * The configuration in force: options of the command line and the file, presets, and
 * what SIGHUP changes and leaves alone.
 */
#include <config.h>

#include "harness.h"

#include <check.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- the configuration in force ------------------------------------------ */

START_TEST(test_options_in_force)
{
	static const char *const args[] = {"-o", "depth=10", "-o", "max_line=64K", "-o",
		"exclusive=yes", "-o", "auto_create=no", NULL};
	struct daemon daemon = {0};
	struct peer peer;

	daemon_start(&daemon, args);
	peer_connect(&peer, &daemon);
	peer_talk(&peer, "{\"method\":\"queue.create\",\"queue\":\"a\",\"id\":1}",
		"{\"id\":1,\"error\":null,\"result\":{\"created\":true,\"depth\":10,\"width\":1024,"
		"\"window_ms\":0,\"quiet_ms\":0,\"exclusive\":true,\"lease_ms\":30000,"
		"\"max_attempts\":0}}");
	peer_ask_refused(
		&peer, "{\"method\":\"enqueue\",\"queue\":\"b\",\"key\":1}", "no_such_queue");
	peer_close(&peer);
	daemon_stop(&daemon);
}
END_TEST

/* `info` tells every limit by the option's word. */
START_TEST(test_limits_in_info)
{
	static const char *const names[] = {"max_line", "max_batch", "max_connections",
		"max_parked", "max_output", "max_queues", "max_groups", "max_group_ops",
		"max_memory"};
	const char *args[32] = {NULL};
	char sets[9][64];
	struct daemon daemon = {0};
	struct peer peer;
	json_t *answer;
	json_t *limits;

	for (size_t i = 0; i < 9; i++) {
		snprintf(sets[i], sizeof(sets[i]), "%s=%zu", names[i], 5000 + i);
		args[2 * i] = "-o";
		args[2 * i + 1] = sets[i];
	}
	daemon_start(&daemon, args);
	peer_connect(&peer, &daemon);
	answer = peer_ask(&peer, "{\"method\":\"info\"}");
	limits = json_object_get(json_object_get(answer, "result"), "limits");
	for (size_t i = 0; i < 9; i++)
		ck_assert_msg(json_integer_value(json_object_get(limits, names[i])) ==
				      (json_int_t)(5000 + i),
			"%s", names[i]);
	json_decref(answer);
	peer_close(&peer);
	daemon_stop(&daemon);
}
END_TEST

/* A `-c FILE` for the daemon, in a folder that is there before it starts. */
static const char *
prepare_file(struct daemon *daemon, const char *content)
{
	daemon_prepare(daemon);
	return daemon_file(daemon, "conf", content);
}

START_TEST(test_presets)
{
	struct daemon daemon = {0};
	struct peer peer;
	const char *args[] = {"-c",
		prepare_file(&daemon, "auto_create = no\n[queue thumbs]\ndepth = 1\n[queue b c]\n"),
		NULL};

	daemon_start(&daemon, args);
	peer_connect(&peer, &daemon);
	peer_talk(&peer, "{\"method\":\"queue.list\"}",
		"{\"result\":{\"queues\":[\"b c\",\"thumbs\"]},\"error\":null}");
	ck_assert_int_eq(
		peer_ask_number(
			&peer, "{\"method\":\"enqueue\",\"queue\":\"thumbs\",\"key\":1}", "depth"),
		1);
	peer_ask_refused(&peer, "{\"method\":\"enqueue\",\"queue\":\"thumbs\",\"key\":2}",
		"saturated_depth");
	peer_close(&peer);
	daemon_stop(&daemon);
}
END_TEST

/* ---- SIGHUP -------------------------------------------------------------- */

#define DEPTH_OF_NEW "{\"method\":\"queue.create\",\"queue\":\"n%d\"}"

static json_int_t
depth_of_new(struct peer *peer)
{
	static int number;
	char line[96];

	snprintf(line, sizeof(line), DEPTH_OF_NEW, number++);
	return peer_ask_number(peer, line, "depth");
}

START_TEST(test_reload)
{
	struct daemon daemon = {0};
	struct peer peer;
	const char *args[] = {"-c",
		prepare_file(&daemon, "depth = 5\nwidth = 5\n[queue p]\nwidth = 3\n"), "-o",
		"width=7", NULL};

	daemon_start(&daemon, args);
	peer_connect(&peer, &daemon);
	ck_assert_int_eq(depth_of_new(&peer), 5);
	daemon_file(&daemon, "conf",
		"depth = 6\nwidth = 6\nlog_level = debug\n[queue p]\nwidth = 4\n[queue q]\n");
	program_signal(&daemon.program, SIGHUP);
	stream_find(&daemon.program.err, "info: reloaded");
	ck_assert_int_eq(depth_of_new(&peer), 6);
	ck_assert_int_eq(
		peer_ask_number(&peer, "{\"method\":\"queue.update\",\"queue\":\"p\"}", "width"),
		4);
	/* What the command line says stays. */
	ck_assert_int_eq(
		peer_ask_number(&peer, "{\"method\":\"queue.update\",\"queue\":\"q\"}", "width"),
		7);
	/* A section that has gone leaves its queue alone. */
	daemon_file(&daemon, "conf", "depth = 8\n");
	program_signal(&daemon.program, SIGHUP);
	stream_find(&daemon.program.err, "info: reloaded");
	ck_assert_int_eq(
		peer_ask_number(&peer, "{\"method\":\"queue.update\",\"queue\":\"p\"}", "width"),
		4);
	ck_assert_int_eq(depth_of_new(&peer), 8);
	peer_close(&peer);
	daemon_stop(&daemon);
}
END_TEST

/* All or nothing: the line before the mistake does not count either. */
START_TEST(test_reload_bad)
{
	static const char *const bad[] = {"depth = 6\nwidth = none\n", "depth = 6\n[queue p\n",
		"depth = 6\n[queue p]\n[queue p]\n", "depth = 6\nlisten = tcp:0.0.0.0:1\n"};
	static const char *const needles[] = {"/conf:2: width: \"none\"", "/conf:2: the sections",
		"/conf:3: queue \"p\"", "can be reached from other hosts"};
	struct daemon daemon = {0};
	struct peer peer;
	const char *args[] = {"-c", prepare_file(&daemon, "depth = 5\n"), NULL};

	daemon_start(&daemon, args);
	peer_connect(&peer, &daemon);
	for (size_t i = 0; i < 4; i++) {
		daemon_file(&daemon, "conf", bad[i]);
		program_signal(&daemon.program, SIGHUP);
		/* The addresses come from the command line, so the last one is no mistake. */
		if (i == 3) {
			stream_find(&daemon.program.err, "info: reloaded");
			break;
		}
		require_in(stream_find(&daemon.program.err, "not reloaded: "), needles[i]);
		ck_assert_int_eq(depth_of_new(&peer), 5);
	}
	ck_assert_int_eq(unlink(args[1]), 0);
	program_signal(&daemon.program, SIGHUP);
	require_in(stream_find(&daemon.program.err, "not reloaded: "), "No such file");
	ck_assert_int_eq(depth_of_new(&peer), 6);
	peer_close(&peer);
	daemon_stop(&daemon);
}
END_TEST

START_TEST(test_reload_restart)
{
	struct daemon daemon = {0};
	struct peer peer;
	const char *args[] = {"-c", prepare_file(&daemon, "socket_mode = 0600\n"), NULL};

	daemon_start(&daemon, args);
	daemon_file(&daemon, "conf", "socket_mode = 0666\nsocket_group = daemon\ndepth = 9\n");
	program_signal(&daemon.program, SIGHUP);
	require_in(stream_find(&daemon.program.err, "only a restart"), "socket_mode socket_group");
	stream_find(&daemon.program.err, "info: reloaded");
	peer_connect(&peer, &daemon);
	ck_assert_int_eq(depth_of_new(&peer), 9);
	peer_close(&peer);
	/* It is told again each time, for it is not in force yet. */
	program_signal(&daemon.program, SIGHUP);
	stream_find(&daemon.program.err, "only a restart");
	daemon_stop(&daemon);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("daemon configuration");
	TCase *tests = tcase_create("configuration");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_set_timeout(tests, 4 * process_timeout_ms() / 1000);
	tcase_add_test(tests, test_options_in_force);
	tcase_add_test(tests, test_limits_in_info);
	tcase_add_test(tests, test_presets);
	tcase_add_test(tests, test_reload);
	tcase_add_test(tests, test_reload_bad);
	tcase_add_test(tests, test_reload_restart);
	suite_add_tcase(suite, tests);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
