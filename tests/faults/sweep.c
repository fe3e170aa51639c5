/* The sums live in a mapping of the test program, from sweep_run() on. */
#include <config.h>

#include "faults/sweep.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "faults/workload.h"

static struct totals {
	uint64_t runs;
	uint64_t faults;
	uint64_t failed_starts;
	uint64_t aborts;
} * totals;

bool
sweep_is_full(void)
{
	const char *which = getenv("FAULTS");

	return which != NULL && strcmp(which, "all") == 0;
}

void
sweep_work(struct rig *rig, enum rig_kind kind)
{
	if (kind == RIG_START)
		workload_brief(rig);
	else
		workload_run(rig);
}

void
sweep_count(uint64_t faults, enum sweep_end end)
{
	totals->runs++;
	totals->faults += faults;
	totals->aborts += end == SWEEP_ABORTED;
	totals->failed_starts += end == SWEEP_NOT_STARTED;
}

int
sweep_run(Suite *suite)
{
	SRunner *runner = srunner_create(suite);
	int failed;

	totals = mmap(
		NULL, sizeof(*totals), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (totals == MAP_FAILED) {
		srunner_free(runner);
		return EXIT_FAILURE;
	}
	srunner_run_all(runner, CK_NORMAL);
	printf("%llu runs, %llu faults, %llu starts failed, %llu aborts without memory\n",
		(unsigned long long)totals->runs, (unsigned long long)totals->faults,
		(unsigned long long)totals->failed_starts, (unsigned long long)totals->aborts);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
