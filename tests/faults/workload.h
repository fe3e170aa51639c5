/*
 * What peers do while calls fail, and the account of it: each op that was
 * acknowledged must be delivered, once, unless a finish of it was acknowledged.
 */
#ifndef INFLIGHT_TESTS_FAULTS_WORKLOAD_H
#define INFLIGHT_TESTS_FAULTS_WORKLOAD_H

#include "faults/rig.h"

/* Works, accounts for everything and ends the daemon with SIGTERM. */
void workload_run(struct rig *rig);

/* Only asks over both sockets and ends it. */
void workload_brief(struct rig *rig);

#endif
