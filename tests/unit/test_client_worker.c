/*
 * Workers against a peer with a script: sets, outcomes, heartbeats, ends, and connections that are
 * lost at any point between.
 */
#include <config.h>

#include <check.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "client/worker.h"
#include "script_peer.h"

#define RESULT      SAY_RESULT("{}")
#define NOTHING(ID) ">{\"jsonrpc\":\"2.0\",\"id\":" ID ",\"result\":{\"set\":null}}"
#define SET_TEXT(TOKEN, LEASE)                                                                    \
	"{\"set\":\"" TOKEN "\",\"fence\":1795501702242940,\"queue\":\"q\",\"key\":\"4\\u0032\"," \
	"\"attempt\":3,\"lease_ms\":" LEASE ",\"ops\":[{\"op\":\"a\",\"msg\":{\"w\": 1},"         \
	"\"group\":\"g\"},{\"op\":\"b\\\"\",\"msg\":null}]}"
#define SET        SAY_RESULT(SET_TEXT("t-1", "30000"))
#define SET_OF(ID) ">{\"jsonrpc\":\"2.0\",\"id\":" ID ",\"result\":" SET_TEXT("t-1", "30000") "}"
#define CLOSED     "<dequeue", SAY_ERROR("queue_closed")

/* What a test wants its handler to do, and what it heard. */
struct rig {
	struct script_peer peer;
	struct inflight_worker *worker;
	void (*work)(struct rig *rig, struct inflight_taken *set);
	size_t sets;
	size_t notices[INFLIGHT_NOTICE_NOT_TAKEN + 1];
	struct inflight_taken *kept;
};

static void
handle(struct inflight_taken *set, void *arg)
{
	struct rig *rig = arg;

	rig->sets++;
	rig->work(rig, set);
}

static void
take_notice(enum inflight_notice notice, struct inflight_taken *set, const char *text, void *arg)
{
	struct rig *rig = arg;

	ck_assert_str_ne(text, "");
	ck_assert((set != NULL) == (notice >= INFLIGHT_NOTICE_LEASE_LOST));
	rig->notices[notice]++;
	/* Who is told in the middle of things does not start them again. */
	if (notice == INFLIGHT_NOTICE_LEASE_LOST)
		ck_assert(!inflight_worker_beat(set));
}

static void
rig_init(struct rig *rig, const char *const *script,
	void (*work)(struct rig *rig, struct inflight_taken *set))
{
	*rig = (struct rig){.work = work};
	script_peer_init(&rig->peer, script);
	rig->worker = inflight_worker_new(rig->peer.client, handle, rig);
	ck_assert_ptr_nonnull(rig->worker);
	ck_assert_int_eq(inflight_worker_add_queue(rig->worker, "q"), INFLIGHT_OK);
	ck_assert_int_eq(inflight_worker_set_notice(rig->worker, take_notice, rig), INFLIGHT_OK);
}

static void
rig_fini(struct rig *rig)
{
	inflight_worker_free(rig->worker);
	script_peer_fini(&rig->peer);
}

/* Runs a worker with this handler to its end. */
static void
run(struct rig *rig, const char *const *script,
	void (*work)(struct rig *rig, struct inflight_taken *set), enum inflight_status status)
{
	enum inflight_status got;

	rig_init(rig, script, work);
	ck_assert_int_eq(inflight_worker_status(rig->worker), INFLIGHT_TIMEOUT);
	got = inflight_worker_run(rig->worker);
	ck_assert_msg(got == status, "it ended with %s: %s", inflight_status_name(got),
		inflight_trouble(rig->peer.client));
	ck_assert(!inflight_worker_step(rig->worker));
	ck_assert_int_eq(inflight_worker_due_ms(rig->worker), -1);
	rig_fini(rig);
}

/* An event loop with nothing but the worker in it, until the handler has kept a set. */
static bool
turn(struct rig *rig)
{
	struct pollfd poll_fd = {.fd = inflight_worker_fd(rig->worker),
		.events = inflight_worker_events(rig->worker)};

	poll(&poll_fd, 1, (int)inflight_worker_due_ms(rig->worker));
	return inflight_worker_step(rig->worker);
}

/* ---- sets and outcomes --------------------------------------------------- */

static void
finish_null(struct rig *rig, struct inflight_taken *set)
{
	(void)rig;
	ck_assert_int_eq(inflight_taken_finish(set, NULL), INFLIGHT_OK);
}

static void
look_and_finish(struct rig *rig, struct inflight_taken *set)
{
	const struct inflight_op *op = inflight_taken_op(set, 0);
	size_t len;

	ck_assert_str_eq(inflight_taken_queue(set), "q");
	ck_assert_str_eq(inflight_taken_key(set, &len), "42");
	ck_assert_uint_eq(len, 2);
	ck_assert_str_eq(inflight_taken_token(set), "t-1");
	ck_assert_int_eq(inflight_taken_fence(set), INT64_C(1795501702242940));
	ck_assert_int_eq(inflight_taken_attempt(set), 3);
	ck_assert_int_eq(inflight_taken_lease_ms(set), 30000);
	ck_assert_uint_eq(inflight_taken_count(set), 2);
	ck_assert_str_eq(op->id, "a");
	ck_assert_str_eq(op->msg, "{\"w\": 1}");
	ck_assert_uint_eq(op->msg_len, 8);
	ck_assert_str_eq(op->group, "g");
	op = inflight_taken_op(set, 1);
	ck_assert_str_eq(op->id, "b\"");
	ck_assert_str_eq(op->msg, "null");
	ck_assert_ptr_null(op->group);
	ck_assert_ptr_null(inflight_taken_op(set, 2));
	ck_assert(!inflight_taken_is_lost(set));
	ck_assert_ptr_null(inflight_taken_data(set));
	inflight_taken_attach(set, rig);
	ck_assert_ptr_eq(inflight_taken_data(set), rig);
	ck_assert_int_eq(inflight_taken_finish(set, " [1]\n"), INFLIGHT_OK);
	/* It is not the handler's any more. */
	ck_assert_int_eq(inflight_taken_finish(set, NULL), INFLIGHT_INVALID);
	ck_assert_int_eq(inflight_taken_release(set, 0), INFLIGHT_INVALID);
	ck_assert_int_eq(inflight_taken_note_result(set, 0, NULL), INFLIGHT_INVALID);
}

START_TEST(test_a_set)
{
	struct rig rig;

	run(&rig,
		SCRIPT("+", "<\"method\":\"dequeue\",\"params\":{\"queue\":\"q\"}}", SET,
			"<\"finish\",\"params\":{\"set\":\"t-1\",\"result\":[1]}}", RESULT,
			"<dequeue", SAY_RESULT("{\"set\":null}"), CLOSED, "."),
		look_and_finish, INFLIGHT_OK);
	ck_assert_uint_eq(rig.sets, 1);
}
END_TEST

static void
note_some(struct rig *rig, struct inflight_taken *set)
{
	(void)rig;
	ck_assert_int_eq(inflight_taken_note_result(set, 2, NULL), INFLIGHT_INVALID);
	ck_assert_int_eq(inflight_taken_note_result(set, 1, "[1"), INFLIGHT_INVALID);
	ck_assert_int_eq(inflight_taken_note_result(set, 1, "{\"r\":1}"), INFLIGHT_OK);
	ck_assert_int_eq(inflight_taken_note_error(set, 1, "2"), INFLIGHT_INVALID);
	ck_assert_int_eq(inflight_taken_finish(set, "nonsense"), INFLIGHT_INVALID);
	ck_assert_int_eq(inflight_taken_fail(set, ""), INFLIGHT_INVALID);
	ck_assert_int_eq(inflight_taken_finish_some(set), INFLIGHT_OK);
}

static void
note_all(struct rig *rig, struct inflight_taken *set)
{
	(void)rig;
	ck_assert_int_eq(inflight_taken_note_error(set, 1, "\"no\""), INFLIGHT_OK);
	ck_assert_int_eq(inflight_taken_note_result(set, 0, NULL), INFLIGHT_OK);
	ck_assert_int_eq(inflight_taken_fail(set, "{}"), INFLIGHT_OK);
}

static void
note_and_release(struct rig *rig, struct inflight_taken *set)
{
	(void)rig;
	ck_assert_int_eq(inflight_taken_note_result(set, 0, "1"), INFLIGHT_OK);
	ck_assert_int_eq(inflight_taken_release(set, -1), INFLIGHT_INVALID);
	ck_assert_int_eq(inflight_taken_release(set, INT64_C(1000000000001)), INFLIGHT_INVALID);
	ck_assert_int_eq(inflight_taken_release(set, INT64_C(1000000000000)), INFLIGHT_OK);
}

START_TEST(test_outcomes_of_single_ops)
{
	struct rig rig;

	run(&rig,
		SCRIPT("+", "<dequeue", SET,
			"<{\"set\":\"t-1\",\"results\":{\"b\\\"\":{\"result\":{\"r\":1}}}}", RESULT,
			CLOSED, "."),
		note_some, INFLIGHT_OK);
	run(&rig,
		SCRIPT("+", "<dequeue", SET,
			"<{\"set\":\"t-1\",\"error\":{},\"results\":{\"b\\\"\":{\"error\":\"no\"},"
			"\"a\":{\"result\":null}}}",
			RESULT, CLOSED, "."),
		note_all, INFLIGHT_OK);
	run(&rig,
		SCRIPT("+", "<dequeue", SET,
			"<\"release\",\"params\":{\"set\":\"t-1\",\"delay_ms\":1000000000000}}",
			RESULT, CLOSED, "."),
		note_and_release, INFLIGHT_OK);
}
END_TEST

static void
do_nothing(struct rig *rig, struct inflight_taken *set)
{
	(void)rig;
	(void)set;
}

START_TEST(test_a_handler_that_does_not_end_its_set)
{
	struct rig rig;

	run(&rig,
		SCRIPT("+", "<dequeue", SET, "<{\"set\":\"t-1\",\"delay_ms\":1000}", RESULT, CLOSED,
			"."),
		do_nothing, INFLIGHT_OK);
}
END_TEST

START_TEST(test_without_a_lease)
{
	struct rig rig;

	run(&rig, SCRIPT("+", "<dequeue", SAY_RESULT(SET_TEXT("", "0")), CLOSED, "."), finish_null,
		INFLIGHT_OK);
	ck_assert_uint_eq(rig.sets, 1);
}
END_TEST

/* Nested as deep as a line may be, and one deeper. */
static void
finish_deep(struct rig *rig, struct inflight_taken *set)
{
	char deep[2 * INFLIGHT_DEPTH_MAX + 1] = "";
	size_t most = INFLIGHT_DEPTH_MAX - 4;

	(void)rig;
	for (size_t depth = most + 1; depth >= most - 1; depth--) {
		enum inflight_status status;

		memset(deep, '[', depth);
		memset(deep + depth, ']', depth);
		deep[2 * depth] = '\0';
		status = depth == most - 1 ? inflight_taken_finish(set, deep)
					   : inflight_taken_note_result(set, depth - most, deep);
		ck_assert_int_eq(status, depth > most ? INFLIGHT_INVALID : INFLIGHT_OK);
	}
}

START_TEST(test_deep_outcomes)
{
	struct rig rig;

	run(&rig, SCRIPT("+", "<dequeue", SET, "<[[[[[[", RESULT, CLOSED, "."), finish_deep,
		INFLIGHT_OK);
}
END_TEST

/* ---- connections that are lost ------------------------------------------- */

START_TEST(test_lost_while_it_asks)
{
	struct rig rig;

	run(&rig,
		SCRIPT("+", "x", "+", "<dequeue", "x", "+", "<dequeue",
			"={\"jsonrpc\":\"2.0\",\"id\":#,\"result\":{\"set\":\"t-0\"", "x", "+",
			"<dequeue", SET, "<finish", RESULT, CLOSED, "."),
		finish_null, INFLIGHT_OK);
	ck_assert_uint_eq(rig.sets, 1);
	ck_assert_uint_eq(
		rig.notices[INFLIGHT_NOTICE_CONNECTED], rig.notices[INFLIGHT_NOTICE_DISCONNECTED]);
}
END_TEST

START_TEST(test_lost_while_it_tells)
{
	struct rig rig;

	run(&rig,
		SCRIPT("+", "<dequeue", SET, "<finish", "x", "+", "<\"set\":\"t-1\"",
			"={\"jsonrpc\":", "x", "+", "<\"set\":\"t-1\"", RESULT, CLOSED, "."),
		finish_null, INFLIGHT_OK);
	ck_assert_uint_eq(rig.sets, 1);
}
END_TEST

static void
beat_and_finish(struct rig *rig, struct inflight_taken *set)
{
	(void)rig;
	/* It is time, and the extend has to have its answer before the rest of the script. */
	set->beat_at_ms = 0;
	while (inflight_worker_beat(set) && set->beat_at_ms == 0)
		continue;
	while (set->beating)
		inflight_worker_beat(set);
	ck_assert_int_eq(inflight_taken_finish(set, NULL), INFLIGHT_OK);
}

START_TEST(test_lost_under_a_handler)
{
	struct rig rig;

	run(&rig,
		SCRIPT("+", "<dequeue", SET, "<extend", "x", "+",
			"<{\"set\":\"t-1\",\"lease_ms\":30000}", SAY_RESULT("{\"lease_ms\":30000}"),
			"<finish", RESULT, CLOSED, "."),
		beat_and_finish, INFLIGHT_OK);
	ck_assert_uint_eq(rig.notices[INFLIGHT_NOTICE_LEASE_LOST], 0);
}
END_TEST

static void
stop_and_finish(struct rig *rig, struct inflight_taken *set)
{
	inflight_worker_stop(rig->worker);
	ck_assert(inflight_worker_is_stopping(rig->worker));
	ck_assert_int_eq(inflight_taken_finish(set, NULL), INFLIGHT_OK);
}

START_TEST(test_nobody_to_tell)
{
	struct rig rig;

	rig_init(&rig, SCRIPT("+", "<dequeue", "-", SET, "x"), stop_and_finish);
	ck_assert_int_eq(inflight_worker_set_linger(rig.worker, 20), INFLIGHT_OK);
	ck_assert_int_eq(inflight_worker_run(rig.worker), INFLIGHT_UNREACHABLE);
	rig_fini(&rig);
}
END_TEST

/* ---- leases -------------------------------------------------------------- */

static void
lose_and_finish(struct rig *rig, struct inflight_taken *set)
{
	set->beat_at_ms = 0;
	while (inflight_worker_beat(set))
		continue;
	ck_assert(inflight_taken_is_lost(set));
	ck_assert_uint_eq(rig->notices[INFLIGHT_NOTICE_LEASE_LOST], 1);
	ck_assert_int_eq(inflight_taken_finish(set, NULL), INFLIGHT_OK);
}

/* Nobody is told the outcome of a set that is somebody else's. */
START_TEST(test_lease_lost)
{
	struct rig rig;

	run(&rig, SCRIPT("+", "<dequeue", SET, "<extend", SAY_ERROR("lease_lost"), CLOSED, "."),
		lose_and_finish, INFLIGHT_OK);
}
END_TEST

static void
be_late_and_finish(struct rig *rig, struct inflight_taken *set)
{
	set->lease_end_ms = 0;
	ck_assert(!inflight_worker_beat(set));
	ck_assert_uint_eq(rig->notices[INFLIGHT_NOTICE_LEASE_LOST], 1);
	ck_assert(!inflight_worker_beat(set));
	ck_assert_uint_eq(rig->notices[INFLIGHT_NOTICE_LEASE_LOST], 1);
	ck_assert_int_eq(inflight_taken_finish(set, NULL), INFLIGHT_OK);
}

/* Perhaps it has it after all: the daemon knows. */
START_TEST(test_lease_over_by_the_clock)
{
	struct rig rig;

	run(&rig, SCRIPT("+", "<dequeue", SET, "<finish", RESULT, CLOSED, "."), be_late_and_finish,
		INFLIGHT_OK);
	run(&rig, SCRIPT("+", "<dequeue", SET, "<finish", SAY_ERROR("lease_lost"), CLOSED, "."),
		finish_null, INFLIGHT_OK);
	ck_assert_uint_eq(rig.notices[INFLIGHT_NOTICE_LEASE_LOST], 1);
}
END_TEST

START_TEST(test_outcome_refused)
{
	struct rig rig;

	run(&rig,
		SCRIPT("+", "<dequeue", SET, "<finish", SAY_ERROR("line_too_long"),
			"<{\"set\":\"t-1\",\"delay_ms\":1000}", SAY_ERROR("lease_lost"), CLOSED,
			"."),
		finish_null, INFLIGHT_OK);
	ck_assert_uint_eq(rig.notices[INFLIGHT_NOTICE_NOT_TAKEN], 1);
	ck_assert_uint_eq(rig.notices[INFLIGHT_NOTICE_LEASE_LOST], 0);
}
END_TEST

/* ---- daemons that give no sets ------------------------------------------- */

START_TEST(test_not_now)
{
	struct rig rig;

	run(&rig,
		SCRIPT("+", "<dequeue", SAY_ERROR("draining"), "<dequeue", SAY_ERROR("limit"),
			CLOSED, "."),
		finish_null, INFLIGHT_OK);
	ck_assert_uint_eq(rig.notices[INFLIGHT_NOTICE_NOT_NOW], 2);
}
END_TEST

START_TEST(test_refused)
{
	struct rig rig;

	run(&rig, SCRIPT("+", "<dequeue", SAY_ERROR("no_such_queue"), "."), finish_null,
		INFLIGHT_REFUSED);
	run(&rig, SCRIPT("+", "<dequeue", SAY_ERROR("unauthorized"), "."), finish_null,
		INFLIGHT_UNAUTHORIZED);
	run(&rig, SCRIPT("+", "<dequeue", SAY_RESULT("{\"set\":\"t\",\"ops\":[]}"), "."),
		finish_null, INFLIGHT_GARBLED);
	run(&rig, SCRIPT("+", "<dequeue", ">nonsense", "."), finish_null, INFLIGHT_GARBLED);
}
END_TEST

START_TEST(test_not_let_in)
{
	struct rig rig;

	rig_init(&rig, SCRIPT("+", "<auth", SAY_ERROR("unauthorized"), "."), finish_null);
	ck_assert_int_eq(inflight_set_token(rig.peer.client, "wrong"), INFLIGHT_OK);
	ck_assert_int_eq(inflight_worker_run(rig.worker), INFLIGHT_UNAUTHORIZED);
	rig_fini(&rig);
}
END_TEST

/* ---- in an event loop ---------------------------------------------------- */

static void
keep(struct rig *rig, struct inflight_taken *set)
{
	rig->kept = set;
}

START_TEST(test_ended_later)
{
	struct rig rig;
	struct pollfd poll_fd = {.events = POLLIN};

	rig_init(&rig, SCRIPT("+", "<dequeue", SET, "<finish", RESULT, CLOSED, "."), keep);
	while (rig.kept == NULL)
		ck_assert(turn(&rig));
	poll_fd.fd = inflight_worker_fd(rig.worker);
	ck_assert_int_eq(inflight_taken_finish(rig.kept, NULL), INFLIGHT_OK);
	/* That is told at the next step, which the loop is woken up for. */
	ck_assert_int_eq(poll(&poll_fd, 1, 0), 1);
	while (turn(&rig))
		ck_assert_int_eq(poll_fd.fd, inflight_worker_fd(rig.worker));
	ck_assert_int_eq(inflight_worker_status(rig.worker), INFLIGHT_OK);
	rig_fini(&rig);
}
END_TEST

/* Heartbeats flow while the handler is long gone. */
START_TEST(test_step_beats)
{
	struct rig rig;

	rig_init(&rig,
		SCRIPT("+", "<dequeue", SET, "<extend", SAY_RESULT("{\"lease_ms\":30000}"),
			"<extend", SAY_ERROR("lease_lost"), CLOSED, "."),
		keep);
	while (rig.kept == NULL)
		ck_assert(turn(&rig));
	for (int i = 0; i < 2; i++) {
		rig.kept->beat_at_ms = 0;
		ck_assert_int_eq(inflight_worker_due_ms(rig.worker), 0);
		do
			turn(&rig);
		while (rig.kept->beating);
	}
	ck_assert_uint_eq(rig.notices[INFLIGHT_NOTICE_LEASE_LOST], 1);
	ck_assert_int_eq(inflight_taken_finish(rig.kept, NULL), INFLIGHT_OK);
	while (turn(&rig))
		continue;
	ck_assert_int_eq(inflight_worker_status(rig.worker), INFLIGHT_OK);
	rig_fini(&rig);
}
END_TEST

/* The other dequeue's wait is ended, and what comes for it all the same is released. */
START_TEST(test_stop_with_several)
{
	struct rig rig;

	rig_init(&rig,
		SCRIPT("+", "<dequeue", "<dequeue", SET_OF("1"), "<finish", RESULT, NOTHING("2"),
			"."),
		stop_and_finish);
	ck_assert_int_eq(inflight_worker_set_concurrency(rig.worker, 2), INFLIGHT_OK);
	while (turn(&rig))
		continue;
	ck_assert_int_eq(inflight_worker_status(rig.worker), INFLIGHT_OK);
	rig_fini(&rig);

	rig_init(&rig,
		SCRIPT("+", "<dequeue", "<dequeue", SET_OF("1"), "<finish", RESULT, SET_OF("2"),
			"x", "+", "<{\"set\":\"t-1\",\"delay_ms\":0}", RESULT, "."),
		stop_and_finish);
	ck_assert_int_eq(inflight_worker_set_concurrency(rig.worker, 2), INFLIGHT_OK);
	while (turn(&rig))
		continue;
	ck_assert_int_eq(inflight_worker_status(rig.worker), INFLIGHT_OK);
	ck_assert_uint_eq(rig.sets, 1);
	ck_assert_uint_eq(rig.notices[INFLIGHT_NOTICE_DISCONNECTED], 0);
	rig_fini(&rig);
}
END_TEST

START_TEST(test_stop_before_the_beginning)
{
	struct rig rig;

	rig_init(&rig, SCRIPT("-"), finish_null);
	inflight_worker_stop(rig.worker);
	ck_assert_int_eq(inflight_worker_run(rig.worker), INFLIGHT_OK);
	rig_fini(&rig);
}
END_TEST

/* What is in hand when the worker is freed is not told; nothing leaks, and nothing is asked. */
START_TEST(test_freed_in_the_middle)
{
	struct rig rig;

	rig_init(&rig, SCRIPT("+", "<dequeue", SET, "."), keep);
	while (rig.kept == NULL)
		ck_assert(turn(&rig));
	ck_assert_int_eq(inflight_taken_note_result(rig.kept, 0, "1"), INFLIGHT_OK);
	ck_assert_int_eq(inflight_taken_finish(rig.kept, NULL), INFLIGHT_OK);
	rig_fini(&rig);
	inflight_worker_free(NULL);
}
END_TEST

/* ---- settings ------------------------------------------------------------ */

START_TEST(test_settings)
{
	static const int64_t most = INT64_C(1000000000000);
	struct rig rig;

	rig_init(&rig,
		SCRIPT("+", "<\"params\":{\"queues\":[\"q\",\"w\\\"\"],\"lease_ms\":1000000000000}",
			SAY_ERROR("queue_closed"), "."),
		finish_null);
	ck_assert_int_eq(inflight_worker_add_queue(rig.worker, "\xff"), INFLIGHT_INVALID);
	ck_assert_int_eq(inflight_worker_add_queue(rig.worker, "w\""), INFLIGHT_OK);
	ck_assert_int_eq(inflight_worker_set_lease(rig.worker, -1), INFLIGHT_INVALID);
	ck_assert_int_eq(inflight_worker_set_lease(rig.worker, 0), INFLIGHT_OK);
	ck_assert_int_eq(inflight_worker_set_lease(rig.worker, most + 1), INFLIGHT_INVALID);
	ck_assert_int_eq(inflight_worker_set_lease(rig.worker, most), INFLIGHT_OK);
	ck_assert_int_eq(inflight_worker_set_retry_delay(rig.worker, -1), INFLIGHT_INVALID);
	ck_assert_int_eq(inflight_worker_set_linger(rig.worker, -1), INFLIGHT_INVALID);
	ck_assert_int_eq(inflight_worker_set_concurrency(rig.worker, 0), INFLIGHT_INVALID);
	ck_assert_int_eq(inflight_worker_set_concurrency(rig.worker, 1023), INFLIGHT_OK);
	ck_assert_int_eq(inflight_worker_set_concurrency(rig.worker, 1024), INFLIGHT_OK);
	ck_assert_int_eq(inflight_worker_set_concurrency(rig.worker, 1025), INFLIGHT_INVALID);
	ck_assert_int_eq(inflight_worker_run(rig.worker), INFLIGHT_OK);
	ck_assert_int_eq(inflight_worker_set_lease(rig.worker, 1), INFLIGHT_INVALID);
	ck_assert_int_eq(inflight_worker_add_queue(rig.worker, "r"), INFLIGHT_INVALID);
	ck_assert_int_eq(inflight_worker_set_notice(rig.worker, NULL, NULL), INFLIGHT_INVALID);
	rig_fini(&rig);
}
END_TEST

START_TEST(test_number_of_queues)
{
	struct inflight *client = inflight_new("unix:/nowhere");
	struct inflight_worker *worker = inflight_worker_new(client, handle, NULL);

	ck_assert_int_eq(inflight_worker_run(worker), INFLIGHT_INVALID);
	inflight_worker_free(worker);
	worker = inflight_worker_new(client, handle, NULL);
	for (size_t i = 1; i <= INFLIGHT_WORKER_QUEUES_MAX + 1; i++)
		ck_assert_int_eq(inflight_worker_add_queue(worker, "q"),
			i <= INFLIGHT_WORKER_QUEUES_MAX ? INFLIGHT_OK : INFLIGHT_INVALID);
	inflight_worker_free(worker);
	inflight_free(client);
	client = inflight_new("nonsense");
	worker = inflight_worker_new(client, handle, NULL);
	ck_assert_int_eq(inflight_worker_add_queue(worker, "q"), INFLIGHT_OK);
	ck_assert_int_eq(inflight_worker_run(worker), INFLIGHT_INVALID);
	inflight_worker_free(worker);
	inflight_free(client);
}
END_TEST

static TCase *
set_tests(void)
{
	TCase *tests = tcase_create("sets");

	tcase_add_test(tests, test_a_set);
	tcase_add_test(tests, test_outcomes_of_single_ops);
	tcase_add_test(tests, test_a_handler_that_does_not_end_its_set);
	tcase_add_test(tests, test_without_a_lease);
	tcase_add_test(tests, test_deep_outcomes);
	tcase_add_test(tests, test_lost_while_it_asks);
	tcase_add_test(tests, test_lost_while_it_tells);
	tcase_add_test(tests, test_lost_under_a_handler);
	tcase_add_test(tests, test_nobody_to_tell);
	tcase_add_test(tests, test_lease_lost);
	tcase_add_test(tests, test_lease_over_by_the_clock);
	tcase_add_test(tests, test_outcome_refused);
	return tests;
}

static TCase *
worker_tests(void)
{
	TCase *tests = tcase_create("workers");

	tcase_add_test(tests, test_not_now);
	tcase_add_test(tests, test_refused);
	tcase_add_test(tests, test_not_let_in);
	tcase_add_test(tests, test_ended_later);
	tcase_add_test(tests, test_step_beats);
	tcase_add_test(tests, test_stop_with_several);
	tcase_add_test(tests, test_stop_before_the_beginning);
	tcase_add_test(tests, test_freed_in_the_middle);
	tcase_add_test(tests, test_settings);
	tcase_add_test(tests, test_number_of_queues);
	return tests;
}

int
main(void)
{
	Suite *suite = suite_create("client worker");
	SRunner *runner;
	int failed;

	suite_add_tcase(suite, set_tests());
	suite_add_tcase(suite, worker_tests());
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
