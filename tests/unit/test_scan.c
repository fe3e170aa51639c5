/*
 * The line scanner: what it accepts, what it refuses and where, and the members
 * it records. Lines are copied to memory of just their size, so that a sanitizer
 * sees every byte read beyond them.
 */
#include <config.h>

#include <check.h>
#include <stdio.h>
#include <stdlib.h>

#include "json/scan.h"

#include "json_samples.h"

static struct scan scan;
static char *line;

static bool
scan_bytes(struct span text, const char *expand)
{
	free(line);
	line = malloc(text.len + (text.len == 0));
	ck_assert_ptr_nonnull(line);
	memcpy(line, text.ptr, text.len);
	return scan_line(span_make(line, text.len), expand, &scan);
}

static bool
scan_text(const char *text, const char *expand)
{
	return scan_bytes(span_str(text), expand);
}

static void
assert_text(struct span span, const char *want)
{
	if (!span_equal(span, span_str(want)))
		ck_abort_msg("is %.*s, not %s", (int)span.len, span.ptr, want);
}

static void
assert_member(const struct member *member, const char *name, const char *value)
{
	ck_assert_int_eq(member->name.type, VALUE_STRING);
	assert_text(member->name.text, name);
	assert_text(member->value.text, value);
}

static void
assert_refused(struct span text, const char *error, size_t at)
{
	if (scan_bytes(text, "params"))
		ck_abort_msg("%.*s was accepted", (int)text.len, text.ptr);
	if (strcmp(scan.error, error) != 0 || scan.error_at != at)
		ck_abort_msg("%.*s: %s at %zu, not %s at %zu", (int)text.len, text.ptr, scan.error,
			scan.error_at, error, at);
	ck_assert_int_eq(scan.root.type, VALUE_NONE);
	ck_assert_uint_eq(scan.outer.count, 0);
	ck_assert_uint_eq(scan.expanded.count, 0);
}

START_TEST(accepts_json)
{
	for (size_t i = 0; i < VALID_COUNT; i++) {
		if (!scan_text(valid_samples[i], "params"))
			ck_abort_msg("%s: %s at %zu", valid_samples[i], scan.error, scan.error_at);
		ck_assert_ptr_null(scan.error);
		ck_assert_int_ne(scan.root.type, VALUE_NONE);
	}
}
END_TEST

START_TEST(refuses_the_rest)
{
	for (size_t i = 0; i < INVALID_COUNT; i++)
		assert_refused(span_str(invalid_samples[i].text), invalid_samples[i].error,
			invalid_samples[i].at);
}
END_TEST

/* A value that ends with a quote, a bracket or a letter cannot end earlier. */
START_TEST(refuses_what_is_cut)
{
	for (size_t i = 0; i < VALID_COUNT; i++) {
		struct span text = span_str(valid_samples[i]);
		size_t begin, end;

		ck_assert(scan_bytes(text, NULL));
		if (scan.root.type == VALUE_INTEGER || scan.root.type == VALUE_REAL)
			continue;
		begin = (size_t)(scan.root.text.ptr - line);
		end = begin + scan.root.text.len;
		for (size_t len = 0; len < end; len++) {
			if (scan_bytes(span_make(text.ptr, len), "params"))
				ck_abort_msg("%.*s was accepted", (int)len, text.ptr);
			ck_assert_uint_le(scan.error_at, len);
		}
	}
}
END_TEST

START_TEST(refuses_nul_bytes)
{
	assert_refused(SPAN("\0"), "a value is expected", 0);
	assert_refused(SPAN("1\0"), "text after the value", 1);
	assert_refused(SPAN("\"a\0\""), "control character in a string", 2);
	assert_refused(SPAN("[1\0]"), "expected ',' or ']'", 2);
	assert_refused(SPAN("{\"a\"\0:1}"), "expected ':' after a member name", 4);
	assert_refused(SPAN("\"\\\0\""), "unknown escape in a string", 1);
}
END_TEST

START_TEST(knows_types)
{
	static const struct {
		const char *text;
		enum value_type type;
	} rows[] = {
		{"null", VALUE_NULL},
		{"true", VALUE_TRUE},
		{"false", VALUE_FALSE},
		{"0", VALUE_INTEGER},
		{"-0", VALUE_INTEGER},
		{"123456789012345678901234567890", VALUE_INTEGER},
		{"0.0", VALUE_REAL},
		{"1e1", VALUE_REAL},
		{"1E1", VALUE_REAL},
		{"-1.5e-3", VALUE_REAL},
		{"\"\"", VALUE_STRING},
		{"[]", VALUE_ARRAY},
		{"{}", VALUE_OBJECT},
	};
	char spaced[64];

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		snprintf(spaced, sizeof spaced, " \t\r\n%s\n\r\t ", rows[i].text);
		ck_assert(scan_text(spaced, NULL));
		ck_assert_int_eq(scan.root.type, rows[i].type);
		assert_text(scan.root.text, rows[i].text);
		ck_assert_uint_eq(scan.outer.count, 0);
	}
}
END_TEST

START_TEST(tells_escaped_strings)
{
	ck_assert(scan_text("\"plain \xc3\xa4 text\"", NULL));
	ck_assert(!scan.root.escaped);
	ck_assert(scan_text("\"\\u0000\"", NULL));
	ck_assert(scan.root.escaped);
	ck_assert(scan_text("{\"a\\n\":\"b\",\"c\":\"\\/\"}", NULL));
	ck_assert(scan.outer.at[0].name.escaped && !scan.outer.at[0].value.escaped);
	ck_assert(!scan.outer.at[1].name.escaped && scan.outer.at[1].value.escaped);
}
END_TEST

/* Every special byte at every place of strings of every length around a word. */
START_TEST(finds_special_bytes_anywhere)
{
	char text[48];

	for (size_t len = 1; len <= 40; len++) {
		for (size_t at = 0; at < len; at++) {
			for (int c = 0; c < 256; c++) {
				bool fine = c >= ' ' && c < 0x80 && c != '"' && c != '\\';

				memset(text, 'x', sizeof text);
				text[0] = text[len + 1] = '"';
				text[at + 1] = (char)c;
				if (scan_bytes(span_make(text, len + 2), NULL) == fine)
					continue;
				/* An escape of what follows would be fine, but for `\x`. */
				ck_abort_msg("byte %d at %zu of %zu", c, at, len);
			}
		}
	}
}
END_TEST

/* `depth` containers around a 1, of the kinds that the pattern tells in turn. */
static struct span
nested(char *out, size_t depth, const char *pattern)
{
	size_t kinds = strlen(pattern);
	char *to = out;

	for (size_t i = 0; i < depth; i++) {
		struct span open = pattern[i % kinds] == '{' ? SPAN("{\"params\":") : SPAN("[");

		memcpy(to, open.ptr, open.len);
		to += open.len;
	}
	*to++ = '1';
	for (size_t i = depth; i-- > 0;)
		*to++ = pattern[i % kinds] == '{' ? '}' : ']';
	return span_make(out, (size_t)(to - out));
}

START_TEST(bounds_the_depth)
{
	static const char *const patterns[] = {"[", "{", "[{", "{[", "{{[", "[[{", "{[["};
	char text[4096];

	for (size_t i = 0; i < sizeof patterns / sizeof *patterns; i++) {
		for (size_t depth = 1; depth <= SCAN_DEPTH_MAX; depth++)
			ck_assert(scan_bytes(nested(text, depth, patterns[i]), "params"));
		for (size_t depth = SCAN_DEPTH_MAX + 1; depth < SCAN_DEPTH_MAX + 4; depth++) {
			struct span deep = nested(text, depth, patterns[i]);
			struct span most = nested(text + 2048, SCAN_DEPTH_MAX, patterns[i]);
			size_t at = (size_t)(strchr(most.ptr, '1') - most.ptr);

			assert_refused(deep, SCAN_ERROR_DEPTH, at);
		}
	}
}
END_TEST

/* What closes must be what was opened, at every depth. */
START_TEST(matches_brackets)
{
	static const char *const patterns[] = {"[", "{", "[{", "{[", "{{[", "[[{", "{[["};
	char text[4096];

	for (size_t i = 0; i < sizeof patterns / sizeof *patterns; i++) {
		struct span deep = nested(text, SCAN_DEPTH_MAX, patterns[i]);

		for (size_t at = deep.len - SCAN_DEPTH_MAX; at < deep.len; at++) {
			char right = text[at];

			text[at] = right == '}' ? ']' : '}';
			assert_refused(deep,
				right == '}' ? "expected ',' or '}'" : "expected ',' or ']'", at);
			text[at] = right;
		}
	}
}
END_TEST

START_TEST(records_outer_members)
{
	ck_assert(scan_text(
		" { \"a\" : 1 , \"b\" : [ 2 , { } ] ,\"c\":{\"d\":null},\"e\":\"\" } ", NULL));
	assert_text(scan.root.text,
		"{ \"a\" : 1 , \"b\" : [ 2 , { } ] ,\"c\":{\"d\":null},\"e\":\"\" }");
	ck_assert_uint_eq(scan.outer.count, 4);
	ck_assert_uint_eq(scan.expanded.count, 0);
	assert_member(&scan.outer.at[0], "\"a\"", "1");
	assert_member(&scan.outer.at[1], "\"b\"", "[ 2 , { } ]");
	assert_member(&scan.outer.at[2], "\"c\"", "{\"d\":null}");
	assert_member(&scan.outer.at[3], "\"e\"", "\"\"");
	ck_assert_int_eq(scan.outer.at[0].value.type, VALUE_INTEGER);
	ck_assert_int_eq(scan.outer.at[1].value.type, VALUE_ARRAY);
	ck_assert_int_eq(scan.outer.at[2].value.type, VALUE_OBJECT);
	ck_assert_int_eq(scan.outer.at[3].value.type, VALUE_STRING);
	ck_assert(scan_text("{ }", NULL));
	ck_assert_uint_eq(scan.outer.count, 0);
	assert_text(scan.root.text, "{ }");
	ck_assert(scan_text("[{\"a\":1}]", "a"));
	ck_assert_uint_eq(scan.outer.count, 0);
}
END_TEST

START_TEST(expands_an_object)
{
	ck_assert(scan_text(
		"{\"x\":{\"y\":0},\"p\": { \"a\" : 1 , \"p\" : { \"c\" : [ ] } } ,\"z\":2}", "p"));
	ck_assert_uint_eq(scan.outer.count, 3);
	assert_member(&scan.outer.at[1], "\"p\"", "{ \"a\" : 1 , \"p\" : { \"c\" : [ ] } }");
	ck_assert_int_eq(scan.outer.at[1].value.type, VALUE_OBJECT);
	assert_member(&scan.outer.at[2], "\"z\"", "2");
	ck_assert_uint_eq(scan.expanded.count, 2);
	assert_member(&scan.expanded.at[0], "\"a\"", "1");
	assert_member(&scan.expanded.at[1], "\"p\"", "{ \"c\" : [ ] }");
}
END_TEST

START_TEST(expands_an_array)
{
	ck_assert(scan_text("{\"p\":[ 1 , \"two\" ,{\"p\":[3]}, [ ] ]}", "p"));
	assert_member(&scan.outer.at[0], "\"p\"", "[ 1 , \"two\" ,{\"p\":[3]}, [ ] ]");
	ck_assert_int_eq(scan.outer.at[0].value.type, VALUE_ARRAY);
	ck_assert_uint_eq(scan.expanded.count, 4);
	for (size_t i = 0; i < 4; i++)
		ck_assert_int_eq(scan.expanded.at[i].name.type, VALUE_NONE);
	assert_text(scan.expanded.at[0].value.text, "1");
	assert_text(scan.expanded.at[1].value.text, "\"two\"");
	assert_text(scan.expanded.at[2].value.text, "{\"p\":[3]}");
	assert_text(scan.expanded.at[3].value.text, "[ ]");
}
END_TEST

START_TEST(expands_what_there_is)
{
	ck_assert(scan_text("{\"p\":{ },\"q\":1}", "p"));
	ck_assert_uint_eq(scan.expanded.count, 0);
	assert_member(&scan.outer.at[0], "\"p\"", "{ }");
	ck_assert(scan_text("{\"p\":[\t]}", "p"));
	ck_assert_uint_eq(scan.expanded.count, 0);
	ck_assert(scan_text("{\"p\":null}", "p"));
	ck_assert_uint_eq(scan.expanded.count, 0);
	ck_assert(scan_text("{\"q\":[1]}", "p"));
	ck_assert_uint_eq(scan.expanded.count, 0);
	/* The name may be written with escapes. */
	ck_assert(scan_text("{\"\\u0070\":[1]}", "p"));
	ck_assert_uint_eq(scan.expanded.count, 1);
	/* Of two, the last container counts. */
	ck_assert(scan_text("{\"p\":[1,2,3],\"p\":{\"a\":1},\"p\":7}", "p"));
	ck_assert_uint_eq(scan.outer.count, 3);
	ck_assert_uint_eq(scan.expanded.count, 1);
	assert_member(&scan.expanded.at[0], "\"a\"", "1");
}
END_TEST

/* `count` members "0" to "count - 1", each with its number as value. */
static struct span
many(char *out, size_t size, size_t count, bool expanded)
{
	size_t len = (size_t)snprintf(out, size, expanded ? "{\"p\":{" : "{");

	for (size_t i = 0; i < count; i++)
		len += (size_t)snprintf(
			out + len, size - len, "%s\"%zu\":%zu", i == 0 ? "" : ",", i, i);
	len += (size_t)snprintf(out + len, size - len, expanded ? "}}" : "}");
	return span_make(out, len);
}

START_TEST(counts_more_members_than_it_records)
{
	char text[4096];

	for (size_t count = SCAN_MEMBERS_MAX - 1; count < SCAN_MEMBERS_MAX + 60; count++) {
		for (int expanded = 0; expanded < 2; expanded++) {
			struct members *members = expanded ? &scan.expanded : &scan.outer;
			size_t last = count < SCAN_MEMBERS_MAX ? count : SCAN_MEMBERS_MAX;
			char name[32], value[32];

			ck_assert(scan_bytes(many(text, sizeof text, count, expanded), "p"));
			ck_assert_uint_eq(members->count, count);
			snprintf(name, sizeof name, "\"%zu\"", last - 1);
			snprintf(value, sizeof value, "%zu", last - 1);
			assert_member(&members->at[last - 1], name, value);
		}
	}
	/* Members beyond the last place are scanned like the others. */
	ck_assert(scan_bytes(many(text, sizeof text, SCAN_MEMBERS_MAX + 2, false), NULL));
	*strstr(text, ":49") = '!';
	ck_assert(!scan_bytes(span_str(text), NULL));
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("scan");
	TCase *tcase = tcase_create("scan");
	SRunner *runner;
	int failed;

	tcase_add_test(tcase, accepts_json);
	tcase_add_test(tcase, refuses_the_rest);
	tcase_add_test(tcase, refuses_what_is_cut);
	tcase_add_test(tcase, refuses_nul_bytes);
	tcase_add_test(tcase, knows_types);
	tcase_add_test(tcase, tells_escaped_strings);
	tcase_add_test(tcase, finds_special_bytes_anywhere);
	tcase_add_test(tcase, bounds_the_depth);
	tcase_add_test(tcase, matches_brackets);
	tcase_add_test(tcase, records_outer_members);
	tcase_add_test(tcase, expands_an_object);
	tcase_add_test(tcase, expands_an_array);
	tcase_add_test(tcase, expands_what_there_is);
	tcase_add_test(tcase, counts_more_members_than_it_records);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? 0 : 1;
}
