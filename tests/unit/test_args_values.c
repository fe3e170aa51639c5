/*
 * Argument tables: every type of a single value, what fits it, and what is said
 * about what does not.
 */
#include <config.h>

#include "args_helper.h"
#include "args_singles.h"

START_TEST(ill_typed)
{
	static const struct {
		const char *name;
		const char *want;
		const char *fits; /* first letters of the values that do */
	} rows[] = {
		{"queue", "a string", "s"},
		{"key", "a string or an integer", "si"},
		{"op", "a string or an integer", "si"},
		{"set", "a string", "s"},
		{"prefix", "a string", "s"},
		{"wait_ms", "an integer", "i"},
		{"count", "an integer", "i"},
		{"force", "true or false", "tf"},
		{"state", "a string", "s"},
		{"msg", "", "ntfirsao"},
	};
	static const struct {
		const char *text;
		const char *name;
	} values[] = {
		{"null", "null"},
		{"true", "true"},
		{"false", "false"},
		{"12", "integer"},
		{"1.0", "real number"},
		{"\"held\"", "string"},
		{"[]", "array"},
		{"{}", "object"},
	};
	char text[128], want[128];

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		for (size_t j = 0; j < sizeof values / sizeof *values; j++) {
			char first = values[j].name[0];
			const char *article = j < 3                                          ? ""
					      : first == 'i' || first == 'a' || first == 'o' ? "an "
											     : "a ";

			snprintf(text, sizeof text, "{\"%s\":%s%s}", rows[i].name, values[j].text,
				i == QUEUE ? "" : ",\"queue\":\"q\"");
			snprintf(want, sizeof want, "param '%s' must be %s, not %s%s", rows[i].name,
				rows[i].want, article, values[j].name);
			if (strchr(rows[i].fits, first) != NULL)
				ck_assert(parse(specs, text));
			else
				assert_error(specs, text, rows[i].name, want);
		}
	}
}
END_TEST

/* {"queue":"q", and `name` with a string of that many bytes, with or without an escape. */
static const char *
with_length(const char *name, size_t len, const char *quote, const char *escape)
{
	static char text[2048];
	size_t used = (size_t)snprintf(text, sizeof text, "{%s\"%s\":%s%s",
		strcmp(name, "queue") == 0 ? "" : "\"queue\":\"q\",", name, quote, escape);

	if (*escape != '\0')
		len--;
	memset(text + used, '7', len);
	snprintf(text + used + len, sizeof text - used - len, "%s}", quote);
	return text;
}

START_TEST(bounds_lengths)
{
	static const struct {
		size_t row;
		size_t min;
		size_t max;
		const char *text;
	} rows[] = {
		{QUEUE, 1, 200, "param 'queue' must be 1 to 200 bytes long"},
		{KEY, 1, 1024, "param 'key' must be 1 to 1024 bytes long"},
		{OP, 1, 200, "param 'op' must be 1 to 200 bytes long"},
		{SET, 1, 200, "param 'set' must be 1 to 200 bytes long"},
		{PREFIX, 0, 200, "param 'prefix' must be at most 200 bytes long"},
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const char *name = specs[rows[i].row].name;

		for (size_t j = 0; j < 6; j++) {
			size_t len = j < 3 ? rows[i].min + j - 1 : rows[i].max + j - 4;
			bool fine = len != SIZE_MAX && len >= rows[i].min && len <= rows[i].max;

			if (len == SIZE_MAX)
				continue;
			for (size_t escape = 0; escape < 2 && escape <= len; escape++) {
				const char *text =
					with_length(name, len, "\"", escape ? "\\u0041" : "");

				if (!fine) {
					assert_error(specs, text, name, rows[i].text);
					continue;
				}
				ck_assert(parse(specs, text));
				ck_assert_uint_eq(args[rows[i].row].text.len, len);
			}
		}
	}
}
END_TEST

START_TEST(integers_as_text)
{
	ck_assert(parse(specs, "{\"queue\":\"q\",\"key\":424,\"op\":18446744073709551616}"));
	assert_text(args[KEY].text, "424");
	assert_text(args[OP].text, "18446744073709551616");
	ck_assert(parse(specs, "{\"queue\":\"q\",\"key\":-5,\"op\":0}"));
	assert_text(args[KEY].text, "-5");
	assert_text(args[OP].text, "0");
	assert_error(specs, "{\"key\":1e3}", "key",
		"param 'key' must be a string or an integer, not a real number");
	ck_assert(parse(specs, with_length("key", 1024, "", "")));
	ck_assert_uint_eq(args[KEY].text.len, 1024);
	assert_error(specs, with_length("key", 1025, "", ""), "key",
		"param 'key' must be 1 to 1024 bytes long");
	ck_assert(parse(specs, with_length("op", 200, "", "")));
	assert_error(specs, with_length("op", 201, "", ""), "op",
		"param 'op' must be 1 to 200 bytes long");
}
END_TEST

START_TEST(control_characters)
{
	static const struct {
		const char *text;
		bool fine;
	} rows[] = {
		{"\\u0000", false},
		{"\\u001f", false},
		{"a\\n", false},
		{" ", true},
		{"~", true},
		{"\\u007f", false},
		{"\x7f", false},
		{"\\u0080", false},
		{"\xc2\x80", false},
		{"\xc2\x9f", false},
		{"x\\u009fy", false},
		{"\xc2\xa0", true},
		{"\xc3\x80", true},
		{"\xe2\x82\xac", true},
		{"\xe0\xa0\x82", true},
	};
	char text[128];

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		snprintf(text, sizeof text, "{\"queue\":\"%s\"}", rows[i].text);
		if (rows[i].fine)
			ck_assert(parse(specs, text));
		else
			assert_error(specs, text, "queue",
				"param 'queue' must not have control characters");
		/* Only names are so strict. */
		snprintf(text, sizeof text,
			"{\"queue\":\"q\",\"key\":\"%s\",\"op\":\"%s\",\"set\":\"%s\"}",
			rows[i].text, rows[i].text, rows[i].text);
		ck_assert(parse(specs, text));
	}
}
END_TEST

START_TEST(bounds_numbers)
{
	static const struct {
		const char *text;
		const char *message; /* NULL: it fits */
	} rows[] = {
		{"\"count\":0", "param 'count' must be at least 1"},
		{"\"count\":-1", "param 'count' must be at least 1"},
		{"\"count\":-0", "param 'count' must be at least 1"},
		{"\"count\":1", NULL},
		{"\"count\":2", NULL},
		{"\"count\":999", NULL},
		{"\"count\":1000", NULL},
		{"\"count\":1001", "param 'count' must be at most 1000"},
		{"\"count\":18446744073709551615", "param 'count' must be at most 1000"},
		{"\"count\":18446744073709551616", "param 'count' must be at most 1000"},
		{"\"count\":-18446744073709551616", "param 'count' must be at least 1"},
		{"\"wait_ms\":0", NULL},
		{"\"wait_ms\":-1", "param 'wait_ms' must be at least 0"},
		{"\"wait_ms\":999999999999", NULL},
		{"\"wait_ms\":1000000000000", NULL},
		{"\"wait_ms\":1000000000001", "param 'wait_ms' must be at most 1000000000000"},
	};
	char text[128];

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		snprintf(text, sizeof text, "{\"queue\":\"q\",%s}", rows[i].text);
		if (rows[i].message == NULL)
			ck_assert(parse(specs, text));
		else
			assert_error(specs, text, strstr(text, "count") ? "count" : "wait_ms",
				rows[i].message);
	}
}
END_TEST

START_TEST(words)
{
	char text[64];

	for (size_t i = 0; states[i] != NULL; i++) {
		snprintf(text, sizeof text, "{\"queue\":\"q\",\"state\":\"%s\"}", states[i]);
		ck_assert(parse(specs, text));
		ck_assert_uint_eq(args[STATE].number, i);
	}
	assert_error(specs, "{\"state\":\"Held\"}", "state",
		"param 'state' must be one of pending, held, dead, all");
	assert_error(specs, "{\"state\":\"\"}", "state",
		"param 'state' must be one of pending, held, dead, all");
}
END_TEST

/* More words than a message takes: it stays bounded and whole words are shown. */
START_TEST(long_lists_of_words)
{
	static const char *const many[] = {"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
		"bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb",
		"cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc", "ddd", NULL};
	static const struct arg_spec table[] = {
		{PARAM("w"), .type = ARG_WORD, .words = many}, {.name = NULL}};

	ck_assert(!parse(table, "{\"w\":\"x\"}"));
	ck_assert_uint_lt(strlen(error.message), 250);
	ck_assert_ptr_nonnull(strstr(error.message, many[0]));
	ck_assert(parse(table, "{\"w\":\"ddd\"}"));
	ck_assert_uint_eq(args[0].number, 3);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("args_values");
	TCase *tcase = tcase_create("args_values");
	SRunner *runner;
	int failed;

	tcase_add_test(tcase, ill_typed);
	tcase_add_test(tcase, bounds_lengths);
	tcase_add_test(tcase, integers_as_text);
	tcase_add_test(tcase, control_characters);
	tcase_add_test(tcase, bounds_numbers);
	tcase_add_test(tcase, words);
	tcase_add_test(tcase, long_lists_of_words);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? 0 : 1;
}
