/*
 * What peers can make big, where the machine has no memory for anything big: a line is
 * refused before anything has changed, and a peer that asks for a big answer loses its
 * connection, but nothing that was to be delivered over it. The daemon goes on.
 */
#include <config.h>

#include "faults/sanitizer.h"
#include "faults/scarce.h"
#include "unit/peer.h"

#include <stdio.h>
#include <string.h>

#define LIMIT   100000 /* no memory for this much */
#define BIG     600000
#define CHUNK   60000
#define OPS     300
#define OP_SIZE 1000

static struct world world;
static struct session *worker;
static struct session *other;

static void
setup(void)
{
	world_prepare(&world, false);
	world_start(&world);
	worker = peer_new(&world, "worker");
	other = peer_new(&world, "other");
}

static void
teardown(void)
{
	scarce_limit(0);
	session_close(worker);
	session_close(other);
	world_run(&world);
	world_end(&world);
}

/* `before`, BIG times x, `after`; the caller frees it. */
static char *
big_line(const char *before, const char *after)
{
	size_t head = strlen(before);
	size_t size = head + BIG + strlen(after) + 1;
	char *line = xmalloc(size);

	memcpy(line, before, head);
	memset(line + head, 'x', BIG);
	memcpy(line + head + BIG, after, strlen(after) + 1);
	return line;
}

/* As it comes from a socket. */
static void
send_in_chunks(struct session *peer, const char *text)
{
	for (size_t left = strlen(text), n; left > 0; text += n, left -= n) {
		n = left < CHUNK ? left : CHUNK;
		peer_send(peer, text, n);
		world_run(&world);
	}
}

/* The copy that the session scribbles on is the test's. */
static void
send_short_of_memory(struct session *peer, const char *text)
{
	size_t len = strlen(text);
	char *copy = xstrndup(text, len);

	scarce_limit(LIMIT);
	session_feed(peer, copy, len);
	free(copy);
	world_run(&world);
}

static void
expect_part(struct session *peer, const char *part)
{
	char *text;

	world_run(&world);
	text = peer_read(peer);
	ck_assert_msg(strstr(text, part) != NULL, "no %s in: %.400s", part, text);
	free(text);
}

#define UNAVAILABLE                                                                              \
	"{\"jsonrpc\":\"2.0\",\"id\":null,\"error\":{\"code\":-32040,\"message\":\"there is no " \
	"memory for a line this long\",\"data\":{\"code\":\"unavailable\"}}}\n"
#define PING "{\"method\":\"ping\"}\n"
#define PONG "{\"result\":{\"pong\":true},\"error\":null}\n"

/* A line that the daemon cannot keep, and one that it could, but not what comes of it. */
START_TEST(test_line)
{
	char *line = big_line(
		"{\"method\":\"enqueue\",\"queue\":\"q\",\"key\":1,\"msg\":\"", "\"}\n" PING);

	if (_i == 0) {
		scarce_limit(LIMIT);
		send_in_chunks(other, line);
	} else {
		send_short_of_memory(other, line);
	}
	peer_expect(other, UNAVAILABLE PONG);
	peer_say(other, "{\"method\":\"stats\"}\n");
	expect_part(other, "\"enqueued\":0,");
	scarce_limit(0);
	send_in_chunks(other, line);
	expect_part(other, "\"depth\":1,");
	free(line);
}
END_TEST

/* In the middle of a line, twice, and at its very end. */
START_TEST(test_line_ends)
{
	char *line = big_line("[\"", "");

	scarce_limit(LIMIT);
	send_in_chunks(other, line);
	session_eof(other);
	world_run(&world);
	peer_expect(other, UNAVAILABLE);
	ck_assert(session_is_finished(other));
	free(line);
}
END_TEST

/* The token of a set of `key`; the caller frees it. */
static char *
take(struct session *peer, const char *key)
{
	char line[200];
	char *text, *token;

	(void)snprintf(line, sizeof(line),
		"{\"method\":\"dequeue\",\"queue\":\"q\",\"wait_ms\":0,\"key\":\"%s\"}\n", key);
	peer_say(peer, line);
	world_run(&world);
	text = peer_read(peer);
	token = strstr(text, "\"set\":\"");
	ck_assert_ptr_nonnull(token);
	token = xstrndup(token + 7, strcspn(token + 7, "\""));
	free(text);
	return token;
}

START_TEST(test_results)
{
	char head[300];
	char *token, *line;

	peer_say(other, "{\"method\":\"enqueue\",\"queue\":\"q\",\"key\":\"k\",\"op\":\"a\"}\n");
	token = take(worker, "k");
	(void)snprintf(head, sizeof(head),
		"{\"method\":\"finish\",\"set\":\"%s\",\"results\":{\"a\":{\"result\":\"", token);
	line = big_line(head, "\"}}}\n");
	send_short_of_memory(worker, line);
	peer_expect(worker, UNAVAILABLE);
	scarce_limit(0);
	peer_say(worker, line);
	peer_expect(worker, "{\"result\":{\"finished\":1,\"released\":0},\"error\":null}\n");
	free(line);
	free(token);
}
END_TEST

/* ---- answers ------------------------------------------------------------- */

/* A set that is big only as a whole. */
static void
fill(void)
{
	char line[OP_SIZE + 200];

	for (int i = 0; i < OPS; i++) {
		(void)snprintf(line, sizeof(line),
			"{\"method\":\"enqueue\",\"queue\":\"q\",\"key\":\"k\",\"op\":\"%d\","
			"\"group\":"
			"\"g\",\"msg\":\"%0*d\"}\n",
			i, OP_SIZE, i);
		peer_say(other, line);
		world_run(&world);
		session_sent(other, buf_len(session_output(other)));
	}
}

static void
make_group(void)
{
	peer_say(other, "{\"method\":\"group.create\",\"group\":\"g\"}\n");
	world_run(&world);
	peer_expect(other, "{\"result\":{},\"error\":null}\n");
}

/* The peer is cut off; who comes after it gets all. */
static void
expect_cut_off(void)
{
	world_run(&world);
	ck_assert(session_is_overrun(worker));
	ck_assert_uint_eq(buf_len(session_output(worker)), 0);
	session_close(worker);
	world_run(&world);
	worker = peer_new(&world, "worker again");
}

static const char dequeue[] = "{\"method\":\"dequeue\",\"queue\":\"q\"}\n";
static const char batch[] =
	"[{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\"},{\"jsonrpc\":\"2.0\",\"id\":2,"
	"\"method\":\"dequeue\",\"params\":{\"queue\":\"q\"}}]\n";

/* At once, in a batch, and to one that waited, with a line before it that is not read yet. */
START_TEST(test_delivery)
{
	make_group();
	if (_i == 2)
		peer_say(worker,
			"{\"id\":1,\"method\":\"dequeue\",\"queue\":\"q\",\"key\":\"k\"}\n" PING);
	if (_i == 2)
		peer_say(other, "{\"method\":\"queue.pause\",\"queue\":\"q\"}\n");
	fill();
	scarce_limit(LIMIT);
	if (_i == 2)
		peer_say(other, "{\"method\":\"queue.resume\",\"queue\":\"q\"}\n");
	else
		peer_say(worker, _i == 0 ? dequeue : batch);
	expect_cut_off();
	scarce_limit(0);
	peer_say(worker, dequeue);
	world_run(&world);
	ck_assert_uint_gt(buf_len(session_output(worker)), OPS * OP_SIZE);
	expect_part(worker, "\"op\":\"299\"");
}
END_TEST

START_TEST(test_peek)
{
	make_group();
	fill();
	scarce_limit(LIMIT);
	peer_say(worker, PING "{\"method\":\"queue.peek\",\"queue\":\"q\"}\n");
	expect_cut_off();
	peer_say(worker, "{\"method\":\"queue.stats\",\"queue\":\"q\"}\n");
	expect_part(worker, "\"ready\":1,");
}
END_TEST

/* Both who ask and who wait; the group is there for others afterwards. */
START_TEST(test_group)
{
	char line[OP_SIZE + 200];
	char *token;

	make_group();
	fill();
	peer_say(other, "{\"method\":\"group.seal\",\"group\":\"g\"}\n");
	token = take(other, "k");
	session_sent(other, buf_len(session_output(other)));
	if (_i == 1)
		peer_say(worker, "{\"method\":\"group.wait\",\"group\":\"g\"}\n");
	scarce_limit(LIMIT);
	(void)snprintf(line, sizeof(line),
		"{\"method\":\"finish\",\"set\":\"%s\",\"result\":\"%0*d\"}\n", token, OP_SIZE, 1);
	peer_say(other, line);
	free(token);
	world_run(&world);
	if (_i == 0)
		peer_say(worker, "{\"method\":\"group.wait\",\"group\":\"g\"}\n");
	expect_cut_off();
	scarce_limit(0);
	peer_say(worker, "{\"method\":\"group.wait\",\"group\":\"g\"}\n");
	world_run(&world);
	ck_assert_uint_gt(buf_len(session_output(worker)), OPS * OP_SIZE);
	expect_part(worker, "\"failed\":0");
}
END_TEST

static int
run(void)
{
	Suite *suite = suite_create("big");
	TCase *tests = tcase_create("big");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_loop_test(tests, test_line, 0, 2);
	tcase_add_test(tests, test_line_ends);
	tcase_add_test(tests, test_results);
	tcase_add_loop_test(tests, test_delivery, 0, 3);
	tcase_add_test(tests, test_peek);
	tcase_add_loop_test(tests, test_group, 0, 2);
	suite_add_tcase(suite, tests);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

int
main(void)
{
	if (why_never_scarce() == NULL)
		return run();
	printf("skipped: %s\n", why_never_scarce());
	return 77;
}
