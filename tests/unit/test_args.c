/*
 * Argument tables: params by name, by position and beside the method, defaults,
 * and how what peers sent is shown.
 */
#include <config.h>

#include "args_helper.h"
#include "args_singles.h"

START_TEST(defaults)
{
	ck_assert(parse(specs, "{\"queue\":\"q\"}"));
	ck_assert(args[QUEUE].given);
	assert_text(args[QUEUE].text, "q");
	for (size_t i = KEY; i <= MSG; i++) {
		ck_assert(!args[i].given);
		ck_assert_ptr_null(args[i].text.ptr);
		ck_assert_int_eq(args[i].value.type, VALUE_NONE);
		ck_assert_int_eq(args[i].flag, i == FORCE);
	}
	ck_assert_uint_eq(args[WAIT].number, 30000);
	ck_assert_uint_eq(args[COUNT].number, 100);
	ck_assert_uint_eq(args[STATE].number, 1);
}
END_TEST

static void
assert_all_given(void)
{
	for (size_t i = QUEUE; i <= MSG; i++)
		ck_assert(args[i].given);
	assert_text(args[QUEUE].text, "q\xc3\xa4");
	assert_text(args[KEY].text, "k");
	assert_text(args[OP].text, "o\n");
	assert_text(args[SET].text, "17-9f");
	assert_text(args[PREFIX].text, "");
	ck_assert_ptr_nonnull(args[PREFIX].text.ptr);
	ck_assert_uint_eq(args[WAIT].number, 5);
	ck_assert_uint_eq(args[COUNT].number, 1000);
	ck_assert(!args[FORCE].flag);
	ck_assert_uint_eq(args[STATE].number, 3);
	ck_assert_int_eq(args[MSG].value.type, VALUE_OBJECT);
	assert_text(args[MSG].value.text, "{\"a\": \"\\n\"}");
}

START_TEST(by_name)
{
	ck_assert(parse(specs,
		"{\"queue\":\"q\\u00e4\",\"key\":\"k\",\"op\":\"o\\n\",\"set\":\"17-9f\","
		"\"prefix\":\"\",\"wait_ms\":5,\"count\":1000,\"force\":false,\"state\":\"all\","
		"\"msg\":{\"a\": \"\\n\"}}"));
	assert_all_given();
	/* In any order, names with escapes as well. */
	ck_assert(parse(specs,
		"{\"msg\":{\"a\": \"\\n\"},\"st\\u0061te\":\"a\\u006cl\",\"force\":false,"
		"\"count\":1000,\"wait_ms\":5,\"prefix\":\"\",\"set\":\"17-9f\",\"op\":\"o\\n\","
		"\"key\":\"k\",\"queue\":\"q\xc3\xa4\"}"));
	assert_all_given();
}
END_TEST

START_TEST(by_position)
{
	ck_assert(parse(specs, "[\"q\\u00e4\",\"k\",\"o\\n\",\"17-9f\",\"\",5,1000,false,\"all\",{"
			       "\"a\": \"\\n\"}]"));
	assert_all_given();
	ck_assert(parse(specs, "[\"q\"]"));
	ck_assert(!args[KEY].given);
	ck_assert_uint_eq(args[COUNT].number, 100);
	assert_error(specs, "[]", "queue", "param 'queue' is missing");
	assert_error(specs, "[1,2,3,4,5,6,7,8,9,10,11]", "", "too many params: 11, at most 10");
}
END_TEST

START_TEST(null_by_position)
{
	ck_assert(parse(specs, "[\"q\",null,null,null,null,null,null,null,null,null]"));
	for (size_t i = KEY; i < MSG; i++)
		ck_assert(!args[i].given);
	ck_assert_uint_eq(args[WAIT].number, 30000);
	ck_assert(args[FORCE].flag);
	/* For a payload null is a value like any other. */
	ck_assert(args[MSG].given);
	ck_assert_int_eq(args[MSG].value.type, VALUE_NULL);
	assert_error(specs, "[null]", "queue", "param 'queue' must be a string, not null");
}
END_TEST

START_TEST(from_nothing)
{
	static const struct arg_spec optional[] = {
		{PARAM("count"), .type = ARG_COUNT, .max = 9, .value = 7}, {.name = NULL}};
	static const struct arg_spec none[] = {{.name = NULL}};

	ck_assert(!args_from_nothing(specs, args, &error));
	ck_assert_str_eq(error.message, "param 'queue' is missing");
	assert_text(error.param, "queue");
	ck_assert(args_from_nothing(optional, args, &error));
	ck_assert(!args[0].given);
	ck_assert_uint_eq(args[0].number, 7);
	ck_assert(args_from_nothing(none, args, &error));
	ck_assert(parse(none, "{}"));
	ck_assert(parse(none, "[]"));
	assert_error(none, "[null]", "", "too many params: 1, at most 0");
	assert_error(none, "{\"a\":1}", "a", "unknown param 'a'");
}
END_TEST

START_TEST(missing_unknown_duplicate)
{
	assert_error(specs, "{}", "queue", "param 'queue' is missing");
	assert_error(specs, "{\"key\":1}", "queue", "param 'queue' is missing");
	assert_error(specs, "{\"queue\":\"q\",\"foo\":1}", "foo", "unknown param 'foo'");
	assert_error(specs, "{\"Queue\":\"q\"}", "Queue", "unknown param 'Queue'");
	assert_error(specs, "{\"\":1}", "", "unknown param ''");
	assert_error(specs, "{\"f\\u006fo\\n\":1}", "foo\n", "unknown param 'foo\\u000a'");
	assert_error(
		specs, "{\"queue\":\"q\",\"queue\":\"q\"}", "queue", "duplicate param 'queue'");
	assert_error(specs, "{\"msg\":1,\"queue\":\"q\",\"\\u006dsg\":1}", "msg",
		"duplicate param 'msg'");
	/* The first thing that is wrong is what is told. */
	assert_error(specs, "{\"foo\":1,\"queue\":1}", "foo", "unknown param 'foo'");
}
END_TEST

START_TEST(flat_requests)
{
	static const struct span skip[] = {{"method", 6}, {"id", 2}, {NULL, 0}};

	ck_assert(parse_flat(
		specs, skip, "{\"method\":\"x\",\"queue\":\"q\",\"id\":{},\"id\":1,\"key\":1}"));
	assert_text(args[KEY].text, "1");
	ck_assert(!parse_flat(specs, skip, "{\"method\":\"x\",\"queue\":\"q\",\"params\":1}"));
	ck_assert_str_eq(error.message, "unknown param 'params'");
	ck_assert(!parse_flat(specs, NULL, "{\"queue\":\"q\",\"id\":1}"));
	ck_assert_str_eq(error.message, "unknown param 'id'");
}
END_TEST

/* Only the members of the envelope can hide that there are more than are recorded. */
START_TEST(too_many_members)
{
	static const struct span skip[] = {{"a", 1}, {NULL, 0}};
	char text[1024];
	size_t len = 1;

	text[0] = '{';
	for (size_t i = 0; i <= SCAN_MEMBERS_MAX; i++)
		len += (size_t)snprintf(text + len, sizeof text - len, "\"a\":1,");
	snprintf(text + len, sizeof text - len, "\"queue\":\"q\"}");
	ck_assert(!parse_flat(specs, skip, text));
	ck_assert_str_eq(error.message, "too many params: 50");
	assert_text(error.param, "");
}
END_TEST

START_TEST(shows_peers_text_bounded)
{
	static const struct {
		const char *piece;
		size_t times;
		const char *shown;
		size_t param; /* bytes */
	} rows[] = {
		{"x", 59, "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx", 59},
		{"x", 60, "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx", 60},
		{"x", 61, "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx...", 61},
		{"\\u0001", 11,
			"\\u0001\\u0001\\u0001\\u0001\\u0001\\u0001\\u0001\\u0001\\u0001\\u0001...",
			11},
		{"\\u0085", 1, "\\u0085", 2},
		{"\\u007f", 2, "\\u007f\\u007f", 2},
		{"\xe2\x82\xac", 20,
			"\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac"
			"\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac"
			"\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac"
			"\xe2\x82\xac\xe2\x82\xac",
			60},
		{"x", 199, NULL, 199},
		{"x", 200, NULL, 200},
		{"x", 201, NULL, 200},
		{"\xe2\x82\xac", 67, NULL, 198},
		{"\xf0\x9f\x98\x80", 50, NULL, 200},
		{"\xf0\x9f\x98\x80", 51, NULL, 200},
		{"\xc3\xa4", 5000, NULL, 200},
	};
	static char text[16384];

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		size_t len = 2;
		char want[128];

		memcpy(text, "{\"", 2);
		for (size_t j = 0; j < rows[i].times; j++, len += strlen(rows[i].piece))
			memcpy(text + len, rows[i].piece, strlen(rows[i].piece));
		snprintf(text + len, sizeof text - len, "\":1}");
		ck_assert(!parse(specs, text));
		assert_message_is_fine();
		ck_assert_uint_eq(error.param.len, rows[i].param);
		if (rows[i].shown == NULL)
			continue;
		snprintf(want, sizeof want, "unknown param '%s'", rows[i].shown);
		ck_assert_str_eq(error.message, want);
	}
}
END_TEST

START_TEST(table_with_too_many_rows)
{
	struct arg_spec table[ARGS_MAX + 2] = {0};

	for (size_t i = 0; i <= ARGS_MAX; i++)
		table[i] = (struct arg_spec){PARAM("a")};
	args_from_nothing(table, args, &error);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("args");
	TCase *tcase = tcase_create("args");
	SRunner *runner;
	int failed;

	tcase_add_test(tcase, defaults);
	tcase_add_test(tcase, by_name);
	tcase_add_test(tcase, by_position);
	tcase_add_test(tcase, null_by_position);
	tcase_add_test(tcase, from_nothing);
	tcase_add_test(tcase, missing_unknown_duplicate);
	tcase_add_test(tcase, flat_requests);
	tcase_add_test(tcase, too_many_members);
	tcase_add_test(tcase, shows_peers_text_bounded);
	tcase_add_test_raise_signal(tcase, table_with_too_many_rows, SIGABRT);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? 0 : 1;
}
