/*
 * The text that Prometheus reads, line by line: numbers, escapes, labels, histograms; and which
 * queues have figures of their own.
 */
#include <config.h>

#include <check.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "http/guard.h"
#include "http/labels.h"
#include "http/sample.h"

/* What was written, as text; the buffer is empty afterwards. */
static const char *
text_of(struct buf *buf)
{
	buf_add_char(buf, '\0');
	buf->tail = 0;
	return buf->data;
}

/* ---- samples ---------------------------------------------------------------- */

START_TEST(test_decimals)
{
	static const struct {
		uint64_t value;
		unsigned places;
		const char *text;
	} cases[] = {
		{0, 0, "0"},
		{0, 3, "0"},
		{1, 3, "0.001"},
		{10, 3, "0.01"},
		{999, 3, "0.999"},
		{1000, 3, "1"},
		{1001, 3, "1.001"},
		{1500, 3, "1.5"},
		{1, 9, "0.000000001"},
		{UINT64_MAX, 0, "18446744073709551615"},
		{UINT64_MAX, 6, "18446744073709.551615"},
	};
	struct buf buf;

	buf_init(&buf);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		sample_add_decimal(&buf, cases[i].value, cases[i].places);
		ck_assert_str_eq(text_of(&buf), cases[i].text);
	}
	buf_fini(&buf);
}
END_TEST

START_TEST(test_escapes)
{
	struct buf buf;

	buf_init(&buf);
	sample_add_escaped(&buf, SPAN("a\"b\\c\nd{}=,\xc3\xa9"));
	ck_assert_str_eq(text_of(&buf), "a\\\"b\\\\c\\nd{}=,\xc3\xa9");
	buf_fini(&buf);
}
END_TEST

START_TEST(test_lines)
{
	static const struct family plain = {
		"things_total", FAMILY_COUNTER, UNIT_ONE, 0, NULL, "Things."};
	static const struct family labelled = {
		"things_seconds", FAMILY_GAUGE, UNIT_MS, 0, "kind=\"x\"", "Their time."};
	static const struct family process = {
		"process_things", FAMILY_GAUGE, UNIT_NS, 0, NULL, "Of the process."};
	uint64_t value = 2500;
	struct buf buf;

	buf_init(&buf);
	sample_write_head(&buf, &plain);
	sample_write(&buf, &plain, &value, SPAN(""));
	ck_assert_str_eq(text_of(&buf), "# HELP inflightd_things_total Things.\n"
					"# TYPE inflightd_things_total counter\n"
					"inflightd_things_total 2500\n");
	sample_write_head(&buf, &labelled);
	sample_write(&buf, &labelled, &value, SPAN(""));
	sample_write(&buf, &labelled, &value, SPAN("q"));
	sample_write(&buf, &labelled, &value, span_make(NULL, 0));
	ck_assert_str_eq(text_of(&buf),
		"# HELP inflightd_things_seconds Their time.\n"
		"# TYPE inflightd_things_seconds gauge\n"
		"inflightd_things_seconds{kind=\"x\"} 2.5\n"
		"inflightd_things_seconds{queue=\"q\",kind=\"x\"} 2.5\n"
		"inflightd_things_seconds{queues=\"other\",kind=\"x\"} 2.5\n");
	sample_write(&buf, &process, &value, SPAN(""));
	ck_assert_str_eq(text_of(&buf), "process_things 0.0000025\n");
	buf_fini(&buf);
}
END_TEST

/* Buckets add up, and their bounds are in seconds, or ops. */
START_TEST(test_histogram)
{
	static const struct family seconds = {
		"t_seconds", FAMILY_HISTOGRAM, UNIT_MS, 0, NULL, "Times."};
	static const struct family ops = {"n_ops", FAMILY_HISTOGRAM, UNIT_ONE, 0, NULL, "Ops."};
	struct histogram histogram = {{1, 0, 2}, 12345};
	const char *text;
	struct buf buf;

	histogram.counts[HISTOGRAM_PLACES - 1] = 4;
	buf_init(&buf);
	sample_write(&buf, &seconds, &histogram, SPAN("q"));
	text = text_of(&buf);
	ck_assert_ptr_nonnull(
		strstr(text, "inflightd_t_seconds_bucket{queue=\"q\",le=\"0.001\"} 1\n"
			     "inflightd_t_seconds_bucket{queue=\"q\",le=\"0.004\"} 1\n"
			     "inflightd_t_seconds_bucket{queue=\"q\",le=\"0.016\"} 3\n"));
	ck_assert_ptr_nonnull(
		strstr(text, "inflightd_t_seconds_bucket{queue=\"q\",le=\"1048.576\"} 3\n"
			     "inflightd_t_seconds_bucket{queue=\"q\",le=\"+Inf\"} 7\n"
			     "inflightd_t_seconds_sum{queue=\"q\"} 0.012345\n"
			     "inflightd_t_seconds_count{queue=\"q\"} 7\n"));
	sample_write(&buf, &ops, &histogram, SPAN(""));
	text = text_of(&buf);
	ck_assert_ptr_nonnull(strstr(text, "inflightd_n_ops_bucket{le=\"1\"} 1\n"
					   "inflightd_n_ops_bucket{le=\"2\"} 1\n"
					   "inflightd_n_ops_bucket{le=\"4\"} 3\n"));
	ck_assert_ptr_nonnull(strstr(text, "inflightd_n_ops_bucket{le=\"1024\"} 3\n"
					   "inflightd_n_ops_bucket{le=\"+Inf\"} 7\n"
					   "inflightd_n_ops_sum 12345\n"
					   "inflightd_n_ops_count 7\n"));
	buf_fini(&buf);
}
END_TEST

/* ---- labels ----------------------------------------------------------------- */

static struct tally
enqueued(uint64_t count)
{
	return (struct tally){.counters = {.enqueued = count}};
}

static bool
see(struct labels *labels, const char *name, uint64_t count)
{
	struct tally tally = enqueued(count);

	return labels_see(labels, span_str(name), &tally);
}

static uint64_t
end(struct labels *labels)
{
	return labels_end(labels).counters.enqueued;
}

/* As many as there are places, one less and one more. */
START_TEST(test_places_of_queues)
{
	struct labels labels;

	labels_init(&labels, 2);
	labels_begin(&labels);
	ck_assert(see(&labels, "a", 1));
	ck_assert_uint_eq(end(&labels), 1);
	labels_begin(&labels);
	ck_assert(see(&labels, "a", 2) && see(&labels, "b", 10));
	ck_assert_uint_eq(end(&labels), 12);
	labels_begin(&labels);
	ck_assert(see(&labels, "a", 3) && !see(&labels, "aa", 100) && see(&labels, "b", 11));
	ck_assert_uint_eq(end(&labels), 14);
	labels_fini(&labels);
}
END_TEST

/* What is taken off the whole never makes the rest smaller. */
START_TEST(test_rest_grows)
{
	struct labels labels;

	labels_init(&labels, 1);
	labels_begin(&labels);
	ck_assert(see(&labels, "a", 5) && !see(&labels, "b", 7));
	ck_assert_uint_eq(end(&labels), 5); /* of 12: the rest is 7 */
	labels_begin(&labels);
	ck_assert(!see(&labels, "b", 8));
	ck_assert_uint_eq(end(&labels), 5); /* of 13: 8 */
	labels_begin(&labels);
	ck_assert(see(&labels, "b", 8));
	ck_assert_uint_eq(end(&labels), 5); /* of 13: 8, although b has its own now */
	labels_begin(&labels);
	ck_assert(see(&labels, "b", 10));
	ck_assert_uint_eq(end(&labels), 7); /* of 15: 8 */
	/* Deleted and made again, which is seen by a counter that went back. */
	labels_begin(&labels);
	ck_assert(see(&labels, "b", 3));
	ck_assert_uint_eq(end(&labels), 10); /* of 18: 8 */
	labels_begin(&labels);
	ck_assert_uint_eq(end(&labels), 10);
	labels_fini(&labels);
}
END_TEST

/* ---- hosts ------------------------------------------------------------------ */

START_TEST(test_hosts)
{
	ck_assert(guard_is_local_host("localhost"));
	ck_assert(guard_is_local_host("10.1.2.3:80"));
	ck_assert(guard_is_local_host("[fe80::1]:80"));
	ck_assert(!guard_is_local_host("10.1.2.3.example"));
	ck_assert(!guard_is_local_host("[10.1.2.3]"));
	ck_assert(!guard_is_local_host("[::1"));
	ck_assert(!guard_is_local_host("[::1]x"));
	ck_assert(!guard_is_local_host("::1"));
	ck_assert(!guard_is_local_host(""));
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("metrics text");
	TCase *tcase = tcase_create("metrics text");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_test(tcase, test_decimals);
	tcase_add_test(tcase, test_escapes);
	tcase_add_test(tcase, test_lines);
	tcase_add_test(tcase, test_histogram);
	tcase_add_test(tcase, test_places_of_queues);
	tcase_add_test(tcase, test_rest_grows);
	tcase_add_test(tcase, test_hosts);
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
