/*
 * `inflight top` on a terminal of its own: what it shows of a real daemon, its keys,
 * sizes that change, and a terminal that is as it was however the program ends.
 */
#include <config.h>

#include <check.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "cli/safe.h"
#include "cli_helper.h"
#include "screen.h"

static const char *const no_drain[] = {"-o", "drain_timeout_ms=0", NULL};

static void
start_top(struct screen *screen, const struct daemon *daemon, int rows, int columns)
{
	screen_start(screen, daemon, WORDS("top", "-d", "100"), rows, columns);
}

static void
enqueue(const struct daemon *daemon, const char *queue, const char *key)
{
	cli_run(daemon, WORDS("enqueue", "--", queue, key), NULL, 0, NULL, "");
}

/* Types q and requires that all is as it was. */
static void
quit(struct screen *screen)
{
	screen_type(screen, "q");
	ck_assert_int_eq(screen_end(screen), 0);
	screen_fini(screen);
}

/* In which line of the screen a row begins with this name. */
static int
row_of(struct screen *screen, const char *name)
{
	for (int row = 0; row < screen->rows; row++) {
		const char *line = screen_line(screen, row);

		if (strlen(line) > 2 && strncmp(line + 2, name, strlen(name)) == 0)
			return row;
	}
	return -1;
}

/* Waits until the rows of these two queues stand in this order, one below the other. */
static void
wait_for_order(struct screen *screen, const char *first, const char *second)
{
	int row = row_of(screen, first);

	while (row < 0 || row_of(screen, second) != row + 1) {
		screen_more(screen, second);
		row = row_of(screen, first);
	}
}

START_TEST(test_shows_queues)
{
	struct daemon daemon = {0};
	struct screen screen;

	daemon_start(&daemon, no_drain);
	enqueue(&daemon, "mails", "a");
	start_top(&screen, &daemon, 24, 80);
	screen_wait(&screen, "  mails               1 ");
	ck_assert(screen.alternate);
	ck_assert(screen.cursor_hidden);
	screen_wait(&screen, "inflightd " PACKAGE_VERSION "  up ");
	screen_wait(&screen, "connections 1  waiters 0  queues 1  groups 0  leases 0");
	screen_wait(&screen, "q quit  ? help");
	/* What happens meanwhile is seen; a new queue with the most is the first one. */
	enqueue(&daemon, "jobs", "a");
	enqueue(&daemon, "jobs", "b");
	screen_wait(&screen, "  jobs                2 ");
	wait_for_order(&screen, "jobs", "mails");
	cli_run(&daemon, WORDS("dequeue", "jobs"), NULL, 0, NULL, "");
	screen_wait(&screen, "leases 1");
	cli_run(&daemon, WORDS("queue", "delete", "mails", "--force"), NULL, 0, NULL, "");
	screen_wait_gone(&screen, "  mails");
	quit(&screen);
	daemon_stop(&daemon);
}
END_TEST

/* While a load runs its rates are there. */
START_TEST(test_shows_load)
{
	struct daemon daemon = {0};
	struct program bench;
	struct screen screen;

	daemon_start(&daemon, no_drain);
	cli_start(&bench, &daemon, WORDS("bench", "-d", "600", "--rate", "500"));
	start_top(&screen, &daemon, 24, 80);
	screen_wait(&screen, "  bench-");
	screen_wait_gone(&screen, "requests -");
	screen_wait_gone(&screen, "enqueued 0");
	screen_wait(&screen, "per second  requests ");
	program_signal(&bench, SIGINT);
	cli_end(&bench, 128 + SIGINT, NULL, "");
	screen_wait_gone(&screen, "  bench-");
	quit(&screen);
	daemon_stop(&daemon);
}
END_TEST

START_TEST(test_sorts_and_filters)
{
	struct daemon daemon = {0};
	struct screen screen;

	daemon_start(&daemon, no_drain);
	enqueue(&daemon, "alpha", "1");
	enqueue(&daemon, "beta", "1");
	enqueue(&daemon, "beta", "2");
	start_top(&screen, &daemon, 24, 80);
	screen_wait(&screen, "  beta                2 ");
	screen_wait(&screen, "  alpha               1 ");
	wait_for_order(&screen, "beta", "alpha");
	screen_type(&screen, "<");
	screen_wait(&screen, "QUEUE\u2193");
	wait_for_order(&screen, "alpha", "beta");
	screen_type(&screen, "r");
	screen_wait(&screen, "QUEUE\u2191");
	wait_for_order(&screen, "beta", "alpha");
	/* The arrows of a terminal: application mode, as curses asked for. */
	screen_type(&screen, "\033OC");
	screen_wait(&screen, "\u2191DEPTH");
	screen_type(&screen, "/ALP");
	screen_wait(&screen, "filter: ALP_");
	screen_wait_gone(&screen, "  beta");
	screen_type(&screen, "\r");
	screen_wait(&screen, "filter: ALP   1 of 2 queues");
	screen_type(&screen, "/\177\177\177\r");
	screen_wait(&screen, "  beta");
	screen_type(&screen, "?");
	screen_wait(&screen, "any key: back");
	screen_type(&screen, " ");
	screen_wait(&screen, "  beta");
	quit(&screen);
	daemon_stop(&daemon);
}
END_TEST

START_TEST(test_pauses)
{
	struct daemon daemon = {0};
	struct screen screen;

	daemon_start(&daemon, no_drain);
	enqueue(&daemon, "a", "1");
	enqueue(&daemon, "b", "1");
	start_top(&screen, &daemon, 24, 80);
	screen_wait(&screen, "  b ");
	screen_type(&screen, "jp");
	screen_wait(&screen, "pause b? y/n");
	screen_type(&screen, "n");
	screen_wait_gone(&screen, "pause b?");
	screen_type(&screen, "p");
	screen_wait(&screen, "pause b? y/n");
	screen_type(&screen, "y");
	screen_wait(&screen, "P b ");
	cli_run(&daemon, WORDS("dequeue", "b", "--wait", "0"), NULL, 0, "{\"set\":null}\n", "");
	screen_type(&screen, "p");
	screen_wait(&screen, "resume b? y/n");
	screen_type(&screen, "y");
	screen_wait_gone(&screen, "P b ");
	cli_run(&daemon, WORDS("dequeue", "b", "--wait", "0"), NULL, 0, NULL, "");
	quit(&screen);
	daemon_stop(&daemon);
}
END_TEST

START_TEST(test_peeks)
{
	struct daemon daemon = {0};
	struct screen screen;

	daemon_start(&daemon, no_drain);
	enqueue(&daemon, "q", "key-of-a-set");
	enqueue(&daemon, "q", "key-of-a-set");
	enqueue(&daemon, "q", "another");
	start_top(&screen, &daemon, 24, 80);
	screen_wait(&screen, "  q ");
	screen_type(&screen, "\r");
	screen_wait(&screen, "q: sets that are ready");
	screen_wait(&screen, "key-of-a-set                              2 ");
	screen_wait(&screen, "another                                   1 ");
	cli_run(&daemon, WORDS("dequeue", "q", "--key", "another"), NULL, 0, NULL, "");
	screen_type(&screen, ">>");
	screen_wait(&screen, "q: sets that are leased");
	screen_wait(&screen, "another                                   1 ");
	screen_wait(&screen, "     1  unix:");
	screen_type(&screen, ">");
	screen_wait(&screen, "q: sets that are dead: none");
	/* An escape alone leaves. */
	screen_type(&screen, "\033");
	screen_wait(&screen, "q quit  ? help");
	/* A queue that is gone when it is looked into. */
	cli_run(&daemon, WORDS("queue", "delete", "q", "--force"), NULL, 0, NULL, "");
	screen_wait_gone(&screen, "  q ");
	quit(&screen);
	daemon_stop(&daemon);
}
END_TEST

START_TEST(test_sizes)
{
	static const int sizes[][2] = {{24, 80}, {5, 20}, {1, 1}, {2, 3}, {50, 200}, {24, 80}};
	struct daemon daemon = {0};
	struct screen screen;

	daemon_start(&daemon, no_drain);
	enqueue(&daemon, "some-queue", "1");
	start_top(&screen, &daemon, 30, 100);
	screen_wait(&screen, "  some-queue ");
	for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
		screen_resize(&screen, sizes[i][0], sizes[i][1]);
		screen_type(&screen, "jkvq");
	}
	screen_wait(&screen, "WAITERS   DEAD");
	screen_resize(&screen, 5, 20);
	screen_wait(&screen, "  some-queue       1\n");
	screen_wait(&screen, "q quit  ? help  < >\n");
	screen_resize(&screen, 24, 80);
	screen_wait(&screen, "groups 0  leases 0");
	screen_wait(&screen, "  some-queue          1 ");
	quit(&screen);
	daemon_stop(&daemon);
}
END_TEST

/* Names that would write over the screen, or take two columns for a character. */
START_TEST(test_names)
{
	struct daemon daemon = {0};
	struct screen screen;

	daemon_start(&daemon, no_drain);
	enqueue(&daemon, "\xe6\x9d\xb1\xe4\xba\xac", "\033[2J");
	enqueue(&daemon, "\xe2\x80\xaeturned", "1");
	start_top(&screen, &daemon, 24, 80);
	screen_wait(&screen, "  \xe6\x9d\xb1\xe4\xba\xac                1 ");
	screen_wait(&screen, "  \\u202eturned ");
	screen_type(&screen, "Gkjv");
	screen_wait(&screen, "\\u001b[2J  ");
	screen_type(&screen, "q");
	screen_wait(&screen, "q quit");
	quit(&screen);
	daemon_stop(&daemon);
}
END_TEST

/* More queues than one answer names. */
START_TEST(test_many_queues)
{
	struct daemon daemon = {0};
	struct screen screen;
	struct peer peer;

	daemon_start(&daemon, no_drain);
	peer_connect(&peer, &daemon);
	for (int i = 0; i < 2500; i++) {
		char line[128];

		snprintf(line, sizeof line,
			"{\"jsonrpc\":\"2.0\",\"method\":\"queue.create\",\"params\":[\"q%04d\"]}",
			i);
		peer_send(&peer, line);
	}
	peer_talk(&peer, "{\"id\":1,\"method\":\"enqueue\",\"queue\":\"q2345\",\"key\":1,\"op\":1}",
		"{\"id\":1,\"result\":{\"op\":\"1\",\"new\":true,\"depth\":1,\"width\":1},"
		"\"error\":null}");
	start_top(&screen, &daemon, 24, 80);
	screen_wait(&screen, "queues 2500");
	/* It may take two rounds until all were asked; then the one with an op is the first. */
	while (row_of(&screen, "q2345") != 4)
		screen_more(&screen, "q2345");
	screen_type(&screen, "<G");
	screen_wait(&screen, "  q2499 ");
	quit(&screen);
	peer_close(&peer);
	daemon_stop(&daemon);
}
END_TEST

/* ---- ends ---------------------------------------------------------------- */

START_TEST(test_signals)
{
	static const struct {
		int signal_number;
		int status;
	} ends[] = {{SIGTERM, 128 + SIGTERM}, {SIGHUP, 128 + SIGHUP}, {SIGINT, 0}};
	struct daemon daemon = {0};
	struct screen screen;

	daemon_start(&daemon, no_drain);
	for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
		start_top(&screen, &daemon, 24, 80);
		screen_wait(&screen, "q quit");
		ck_assert_int_eq(kill(screen.pty.program.pid, ends[i].signal_number), 0);
		ck_assert_int_eq(screen_end(&screen), ends[i].status);
		screen_fini(&screen);
	}
	/* The same from the keyboard; the key for a core file does nothing. */
	start_top(&screen, &daemon, 24, 80);
	screen_wait(&screen, "q quit");
	screen_type(&screen, "\034\003");
	ck_assert_int_eq(screen_end(&screen), 0);
	screen_fini(&screen);
	daemon_stop(&daemon);
}
END_TEST

START_TEST(test_lost_daemon)
{
	struct daemon home = {0};
	struct daemon daemon = {0};
	struct screen screen;

	daemon_prepare(&home);
	daemon_start_at(&daemon, &home);
	enqueue(&home, "before", "1");
	start_top(&screen, &home, 24, 80);
	screen_wait(&screen, "  before              1 ");
	daemon_stop(&daemon);
	screen_wait(&screen, "trying again");
	screen_type(&screen, "j?");
	screen_wait(&screen, "any key: back");
	screen_type(&screen, " ");
	screen_wait(&screen, "trying again");

	daemon_start_at(&daemon, &home);
	enqueue(&home, "after", "1");
	screen_wait(&screen, "  after               1 ");
	screen_wait_gone(&screen, "  before ");
	screen_wait_gone(&screen, "trying again");
	quit(&screen);
	daemon_stop(&daemon);
	daemon_discard(&home);
}
END_TEST

/* A daemon that stands still. */
START_TEST(test_silent_daemon)
{
	struct daemon daemon = {0};
	struct screen screen;

	daemon_start(&daemon, no_drain);
	screen_start(&screen, &daemon, WORDS("top", "-t", "300", "-d", "100"), 24, 80);
	screen_wait(&screen, "q quit");
	program_signal(&daemon.program, SIGSTOP);
	screen_wait(&screen, "lost: no answer from the daemon");
	program_signal(&daemon.program, SIGCONT);
	screen_wait_gone(&screen, "lost: no answer");
	screen_wait(&screen, "q quit");
	quit(&screen);
	daemon_stop(&daemon);
}
END_TEST

/* A token for the tools started from here on, by a rule of this role. */
static void
start_with_role(struct daemon *daemon, const char *role)
{
	const char *argv[] = {harness_inflightd(), "--make-token", NULL};
	const char *args[] = {"-o", NULL, NULL};
	struct program program;
	char option[200];
	char rules[400];

	ck_assert_int_eq(program_run(&program, argv, NULL), 0);
	setenv("INFLIGHT_TOKEN", stream_line(&program.out), 1);
	snprintf(rules, sizeof rules, "[somebody]\nrole = %s\n%s\n", role,
		stream_line(&program.out));
	program_fini(&program);
	daemon_prepare(daemon);
	snprintf(option, sizeof option, "auth_file=%s", daemon_file(daemon, "auth", rules));
	ck_assert_int_eq(chmod(option + strlen("auth_file="), 0600), 0);
	args[1] = option;
	daemon_start(daemon, args);
}

/* Who may look but not touch is told so; who may not even look as well. */
START_TEST(test_permissions)
{
	struct daemon daemon = {0};
	struct screen screen;

	start_with_role(&daemon, "reader");
	start_top(&screen, &daemon, 24, 80);
	screen_wait(&screen, "queues 0");
	quit(&screen);
	cli_run(&daemon, WORDS("top", "--once", "-d", "100"), NULL, 0, NULL, "");
	cli_run(&daemon, WORDS("bench", "-n", "1"), NULL, 1, "", "unauthorized");
	daemon_stop(&daemon);

	start_with_role(&daemon, "producer");
	start_top(&screen, &daemon, 24, 80);
	screen_wait(&screen, "unauthorized: ");
	quit(&screen);
	cli_run(&daemon, WORDS("top", "--once"), NULL, 1, "", "unauthorized: ");
	daemon_stop(&daemon);
}
END_TEST

/* ---- without a terminal ---------------------------------------------------- */

START_TEST(test_once)
{
	struct daemon daemon = {0};
	struct program program;

	daemon_start(&daemon, no_drain);
	enqueue(&daemon, "a-name-that-no-screen-has-room-for-but-a-text-has-it-whole", "1");
	cli_start(&program, &daemon, WORDS("top", "--once", "-d", "100ms"));
	ck_assert_int_eq(program_wait(&program), 0);
	ck_assert_str_eq(stream_rest(&program.err), "");
	require_in(stream_rest(&program.out), "inflightd " PACKAGE_VERSION "  up ");
	require_in(stream_rest(&program.out), "enqueued 0  merged 0  finished 0  errors 0\n");
	require_in(stream_rest(&program.out),
		"\n  a-name-that-no-screen-has-room-for-but-a-text-has-it-whole  ");
	program_fini(&program);
	cli_run(&daemon, WORDS("top"), NULL, 2, "", "inflight top --once prints what is there now");
	cli_run(&daemon, WORDS("top", "-d", "99"), NULL, 2, "", "inflight");
	cli_run(&daemon, WORDS("top", "queue"), NULL, 2, "", "inflight");
	daemon_stop(&daemon);
	cli_run(&daemon, WORDS("top", "--once"), NULL, 3, "", "inflight: unix:");
}
END_TEST

/* A terminal that curses does not know. */
START_TEST(test_unknown_terminal)
{
	struct daemon daemon = {0};
	struct screen screen;

	daemon_start(&daemon, no_drain);
	setenv("TERM", "no-such-terminal", 1);
	start_top(&screen, &daemon, 24, 80);
	screen_wait(&screen, "cannot be used for top");
	ck_assert_int_eq(screen_end(&screen), 2);
	screen_fini(&screen);
	daemon_stop(&daemon);
}
END_TEST

/* A build without curses says so, and what can be done. */
START_TEST(test_no_curses)
{
	struct daemon daemon = {0};
	struct screen screen;

	daemon_start(&daemon, no_drain);
	start_top(&screen, &daemon, 24, 80);
	screen_wait(&screen, "built without curses");
	ck_assert_int_eq(screen_end(&screen), 2);
	screen_fini(&screen);
	daemon_stop(&daemon);
}
END_TEST

static TCase *
new_case_with_curses(void)
{
	TCase *tcase = tcase_create("with curses");

	tcase_set_timeout(tcase, 60);
	tcase_add_test(tcase, test_shows_queues);
	tcase_add_test(tcase, test_shows_load);
	tcase_add_test(tcase, test_sorts_and_filters);
	tcase_add_test(tcase, test_pauses);
	tcase_add_test(tcase, test_peeks);
	tcase_add_test(tcase, test_sizes);
	tcase_add_test(tcase, test_names);
	tcase_add_test(tcase, test_many_queues);
	tcase_add_test(tcase, test_signals);
	tcase_add_test(tcase, test_lost_daemon);
	tcase_add_test(tcase, test_silent_daemon);
	tcase_add_test(tcase, test_unknown_terminal);
	tcase_add_test(tcase, test_permissions);
	return tcase;
}

static TCase *
new_case_without_curses(void)
{
	TCase *tcase = tcase_create("without curses");

	tcase_set_timeout(tcase, 60);
	tcase_add_test(tcase, test_no_curses);
	return tcase;
}

int
main(void)
{
#ifdef HAVE_CURSES
	bool has_curses = true;
#else
	bool has_curses = false;
#endif
	Suite *suite = suite_create("cli_top");
	TCase *tcase = tcase_create("text");
	SRunner *runner;
	int failed;

	safe_init();
	setenv("TERM", "xterm", 1);
	unsetenv("LINES");
	unsetenv("COLUMNS");
	tcase_set_timeout(tcase, 60);
	tcase_add_test(tcase, test_once);
	suite_add_tcase(suite, tcase);
	suite_add_tcase(suite, has_curses ? new_case_with_curses() : new_case_without_curses());
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
