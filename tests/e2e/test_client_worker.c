/*
 * Workers and groups of libinflight with the real daemon: one that starts again, one that drains,
 * and many ops at once.
 */
#include <config.h>

#include <check.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness.h"
#include "inflight.h"

#define LONG_MS 60000
#define OPS     1000
#define KEYS    100

struct rig {
	struct daemon daemon;
	struct inflight *client;
	struct inflight_worker *worker;
	struct inflight_taken *kept;
	size_t notices[INFLIGHT_NOTICE_NOT_TAKEN + 1];
};

static void
keep(struct inflight_taken *set, void *arg)
{
	struct rig *rig = arg;

	ck_assert_ptr_null(rig->kept);
	rig->kept = set;
}

static void
take_notice(enum inflight_notice notice, struct inflight_taken *set, const char *text, void *arg)
{
	struct rig *rig = arg;

	(void)set;
	(void)text;
	rig->notices[notice]++;
}

static void
rig_init(struct rig *rig, size_t concurrency)
{
	*rig = (struct rig){0};
	daemon_start(&rig->daemon, NULL);
	rig->client = inflight_new(rig->daemon.address);
	rig->worker = inflight_worker_new(rig->client, keep, rig);
	ck_assert_ptr_nonnull(rig->worker);
	ck_assert_int_eq(inflight_worker_add_queue(rig->worker, "q"), INFLIGHT_OK);
	ck_assert_int_eq(inflight_worker_set_concurrency(rig->worker, concurrency), INFLIGHT_OK);
	ck_assert_int_eq(inflight_worker_set_notice(rig->worker, take_notice, rig), INFLIGHT_OK);
}

static void
rig_fini(struct rig *rig)
{
	inflight_worker_free(rig->worker);
	inflight_free(rig->client);
}

/* One turn of an event loop. */
static bool
turn(struct rig *rig)
{
	struct pollfd poll_fd = {.fd = inflight_worker_fd(rig->worker),
		.events = inflight_worker_events(rig->worker)};

	poll(&poll_fd, 1, (int)inflight_worker_due_ms(rig->worker));
	return inflight_worker_step(rig->worker);
}

static void
turn_until_notice(struct rig *rig, enum inflight_notice notice)
{
	while (rig->notices[notice] == 0)
		ck_assert(turn(rig));
	rig->notices[notice] = 0;
}

/* Enqueues by another connection, and takes it. */
static void
pass_one(struct rig *rig)
{
	struct peer peer;

	peer_connect(&peer, &rig->daemon);
	peer_ask_number(&peer, "{\"method\":\"enqueue\",\"queue\":\"q\",\"key\":1}", "width");
	peer_close(&peer);
	while (rig->kept == NULL)
		ck_assert(turn(rig));
}

static void
finish_kept(struct rig *rig)
{
	ck_assert_int_eq(inflight_taken_finish(rig->kept, "1"), INFLIGHT_OK);
	rig->kept = NULL;
}

START_TEST(test_daemon_that_starts_again)
{
	struct rig rig;

	rig_init(&rig, 1);
	pass_one(&rig);
	program_signal(&rig.daemon.program, SIGKILL);
	program_wait(&rig.daemon.program);
	program_fini(&rig.daemon.program);
	turn_until_notice(&rig, INFLIGHT_NOTICE_DISCONNECTED);
	daemon_start(&rig.daemon, NULL);
	/* It knows nothing of the set. */
	finish_kept(&rig);
	turn_until_notice(&rig, INFLIGHT_NOTICE_LEASE_LOST);
	ck_assert_uint_eq(rig.notices[INFLIGHT_NOTICE_CONNECTED], 1);
	pass_one(&rig);
	finish_kept(&rig);
	inflight_worker_stop(rig.worker);
	while (turn(&rig))
		continue;
	ck_assert_int_eq(inflight_worker_status(rig.worker), INFLIGHT_OK);
	rig_fini(&rig);
	daemon_stop(&rig.daemon);
}
END_TEST

START_TEST(test_daemon_that_drains)
{
	struct rig rig;

	rig_init(&rig, 2);
	pass_one(&rig);
	program_signal(&rig.daemon.program, SIGTERM);
	turn_until_notice(&rig, INFLIGHT_NOTICE_NOT_NOW);
	/* What is in hand can be told; the daemon waits for it, and ends. */
	finish_kept(&rig);
	turn_until_notice(&rig, INFLIGHT_NOTICE_DISCONNECTED);
	ck_assert_uint_eq(rig.notices[INFLIGHT_NOTICE_LEASE_LOST], 0);
	inflight_worker_stop(rig.worker);
	while (turn(&rig))
		continue;
	ck_assert_int_eq(inflight_worker_status(rig.worker), INFLIGHT_OK);
	rig_fini(&rig);
	daemon_ended(&rig.daemon, 0);
}
END_TEST

/* ---- many ---------------------------------------------------------------- */

static void
answer_key(struct inflight_taken *set, void *arg)
{
	char result[64];

	(void)arg;
	snprintf(result, sizeof result, "\"%s of %s\"", inflight_taken_key(set, NULL),
		inflight_taken_queue(set));
	inflight_taken_finish(set, result);
}

/* A worker of both queues in a process of its own, until one is closed. */
static pid_t
start_worker(const char *address)
{
	pid_t pid = fork();
	struct inflight *client;
	struct inflight_worker *worker;
	enum inflight_status status;

	ck_assert_int_ge(pid, 0);
	if (pid > 0)
		return pid;
	client = inflight_new(address);
	worker = inflight_worker_new(client, answer_key, NULL);
	inflight_worker_add_queue(worker, "a");
	inflight_worker_add_queue(worker, "b");
	status = inflight_worker_run(worker);
	inflight_worker_free(worker);
	inflight_free(client);
	_exit(status == INFLIGHT_OK ? EXIT_SUCCESS : EXIT_FAILURE);
}

static void
require_outcomes(const struct inflight_group *group)
{
	ck_assert_uint_eq(inflight_group_count(group), OPS);
	ck_assert_uint_eq(inflight_group_failed(group), 0);
	for (size_t i = 0; i < OPS; i++) {
		struct inflight_outcome outcome;
		char wanted[64];

		snprintf(wanted, sizeof wanted, "\"%zu of %s\"", i % KEYS, i % 2 == 0 ? "a" : "b");
		ck_assert_int_eq(inflight_group_outcome(group, i, &outcome), INFLIGHT_OK);
		ck_assert_str_eq(outcome.json, wanted);
	}
}

START_TEST(test_scatter_and_gather)
{
	struct daemon daemon = {0};
	struct inflight *client;
	struct inflight_group *group;
	struct inflight_reply *reply;
	char key[24];
	int status = -1;
	pid_t pid;

	daemon_start(&daemon, NULL);
	pid = start_worker(daemon.address);
	client = inflight_new(daemon.tcp);
	group = inflight_group_new(client);
	for (size_t i = 0; i < OPS; i++) {
		snprintf(key, sizeof key, "%zu", i % KEYS);
		ck_assert_int_eq(
			inflight_group_add(group, i % 2 == 0 ? "a" : "b", key, NULL, NULL, NULL),
			INFLIGHT_OK);
	}
	ck_assert_int_eq(inflight_group_wait(group, LONG_MS), INFLIGHT_OK);
	require_outcomes(group);
	ck_assert_int_eq(
		inflight_call_text(client, "queue.close", "{\"queue\":\"a\"}", 13, LONG_MS, &reply),
		INFLIGHT_OK);
	inflight_reply_free(reply);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
	inflight_group_free(group);
	inflight_free(client);
	daemon_stop(&daemon);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("client worker");
	TCase *tests = tcase_create("worker");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_set_timeout(tests, 60);
	tcase_add_test(tests, test_daemon_that_starts_again);
	tcase_add_test(tests, test_daemon_that_drains);
	tcase_add_test(tests, test_scatter_and_gather);
	suite_add_tcase(suite, tests);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
