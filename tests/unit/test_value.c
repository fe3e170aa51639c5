/*
 * Values of scanned text: types, walking, comparing, undoing escapes, numbers.
 */
#include <config.h>

#include <check.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include "json/scan.h"

static char *copy;

/* A value whose bytes may be written to, and end with the memory they are in. */
static struct value
value(const char *text)
{
	struct scan scan;
	size_t len = strlen(text);

	free(copy);
	copy = malloc(len);
	ck_assert_ptr_nonnull(copy);
	memcpy(copy, text, len);
	if (!scan_line(span_make(copy, len), NULL, &scan))
		ck_abort_msg("%s: %s", text, scan.error);
	return scan.root;
}

static void
assert_span(struct span span, struct span want)
{
	if (!span_equal(span, want))
		ck_abort_msg("is %.*s, not %.*s", (int)span.len, span.ptr, (int)want.len, want.ptr);
}

START_TEST(type_names)
{
	ck_assert_str_eq(value_type_name(VALUE_NONE), "nothing");
	ck_assert_str_eq(value_type_name(VALUE_NULL), "null");
	ck_assert_str_eq(value_type_name(VALUE_FALSE), "false");
	ck_assert_str_eq(value_type_name(VALUE_TRUE), "true");
	ck_assert_str_eq(value_type_name(VALUE_INTEGER), "an integer");
	ck_assert_str_eq(value_type_name(VALUE_REAL), "a real number");
	ck_assert_str_eq(value_type_name(VALUE_STRING), "a string");
	ck_assert_str_eq(value_type_name(VALUE_ARRAY), "an array");
	ck_assert_str_eq(value_type_name(VALUE_OBJECT), "an object");
}
END_TEST

START_TEST(type_beyond_the_enum)
{
	value_type_name((enum value_type)99);
}
END_TEST

START_TEST(reads_values)
{
	static const struct {
		const char *text;
		enum value_type type;
		bool escaped;
	} rows[] = {
		{"null", VALUE_NULL, false},
		{"true", VALUE_TRUE, false},
		{"false", VALUE_FALSE, false},
		{"0", VALUE_INTEGER, false},
		{"-12345678901234567890123", VALUE_INTEGER, false},
		{"0.5", VALUE_REAL, false},
		{"1e5", VALUE_REAL, false},
		{"-1E+05", VALUE_REAL, false},
		{"\"\"", VALUE_STRING, false},
		{"\"a]}\"", VALUE_STRING, false},
		{"\"\\\"\"", VALUE_STRING, true},
		{"\"\\\\\"", VALUE_STRING, true},
		{"[]", VALUE_ARRAY, false},
		{"[[\"]\"],{\"}\":[\"\\\"]\"]}]", VALUE_ARRAY, false},
		{"{}", VALUE_OBJECT, false},
		{"{\"a\\\"}\":{\"b\":[{}]}}", VALUE_OBJECT, false},
	};
	static const char *const behind[] = {"", " ", ",1", "]", "}", " : 1", "\n\"x\""};
	char text[128];

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		for (size_t j = 0; j < sizeof behind / sizeof *behind; j++) {
			struct value got;

			snprintf(text, sizeof text, " \t%s%s", rows[i].text, behind[j]);
			got = value_of(span_str(text));
			ck_assert_int_eq(got.type, rows[i].type);
			ck_assert_int_eq(got.escaped, rows[i].escaped);
			assert_span(got.text, span_str(rows[i].text));
		}
	}
}
END_TEST

START_TEST(walks_an_object)
{
	struct walk walk;
	struct member member;

	walk_init(&walk, value("{ \"a\" : 1 , \"b\\n\":[2,{\"c\":3}],\"\" : { \"d\" : \"}\" } }"));
	ck_assert(walk_next(&walk, &member));
	assert_span(member.name.text, SPAN("\"a\""));
	assert_span(member.value.text, SPAN("1"));
	ck_assert(walk_next(&walk, &member));
	assert_span(member.name.text, SPAN("\"b\\n\""));
	ck_assert(member.name.escaped);
	assert_span(member.value.text, SPAN("[2,{\"c\":3}]"));
	ck_assert_int_eq(member.value.type, VALUE_ARRAY);
	ck_assert(walk_next(&walk, &member));
	assert_span(member.name.text, SPAN("\"\""));
	assert_span(member.value.text, SPAN("{ \"d\" : \"}\" }"));
	ck_assert(!walk_next(&walk, &member));
	ck_assert(!walk_next(&walk, &member));
}
END_TEST

START_TEST(walks_an_array)
{
	static const char *const elements[] = {
		"null", "true", "false", "-1.5e3", "\"x\"", "[ [] ]", "{ }", "7"};
	struct walk walk;
	struct member member;

	walk_init(&walk, value("[ null , true,false\t,-1.5e3,\"x\" , [ [] ] , { },7]"));
	for (size_t i = 0; i < sizeof elements / sizeof *elements; i++) {
		ck_assert(walk_next(&walk, &member));
		ck_assert_int_eq(member.name.type, VALUE_NONE);
		assert_span(member.value.text, span_str(elements[i]));
	}
	ck_assert(!walk_next(&walk, &member));
}
END_TEST

START_TEST(walks_nothing)
{
	static const char *const empty[] = {"[]", "{}", "[ ]", "{\t}"};
	struct walk walk;
	struct member member;

	for (size_t i = 0; i < sizeof empty / sizeof *empty; i++) {
		walk_init(&walk, value(empty[i]));
		ck_assert(!walk_next(&walk, &member));
	}
}
END_TEST

START_TEST(walks_on_after_unescaping)
{
	struct walk walk;
	struct member member;

	walk_init(&walk, value("[\"\\u0061\\u0062\",\"c\\\\\",\"d\"]"));
	ck_assert(walk_next(&walk, &member));
	assert_span(value_unescape(&member.value), SPAN("ab"));
	ck_assert(walk_next(&walk, &member));
	assert_span(value_unescape(&member.value), SPAN("c\\"));
	ck_assert(walk_next(&walk, &member));
	assert_span(value_unescape(&member.value), SPAN("d"));
	ck_assert(!walk_next(&walk, &member));
}
END_TEST

START_TEST(walks_no_scalar)
{
	struct walk walk;

	walk_init(&walk, value("1"));
}
END_TEST

static const struct {
	const char *sent;
	struct span meant;
} strings[] = {
	{"\"\"", {"", 0}},
	{"\"abc\"", {"abc", 3}},
	{"\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", {"\"\\/\b\f\n\r\t", 8}},
	{"\"a\\nb\"", {"a\nb", 3}},
	{"\"\\na\"", {"\na", 2}},
	{"\"a\\n\"", {"a\n", 2}},
	{"\"\\n\\n\"", {"\n\n", 2}},
	{"\"\\u0061\\u0062c\"", {"abc", 3}},
	{"\"a\\u0000b\"", {"a\0b", 3}},
	{"\"\\u0000\"", {"\0", 1}},
	{"\"\\u007f\\u0080\"", {"\x7f\xc2\x80", 3}},
	{"\"\\u07ff\\u0800\"", {"\xdf\xbf\xe0\xa0\x80", 5}},
	{"\"\\ud7ff\\ue000\\uFFFF\"", {"\xed\x9f\xbf\xee\x80\x80\xef\xbf\xbf", 9}},
	{"\"\\ud800\\udc00\"", {"\xf0\x90\x80\x80", 4}},
	{"\"\\uDBFF\\uDFFF\"", {"\xf4\x8f\xbf\xbf", 4}},
	{"\"x\\ud83d\\ude00y\"", {"x\xf0\x9f\x98\x80y", 6}},
	{"\"\xc3\xa4\\u00e4\xe2\x82\xac\\u20ac\"",
		{"\xc3\xa4\xc3\xa4\xe2\x82\xac\xe2\x82\xac", 10}},
	{"\"\\\\u0061\"", {"\\u0061", 6}},
};

#define STRINGS (sizeof strings / sizeof *strings)

START_TEST(unescapes_in_place)
{
	for (size_t i = 0; i < STRINGS; i++) {
		struct value string = value(strings[i].sent);
		struct span text = value_unescape(&string);

		assert_span(text, strings[i].meant);
		ck_assert_ptr_eq(text.ptr, copy + 1);
		/* Asking again is harmless. */
		assert_span(value_unescape(&string), strings[i].meant);
	}
}
END_TEST

START_TEST(writes_nothing_without_escapes)
{
	static const char text[] = "\"constant\"";
	struct value string = value_of(span_str(text));

	assert_span(value_unescape(&string), SPAN("constant"));
}
END_TEST

START_TEST(decodes_into_a_buffer)
{
	char buf[32];

	for (size_t i = 0; i < STRINGS; i++) {
		struct value string = value(strings[i].sent);
		struct span meant = strings[i].meant;
		struct span text;

		ck_assert(value_decode(&string, buf, meant.len, &text));
		assert_span(text, meant);
		if (!string.escaped) {
			ck_assert_ptr_eq(text.ptr, copy + 1);
			continue;
		}
		for (size_t size = 0; size < meant.len; size++) {
			ck_assert(!value_decode(&string, buf, size, &text));
			ck_assert_uint_le(text.len, size);
			assert_span(text, span_make(meant.ptr, text.len));
			/* Whole characters only. */
			ck_assert_int_ne((unsigned char)meant.ptr[text.len] & 0xc0, 0x80);
		}
		assert_span(string.text, span_str(strings[i].sent));
	}
}
END_TEST

START_TEST(compares)
{
	for (size_t i = 0; i < STRINGS; i++) {
		struct value string = value(strings[i].sent);
		char word[32] = {0};

		if (memchr(strings[i].meant.ptr, '\0', strings[i].meant.len) != NULL)
			continue; /* a word has no NUL */
		memcpy(word, strings[i].meant.ptr, strings[i].meant.len);
		ck_assert(value_equals(&string, span_str(word)));
		word[strings[i].meant.len] = 'x';
		ck_assert(!value_equals(&string, span_str(word)));
		if (strings[i].meant.len == 0)
			continue;
		word[strings[i].meant.len - 1] ^= 1;
		word[strings[i].meant.len] = '\0';
		ck_assert(!value_equals(&string, span_str(word)));
		word[strings[i].meant.len - 1] = '\0';
		ck_assert(!value_equals(&string, span_str(word)));
		assert_span(string.text, span_str(strings[i].sent));
	}
	for (size_t i = 0; i < 2; i++) {
		struct value string = value(i == 0 ? "\"\\u0000\"" : "\"a\\u0000b\"");

		ck_assert(!value_equals(&string, i == 0 ? SPAN("") : SPAN("a")));
	}
}
END_TEST

START_TEST(compares_no_number)
{
	struct value number = value("12");

	value_equals(&number, SPAN("12"));
}
END_TEST

START_TEST(reads_numbers)
{
	static const struct {
		const char *text;
		bool fits;
		uint64_t number;
	} rows[] = {
		{"0", true, 0},
		{"1", true, 1},
		{"9", true, 9},
		{"10", true, 10},
		{"4294967296", true, UINT64_C(4294967296)},
		{"9223372036854775807", true, INT64_MAX},
		{"9223372036854775808", true, UINT64_C(9223372036854775808)},
		{"18446744073709551609", true, UINT64_MAX - 6},
		{"18446744073709551614", true, UINT64_MAX - 1},
		{"18446744073709551615", true, UINT64_MAX},
		{"18446744073709551616", false, 0},
		{"18446744073709551619", false, 0},
		{"18446744073709551620", false, 0},
		{"18446744073709551700", false, 0},
		{"28446744073709551615", false, 0},
		{"184467440737095516150", false, 0},
		{"36893488147419103232", false, 0},
		{"100000000000000000000000000000000", false, 0},
		{"-0", false, 0},
		{"-1", false, 0},
		{"-18446744073709551615", false, 0},
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct value integer = value(rows[i].text);
		uint64_t number = 42;

		ck_assert_int_eq(value_uint(&integer, &number), rows[i].fits);
		ck_assert_uint_eq(number, rows[i].fits ? rows[i].number : 42);
	}
}
END_TEST

START_TEST(reads_no_real)
{
	struct value real = value("1.0");
	uint64_t number;

	value_uint(&real, &number);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("value");
	TCase *tcase = tcase_create("value");
	SRunner *runner;
	int failed;

	tcase_add_test(tcase, type_names);
	tcase_add_test_raise_signal(tcase, type_beyond_the_enum, SIGABRT);
	tcase_add_test(tcase, reads_values);
	tcase_add_test(tcase, walks_an_object);
	tcase_add_test(tcase, walks_an_array);
	tcase_add_test(tcase, walks_nothing);
	tcase_add_test(tcase, walks_on_after_unescaping);
	tcase_add_test_raise_signal(tcase, walks_no_scalar, SIGABRT);
	tcase_add_test(tcase, unescapes_in_place);
	tcase_add_test(tcase, writes_nothing_without_escapes);
	tcase_add_test(tcase, decodes_into_a_buffer);
	tcase_add_test(tcase, compares);
	tcase_add_test_raise_signal(tcase, compares_no_number, SIGABRT);
	tcase_add_test(tcase, reads_numbers);
	tcase_add_test_raise_signal(tcase, reads_no_real, SIGABRT);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? 0 : 1;
}
