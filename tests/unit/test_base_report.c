/*
 * Tests of what the program tells others: log lines, escaped text, error names; and of
 * the clock's arithmetic.
 */
#include <config.h>

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/check.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/log.h"

/* Standard error goes to a file from here on; each test is a process of its own. */
static FILE *
capture_stderr(void)
{
	FILE *file = tmpfile();

	ck_assert_ptr_nonnull(file);
	ck_assert_int_ge(dup2(fileno(file), STDERR_FILENO), 0);
	unsetenv("JOURNAL_STREAM");
	return file;
}

static void
expect_captured(FILE *file, const char *expected)
{
	char text[4096];
	size_t len;

	rewind(file);
	len = fread(text, 1, sizeof(text) - 1, file);
	text[len] = '\0';
	ck_assert_str_eq(text, expected);
	fclose(file);
}

START_TEST(lines_by_level)
{
	FILE *file = capture_stderr();

	log_error("one %d", 1);
	log_debug("not at this level");
	log_set_level(LOG_LEVEL_DEBUG);
	log_debug("two");
	log_set_level(LOG_LEVEL_ERROR);
	log_warning("no");
	log_info("no");
	log_error("three");
	log_set_level(LOG_LEVEL_INFO);
	log_warning("four");
	log_info("five");
	expect_captured(
		file, "error: one 1\ndebug: two\nerror: three\nwarning: four\ninfo: five\n");
}
END_TEST

START_TEST(journal_prefix)
{
	FILE *file = capture_stderr();
	char stream[64];
	struct stat st;

	ck_assert_int_eq(fstat(STDERR_FILENO, &st), 0);
	snprintf(stream, sizeof(stream), "%llu:%llu", (unsigned long long)st.st_dev,
		(unsigned long long)st.st_ino);
	setenv("JOURNAL_STREAM", stream, 1);
	log_error("one");
	log_info("two");
	expect_captured(file, "<3>error: one\n<6>info: two\n");
}
END_TEST

START_TEST(journal_elsewhere)
{
	FILE *file = capture_stderr();

	setenv("JOURNAL_STREAM", "1:1", 1);
	log_error("one");
	expect_captured(file, "error: one\n");
}
END_TEST

START_TEST(errno_survives)
{
	FILE *file = capture_stderr();

	errno = ENOENT;
	log_error("%m");
	ck_assert_int_eq(errno, ENOENT);
	expect_captured(file, "error: No such file or directory\n");

	/* A log that cannot be written is no reason to fail. */
	close(STDERR_FILENO);
	errno = EAGAIN;
	log_error("nobody reads this");
	ck_assert_int_eq(errno, EAGAIN);
}
END_TEST

START_TEST(long_lines_are_cut)
{
	FILE *file = capture_stderr();
	char text[4000], line[4000];
	size_t len;

	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	log_info("%s", text);
	rewind(file);
	len = fread(line, 1, sizeof(line), file);
	ck_assert_uint_gt(len, 2000);
	ck_assert_uint_le(len, 2048);
	ck_assert_int_eq(line[len - 1], '\n');
	ck_assert_int_eq(line[len - 2], 'x');
	fclose(file);
}
END_TEST

/* An event with every kind of value, in each form. */
static void
tell_event(enum log_format format)
{
	log_set_format(format);
	LOG(LOG_LEVEL_WARNING, "it \"happened\"", LOG_TEXT("plain", "tcp:127.0.0.1:80"),
		LOG_TEXT("empty", ""), LOG_TEXT("odd", "a \"b\" c\\d=\n\xff"),
		LOG_NUMBER("count", UINT64_MAX));
	LOG(LOG_LEVEL_DEBUG, "not at this level", LOG_NUMBER("count", 1));
}

START_TEST(events_as_text)
{
	FILE *file = capture_stderr();

	tell_event(LOG_FORMAT_TEXT);
	expect_captured(file, "warning: it \"happened\" plain=tcp:127.0.0.1:80 empty=\"\" "
			      "odd=\"a \\\"b\\\" c\\\\d=\\x0a\\xff\" count=18446744073709551615\n");
}
END_TEST

/* What was written since, without the time, which must look like one. */
static void
expect_timed(FILE *file, const char *before, const char *after)
{
	char text[2000];
	size_t len;
	char *end;

	rewind(file);
	len = fread(text, 1, sizeof(text) - 1, file);
	text[len] = '\0';
	ck_assert_int_eq(strncmp(text, before, strlen(before)), 0);
	end = text + strlen(before) + strlen("2026-11-24T12:30:00.123Z");
	ck_assert_uint_lt(strlen(before) + 24, len);
	ck_assert_int_eq(end[-1], 'Z');
	ck_assert_int_eq(end[-5], '.');
	ck_assert_int_eq(end[-14], 'T');
	ck_assert_str_eq(end, after);
	fclose(file);
}

START_TEST(events_as_keys)
{
	FILE *file = capture_stderr();

	tell_event(LOG_FORMAT_KEYS);
	expect_timed(file, "time=",
		" level=warning msg=\"it \\\"happened\\\"\" plain=tcp:127.0.0.1:80 empty=\"\" "
		"odd=\"a \\\"b\\\" c\\\\d=\\x0a\\xff\" count=18446744073709551615\n");
}
END_TEST

START_TEST(events_as_json)
{
	FILE *file = capture_stderr();

	tell_event(LOG_FORMAT_JSON);
	expect_timed(file, "{\"time\":\"",
		"\",\"level\":\"warning\",\"msg\":\"it \\\"happened\\\"\","
		"\"plain\":\"tcp:127.0.0.1:80\",\"empty\":\"\","
		"\"odd\":\"a \\\"b\\\" c\\\\d=\\\\x0a\\\\xff\",\"count\":18446744073709551615}\n");
}
END_TEST

/* Whatever there is to say, a line is whole: it has its end, and JSON its braces. */
START_TEST(long_events_are_cut)
{
	FILE *file = capture_stderr();
	char text[5000];
	char line[5000];
	size_t len;

	memset(text, '"', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	log_set_format(LOG_FORMAT_JSON);
	LOG(LOG_LEVEL_INFO, text, LOG_TEXT("a", text), LOG_TEXT("b", text), LOG_TEXT("c", text),
		LOG_NUMBER("n", 1));
	rewind(file);
	len = fread(line, 1, sizeof(line) - 1, file);
	line[len] = '\0';
	ck_assert_uint_le(len, 4096);
	ck_assert_str_eq(line + len - strlen("...\",\"n\":1}\n"), "...\",\"n\":1}\n");
	fclose(file);
}
END_TEST

START_TEST(level_names)
{
	enum log_level level = LOG_LEVEL_WARNING;

	ck_assert(!log_level_parse("loud", &level));
	ck_assert(!log_level_parse("", &level));
	ck_assert_int_eq(level, LOG_LEVEL_WARNING);
	for (int i = LOG_LEVEL_ERROR; i <= LOG_LEVEL_DEBUG; i++) {
		ck_assert(log_level_parse(log_level_name((enum log_level)i), &level));
		ck_assert_int_eq((int)level, i);
	}
	log_set_level(LOG_LEVEL_WARNING);
	ck_assert_int_eq(log_get_level(), LOG_LEVEL_WARNING);
}
END_TEST

START_TEST(text_is_escaped)
{
	char out[264];

	ck_assert_str_eq(log_text(out, SPAN("plain text ~")), "plain text ~");
	ck_assert_str_eq(log_text(out, SPAN("a\nb\x1b[2J")), "a\\x0ab\\x1b[2J");
	ck_assert_str_eq(log_text(out, SPAN("\0\x7f\x80\xff")), "\\x00\\x7f\\x80\\xff");
	ck_assert_str_eq(log_text(out, SPAN("\\x41")), "\\x5cx41");
	ck_assert_str_eq(log_text(out, span_make(NULL, 0)), "");
}
END_TEST

/* At 63, 64 and 65 bytes; what is left out is shown by dots. */
START_TEST(text_is_bounded)
{
	char out[264], text[65];

	memset(text, '\n', sizeof(text));
	ck_assert_uint_eq(strlen(log_text(out, span_make(text, 63))), 63 * 4);
	ck_assert_uint_eq(strlen(log_text(out, span_make(text, 64))), 64 * 4);
	ck_assert_uint_eq(strlen(log_text(out, span_make(text, 65))), 64 * 4 + 3);
	ck_assert_str_eq(out + 63 * 4, "\\x0a...");
}
END_TEST

START_TEST(errors)
{
	ck_assert_int_eq(err_code(ERR_NONE), 0);
	ck_assert_int_eq(err_code(ERR_SATURATED_DEPTH), -32001);
	ck_assert_str_eq(err_name(ERR_SATURATED_DEPTH), "saturated_depth");
	ck_assert_int_eq(err_code(ERR_LINE_TOO_LONG), -32600);
	ck_assert_int_eq(err_code(ERR_UNKNOWN_OUTCOME), -32041);
	for (int i = ERR_NONE + 1; i < ERR_COUNT; i++) {
		ck_assert_ptr_nonnull(err_name((enum err)i));
		ck_assert_int_ge(err_code((enum err)i), -32768);
		ck_assert_int_le(err_code((enum err)i), -32000);
		for (int k = ERR_NONE; k < i; k++)
			ck_assert_str_ne(err_name((enum err)i), err_name((enum err)k));
	}
}
END_TEST

START_TEST(error_out_of_range_aborts)
{
	err_code(ERR_COUNT);
}
END_TEST

START_TEST(times)
{
	uint64_t most = (TIME_NEVER - 1) / NS_PER_MS;

	ck_assert_uint_eq(ms_to_ns(3), 3000000);
	ck_assert_uint_eq(time_after_ms(7, 2), 2000007);
	ck_assert_uint_eq(time_after_ms(0, most - 1), (most - 1) * NS_PER_MS);
	ck_assert_uint_eq(time_after_ms(0, most), most * NS_PER_MS);
	ck_assert_uint_eq(time_after_ms(0, most + 1), TIME_NEVER - 1);
	ck_assert_uint_eq(time_after_ms(0, UINT64_MAX), TIME_NEVER - 1);
	ck_assert_uint_eq(time_after_ms(TIME_NEVER - 1, 0), TIME_NEVER - 1);
	ck_assert_uint_eq(time_after_ms(TIME_NEVER - 1, 1), TIME_NEVER - 1);
	ck_assert_uint_lt(time_after_ms(NS_PER_MS * 1000, UINT64_C(1000000000000)), TIME_NEVER);

	ck_assert_uint_eq(ms_between(5, 5), 0);
	ck_assert_uint_eq(ms_between(6, 5), 0);
	ck_assert_uint_eq(ms_between(0, NS_PER_MS - 1), 0);
	ck_assert_uint_eq(ms_between(0, NS_PER_MS), 1);
	ck_assert_uint_eq(ms_between(1, NS_PER_MS), 0);
	ck_assert_uint_eq(ms_between(0, UINT64_MAX), UINT64_MAX / NS_PER_MS);
}
END_TEST

START_TEST(clock_goes_forward)
{
	uint64_t last = clock_now_ns();

	for (int i = 0; i < 1000; i++) {
		uint64_t now = clock_now_ns();

		ck_assert_uint_ge(now, last);
		last = now;
	}
}
END_TEST

START_TEST(check_aborts)
{
	CHECK(1 + 1 == 2);
	CHECK(1 + 1 == 3);
}
END_TEST

/* A pipe that is full, and that nobody reads: to write to it would be to wait for ever. */
static void
fill_stderr(int *ret_reader)
{
	static const char bytes[4096];
	int fds[2];

	ck_assert_int_eq(pipe(fds), 0);
	fcntl(fds[1], F_SETFL, O_NONBLOCK);
	while (write(fds[1], bytes, sizeof(bytes)) > 0)
		continue;
	fcntl(fds[1], F_SETFL, 0);
	ck_assert_int_ge(dup2(fds[1], STDERR_FILENO), 0);
	*ret_reader = fds[0];
}

START_TEST(unread_lines_are_lost_and_counted)
{
	char text[1 << 20];
	ssize_t len;
	int reader;

	fill_stderr(&reader);
	log_error("one");
	log_error("two");
	len = read(reader, text, sizeof(text));
	ck_assert_int_gt(len, 0);
	ck_assert_ptr_null(memchr(text, 'e', (size_t)len));
	log_error("three");
	log_error("four");
	len = read(reader, text, sizeof(text));
	ck_assert_int_gt(len, 0);
	text[len] = '\0';
	ck_assert_str_eq(text, "warning: lines of the log were lost: nobody read them lost=2\n"
			       "error: three\nerror: four\n");
}
END_TEST

START_TEST(full_stderr_keeps_nobody_alive)
{
	int reader;

	fill_stderr(&reader);
	if (_i == 0)
		out_of_memory();
	CHECK(_i == 0);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("base_report");
	TCase *tcase = tcase_create("report");
	SRunner *runner;
	int failed;

	tcase_add_test(tcase, lines_by_level);
	tcase_add_test(tcase, journal_prefix);
	tcase_add_test(tcase, journal_elsewhere);
	tcase_add_test(tcase, errno_survives);
	tcase_add_test(tcase, events_as_text);
	tcase_add_test(tcase, events_as_keys);
	tcase_add_test(tcase, events_as_json);
	tcase_add_test(tcase, long_events_are_cut);
	tcase_add_test(tcase, unread_lines_are_lost_and_counted);
	tcase_add_loop_test_raise_signal(tcase, full_stderr_keeps_nobody_alive, SIGABRT, 0, 2);
	tcase_add_test(tcase, long_lines_are_cut);
	tcase_add_test(tcase, level_names);
	tcase_add_test(tcase, text_is_escaped);
	tcase_add_test(tcase, text_is_bounded);
	tcase_add_test(tcase, errors);
	tcase_add_test_raise_signal(tcase, error_out_of_range_aborts, SIGABRT);
	tcase_add_test(tcase, times);
	tcase_add_test(tcase, clock_goes_forward);
	tcase_add_test_raise_signal(tcase, check_aborts, SIGABRT);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
