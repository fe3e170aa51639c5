/*
 * The writer: every byte, every length, and back through the scanner.
 */
#include <config.h>

#include <check.h>
#include <stdio.h>
#include <stdlib.h>

#include "json/scan.h"
#include "json/write.h"

static struct buf buf;

static void
setup(void)
{
	buf_init(&buf);
}

static void
teardown(void)
{
	buf_fini(&buf);
}

static void
assert_written(const char *want)
{
	struct span got = buf_span(&buf);

	if (!span_equal(got, span_str(want)))
		ck_abort_msg("wrote %.*s, not %s", (int)got.len, got.ptr, want);
	buf_truncate(&buf, 0);
}

START_TEST(every_byte)
{
	static const char *const letters[] = {['\b'] = "\\b",
		['\t'] = "\\t",
		['\n'] = "\\n",
		['\f'] = "\\f",
		['\r'] = "\\r",
		['"'] = "\\\"",
		['\\'] = "\\\\"};

	for (int c = 0; c < 0x80; c++) {
		char byte = (char)c;
		char want[16];

		if (c <= '\\' && letters[c] != NULL)
			snprintf(want, sizeof want, "\"%s\"", letters[c]);
		else if (c < ' ')
			snprintf(want, sizeof want, "\"\\u%04x\"", (unsigned int)c);
		else
			snprintf(want, sizeof want, "\"%c\"", c);
		json_add_string(&buf, span_make(&byte, 1));
		assert_written(want);
		json_add_untrusted(&buf, span_make(&byte, 1));
		assert_written(want);
	}
}
END_TEST

START_TEST(passes_utf8_through)
{
	const char *text = "\x7f\xc2\x80\xe2\x82\xac\xf0\x9f\x98\x80 gr\xc3\xbc\xc3\x9f";
	char want[64];

	snprintf(want, sizeof want, "\"%s\"", text);
	json_add_string(&buf, span_str(text));
	assert_written(want);
	json_add_untrusted(&buf, span_str(text));
	assert_written(want);
}
END_TEST

START_TEST(empty_strings)
{
	json_add_string(&buf, SPAN(""));
	assert_written("\"\"");
	json_add_string(&buf, span_make(NULL, 0));
	assert_written("\"\"");
	json_add_untrusted(&buf, span_make(NULL, 0));
	assert_written("\"\"");
}
END_TEST

START_TEST(replaces_what_is_no_utf8)
{
	static const struct {
		const char *text;
		const char *want;
	} rows[] = {
		{"\xff", "\"\xef\xbf\xbd\""},
		{"a\x80z", "\"a\xef\xbf\xbdz\""},
		{"\xc3", "\"\xef\xbf\xbd\""},
		{"\xc3\n", "\"\xef\xbf\xbd\\n\""},
		{"\xed\xa0\x80", "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\""},
		{"\xf0\x9f\x98\xf0\x9f\x98\x80",
			"\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xf0\x9f\x98\x80\""},
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		json_add_untrusted(&buf, span_str(rows[i].text));
		assert_written(rows[i].want);
	}
}
END_TEST

/* Strings of every length around a word, each byte in turn a special one, read back. */
START_TEST(comes_back_through_the_scanner)
{
	static const char special[] = {'"', '\\', '\n', '\0', 0x1f};
	char text[40];

	for (size_t i = 0; i < sizeof text * sizeof text * sizeof special; i++) {
		size_t len = i / sizeof special / sizeof text;
		size_t at = i / sizeof special % sizeof text;
		struct span got;
		struct scan scan;

		memset(text, 'x', sizeof text);
		text[at] = special[i % sizeof special];
		json_add_string(&buf, span_make(text, len));
		ck_assert(scan_line(buf_span(&buf), NULL, &scan));
		ck_assert_int_eq(scan.root.escaped, at < len);
		got = value_unescape(&scan.root);
		if (!span_equal(got, span_make(text, len)))
			ck_abort_msg("length %zu, byte %zu", len, at);
		buf_truncate(&buf, 0);
	}
}
END_TEST

START_TEST(members)
{
	json_first(&buf, SPAN("a"));
	buf_add_uint(&buf, 1);
	json_member(&buf, SPAN("bc"));
	json_add_bool(&buf, true);
	json_member_string(&buf, SPAN("s"), SPAN("x\ty"));
	json_member_uint(&buf, SPAN("n"), UINT64_MAX);
	json_member_bool(&buf, SPAN("no"), false);
	json_member_raw(&buf, SPAN("raw"), SPAN("{\"any\": [1]}"));
	buf_add_char(&buf, '}');
	assert_written(
		"{\"a\":1,\"bc\":true,\"s\":\"x\\ty\",\"n\":18446744073709551615,\"no\":false,"
		"\"raw\":{\"any\": [1]}}");
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("write");
	TCase *tcase = tcase_create("write");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, every_byte);
	tcase_add_test(tcase, passes_utf8_through);
	tcase_add_test(tcase, empty_strings);
	tcase_add_test(tcase, replaces_what_is_no_utf8);
	tcase_add_test(tcase, comes_back_through_the_scanner);
	tcase_add_test(tcase, members);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? 0 : 1;
}
