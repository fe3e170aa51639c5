/*
 * All scenarios of the folder that a kind of world can play. The library owns the
 * scripts and lives until library_fini().
 */
#ifndef INFLIGHT_TESTS_SCENARIO_LIBRARY_H
#define INFLIGHT_TESTS_SCENARIO_LIBRARY_H

#include "scenario/script.h"

struct library {
	struct script **scripts; /* by name */
	size_t script_count;
	const struct scenario **scenarios; /* in the order of the scripts */
	size_t scenario_count;
};

/* False where there is none, or one that cannot be read; standard error says why. */
bool library_load(struct library *library, enum run_on run_on);
void library_fini(struct library *library);

#endif
