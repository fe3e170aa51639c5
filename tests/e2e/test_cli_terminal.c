/*
 * The tool on a terminal: tables, colours, what is written in place, progress, and that
 * nothing that peers made up controls it. In a pipe there is none of that.
 */
#include <config.h>

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "pty.h"

#define ALL    (PTY_IN | PTY_OUT | PTY_ERR)
#define ESCAPE "\x1b"

static void
refuse_in(const char *text, const char *needle)
{
	ck_assert_msg(
		text == NULL || strstr(text, needle) == NULL, "\"%s\" is in \"%s\"", needle, text);
}

/* Runs it on a terminal to its end, which must be 0. */
static void
run(struct pty *pty, const struct daemon *daemon, const char *const *words, unsigned streams)
{
	pty_start(pty, daemon, words, streams);
	ck_assert_int_eq(pty_wait(pty), 0);
}

/* A daemon with a set in the queue "thumbs". */
static void
start_daemon(struct daemon *daemon)
{
	setenv("TERM", "xterm", 1);
	unsetenv("NO_COLOR");
	daemon_start(daemon, WORDS("-o", "drain_timeout_ms=0"));
	cli_run(daemon, WORDS("enqueue", "thumbs", "424", "x"), NULL, 0, NULL, "");
}

/* ---- tables and colours -------------------------------------------------- */

START_TEST(test_tables)
{
	static const char *const peek[] = {"queue", "peek", "thumbs", NULL};
	struct daemon daemon = {0};
	struct pty pty;

	start_daemon(&daemon);
	run(&pty, &daemon, peek, ALL);
	require_in(pty.text, ESCAPE "[1mKEY" ESCAPE "[0m  ");
	require_in(pty.text, "424  " ESCAPE "[32mready" ESCAPE "[0m  ");
	refuse_in(pty.text, "{");
	pty_fini(&pty);
	run(&pty, &daemon, WORDS("queue", "peek", "thumbs", "--json"), ALL);
	require_in(pty.text, "{\"sets\":[{\"key\":\"424\"");
	refuse_in(pty.text, ESCAPE);
	pty_fini(&pty);
	/* A method by its name is called by a program. */
	run(&pty, &daemon, WORDS("ping", "--table", "--json"), ALL);
	ck_assert_str_eq(pty.text, "{\"pong\":true}\r\n");
	pty_fini(&pty);
	run(&pty, &daemon, WORDS("queue.list", "prefix=t"), ALL);
	ck_assert_str_eq(pty.text, "{\"queues\":[\"thumbs\"]}\r\n");
	pty_fini(&pty);
	/* Standard output decides. */
	run(&pty, &daemon, peek, PTY_IN | PTY_ERR);
	require_in(stream_rest(&pty.program.out), "{\"sets\":");
	ck_assert_uint_eq(pty.len, 0);
	pty_fini(&pty);
	/* A table in a pipe has no colours. */
	run(&pty, &daemon, WORDS("queue", "peek", "thumbs", "--table"), PTY_IN | PTY_ERR);
	require_in(stream_rest(&pty.program.out), "KEY  STATE");
	refuse_in(stream_rest(&pty.program.out), ESCAPE);
	pty_fini(&pty);
	daemon_stop(&daemon);
}
END_TEST

START_TEST(test_no_colours)
{
	static const char *const peek[] = {"queue", "peek", "thumbs", NULL};
	struct daemon daemon = {0};
	struct pty pty;

	start_daemon(&daemon);
	setenv("NO_COLOR", "1", 1);
	run(&pty, &daemon, peek, ALL);
	require_in(pty.text, "KEY  STATE");
	refuse_in(pty.text, ESCAPE);
	pty_fini(&pty);
	unsetenv("NO_COLOR");
	setenv("TERM", "dumb", 1);
	run(&pty, &daemon, peek, ALL);
	require_in(pty.text, "KEY  STATE");
	refuse_in(pty.text, ESCAPE);
	pty_fini(&pty);
	daemon_stop(&daemon);
}
END_TEST

/* Lines are as wide as the terminal, and no wider. */
START_TEST(test_width)
{
	struct daemon daemon = {0};
	struct pty pty;
	char big[200];
	const char *end;

	start_daemon(&daemon);
	setenv("NO_COLOR", "1", 1);
	memset(big, 'm', sizeof big - 1);
	big[sizeof big - 1] = '\0';
	cli_run(&daemon, WORDS("enqueue", "wide", "k", big), NULL, 0, NULL, "");
	run(&pty, &daemon, WORDS("queue", "peek", "wide"), ALL);
	end = strstr(pty.text, "mm\xe2\x80\xa6\r\n");
	ck_assert_ptr_nonnull(end);
	/* Two bytes more than columns: the last character has three. */
	ck_assert_int_eq(end + 5 - (strchr(pty.text, '\n') + 1), 80 + 2);
	pty_fini(&pty);
	daemon_stop(&daemon);
}
END_TEST

/* ---- hostile text -------------------------------------------------------- */

START_TEST(test_hostile_text)
{
	/* ESC, CSI as one character, and what turns the direction of the line. */
	static const char queue[] = "evil\xe2\x80\xae";
	static const char msg[] = "msg:=\"\\u001b[2J\\u0007\xc2\x9b"
				  "2J\xe2\x80\xae\"";
	static const char *const hostile[] = {ESCAPE, "\x07", "\xc2\x9b", "\xe2\x80\xae"};
	struct daemon daemon = {0};
	char queue_param[32];

	start_daemon(&daemon);
	setenv("NO_COLOR", "1", 1);
	snprintf(queue_param, sizeof queue_param, "queue=%s", queue);
	cli_run(&daemon, WORDS("enqueue", queue_param, "key:=\"\\u001b[31mk\"", msg), NULL, 0, NULL,
		"");
	const char *const *const lines[] = {
		WORDS("queue", "list"),
		WORDS("queue", "list", "--json"),
		WORDS("queue", "peek", queue),
		WORDS("queue", "peek", queue, "--json"),
		WORDS("queue.peek", queue_param),
		WORDS("queue", "stats", queue),
		WORDS("watch", queue, "--count", "1", "--json"),
		WORDS("dequeue", queue, "--release-on-close"),
	};
	for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
		struct pty pty;

		run(&pty, &daemon, lines[i], ALL);
		ck_assert_uint_gt(pty.len, 0);
		for (size_t j = 0; j < sizeof hostile / sizeof hostile[0]; j++)
			refuse_in(pty.text, hostile[j]);
		pty_fini(&pty);
	}
	/* In a pipe it is what it is. */
	cli_run(&daemon, WORDS("queue", "list", "--prefix", "evil"), NULL, 0,
		"{\"queues\":[\"evil\xe2\x80\xae\"]}\n", "");
	daemon_stop(&daemon);
}
END_TEST

/* What workers answered is no more trusted. */
START_TEST(test_hostile_results)
{
	struct daemon daemon = {0};
	struct program worker;
	struct pty pty;

	start_daemon(&daemon);
	cli_start(&worker, &daemon,
		WORDS("work", "m", "--", "printf", "\"a\\\\u001b[2J\\\\nb\xc2\x9b\"\\n"));
	pty_start(&pty, &daemon, WORDS("map", "m", "--raw", "--no-progress"), PTY_OUT);
	ck_assert_int_eq(write(pty.program.in, "1\n", 2), 2);
	close(pty.program.in);
	pty.program.in = -1;
	ck_assert_int_eq(pty_wait(&pty), 0);
	ck_assert_str_eq(pty.text, "a\\u001b[2J\r\nb\\u009b\r\n");
	pty_fini(&pty);
	program_signal(&worker, 15);
	cli_end(&worker, 0, "", "");
	daemon_stop(&daemon);
}
END_TEST

/* ---- watch --------------------------------------------------------------- */

START_TEST(test_watch)
{
	static const char *const twice[] = {
		"watch", "thumbs", "--count", "2", "--interval", "1", NULL};
	struct daemon daemon = {0};
	struct program program;
	struct pty pty;

	start_daemon(&daemon);
	/* In place: up again over the lines of the first sample. */
	run(&pty, &daemon, twice, ALL);
	require_in(pty.text, "\rthumbs" ESCAPE "[K\r\n");
	require_in(pty.text, ESCAPE "[17A\rthumbs");
	pty_fini(&pty);
	/* A line for each where the cursor cannot be moved, and as JSON in a pipe. */
	setenv("TERM", "dumb", 1);
	run(&pty, &daemon, twice, ALL);
	require_in(pty.text, "  depth  leased ");
	refuse_in(pty.text, ESCAPE);
	pty_fini(&pty);
	cli_start(&program, &daemon, twice);
	require_in(stream_line(&program.out), "{\"queue\":\"thumbs\",");
	require_in(stream_line(&program.out), "{\"queue\":\"thumbs\",");
	ck_assert_ptr_null(stream_line(&program.out));
	ck_assert_int_eq(program_wait(&program), 0);
	program_fini(&program);
	cli_run(&daemon, WORDS("watch", "thumps"), NULL, 1, "",
		"no_such_queue: there is no queue thumps\ntry: thumbs, ");
	daemon_stop(&daemon);
}
END_TEST

START_TEST(test_watch_is_interrupted)
{
	struct daemon daemon = {0};
	struct program program;
	struct termios before;
	struct termios after;
	struct pty pty;

	start_daemon(&daemon);
	pty_start(&pty, &daemon, WORDS("watch", "thumbs", "--interval", "1h"), ALL);
	before = pty_settings(&pty);
	pty_wait_for(&pty, "lease_expired");
	pty_type(&pty, "\x03");
	ck_assert_int_eq(pty_wait(&pty), 0);
	after = pty_settings(&pty);
	ck_assert_mem_eq(&before, &after, sizeof before);
	/* The cursor was never hidden, and no other screen was shown. */
	refuse_in(pty.text, ESCAPE "[?");
	pty_fini(&pty);
	/* So it ends in a pipe, and with the daemon. */
	cli_start(&program, &daemon, WORDS("watch", "thumbs", "--interval", "1h"));
	require_in(stream_line(&program.out), "{\"queue\":");
	program_signal(&program, 15);
	ck_assert_int_eq(program_wait(&program), 0);
	program_fini(&program);
	cli_start(&program, &daemon, WORDS("watch", "thumbs", "--interval", "1"));
	require_in(stream_line(&program.out), "{\"queue\":");
	daemon_stop(&daemon);
	ck_assert_int_eq(program_wait(&program), 3);
	program_fini(&program);
}
END_TEST

/* ---- progress ------------------------------------------------------------ */

/* Runs `map` over two lines with a worker; standard error is a terminal if `streams` has it. */
static void
run_map(struct pty *pty, const struct daemon *daemon, const char *const *words, unsigned streams)
{
	struct program worker;

	cli_start(&worker, daemon, WORDS("work", "m", "--", "echo", "7"));
	pty_start(pty, daemon, words, streams);
	ck_assert_int_eq(write(pty->program.in, "1\n2\n", 4), 4);
	close(pty->program.in);
	pty->program.in = -1;
	ck_assert_int_eq(pty_wait(pty), 0);
	program_signal(&worker, 15);
	cli_end(&worker, 0, "", "");
}

START_TEST(test_progress_of_map)
{
	struct daemon daemon = {0};
	struct pty pty;

	start_daemon(&daemon);
	run_map(&pty, &daemon, WORDS("map", "m"), PTY_ERR);
	require_in(pty.text, " lines" ESCAPE "[K\r");
	/* It is taken away at last, and the results are nothing but results. */
	ck_assert_str_eq(pty.text + pty.len - 4, "\r" ESCAPE "[K");
	ck_assert_str_eq(stream_rest(&pty.program.out), "7\n7\n");
	pty_fini(&pty);
	run_map(&pty, &daemon, WORDS("map", "m", "--no-progress"), PTY_ERR);
	ck_assert_uint_eq(pty.len, 0);
	pty_fini(&pty);
	/* It belongs to standard error alone. */
	run_map(&pty, &daemon, WORDS("map", "m"), PTY_OUT);
	ck_assert_str_eq(pty.text, "7\r\n7\r\n");
	ck_assert_str_eq(stream_rest(&pty.program.err), "");
	pty_fini(&pty);
	/* Where both are the terminal it is gone before a result comes. */
	run_map(&pty, &daemon, WORDS("map", "m"), PTY_OUT | PTY_ERR);
	require_in(pty.text, "\r" ESCAPE "[K7\r\n7\r\n");
	pty_fini(&pty);
	/* Behind `&` the terminal is another's. */
	run_map(&pty, &daemon, WORDS("map", "m"), PTY_OUT | PTY_ERR | PTY_BACKGROUND);
	ck_assert_str_eq(pty.text, "7\r\n7\r\n");
	pty_fini(&pty);
	setenv("TERM", "dumb", 1);
	run_map(&pty, &daemon, WORDS("map", "m"), PTY_OUT | PTY_ERR);
	ck_assert_str_eq(pty.text, "7\r\n7\r\n");
	pty_fini(&pty);
	daemon_stop(&daemon);
}
END_TEST

/* What a command prints on standard error stands on lines of its own. */
START_TEST(test_progress_of_work)
{
	static const char script[] = "printf 'one\\ntwo' >&2; exit 3";
	struct daemon daemon = {0};
	struct pty pty;

	start_daemon(&daemon);
	pty_start(&pty, &daemon,
		WORDS("work", "thumbs", "--once", "--no-retry", "--", "sh", "-c", script), PTY_ERR);
	ck_assert_int_eq(pty_wait(&pty), 1);
	require_in(pty.text, " sets" ESCAPE "[K\r");
	require_in(pty.text, "\r" ESCAPE "[Kone\r\n");
	require_in(pty.text, "two\r\n");
	require_in(pty.text, "\ninflight: key 424: exit status 3; finished with an error\r\n");
	pty_fini(&pty);
	cli_run(&daemon, WORDS("enqueue", "thumbs", "1"), NULL, 0, NULL, "");
	pty_start(&pty, &daemon,
		WORDS("work", "thumbs", "--once", "--no-progress", "--", "sh", "-c", script),
		PTY_ERR);
	ck_assert_int_eq(pty_wait(&pty), 1);
	require_in(pty.text, "one\r\ntwo");
	refuse_in(pty.text, ESCAPE);
	pty_fini(&pty);
	daemon_stop(&daemon);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("cli terminal");
	TCase *tcase = tcase_create("cli terminal");
	SRunner *runner;
	int failed;

	tcase_set_timeout(tcase, 60);
	tcase_add_test(tcase, test_tables);
	tcase_add_test(tcase, test_no_colours);
	tcase_add_test(tcase, test_width);
	tcase_add_test(tcase, test_hostile_text);
	tcase_add_test(tcase, test_hostile_results);
	tcase_add_test(tcase, test_watch);
	tcase_add_test(tcase, test_watch_is_interrupted);
	tcase_add_test(tcase, test_progress_of_map);
	tcase_add_test(tcase, test_progress_of_work);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
