/*
 * What `inflight bench` computes with: the histogram of its latencies, the keys it
 * draws, and times as people read them.
 */
#include <config.h>

#include <check.h>
#include <stdlib.h>

#include "cli/bench.h"
#include "cli/bench_keys.h"
#include "cli/histogram.h"

static struct histogram *
new_histogram(void)
{
	struct histogram *histogram = calloc(1, sizeof *histogram);

	ck_assert_ptr_nonnull(histogram);
	return histogram;
}

/* ---- the histogram --------------------------------------------------------- */

START_TEST(test_histogram_empty)
{
	struct histogram *histogram = new_histogram();

	ck_assert_uint_eq(histogram_quantile(histogram, 500), 0);
	ck_assert_uint_eq(histogram_quantile(histogram, 1000), 0);
	ck_assert_uint_eq(histogram_below(histogram, UINT64_MAX), 0);
	ck_assert_double_eq(histogram_mean(histogram), 0);
	free(histogram);
}
END_TEST

/* Up to 255 every value has a bucket of its own. */
START_TEST(test_histogram_small_values)
{
	struct histogram *histogram = new_histogram();

	for (uint64_t i = 1; i <= 200; i++)
		histogram_add(histogram, i);
	ck_assert_uint_eq(histogram->count, 200);
	ck_assert_uint_eq(histogram->min, 1);
	ck_assert_uint_eq(histogram->max, 200);
	ck_assert_uint_eq(histogram_quantile(histogram, 0), 1);
	ck_assert_uint_eq(histogram_quantile(histogram, 5), 1);
	ck_assert_uint_eq(histogram_quantile(histogram, 6), 2);
	ck_assert_uint_eq(histogram_quantile(histogram, 500), 100);
	ck_assert_uint_eq(histogram_quantile(histogram, 990), 198);
	ck_assert_uint_eq(histogram_quantile(histogram, 999), 200);
	ck_assert_uint_eq(histogram_quantile(histogram, 1000), 200);
	ck_assert_uint_eq(histogram_below(histogram, 1), 0);
	ck_assert_uint_eq(histogram_below(histogram, 101), 100);
	ck_assert_double_eq(histogram_mean(histogram), 100.5);
	free(histogram);
}
END_TEST

/* A value alone is told to one part in 128, and never above itself. */
static void
require_close(uint64_t value)
{
	struct histogram *histogram = new_histogram();
	uint64_t half;

	histogram_add(histogram, value);
	histogram_add(histogram, UINT64_MAX);
	half = histogram_quantile(histogram, 500);
	ck_assert_uint_ge(half, value);
	ck_assert_uint_le(half - value, value / HISTOGRAM_STEPS);
	ck_assert_uint_eq(histogram_quantile(histogram, 1000), UINT64_MAX);
	ck_assert_uint_eq(histogram->min, value);
	free(histogram);
}

START_TEST(test_histogram_precision)
{
	for (unsigned bit = 0; bit < 64; bit++) {
		uint64_t power = UINT64_C(1) << bit;

		require_close(power - 1);
		require_close(power);
		require_close(power + 1);
		require_close(power + power / 3);
	}
	require_close(UINT64_MAX);
}
END_TEST

/* The quantiles of many values against those of the values themselves, sorted. */
START_TEST(test_histogram_quantiles)
{
	static const unsigned parts[] = {1, 100, 500, 900, 990, 999, 1000};
	struct histogram *histogram = new_histogram();
	uint64_t count = 10000;

	/* i squared grows with i, so the value of each rank is known. */
	for (uint64_t i = count; i > 0; i--)
		histogram_add(histogram, i * i);
	for (size_t k = 0; k < sizeof parts / sizeof parts[0]; k++) {
		uint64_t rank = (count * parts[k] + 999) / 1000;
		uint64_t told = histogram_quantile(histogram, parts[k]);

		ck_assert_uint_ge(told, rank * rank);
		ck_assert_uint_le(told, rank * rank + rank * rank / HISTOGRAM_STEPS);
	}
	free(histogram);
}
END_TEST

START_TEST(test_histogram_merge)
{
	struct histogram *all = new_histogram();
	struct histogram *one = new_histogram();
	struct histogram *nothing = new_histogram();

	histogram_add(one, 7);
	histogram_add(one, 1000);
	histogram_merge(all, nothing);
	ck_assert_uint_eq(all->count, 0);
	histogram_merge(all, one);
	histogram_merge(all, one);
	histogram_merge(all, nothing);
	ck_assert_uint_eq(all->count, 4);
	ck_assert_uint_eq(all->min, 7);
	ck_assert_uint_eq(all->max, 1000);
	ck_assert_uint_eq(histogram_quantile(all, 500), 7);
	ck_assert_uint_eq(histogram_quantile(all, 501), 1000);
	ck_assert_double_eq(histogram_mean(all), 503.5);
	histogram_add(one, 3);
	histogram_merge(all, one);
	ck_assert_uint_eq(all->min, 3);
	free(nothing);
	free(one);
	free(all);
}
END_TEST

/* ---- keys ------------------------------------------------------------------ */

START_TEST(test_keys_of_their_own)
{
	struct bench_keys keys = {0};

	for (uint64_t i = 0; i < 100; i++)
		ck_assert_uint_eq(bench_keys_draw(&keys), i);
}
END_TEST

/* How many of `draws` fall on keys below `limit`; none is `count` or more. */
static unsigned
count_below(struct bench_keys *keys, unsigned draws, uint64_t limit)
{
	unsigned below = 0;

	for (unsigned i = 0; i < draws; i++) {
		uint64_t key = bench_keys_draw(keys);

		/* An assertion for each would take most of the time. */
		if (key >= keys->count)
			ck_abort_msg("key %llu", (unsigned long long)key);
		below += key < limit;
	}
	return below;
}

START_TEST(test_keys_uniform)
{
	struct bench_keys keys = {.count = 1000, .state = 1};
	struct bench_keys one = {.count = 1, .state = 1};
	unsigned below = count_below(&keys, 100000, 200);

	/* A fifth, give or take eight standard deviations. */
	ck_assert_uint_ge(below, 19000);
	ck_assert_uint_le(below, 21000);
	ck_assert_uint_eq(count_below(&one, 100, 1), 100);
}
END_TEST

START_TEST(test_keys_skewed)
{
	struct bench_keys keys = {.count = 1000, .skewed = true, .state = 1};
	unsigned fifth = count_below(&keys, 100000, 200);
	unsigned of_fifth = count_below(&keys, 100000, 40);

	ck_assert_uint_ge(fifth, 79000);
	ck_assert_uint_le(fifth, 81000);
	ck_assert_uint_ge(of_fifth, 63000);
	ck_assert_uint_le(of_fifth, 65000);
}
END_TEST

/* Every key is drawn some time, few as they may be. */
START_TEST(test_keys_skewed_few)
{
	for (uint64_t count = 1; count <= 30; count++) {
		struct bench_keys keys = {.count = count, .skewed = true, .state = count};
		bool seen[30] = {false};

		for (int i = 0; i < 2000; i++)
			seen[bench_keys_draw(&keys) % 30] = true;
		for (uint64_t key = count; key < 30; key++)
			ck_assert(!seen[key]);
		for (uint64_t key = 0; key < count; key++)
			ck_assert_msg(seen[key], "key %d of %d", (int)key, (int)count);
	}
}
END_TEST

/* ---- what is printed --------------------------------------------------------- */

static void
require_time(uint64_t ns, const char *expected)
{
	char text[32];

	bench_time_text(ns, text, sizeof text);
	ck_assert_str_eq(text, expected);
}

START_TEST(test_times)
{
	require_time(0, "0.00 us");
	require_time(9994, "9.99 us");
	require_time(9996, "10.0 us");
	require_time(99940, "99.9 us");
	require_time(99960, "100 us");
	require_time(999400, "999 us");
	require_time(999600, "1.00 ms");
	require_time(1234567, "1.23 ms");
	require_time(999600000, "1.00 s");
	require_time(UINT64_C(3600000000000), "3600 s");
}
END_TEST

START_TEST(test_errors_by_name)
{
	struct bench_tally *tally = calloc(1, sizeof *tally);

	ck_assert_ptr_nonnull(tally);
	bench_tally_error(tally, "limit");
	bench_tally_error(tally, "queue_closed");
	bench_tally_error(tally, "limit");
	ck_assert_uint_eq(tally->error_count, 2);
	ck_assert_str_eq(tally->errors[0].name, "limit");
	ck_assert_uint_eq(tally->errors[0].count, 2);
	ck_assert_uint_eq(tally->errors[1].count, 1);
	bench_tally_fini(tally);
	free(tally);
}
END_TEST

START_TEST(test_limit)
{
	struct bench_tally *tally = calloc(1, sizeof *tally);

	ck_assert_ptr_nonnull(tally);
	tally->elapsed_ns = 1000;
	tally->own_cpu_ns = 900;
	ck_assert(!bench_was_limit(tally));
	tally->own_cpu_ns = 901;
	ck_assert(bench_was_limit(tally));
	free(tally);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("cli_bench");
	TCase *histogram = tcase_create("histogram");
	TCase *keys = tcase_create("keys");
	TCase *report = tcase_create("report");
	SRunner *runner;
	int failed;

	tcase_add_test(histogram, test_histogram_empty);
	tcase_add_test(histogram, test_histogram_small_values);
	tcase_add_test(histogram, test_histogram_precision);
	tcase_add_test(histogram, test_histogram_quantiles);
	tcase_add_test(histogram, test_histogram_merge);
	suite_add_tcase(suite, histogram);
	tcase_add_test(keys, test_keys_of_their_own);
	tcase_add_test(keys, test_keys_uniform);
	tcase_add_test(keys, test_keys_skewed);
	tcase_add_test(keys, test_keys_skewed_few);
	suite_add_tcase(suite, keys);
	tcase_add_test(report, test_times);
	tcase_add_test(report, test_errors_by_name);
	tcase_add_test(report, test_limit);
	suite_add_tcase(suite, report);

	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
