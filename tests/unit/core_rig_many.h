/*
 * Many ops on the test bench, past its language where that would take too long, and the ticks that
 * work them off in slices.
 */
#ifndef INFLIGHT_TESTS_UNIT_CORE_RIG_MANY_H
#define INFLIGHT_TESTS_UNIT_CORE_RIG_MANY_H

#include "core_rig.h"

#define RIG_BUDGET 1000 /* of a tick */

/* A rig with queue q, which takes millions and has these options besides. */
void rig_make(struct rig *rig, const char *options);

/* Ops "o0" ... with keys "k0" ..., `per_set` to a key. */
void rig_fill(struct rig *rig, int count, int per_set);

/* Takes so many sets, for that owner. */
void rig_take_all(struct rig *rig, int count, uint64_t owner);

/*
 * Ticks until nothing is left; `steps` of them must have taken about that many ticks: each
 * kind of work has a fifth of the budget.
 */
void rig_tick_through(struct rig *rig, int steps);

/* Without core_check(), which takes long where there is much. */
void rig_expect_stats(struct rig *rig, const char *stats);

#endif
