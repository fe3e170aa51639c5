/*
 * Measurements of one server beside the load: bytes per job and per connection,
 * the time from an enqueue to the worker that waits for it.
 */
#ifndef INFLIGHT_BENCH_PROBES_H
#define INFLIGHT_BENCH_PROBES_H

#include <sys/types.h>

#include "peer.h"

/* Resident bytes per job when so many of them wait; they are taken afterwards. */
double probe_job_bytes(const struct peer *peer, const char *address, pid_t pid, uint64_t jobs);

/*
 * Resident bytes per connection that said something once, and *ret_parked of one that
 * then waits for a set (inflightd; 0 elsewhere).
 */
double probe_connection_bytes(const struct peer *peer, const char *address, pid_t pid,
	unsigned connections, double *ret_parked);

/*
 * Median microseconds of a round trip on one connection, and from the enqueue on one
 * connection to the set on another that waits for it (inflightd).
 */
double probe_round_trip(const struct peer *peer, const char *address, unsigned times);
double probe_wake_up(const char *address, unsigned times);

#endif
