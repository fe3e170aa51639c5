/*
 * The test program of all three worlds: reads every *.scn beside the sources and makes
 * a Check test of each scenario, so that each is counted.
 */
#include <config.h>

#include "scenario/library.h"
#include "scenario/play.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What the tests play; Check hands them only a number. */
static struct library library;
static const struct world_ops *ops_;

START_TEST(test_scenario)
{
	size_t variant = (size_t)_i % (size_t)ops_->variants;
	size_t index = (size_t)_i / (size_t)ops_->variants;
	static char error[PLAY_ERROR_SIZE];

	if (!play_scenario(ops_, library.scenarios[index], (int)variant, error))
		ck_abort_msg(
			"%s\n    (INFLIGHT_SEED=%llu)", error, (unsigned long long)world_seed());
}
END_TEST

/* One case for each file, so that SCENARIO=name picks one. */
static Suite *
make_suite(void)
{
	Suite *suite = suite_create(ops_->name);
	const char *only = getenv("SCENARIO");
	size_t begin = 0;

	for (size_t i = 0; i < library.script_count; i++) {
		const char *path = library.scripts[i]->path;
		TCase *tcase = tcase_create(strrchr(path, '/') + 1);
		size_t end = begin;
		int variants = ops_->variants;

		while (end < library.scenario_count &&
			library.scenarios[end]->script == library.scripts[i])
			end++;
		tcase_set_timeout(tcase, 60);
		if (only == NULL || strstr(path, only) != NULL)
			tcase_add_loop_test(
				tcase, test_scenario, (int)begin * variants, (int)end * variants);
		suite_add_tcase(suite, tcase);
		begin = end;
	}
	return suite;
}

int
run_scenarios(const struct world_ops *ops)
{
	SRunner *runner;
	int failed;

	ops_ = ops;
	if (!library_load(&library, ops->run_on))
		return EXIT_FAILURE;
	world_seed(); /* before the first test is forked */
	runner = srunner_create(make_suite());
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	library_fini(&library);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
