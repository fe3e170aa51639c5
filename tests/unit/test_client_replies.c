/*
 * The client library against a peer that says what the test wants: replies in any
 * order, errors, and what is no reply.
 */
#include <config.h>

#include <check.h>
#include <stdlib.h>

#include "client_fixture.h"

START_TEST(test_replies_out_of_order)
{
	struct fixture fixture;
	uint64_t ids[4];

	fixture_init(&fixture);
	fixture_connect(&fixture);
	for (size_t i = 0; i < 4; i++)
		ids[i] = fixture_send(&fixture, "x");
	fixture_require_status(&fixture, ids[0], INFLIGHT_TIMEOUT);
	fixture_say(&fixture, "{\"jsonrpc\":\"2.0\",\"id\":3,\"result\":{\"n\":3}}\n"
			      "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{\"n\":1}}\r\n");
	fixture_say(&fixture, "{\"jsonrpc\":\"2.0\",\"id\":4,\"resu");
	fixture_require_result(&fixture, ids[0], "{\"n\":1}");
	fixture_require_status(&fixture, ids[3], INFLIGHT_TIMEOUT);
	fixture_say(
		&fixture, "lt\":{\"n\":4}}\n{\"result\":{\"n\":2},\"id\":2,\"jsonrpc\":\"2.0\"}\n");
	fixture_require_result(&fixture, 0, "{\"n\":3}");
	fixture_require_result(&fixture, ids[1], "{\"n\":2}");
	fixture_require_result(&fixture, 0, "{\"n\":4}");
	fixture_require_status(&fixture, 0, INFLIGHT_TIMEOUT);
	fixture_require_status(&fixture, ids[0], INFLIGHT_INVALID);
	fixture_fini(&fixture);
}
END_TEST

START_TEST(test_result_is_kept_byte_for_byte)
{
	struct fixture fixture;
	struct inflight_reply *reply;
	json_t *result;

	fixture_init(&fixture);
	fixture_connect(&fixture);
	fixture_send(&fixture, "x");
	fixture_send(&fixture, "x");
	fixture_say(&fixture, "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\": {\"b\":1.50e+3, "
			      "\"a\":98765432109876543210,\"a\":\"\\u0041\"} }\n"
			      "{\"jsonrpc\":\"2.0\",\"id\":2,\"result\":{\"a\":[7]}}\n");
	ck_assert_int_eq(inflight_receive(fixture.client, 1, 5000, &reply), INFLIGHT_OK);
	ck_assert_str_eq(inflight_reply_text(reply, NULL),
		"{\"b\":1.50e+3, \"a\":98765432109876543210,\"a\":\"\\u0041\"}");
	/* jansson cannot hold that number; the text is the way to it. */
	ck_assert_ptr_null(inflight_reply_result(reply));
	inflight_reply_free(reply);
	ck_assert_int_eq(inflight_receive(fixture.client, 2, 5000, &reply), INFLIGHT_OK);
	result = inflight_reply_result(reply);
	ck_assert_int_eq(json_integer_value(json_array_get(json_object_get(result, "a"), 0)), 7);
	json_decref(result);
	/* A reply outlasts its handle. */
	fixture_fini(&fixture);
	ck_assert_str_eq(inflight_reply_text(reply, NULL), "{\"a\":[7]}");
	inflight_reply_free(reply);
}
END_TEST

START_TEST(test_server_error)
{
	struct fixture fixture;
	struct inflight_reply *reply;
	uint64_t id;

	fixture_init(&fixture);
	fixture_connect(&fixture);
	id = fixture_send(&fixture, "x");
	fixture_say(&fixture,
		"{\"jsonrpc\":\"2.0\",\"id\":1,\"error\":{\"code\":-32001,\"message\":\"queue "
		"\\\"q\\\" is \\u0041\",\"data\":{\"code\":\"saturated_depth\",\"limit\":10}}}\n");
	ck_assert_int_eq(inflight_receive(fixture.client, id, 5000, &reply), INFLIGHT_OK);
	ck_assert(inflight_reply_is_error(reply));
	ck_assert_int_eq(inflight_reply_code(reply), -32001);
	ck_assert_str_eq(inflight_reply_name(reply), "saturated_depth");
	ck_assert_str_eq(inflight_reply_message(reply), "queue \"q\" is A");
	ck_assert_str_eq(inflight_reply_data(reply), "{\"code\":\"saturated_depth\",\"limit\":10}");
	inflight_reply_free(reply);

	/* Data is optional, and need not be ours. */
	id = fixture_send(&fixture, "x");
	fixture_say(&fixture, "{\"jsonrpc\":\"2.0\",\"id\":2,\"error\":{\"code\":-32603,"
			      "\"message\":\"m\"}}\n");
	fixture_require_error(&fixture, id, id, "");
	id = fixture_send(&fixture, "x");
	fixture_say(&fixture, "{\"jsonrpc\":\"2.0\",\"id\":3,\"error\":{\"code\":-32603,"
			      "\"message\":\"m\",\"data\":[1]}}\n");
	fixture_require_error(&fixture, id, id, "");
	fixture_fini(&fixture);
}
END_TEST

#define STRAY(NAME)                                                                            \
	"{\"jsonrpc\":\"2.0\",\"id\":null,\"error\":{\"code\":-1,\"message\":\"m\",\"data\":{" \
	"\"code\":\"" NAME "\"}}}\n"

START_TEST(test_errors_without_an_id)
{
	struct fixture fixture;

	fixture_init(&fixture);
	fixture_connect(&fixture);
	fixture_send(&fixture, "short");
	fixture_send(&fixture, "the longest of them");
	fixture_send(&fixture, "not so long");
	fixture_say(&fixture, STRAY("line_too_long") STRAY("limit"));
	fixture_require_error(&fixture, 0, 2, "line_too_long");
	fixture_require_error(&fixture, 1, 1, "limit");
	ck_assert_uint_eq(inflight_outstanding(fixture.client), 1);
	/* Nobody waits for what was forgotten. */
	inflight_forget(fixture.client, 3);
	fixture_say(&fixture, STRAY("limit") STRAY("limit"));
	fixture_require_error(&fixture, 0, 0, "limit");
	/* Said before there was a request, it is about the next one. */
	fixture_say(&fixture, STRAY("unauthorized"));
	fixture_require_error(&fixture, fixture_send(&fixture, "next"), 4, "unauthorized");
	fixture_fini(&fixture);
}
END_TEST

START_TEST(test_forgotten_replies)
{
	struct fixture fixture;
	struct inflight_reply *reply = NULL;

	fixture_init(&fixture);
	fixture_connect(&fixture);
	ck_assert_int_eq(inflight_call(fixture.client, "slow", NULL, 0, &reply), INFLIGHT_TIMEOUT);
	fixture_send(&fixture, "x");
	fixture_say(&fixture, "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{\"late\":1}}\n"
			      "{\"jsonrpc\":\"2.0\",\"id\":2,\"result\":{}}\n");
	fixture_require_result(&fixture, 0, "{}");
	ck_assert_uint_eq(inflight_outstanding(fixture.client), 0);
	/* One that has come already is thrown away as well. */
	fixture_send(&fixture, "x");
	fixture_send(&fixture, "x");
	fixture_say(&fixture, "{\"jsonrpc\":\"2.0\",\"id\":3,\"result\":{}}\n"
			      "{\"jsonrpc\":\"2.0\",\"id\":4,\"result\":{\"n\":4}}\n");
	fixture_require_result(&fixture, 4, "{\"n\":4}");
	inflight_forget(fixture.client, 3);
	fixture_require_status(&fixture, 3, INFLIGHT_INVALID);
	fixture_fini(&fixture);
}
END_TEST

static const char *const garbled[] = {"HTTP/1.1 400 Bad Request\r\n", "{}\n", "[]\n", "null\n",
	"{\"jsonrpc\":\"2.0\",\"id\":1}\n", "{\"jsonrpc\":\"2.0\",\"result\":{}}\n",
	"{\"id\":1,\"result\":{}}\n", "{\"jsonrpc\":\"1.0\",\"id\":1,\"result\":{}}\n",
	"{\"jsonrpc\":\"2.0\",\"id\":\"1\",\"result\":{}}\n",
	"{\"jsonrpc\":\"2.0\",\"id\":2,\"result\":{}}\n",
	"{\"jsonrpc\":\"2.0\",\"id\":0,\"result\":{}}\n",
	"{\"jsonrpc\":\"2.0\",\"id\":-1,\"result\":{}}\n",
	"{\"jsonrpc\":\"2.0\",\"id\":1.0,\"result\":{}}\n",
	"{\"jsonrpc\":\"2.0\",\"id\":18446744073709551617,\"result\":{}}\n",
	"{\"jsonrpc\":\"2.0\",\"id\":null,\"result\":{}}\n",
	"{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{},\"error\":{\"code\":1,\"message\":\"\"}}\n",
	"{\"jsonrpc\":\"2.0\",\"id\":1,\"error\":null}\n",
	"{\"jsonrpc\":\"2.0\",\"id\":1,\"error\":{\"code\":\"1\",\"message\":\"\"}}\n",
	"{\"jsonrpc\":\"2.0\",\"id\":1,\"error\":{\"code\":1}}\n",
	"{\"jsonrpc\":\"2.0\",\"id\":1,\"error\":{\"code\":1,\"message\":2}}\n",
	"{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{}\n",
	"{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{\"a\":\"\xed\xa0\x80\"}}\n"};

START_TEST(test_garbled_replies)
{
	struct fixture fixture;
	uint64_t id;

	fixture_init(&fixture);
	fixture_connect(&fixture);
	id = fixture_send(&fixture, "x");
	fixture_say(&fixture, garbled[_i]);
	fixture_require_status(&fixture, id, INFLIGHT_GARBLED);
	ck_assert(!inflight_is_connected(fixture.client));
	fixture_require_status(&fixture, id, INFLIGHT_GARBLED);
	fixture_fini(&fixture);
}
END_TEST

START_TEST(test_end_inside_a_reply)
{
	struct fixture fixture;
	uint64_t id;

	fixture_init(&fixture);
	fixture_connect(&fixture);
	id = fixture_send(&fixture, "x");
	fixture_send(&fixture, "x");
	fixture_say(&fixture, "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{}}\n{\"jsonrpc\":");
	fixture_hang_up(&fixture);
	fixture_require_result(&fixture, id, "{}");
	fixture_require_status(&fixture, 2, INFLIGHT_CLOSED);
	fixture_fini(&fixture);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("client replies");
	TCase *tcase = tcase_create("replies");
	SRunner *runner;
	int failed;

	tcase_add_test(tcase, test_replies_out_of_order);
	tcase_add_test(tcase, test_result_is_kept_byte_for_byte);
	tcase_add_test(tcase, test_server_error);
	tcase_add_test(tcase, test_errors_without_an_id);
	tcase_add_test(tcase, test_forgotten_replies);
	tcase_add_loop_test(tcase, test_garbled_replies, 0, sizeof garbled / sizeof garbled[0]);
	tcase_add_test(tcase, test_end_inside_a_reply);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
