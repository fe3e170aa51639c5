/*
 * The end of a run: draining, what the service manager is told, and that one run's
 * tokens mean nothing to the next.
 */
#include <config.h>

#include "harness.h"

#include <check.h>
#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define PARKED "{\"method\":\"dequeue\",\"queue\":\"empty\",\"wait_ms\":600000}"
#define NO_SET "{\"result\":{\"set\":null},\"error\":null}"

/* ---- the end ------------------------------------------------------------- */

START_TEST(test_interrupt)
{
	struct daemon daemon = {0};

	daemon_start(&daemon, NULL);
	program_signal(&daemon.program, SIGINT);
	daemon_ended(&daemon, 0);
}
END_TEST

/* Enqueues one op and leases its set; `token` has room for 201 bytes. */
static void
lease_one(struct peer *peer, char *token)
{
	json_t *answer;
	const char *set;

	json_decref(peer_ask(peer, "{\"method\":\"enqueue\",\"queue\":\"q\",\"key\":1}"));
	answer = peer_ask(peer, "{\"method\":\"dequeue\",\"queue\":\"q\"}");
	set = json_string_value(json_object_get(json_object_get(answer, "result"), "set"));
	ck_assert_ptr_nonnull(set);
	snprintf(token, 201, "%s", set);
	json_decref(answer);
}

static void
require_no_listener(const struct daemon *daemon)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	snprintf(address.sun_path, sizeof(address.sun_path), "%s", daemon->unix_path);
	ck_assert_int_eq(connect(fd, (const struct sockaddr *)&address, sizeof(address)), -1);
	ck_assert_msg(errno == ENOENT || errno == ECONNREFUSED, "%s", strerror(errno));
	close(fd);
}

START_TEST(test_drain)
{
	static const char *const args[] = {"-o", "drain_timeout_ms=600000", NULL};
	struct daemon daemon = {0};
	struct peer worker;
	struct peer waiting;
	char token[201];
	char line[256];

	daemon_start(&daemon, args);
	peer_connect(&worker, &daemon);
	peer_connect_tcp(&waiting, &daemon);
	lease_one(&worker, token);
	peer_send(&waiting, PARKED);
	/* A second request would be held back by the first, so ask another connection. */
	while (peer_ask_number(&worker, "{\"method\":\"stats\"}", "waiters") != 1)
		continue;
	program_signal(&daemon.program, SIGTERM);
	peer_expect(&waiting, NO_SET);
	require_no_listener(&daemon);
	peer_ask_refused(&worker, "{\"method\":\"enqueue\",\"queue\":\"q\",\"key\":2}", "draining");
	peer_ask_refused(&waiting, "{\"method\":\"dequeue\",\"queue\":\"q\"}", "draining");
	snprintf(line, sizeof(line), "{\"method\":\"extend\",\"set\":\"%s\",\"lease_ms\":60000}",
		token);
	ck_assert_int_eq(peer_ask_number(&worker, line, "lease_ms"), 60000);
	snprintf(line, sizeof(line), "{\"method\":\"finish\",\"set\":\"%s\"}", token);
	peer_talk(&worker, line, "{\"result\":{\"finished\":1,\"released\":0},\"error\":null}");
	ck_assert_ptr_null(peer_line(&worker));
	ck_assert_ptr_null(peer_line(&waiting));
	peer_close(&worker);
	peer_close(&waiting);
	daemon_ended(&daemon, 0);
}
END_TEST

/* A lease that nobody ends does not hold up the end for longer than was said. */
START_TEST(test_drain_timeout)
{
	static const char *const timeouts[] = {"drain_timeout_ms=0", "drain_timeout_ms=50"};
	const char *args[] = {"-o", NULL, NULL};
	char token[201];

	for (size_t i = 0; i < 2; i++) {
		struct daemon daemon = {0};
		struct peer peer;

		args[1] = timeouts[i];
		daemon_start(&daemon, args);
		peer_connect(&peer, &daemon);
		lease_one(&peer, token);
		program_signal(&daemon.program, SIGTERM);
		ck_assert_ptr_null(peer_line(&peer));
		peer_close(&peer);
		daemon_ended(&daemon, 0);
	}
}
END_TEST

/* ---- two runs ------------------------------------------------------------ */

static char *
ask_text(struct peer *peer, const char *line, const char *member)
{
	json_t *answer = peer_ask(peer, line);
	const char *text =
		json_string_value(json_object_get(json_object_get(answer, "result"), member));
	char *copy;

	ck_assert_ptr_nonnull(text);
	copy = strdup(text);
	json_decref(answer);
	return copy;
}

START_TEST(test_two_runs)
{
	static const char enqueue[] = "{\"method\":\"enqueue\",\"queue\":\"q\",\"key\":1}";
	static const char dequeue[] =
		"{\"method\":\"dequeue\",\"queue\":\"q\",\"release_on_close\":true}";
	char *incarnation[2];
	char *op[2];
	json_int_t fence[2];
	char token[201];
	char line[256];

	for (int i = 0; i < 2; i++) {
		struct daemon daemon = {0};
		struct peer peer;

		daemon_start(&daemon, NULL);
		peer_connect(&peer, &daemon);
		incarnation[i] = ask_text(&peer, "{\"method\":\"info\"}", "incarnation");
		ck_assert_uint_eq(strlen(incarnation[i]), 8);
		ck_assert_uint_eq(
			strspn(incarnation[i], "0123456789abcdefghijklmnopqrstuvwxyz"), 8);
		op[i] = ask_text(&peer, enqueue, "op");
		ck_assert_int_eq(strncmp(op[i], incarnation[i], 8), 0);
		fence[i] = peer_ask_number(&peer, dequeue, "fence");
		if (i == 1) {
			snprintf(line, sizeof(line), "{\"method\":\"finish\",\"set\":\"%s\"}",
				token);
			peer_ask_refused(&peer, line, "lease_lost");
		}
		lease_one(&peer, token);
		peer_close(&peer);
		program_signal(&daemon.program, SIGKILL);
		daemon_ended(&daemon, 128 + SIGKILL);
	}
	ck_assert_str_ne(incarnation[0], incarnation[1]);
	ck_assert_str_ne(op[0], op[1]);
	ck_assert_int_gt(fence[1], fence[0]);
	for (int i = 0; i < 2; i++) {
		free(incarnation[i]);
		free(op[i]);
	}
}
END_TEST

/* ---- the service manager ------------------------------------------------- */

static void
set_notify_socket(void *arg)
{
	setenv("NOTIFY_SOCKET", arg, 1);
}

struct state {
	char text[256];
};

static struct state
next_state(int fd)
{
	struct state state;
	ssize_t n = recv(fd, state.text, sizeof(state.text) - 1, 0);

	ck_assert_int_gt(n, 0);
	state.text[n] = '\0';
	return state;
}

static bool
state_is(const struct state *state, const char *expected)
{
	return strncmp(state->text, expected, strlen(expected)) == 0;
}

static void
require_state(int fd, const char *expected)
{
	struct state state = next_state(fd);

	ck_assert_msg(state_is(&state, expected), "%s", state.text);
}

/* Passes over others. */
static void
await_state(int fd, const char *expected)
{
	struct state state;

	do
		state = next_state(fd);
	while (!state_is(&state, expected));
}

/* A service manager's socket; `ret` is how to send to it. */
static int
bind_notify(const char *name, struct sockaddr_un *ret, socklen_t *ret_len)
{
	struct timeval limit = {.tv_sec = process_timeout_ms() / 1000};
	int fd = socket(AF_UNIX, SOCK_DGRAM, 0);

	*ret = (struct sockaddr_un){.sun_family = AF_UNIX};
	*ret_len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(name));
	memcpy(ret->sun_path, name, strlen(name));
	if (name[0] == '@')
		ret->sun_path[0] = '\0';
	ck_assert_int_eq(bind(fd, (const struct sockaddr *)ret, *ret_len), 0);
	ck_assert_int_eq(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit)), 0);
	return fd;
}

static void
start_notifying(struct daemon *daemon, program_child_fn *child, char *name)
{
	const char *argv[] = {harness_inflightd(), "-l", NULL, NULL};

	daemon_prepare(daemon);
	argv[2] = daemon->address;
	program_start_with(&daemon->program, argv, child, name);
	require_in(stream_line(&daemon->program.out), "ready unix:");
}

static void
notify_run(char *name)
{
	struct sockaddr_un address;
	socklen_t len;
	int fd = bind_notify(name, &address, &len);
	struct daemon daemon = {0};

	start_notifying(&daemon, set_notify_socket, name);
	require_state(fd, "READY=1");
	program_signal(&daemon.program, SIGHUP);
	require_state(fd, "RELOADING=1\nMONOTONIC_USEC=");
	require_state(fd, "READY=1\nSTATUS=serving, reloaded");
	program_signal(&daemon.program, SIGTERM);
	require_state(fd, "STOPPING=1\nEXTEND_TIMEOUT_USEC=7000000");
	daemon_ended(&daemon, 0);
	close(fd);
}

START_TEST(test_notify)
{
	struct daemon folder = {0};
	char name[96];

	daemon_prepare(&folder);
	snprintf(name, sizeof(name), "%s/notify", folder.dir);
	notify_run(name);
	snprintf(name, sizeof(name), "@%s", folder.dir);
	notify_run(name);
	daemon_discard(&folder);
}
END_TEST

static void
ask_for_beats(void *arg)
{
	set_notify_socket(arg);
	setenv("WATCHDOG_USEC", "2000", 1);
}

static void
ask_another_for_beats(void *arg)
{
	ask_for_beats(arg);
	setenv("WATCHDOG_PID", "1", 1);
}

static void
ask_nonsense(void *arg)
{
	set_notify_socket(arg);
	setenv("WATCHDOG_USEC", "soon", 1);
}

/*
 * The manager hears that turns go round, while the daemon drains too. Beats are lost where
 * this is slow to read them; other states come in between.
 */
START_TEST(test_watchdog)
{
	struct daemon folder = {0};
	struct daemon daemon = {0};
	struct sockaddr_un address;
	struct peer peer;
	char token[201];
	socklen_t len;
	char name[96];
	int fd;

	daemon_prepare(&folder);
	snprintf(name, sizeof(name), "%s/notify", folder.dir);
	fd = bind_notify(name, &address, &len);
	start_notifying(&daemon, ask_for_beats, name);
	await_state(fd, "READY=1");
	await_state(fd, "WATCHDOG=1");
	await_state(fd, "WATCHDOG=1");
	peer_connect(&peer, &daemon);
	lease_one(&peer, token);
	program_signal(&daemon.program, SIGTERM);
	await_state(fd, "STOPPING=1");
	await_state(fd, "WATCHDOG=1\nSTATUS=draining: 1 connections, 0 requests that wait");
	peer_close(&peer);
	program_signal(&daemon.program, SIGTERM);
	daemon_ended(&daemon, 0);
	close(fd);
	daemon_discard(&folder);
}
END_TEST

/* Nobody asked this process. */
START_TEST(test_no_watchdog)
{
	static program_child_fn *const children[] = {ask_another_for_beats, ask_nonsense};
	struct daemon folder = {0};
	char name[96];

	daemon_prepare(&folder);
	for (size_t i = 0; i < 2; i++) {
		struct sockaddr_un address;
		struct daemon daemon = {0};
		socklen_t len;
		int fd;

		snprintf(name, sizeof(name), "%s/notify%zu", folder.dir, i);
		fd = bind_notify(name, &address, &len);
		start_notifying(&daemon, children[i], name);
		require_state(fd, "READY=1");
		program_signal(&daemon.program, SIGTERM);
		require_state(fd, "STOPPING=1");
		if (i == 1)
			require_in(stream_line(&daemon.program.err), "WATCHDOG_USEC is not");
		daemon_ended(&daemon, 0);
		close(fd);
	}
	daemon_discard(&folder);
}
END_TEST

/* A manager that does not read: the daemon goes on without telling it. */
START_TEST(test_notify_full)
{
	int sender = socket(AF_UNIX, SOCK_DGRAM, 0);
	struct daemon folder = {0};
	struct daemon daemon = {0};
	struct sockaddr_un address;
	struct peer peer;
	socklen_t len;
	char name[96];
	int fd;

	daemon_prepare(&folder);
	snprintf(name, sizeof(name), "%s/notify", folder.dir);
	fd = bind_notify(name, &address, &len);
	while (sendto(sender, "x", 1, MSG_DONTWAIT, (const struct sockaddr *)&address, len) == 1)
		continue;
	ck_assert_int_eq(errno, EAGAIN);
	start_notifying(&daemon, set_notify_socket, name);
	require_in(stream_line(&daemon.program.err), "warning: NOTIFY_SOCKET: Resource");
	peer_connect(&peer, &daemon);
	peer_talk(&peer, "{\"method\":\"ping\"}", "{\"result\":{\"pong\":true},\"error\":null}");
	peer_close(&peer);
	program_signal(&daemon.program, SIGTERM);
	daemon_ended(&daemon, 0);
	close(fd);
	close(sender);
	daemon_discard(&folder);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("daemon end");
	TCase *tests = tcase_create("end");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_set_timeout(tests, 4 * process_timeout_ms() / 1000);
	tcase_add_test(tests, test_interrupt);
	tcase_add_test(tests, test_drain);
	tcase_add_test(tests, test_drain_timeout);
	tcase_add_test(tests, test_two_runs);
	tcase_add_test(tests, test_notify);
	tcase_add_test(tests, test_notify_full);
	tcase_add_test(tests, test_watchdog);
	tcase_add_test(tests, test_no_watchdog);
	suite_add_tcase(suite, tests);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
