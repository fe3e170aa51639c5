/*
 * An engine for tests that answers late: it wraps the memory engine, keeps the
 * calls it is given and executes them in later turns, those of one origin in the order submitted,
 * those of different origins in random order. It is what a distributed engine looks like from
 * above.
 *
 * The order follows from the seed given to engine_delayed_new(), so a run can be repeated.
 */
#ifndef INFLIGHT_TESTS_SCENARIO_ENGINE_DELAYED_H
#define INFLIGHT_TESTS_SCENARIO_ENGINE_DELAYED_H

#include "engine/engine.h"

/* Of the shape of engine_memory_new(). Returns new. */
struct engine *engine_delayed_new(const struct core_config *config, const struct core_seed *seed,
	const struct core_hooks *hooks);

/* The engine it wraps, which answers at once. */
struct engine *engine_delayed_inner(const struct engine *engine);

#endif
