/*
 * The client library against a peer that says what the test wants: connecting,
 * requests as they go out, replies in any order, errors, and what is no reply.
 */
#include <config.h>

#include <check.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/address.h"
#include "client_fixture.h"

/* Requires a result with this id and text. */
static void
require_result(struct fixture *fixture, uint64_t id, const char *text)
{
	struct inflight_reply *reply = NULL;
	size_t len = 0;

	ck_assert_int_eq(inflight_receive(fixture->client, id, 5000, &reply), INFLIGHT_OK);
	ck_assert(!inflight_reply_is_error(reply));
	ck_assert_str_eq(inflight_reply_text(reply, &len), text);
	ck_assert_uint_eq(len, strlen(text));
	ck_assert_str_eq(inflight_reply_name(reply), "");
	ck_assert_int_eq(inflight_reply_code(reply), 0);
	inflight_reply_free(reply);
}

/* Requires an error with this id and name. */
static void
require_error(struct fixture *fixture, uint64_t ask, uint64_t id, const char *name)
{
	struct inflight_reply *reply = NULL;

	ck_assert_int_eq(inflight_receive(fixture->client, ask, 5000, &reply), INFLIGHT_OK);
	ck_assert(inflight_reply_is_error(reply));
	ck_assert_uint_eq(inflight_reply_id(reply), id);
	ck_assert_str_eq(inflight_reply_name(reply), name);
	ck_assert_ptr_null(inflight_reply_text(reply, NULL));
	ck_assert_ptr_null(inflight_reply_result(reply));
	inflight_reply_free(reply);
}

static void
require_status(struct fixture *fixture, uint64_t id, enum inflight_status status)
{
	struct inflight_reply *reply = NULL;

	ck_assert_int_eq(inflight_receive(fixture->client, id, 0, &reply), status);
	ck_assert_ptr_null(reply);
	ck_assert_str_ne(inflight_trouble(fixture->client), "");
}

/* ---- addresses ----------------------------------------------------------- */

START_TEST(test_addresses)
{
	struct inflight_address address;

	ck_assert_ptr_null(inflight_address_parse("unix:/run/a b.sock", &address));
	ck_assert(address.local);
	ck_assert_str_eq(address.path, "/run/a b.sock");
	ck_assert_ptr_null(inflight_address_parse("tcp:localhost:7777", &address));
	ck_assert(!address.local);
	ck_assert_str_eq(address.host, "localhost");
	ck_assert_str_eq(address.port, "7777");
	ck_assert_ptr_null(inflight_address_parse("tcp:[::1]:1", &address));
	ck_assert_str_eq(address.host, "::1");
	ck_assert_str_eq(address.port, "1");
	ck_assert_ptr_null(inflight_address_parse("tcp:127.0.0.1:65535", &address));
	ck_assert_str_eq(address.port, "65535");
}
END_TEST

START_TEST(test_wrong_addresses)
{
	static const char *const wrong[] = {"", "unix:", "tcp:", "tcp:host", "tcp::1",
		"tcp:host:", "tcp:host:0", "tcp:host:65536", "tcp:host:-1", "tcp:host:1x",
		"tcp:host:123456", "tcp:::1:7777", "tcp:[::1]", "tcp:[::1]7777", "tcp:[]:1",
		"tcp:[::1:7777", "/run/inflightd.sock", "http://localhost", "UNIX:/x",
		"tcp:[::1]:"};
	struct inflight_address address;
	char path[256] = "unix:";

	for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
		ck_assert_msg(inflight_address_parse(wrong[i], &address) != NULL, "%s", wrong[i]);
	memset(path + 5, 'x', 107);
	ck_assert_ptr_null(inflight_address_parse(path, &address));
	memset(path + 5, 'x', 108);
	ck_assert_ptr_nonnull(inflight_address_parse(path, &address));
}
END_TEST

START_TEST(test_default_address)
{
	struct fixture fixture;
	char path[128];
	char *address;

	fixture_init(&fixture);
	setenv("INFLIGHT_ADDRESS", "tcp:h:1", 1);
	address = inflight_address_default();
	ck_assert_str_eq(address, "tcp:h:1");
	free(address);
	setenv("INFLIGHT_ADDRESS", "", 1);
	setenv("XDG_RUNTIME_DIR", fixture.dir, 1);
	address = inflight_address_default();
	ck_assert_str_eq(address, "unix:/run/inflightd/inflightd.sock");
	free(address);
	/* The user's socket counts where it is there and the system's is not. */
	snprintf(path, sizeof path, "%s/inflightd.sock", fixture.dir);
	ck_assert_int_eq(rename(fixture.address + 5, path), 0);
	address = inflight_address_default();
	ck_assert_ptr_nonnull(strstr(address, "inflightd.sock"));
	free(address);
	ck_assert_int_eq(rename(path, fixture.address + 5), 0);
	fixture_fini(&fixture);
}
END_TEST

/* ---- connecting ---------------------------------------------------------- */

START_TEST(test_cannot_connect)
{
	struct inflight *client = inflight_new("unix:/nonexistent/sock");
	struct inflight_reply *reply;
	uint64_t id;

	ck_assert_str_eq(inflight_trouble(client), "");
	ck_assert_int_eq(inflight_call(client, "ping", NULL, 0, &reply), INFLIGHT_CLOSED);
	ck_assert_int_eq(inflight_connect(client, 1000), INFLIGHT_UNREACHABLE);
	ck_assert_ptr_nonnull(strstr(inflight_trouble(client), "/nonexistent/sock"));
	ck_assert_int_eq(inflight_fd(client), -1);
	ck_assert_int_eq(inflight_events(client), 0);
	ck_assert_int_eq(inflight_send(client, "ping", NULL, &id), INFLIGHT_UNREACHABLE);
	inflight_free(client);

	client = inflight_new("nonsense");
	ck_assert_int_eq(inflight_connect(client, 1000), INFLIGHT_INVALID);
	ck_assert_ptr_nonnull(strstr(inflight_trouble(client), "unix:PATH"));
	inflight_free(client);

	/* A port that is not listened on; the connect is under way before it fails. */
	client = inflight_new("tcp:127.0.0.1:1");
	ck_assert_int_eq(inflight_connect(client, 5000), INFLIGHT_UNREACHABLE);
	inflight_free(client);
	inflight_free(NULL);
}
END_TEST

START_TEST(test_connect_again)
{
	struct fixture fixture;
	uint64_t id;

	fixture_init(&fixture);
	fixture_connect(&fixture);
	id = fixture_send(&fixture, "ping");
	fixture_hang_up(&fixture);
	require_status(&fixture, id, INFLIGHT_CLOSED);
	ck_assert(!inflight_is_connected(fixture.client));
	ck_assert_int_eq(inflight_send(fixture.client, "ping", NULL, &id), INFLIGHT_CLOSED);

	ck_assert_int_eq(inflight_connect_start(fixture.client), INFLIGHT_OK);
	ck_assert_uint_eq(inflight_outstanding(fixture.client), 0);
	id = fixture_send(&fixture, "ping");
	ck_assert(inflight_events(fixture.client) & POLLOUT);
	fixture_accept(&fixture);
	fixture_hear(&fixture, "{\"jsonrpc\":\"2.0\",\"id\":2,\"method\":\"ping\"}\n");
	fixture_say(&fixture, "{\"jsonrpc\":\"2.0\",\"id\":2,\"result\":{\"pong\":true}}\n");
	require_result(&fixture, id, "{\"pong\":true}");
	inflight_disconnect(fixture.client);
	ck_assert_int_eq(inflight_fd(fixture.client), -1);
	fixture_fini(&fixture);
}
END_TEST

/* ---- requests ------------------------------------------------------------ */

START_TEST(test_requests)
{
	struct fixture fixture;
	json_t *params = json_pack("{s:s,s:i}", "queue", "q", "n", 3);
	const char *text = " { \"key\": 12345678901234567890,\r\n\t\"msg\":\"a\\nb\" } ";
	uint64_t id;

	fixture_init(&fixture);
	fixture_connect(&fixture);
	ck_assert_int_eq(inflight_send(fixture.client, "m", params, &id), INFLIGHT_OK);
	fixture_hear(&fixture, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"m\","
			       "\"params\":{\"queue\":\"q\",\"n\":3}}\n");
	ck_assert_int_eq(
		inflight_send_text(fixture.client, "a\"b", text, strlen(text), &id), INFLIGHT_OK);
	fixture_hear(&fixture, "{\"jsonrpc\":\"2.0\",\"id\":2,\"method\":\"a\\\"b\",\"params\":"
			       "{ \"key\": 12345678901234567890,  \t\"msg\":\"a\\nb\" }}\n");
	ck_assert_int_eq(inflight_send_text(fixture.client, "m", "[]", 2, &id), INFLIGHT_OK);
	fixture_hear(&fixture, "{\"jsonrpc\":\"2.0\",\"id\":3,\"method\":\"m\",\"params\":[]}\n");
	ck_assert_uint_eq(inflight_outstanding(fixture.client), 3);
	json_decref(params);
	fixture_fini(&fixture);
}
END_TEST

START_TEST(test_refused_requests)
{
	static const char *const wrong[] = {"", "1", "\"x\"", "null", "{", "{\"a\":1}x", "{'a':1}",
		"{\"a\":\"\xff\"}", "{\"a\":01}", "[\"\\ud800\"]"};
	struct fixture fixture;
	char deep[2 * INFLIGHT_DEPTH_MAX + 1];
	json_t *number = json_integer(1);
	uint64_t id = 0;

	fixture_init(&fixture);
	fixture_connect(&fixture);
	for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
		ck_assert_int_eq(
			inflight_send_text(fixture.client, "m", wrong[i], strlen(wrong[i]), &id),
			INFLIGHT_INVALID);
		ck_assert_ptr_nonnull(strstr(inflight_trouble(fixture.client), "params"));
	}
	ck_assert_int_eq(inflight_send(fixture.client, "m", number, &id), INFLIGHT_INVALID);
	ck_assert_int_eq(inflight_send(fixture.client, "\xc0\x80", NULL, &id), INFLIGHT_INVALID);
	for (size_t depth = INFLIGHT_DEPTH_MAX - 1; depth <= INFLIGHT_DEPTH_MAX; depth++) {
		memset(deep, '[', depth);
		memset(deep + depth, ']', depth);
		ck_assert_int_eq(inflight_send_text(fixture.client, "m", deep, 2 * depth, &id),
			depth < INFLIGHT_DEPTH_MAX ? INFLIGHT_OK : INFLIGHT_INVALID);
	}
	/* Nothing of what was refused goes out. */
	inflight_flush(fixture.client, 1000);
	ck_assert_uint_eq(id, 1);
	ck_assert_uint_eq(inflight_outstanding(fixture.client), 1);
	json_decref(number);
	fixture_fini(&fixture);
}
END_TEST

START_TEST(test_send_end)
{
	struct fixture fixture;
	uint64_t id;
	uint64_t other;

	fixture_init(&fixture);
	fixture_connect(&fixture);
	id = fixture_send(&fixture, "x");
	ck_assert_int_eq(inflight_send_end(fixture.client), INFLIGHT_OK);
	ck_assert_int_eq(inflight_send(fixture.client, "y", NULL, &other), INFLIGHT_INVALID);
	fixture_say(&fixture, "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{}}\n");
	fixture_hang_up(&fixture);
	require_result(&fixture, id, "{}");
	require_status(&fixture, 0, INFLIGHT_CLOSED);
	fixture_fini(&fixture);
}
END_TEST

/* ---- replies ------------------------------------------------------------- */

START_TEST(test_replies_out_of_order)
{
	struct fixture fixture;
	uint64_t ids[4];

	fixture_init(&fixture);
	fixture_connect(&fixture);
	for (size_t i = 0; i < 4; i++)
		ids[i] = fixture_send(&fixture, "x");
	require_status(&fixture, ids[0], INFLIGHT_TIMEOUT);
	fixture_say(&fixture, "{\"jsonrpc\":\"2.0\",\"id\":3,\"result\":{\"n\":3}}\n"
			      "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{\"n\":1}}\r\n");
	fixture_say(&fixture, "{\"jsonrpc\":\"2.0\",\"id\":4,\"resu");
	require_result(&fixture, ids[0], "{\"n\":1}");
	require_status(&fixture, ids[3], INFLIGHT_TIMEOUT);
	fixture_say(
		&fixture, "lt\":{\"n\":4}}\n{\"result\":{\"n\":2},\"id\":2,\"jsonrpc\":\"2.0\"}\n");
	require_result(&fixture, 0, "{\"n\":3}");
	require_result(&fixture, ids[1], "{\"n\":2}");
	require_result(&fixture, 0, "{\"n\":4}");
	require_status(&fixture, 0, INFLIGHT_TIMEOUT);
	require_status(&fixture, ids[0], INFLIGHT_INVALID);
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
	require_error(&fixture, id, id, "");
	id = fixture_send(&fixture, "x");
	fixture_say(&fixture, "{\"jsonrpc\":\"2.0\",\"id\":3,\"error\":{\"code\":-32603,"
			      "\"message\":\"m\",\"data\":[1]}}\n");
	require_error(&fixture, id, id, "");
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
	require_error(&fixture, 0, 2, "line_too_long");
	require_error(&fixture, 1, 1, "limit");
	ck_assert_uint_eq(inflight_outstanding(fixture.client), 1);
	/* Nobody waits for what was forgotten. */
	inflight_forget(fixture.client, 3);
	fixture_say(&fixture, STRAY("limit") STRAY("limit"));
	require_error(&fixture, 0, 0, "limit");
	/* Said before there was a request, it is about the next one. */
	fixture_say(&fixture, STRAY("unauthorized"));
	require_error(&fixture, fixture_send(&fixture, "next"), 4, "unauthorized");
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
	require_result(&fixture, 0, "{}");
	ck_assert_uint_eq(inflight_outstanding(fixture.client), 0);
	/* One that has come already is thrown away as well. */
	fixture_send(&fixture, "x");
	fixture_send(&fixture, "x");
	fixture_say(&fixture, "{\"jsonrpc\":\"2.0\",\"id\":3,\"result\":{}}\n"
			      "{\"jsonrpc\":\"2.0\",\"id\":4,\"result\":{\"n\":4}}\n");
	require_result(&fixture, 4, "{\"n\":4}");
	inflight_forget(fixture.client, 3);
	require_status(&fixture, 3, INFLIGHT_INVALID);
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
	require_status(&fixture, id, INFLIGHT_GARBLED);
	ck_assert(!inflight_is_connected(fixture.client));
	require_status(&fixture, id, INFLIGHT_GARBLED);
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
	require_result(&fixture, id, "{}");
	require_status(&fixture, 2, INFLIGHT_CLOSED);
	fixture_fini(&fixture);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("client");
	TCase *tcase = tcase_create("client");
	SRunner *runner;
	int failed;

	tcase_add_test(tcase, test_addresses);
	tcase_add_test(tcase, test_wrong_addresses);
	tcase_add_test(tcase, test_default_address);
	tcase_add_test(tcase, test_cannot_connect);
	tcase_add_test(tcase, test_connect_again);
	tcase_add_test(tcase, test_requests);
	tcase_add_test(tcase, test_refused_requests);
	tcase_add_test(tcase, test_send_end);
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
