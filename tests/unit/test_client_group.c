/* Groups against a peer with a script: what is sent, what is sent again, and every outcome. */
#include <config.h>

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "script_peer.h"

#define RESULT  SAY_RESULT("{}")
#define PENDING SAY_RESULT("{\"group\":\"@\",\"done\":false,\"ops\":1,\"outstanding\":1}")
#define DONE(RESULTS) \
	SAY_RESULT("{\"group\":\"@\",\"done\":true,\"ops\":1,\"failed\":0,\"results\":" RESULTS "}")
#define FIRST "{\"op\":\"@-0\",\"key\":\"k\",\"result\": {\"a\":[1]} }"

struct rig {
	struct script_peer peer;
	struct inflight_group *group;
};

static void
rig_init(struct rig *rig, const char *const *script, size_t ops)
{
	script_peer_init(&rig->peer, script);
	rig->group = inflight_group_new(rig->peer.client);
	ck_assert_ptr_nonnull(rig->group);
	for (size_t i = 0; i < ops; i++) {
		size_t index = SIZE_MAX;

		ck_assert_int_eq(inflight_group_add(rig->group, "q", "k", " [1] ", rig, &index),
			INFLIGHT_OK);
		ck_assert_uint_eq(index, i);
	}
}

static void
rig_fini(struct rig *rig)
{
	inflight_group_free(rig->group);
	script_peer_fini(&rig->peer);
}

static void
require_wait(struct rig *rig, int64_t timeout_ms, enum inflight_status status)
{
	enum inflight_status got = inflight_group_wait(rig->group, timeout_ms);

	ck_assert_msg(got == status, "it ended with %s: %s", inflight_status_name(got),
		inflight_trouble(rig->peer.client));
}

static void
require_outcome(struct rig *rig, size_t index, enum inflight_op_state state, const char *json)
{
	struct inflight_outcome outcome;
	char op[80];

	snprintf(op, sizeof op, "%s-%zu", inflight_group_name(rig->group), index);
	ck_assert_int_eq(inflight_group_outcome(rig->group, index, &outcome), INFLIGHT_OK);
	ck_assert_str_eq(outcome.op, op);
	ck_assert_str_eq(outcome.queue, "q");
	ck_assert_str_eq(outcome.key, "k");
	ck_assert_ptr_eq(outcome.tag, rig);
	ck_assert_int_eq(outcome.state, state);
	if (json == NULL) {
		ck_assert_ptr_null(outcome.json);
		return;
	}
	ck_assert_str_eq(outcome.json, json);
	ck_assert_uint_eq(outcome.json_len, strlen(json));
}

START_TEST(test_every_outcome)
{
	struct rig rig;

	rig_init(&rig,
		SCRIPT("+", "<\"group.create\",\"params\":{\"group\":\"", RESULT,
			"<-0\",\"group\":\"", RESULT, "<,\"msg\":[1]}",
			SAY_ERROR("saturated_depth"), "<enqueue", RESULT, "<enqueue", RESULT,
			"<group.seal", RESULT, "<group.wait",
			DONE("[" FIRST ",{\"op\":\"@-2\",\"error\":\"no\"},{\"op\":\"other\","
			     "\"result\":1},{\"op\":\"@-9\",\"result\":1},{\"op\":\"@-x\","
			     "\"result\":1},{\"op\":\"@-0\",\"result\":2}]"),
			"."),
		4);
	require_outcome(&rig, 0, INFLIGHT_OP_PENDING, NULL);
	require_wait(&rig, 30000, INFLIGHT_OK);
	require_outcome(&rig, 0, INFLIGHT_OP_RESULT, "{\"a\":[1]}");
	require_outcome(&rig, 1, INFLIGHT_OP_REFUSED,
		"{\"code\":\"saturated_depth\",\"message\":\"because\"}");
	require_outcome(&rig, 2, INFLIGHT_OP_ERROR, "\"no\"");
	require_outcome(&rig, 3, INFLIGHT_OP_UNKNOWN, NULL);
	ck_assert_uint_eq(inflight_group_failed(rig.group), 3);
	ck_assert_uint_eq(inflight_group_count(rig.group), 4);
	/* All is known: nobody is asked again. */
	require_wait(&rig, 0, INFLIGHT_OK);
	rig_fini(&rig);
}
END_TEST

/* Each answer is lost once. */
START_TEST(test_lost_at_each_step)
{
	struct rig rig;
	const char *half = "={\"jsonrpc\":\"2.0\",\"id\":#,\"result\"";

	rig_init(&rig,
		SCRIPT("+", "<group.create", "x", "+", "<group.create", SAY_ERROR("group_exists"),
			"<-0\"", RESULT, "<-1\"", half, "x", "+", "<-1\"",
			SAY_RESULT("{\"duplicate\":true}"), "<group.seal", "x", "+", "<group.seal",
			RESULT, "<group.wait", half, "x", "+", "<group.wait",
			DONE("[" FIRST ",{\"op\":\"@-1\",\"result\":1}]"), "."),
		2);
	require_wait(&rig, 30000, INFLIGHT_OK);
	ck_assert_uint_eq(inflight_group_failed(rig.group), 0);
	rig_fini(&rig);
}
END_TEST

/* A call that ran out of time goes on where it was. */
START_TEST(test_goes_on)
{
	struct rig rig;

	rig_init(&rig,
		SCRIPT("+", "<group.create", RESULT, "<-0\"", RESULT, "<-1\"", "<-1\"", RESULT,
			"<group.seal", RESULT, "<\"wait_ms\":0}", PENDING, "<group.wait",
			DONE("[" FIRST "]"), "."),
		2);
	require_wait(&rig, 1000, INFLIGHT_TIMEOUT);
	ck_assert_int_eq(inflight_group_send(rig.group, 30000), INFLIGHT_OK);
	ck_assert_int_eq(inflight_group_send(rig.group, 30000), INFLIGHT_OK);
	ck_assert_int_eq(
		inflight_group_add(rig.group, "q", "k", NULL, NULL, NULL), INFLIGHT_INVALID);
	ck_assert_int_eq(inflight_group_set_timeout(rig.group, 1), INFLIGHT_INVALID);
	require_wait(&rig, 0, INFLIGHT_TIMEOUT);
	require_wait(&rig, 30000, INFLIGHT_OK);
	rig_fini(&rig);
}
END_TEST

START_TEST(test_daemon_that_started_again)
{
	struct rig rig;

	rig_init(&rig,
		SCRIPT("+", "<group.create", RESULT, "<enqueue", RESULT, "<enqueue",
			SAY_ERROR("no_such_group"), "."),
		2);
	require_wait(&rig, 30000, INFLIGHT_UNKNOWN_OUTCOME);
	require_outcome(&rig, 0, INFLIGHT_OP_UNKNOWN, NULL);
	require_wait(&rig, 30000, INFLIGHT_UNKNOWN_OUTCOME);
	rig_fini(&rig);
	rig_init(&rig,
		SCRIPT("+", "<group.create", RESULT, "<enqueue", RESULT, "<group.seal", RESULT,
			"<group.wait", "x", "+", "<group.wait", SAY_ERROR("no_such_group"), "."),
		1);
	require_wait(&rig, 30000, INFLIGHT_UNKNOWN_OUTCOME);
	require_outcome(&rig, 0, INFLIGHT_OP_UNKNOWN, NULL);
	rig_fini(&rig);
}
END_TEST

START_TEST(test_refused_as_a_whole)
{
	struct rig rig;

	rig_init(&rig, SCRIPT("+", "<group.create", SAY_ERROR("limit"), "."), 1);
	require_wait(&rig, 30000, INFLIGHT_REFUSED);
	ck_assert_ptr_nonnull(strstr(inflight_trouble(rig.peer.client), "because"));
	rig_fini(&rig);
	rig_init(&rig, SCRIPT("+", "<group.create", SAY_ERROR("unauthorized"), "."), 1);
	require_wait(&rig, 30000, INFLIGHT_UNAUTHORIZED);
	rig_fini(&rig);
	rig_init(&rig,
		SCRIPT("+", "<group.create", RESULT, "<group.seal", RESULT, "<group.wait",
			SAY_RESULT("{\"done\":true}"), "."),
		0);
	require_wait(&rig, 30000, INFLIGHT_GARBLED);
	rig_fini(&rig);
}
END_TEST

/* Without the option nothing is tried twice. */
START_TEST(test_without_retry)
{
	struct rig rig;

	rig_init(&rig, SCRIPT("+", "<group.create", RESULT, "<enqueue", "x"), 1);
	ck_assert_int_eq(inflight_set_retry(rig.peer.client, 0, 0, 30000), INFLIGHT_OK);
	require_wait(&rig, 30000, INFLIGHT_UNKNOWN_OUTCOME);
	require_outcome(&rig, 0, INFLIGHT_OP_PENDING, NULL);
	rig_fini(&rig);
}
END_TEST

/* As many as are sent at once, one less, and one more. */
START_TEST(test_many)
{
	size_t count = 127 + (size_t)_i;
	const char **script = calloc(2 * count + 10, sizeof *script);
	struct inflight_outcome outcome;
	struct rig rig;
	size_t n = 0;

	ck_assert_ptr_nonnull(script);
	script[n++] = "+";
	script[n++] = "<\"timeout_ms\":1000000000000}";
	script[n++] = RESULT;
	for (size_t i = 0; i < count; i++) {
		script[n++] = "<enqueue";
		script[n++] = RESULT;
	}
	script[n++] = "<group.seal";
	script[n++] = RESULT;
	script[n++] = "<group.wait";
	script[n++] = DONE("[{\"op\":\"@-126\",\"result\":7}]");
	script[n++] = ".";
	rig_init(&rig, script, count);
	ck_assert_int_eq(inflight_group_set_timeout(rig.group, -1), INFLIGHT_INVALID);
	ck_assert_int_eq(
		inflight_group_set_timeout(rig.group, INT64_C(1000000000001)), INFLIGHT_INVALID);
	ck_assert_int_eq(
		inflight_group_set_timeout(rig.group, INT64_C(1000000000000)), INFLIGHT_OK);
	require_wait(&rig, 30000, INFLIGHT_OK);
	require_outcome(&rig, 126, INFLIGHT_OP_RESULT, "7");
	ck_assert_int_eq(inflight_group_outcome(rig.group, count, &outcome), INFLIGHT_INVALID);
	rig_fini(&rig);
	free(script);
}
END_TEST

START_TEST(test_what_cannot_be_added)
{
	struct rig rig;

	rig_init(&rig, SCRIPT("-"), 0);
	ck_assert_int_eq(
		inflight_group_add(rig.group, "\xff", "k", NULL, NULL, NULL), INFLIGHT_INVALID);
	ck_assert_int_eq(
		inflight_group_add(rig.group, "q", "\xff", NULL, NULL, NULL), INFLIGHT_INVALID);
	ck_assert_int_eq(inflight_group_add(rig.group, "q", "k", "", NULL, NULL), INFLIGHT_INVALID);
	ck_assert_int_eq(inflight_group_add(rig.group, "q", "k", "1,\"op\":\"x\"", NULL, NULL),
		INFLIGHT_INVALID);
	ck_assert_uint_eq(inflight_group_count(rig.group), 0);
	rig_fini(&rig);
	inflight_group_free(NULL);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("client group");
	TCase *tests = tcase_create("groups");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_test(tests, test_every_outcome);
	tcase_add_test(tests, test_lost_at_each_step);
	tcase_add_test(tests, test_goes_on);
	tcase_add_test(tests, test_daemon_that_started_again);
	tcase_add_test(tests, test_refused_as_a_whole);
	tcase_add_test(tests, test_without_retry);
	tcase_add_loop_test(tests, test_many, 0, 3);
	tcase_add_test(tests, test_what_cannot_be_added);
	suite_add_tcase(suite, tests);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
