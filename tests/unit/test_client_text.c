/*
 * JSON as text in the client: what is accepted, walking over members, strings, and
 * integers at their limits. jansson is the second opinion.
 */
#include <config.h>

#include <check.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "client/text.h"

static struct inflight_span
span(const char *text)
{
	return (struct inflight_span){text, strlen(text)};
}

static const char *const samples[] = {"", " ", "null", "true", "false", "nul", "nulll", "True", "0",
	"-0", "-", "+1", "01", "1.", ".1", "1.5", "1e5", "1E+5", "1e-5", "1e", "1e+", "-1.25e-2",
	"\"\"", "\"a\"", "\"", "\"a", "\"\\\"", "\"\\\"\"", "\"\\x\"", "\"\\u00e9\"", "\"\\u00g0\"",
	"\"\\u12\"", "\"\\ud83d\\ude00\"", "\"\\ud83d\"", "\"\\ude00\"", "\"\\ud83d\\u0041\"",
	"\"\t\"", "\"\x7f\"", "\"\xc3\xa9\"", "\"\xc3\"", "\"\xc0\x80\"", "\"\xe0\x9f\xbf\"",
	"\"\xe0\xa0\x80\"", "\"\xed\xa0\x80\"", "\"\xed\x9f\xbf\"", "\"\xf0\x8f\xbf\xbf\"",
	"\"\xf0\x90\x80\x80\"", "\"\xf4\x8f\xbf\xbf\"", "\"\xf4\x90\x80\x80\"",
	"\"\xf5\x80\x80\x80\"", "\"\xff\"", "[]", "[ ]", "[1]", "[1,]", "[,1]", "[1 2]", "[1,2",
	"[1}", "]", "{}", "{ }", "{\"a\":1}", "{\"a\" : 1 , \"b\":[]}", "{\"a\"}", "{\"a\":}",
	"{a:1}", "{\"a\":1,}", "{\"a\":1]", "{1:1}", "{} {}", "[[[[]]]]",
	"[{\"a\":[{\"b\":null}]}]", "1 2", "'a'", "\"a\"b", "{\"a\":1,\"a\":2}", "\r\n[1]\t"};

START_TEST(test_accepts_what_jansson_accepts)
{
	const char *text = samples[_i];
	json_t *tree = json_loads(text, JSON_DECODE_ANY, NULL);
	struct inflight_span value = {NULL, 0};
	const char *wrong = inflight_text_check(span(text), 128, &value);

	ck_assert_msg((wrong == NULL) == (tree != NULL), "%s: %s", text, wrong);
	if (wrong == NULL) {
		ck_assert_msg(value.len > 0 && strchr(" \t\r\n", value.ptr[0]) == NULL, "%s", text);
		ck_assert_ptr_null(strchr(" \t\r\n", value.ptr[value.len - 1]));
	} else {
		ck_assert_ptr_null(value.ptr);
	}
	json_decref(tree);
}
END_TEST

START_TEST(test_every_cut_is_refused)
{
	static const char text[] = "{\"a\\u00e9\":[1,{\"b\":\"\xf0\x9f\x98\x80\"}],\"c\":-1}";
	struct inflight_span value;

	for (size_t len = 0; len < sizeof text - 1; len++) {
		/* On the heap, so that a read behind the end is seen by the checkers. */
		char *copy = malloc(len == 0 ? 1 : len);

		memcpy(copy, text, len);
		ck_assert_ptr_nonnull(
			inflight_text_check((struct inflight_span){copy, len}, 128, &value));
		free(copy);
	}
	ck_assert_ptr_null(inflight_text_check(span(text), 128, &value));
}
END_TEST

START_TEST(test_depth)
{
	struct inflight_span value;

	ck_assert_ptr_null(inflight_text_check(span("[[1]]"), 2, &value));
	ck_assert_str_eq(inflight_text_check(span("[[[1]]]"), 2, &value), "nested too deep");
	ck_assert_str_eq(
		inflight_text_check(span("{\"a\":{\"a\":[]}}"), 2, &value), "nested too deep");
	ck_assert_ptr_null(inflight_text_check(span("[[],[],[[]]]"), 3, &value));
}
END_TEST

START_TEST(test_walk)
{
	static const char object[] = "{ \"a\" : [1, {\"x\":2}] , \"b\\u0063\":null,\"a\":3 }";
	struct inflight_walk walk;
	struct inflight_span name;
	struct inflight_span value;

	ck_assert(inflight_text_member(span(object), "a", &value));
	ck_assert(inflight_text_is(value, "[1, {\"x\":2}]"));
	ck_assert(inflight_text_member(span(object), "bc", &value));
	ck_assert(inflight_text_is(value, "null"));
	ck_assert(!inflight_text_member(span(object), "x", &value));
	ck_assert(!inflight_text_member(span("[1]"), "x", &value));
	ck_assert(!inflight_text_member(span("\"x\""), "x", &value));

	inflight_text_member(span(object), "a", &value);
	inflight_walk_init(&walk, value);
	ck_assert(inflight_walk_next(&walk, &name, &value));
	ck_assert_uint_eq(name.len, 0);
	ck_assert(inflight_text_is(value, "1"));
	ck_assert(inflight_walk_next(&walk, &name, &value));
	ck_assert(inflight_text_is(value, "{\"x\":2}"));
	ck_assert(!inflight_walk_next(&walk, &name, &value));
	inflight_walk_init(&walk, span("{}"));
	ck_assert(!inflight_walk_next(&walk, &name, &value));
	inflight_walk_init(&walk, span("7"));
	ck_assert(!inflight_walk_next(&walk, &name, &value));
}
END_TEST

START_TEST(test_strings)
{
	struct inflight_bytes out = {0};
	static const char quoted[] =
		"\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\\u20ac\\ud83d\\ude00\\u0041z\"";
	static const char plain[] = "\"\\/\b\f\n\r\t\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80"
				    "Az";
	static const char raw[] = "a\"\\\n\t\x01\xc3\xa9";

	ck_assert(inflight_text_unquote(span(quoted), &out));
	ck_assert_uint_eq(inflight_bytes_len(&out), sizeof plain - 1);
	ck_assert_mem_eq(inflight_bytes_span(&out).ptr, plain, sizeof plain - 1);
	ck_assert(!inflight_text_unquote(span("12"), &out));
	inflight_bytes_clear(&out);
	inflight_text_quote(span(raw), &out);
	inflight_bytes_add(&out, "", 1);
	ck_assert_str_eq(inflight_bytes_span(&out).ptr, "\"a\\\"\\\\\\n\\t\\u0001\xc3\xa9\"");
	inflight_bytes_fini(&out);
}
END_TEST

START_TEST(test_integers)
{
	static const char *const none[] = {"", "-", "1.0", "1e2", "\"1\"", "9223372036854775808",
		"-9223372036854775809", "99999999999999999999", "null"};
	int64_t value = 0;

	for (size_t i = 0; i < sizeof none / sizeof none[0]; i++)
		ck_assert_msg(!inflight_text_int(span(none[i]), &value), "%s", none[i]);
	ck_assert(inflight_text_int(span("0"), &value) && value == 0);
	ck_assert(inflight_text_int(span("-42"), &value) && value == -42);
	ck_assert(inflight_text_int(span("9223372036854775807"), &value) && value == INT64_MAX);
	ck_assert(inflight_text_int(span("-9223372036854775808"), &value) && value == INT64_MIN);
}
END_TEST

START_TEST(test_bytes)
{
	struct inflight_bytes bytes = {0};
	struct inflight_span all;

	/* Added at the end and dropped at the start, over many times its size. */
	for (int i = 0; i < 10000; i++) {
		inflight_bytes_add_text(&bytes, "abc");
		inflight_bytes_add_uint(&bytes, 7);
		inflight_bytes_drop(&bytes, i % 3 == 0 ? 2 : 4);
		all = inflight_bytes_span(&bytes);
		ck_assert_int_eq(all.len == 0 ? '7' : all.ptr[all.len - 1], '7');
	}
	ck_assert_uint_eq(inflight_bytes_len(&bytes), 2 * 3334);
	/* More than there can be fails once and for all, until it is cleared. */
	ck_assert_ptr_null(inflight_bytes_reserve(&bytes, SIZE_MAX / 2));
	inflight_bytes_add_text(&bytes, "x");
	ck_assert(bytes.failed);
	inflight_bytes_clear(&bytes);
	ck_assert(!bytes.failed);
	inflight_bytes_fini(&bytes);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("client text");
	TCase *tcase = tcase_create("text");
	SRunner *runner;
	int failed;

	tcase_add_loop_test(
		tcase, test_accepts_what_jansson_accepts, 0, sizeof samples / sizeof samples[0]);
	tcase_add_test(tcase, test_every_cut_is_refused);
	tcase_add_test(tcase, test_depth);
	tcase_add_test(tcase, test_walk);
	tcase_add_test(tcase, test_strings);
	tcase_add_test(tcase, test_integers);
	tcase_add_test(tcase, test_bytes);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
