/*
 * Discovery: the OpenRPC document has what the OpenRPC meta-schema requires, says of
 * each method what `methods` says, and its schemas fit what the daemon answers.
 */
#include <config.h>

#include <jansson.h>

#include "peer.h"

static struct world world;
static json_t *document;

/* The result of one request; json_decref() it. */
static json_t *
ask(const char *method)
{
	struct session *peer = peer_new(&world, "unix:1");
	char line[200];
	char *text;
	json_t *answer;
	json_t *result;

	snprintf(line, sizeof(line), "{\"method\":\"%s\"}\n", method);
	peer_say(peer, line);
	world_run(&world);
	text = peer_read(peer);
	answer = json_loads(text, 0, NULL);
	result = json_incref(json_object_get(answer, "result"));
	ck_assert_msg(json_is_object(result), "%s: %s", method, text);
	json_decref(answer);
	free(text);
	session_close(peer);
	return result;
}

static void
setup(void)
{
	world_prepare(&world, false);
	world_start(&world);
	document = ask("rpc.discover");
}

static void
teardown(void)
{
	json_decref(document);
	world_end(&world);
}

static const char *
text_of(const json_t *object, const char *member)
{
	const char *text = json_string_value(json_object_get(object, member));

	ck_assert_msg(text != NULL && text[0] != '\0', "%s is missing", member);
	return text;
}

/* A content descriptor: `name` and `schema` are required. */
static void
check_descriptor(const json_t *descriptor)
{
	text_of(descriptor, "name");
	ck_assert(json_is_object(json_object_get(descriptor, "schema")));
}

START_TEST(required_members)
{
	json_t *methods = json_object_get(document, "methods");
	json_t *method;
	json_t *param;
	size_t i;
	size_t j;

	text_of(document, "openrpc");
	text_of(json_object_get(document, "info"), "title");
	ck_assert_str_eq(text_of(json_object_get(document, "info"), "version"), PACKAGE_VERSION);
	ck_assert_uint_gt(json_array_size(methods), 0);
	json_array_foreach(methods, i, method)
	{
		text_of(method, "name");
		ck_assert(json_is_array(json_object_get(method, "params")));
		json_array_foreach(json_object_get(method, "params"), j, param)
			check_descriptor(param);
		check_descriptor(json_object_get(method, "result"));
	}
}
END_TEST

/* Both lists come from the same rows; neither leaves one out. */
START_TEST(agrees_with_methods)
{
	json_t *listed = ask("methods");
	json_t *short_list = json_object_get(listed, "methods");
	json_t *methods = json_object_get(document, "methods");
	json_t *row;
	size_t i;
	size_t j;

	ck_assert_uint_eq(json_array_size(short_list), json_array_size(methods));
	json_array_foreach(short_list, i, row)
	{
		json_t *method = json_array_get(methods, i);
		json_t *names = json_object_get(row, "params");
		json_t *params = json_object_get(method, "params");
		json_t *name;

		ck_assert_str_eq(text_of(row, "name"), text_of(method, "name"));
		ck_assert_str_eq(text_of(row, "summary"), text_of(method, "summary"));
		ck_assert_uint_eq(json_array_size(names), json_array_size(params));
		json_array_foreach(names, j, name) ck_assert_str_eq(
			json_string_value(name), text_of(json_array_get(params, j), "name"));
	}
	json_decref(listed);
}
END_TEST

static json_t *
result_schema(const char *name)
{
	json_t *method;
	size_t i;

	json_array_foreach(json_object_get(document, "methods"), i,
		method) if (strcmp(text_of(method, "name"), name) ==
			    0) return json_object_get(json_object_get(method, "result"), "schema");
	ck_abort_msg("%s is not in the document", name);
}

/* Every required member is there, and every member there is described. */
static void
check_result(const char *name)
{
	json_t *result = ask(name);
	json_t *schema = result_schema(name);
	json_t *properties = json_object_get(schema, "properties");
	json_t *value;
	const char *member;
	size_t i;

	json_array_foreach(json_object_get(schema, "required"), i, value)
		ck_assert_msg(json_object_get(result, json_string_value(value)) != NULL,
			"%s lacks %s", name, json_string_value(value));
	json_object_foreach(result, member, value)
		ck_assert_msg(json_object_get(properties, member) != NULL,
			"%s: %s is not described", name, member);
	json_decref(result);
}

START_TEST(results_are_as_described)
{
	static const char *const names[] = {
		"ping", "info", "stats", "methods", "queue.list", "group.list"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		check_result(names[i]);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("discover");
	TCase *tests = tcase_create("discover");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(tests, required_members);
	tcase_add_test(tests, agrees_with_methods);
	tcase_add_test(tests, results_are_as_described);
	suite_add_tcase(suite, tests);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
