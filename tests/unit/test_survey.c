/*
 * Surveys, and what is asked from inside of the process: with an engine that answers at once and
 * with one that does not.
 */
#include <config.h>

#include "command/survey.h"
#include "peer.h"

static struct world world;

static void
start(int slow)
{
	world_prepare(&world, slow != 0);
	world_start(&world);
}

/* What a survey told: how many, and that each name came after the one before. */
struct told {
	unsigned queues;
	uint64_t enqueued;
	uint64_t waiters;
	size_t last_len;
	char last[NAME_MAX_BYTES];
};

static void
note_queue(void *arg, struct span name, const struct queue_stats_answer *stats, uint64_t waiters)
{
	struct told *told = arg;

	ck_assert_int_lt(span_compare(span_make(told->last, told->last_len), name), 0);
	memcpy(told->last, name.ptr, name.len);
	told->last_len = name.len;
	told->queues++;
	told->enqueued += stats->counters.enqueued;
	told->waiters += waiters;
}

/* To the end, so many steps in a turn. Returns how many turns had any. */
static unsigned
run(struct survey *survey, unsigned budget)
{
	unsigned turns = 0;

	while (survey_totals(survey) == NULL) {
		ck_assert_uint_lt(turns++, 100000);
		(void)survey_turn(survey, budget);
		world_run(&world);
	}
	ck_assert(!survey_has_work(survey) && !survey_turn(survey, budget));
	return turns;
}

static void
enqueue(int queue)
{
	struct session *peer = peer_new(&world, "unix:1");
	char line[100];

	snprintf(line, sizeof(line), "{\"method\":\"enqueue\",\"queue\":\"q%03d\",\"key\":1}\n",
		queue);
	peer_say(peer, line);
	world_run(&world);
	ck_assert_uint_eq(peer_count(peer, "\"error\":null", NULL), 1);
	session_close(peer);
}

/* No queue, one, a page of names, one less and one more. */
START_TEST(test_counts)
{
	static const int counts[] = {0, 1, 99, 100, 101, 250};
	int made = 0;

	start(_i);
	for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
		struct told told = {0};
		struct survey *survey;

		while (made < counts[i])
			enqueue(made++);
		survey = survey_new(world.service, note_queue, &told);
		run(survey, 1000);
		ck_assert_uint_eq(told.queues, counts[i]);
		ck_assert_uint_eq(told.enqueued, counts[i]);
		ck_assert_uint_eq(survey_totals(survey)->queues, counts[i]);
		ck_assert_uint_eq(survey_totals(survey)->counters.enqueued, counts[i]);
		survey_free(survey);
	}
	world_end(&world);
}
END_TEST

/* A turn does no more than it may. */
START_TEST(test_budget)
{
	struct told told = {0};
	struct survey *survey;

	start(0);
	for (int i = 0; i < 30; i++)
		enqueue(i);
	survey = survey_new(world.service, note_queue, &told);
	ck_assert(survey_turn(survey, 10));
	ck_assert_uint_eq(told.queues, 9); /* and the page of names */
	ck_assert(survey_turn(survey, 10));
	ck_assert_uint_eq(told.queues, 19);
	run(survey, 10);
	ck_assert_uint_eq(told.queues, 30);
	survey_free(survey);
	world_end(&world);
}
END_TEST

/* Queues come and go while it is under way; one that is gone is not told of. */
START_TEST(test_changes)
{
	struct told told = {0};
	struct session *peer;
	struct survey *survey;

	start(_i);
	for (int i = 0; i < 20; i++)
		enqueue(i);
	survey = survey_new(world.service, note_queue, &told);
	while (told.queues < 5) {
		(void)survey_turn(survey, 1);
		world_run(&world);
	}
	peer = peer_new(&world, "unix:1");
	peer_say(peer, "{\"method\":\"queue.delete\",\"queue\":\"q010\",\"force\":true}\n"
		       "{\"id\":1,\"method\":\"dequeue\",\"queue\":\"zz\"}\n");
	world_run(&world);
	run(survey, 3);
	ck_assert_uint_eq(told.queues, 20);
	ck_assert_uint_eq(told.waiters, 1);
	session_close(peer);
	survey_free(survey);
	world_end(&world);
}
END_TEST

/* Freed at any step, also while the engine has its call. */
START_TEST(test_freed)
{
	start(_i);
	for (int i = 0; i < 3; i++)
		enqueue(i);
	for (unsigned steps = 0; steps < 8; steps++) {
		struct told told = {0};
		struct survey *survey = survey_new(world.service, note_queue, &told);
		unsigned before;

		for (unsigned i = 0; i < steps; i++) {
			(void)survey_turn(survey, 1);
			if (i + 1 < steps)
				world_run(&world);
		}
		before = told.queues;
		survey_free(survey);
		world_run(&world);
		ck_assert_uint_eq(told.queues, before);
	}
	survey_free(NULL);
	world_end(&world);
}
END_TEST

/* A session that no connection stands behind: not counted, and told of elsewhere. */
START_TEST(test_inside)
{
	struct session *inside;
	struct session *peer;

	start(_i);
	peer = peer_new(&world, "unix:1");
	inside = session_new_inside(world.service, "http", &world);
	ck_assert(!service_has_dirty_inside(world.service));
	peer_say(inside, "{\"method\":\"stats\"}\n");
	world_run(&world);
	ck_assert_ptr_null(service_pop_dirty(world.service));
	ck_assert(service_has_dirty_inside(world.service));
	ck_assert_ptr_eq(service_pop_dirty_inside(world.service), inside);
	ck_assert_ptr_null(service_pop_dirty_inside(world.service));
	ck_assert_ptr_eq(session_arg(inside), &world);
	ck_assert_uint_eq(peer_count(inside, "\"connections\":1,", NULL), 1);
	session_close(inside);
	peer_say(peer, "{\"method\":\"stats\"}\n");
	world_run(&world);
	ck_assert_ptr_eq(service_pop_dirty(world.service), peer);
	ck_assert_uint_eq(peer_count(peer, "\"connections\":1,", NULL), 1);
	session_close(peer);
	world_end(&world);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("survey");
	TCase *tcase = tcase_create("survey");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_loop_test(tcase, test_counts, 0, 2);
	tcase_add_test(tcase, test_budget);
	tcase_add_loop_test(tcase, test_changes, 0, 2);
	tcase_add_loop_test(tcase, test_freed, 0, 2);
	tcase_add_loop_test(tcase, test_inside, 0, 2);
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
