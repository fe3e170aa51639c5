/*
 * The audit stream of the real daemon: where it goes, what is in it when an answer comes,
 * and what becomes of the daemon where it cannot be written.
 */
#include <config.h>

#include "harness.h"

#include <check.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ENQUEUE  "{\"method\":\"enqueue\",\"queue\":\"q\",\"key\":1,\"op\":\"x\",\"id\":1}"
#define ENQUEUED "\"result\":{\"op\":\"x\",\"new\":true,\"depth\":1,\"width\":1},\"error\":null}"

/* The line of the file that begins with that number as its seq. */
static void
read_record(const char *path, json_int_t seq, char *line, int size)
{
	char head[40];
	FILE *file = fopen(path, "r");

	ck_assert_ptr_nonnull(file);
	(void)snprintf(head, sizeof(head), "{\"seq\":%lld,", (long long)seq);
	do
		ck_assert_msg(fgets(line, size, file) != NULL, "no record %lld", (long long)seq);
	while (strncmp(line, head, strlen(head)) != 0);
	fclose(file);
}

/* A record is there when its answer is, and the answer says which. */
START_TEST(test_file)
{
	struct daemon daemon = {0};
	const char *args[] = {"-o", NULL, "-o", "audit_replies=yes", NULL};
	char option[160], line[2000];
	const char *path;
	struct peer peer;
	json_t *answer;

	daemon_prepare(&daemon);
	path = daemon_file(&daemon, "audit", "");
	(void)snprintf(option, sizeof(option), "audit=%s", path);
	args[1] = option;
	daemon_start(&daemon, args);
	peer_connect(&peer, &daemon);
	answer = peer_ask(&peer, ENQUEUE);
	read_record(path, json_integer_value(json_object_get(answer, "seq")), line, sizeof(line));
	require_in(
		line, "\"verb\":\"enqueue\",\"queue\":\"q\",\"key\":\"1\",\"op\":\"x\",\"ok\":{");
	read_record(path, 1, line, sizeof(line));
	require_in(line, "\"event\":\"start\"");
	json_decref(answer);
	peer_close(&peer);
	daemon_stop(&daemon);
}
END_TEST

/* A full disk ends the stream, not the daemon. */
START_TEST(test_full)
{
	static const char *const args[] = {"-o", "audit=/dev/full", NULL};
	struct daemon daemon = {0};
	struct peer peer;

	daemon_start(&daemon, args);
	peer_connect(&peer, &daemon);
	peer_talk(&peer, ENQUEUE, "{\"id\":1," ENQUEUED);
	stream_find(&daemon.program.err, "the audit stream ends here, it cannot be written");
	peer_ask_refused(
		&peer, "{\"method\":\"cancel\",\"queue\":\"q\",\"op\":\"y\"}", "no_such_op");
	peer_close(&peer);
	daemon_stop(&daemon);
}
END_TEST

static const char *const unusable[] = {
	"audit=fd:", "audit=fd:x", "audit=fd:77", "audit=/", "audit=/no/such/file"};

START_TEST(test_unusable)
{
	const char *const argv[] = {
		harness_inflightd(), "-l", "tcp:127.0.0.1:0", "-o", unusable[_i], NULL};
	struct program program;

	ck_assert_int_eq(program_run(&program, argv, NULL), 1);
	require_in(stream_rest(&program.err), "audit: ");
	program_fini(&program);
}
END_TEST

/* Standard input of the daemon stands in for a descriptor that was passed in: a file. */
static void
open_as_input(void *arg)
{
	const struct daemon *daemon = arg;
	char path[100];

	(void)snprintf(path, sizeof(path), "%s/audit", daemon->dir);
	(void)dup2(open(path, O_WRONLY), STDIN_FILENO);
}

START_TEST(test_descriptor)
{
	static const char *const args[] = {"-l", "tcp:127.0.0.1:0", "-o", "audit=fd:0", NULL};
	struct daemon daemon = {0};
	char line[2000];
	const char *path;

	daemon_prepare(&daemon);
	path = daemon_file(&daemon, "audit", "");
	daemon_start_bare(&daemon, args, open_as_input);
	stream_find(&daemon.program.out, "ready tcp:");
	program_signal(&daemon.program, SIGTERM);
	ck_assert_int_eq(program_wait(&daemon.program), 0);
	read_record(path, 1, line, sizeof(line));
	require_in(line, "\"event\":\"start\"");
	daemon_discard(&daemon);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("daemon audit");
	TCase *tests = tcase_create("audit");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_set_timeout(tests, 4 * process_timeout_ms() / 1000);
	tcase_add_test(tests, test_file);
	tcase_add_test(tests, test_full);
	tcase_add_loop_test(tests, test_unusable, 0, sizeof(unusable) / sizeof(unusable[0]));
	tcase_add_test(tests, test_descriptor);
	suite_add_tcase(suite, tests);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
