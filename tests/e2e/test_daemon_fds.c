/*
 * The descriptors the daemon begins with: sockets that a service manager passes in,
 * and standard ones that are not there or cannot be written to.
 */
#include <config.h>

#include "harness.h"

#include <check.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* ---- sockets passed in --------------------------------------------------- */

/* Makes a listening socket descriptor 3, as a service manager does. */
static void
pass_socket(int family, const struct sockaddr *address, socklen_t len)
{
	int fd = socket(family, SOCK_STREAM, 0);

	if (fd < 0 || bind(fd, address, len) != 0 || listen(fd, 8) != 0)
		_exit(126);
	if (fd != 3 && dup2(fd, 3) != 3)
		_exit(126);
	fcntl(3, F_SETFD, 0);
}

static void
set_listen_variables(long pid, const char *count)
{
	char text[32];

	snprintf(text, sizeof(text), "%ld", pid);
	setenv("LISTEN_PID", text, 1);
	setenv("LISTEN_FDS", count, 1);
}

static void
pass_unix_socket(void *arg)
{
	struct daemon *daemon = arg;
	struct sockaddr_un address = {.sun_family = AF_UNIX};

	snprintf(address.sun_path, sizeof(address.sun_path), "%s", daemon->unix_path);
	pass_socket(AF_UNIX, (const struct sockaddr *)&address, sizeof(address));
	set_listen_variables((long)getpid(), "1");
}

static void
pass_public_socket(void *arg)
{
	struct sockaddr_in address = {.sin_family = AF_INET};

	(void)arg;
	pass_socket(AF_INET, (const struct sockaddr *)&address, sizeof(address));
	set_listen_variables((long)getpid(), "1");
}

static void
pass_to_another(void *arg)
{
	pass_unix_socket(arg);
	set_listen_variables((long)getppid(), "1");
}

static void
pass_nonsense(void *arg)
{
	pass_unix_socket(arg);
	setenv("LISTEN_FDS", "one", 1);
}

static void
pass_a_file(void *arg)
{
	pass_unix_socket(arg);
	if (dup2(open("/dev/null", O_RDWR), 3) != 3)
		_exit(126);
}

START_TEST(test_passed_socket)
{
	static const char *const args[] = {"-l", "tcp:127.0.0.1:0", NULL};
	struct daemon daemon = {0};
	struct peer peer;
	char expected[160];

	for (int i = 0; i < 2; i++) {
		daemon_prepare(&daemon);
		daemon_start_bare(&daemon, i == 0 ? NULL : args, pass_unix_socket);
		snprintf(expected, sizeof(expected), "ready unix:%s", daemon.unix_path);
		daemon_require_ready(&daemon, expected);
		if (i == 1)
			require_in(stream_line(&daemon.program.out), "ready tcp:127.0.0.1:");
		peer_connect(&peer, &daemon);
		peer_talk(&peer, "{\"method\":\"ping\"}",
			"{\"result\":{\"pong\":true},\"error\":null}");
		peer_close(&peer);
		program_signal(&daemon.program, SIGTERM);
		ck_assert_str_eq(stream_rest(&daemon.program.out), "");
		ck_assert_int_eq(program_wait(&daemon.program), 0);
		/* The file is not the daemon's to remove. */
		ck_assert_int_eq(access(daemon.unix_path, F_OK), 0);
		daemon_discard(&daemon);
	}
}
END_TEST

START_TEST(test_passed_wrong)
{
	static const struct {
		program_child_fn *child;
		const char *needle;
	} cases[] = {
		{pass_public_socket, "can be reached from other hosts"},
		{pass_nonsense, "LISTEN_FDS is not a number"},
		{pass_a_file, "descriptor 3"},
	};
	static const char *const args[] = {"-l", "tcp:127.0.0.1:0", NULL};
	struct daemon daemon = {0};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		daemon_prepare(&daemon);
		daemon_start_bare(&daemon, NULL, cases[i].child);
		ck_assert_int_eq(program_wait(&daemon.program), 1);
		ck_assert_str_eq(stream_rest(&daemon.program.out), "");
		require_in(stream_rest(&daemon.program.err), cases[i].needle);
		daemon_discard(&daemon);
	}
	/* Sockets for another process are none. */
	daemon_prepare(&daemon);
	daemon_start_bare(&daemon, args, pass_to_another);
	require_in(stream_line(&daemon.program.out), "ready tcp:127.0.0.1:");
	daemon_stop(&daemon);
}
END_TEST

/* ---- standard descriptors ------------------------------------------------ */

static void
close_output(void *arg)
{
	(void)arg;
	close(STDOUT_FILENO);
}

static void
fill_output(void *arg)
{
	(void)arg;
	dup2(open("/dev/full", O_WRONLY), STDOUT_FILENO);
}

static void
break_output(void *arg)
{
	int fds[2];

	(void)arg;
	if (pipe(fds) != 0)
		_exit(126);
	dup2(fds[1], STDOUT_FILENO);
	close(fds[0]);
}

static void
close_input_and_error(void *arg)
{
	(void)arg;
	close(STDIN_FILENO);
	close(STDERR_FILENO);
}

START_TEST(test_no_output)
{
	static program_child_fn *const children[] = {close_output, fill_output, break_output};
	struct daemon daemon = {0};
	const char *args[] = {"-l", NULL, NULL};

	for (size_t i = 0; i < 3; i++) {
		daemon_prepare(&daemon);
		args[1] = daemon.address;
		daemon_start_bare(&daemon, args, children[i]);
		ck_assert_int_eq(program_wait(&daemon.program), 1);
		require_in(stream_rest(&daemon.program.err), "standard output");
		ck_assert_int_eq(access(daemon.unix_path, F_OK), -1);
		daemon_discard(&daemon);
	}
}
END_TEST

START_TEST(test_no_input_no_error)
{
	struct daemon daemon = {0};
	const char *args[] = {"-l", NULL, NULL};
	char expected[160];

	daemon_prepare(&daemon);
	args[1] = daemon.address;
	daemon_start_bare(&daemon, args, close_input_and_error);
	snprintf(expected, sizeof(expected), "ready %s", daemon.address);
	daemon_require_ready(&daemon, expected);
	daemon_stop(&daemon);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("daemon descriptors");
	TCase *tests = tcase_create("descriptors");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_set_timeout(tests, 4 * process_timeout_ms() / 1000);
	tcase_add_test(tests, test_passed_socket);
	tcase_add_test(tests, test_passed_wrong);
	tcase_add_test(tests, test_no_output);
	tcase_add_test(tests, test_no_input_no_error);
	suite_add_tcase(suite, tests);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
