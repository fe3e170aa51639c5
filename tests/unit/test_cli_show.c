/*
 * What people see: numbers with units, text that cannot control a terminal, columns of
 * the right width, results as tables.
 */
#include <config.h>

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/human.h"
#include "cli/progress.h"
#include "cli/safe.h"
#include "cli/show.h"
#include "cli/table.h"
#include "cli/terminal.h"

static const struct terminal pipe_;
static const struct terminal narrow = {.is_one = true, .width = 20};
static const struct terminal coloured = {
	.is_one = true, .moves = true, .colours = true, .width = 80};

static struct inflight_span
span(const char *text)
{
	return (struct inflight_span){text, strlen(text)};
}

/* ---- numbers ------------------------------------------------------------- */

START_TEST(test_numbers)
{
	char text[HUMAN_SIZE];

	ck_assert_str_eq(human_count(text, 0), "0");
	ck_assert_str_eq(human_count(text, 999), "999");
	ck_assert_str_eq(human_count(text, 1204), "1 204");
	ck_assert_str_eq(human_count(text, -123456), "-123 456");
	ck_assert_str_eq(human_count(text, INT64_MAX), "9 223 372 036 854 775 807");
	ck_assert_str_eq(human_count(text, INT64_MIN), "-9 223 372 036 854 775 808");
	ck_assert_str_eq(human_ms(text, 0), "0 ms");
	ck_assert_str_eq(human_ms(text, 999), "999 ms");
	ck_assert_str_eq(human_ms(text, 1000), "1 s");
	ck_assert_str_eq(human_ms(text, 3249), "3.2 s");
	ck_assert_str_eq(human_ms(text, 59999), "59.9 s");
	ck_assert_str_eq(human_ms(text, 60000), "1 min");
	ck_assert_str_eq(human_ms(text, 61000), "1 min 1 s");
	ck_assert_str_eq(human_ms(text, 3600000), "1 h");
	ck_assert_str_eq(human_ms(text, 7500000), "2 h 5 min");
	ck_assert_str_eq(human_ms(text, 90000000), "1 d 1 h");
	ck_assert_str_eq(human_ms(text, INT64_MAX), "106751991167 d 7 h");
	ck_assert_str_eq(human_us(text, 999), "999 us");
	ck_assert_str_eq(human_us(text, 1200), "1.2 ms");
	ck_assert_str_eq(human_us(text, 12345), "12 ms");
	ck_assert_str_eq(human_bytes(text, 0), "0 B");
	ck_assert_str_eq(human_bytes(text, 1023), "1023 B");
	ck_assert_str_eq(human_bytes(text, 1024), "1 KiB");
	ck_assert_str_eq(human_bytes(text, 1572864), "1.5 MiB");
	ck_assert_str_eq(human_bytes(text, INT64_MAX), "8 EiB");
	ck_assert_str_eq(human_rate(text, 0), "0.0/s");
	ck_assert_str_eq(human_rate(text, 9.94), "9.9/s");
	ck_assert_str_eq(human_rate(text, 1204.7), "1 204/s");
}
END_TEST

/* ---- safe text ----------------------------------------------------------- */

static void
require_safe(void (*make)(struct inflight_span, struct inflight_bytes *), const char *text,
	const char *expected)
{
	struct inflight_bytes out = {0};

	make(span(text), &out);
	inflight_bytes_add(&out, "", 1);
	ck_assert_str_eq(inflight_bytes_span(&out).ptr, expected);
	inflight_bytes_fini(&out);
}

START_TEST(test_safe_text)
{
	safe_init();
	require_safe(safe_text, "", "");
	require_safe(safe_text, "plain ~", "plain ~");
	require_safe(safe_text, "\x1b[2J", "\\u001b[2J");
	require_safe(safe_text, "a\nb\tc\rd\x7f", "a\\u000ab\\u0009c\\u000dd\\u007f");
	/* C1 controls are controls in UTF-8 too. */
	require_safe(safe_text,
		"\xc2\x9b"
		"31m",
		"\\u009b31m");
	/* What turns the direction, hides, or is nothing at all. */
	require_safe(safe_text,
		"a\xe2\x80\xae"
		"b",
		"a\\u202eb");
	require_safe(safe_text,
		"a\xe2\x80\x8b"
		"b",
		"a\\u200bb");
	require_safe(safe_text, "\xef\xbb\xbf", "\\ufeff");
	require_safe(safe_text, "\xf3\xa0\x81\x81", "\\udb40\\udc41");
	/* Letters of all kinds stay. */
	require_safe(safe_text, "gr\xc3\xbc\xc3\x9f", "gr\xc3\xbc\xc3\x9f");
	require_safe(safe_text, "\xe6\xbc\xa2\xf0\x9f\x98\x80", "\xe6\xbc\xa2\xf0\x9f\x98\x80");
	/* What is no UTF-8: alone, cut off, overlong, a surrogate, beyond the end. */
	require_safe(safe_text,
		"\xff"
		"a",
		"\\xffa");
	require_safe(safe_text, "\xe6\xbc", "\\xe6\\xbc");
	require_safe(safe_text, "\xc0\x80", "\\xc0\\x80");
	require_safe(safe_text, "\xed\xa0\x80", "\\xed\\xa0\\x80");
	require_safe(safe_text, "\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80");
	require_safe(safe_json, "{\t\"a\":\"\x7f\"}", "{\t\"a\":\"\\u007f\"}");
	require_safe(safe_lines, "a\tb\nc\rd\x1b", "a\tb\nc\\u000dd\\u001b");
	require_safe(safe_message, "a\x1b[m\xff\xe2\x80\xae.", "a?[m??.");
}
END_TEST

START_TEST(test_width)
{
	safe_init();
	ck_assert_uint_eq(safe_width(span("abc")), 3);
	ck_assert_uint_eq(safe_width(span("gr\xc3\xbc\xc3\x9f")), 4);
	ck_assert_uint_eq(safe_width(span("\xe6\xbc\xa2\xe5\xad\x97")), 4);
	ck_assert_uint_eq(safe_width(span("e\xcc\x81")), 1); /* an accent of its own */
	ck_assert_uint_eq(safe_fit(span("abc"), 2), 2);
	ck_assert_uint_eq(safe_fit(span("\xe6\xbc\xa2\xe5\xad\x97"), 3), 3);
	ck_assert_uint_eq(safe_fit(span("abc"), 9), 3);
}
END_TEST

/* ---- tables -------------------------------------------------------------- */

/* What was printed to a stream in memory. */
struct printed {
	char *text;
	size_t len;
	FILE *file;
};

static void
printed_begin(struct printed *printed)
{
	*printed = (struct printed){0};
	printed->file = open_memstream(&printed->text, &printed->len);
	ck_assert_ptr_nonnull(printed->file);
}

static void
printed_require(struct printed *printed, const char *expected)
{
	fclose(printed->file);
	ck_assert_str_eq(printed->text, expected);
	free(printed->text);
}

static void
fill_table(struct table *table)
{
	table_add_column(table, "name");
	table_add_column(table, "n");
	table_add_column(table, "msg");
	table_set_right(table, 1);
	table_add_row(table);
	table_set_text(table, 0,
		"gr\xc3\xbc\xc3\x9f"
		"e",
		STYLE_PLAIN);
	table_set_text(table, 1, "1 204", STYLE_BAD);
	table_set_text(table, 2, "a longer message", STYLE_PLAIN);
	table_add_row(table);
	table_set_text(table, 0, "\xe6\xbc\xa2\n", STYLE_GOOD);
	table_set_text(table, 1, "7", STYLE_PLAIN);
}

START_TEST(test_table)
{
	struct table table = {0};
	struct printed printed;

	safe_init();
	fill_table(&table);
	printed_begin(&printed);
	table_print(&table, printed.file, &pipe_, true);
	printed_require(&printed, "NAME          N  MSG\n"
				  "gr\xc3\xbc\xc3\x9f"
				  "e     1 204  a longer message\n"
				  "\xe6\xbc\xa2\\u000a      7\n");
	/* On a terminal what does not fit is cut, and says so. */
	fill_table(&table);
	printed_begin(&printed);
	table_print(&table, printed.file, &narrow, true);
	printed_require(&printed, "NAME          N  MSG\n"
				  "gr\xc3\xbc\xc3\x9f"
				  "e     1 204  a \xe2\x80\xa6\n"
				  "\xe6\xbc\xa2\\u000a      7\n");
	fill_table(&table);
	printed_begin(&printed);
	table_print(&table, printed.file, &coloured, true);
	printed_require(&printed, "\033[1mNAME\033[0m          \033[1mN\033[0m  \033[1mMSG\033[0m\n"
				  "gr\xc3\xbc\xc3\x9f"
				  "e     \033[31m1 204\033[0m  a longer message\n"
				  "\033[32m\xe6\xbc\xa2\\u000a\033[0m      7\n");
	/* Without rows there is the heading. */
	table_add_column(&table, "x");
	printed_begin(&printed);
	table_print(&table, printed.file, &pipe_, true);
	printed_require(&printed, "X\n");
	ck_assert_uint_eq(table.column_count, 0);
}
END_TEST

static void
require_shown(const char *result, const char *expected)
{
	struct printed printed;

	printed_begin(&printed);
	show_table(printed.file, &pipe_, span(result));
	printed_require(&printed, expected);
}

START_TEST(test_results)
{
	safe_init();
	require_shown("{}", "done\n");
	require_shown("{\"set\":null}", "no set\n");
	require_shown("{\"queues\":[]}", "no queues\n");
	require_shown("{\"queues\":[\"a\",\"b\\u001bc\"]}", "a\nb\\u001bc\n");
	require_shown("{\"pong\":true,\"n\":1204,\"lease_ms\":3200,\"turn_max_us\":73,\"pid\":1234,"
		      "\"memory_bytes\":2048,\"big\":12345678901234567890,\"x\":1.50}",
		"pong          yes\n"
		"n             1 204\n"
		"lease         3.2 s\n"
		"turn_max      73 us\n"
		"pid           1234\n"
		"memory_bytes  2 KiB\n"
		"big           12345678901234567890\n"
		"x             1.50\n");
	require_shown("{\"a\\u001b\":[]}", "no a\\u001b\n");
	require_shown("{\"a\\u001b\":{\"b\\u001b\":1}}", "a\\u001b\nb\\u001b  1\n");
	require_shown("{\"a\\u001b\":null}", "no a\\u001b\n");
	require_shown("{\"a\":[{\"b\\u001b\":1}]}", "B\\u001b\n      1\n");
	/* Lists of the daemon are looked into, JSON of the clients is not. */
	require_shown("{\"done\":true,\"result\":[{\"a\":1}],\"msg\":{\"b\": 2}}",
		"done    yes\n"
		"result  [{\"a\":1}]\n"
		"msg     {\"b\": 2}\n");
	require_shown(
		"{\"a\":1,\"limits\":{\"max_line\":4096}}", "a  1\n\nlimits\nmax_line  4 096\n");
	require_shown("{\"methods\":[{\"name\":\"ping\",\"params\":[]},{\"name\":\"x\",\"params\":"
		      "[\"a\",\"b\"]}]}",
		"NAME  PARAMS\nping\nx     a b\n");
}
END_TEST

/* Sets with ops: a row for each op, that of the set beside the first; payloads last. */
START_TEST(test_sets)
{
	safe_init();
	require_shown("{\"sets\":[{\"key\":\"k\",\"state\":\"ready\",\"attempt\":0,\"age_ms\":12,"
		      "\"ops\":[{\"op\":\"1\",\"msg\":\"x\\ny\"},{\"op\":\"2\",\"msg\":[1, 2],"
		      "\"group\":\"g\"}]},{\"key\":\"long\",\"state\":\"dead\",\"attempt\":12,"
		      "\"age_ms\":90000,\"ops\":[{\"op\":\"3\",\"msg\":null}]}]}",
		"KEY   STATE  ATTEMPT         AGE  OP  GROUP  MSG\n"
		"k     ready        0       12 ms  1          x\\u000ay\n"
		"                                  2   g      [1, 2]\n"
		"long  dead        12  1 min 30 s  3          null\n");
}
END_TEST

/* ---- progress ------------------------------------------------------------ */

static void
require_progress(struct progress progress, size_t columns, const char *expected)
{
	char text[100];

	progress_text(&progress, columns, text, sizeof text);
	ck_assert_str_eq(text, expected);
}

START_TEST(test_progress)
{
	struct progress progress = {.noun = "lines"};

	require_progress(progress, 80, "0 lines");
	progress.total = 2000;
	require_progress(progress, 80, "[--------------------] 0%  0 of 2 000 lines");
	progress.done = 500;
	progress.elapsed_ms = 10000;
	require_progress(
		progress, 80, "[#####---------------] 25%  500 of 2 000 lines, 50/s, 31 s left");
	progress.failed = 3;
	progress.running = 4;
	progress.growing = true;
	require_progress(progress, 80,
		"[#####---------------] 25%  500 of 2 000+ lines, 3 failed, 4 running, 50/s");
	/* What does not fit is left away as a whole. */
	require_progress(progress, 43, "[#####---------------] 25%  500 of 2 000+");
	require_progress(progress, 10, " 25%  500");
	require_progress(progress, 0, "");
	progress.done = progress.total;
	require_progress(progress, 44, "[####################] 100%  2 000 of 2 000+");
	/* More than was known of: no bar, which could only be wrong. */
	progress.done = 2001;
	require_progress(progress, 80, "2 001 of 2 000+ lines, 3 failed, 4 running, 200/s");
}
END_TEST

START_TEST(test_terminal)
{
	struct terminal file = terminal_of(-1);

	ck_assert(!file.is_one);
	ck_assert(!file.colours);
	ck_assert_uint_eq(file.width, 0);
	ck_assert_str_eq(style_begin(&file, STYLE_BAD), "");
	ck_assert_str_eq(style_end(&file, STYLE_BAD), "");
	ck_assert_str_eq(style_begin(&coloured, STYLE_PLAIN), "");
	ck_assert_str_eq(style_end(&coloured, STYLE_PLAIN), "");
	ck_assert_str_ne(style_begin(&coloured, STYLE_BAD), "");
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("cli show");
	TCase *tcase = tcase_create("cli show");
	SRunner *runner;
	int failed;

	tcase_add_test(tcase, test_numbers);
	tcase_add_test(tcase, test_safe_text);
	tcase_add_test(tcase, test_width);
	tcase_add_test(tcase, test_table);
	tcase_add_test(tcase, test_results);
	tcase_add_test(tcase, test_sets);
	tcase_add_test(tcase, test_progress);
	tcase_add_test(tcase, test_terminal);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
