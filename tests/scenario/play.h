/*
 * Plays one scenario in a world and says how it went.
 */
#ifndef INFLIGHT_TESTS_SCENARIO_PLAY_H
#define INFLIGHT_TESTS_SCENARIO_PLAY_H

#include "scenario/world.h"

#define PLAY_ERROR_SIZE 4096

/* False: *error (PLAY_ERROR_SIZE bytes) says file, line, what was expected and what came. */
bool play_scenario(
	const struct world_ops *ops, const struct scenario *scenario, int variant, char *error);

#endif
