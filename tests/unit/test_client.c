/*
 * The client library on its way to the daemon: addresses, connecting, and requests
 * as they go out.
 */
#include <config.h>

#include <check.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/address.h"
#include "client_fixture.h"

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
	fixture_require_status(&fixture, id, INFLIGHT_CLOSED);
	ck_assert(!inflight_is_connected(fixture.client));
	ck_assert_int_eq(inflight_send(fixture.client, "ping", NULL, &id), INFLIGHT_CLOSED);

	ck_assert_int_eq(inflight_connect_start(fixture.client), INFLIGHT_OK);
	ck_assert_uint_eq(inflight_outstanding(fixture.client), 0);
	id = fixture_send(&fixture, "ping");
	ck_assert(inflight_events(fixture.client) & POLLOUT);
	fixture_accept(&fixture);
	fixture_hear(&fixture, "{\"jsonrpc\":\"2.0\",\"id\":2,\"method\":\"ping\"}\n");
	fixture_say(&fixture, "{\"jsonrpc\":\"2.0\",\"id\":2,\"result\":{\"pong\":true}}\n");
	fixture_require_result(&fixture, id, "{\"pong\":true}");
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
	fixture_require_result(&fixture, id, "{}");
	fixture_require_status(&fixture, 0, INFLIGHT_CLOSED);
	fixture_fini(&fixture);
}
END_TEST

/* What is read while something is sent would not wake up who polls the descriptor. */
START_TEST(test_sending_does_not_read)
{
	struct fixture fixture;
	struct pollfd poll_fd = {.events = POLLIN};
	char method[70000];
	uint64_t id;

	memset(method, 'x', sizeof method);
	method[sizeof method - 1] = '\0';
	fixture_init(&fixture);
	fixture_connect(&fixture);
	fixture_send(&fixture, "x");
	fixture_hear(&fixture, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"x\"}\n");
	fixture_say(&fixture, "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{}}\n");
	/* So much that it is written at once. */
	ck_assert_int_eq(inflight_send(fixture.client, method, NULL, &id), INFLIGHT_OK);
	ck_assert_int_eq(inflight_send_end(fixture.client), INFLIGHT_OK);
	poll_fd.fd = inflight_fd(fixture.client);
	ck_assert_int_eq(poll(&poll_fd, 1, 0), 1);
	ck_assert(poll_fd.revents & POLLIN);
	fixture_require_result(&fixture, 1, "{}");
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
	tcase_add_test(tcase, test_sending_does_not_read);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
