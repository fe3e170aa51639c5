/*
 * Every allocation fails in turn, in every scenario, once and for ever from there on:
 * those of the daemon's own parts and those that jansson makes for them. What must come
 * of it: one line that says that memory is out and an abort(), or a refusal, after which
 * every invariant holds and nothing is leaked. Nothing else: no other signal, no failed
 * check, no half of a change.
 *
 * `make check` tries some allocations of each scenario, chosen by the seed it prints;
 * OOM=all, which `make oom` sets, tries all; OOM=17 only the seventeenth, SCENARIO=name
 * only those of one file.
 */
#include <config.h>

#include "faults/sanitizer.h"
#include "faults/scarce.h"
#include "faults/share.h"
#include "scenario/library.h"
#include "scenario/play.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

/* Allocations of a scenario in `make check`; with the sanitizer a world costs ten times as much. */
#define SAMPLE    (HAS_OWN_ALLOCATOR ? 3 : 8)
#define FULL_TIME 600

static struct library library;

/* Shared with the processes of the tests. */
static struct {
	struct scarce_totals sum;
	uint64_t runs;
} * shared;

/* ---- a world short of memory --------------------------------------------- */

static const struct world_ops *plenty; /* the world beneath */
static struct world_ops scarce_world;  /* the same, but its allocations may fail */

/*
 * Nothing fails here: a victim would move on in the auth file that its parent is reading.
 * The start of the real daemon is test_faults' matter.
 */
static struct world *
scarce_open(const struct scenario *scenario, int variant, char *error)
{
	struct world *world = plenty->open(scenario, variant, error);

	if (world != NULL)
		world->ops = &scarce_world;
	return world;
}

static void
scarce_send(struct world *world, int peer, struct span bytes)
{
	scarce_switch(true);
	plenty->send(world, peer, bytes);
	scarce_switch(false);
}

static void
scarce_eof(struct world *world, int peer)
{
	scarce_switch(true);
	plenty->eof(world, peer);
	scarce_switch(false);
}

static void
scarce_close(struct world *world, int peer)
{
	scarce_switch(true);
	plenty->close(world, peer);
	scarce_switch(false);
}

static void
scarce_advance(struct world *world, uint64_t ms)
{
	scarce_switch(true);
	plenty->advance(world, ms);
	scarce_switch(false);
}

static void
scarce_await(struct world *world, int peer, enum await what)
{
	scarce_switch(true);
	plenty->await(world, peer, what);
	scarce_switch(false);
}

static void
scarce_free(struct world *world)
{
	scarce_switch(true);
	plenty->free(world);
	scarce_switch(false);
}

static void
make_scarce(const struct world_ops *ops)
{
	plenty = ops;
	scarce_world = *ops;
	scarce_world.open = scarce_open;
	scarce_world.send = scarce_send;
	scarce_world.eof = scarce_eof;
	scarce_world.close = scarce_close;
	scarce_world.advance = scarce_advance;
	scarce_world.await = scarce_await;
	scarce_world.free = scarce_free;
}

/* ---- runs ---------------------------------------------------------------- */

/* A victim that was refused something need not get what the scenario expects. */
static void
play(const struct scenario *scenario, uint64_t first, uint64_t step, struct scarce_totals *totals)
{
	static char error[PLAY_ERROR_SIZE];
	static char why[PLAY_ERROR_SIZE];
	bool is_good, has_good_victims;

	scarce_begin(first, step);
	is_good = play_scenario(&scarce_world, scenario, 0, error);
	has_good_victims = scarce_end(totals, why, sizeof(why));
	ck_assert_msg(is_good, "%s", error);
	ck_assert_msg(has_good_victims, "%s:%d: (%s) %s\n    (INFLIGHT_SEED=%llu)",
		scenario->script->path, scenario->line, scenario->name, why,
		(unsigned long long)world_seed());
}

static void
try_scenario(const struct scenario *scenario)
{
	const char *which = getenv("OOM");
	struct scarce_totals totals;
	uint64_t first = 1;
	uint64_t step = 1;

	/* Also for what is allocated but once in a process. */
	play(scenario, 0, 0, &totals);
	ck_assert_uint_gt(totals.allocations, 0);
	if (which == NULL) {
		step = totals.allocations / SAMPLE + 1;
		first += (world_seed() + (uint64_t)scenario->line) % step;
	} else if (strcmp(which, "all") != 0) {
		first = strtoull(which, NULL, 10);
		step = UINT64_MAX;
	}
	play(scenario, first, step, &totals);
	shared->runs++;
	shared->sum.allocations += totals.allocations;
	shared->sum.faults += totals.faults;
	shared->sum.aborts += totals.aborts;
	shared->sum.survived += totals.survived;
}

START_TEST(test_memory)
{
	make_scarce(&world_memory);
	try_scenario(library.scenarios[_i]);
}
END_TEST

START_TEST(test_delayed)
{
	if ((library.scenarios[_i]->run_on & RUN_DELAYED) == 0)
		return;
	make_scarce(&world_delayed);
	try_scenario(library.scenarios[_i]);
}
END_TEST

static void
add_tests(Suite *suite)
{
	const char *only = getenv("SCENARIO");
	TCase *tests = tcase_create("oom");

	tcase_set_timeout(tests, FULL_TIME);
	for (int i = 0; i < (int)library.scenario_count; i++) {
		if (only != NULL && strstr(library.scenarios[i]->script->path, only) == NULL)
			continue;
		if (!share_has((uint64_t)i))
			continue;
		tcase_add_loop_test(tests, test_memory, i, i + 1);
		tcase_add_loop_test(tests, test_delayed, i, i + 1);
	}
	suite_add_tcase(suite, tests);
}

static int
run(void)
{
	Suite *suite = suite_create("oom");
	SRunner *runner = srunner_create(suite);
	int failed;

	shared = mmap(
		NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (shared == MAP_FAILED || !library_load(&library, RUN_MEMORY))
		return EXIT_FAILURE;
	world_seed(); /* before the first test is forked */
	add_tests(suite);
	srunner_run_all(runner, CK_NORMAL);
	printf("%llu runs, %llu allocations, %llu faults: %llu aborts, %llu survived\n",
		(unsigned long long)shared->runs, (unsigned long long)shared->sum.allocations,
		(unsigned long long)shared->sum.faults, (unsigned long long)shared->sum.aborts,
		(unsigned long long)shared->sum.survived);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	library_fini(&library);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

int
main(void)
{
	/* The shim of a sanitizer can fail, so that it may allocate here. */
	if (why_never_scarce() == NULL || HAS_OWN_ALLOCATOR)
		return run();
	printf("skipped: %s\n", why_never_scarce());
	return 77;
}
