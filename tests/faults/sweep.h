/*
 * What the sweeps over faults have in common: how much is tried, the work that is done
 * meanwhile, and the sums. These are shared with the processes of the tests.
 */
#ifndef INFLIGHT_TESTS_FAULTS_SWEEP_H
#define INFLIGHT_TESTS_FAULTS_SWEEP_H

#include <check.h>
#include <stdbool.h>
#include <stdint.h>

#include "faults/rig.h"

/* All faults, as FAULTS=all says, or the sample of `make check`? */
bool sweep_is_full(void);

/* All that peers do, or for a start a few words. */
void sweep_work(struct rig *rig, enum rig_kind kind);

enum sweep_end { SWEEP_GOOD, SWEEP_ABORTED, SWEEP_NOT_STARTED };

/* A run with so many faults is over. */
void sweep_count(uint64_t faults, enum sweep_end end);

/* Runs the tests and prints the sums; the status to exit with. The suite is freed. */
int sweep_run(Suite *suite);

#endif
