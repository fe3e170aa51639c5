/*
 * The daemon's start: its command line, the ready lines, what it refuses.
 */
#include <config.h>

#include "harness.h"

#include <check.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#define NOBODY 65534

/* Requires just one line of an error; there may be a warning besides. */
static void
require_one_error(const char *text)
{
	const char *at = strstr(text, "error: ");

	ck_assert_msg(at != NULL, "no error: %s", text);
	ck_assert_msg(strstr(at + 1, "error: ") == NULL, "more than one: %s", text);
	ck_assert_msg(strchr(at, '\n') == at + strlen(at) - 1, "more than a line: %s", at);
}

/* `inflightd ARGS...` must end by itself with that status and an empty standard output. */
static void
require_end(const char *const *args, int status, const char *needle)
{
	const char *argv[16] = {harness_inflightd()};
	struct program program;
	int ended;

	for (size_t i = 0; args[i] != NULL; i++)
		argv[i + 1] = args[i];
	ended = program_run(&program, argv, NULL);
	ck_assert_msg(ended == status, "status %d: %s", ended, stream_rest(&program.err));
	ck_assert_str_eq(stream_rest(&program.out), "");
	require_in(stream_rest(&program.err), needle);
	if (status == 1)
		require_one_error(stream_rest(&program.err));
	program_fini(&program);
}

/* ---- the command line ---------------------------------------------------- */

START_TEST(test_version_and_help)
{
	static const char *const words[] = {"-V", "--version", "-h", "--help"};
	struct program program;

	for (size_t i = 0; i < 4; i++) {
		const char *argv[] = {harness_inflightd(), words[i], NULL};

		ck_assert_int_eq(program_run(&program, argv, NULL), 0);
		ck_assert_str_eq(stream_rest(&program.err), "");
		if (i < 2)
			ck_assert_str_eq(
				stream_rest(&program.out), "inflightd " PACKAGE_VERSION "\n");
		else
			require_in(stream_rest(&program.out), "usage: inflightd ");
		program_fini(&program);
	}
}
END_TEST

START_TEST(test_wrong_usage)
{
	static const char *const cases[][5] = {
		{"-x"},
		{"--nosuch"},
		{"-o"},
		{"-l"},
		{"-c"},
		{"-o", "depth"},
		{"-o", "=1"},
		{"extra"},
		{"-t", "extra"},
		{"-c", "/dev/null", "-c", "/dev/null"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		require_end(cases[i], 2, "Try inflightd --help.");
}
END_TEST

START_TEST(test_unusable)
{
	static const struct {
		const char *args[5];
		const char *needle;
	} cases[] = {
		{{"-o", "depth=0"}, "depth: \"0\" is not allowed"},
		{{"-o", "nosuch=1"}, "there is no option \"nosuch\""},
		{{"-l", "nonsense"}, "nonsense"},
		{{"-l", "unix:"}, "unix:"},
		{{"-l", "tcp:127.0.0.1"}, "tcp:127.0.0.1"},
		{{"-l", "tcp:127.0.0.1:65536"}, "65536"},
		{{"-l", "tcp:0.0.0.0:0"}, "can be reached from other hosts"},
		{{"-l", "tcp:[::]:0"}, "can be reached from other hosts"},
		{{"-l", "tcp:192.0.2.1:0"}, "can be reached from other hosts"},
		{{"-l", "unix:/nonexistent/sock"}, "/nonexistent/sock"},
		{{"-c", "/nonexistent/conf"}, "/nonexistent/conf: No such file"},
		{{"-t", "-o", "depth=0"}, "depth: \"0\" is not allowed"},
		{{"-t", "-l", "tcp:0.0.0.0:0"}, "can be reached from other hosts"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		require_end(cases[i].args, 1, cases[i].needle);
}
END_TEST

START_TEST(test_check_configuration)
{
	struct daemon daemon = {0};
	const char *path;
	const char *good[] = {"-t", "-c", NULL, NULL};
	char needle[160];

	daemon_prepare(&daemon);
	path = daemon_file(&daemon, "conf", "depth = 10\n[queue a]\nwidth = 2\n");
	good[2] = path;
	require_end(good, 0, "good");
	daemon_file(&daemon, "conf", "depth = 10\n[queue a]\nwidth = -2\n");
	snprintf(needle, sizeof(needle), "%s:3: width: \"-2\"", path);
	require_end(good, 1, needle);
	/* The file is wrong for a start as well. */
	require_end(good + 1, 1, needle);
	daemon_discard(&daemon);
}
END_TEST

/* ---- listening ----------------------------------------------------------- */

START_TEST(test_ready)
{
	struct daemon daemon = {0};
	struct peer peer;
	struct stat st;

	daemon_start(&daemon, NULL);
	ck_assert_int_eq(stat(daemon.unix_path, &st), 0);
	ck_assert_uint_eq(st.st_mode & 07777, 0660);
	peer_connect(&peer, &daemon);
	peer_talk(&peer, "{\"method\":\"ping\"}", "{\"result\":{\"pong\":true},\"error\":null}");
	peer_close(&peer);
	peer_connect_tcp(&peer, &daemon);
	peer_talk(&peer, "{\"method\":\"ping\",\"id\":7}",
		"{\"id\":7,\"result\":{\"pong\":true},\"error\":null}");
	peer_close(&peer);
	program_signal(&daemon.program, SIGTERM);
	ck_assert_str_eq(stream_rest(&daemon.program.out), "");
	ck_assert_int_eq(program_wait(&daemon.program), 0);
	ck_assert_int_eq(access(daemon.unix_path, F_OK), -1);
	daemon_discard(&daemon);
}
END_TEST

START_TEST(test_socket_mode)
{
	static const char *const args[] = {"-o", "socket_mode=0606", NULL};
	struct daemon daemon = {0};
	struct stat st;

	daemon_start(&daemon, args);
	ck_assert_int_eq(stat(daemon.unix_path, &st), 0);
	ck_assert_uint_eq(st.st_mode & 07777, 0606);
	daemon_stop(&daemon);
}
END_TEST

START_TEST(test_path_in_use)
{
	struct daemon daemon = {0};
	struct peer peer;
	const char *args[] = {"-l", NULL, NULL};

	daemon_start(&daemon, NULL);
	args[1] = daemon.address;
	require_end(args, 1, "another daemon is listening there");
	args[1] = daemon.tcp;
	require_end(args, 1, daemon.tcp);
	/* The first one is as it was. */
	peer_connect(&peer, &daemon);
	peer_talk(&peer, "{\"method\":\"ping\"}", "{\"result\":{\"pong\":true},\"error\":null}");
	peer_close(&peer);
	daemon_stop(&daemon);
}
END_TEST

START_TEST(test_stale_socket)
{
	struct daemon daemon = {0};
	struct peer peer;

	daemon_start(&daemon, NULL);
	program_signal(&daemon.program, SIGKILL);
	ck_assert_int_eq(program_wait(&daemon.program), 128 + SIGKILL);
	program_fini(&daemon.program);
	ck_assert_int_eq(access(daemon.unix_path, F_OK), 0);
	daemon_start(&daemon, NULL);
	peer_connect(&peer, &daemon);
	peer_talk(&peer, "{\"method\":\"ping\"}", "{\"result\":{\"pong\":true},\"error\":null}");
	peer_close(&peer);
	daemon_stop(&daemon);
}
END_TEST

/* Without the right to make /run/inflightd, whoever runs the tests. */
static void
become_nobody(void *arg)
{
	struct daemon *daemon = arg;

	setenv("XDG_RUNTIME_DIR", daemon->dir, 1);
	if (geteuid() != 0)
		return;
	if (chown(daemon->dir, NOBODY, NOBODY) != 0 || setgid(NOBODY) != 0 || setuid(NOBODY) != 0)
		_exit(126);
	/* A change of the user takes the death signal away. */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
}

static void
become_nobody_without_folder(void *arg)
{
	become_nobody(arg);
	unsetenv("XDG_RUNTIME_DIR");
}

START_TEST(test_default_listener)
{
	struct daemon daemon = {0};
	char expected[160];

	daemon_prepare(&daemon);
	daemon_start_bare(&daemon, NULL, become_nobody);
	snprintf(expected, sizeof(expected), "ready unix:%s/inflightd.sock", daemon.dir);
	daemon_require_ready(&daemon, expected);
	daemon_stop(&daemon);

	daemon_prepare(&daemon);
	daemon_start_bare(&daemon, NULL, become_nobody_without_folder);
	ck_assert_int_eq(program_wait(&daemon.program), 1);
	require_in(stream_rest(&daemon.program.err), "XDG_RUNTIME_DIR");
	daemon_discard(&daemon);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("daemon start");
	TCase *tests = tcase_create("start");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_set_timeout(tests, 4 * process_timeout_ms() / 1000);
	tcase_add_test(tests, test_version_and_help);
	tcase_add_test(tests, test_wrong_usage);
	tcase_add_test(tests, test_unusable);
	tcase_add_test(tests, test_check_configuration);
	tcase_add_test(tests, test_ready);
	tcase_add_test(tests, test_socket_mode);
	tcase_add_test(tests, test_path_in_use);
	tcase_add_test(tests, test_stale_socket);
	tcase_add_test(tests, test_default_listener);
	suite_add_tcase(suite, tests);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
