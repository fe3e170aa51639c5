/*
 * Who waits, and who gets what: first come, first served, for plain and keyed
 * dequeues, several queues, ops and groups; with an engine that answers at once
 * and with one that does not.
 */
#include <config.h>

#include "peer.h"

static struct world world;

static void
start(int slow)
{
	world_prepare(&world, slow != 0);
	world_start(&world);
}

/* A peer that has said one line. */
static struct session *
waiter(const char *line)
{
	struct session *peer = peer_new(&world, "unix:1");

	peer_say(peer, line);
	peer_say(peer, "\n");
	return peer;
}

static void
say(const char *line)
{
	struct session *peer = waiter(line);

	world_run(&world);
	free(peer_read(peer));
	session_close(peer);
}

/* The peer was answered with one line that contains `text`, or not at all (NULL). */
static void
expect_one(struct session *peer, const char *text)
{
	unsigned lines;
	char *all;

	if (text == NULL) {
		peer_expect(peer, "");
		return;
	}
	all = xstrndup(buf_span(session_output(peer)).ptr, buf_len(session_output(peer)));
	ck_assert_msg(peer_count(peer, text, &lines) == 1 && lines == 1, "expected %s, got %s",
		text, all);
	free(all);
}

#define DEQUEUE      "{\"method\":\"dequeue\",\"queue\":\"q\"}"
#define DEQUEUE_5    "{\"method\":\"dequeue\",\"queue\":\"q\",\"key\":5}"
#define ENQUEUE(key) "{\"method\":\"enqueue\",\"queue\":\"q\",\"key\":" key "}"

START_TEST(first_come_first_served)
{
	struct session *peers[10];
	char line[100];

	start(_i);
	for (int i = 0; i < 10; i++) {
		peers[i] = waiter(DEQUEUE);
		world_run(&world);
	}
	for (int i = 0; i < 10; i++) {
		(void)snprintf(line, sizeof(line), ENQUEUE("%d"), i);
		say(line);
	}
	for (int i = 0; i < 10; i++) {
		(void)snprintf(line, sizeof(line), "\"key\":\"%d\"", i);
		expect_one(peers[i], line);
		session_close(peers[i]);
	}
	world_end(&world);
}
END_TEST

/* The same in one turn: everything is fed before the first turn is taken. */
START_TEST(order_within_a_turn)
{
	struct session *early = NULL, *late = NULL, *producer = NULL;

	start(_i);
	early = waiter(DEQUEUE);
	world_run(&world);
	producer = waiter(ENQUEUE("1"));
	late = waiter("{\"method\":\"dequeue\",\"queue\":\"q\",\"wait_ms\":0}");
	world_run(&world);
	expect_one(early, "\"key\":\"1\"");
	expect_one(late, "\"set\":null");
	session_close(early);
	session_close(late);
	session_close(producer);
	world_end(&world);
}
END_TEST

START_TEST(keyed_waits_its_turn)
{
	struct session *peers[4];

	start(_i);
	peers[0] = waiter(DEQUEUE_5);
	world_run(&world);
	peers[1] = waiter(DEQUEUE);
	world_run(&world);
	peers[2] = waiter(DEQUEUE_5);
	world_run(&world);
	peers[3] = waiter(DEQUEUE);
	world_run(&world);
	say(ENQUEUE("7"));
	expect_one(peers[1], "\"key\":\"7\"");
	say(ENQUEUE("5"));
	expect_one(peers[0], "\"key\":\"5\"");
	say(ENQUEUE("5"));
	expect_one(peers[2], "\"key\":\"5\"");
	say(ENQUEUE("5"));
	expect_one(peers[3], "\"key\":\"5\"");
	for (int i = 0; i < 4; i++)
		session_close(peers[i]);
	world_end(&world);
}
END_TEST

/* Paused: sets collect; resumed: all are handed out at once, in order, to whom they fit. */
START_TEST(resume_serves_everyone)
{
	struct session *peers[3];

	start(_i);
	say("{\"method\":\"queue.create\",\"queue\":\"q\"}");
	say("{\"method\":\"queue.pause\",\"queue\":\"q\"}");
	say(ENQUEUE("4"));
	say(ENQUEUE("5"));
	say(ENQUEUE("6"));
	peers[0] = waiter(DEQUEUE);
	peers[1] = waiter(DEQUEUE_5);
	peers[2] = waiter(DEQUEUE);
	world_run(&world);
	for (int i = 0; i < 3; i++)
		expect_one(peers[i], NULL);
	say("{\"method\":\"queue.resume\",\"queue\":\"q\"}");
	expect_one(peers[0], "\"key\":\"4\"");
	expect_one(peers[1], "\"key\":\"5\"");
	expect_one(peers[2], "\"key\":\"6\"");
	for (int i = 0; i < 3; i++)
		session_close(peers[i]);
	world_end(&world);
}
END_TEST

#define DEQUEUE_ABC "{\"method\":\"dequeue\",\"queues\":[\"a\",\"b\",\"c\",\"a\"]}"

START_TEST(several_queues)
{
	struct session *peers[3];

	start(_i);
	say("{\"method\":\"enqueue\",\"queue\":\"c\",\"key\":1}");
	say("{\"method\":\"enqueue\",\"queue\":\"b\",\"key\":2}");
	peers[0] = waiter(DEQUEUE_ABC);
	world_run(&world);
	expect_one(peers[0], "\"queue\":\"b\",\"key\":\"2\"");
	peers[1] = waiter(DEQUEUE_ABC);
	world_run(&world);
	expect_one(peers[1], "\"queue\":\"c\",\"key\":\"1\"");
	peers[2] = waiter("{\"method\":\"dequeue\",\"params\":[[\"a\",\"b\"],100]}");
	world_run(&world);
	expect_one(peers[2], NULL);
	say("{\"method\":\"enqueue\",\"queue\":\"b\",\"key\":3}");
	expect_one(peers[2], "\"queue\":\"b\",\"key\":\"3\"");
	/* Nobody is left there. */
	say("{\"method\":\"enqueue\",\"queue\":\"a\",\"key\":4}");
	for (int i = 0; i < 3; i++) {
		expect_one(peers[i], NULL);
		session_close(peers[i]);
	}
	world_end(&world);
}
END_TEST

/* Both queues become ready in one turn: one set for the waiter, the other stays. */
START_TEST(several_queues_at_once)
{
	struct session *peer, *producer, *other;

	start(_i);
	peer = waiter("{\"method\":\"dequeue\",\"queues\":[\"a\",\"b\"]}");
	world_run(&world);
	producer = waiter("{\"method\":\"enqueue\",\"queue\":\"b\",\"key\":2,\"id\":1}\n"
			  "{\"method\":\"enqueue\",\"queue\":\"a\",\"key\":1,\"id\":2}");
	world_run(&world);
	expect_one(peer, "\"ops\":");
	other = waiter("{\"method\":\"dequeue\",\"queues\":[\"a\",\"b\"]}");
	world_run(&world);
	expect_one(other, "\"attempt\":1,");
	session_close(peer);
	session_close(other);
	session_close(producer);
	world_end(&world);
}
END_TEST

START_TEST(waits_end_in_time)
{
	struct session *peer;

	start(_i);
	peer = waiter("{\"method\":\"dequeue\",\"queue\":\"q\",\"wait_ms\":100}");
	world_run(&world);
	ck_assert_uint_eq(service_next_due(world.service), START_NS + ms_to_ns(100));
	world_pass(&world, 99);
	expect_one(peer, NULL);
	world_pass(&world, 1);
	expect_one(peer, "\"set\":null");
	session_close(peer);
	world_end(&world);
}
END_TEST

/* A set that is ready at the very deadline is handed out rather than missed. */
START_TEST(deadline_and_set_together)
{
	struct session *peer;

	start(_i);
	peer = waiter("{\"method\":\"dequeue\",\"queue\":\"q\",\"wait_ms\":100}");
	world_run(&world);
	say("{\"method\":\"enqueue\",\"queue\":\"q\",\"key\":1,\"delay_ms\":100}");
	world_pass(&world, 100);
	expect_one(peer, "\"key\":\"1\"");
	session_close(peer);
	world_end(&world);
}
END_TEST

/* What gets ready after the peer's end was seen is not for it, not even in the same turn. */
START_TEST(ended_peer_gets_nothing_later)
{
	struct session *peer, *producer;

	start(_i);
	peer = waiter("{\"method\":\"dequeue\",\"queue\":\"q\",\"id\":1}");
	producer = waiter("{\"method\":\"enqueue\",\"queue\":\"q\",\"key\":1,\"delay_ms\":10}");
	world_run(&world);
	expect_one(producer, "\"new\":true");
	world.now_ns += ms_to_ns(10);
	service_begin(world.service, world.now_ns);
	session_eof(peer);
	world_run(&world);
	expect_one(peer, "\"set\":null");
	session_close(peer);
	session_close(producer);
	world_end(&world);
}
END_TEST

/*
 * The same where a hint is on its way that comes to nothing: the peer's wait is marked when the
 * peer ends, but what it was marked for is gone, and what comes next is for others.
 */
START_TEST(ended_peer_gets_nothing_for_an_old_hint)
{
	struct session *peer;
	struct session *other;

	start(0);
	peer = waiter(DEQUEUE);
	world_run(&world);
	other = waiter(ENQUEUE("1"));
	peer_say(other, "{\"method\":\"queue.purge\",\"queue\":\"q\"}\n");
	if (_i == 0)
		session_eof(peer);
	else
		session_end_waits(peer);
	peer_say(other, ENQUEUE("2") "\n");
	world_run(&world);
	expect_one(peer, "\"set\":null");
	free(peer_read(other));
	peer_say(other, DEQUEUE "\n");
	world_run(&world);
	expect_one(other, "\"key\":\"2\"");
	session_close(peer);
	session_close(other);
	world_end(&world);
}
END_TEST

START_TEST(lost_waiter_is_passed_over)
{
	struct session *lost, *next, *producer;

	start(_i);
	lost = waiter(DEQUEUE);
	next = waiter(DEQUEUE);
	world_run(&world);
	/* In one turn: the set comes, then the first waiter is lost. */
	producer = waiter(ENQUEUE("1"));
	session_close(lost);
	world_run(&world);
	expect_one(next, "\"key\":\"1\",\"attempt\":1,");
	session_close(next);
	session_close(producer);
	world_end(&world);
}
END_TEST

START_TEST(closed_and_deleted_queues)
{
	struct session *peers[3];

	start(_i);
	peers[0] = waiter(DEQUEUE);
	peers[1] = waiter(DEQUEUE_5);
	world_run(&world);
	say("{\"method\":\"queue.close\",\"queue\":\"q\"}");
	expect_one(peers[0], "queue_closed: queue q is closed");
	expect_one(peers[1], "queue_closed: queue q is closed");
	say("{\"method\":\"queue.open\",\"queue\":\"q\"}");
	peers[2] = waiter("{\"method\":\"dequeue\",\"queues\":[\"x\",\"q\"],\"key\":5}");
	world_run(&world);
	expect_one(peers[2], NULL);
	say("{\"method\":\"queue.delete\",\"queue\":\"q\",\"force\":true}");
	expect_one(peers[2], "no_such_queue: there is no queue q");
	for (int i = 0; i < 3; i++)
		session_close(peers[i]);
	world_end(&world);
}
END_TEST

/* Deleted and made again in one turn: who waited for the old one is told. */
START_TEST(deleted_and_made_again)
{
	struct session *old, *busy, *young;

	start(0);
	old = waiter(DEQUEUE);
	world_run(&world);
	busy = waiter(
		"{\"method\":\"queue.delete\",\"queue\":\"q\",\"force\":true}\n" ENQUEUE("1"));
	young = waiter(DEQUEUE);
	world_run(&world);
	expect_one(old, "no_such_queue");
	expect_one(young, "\"key\":\"1\"");
	session_close(old);
	session_close(busy);
	session_close(young);
	world_end(&world);
}
END_TEST

START_TEST(many_waiters_one_turn_at_a_time)
{
	enum { PEERS = 1000 };
	static struct session *peers[PEERS];
	char line[100];

	start(_i);
	say("{\"method\":\"queue.create\",\"queue\":\"q\"}");
	say("{\"method\":\"queue.pause\",\"queue\":\"q\"}");
	for (int i = 0; i < PEERS; i++) {
		(void)snprintf(line, sizeof(line), ENQUEUE("%d"), i);
		peers[i] = waiter(line);
	}
	world_run(&world);
	for (int i = 0; i < PEERS; i++) {
		free(peer_read(peers[i]));
		peer_say(peers[i], DEQUEUE "\n");
	}
	world_run(&world);
	say("{\"method\":\"queue.resume\",\"queue\":\"q\"}");
	for (int i = 0; i < PEERS; i++) {
		(void)snprintf(line, sizeof(line), "\"key\":\"%d\"", i);
		expect_one(peers[i], line);
		session_close(peers[i]);
	}
	world_end(&world);
}
END_TEST

/* ---- ops --------------------------------------------------------------- */

#define ENQUEUE_WAIT \
	"{\"method\":\"enqueue\",\"queue\":\"q\",\"key\":1,\"op\":\"a\",\"wait_ms\":100}"

START_TEST(wait_for_an_op)
{
	struct session *caller, *again, *worker;
	char line[200];
	char *answer;
	char *token;

	start(_i);
	caller = waiter(ENQUEUE_WAIT);
	again = waiter(ENQUEUE_WAIT);
	world_run(&world);
	worker = waiter(DEQUEUE);
	world_run(&world);
	answer = peer_read(worker);
	token = strstr(answer, "\"set\":\"") + 7;
	*strchr(token, '"') = '\0';
	(void)snprintf(line, sizeof(line),
		"{\"method\":\"finish\",\"set\":\"%s\",\"result\":[1, 2]}", token);
	free(answer);
	expect_one(caller, NULL);
	say(line);
	peer_expect(caller, "{\"result\":{\"op\":\"a\",\"new\":true,\"depth\":1,\"width\":1,"
			    "\"done\":true,\"result\":[1, 2]},\"error\":null}\n");
	expect_one(again, "\"duplicate\":true,\"done\":true,\"result\":[1, 2]");
	session_close(caller);
	session_close(again);
	session_close(worker);
	world_end(&world);
}
END_TEST

START_TEST(wait_for_an_op_ends)
{
	struct session *caller, *lost;

	start(_i);
	caller = waiter(ENQUEUE_WAIT);
	lost = waiter(ENQUEUE_WAIT);
	world_run(&world);
	session_close(lost);
	world_pass(&world, 100);
	expect_one(caller, "\"width\":1,\"done\":false}");
	say("{\"method\":\"queue.purge\",\"queue\":\"q\"}");
	world_run(&world);
	expect_one(caller, NULL);
	peer_say(caller, ENQUEUE_WAIT "\n");
	world_run(&world);
	say("{\"method\":\"cancel\",\"queue\":\"q\",\"op\":\"a\"}");
	expect_one(caller, "\"done\":true,\"error\":{\"code\":\"cancelled\",\"message\":\"");
	session_close(caller);
	world_end(&world);
}
END_TEST

/* ---- groups ------------------------------------------------------------ */

#define GROUP_WAIT "{\"method\":\"group.wait\",\"group\":\"g\",\"wait_ms\":100}"

START_TEST(wait_for_a_group)
{
	struct session *one, *two, *late;

	start(_i);
	say("{\"method\":\"group.create\",\"group\":\"g\"}");
	say("{\"method\":\"group.add\",\"group\":\"g\",\"op\":\"x\"}");
	one = waiter(GROUP_WAIT);
	two = waiter(GROUP_WAIT);
	late = waiter("{\"method\":\"group.wait\",\"group\":\"g\",\"wait_ms\":10}");
	world_run(&world);
	world_pass(&world, 10);
	expect_one(late, "{\"group\":\"g\",\"done\":false,\"ops\":1,\"outstanding\":1}");
	say("{\"method\":\"group.seal\",\"group\":\"g\"}");
	expect_one(one, NULL);
	say("{\"method\":\"group.finish\",\"group\":\"g\",\"op\":\"x\",\"error\":\"no\"}");
	peer_expect(one, "{\"result\":{\"group\":\"g\",\"done\":true,\"ops\":1,\"failed\":1,"
			 "\"results\":[{\"op\":\"x\",\"error\":\"no\"}]},\"error\":null}\n");
	expect_one(two, "\"done\":true");
	session_close(one);
	session_close(two);
	session_close(late);
	world_end(&world);
}
END_TEST

START_TEST(group_deleted)
{
	struct session *peer, *busy;

	start(_i);
	say("{\"method\":\"group.create\",\"group\":\"g\"}");
	peer = waiter(GROUP_WAIT);
	world_run(&world);
	busy = waiter("{\"method\":\"group.delete\",\"group\":\"g\"}\n"
		      "{\"method\":\"group.create\",\"group\":\"g\"}");
	world_run(&world);
	expect_one(peer, "no_such_group: there is no group g");
	session_close(peer);
	session_close(busy);
	world_end(&world);
}
END_TEST

/* Complete and deleted in one turn: its completion is not lost. */
START_TEST(group_complete_and_deleted)
{
	struct session *peer, *busy;

	start(0);
	say("{\"method\":\"group.create\",\"group\":\"g\"}");
	peer = waiter(GROUP_WAIT);
	world_run(&world);
	busy = waiter("{\"method\":\"group.seal\",\"group\":\"g\"}\n"
		      "{\"method\":\"group.delete\",\"group\":\"g\"}");
	world_run(&world);
	expect_one(peer, "\"done\":true");
	session_close(peer);
	session_close(busy);
	world_end(&world);
}
END_TEST

/* ---- hints that come while the engine is asked ------------------------- */

START_TEST(hint_during_a_take)
{
	static const char *const dequeues[] = {DEQUEUE, DEQUEUE_5};
	struct session *peer, *producer;

	for (int i = 0; i < 2; i++) {
		start(1);
		peer = waiter(dequeues[i]);
		producer = waiter(ENQUEUE("5"));
		world_run(&world);
		expect_one(peer, "\"key\":\"5\"");
		session_close(peer);
		session_close(producer);
		world_end(&world);
	}
}
END_TEST

/* The take was for somebody else, who is lost: what its answer says is too old for the other. */
START_TEST(hint_for_a_key_during_a_take_of_any)
{
	struct session *lost, *keyed, *producer;

	start(1);
	lost = waiter(DEQUEUE);
	keyed = waiter(DEQUEUE_5);
	producer = waiter(ENQUEUE("5"));
	session_close(lost);
	world_run(&world);
	expect_one(keyed, "\"key\":\"5\",\"attempt\":1,");
	session_close(keyed);
	session_close(producer);
	world_end(&world);
}
END_TEST

START_TEST(hint_during_a_poll_of_an_op)
{
	struct session *caller, *other;

	for (int turns = 0; turns < 4; turns++) {
		start(1);
		caller = waiter(ENQUEUE_WAIT);
		for (int i = 0; i < turns; i++)
			(void)service_turn(world.service);
		other = waiter("{\"method\":\"cancel\",\"queue\":\"q\",\"op\":\"a\"}");
		world_run(&world);
		expect_one(caller, "\"done\":true,\"error\":{\"code\":\"cancelled\"");
		session_close(caller);
		session_close(other);
		world_end(&world);
	}
}
END_TEST

START_TEST(hint_during_a_poll_of_a_group)
{
	struct session *peer, *other;

	for (int turns = 0; turns < 4; turns++) {
		start(1);
		say("{\"method\":\"group.create\",\"group\":\"g\"}");
		peer = waiter(GROUP_WAIT);
		for (int i = 0; i < turns; i++)
			(void)service_turn(world.service);
		other = waiter("{\"method\":\"group.seal\",\"group\":\"g\"}");
		world_run(&world);
		expect_one(peer, "\"done\":true");
		session_close(peer);
		session_close(other);
		world_end(&world);
	}
}
END_TEST

/* A dequeue that may not wait is refused only when no take under way can serve it. */
START_TEST(refused_during_a_take)
{
	struct session *peer, *producer;

	world_prepare(&world, _i != 0);
	world.config.max_parked = 1;
	world.config.core.queue_defaults.lease_ms = 0;
	world_start(&world);
	peer = waiter("{\"method\":\"dequeue\",\"queue\":\"other\",\"id\":1}");
	world_run(&world);
	producer = waiter(ENQUEUE("1"));
	peer_say(peer, "{\"method\":\"dequeue\",\"queue\":\"q\",\"id\":2}\n");
	world_run(&world);
	expect_one(peer, "\"id\":2,\"result\":{\"set\":\"\"");
	peer_say(peer, "{\"method\":\"dequeue\",\"queue\":\"q\",\"id\":3}\n");
	world_run(&world);
	expect_one(peer, "\"error\":\"limit: ");
	session_close(peer);
	session_close(producer);
	world_end(&world);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("waiters");
	TCase *tcase = tcase_create("waiters");
	SRunner *runner;
	int failed;

	tcase_set_timeout(tcase, 60);
	tcase_add_loop_test(tcase, first_come_first_served, 0, 2);
	tcase_add_loop_test(tcase, order_within_a_turn, 0, 2);
	tcase_add_loop_test(tcase, keyed_waits_its_turn, 0, 2);
	tcase_add_loop_test(tcase, resume_serves_everyone, 0, 2);
	tcase_add_loop_test(tcase, several_queues, 0, 2);
	tcase_add_loop_test(tcase, several_queues_at_once, 0, 2);
	tcase_add_loop_test(tcase, waits_end_in_time, 0, 2);
	tcase_add_loop_test(tcase, deadline_and_set_together, 0, 2);
	tcase_add_loop_test(tcase, ended_peer_gets_nothing_later, 0, 2);
	tcase_add_loop_test(tcase, ended_peer_gets_nothing_for_an_old_hint, 0, 2);
	tcase_add_loop_test(tcase, lost_waiter_is_passed_over, 0, 2);
	tcase_add_loop_test(tcase, closed_and_deleted_queues, 0, 2);
	tcase_add_test(tcase, deleted_and_made_again);
	tcase_add_loop_test(tcase, many_waiters_one_turn_at_a_time, 0, 2);
	tcase_add_loop_test(tcase, wait_for_an_op, 0, 2);
	tcase_add_loop_test(tcase, wait_for_an_op_ends, 0, 2);
	tcase_add_loop_test(tcase, wait_for_a_group, 0, 2);
	tcase_add_loop_test(tcase, group_deleted, 0, 2);
	tcase_add_test(tcase, group_complete_and_deleted);
	tcase_add_test(tcase, hint_during_a_take);
	tcase_add_test(tcase, hint_for_a_key_during_a_take_of_any);
	tcase_add_test(tcase, hint_during_a_poll_of_an_op);
	tcase_add_test(tcase, hint_during_a_poll_of_a_group);
	tcase_add_loop_test(tcase, refused_during_a_take, 0, 2);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
