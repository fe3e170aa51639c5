/*
 * The test program of all three worlds: reads every *.scn beside the sources and makes
 * a Check test of each scenario, so that each is counted.
 */
#include <config.h>

#include "scenario/play.h"

#include "base/alloc.h"
#include "base/check.h"

#include <check.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What the tests play; Check hands them only a number. */
static struct {
	const struct world_ops *ops;
	struct script **scripts;
	size_t script_count;
	const struct scenario **scenarios; /* those to be played in this world */
	size_t scenario_count;
} library;

START_TEST(test_scenario)
{
	size_t variant = (size_t)_i % (size_t)library.ops->variants;
	size_t index = (size_t)_i / (size_t)library.ops->variants;
	static char error[PLAY_ERROR_SIZE];

	if (!play_scenario(library.ops, library.scenarios[index], (int)variant, error))
		ck_abort_msg(
			"%s\n    (INFLIGHT_SEED=%llu)", error, (unsigned long long)world_seed());
}
END_TEST

static int
is_script(const struct dirent *entry)
{
	size_t len = strlen(entry->d_name);

	return len > 4 && strcmp(entry->d_name + len - 4, ".scn") == 0;
}

static void
add_script(struct script *script)
{
	size_t size = (library.script_count + 1) * sizeof(*library.scripts);
	size_t count = library.scenario_count + script->count;

	library.scripts = xrealloc(library.scripts, size);
	library.scripts[library.script_count++] = script;
	library.scenarios = xrealloc(library.scenarios, (count + 1) * sizeof(*library.scenarios));
	for (size_t i = 0; i < script->count; i++)
		if ((script->scenarios[i].run_on & library.ops->run_on) != 0)
			library.scenarios[library.scenario_count++] = &script->scenarios[i];
}

static bool
load_folder(const char *folder)
{
	struct dirent **entries;
	char error[WHY_SIZE];
	bool good = true;
	int count = scandir(folder, &entries, is_script, alphasort);

	for (int i = 0; i < count; i++) {
		char path[1024];
		struct script *script;

		snprintf(path, sizeof(path), "%s/%s", folder, entries[i]->d_name);
		script = good ? script_load(path, error) : NULL;
		if (script != NULL) {
			add_script(script);
		} else if (good) {
			fprintf(stderr, "%s\n", error);
			good = false;
		}
		free(entries[i]);
	}
	if (count >= 0)
		free(entries);
	return good && library.scenario_count > 0;
}

/* One case for each file, so that SCENARIO=name picks one. */
static Suite *
make_suite(void)
{
	Suite *suite = suite_create(library.ops->name);
	const char *only = getenv("SCENARIO");
	size_t begin = 0;

	for (size_t i = 0; i < library.script_count; i++) {
		const char *path = library.scripts[i]->path;
		TCase *tcase = tcase_create(strrchr(path, '/') + 1);
		size_t end = begin;
		int variants = library.ops->variants;

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
	const char *srcdir = getenv("srcdir");
	char folder[512];
	SRunner *runner;
	int failed;

	library.ops = ops;
	snprintf(folder, sizeof(folder), "%s/tests/scenario", srcdir == NULL ? "." : srcdir);
	if (!load_folder(folder)) {
		fprintf(stderr, "no scenarios in %s\n", folder);
		return EXIT_FAILURE;
	}
	world_seed(); /* before the first test is forked */
	runner = srunner_create(make_suite());
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	for (size_t i = 0; i < library.script_count; i++)
		script_free(library.scripts[i]);
	free(library.scripts);
	free(library.scenarios);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
