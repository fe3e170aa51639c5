/*
 * A storm: peers that come and go ask for anything at any time, in the order the
 * seed says. Whatever happens, every invariant holds, each request of a peer that
 * stays is answered exactly once, and no op is lost or counted twice. With both engines.
 */
#include <config.h>

#include "scenario/crowd.h"

#include "base/alloc.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ACTIVE     12 /* peers at a time */
#define STEPS      6000
#define TOKENS     64
#define PARAMS_MAX 400

struct storm {
	int peers[ACTIVE];
	int next_peer;
	bool is_ending[ACTIVE]; /* half-closed */
	unsigned next_id;
	int asked_by[STEPS * 2]; /* by id; -1: answered, or nobody is there to be answered */
	char *tokens[TOKENS];
};

static unsigned
pick(unsigned bound)
{
	return crowd_random_below(bound);
}

/* ---- requests ---------------------------------------------------------- */

static void
write_enqueue(char *params, size_t size)
{
	size_t len = (size_t)snprintf(params, size,
		"\"queue\":\"q%u\",\"key\":%u,\"delay_ms\":%u,\"ttl_ms\":%u", pick(4), pick(4),
		pick(4) == 0 ? pick(40) : 0, pick(4) == 0 ? pick(80) : 0);

	if (pick(3) == 0)
		len += (size_t)snprintf(params + len, size - len, ",\"op\":%u", pick(60));
	if (pick(3) == 0)
		len += (size_t)snprintf(params + len, size - len, ",\"group\":\"g%u\"", pick(4));
	if (pick(3) == 0)
		snprintf(params + len, size - len, ",\"wait_ms\":%u", pick(100));
}

static void
write_dequeue(char *params, size_t size)
{
	size_t len = (size_t)snprintf(params, size, "\"wait_ms\":%u,\"release_on_close\":%s",
		pick(100), pick(3) == 0 ? "true" : "false");

	if (pick(2) == 0)
		len += (size_t)snprintf(params + len, size - len, ",\"queue\":\"q%u\"", pick(4));
	else
		len += (size_t)snprintf(params + len, size - len,
			",\"queues\":[\"q%u\",\"q%u\",\"q%u\"]", pick(4), pick(4), pick(4));
	if (pick(3) == 0)
		len += (size_t)snprintf(params + len, size - len, ",\"key\":%u", pick(4));
	if (pick(2) == 0)
		snprintf(params + len, size - len, ",\"lease_ms\":%u", pick(60));
}

/* What ends or extends a lease: mostly one that is known, sometimes one that is long over. */
static const char *
write_lease(const struct storm *storm, char *params, size_t size)
{
	static const char *const methods[] = {"finish", "finish", "release", "extend"};
	const char *token = storm->tokens[pick(TOKENS)];
	const char *method = methods[pick(4)];

	snprintf(params, size, "\"set\":\"%s\"%s", token == NULL ? "nothing" : token,
		strcmp(method, "finish") == 0 && pick(4) == 0   ? ",\"error\":1"
		: strcmp(method, "finish") == 0 && pick(4) == 0 ? ",\"results\":{}"
								: "");
	return method;
}

static const char *
write_queue(char *params, size_t size)
{
	static const char *const states[] = {"pending", "held", "dead", "all"};
	static const char *const methods[] = {"queue.close", "queue.open", "queue.open",
		"queue.pause", "queue.resume", "queue.resume", "queue.stats", "queue.kick"};
	unsigned queue = pick(4);

	switch (pick(8)) {
	case 0:
		snprintf(params, size, "\"queue\":\"q%u\",\"force\":%s", queue,
			pick(4) == 0 ? "true" : "false");
		return "queue.delete";
	case 1:
		snprintf(
			params, size, "\"queue\":\"q%u\",\"state\":\"%s\"", queue, states[pick(4)]);
		return "queue.purge";
	case 2:
		snprintf(params, size,
			"\"queue\":\"q%u\",\"exclusive\":%s,\"window_ms\":%u,\"quiet_ms\":%u,"
			"\"depth\":%u,\"width\":%u",
			queue, pick(2) == 0 ? "true" : "false", pick(2) * pick(30),
			pick(2) * pick(10), 1 + pick(4), 1 + pick(5));
		return "queue.update";
	case 3:
		snprintf(params, size, "\"queue\":\"q%u\",\"op\":%u", queue, pick(60));
		return "cancel";
	default:
		snprintf(params, size, "\"queue\":\"q%u\"", queue);
		return methods[pick(8)];
	}
}

static const char *
write_group(char *params, size_t size)
{
	unsigned group = pick(4);

	switch (pick(6)) {
	case 0:
		snprintf(params, size,
			"\"group\":\"g%u\",\"timeout_ms\":%u,\"retain_ms\":%u,\"auto\":%s%s", group,
			pick(2) * pick(200), pick(100), pick(2) == 0 ? "true" : "false",
			pick(2) == 0 ? ",\"on_complete\":{\"queue\":\"q0\",\"key\":1}" : "");
		return "group.create";
	case 1:
		snprintf(params, size, "\"group\":\"g%u\",\"op\":%u", group, pick(60));
		return pick(2) == 0 ? "group.add" : "group.finish";
	case 2:
		snprintf(params, size, "\"group\":\"g%u\"", group);
		return pick(3) == 0 ? "group.delete" : "group.seal";
	default:
		snprintf(params, size, "\"group\":\"g%u\",\"wait_ms\":%u", group, pick(100));
		return "group.wait";
	}
}

static const char *
write_request(const struct storm *storm, char *params, size_t size)
{
	unsigned kind = pick(20);

	if (kind < 6) {
		write_enqueue(params, size);
		return "enqueue";
	}
	if (kind < 11) {
		write_dequeue(params, size);
		return "dequeue";
	}
	if (kind < 15)
		return write_lease(storm, params, size);
	return kind < 17 ? write_queue(params, size) : write_group(params, size);
}

/* ---- answers ----------------------------------------------------------- */

static void
hear_one(struct storm *storm, int peer, const json_t *answer)
{
	json_t *set = json_object_get(json_object_get(answer, "result"), "set");
	json_int_t id = crowd_number_of(answer, "id");

	ck_assert_int_lt(id, storm->next_id);
	ck_assert_msg(storm->asked_by[id] == peer, "request %d is answered twice, or to another",
		(int)id);
	storm->asked_by[id] = -1;
	if (json_is_string(set)) {
		unsigned place = pick(TOKENS);

		free(storm->tokens[place]);
		storm->tokens[place] = xstrdup(json_string_value(set));
	}
}

static void
hear_all(struct storm *storm)
{
	for (int i = 0; i < ACTIVE; i++) {
		json_t *answer;

		while ((answer = crowd_next(storm->peers[i])) != NULL) {
			size_t at;
			json_t *element;

			json_array_foreach(answer, at, element)
				hear_one(storm, storm->peers[i], element);
			if (json_is_object(answer))
				hear_one(storm, storm->peers[i], answer);
			json_decref(answer);
		}
	}
}

static bool
waits_for_answer(const struct storm *storm, int peer)
{
	for (unsigned id = 0; id < storm->next_id; id++)
		if (storm->asked_by[id] == peer)
			return true;
	return false;
}

/* ---- steps ------------------------------------------------------------- */

static void
ask(struct storm *storm, int i)
{
	char params[2][PARAMS_MAX];
	const char *method = write_request(storm, params[0], PARAMS_MAX);
	const char *other = write_request(storm, params[1], PARAMS_MAX);
	unsigned id = storm->next_id++;

	storm->asked_by[id] = storm->peers[i];
	if (pick(6) != 0) {
		crowd_say(storm->peers[i],
			"{\"jsonrpc\":\"2.0\",\"id\":%u,\"method\":\"%s\",\"params\":{%s}}", id,
			method, params[0]);
		return;
	}
	storm->asked_by[storm->next_id++] = storm->peers[i];
	crowd_say(storm->peers[i],
		"[{\"jsonrpc\":\"2.0\",\"id\":%u,\"method\":\"%s\",\"params\":{%s}},"
		"{\"jsonrpc\":\"2.0\",\"id\":%u,\"method\":\"%s\",\"params\":{%s}}]",
		id, method, params[0], id + 1, other, params[1]);
}

static void
replace(struct storm *storm, int i)
{
	for (unsigned id = 0; id < storm->next_id; id++)
		if (storm->asked_by[id] == storm->peers[i])
			storm->asked_by[id] = -1;
	storm->peers[i] = storm->next_peer++;
	storm->is_ending[i] = false;
}

static void
step(struct storm *storm)
{
	int i = (int)pick(ACTIVE);

	if (crowd_is_ended(storm->peers[i])) {
		hear_all(storm);
		ck_assert(storm->is_ending[i]);
		ck_assert(!waits_for_answer(storm, storm->peers[i]));
		replace(storm, i);
	} else if (pick(30) == 0 && storm->next_peer < PEERS_MAX - 2) {
		hear_all(storm);
		crowd_close(storm->peers[i]);
		replace(storm, i);
	} else if (pick(40) == 0 && !storm->is_ending[i] && storm->next_peer < PEERS_MAX - 2) {
		crowd_half_close(storm->peers[i]);
		storm->is_ending[i] = true;
	} else if (pick(6) == 0) {
		crowd_advance(pick(30));
	} else if (!storm->is_ending[i]) {
		ask(storm, i);
	}
	if (pick(8) == 0)
		crowd_settle();
	hear_all(storm);
}

/* ---- after the storm --------------------------------------------------- */

/* Each op that came in is there, or has ended once. Nothing dies in a storm of this kind. */
static void
expect_every_op_counted(void)
{
	static const char *const ends[] = {
		"finished", "failed", "expired", "cancelled", "purged", "deleted"};
	json_int_t left = crowd_stat_of(NULL, "enqueued");

	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++)
		left -= crowd_stat_of(NULL, ends[i]);
	for (int i = 0; i < 4; i++) {
		char queue[8];

		snprintf(queue, sizeof(queue), "q%d", i);
		crowd_say(PEERS_MAX - 1, "{\"method\":\"dequeue\",\"queue\":\"%s\",\"wait_ms\":0}",
			queue);
		json_decref(crowd_hear(PEERS_MAX - 1));
		left -= crowd_stat_of(queue, "ops");
	}
	/* What the dequeues above took without a lease has ended meanwhile: none did. */
	ck_assert_int_eq(left, 0);
}

static void
storm(int engine, unsigned attempts)
{
	struct storm *storm = xcalloc(1, sizeof(*storm));

	crowd_begin(engine);
	for (int i = 0; i < ACTIVE; i++)
		storm->peers[i] = storm->next_peer++;
	for (int i = 0; attempts > 0 && i < 4; i++) {
		crowd_say(0, "{\"method\":\"queue.create\",\"queue\":\"q%d\",\"max_attempts\":%u}",
			i, attempts);
		crowd_skip(0);
	}
	for (int i = 0; i < STEPS; i++)
		step(storm);
	crowd_settle();
	crowd_advance(1000);
	hear_all(storm);
	for (int i = 0; i < ACTIVE; i++)
		ck_assert_msg(
			!waits_for_answer(storm, storm->peers[i]), "a request without answer");
	if (attempts == 0)
		expect_every_op_counted();
	crowd_end();
	for (int i = 0; i < TOKENS; i++)
		free(storm->tokens[i]);
	free(storm);
}

START_TEST(test_storm)
{
	storm(_i % 2, 0);
}
END_TEST

START_TEST(test_storm_with_deaths)
{
	storm(_i % 2, 2);
}
END_TEST

static Suite *
make_suite(void)
{
	Suite *suite = suite_create("storm");
	TCase *tcase = tcase_create("storm");

	tcase_set_timeout(tcase, 120);
	tcase_add_loop_test(tcase, test_storm, 0, 2);
	tcase_add_loop_test(tcase, test_storm_with_deaths, 0, 2);
	suite_add_tcase(suite, tcase);
	return suite;
}

int
main(void)
{
	SRunner *runner = srunner_create(make_suite());
	int failed;

	world_seed(); /* before the first test is forked */
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
