/*
 * Calls that outlive connections: lost before the request, in its middle, before the answer, in
 * its middle; what is repeated and what is not; what is told when the time is over.
 */
#include <config.h>

#include <check.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/errand.h"
#include "client/handle.h"
#include "client/repeat.h"
#include "script_peer.h"

#define RESULT SAY_RESULT("{}")
#define STRAY(CODE)                                                                             \
	">{\"jsonrpc\":\"2.0\",\"id\":null,\"error\":{\"code\":-32000,\"message\":\"because\"," \
	"\"data\":{\"code\":\"" CODE "\"}}}"
#define NAMED    "{\"queue\":\"q\",\"key\":\"k\",\"op\":\"1\"}"
#define NAMELESS "{\"queue\":\"q\",\"key\":\"k\"}"

/* ---- where a connection can be lost -------------------------------------- */

START_TEST(test_lost_before_it_is_sent)
{
	struct pollfd poll_fd = {.events = POLLIN};
	struct script_peer peer;

	/* The first connection is closed while nobody uses it: nothing else is lost. */
	script_peer_init(&peer, SCRIPT("+", "<ping", RESULT, "x", "+", "<queue.purge", RESULT));
	script_peer_require(&peer, "ping", NULL, "{}");
	poll_fd.fd = inflight_fd(peer.client);
	/* It may have been seen with the answer. */
	ck_assert(poll_fd.fd < 0 || poll(&poll_fd, 1, 30000) == 1);
	script_peer_require(&peer, "queue.purge", "{\"queue\":\"q\"}", "{}");
	script_peer_fini(&peer);
}
END_TEST

/* So large that the socket does not take it whole. */
static char *
large_params(void)
{
	size_t size = 4 * 1024 * 1024;
	char *params = malloc(size + 32);

	ck_assert_ptr_nonnull(params);
	memset(params, 'x', size);
	memcpy(params, "{\"queue\":\"", 10);
	memcpy(params + size, "\"}", 3);
	return params;
}

START_TEST(test_half_sent)
{
	struct script_peer peer;
	char *params = large_params();

	/* Half a line is not executed, so also what may not be repeated is sent again. */
	script_peer_init(
		&peer, SCRIPT("+", "~1000", "x", "+", "~100000", "x", "+", "<queue.purge", RESULT));
	script_peer_require(&peer, "queue.purge", params, "{}");
	script_peer_fini(&peer);
	free(params);
}
END_TEST

START_TEST(test_sent_without_answer)
{
	struct script_peer peer;

	script_peer_init(&peer, SCRIPT("+", "<enqueue", "x", "+", "<\"op\":\"1\"", RESULT));
	script_peer_require(&peer, "enqueue", NAMED, "{}");
	script_peer_fini(&peer);
	script_peer_init(&peer, SCRIPT("+", "<enqueue", "x", "+", "<ping", RESULT));
	script_peer_call(&peer, "enqueue", NAMELESS, 30000, INFLIGHT_UNKNOWN_OUTCOME);
	script_peer_require(&peer, "ping", NULL, "{}");
	script_peer_fini(&peer);
}
END_TEST

START_TEST(test_half_an_answer)
{
	struct script_peer peer;
	const char *half = "={\"jsonrpc\":\"2.0\",\"id\":#,\"resu";

	script_peer_init(&peer, SCRIPT("+", "<finish", half, "x", "+", "<finish", half, "x", "+",
					"<finish", RESULT));
	script_peer_require(&peer, "finish", "{\"set\":\"t\"}", "{}");
	script_peer_fini(&peer);
	script_peer_init(&peer, SCRIPT("+", "<queue.kick", half, "x"));
	script_peer_call(&peer, "queue.kick", "{\"queue\":\"q\"}", 30000, INFLIGHT_UNKNOWN_OUTCOME);
	script_peer_fini(&peer);
}
END_TEST

START_TEST(test_whole_answer_before_the_end)
{
	struct script_peer peer;

	script_peer_init(&peer, SCRIPT("+", "<queue.kick", RESULT, "x"));
	script_peer_require(&peer, "queue.kick", "{\"queue\":\"q\"}", "{}");
	script_peer_fini(&peer);
}
END_TEST

START_TEST(test_without_the_option)
{
	struct script_peer peer;

	script_peer_init(&peer, SCRIPT("+", "<finish", "x"));
	ck_assert_int_eq(inflight_set_retry(peer.client, 0, 0, 1), INFLIGHT_OK);
	script_peer_call(&peer, "finish", "{\"set\":\"t\"}", 30000, INFLIGHT_CLOSED);
	ck_assert_int_eq(inflight_connect(peer.client, 30000), INFLIGHT_OK);
	script_peer_call(&peer, "finish", "{\"set\":\"t\"}", 30000, INFLIGHT_CLOSED);
	script_peer_fini(&peer);
}
END_TEST

/* ---- what the daemon says ------------------------------------------------ */

START_TEST(test_not_now)
{
	struct script_peer peer;
	struct inflight_reply *reply;

	script_peer_init(&peer,
		SCRIPT("+", "<queue.kick", SAY_ERROR("unavailable"), "<queue.kick",
			SAY_ERROR("unavailable"), "<queue.kick", RESULT, "<finish",
			SAY_ERROR("unknown_outcome"), "<finish", RESULT, "<queue.kick",
			SAY_ERROR("unknown_outcome"), "<enqueue", SAY_ERROR("saturated_depth")));
	script_peer_require(&peer, "queue.kick", "{\"queue\":\"q\"}", "{}");
	script_peer_require(&peer, "finish", "{\"set\":\"t\"}", "{}");
	reply = script_peer_call(&peer, "queue.kick", "{\"queue\":\"q\"}", 30000, INFLIGHT_OK);
	ck_assert_str_eq(inflight_reply_name(reply), "unknown_outcome");
	inflight_reply_free(reply);
	reply = script_peer_call(&peer, "enqueue", NAMED, 30000, INFLIGHT_OK);
	ck_assert_str_eq(inflight_reply_name(reply), "saturated_depth");
	inflight_reply_free(reply);
	script_peer_fini(&peer);
}
END_TEST

/* That one attempt was not executed says nothing about the next. */
START_TEST(test_lost_after_not_now)
{
	struct script_peer peer;

	script_peer_init(
		&peer, SCRIPT("+", "<queue.kick", SAY_ERROR("unavailable"), "<queue.kick", "x"));
	script_peer_call(&peer, "queue.kick", "{\"queue\":\"q\"}", 30000, INFLIGHT_UNKNOWN_OUTCOME);
	script_peer_fini(&peer);
	script_peer_init(&peer,
		SCRIPT("+", "<enqueue", "x", "+", "<enqueue", SAY_ERROR("unavailable"), "-", "x"));
	script_peer_call(&peer, "enqueue", NAMED, 1000, INFLIGHT_UNKNOWN_OUTCOME);
	script_peer_fini(&peer);
}
END_TEST

/* It executes nothing of what such a connection sends. */
START_TEST(test_connection_refused_by_limit)
{
	struct script_peer peer;

	script_peer_init(
		&peer, SCRIPT("+", "<queue.kick", STRAY("limit"), "x", "+", "<queue.kick", RESULT));
	script_peer_require(&peer, "queue.kick", "{\"queue\":\"q\"}", "{}");
	script_peer_fini(&peer);
}
END_TEST

START_TEST(test_no_use_to_try_again)
{
	struct script_peer peer;

	script_peer_init(&peer, SCRIPT("+", "<ping", ">HTTP/1.1 400 Bad Request", "."));
	script_peer_call(&peer, "ping", NULL, -1, INFLIGHT_GARBLED);
	script_peer_fini(&peer);
	script_peer_init(&peer, SCRIPT("+", "<auth", SAY_ERROR("unauthorized"), "."));
	ck_assert_int_eq(inflight_set_token(peer.client, "wrong"), INFLIGHT_OK);
	script_peer_call(&peer, "enqueue", NAMELESS, -1, INFLIGHT_UNAUTHORIZED);
	script_peer_fini(&peer);
	/* Once it may have been executed, that matters more than why nothing came of it. */
	script_peer_init(&peer, SCRIPT("+", "<auth", RESULT, "<enqueue", "x", "+", "<auth",
					SAY_ERROR("unauthorized"), "."));
	ck_assert_int_eq(inflight_set_token(peer.client, "wrong"), INFLIGHT_OK);
	script_peer_call(&peer, "enqueue", NAMED, -1, INFLIGHT_UNKNOWN_OUTCOME);
	script_peer_fini(&peer);
	script_peer_init(&peer, SCRIPT("-"));
	script_peer_call(&peer, "ping", "[", -1, INFLIGHT_INVALID);
	script_peer_call(&peer, "ping", "1", -1, INFLIGHT_INVALID);
	script_peer_call(&peer, "ping", "", -1, INFLIGHT_INVALID);
	script_peer_fini(&peer);
}
END_TEST

/* ---- time that is over --------------------------------------------------- */

START_TEST(test_nobody_listens)
{
	struct script_peer peer;

	script_peer_init(&peer, SCRIPT("+", "<ping", "-", "x"));
	script_peer_call(&peer, "ping", NULL, 50, INFLIGHT_UNREACHABLE);
	script_peer_call(&peer, "enqueue", NAMED, 5, INFLIGHT_UNREACHABLE);
	script_peer_fini(&peer);
	script_peer_init(&peer, SCRIPT("+", "<enqueue", "-", "x"));
	script_peer_call(&peer, "enqueue", NAMED, 50, INFLIGHT_UNKNOWN_OUTCOME);
	script_peer_fini(&peer);
}
END_TEST

START_TEST(test_no_answer_in_time)
{
	struct script_peer peer;

	script_peer_init(&peer, SCRIPT("+", "<enqueue", "<ping", RESULT, "."));
	script_peer_call(&peer, "enqueue", NAMED, 5, INFLIGHT_TIMEOUT);
	script_peer_require(&peer, "ping", NULL, "{}");
	script_peer_fini(&peer);
}
END_TEST

START_TEST(test_answer_that_says_again_is_kept)
{
	struct script_peer peer;
	struct inflight_reply *reply;

	script_peer_init(&peer, SCRIPT("+", "<ping", SAY_ERROR("unavailable"), "."));
	ck_assert_int_eq(inflight_set_retry(peer.client, 60000, 60000, 60000), INFLIGHT_OK);
	reply = script_peer_call(&peer, "ping", NULL, 700, INFLIGHT_OK);
	ck_assert_str_eq(inflight_reply_name(reply), "unavailable");
	inflight_reply_free(reply);
	script_peer_fini(&peer);
}
END_TEST

START_TEST(test_silence)
{
	struct script_peer peer;

	script_peer_init(&peer, SCRIPT("+", "<finish", ".", "+", "<finish", RESULT));
	ck_assert_int_eq(inflight_set_retry(peer.client, 1, 1, 1000), INFLIGHT_OK);
	script_peer_require(&peer, "finish", "{\"set\":\"t\"}", "{}");
	script_peer_fini(&peer);
}
END_TEST

/* What inflight_send() sent belongs to the connection that is gone. */
START_TEST(test_requests_of_a_connection_that_is_gone)
{
	struct script_peer peer;
	struct inflight_reply *reply;
	uint64_t id;

	script_peer_init(&peer, SCRIPT("+", "<stats", "<ping", "x", "+", "<ping", RESULT));
	ck_assert_int_eq(inflight_connect(peer.client, 30000), INFLIGHT_OK);
	ck_assert_int_eq(inflight_send(peer.client, "stats", NULL, &id), INFLIGHT_OK);
	script_peer_require(&peer, "ping", NULL, "{}");
	ck_assert_int_eq(inflight_receive(peer.client, id, 0, &reply), INFLIGHT_CLOSED);
	script_peer_fini(&peer);
}
END_TEST

/* ---- the parts ----------------------------------------------------------- */

static enum inflight_repeat
repeat_of(const char *method, const char *params)
{
	struct inflight_repeat_facts facts;

	inflight_repeat_look(method, (struct inflight_span){params, strlen(params)}, &facts);
	return facts.repeat;
}

static int64_t
wait_of(const char *method, const char *params)
{
	struct inflight_repeat_facts facts;

	inflight_repeat_look(method, (struct inflight_span){params, strlen(params)}, &facts);
	return facts.wait_ms;
}

START_TEST(test_facts)
{
	ck_assert_int_eq(repeat_of("enqueue", NAMED), INFLIGHT_REPEAT_SAFE);
	ck_assert_int_eq(repeat_of("enqueue", NAMELESS), INFLIGHT_REPEAT_NEVER);
	ck_assert_int_eq(repeat_of("enqueue", ""), INFLIGHT_REPEAT_NEVER);
	ck_assert_int_eq(repeat_of("enqueue", "[\"q\",1,2]"), INFLIGHT_REPEAT_NEVER);
	ck_assert_int_eq(repeat_of("enqueue", "[\"q\",1,2,null]"), INFLIGHT_REPEAT_NEVER);
	ck_assert_int_eq(repeat_of("enqueue", "[\"q\",1,2,3]"), INFLIGHT_REPEAT_SAFE);
	ck_assert_int_eq(repeat_of("enqueue", "{\"op\":null}"), INFLIGHT_REPEAT_NEVER);
	ck_assert_int_eq(repeat_of("queue.purge", "{\"op\":1}"), INFLIGHT_REPEAT_NEVER);
	ck_assert_int_eq(repeat_of("nonsense", ""), INFLIGHT_REPEAT_NEVER);
	ck_assert_int_eq(repeat_of("dequeue", ""), INFLIGHT_REPEAT_HARMLESS);
	ck_assert_int_eq(wait_of("dequeue", ""), 30000);
	ck_assert_int_eq(wait_of("dequeue", "{\"wait_ms\":7}"), 7);
	ck_assert_int_eq(wait_of("group.wait", "[\"g\",8]"), 8);
	ck_assert_int_eq(wait_of("enqueue", "[\"q\",1,2,3,null,0,0,9]"), 9);
	ck_assert_int_eq(wait_of("enqueue", "{\"wait_ms\":\"x\"}"), 0);
	ck_assert_int_eq(wait_of("ping", "{\"wait_ms\":5}"), 0);
}
END_TEST

START_TEST(test_wait_is_shortened)
{
	struct inflight *client = inflight_new("unix:/nowhere");
	struct inflight_bytes params = {0};
	struct inflight_errand errand;

	inflight_bytes_add_text(&params, "{\"wait_ms\": 100000 ,\"queue\":\"wait_ms\"}");
	ck_assert_int_eq(inflight_errand_init(&errand, client, "dequeue", &params), INFLIGHT_OK);
	errand.began_ms -= 40000;
	inflight_errand_shorten_wait(&errand);
	ck_assert_int_le(errand.wait_ms, 60000);
	ck_assert_int_gt(errand.wait_ms, 10000);
	errand.began_ms -= 1000000;
	inflight_errand_shorten_wait(&errand);
	inflight_bytes_add(&errand.params, "", 1);
	ck_assert_str_eq(
		inflight_bytes_span(&errand.params).ptr, "{\"wait_ms\": 0 ,\"queue\":\"wait_ms\"}");
	inflight_errand_fini(&errand);
	/* Without one there is nothing to shorten. */
	inflight_bytes_add_text(&params, "{\"queue\":\"q\"}");
	ck_assert_int_eq(inflight_errand_init(&errand, client, "dequeue", &params), INFLIGHT_OK);
	errand.began_ms -= 40000;
	inflight_errand_shorten_wait(&errand);
	ck_assert_int_eq(errand.wait_ms, 30000);
	inflight_errand_fini(&errand);
	inflight_free(client);
}
END_TEST

START_TEST(test_pauses)
{
	struct inflight_backoff backoff;
	int64_t full = 50;

	inflight_backoff_init(&backoff, 50, 5000);
	for (int i = 0; i < 40; i++) {
		int64_t pause = inflight_backoff_next(&backoff);

		ck_assert_int_ge(pause, full / 2);
		ck_assert_int_le(pause, full);
		full = 2 * full > 5000 ? 5000 : 2 * full;
	}
	inflight_backoff_reset(&backoff);
	ck_assert_int_le(inflight_backoff_next(&backoff), 50);
	inflight_backoff_init(&backoff, 1, 1);
	for (int i = 0; i < 10; i++)
		ck_assert_int_le(inflight_backoff_next(&backoff), 1);
}
END_TEST

START_TEST(test_limits_of_retry)
{
	static const int64_t most = INT64_C(1000000000000);
	struct inflight *client = inflight_new("unix:/nowhere");

	ck_assert_int_eq(inflight_set_retry(client, -1, 0, 1), INFLIGHT_INVALID);
	ck_assert_int_eq(inflight_set_retry(client, 0, 0, 0), INFLIGHT_INVALID);
	ck_assert_int_eq(inflight_set_retry(client, 0, 0, 1), INFLIGHT_OK);
	ck_assert_int_eq(inflight_set_retry(client, 2, 1, 1), INFLIGHT_INVALID);
	ck_assert_int_eq(inflight_set_retry(client, 2, 2, 1), INFLIGHT_OK);
	ck_assert_int_eq(inflight_set_retry(client, most, most, most), INFLIGHT_OK);
	ck_assert_int_eq(inflight_set_retry(client, 1, most + 1, 1), INFLIGHT_INVALID);
	ck_assert_int_eq(inflight_set_retry(client, 1, 1, most + 1), INFLIGHT_INVALID);
	inflight_free(client);
}
END_TEST

START_TEST(test_ids)
{
	struct inflight *client = inflight_new("unix:/nowhere");
	struct inflight *other = inflight_new("unix:/nowhere");
	char first[INFLIGHT_ID_SIZE];
	char second[INFLIGHT_ID_SIZE];

	ck_assert_int_eq(inflight_make_id(client, first), INFLIGHT_OK);
	ck_assert_int_eq(inflight_make_id(client, second), INFLIGHT_OK);
	ck_assert_uint_eq(strlen(first), 26);
	ck_assert_str_eq(first + 24, "-1");
	ck_assert_str_eq(second + 24, "-2");
	ck_assert_int_eq(strncmp(first, second, 24), 0);
	ck_assert_int_eq(inflight_make_id(other, second), INFLIGHT_OK);
	ck_assert_int_ne(strncmp(first, second, 24), 0);
	/* The longest one fits. */
	client->id_count = UINT64_MAX - 1;
	ck_assert_int_eq(inflight_make_id(client, first), INFLIGHT_OK);
	ck_assert_str_eq(first + 24, "-18446744073709551615");
	inflight_free(client);
	inflight_free(other);
}
END_TEST

START_TEST(test_enqueue)
{
	struct script_peer peer;
	struct inflight_reply *reply = NULL;

	script_peer_init(&peer,
		SCRIPT("+", "<{\"queue\":\"a\\\"b\",\"key\":\"k\",\"op\":\"1\",\"msg\":{\"w\":1}}",
			RESULT, "<-1\",\"msg\":null}", "x", "+", "<-1\",\"msg\":null}", RESULT));
	ck_assert_int_eq(
		inflight_enqueue(peer.client, "a\"b", "k", " {\"w\":1}\n", "1", 30000, &reply),
		INFLIGHT_OK);
	inflight_reply_free(reply);
	/* The same id both times. */
	ck_assert_int_eq(
		inflight_enqueue(peer.client, "q", "k", NULL, NULL, 30000, &reply), INFLIGHT_OK);
	inflight_reply_free(reply);
	ck_assert_int_eq(inflight_enqueue(peer.client, "q", "k", "1,\"op\":\"2\"", "1", 0, &reply),
		INFLIGHT_INVALID);
	ck_assert_int_eq(
		inflight_enqueue(peer.client, "\xff", "k", NULL, "1", 0, &reply), INFLIGHT_INVALID);
	ck_assert_int_eq(
		inflight_enqueue(peer.client, "q", "k", "", "1", 0, &reply), INFLIGHT_INVALID);
	script_peer_fini(&peer);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("client retry");
	TCase *tests = tcase_create("retry");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_set_timeout(tests, 60);
	tcase_add_test(tests, test_lost_before_it_is_sent);
	tcase_add_test(tests, test_half_sent);
	tcase_add_test(tests, test_sent_without_answer);
	tcase_add_test(tests, test_half_an_answer);
	tcase_add_test(tests, test_whole_answer_before_the_end);
	tcase_add_test(tests, test_without_the_option);
	tcase_add_test(tests, test_not_now);
	tcase_add_test(tests, test_lost_after_not_now);
	tcase_add_test(tests, test_connection_refused_by_limit);
	tcase_add_test(tests, test_no_use_to_try_again);
	tcase_add_test(tests, test_nobody_listens);
	tcase_add_test(tests, test_no_answer_in_time);
	tcase_add_test(tests, test_answer_that_says_again_is_kept);
	tcase_add_test(tests, test_silence);
	tcase_add_test(tests, test_requests_of_a_connection_that_is_gone);
	tcase_add_test(tests, test_facts);
	tcase_add_test(tests, test_wait_is_shortened);
	tcase_add_test(tests, test_pauses);
	tcase_add_test(tests, test_limits_of_retry);
	tcase_add_test(tests, test_ids);
	tcase_add_test(tests, test_enqueue);
	suite_add_tcase(suite, tests);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
