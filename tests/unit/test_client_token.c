/*
 * The client library's token: shown first on every connection, blocking or not, and its
 * reply is nobody's but the library's.
 */
#include <config.h>

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "client_fixture.h"

#define AUTH(id, token)                                                                         \
	"{\"jsonrpc\":\"2.0\",\"id\":" id ",\"method\":\"auth\",\"params\":{\"token\":\"" token \
	"\"}}\n"
#define PING(id) "{\"jsonrpc\":\"2.0\",\"id\":" id ",\"method\":\"ping\"}\n"
#define GOOD(id) "{\"jsonrpc\":\"2.0\",\"id\":" id ",\"result\":{\"name\":\"me\",\"roles\":[]}}\n"
#define PONG(id) "{\"jsonrpc\":\"2.0\",\"id\":" id ",\"result\":{\"pong\":true}}\n"
#define WRONG(id, name)                                                                      \
	"{\"jsonrpc\":\"2.0\",\"id\":" id ",\"error\":{\"code\":-1,\"message\":\"told " name \
	"\",\"data\":{\"code\":\"" name "\"}}}\n"

static struct fixture fixture;

/* Connected without waiting, the token on its way. */
static void
start(const char *token)
{
	fixture_init(&fixture);
	ck_assert_int_eq(inflight_set_token(fixture.client, token), INFLIGHT_OK);
	ck_assert_int_eq(inflight_connect_start(fixture.client), INFLIGHT_OK);
	fixture_accept(&fixture);
}

START_TEST(test_shown_first)
{
	uint64_t id;

	start("s\"\n");
	id = fixture_send(&fixture, "ping");
	ck_assert_uint_eq(inflight_outstanding(fixture.client), 1);
	fixture_hear(&fixture, AUTH("1", "s\\\"\\n") PING("2"));
	fixture_say(&fixture, GOOD("1") PONG("2"));
	fixture_require_result(&fixture, 0, "{\"pong\":true}");
	ck_assert_uint_eq(id, 2);
	ck_assert_uint_eq(inflight_outstanding(fixture.client), 0);
	fixture_fini(&fixture);
}
END_TEST

START_TEST(test_not_accepted)
{
	uint64_t id;

	start("wrong");
	id = fixture_send(&fixture, "ping");
	fixture_say(&fixture, WRONG("1", "unauthorized"));
	fixture_require_status(&fixture, id, INFLIGHT_UNAUTHORIZED);
	ck_assert_ptr_nonnull(strstr(inflight_trouble(fixture.client), "told unauthorized"));
	ck_assert(!inflight_is_connected(fixture.client));
	fixture_fini(&fixture);
}
END_TEST

/* Other refusals are no judgement on the token. */
START_TEST(test_other_answers)
{
	uint64_t id;

	start("token");
	id = fixture_send(&fixture, "ping");
	fixture_say(&fixture, WRONG("null", "limit"));
	fixture_require_status(&fixture, id, INFLIGHT_UNREACHABLE);
	fixture_fini(&fixture);

	start("token");
	id = fixture_send(&fixture, "ping");
	fixture_say(&fixture, WRONG("1", "method_not_found") PONG("2"));
	fixture_require_result(&fixture, id, "{\"pong\":true}");
	fixture_fini(&fixture);
}
END_TEST

START_TEST(test_again_on_each_connection)
{
	start("one");
	fixture_hear(&fixture, AUTH("1", "one"));
	fixture_hang_up(&fixture);
	ck_assert_int_eq(inflight_connect_start(fixture.client), INFLIGHT_OK);
	fixture_accept(&fixture);
	fixture_send(&fixture, "ping");
	fixture_hear(&fixture, AUTH("2", "one") PING("3"));
	/* Another token is shown from the next connection on, none at last. */
	ck_assert_int_eq(inflight_set_token(fixture.client, "two"), INFLIGHT_OK);
	fixture_hang_up(&fixture);
	ck_assert_int_eq(inflight_connect_start(fixture.client), INFLIGHT_OK);
	fixture_accept(&fixture);
	fixture_send(&fixture, "ping");
	fixture_hear(&fixture, AUTH("4", "two") PING("5"));
	ck_assert_int_eq(inflight_set_token(fixture.client, NULL), INFLIGHT_OK);
	fixture_hang_up(&fixture);
	ck_assert_int_eq(inflight_connect_start(fixture.client), INFLIGHT_OK);
	fixture_accept(&fixture);
	fixture_send(&fixture, "ping");
	fixture_hear(&fixture, PING("6"));
	fixture_fini(&fixture);
}
END_TEST

/* A connect that waits does so for the daemon's answer as well. */
START_TEST(test_connect_waits)
{
	fixture_init(&fixture);
	ck_assert_int_eq(inflight_set_token(fixture.client, "token"), INFLIGHT_OK);
	ck_assert_int_eq(inflight_connect(fixture.client, 0), INFLIGHT_TIMEOUT);
	ck_assert(!inflight_is_connected(fixture.client));
	fixture_fini(&fixture);
}
END_TEST

START_TEST(test_wrong_tokens)
{
	char token[202];

	fixture_init(&fixture);
	memset(token, 'a', sizeof token);
	token[201] = '\0';
	ck_assert_int_eq(inflight_set_token(fixture.client, ""), INFLIGHT_INVALID);
	ck_assert_int_eq(inflight_set_token(fixture.client, "\xff"), INFLIGHT_INVALID);
	ck_assert_int_eq(inflight_set_token(fixture.client, token), INFLIGHT_INVALID);
	token[200] = '\0';
	ck_assert_int_eq(inflight_set_token(fixture.client, token), INFLIGHT_OK);
	token[199] = '\0';
	ck_assert_int_eq(inflight_set_token(fixture.client, token), INFLIGHT_OK);
	ck_assert_int_eq(inflight_set_token(fixture.client, "a"), INFLIGHT_OK);
	fixture_fini(&fixture);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("client token");
	TCase *tests = tcase_create("token");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_test(tests, test_shown_first);
	tcase_add_test(tests, test_not_accepted);
	tcase_add_test(tests, test_other_answers);
	tcase_add_test(tests, test_again_on_each_connection);
	tcase_add_test(tests, test_connect_waits);
	tcase_add_test(tests, test_wrong_tokens);
	suite_add_tcase(suite, tests);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
