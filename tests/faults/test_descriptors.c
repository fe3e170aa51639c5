/*
 * Descriptors that do not work for real: a log on a full disk or into nothing, standard
 * ones that are closed, and a limit of descriptors that is used up.
 */
#include <config.h>

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include "faults/workload.h"

/* The daemon itself needs 13 and, for a moment, two more. */
#define DESCRIPTORS 20
#define PEERS       12
#define TAKEN_MIN   4 /* of these, at least so many find room */
#define REST_MS     300
#define REST_POLLS  100 /* ten times as many as it takes, a thousandth of those of a spin */

#define PING "{\"method\":\"ping\"}"
#define PONG "{\"result\":{\"pong\":true},\"error\":null}"

/* ---- the log ------------------------------------------------------------- */

static void
log_to_full_disk(void)
{
	dup2(open("/dev/full", O_WRONLY), STDERR_FILENO);
}

static void
log_to_nobody(void)
{
	int fds[2];

	if (pipe(fds) != 0)
		_exit(126);
	dup2(fds[1], STDERR_FILENO);
	close(fds[0]);
	close(fds[1]);
}

static void
log_to_what_is_read_only(void)
{
	dup2(open("/dev/null", O_RDONLY), STDERR_FILENO);
}

static void
close_error(void)
{
	close(STDERR_FILENO);
}

static void
close_input_and_error(void)
{
	close(STDIN_FILENO);
	close(STDERR_FILENO);
}

START_TEST(test_log_lost)
{
	static void (*const prepare[])(void) = {log_to_full_disk, log_to_nobody,
		log_to_what_is_read_only, close_error, close_input_and_error};
	struct fault fault = {.call = FAULT_malloc, .prepare = prepare[_i]};
	struct rig rig;

	ck_assert(rig_start(&rig, &fault, RIG_WORK));
	workload_run(&rig);
	rig_end(&rig);
	rig_fini(&rig);
}
END_TEST

/* A pipe that is full, and that nobody reads yet. */
static void
fill_log(void *arg)
{
	char line[] = "xxxxxxxxxxxxxxx\n";
	int flags = fcntl(STDERR_FILENO, F_GETFL);

	(void)arg;
	fcntl(STDERR_FILENO, F_SETFL, flags | O_NONBLOCK);
	while (write(STDERR_FILENO, line, sizeof(line) - 1) > 0)
		continue;
	fcntl(STDERR_FILENO, F_SETFL, flags);
}

static void
empty_log(const struct program *program)
{
	struct pollfd fd = {.fd = program->err.fd, .events = POLLIN};
	char bytes[4096];

	while (poll(&fd, 1, 0) == 1)
		ck_assert_int_gt(read(fd.fd, bytes, sizeof(bytes)), 0);
}

/* A log that nobody reads holds nobody up; later it says that something is missing. */
START_TEST(test_log_unread)
{
	const char *args[] = {"-l", NULL, NULL};
	struct daemon daemon = {0};
	struct peer peer;
	char ready[160];

	daemon_prepare(&daemon);
	args[1] = daemon.address;
	(void)snprintf(ready, sizeof(ready), "ready %s", daemon.address);
	daemon_start_bare(&daemon, args, fill_log);
	daemon_require_ready(&daemon, ready);
	peer_connect(&peer, &daemon);
	for (int i = 0; i < 2; i++) {
		program_signal(&daemon.program, SIGHUP);
		peer_talk(&peer, PING, PONG);
	}
	empty_log(&daemon.program);
	program_signal(&daemon.program, SIGHUP);
	stream_find(&daemon.program.err, "lines of the log were lost: nobody read them");
	stream_find(&daemon.program.err, "info: reloaded");
	peer_close(&peer);
	daemon_stop(&daemon);
}
END_TEST

/* ---- standard output ----------------------------------------------------- */

static void
fill_output(void *arg)
{
	(void)arg;
	dup2(open("/dev/full", O_WRONLY), STDOUT_FILENO);
}

static void
fill_both(void *arg)
{
	fill_output(arg);
	log_to_full_disk();
}

static void
close_both(void *arg)
{
	(void)arg;
	close(STDOUT_FILENO);
	close(STDERR_FILENO);
}

static void
close_all(void *arg)
{
	close_both(arg);
	close(STDIN_FILENO);
}

START_TEST(test_output_lost)
{
	static program_child_fn *const children[] = {fill_both, close_both, close_all};
	const char *args[] = {"-l", NULL, NULL};
	struct daemon daemon = {0};

	daemon_prepare(&daemon);
	args[1] = daemon.address;
	daemon_start_bare(&daemon, args, children[_i]);
	ck_assert_int_eq(program_wait(&daemon.program), 1);
	ck_assert_int_ne(access(daemon.unix_path, F_OK), 0);
	daemon_discard(&daemon);
}
END_TEST

START_TEST(test_text_lost)
{
	static const char *const options[] = {"--version", "--help"};
	const char *args[] = {options[_i], NULL};
	struct daemon daemon = {0};

	daemon_prepare(&daemon);
	daemon_start_bare(&daemon, args, fill_output);
	ck_assert_int_eq(program_wait(&daemon.program), 1);
	require_in(stream_rest(&daemon.program.err), "error: standard output: No space left");
	daemon_discard(&daemon);
}
END_TEST

/* ---- the limit of descriptors -------------------------------------------- */

static void
limit_descriptors(void)
{
	static const struct rlimit limit = {DESCRIPTORS, DESCRIPTORS};

	setrlimit(RLIMIT_NOFILE, &limit);
}

static bool
is_answered(const struct peer *peer)
{
	struct pollfd fd = {.fd = peer->in.fd, .events = POLLIN};

	return poll(&fd, 1, 0) == 1;
}

/* Waits until the daemon can take nobody in any more; returns how many it has. */
static size_t
wait_for_exhaustion(struct rig *rig, struct peer *peers)
{
	size_t taken = 1;

	stream_find(&rig->daemon.program.err,
		"cannot accept connections reason=\"Too many open files\"");
	/* Those that were taken in before are answered in the next turn, as the first is. */
	peer_expect(&peers[0], PONG);
	for (int i = 0; i < 3; i++)
		peer_talk(&peers[0], PING, PONG);
	while (taken < PEERS && is_answered(&peers[taken]))
		taken++;
	ck_assert_uint_ge(taken, TAKEN_MIN);
	ck_assert_uint_lt(taken, PEERS);
	return taken;
}

START_TEST(test_too_many)
{
	struct fault fault = {.call = FAULT_malloc, .prepare = limit_descriptors};
	struct peer peers[PEERS];
	uint64_t polls;
	size_t taken;
	struct rig rig;

	ck_assert(rig_start(&rig, &fault, RIG_WORK));
	for (size_t i = 0; i < PEERS; i++) {
		peer_connect(&peers[i], &rig.daemon);
		peer_send(&peers[i], PING);
	}
	taken = wait_for_exhaustion(&rig, peers);
	polls = rig.plan->calls[FAULT_epoll_wait];
	for (int i = 0; i < 3; i++) {
		poll(NULL, 0, REST_MS / 3);
		peer_talk(&peers[0], PING, PONG);
	}
	polls = rig.plan->calls[FAULT_epoll_wait] - polls;
	ck_assert_uint_lt(polls, REST_POLLS);
	/* A reload needs a descriptor, too. */
	program_signal(&rig.daemon.program, SIGHUP);
	stream_find(&rig.daemon.program.err, "Too many open files");
	/* The places of those that leave are given to those that wait. */
	for (size_t i = 0; i < PEERS; i++) {
		if (i >= taken)
			peer_expect(&peers[i], PONG);
		peer_close(&peers[i]);
	}
	rig_require_descriptors(&rig);
	program_signal(&rig.daemon.program, SIGTERM);
	rig_end(&rig);
	rig_fini(&rig);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("descriptors");
	TCase *tests = tcase_create("descriptors");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_set_timeout(tests, 4 * process_timeout_ms() / 1000);
	tcase_add_loop_test(tests, test_log_lost, 0, 5);
	tcase_add_test(tests, test_log_unread);
	tcase_add_loop_test(tests, test_output_lost, 0, 3);
	tcase_add_loop_test(tests, test_text_lost, 0, 2);
	tcase_add_test(tests, test_too_many);
	suite_add_tcase(suite, tests);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
