/*
 * What the tool makes of what it is given: name=value arguments, lines of `map`, and
 * what a command of `work` prints.
 */
#include <config.h>

#include <check.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/map.h"
#include "cli/params.h"
#include "cli/set.h"
#include "client/reply.h"

static struct inflight_span
span(const char *text)
{
	return (struct inflight_span){text, strlen(text)};
}

/* Requires that the params are this text, and frees them. */
static void
require_params(struct params *params, const char *text)
{
	inflight_bytes_add(&params->text, "", 1);
	ck_assert_str_eq(inflight_bytes_span(&params->text).ptr, text);
	params_fini(params);
}

/* Requires that `argument` becomes `member`; NULL: is refused. */
static void
require_argument(const char *argument, const char *member)
{
	struct params params = {0};
	char text[256];
	bool ok;

	params_begin(&params);
	ok = params_argument(&params, argument);
	params_end(&params);
	ck_assert_msg(ok == (member != NULL), "%s", argument);
	snprintf(text, sizeof text, "{%s}", member == NULL ? "" : member);
	require_params(&params, text);
}

/* ---- arguments ----------------------------------------------------------- */

START_TEST(test_arguments)
{
	/* Names, keys and ids are text, whatever they look like. */
	require_argument("queue=123", "\"queue\":\"123\"");
	require_argument("key=424", "\"key\":\"424\"");
	require_argument("key=true", "\"key\":\"true\"");
	require_argument("op=\"x\"", "\"op\":\"\\\"x\\\"\"");
	require_argument("group=", "\"group\":\"\"");
	require_argument("prefix={}", "\"prefix\":\"{}\"");
	require_argument("set=17-ab=c", "\"set\":\"17-ab=c\"");
	/* Everything else is JSON if it can be. */
	require_argument("msg=12345678901234567890", "\"msg\":12345678901234567890");
	require_argument("msg= {\"a\" : 1.50} ", "\"msg\":{\"a\" : 1.50}");
	require_argument("wait_ms=0", "\"wait_ms\":0");
	require_argument("exclusive=true", "\"exclusive\":true");
	require_argument("msg=hello", "\"msg\":\"hello\"");
	require_argument("msg={broken", "\"msg\":\"{broken\"");
	require_argument("msg=", "\"msg\":\"\"");
	require_argument("msg=a=b", "\"msg\":\"a=b\"");
	require_argument("msg=007", "\"msg\":\"007\"");
	require_argument("queues=[\"a\",\"b\"]", "\"queues\":[\"a\",\"b\"]");
	/* JSON by force. */
	require_argument("key:=424", "\"key\":424");
	require_argument("msg:=\"5\"", "\"msg\":\"5\"");
	require_argument("queue:=\"q\"", "\"queue\":\"q\"");
	require_argument("msg:=hello", NULL);
	require_argument("msg:=", NULL);
	/* What is no argument. */
	require_argument("queue", NULL);
	require_argument("=x", NULL);
	require_argument("", NULL);
	require_argument("msg=\xff", NULL);
	require_argument("queue=\xff", NULL);
	require_argument("msg=@/nonexistent/file", NULL);
}
END_TEST

START_TEST(test_file_arguments)
{
	char path[] = "/tmp/inflight-value-XXXXXX";
	char argument[64];
	int fd = mkstemp(path);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, "{\"a\":\n1}\n", 9), 9);
	close(fd);
	snprintf(argument, sizeof argument, "msg:=@%s", path);
	require_argument(argument, "\"msg\":{\"a\":\n1}");
	/* Text stays text; the last line end is the file's, not the value's. */
	snprintf(argument, sizeof argument, "msg=@%s", path);
	require_argument(argument, "\"msg\":\"{\\\"a\\\":\\n1}\"");
	fd = open(path, O_WRONLY | O_TRUNC);
	close(fd);
	require_argument(argument, "\"msg\":\"\"");
	snprintf(argument, sizeof argument, "msg:=@%s", path);
	require_argument(argument, NULL);
	unlink(path);
}
END_TEST

START_TEST(test_counts)
{
	static const char *const wrong[] = {
		"", "-1", "+1", "1x", " 1", "11", "1.0", "99999999999999999999999"};
	int64_t value = 0;

	for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
		ck_assert_msg(!parse_count(wrong[i], 10, &value), "%s", wrong[i]);
	ck_assert(parse_count("0", 10, &value) && value == 0);
	ck_assert(parse_count("10", 10, &value) && value == 10);
	ck_assert(parse_count("1000000000000", MS_MAX, &value) && value == MS_MAX);
}
END_TEST

/* ---- map ----------------------------------------------------------------- */

/* Requires the key and msg that a line gets; key NULL: the line is refused. */
static void
require_line(const struct map_options *options, const char *line, const char *key, const char *msg)
{
	struct params params = {0};
	const char *wrong = map_line_params(options, span(line), "g", "o-1", &params);
	char text[512];

	if (key == NULL) {
		ck_assert_msg(wrong != NULL, "%s", line);
		params_fini(&params);
		return;
	}
	ck_assert_msg(wrong == NULL, "%s: %s", line, wrong);
	snprintf(text, sizeof text,
		"{\"queue\":\"q\",\"key\":%s,\"op\":\"o-1\",\"group\":\"g\",\"msg\":%s}", key, msg);
	require_params(&params, text);
}

START_TEST(test_lines)
{
	struct map_options options = {.queue = "q"};

	require_line(&options, "1:2", "\"1:2\"", "\"1:2\"");
	require_line(&options, "a \"b\"", "\"a \\\"b\\\"\"", "\"a \\\"b\\\"\"");
	require_line(&options, "a\xff", NULL, NULL);
	options.json = true;
	require_line(&options, " {\"a\": 1} ", "\" {\\\"a\\\": 1} \"", "{\"a\": 1}");
	require_line(&options, "a b", NULL, NULL);
	require_line(&options, "", NULL, NULL);
}
END_TEST

START_TEST(test_key_fields)
{
	struct map_options options = {.queue = "q", .key_number = 2};

	require_line(&options, "a  b\tc", "\"b\"", "\"a  b\\tc\"");
	require_line(&options, " a b", "\"b\"", "\" a b\"");
	require_line(&options, "a ", NULL, NULL);
	require_line(&options, "", NULL, NULL);
	options = (struct map_options){.queue = "q", .key_field = "id", .json = true};
	require_line(&options, "{\"id\":\"x\\n\"}", "\"x\\n\"", "{\"id\":\"x\\n\"}");
	require_line(&options, "{\"id\":18446744073709551616}", "\"18446744073709551616\"",
		"{\"id\":18446744073709551616}");
	require_line(&options, "{\"id\":1.5}", NULL, NULL);
	require_line(&options, "{\"id\":null}", NULL, NULL);
	require_line(&options, "{\"no\":1}", NULL, NULL);
	require_line(&options, "[1]", NULL, NULL);
}
END_TEST

START_TEST(test_keys_that_cannot_be)
{
	struct map_options options = {.queue = "q"};
	struct params params = {0};
	struct params other = {0};
	char line[1026];
	struct inflight_span text;

	memset(line, 'x', sizeof line);
	ck_assert_ptr_null(
		map_line_params(&options, (struct inflight_span){line, 1024}, "g", "o-1", &params));
	text = inflight_bytes_span(&params.text);
	ck_assert_ptr_null(memmem(text.ptr, text.len, "hash-", 5));
	/* Longer ones, and empty ones, get a key of their own that depends on every byte. */
	ck_assert_ptr_null(
		map_line_params(&options, (struct inflight_span){line, 1025}, "g", "o-1", &params));
	line[1024] = 'y';
	ck_assert_ptr_null(
		map_line_params(&options, (struct inflight_span){line, 1025}, "g", "o-1", &other));
	text = inflight_bytes_span(&params.text);
	ck_assert_mem_eq(text.ptr, "{\"queue\":\"q\",\"key\":\"hash-", 24);
	ck_assert_mem_ne(text.ptr, inflight_bytes_span(&other.text).ptr, 60);
	ck_assert_ptr_null(map_line_params(&options, span(""), "g", "o-1", &params));
	text = inflight_bytes_span(&params.text);
	ck_assert_mem_eq(text.ptr, "{\"queue\":\"q\",\"key\":\"hash-", 24);
	params_fini(&params);
	params_fini(&other);
}
END_TEST

/* ---- work ---------------------------------------------------------------- */

/* A set of two ops, as dequeue tells it. */
static void
read_set(struct set *set)
{
	static const char line[] =
		"{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{\"set\":\"17-ab\",\"fence\":17,"
		"\"queue\":\"q\",\"key\":\"k\\u0041\",\"attempt\":2,\"lease_ms\":30000,\"ops\":["
		"{\"op\":\"a\",\"msg\":1.50,\"group\":\"g\"},{\"op\":\"b\",\"msg\":{\"x\": 1}}]}}";
	struct inflight_reply *reply;
	bool odd;

	ck_assert_int_eq(inflight_reply_parse(span(line), &reply), INFLIGHT_OK);
	ck_assert(set_read(set, reply, &odd));
	ck_assert_uint_eq(set->op_count, 2);
	ck_assert_str_eq(set->key_text, "kA");
	ck_assert_int_eq(set->lease_ms, 30000);
}

START_TEST(test_set_input)
{
	struct inflight_bytes input = {0};
	struct set set;

	read_set(&set);
	set_write_input(&set, &input);
	inflight_bytes_add(&input, "", 1);
	ck_assert_str_eq(inflight_bytes_span(&input).ptr,
		"{\"op\":\"a\",\"msg\":1.50,\"group\":\"g\",\"key\":\"k\\u0041\"}\n"
		"{\"op\":\"b\",\"msg\":{\"x\": 1},\"key\":\"k\\u0041\"}\n");
	inflight_bytes_fini(&input);
	set_clear(&set);
}
END_TEST

START_TEST(test_answers_without_a_set)
{
	static const struct {
		const char *line;
		bool odd;
	} cases[] = {
		{"{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{\"set\":null}}", false},
		{"{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{}}", true},
		{"{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{\"set\":\"1\"}}", true},
		{"{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{\"set\":\"1\",\"fence\":1,\"key\":"
		 "\"k\","
		 "\"attempt\":1,\"lease_ms\":1,\"ops\":[]}}",
			true},
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct inflight_reply *reply;
		struct set set;
		bool odd = !cases[i].odd;

		ck_assert_int_eq(inflight_reply_parse(span(cases[i].line), &reply), INFLIGHT_OK);
		ck_assert(!set_read(&set, reply, &odd));
		ck_assert_int_eq(odd, cases[i].odd);
		inflight_reply_free(reply);
	}
}
END_TEST

/* Requires what a command's output becomes; NULL: it cannot be used. */
static void
require_finish(const char *output, const char *text)
{
	struct params params = {0};
	struct set set;
	const char *wrong;

	read_set(&set);
	wrong = set_finish_params(&set, span(output), &params);
	ck_assert_msg((wrong == NULL) == (text != NULL), "%s: %s", output, wrong);
	if (text != NULL)
		require_params(&params, text);
	else
		params_fini(&params);
	set_clear(&set);
}

START_TEST(test_command_output)
{
	require_finish("", "{\"set\":\"17-ab\"}");
	require_finish("7\n", "{\"set\":\"17-ab\",\"result\":7}");
	require_finish("7", "{\"set\":\"17-ab\",\"result\":7}");
	require_finish("\n", "{\"set\":\"17-ab\",\"result\":\"\"}");
	require_finish("not json\n", "{\"set\":\"17-ab\",\"result\":\"not json\"}");
	require_finish("1.50\n{\"a\": 1}",
		"{\"set\":\"17-ab\",\"results\":{\"a\":{\"result\":1.50},"
		"\"b\":{\"result\":{\"a\": 1}}}}");
	require_finish("x\n\n", "{\"set\":\"17-ab\",\"results\":{\"a\":{\"result\":\"x\"},"
				"\"b\":{\"result\":\"\"}}}");
	require_finish("1\n2\n3\n", NULL);
	require_finish("\xff\n", NULL);
	require_finish("1\n\xff\n", NULL);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("cli values");
	TCase *tcase = tcase_create("values");
	SRunner *runner;
	int failed;

	tcase_add_test(tcase, test_arguments);
	tcase_add_test(tcase, test_file_arguments);
	tcase_add_test(tcase, test_counts);
	tcase_add_test(tcase, test_lines);
	tcase_add_test(tcase, test_key_fields);
	tcase_add_test(tcase, test_keys_that_cannot_be);
	tcase_add_test(tcase, test_set_input);
	tcase_add_test(tcase, test_answers_without_a_set);
	tcase_add_test(tcase, test_command_output);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
