/*
 * The histograms of a queue: what is noted when, at the bounds of the places, and that the sums
 * of all queues outlive them.
 */
#include <config.h>

#include <stdio.h>

#include "base/clock.h"
#include "core_rig.h"

static struct queue_histograms
of_queue(struct rig *rig, const char *queue)
{
	struct queue_args args = {.queue = span_str(queue)};
	struct queue_stats_answer answer;
	struct refusal refusal;

	ck_assert_int_eq(
		core_queue_stats(rig->core, rig->now_ns, &args, &answer, &refusal), ERR_NONE);
	return answer.histograms;
}

static struct queue_histograms
of_all(struct rig *rig)
{
	struct no_args args = {0};
	struct stats_answer answer;
	struct refusal refusal;

	ck_assert_int_eq(core_stats(rig->core, rig->now_ns, &args, &answer, &refusal), ERR_NONE);
	return answer.histograms;
}

static uint64_t
count(const struct histogram *histogram)
{
	uint64_t sum = 0;

	for (unsigned place = 0; place < HISTOGRAM_PLACES; place++)
		sum += histogram->counts[place];
	return sum;
}

/* From the first op to the delivery: one nanosecond more than a bound is the next place. */
START_TEST(waiting)
{
	static const struct {
		uint64_t wait_ns;
		unsigned place;
	} cases[] = {
		{0, 0},
		{NS_PER_MS, 0},
		{NS_PER_MS + 1000, 1},
		{4 * NS_PER_MS - 1000, 1},
		{4 * NS_PER_MS, 1},
		{4 * NS_PER_MS + 1000, 2},
		{1048576 * NS_PER_MS, 10},
		{1048576 * NS_PER_MS + 1000, 11},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct queue_histograms histograms;
		struct rig rig;

		rig_init(&rig);
		EXPECT(&rig, "enqueue q k a", "new d1 w1");
		rig.now_ns += cases[i].wait_ns;
		EXPECT(&rig, "take q", "1 k a1 [a]");
		histograms = of_queue(&rig, "q");
		ck_assert_uint_eq(histograms.wait.counts[cases[i].place], 1);
		ck_assert_uint_eq(count(&histograms.wait), 1);
		ck_assert_uint_eq(histograms.wait.sum, cases[i].wait_ns / 1000);
		rig_fini(&rig);
	}
}
END_TEST

START_TEST(widths)
{
	static const unsigned places[] = {0, 1, 2, 2, 3};
	struct queue_histograms histograms;
	struct rig rig;
	char line[64];

	rig_init(&rig);
	for (int width = 1; width <= 5; width++) {
		for (int op = 0; op < width; op++) {
			snprintf(line, sizeof(line), "enqueue q k%d", width);
			rig_do(&rig, line);
		}
		rig_do(&rig, "take q");
		histograms = of_queue(&rig, "q");
		ck_assert_uint_eq(count(&histograms.width), width);
		ck_assert_uint_ge(histograms.width.counts[places[width - 1]], 1);
	}
	ck_assert_uint_eq(histograms.width.counts[0], 1);
	ck_assert_uint_eq(histograms.width.counts[1], 1);
	ck_assert_uint_eq(histograms.width.counts[2], 2);
	ck_assert_uint_eq(histograms.width.counts[3], 1);
	ck_assert_uint_eq(histograms.width.sum, 15);
	rig_fini(&rig);
}
END_TEST

/* A set that goes back has been worked on in vain, and has waited already. */
START_TEST(work)
{
	struct queue_histograms histograms;
	struct rig rig;

	rig_init(&rig);
	EXPECT(&rig, "enqueue q k a", "new d1 w1");
	EXPECT(&rig, "take q", "1 k a1 [a]");
	rig_pass_ms(&rig, 5);
	EXPECT(&rig, "release 1", "r1");
	histograms = of_queue(&rig, "q");
	ck_assert_uint_eq(count(&histograms.work), 0);
	EXPECT(&rig, "take q", "2 k a2 [a]");
	rig_pass_ms(&rig, 16);
	EXPECT(&rig, "finish 2", "f1 r0");
	EXPECT(&rig, "finish 2", "f1 r0 dup");
	histograms = of_queue(&rig, "q");
	ck_assert_uint_eq(count(&histograms.work), 1);
	ck_assert_uint_eq(histograms.work.counts[2], 1);
	ck_assert_uint_eq(histograms.work.sum, 16000);
	ck_assert_uint_eq(count(&histograms.wait), 1);
	ck_assert_uint_eq(count(&histograms.width), 2);
	rig_fini(&rig);
}
END_TEST

START_TEST(sums)
{
	struct queue_histograms histograms;
	struct rig rig;

	rig_init(&rig);
	EXPECT(&rig, "enqueue q k a", "new d1 w1");
	EXPECT(&rig, "enqueue r k b", "new d1 w1");
	EXPECT(&rig, "take q", "1 k a1 [a]");
	EXPECT(&rig, "take r lease=0", "2 k a1 lease=0 [b]");
	EXPECT(&rig, "finish 1", "f1 r0");
	rig_do(&rig, "delete q");
	histograms = of_all(&rig);
	ck_assert_uint_eq(count(&histograms.wait), 2);
	ck_assert_uint_eq(count(&histograms.width), 2);
	ck_assert_uint_eq(count(&histograms.work), 1);
	histograms = of_queue(&rig, "r");
	ck_assert_uint_eq(count(&histograms.width), 1);
	ck_assert_uint_eq(count(&histograms.work), 0);
	rig_fini(&rig);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("core histograms");
	TCase *tcase = tcase_create("core histograms");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_test(tcase, waiting);
	tcase_add_test(tcase, widths);
	tcase_add_test(tcase, work);
	tcase_add_test(tcase, sums);
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? 0 : 1;
}
