/*
 * Argument tables: lists of names, outcomes of ops, and objects with a table of
 * their own; what is checked must still be JSON when it is walked again.
 */
#include <config.h>

#include "args_helper.h"

static const char *const colours[] = {"red", "green", NULL};

enum { NAMES, RESULTS, TARGET };

enum { TARGET_QUEUE, TARGET_KEY, TARGET_OP, TARGET_GROUP, TARGET_COLOUR, TARGET_COUNT, TARGET_ON };

static const struct arg_spec target[] = {
	{PARAM("queue"), .type = ARG_NAME, .required = true},
	{PARAM("key"), .type = ARG_KEY, .required = true},
	{PARAM("op"), .type = ARG_ID},
	{PARAM("group"), .type = ARG_NAME},
	{PARAM("colour"), .type = ARG_WORD, .words = colours},
	{PARAM("count"), .type = ARG_COUNT, .max = 9, .value = 4},
	{PARAM("on"), .type = ARG_BOOL},
	{.name = NULL},
};

static const struct arg_spec specs[] = {
	{PARAM("queues"), .type = ARG_NAMES},
	{PARAM("results"), .type = ARG_OUTCOMES},
	{PARAM("on_complete"), .type = ARG_OBJECT, .members = target},
	{.name = NULL},
};

/* Still what was sent, byte for byte. */
static void
assert_untouched(const struct arg *arg, const char *want)
{
	struct scan ignored;

	ck_assert(arg->given);
	assert_text(arg->value.text, want);
	ck_assert(scan_line(arg->value.text, NULL, &ignored));
}

START_TEST(names)
{
	struct walk walk;
	struct member member;

	ck_assert(parse(specs, "{\"queues\":[ \"a\\u0062\" , \"c\", \"c\" ]}"));
	assert_untouched(&args[NAMES], "[ \"a\\u0062\" , \"c\", \"c\" ]");
	walk_init(&walk, args[NAMES].value);
	ck_assert(walk_next(&walk, &member));
	assert_text(value_unescape(&member.value), "ab");
	ck_assert(walk_next(&walk, &member));
	assert_text(value_unescape(&member.value), "c");
	ck_assert(walk_next(&walk, &member));
	assert_text(value_unescape(&member.value), "c");
	ck_assert(!walk_next(&walk, &member));
}
END_TEST

START_TEST(names_refused)
{
	assert_error(specs, "{\"queues\":\"q\"}", "queues",
		"param 'queues' must be an array, not a string");
	assert_error(
		specs, "{\"queues\":null}", "queues", "param 'queues' must be an array, not null");
	assert_error(
		specs, "{\"queues\":[]}", "queues", "param 'queues' must have at least one name");
	assert_error(specs, "{\"queues\":[\"a\",\"b\",\"c\",null]}", "queues",
		"param 'queues'[3] must be a string, not null");
	assert_error(specs, "{\"queues\":[7]}", "queues",
		"param 'queues'[0] must be a string, not an integer");
	assert_error(specs, "{\"queues\":[\"a\",\"\"]}", "queues",
		"param 'queues'[1] must be 1 to 200 bytes long");
	assert_error(specs, "{\"queues\":[\"\\u0009\"]}", "queues",
		"param 'queues'[0] must not have control characters");
}
END_TEST

START_TEST(names_counted)
{
	char text[1024];

	for (size_t count = 63; count <= 66; count++) {
		size_t len = (size_t)snprintf(text, sizeof text, "{\"queues\":[");

		for (size_t i = 0; i < count; i++)
			len += (size_t)snprintf(
				text + len, sizeof text - len, "%s\"q%zu\"", i == 0 ? "" : ",", i);
		snprintf(text + len, sizeof text - len, "]}");
		if (count <= ARGS_NAMES_MAX)
			ck_assert(parse(specs, text));
		else
			assert_error(
				specs, text, "queues", "param 'queues' must have at most 64 names");
	}
}
END_TEST

/* Params around a name of that many bytes, the first one written as an escape or not. */
static const char *
long_name(const char *before, size_t len, bool escape, const char *behind)
{
	static char text[2048];
	char name[512] = {0};
	size_t used = escape ? 6 : 0;

	memcpy(name, "\\u0041", used);
	memset(name + used, 'n', escape ? len - 1 : len);
	snprintf(text, sizeof text, "%s%s%s", before, name, behind);
	return text;
}

START_TEST(lengths_inside)
{
	for (int escape = 0; escape < 2; escape++) {
		ck_assert(parse(specs, long_name("{\"queues\":[\"", 200, escape, "\"]}")));
		assert_error(specs, long_name("{\"queues\":[\"", 201, escape, "\"]}"), "queues",
			"param 'queues'[0] must be 1 to 200 bytes long");
		ck_assert(parse(
			specs, long_name("{\"results\":{\"", 200, escape, "\":{\"result\":1}}}")));
		ck_assert(!parse(
			specs, long_name("{\"results\":{\"", 201, escape, "\":{\"result\":1}}}")));
		assert_message_is_fine();
		ck_assert_ptr_nonnull(strstr(error.message, "nnn...' must be 1 to 200 bytes long"));
		ck_assert(parse(specs, long_name("{\"on_complete\":{\"queue\":\"", 200, escape,
					       "\",\"key\":1}}")));
		assert_error(specs,
			long_name("{\"on_complete\":{\"queue\":\"", 201, escape, "\",\"key\":1}}"),
			"on_complete", "param 'on_complete.queue' must be 1 to 200 bytes long");
	}
}
END_TEST

START_TEST(outcomes)
{
	const char *text =
		"{ \"a\" : { \"result\" : null } ,\"b\\n\":{\"error\":\"\\u0062ad\"},\"1\":"
		"{\"\\u0072esult\":{\"result\":1}}}";
	struct walk walk;
	struct member member;
	char params[256];

	snprintf(params, sizeof params, "{\"results\":%s}", text);
	ck_assert(parse(specs, params));
	assert_untouched(&args[RESULTS], text);
	walk_init(&walk, args[RESULTS].value);
	ck_assert(walk_next(&walk, &member));
	assert_text(value_unescape(&member.name), "a");
	ck_assert(walk_next(&walk, &member));
	assert_text(value_unescape(&member.name), "b\n");
	assert_text(member.value.text, "{\"error\":\"\\u0062ad\"}");
	ck_assert(walk_next(&walk, &member));
	ck_assert(!walk_next(&walk, &member));
	ck_assert(parse(specs, "{\"results\":{}}"));
	ck_assert(args[RESULTS].given);
}
END_TEST

START_TEST(outcomes_refused)
{
	static const struct {
		const char *results;
		const char *message;
	} rows[] = {
		{"[]", "param 'results' must be an object, not an array"},
		{"null", "param 'results' must be an object, not null"},
		{"{\"x\":1}", "param 'results': op 'x' must be an object, not an integer"},
		{"{\"x\":{}}", "param 'results': op 'x' must have either a result or an error"},
		{"{\"x\":{\"result\":1,\"error\":2}}",
			"param 'results': op 'x' must have either a result or an error"},
		{"{\"x\":{\"result\":1,\"result\":1}}",
			"param 'results': op 'x' must have either a result or an error"},
		{"{\"x\":{\"result\":1,\"foo\":1}}",
			"param 'results': op 'x' has an unknown member 'foo'"},
		{"{\"x\":{\"f\\u006fo\\u0001\":1}}",
			"param 'results': op 'x' has an unknown member 'foo\\u0001'"},
		{"{\"\":{\"result\":1}}", "param 'results': op '' must be 1 to 200 bytes long"},
		{"{\"a\\u0062\":null}", "param 'results': op 'ab' must be an object, not null"},
		{"{\"a\":{\"result\":1},\"a\":{\"result\":1}}",
			"param 'results': op 'a' is there twice"},
		{"{\"a\":{\"result\":1},\"b\":{\"result\":1},\"\\u0061\":{\"error\":1}}",
			"param 'results': op 'a' is there twice"},
	};
	char params[256];

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		snprintf(params, sizeof params, "{\"results\":%s}", rows[i].results);
		assert_error(specs, params, "results", rows[i].message);
	}
}
END_TEST

/* `count` ops; where `twice` is less than it, the last one is that one again. */
static char *
many_outcomes(size_t count, size_t twice, bool escape)
{
	size_t size = count * 48 + 64;
	char *text = malloc(size);
	size_t len;

	ck_assert_ptr_nonnull(text);
	len = (size_t)snprintf(text, size, "{\"results\":{");
	for (size_t i = 0; i < count; i++) {
		size_t id = i == count - 1 && twice < count ? twice : i * 7919 % count;

		len += (size_t)snprintf(text + len, size - len, "%s\"%s%zu\":{\"result\":1}",
			i == 0 ? "" : ",", escape && i % 2 == 0 ? "\\u006f" : "o", id);
	}
	snprintf(text + len, size - len, "}}");
	return text;
}

START_TEST(many_ops)
{
	static const size_t counts[] = {1, 2, 31, 32, 33, 20000};

	for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
		for (int escape = 0; escape < 2; escape++) {
			size_t count = counts[i];
			char *text = many_outcomes(count, count, escape);

			ck_assert(parse(specs, text));
			free(text);
			if (count == 1)
				continue;
			text = many_outcomes(count, 0, escape); /* 0 is the first one's id */
			assert_error(
				specs, text, "results", "param 'results': op 'o0' is there twice");
			free(text);
		}
	}
}
END_TEST

START_TEST(object)
{
	struct arg inner[ARGS_MAX];
	const char *text =
		"{ \"k\\u0065y\" : 424 , \"queue\":\"d\\u006fne\",\"op\":\"o\",\"on\":true, "
		"\"colour\":\"gr\\u0065en\"}";
	char params[256];

	snprintf(params, sizeof params, "{\"on_complete\":%s}", text);
	ck_assert(parse(specs, params));
	assert_untouched(&args[TARGET], text);
	args_from_checked(target, args[TARGET].value, inner);
	assert_text(inner[TARGET_QUEUE].text, "done");
	assert_text(inner[TARGET_KEY].text, "424");
	assert_text(inner[TARGET_OP].text, "o");
	ck_assert(!inner[TARGET_GROUP].given);
	ck_assert_ptr_null(inner[TARGET_GROUP].text.ptr);
	ck_assert_uint_eq(inner[TARGET_COLOUR].number, 1);
	ck_assert(!inner[TARGET_COUNT].given);
	ck_assert_uint_eq(inner[TARGET_COUNT].number, 4);
	ck_assert(inner[TARGET_ON].given && inner[TARGET_ON].flag);
}
END_TEST

START_TEST(object_refused)
{
	static const struct {
		const char *object;
		const char *message;
	} rows[] = {
		{"[]", "param 'on_complete' must be an object, not an array"},
		{"{}", "param 'on_complete.queue' is missing"},
		{"{\"queue\":\"q\"}", "param 'on_complete.key' is missing"},
		{"{\"queue\":7}", "param 'on_complete.queue' must be a string, not an integer"},
		{"{\"queue\":\"q\",\"key\":null}",
			"param 'on_complete.key' must be a string or an integer, not null"},
		{"{\"queue\":\"a\\u0000\"}",
			"param 'on_complete.queue' must not have control characters"},
		{"{\"queue\":\"q\",\"queue\":\"q\"}", "duplicate param 'on_complete.queue'"},
		{"{\"foo\":1}", "unknown param 'on_complete.foo'"},
		{"{\"f\\u006fo\\n\":1}", "unknown param 'on_complete.foo\\u000a'"},
		{"{\"colour\":\"blue\"}", "param 'on_complete.colour' must be one of red, green"},
		{"{\"count\":10}", "param 'on_complete.count' must be at most 9"},
	};
	char params[256];

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		snprintf(params, sizeof params, "{\"on_complete\":%s}", rows[i].object);
		assert_error(specs, params, "on_complete", rows[i].message);
	}
}
END_TEST

START_TEST(containers_by_position)
{
	ck_assert(parse(specs, "[[\"a\"],{},{\"queue\":\"q\",\"key\":\"k\"}]"));
	ck_assert(args[NAMES].given && args[RESULTS].given && args[TARGET].given);
	ck_assert(parse(specs, "[null,null,null]"));
	ck_assert(!args[NAMES].given && !args[RESULTS].given && !args[TARGET].given);
	assert_error(
		specs, "[null,null,{}]", "on_complete", "param 'on_complete.queue' is missing");
}
END_TEST

START_TEST(unchecked_object)
{
	struct arg inner[ARGS_MAX];

	args_from_checked(target, value_of(SPAN("{\"foo\":1}")), inner);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("args_nested");
	TCase *tcase = tcase_create("args_nested");
	SRunner *runner;
	int failed;

	tcase_add_test(tcase, names);
	tcase_add_test(tcase, names_refused);
	tcase_add_test(tcase, names_counted);
	tcase_add_test(tcase, lengths_inside);
	tcase_add_test(tcase, outcomes);
	tcase_add_test(tcase, outcomes_refused);
	tcase_add_test(tcase, many_ops);
	tcase_add_test(tcase, object);
	tcase_add_test(tcase, object_refused);
	tcase_add_test(tcase, containers_by_position);
	tcase_add_test_raise_signal(tcase, unchecked_object, SIGABRT);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? 0 : 1;
}
