/*
 * Histograms: each place at its bound, one below and one above; what is larger than all; sums.
 */
#include <config.h>

#include <check.h>
#include <stdlib.h>

#include "base/histogram.h"

static void
check_bounds(unsigned shift)
{
	uint64_t last = histogram_bound(HISTOGRAM_PLACES - 2, shift);

	ck_assert_uint_eq(histogram_place(0, shift), 0);
	for (unsigned place = 0; place < HISTOGRAM_PLACES - 1; place++) {
		uint64_t bound = histogram_bound(place, shift);

		ck_assert_uint_eq(histogram_place(bound, shift), place);
		ck_assert_uint_eq(histogram_place(bound + 1, shift), place + 1);
		if (bound > 2)
			ck_assert_uint_eq(histogram_place(bound - 1, shift), place);
	}
	ck_assert_uint_eq(histogram_place(last + 1, shift), HISTOGRAM_PLACES - 1);
	ck_assert_uint_eq(histogram_place(UINT64_MAX, shift), HISTOGRAM_PLACES - 1);
	ck_assert_uint_eq(histogram_place((UINT64_C(1) << 63) + 1, shift), HISTOGRAM_PLACES - 1);
}

START_TEST(test_places)
{
	ck_assert_uint_eq(histogram_bound(10, 1), 1024);
	ck_assert_uint_eq(histogram_bound(10, 2), 1048576);
	check_bounds(1);
	check_bounds(2);
}
END_TEST

/* Every number is in the first place whose bound it does not exceed. */
START_TEST(test_every_number)
{
	for (unsigned shift = 1; shift <= 2; shift++) {
		unsigned place = 0;

		for (uint64_t number = 0; number <= 5000; number++) {
			if (place < HISTOGRAM_PLACES - 1 && number > histogram_bound(place, shift))
				place++;
			ck_assert_uint_eq(histogram_place(number, shift), place);
		}
	}
}
END_TEST

START_TEST(test_note)
{
	struct histogram histogram = {{0}, 0};

	histogram_note(&histogram, 0, 1);
	histogram_note(&histogram, 3, 7);
	histogram_note(&histogram, 3, 8);
	histogram_note(&histogram, HISTOGRAM_PLACES - 1, 5000);
	ck_assert_uint_eq(histogram.counts[0], 1);
	ck_assert_uint_eq(histogram.counts[1], 0);
	ck_assert_uint_eq(histogram.counts[3], 2);
	ck_assert_uint_eq(histogram.counts[HISTOGRAM_PLACES - 1], 1);
	ck_assert_uint_eq(histogram.sum, 5016);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("histogram");
	TCase *tcase = tcase_create("histogram");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_test(tcase, test_places);
	tcase_add_test(tcase, test_every_number);
	tcase_add_test(tcase, test_note);
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
