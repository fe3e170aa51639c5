/*
 * The figures of a service: what `stats` tells, for those who tell it in another form.
 */
#ifndef INFLIGHT_COMMAND_FIGURES_H
#define INFLIGHT_COMMAND_FIGURES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/histogram.h"

struct service;

/* Only ever grow; `stats` tells them. */
struct service_counters {
	uint64_t lines_in;
	uint64_t lines_out;
	uint64_t bytes_in;
	uint64_t bytes_out;
	uint64_t errors;
	uint64_t refused_connections;
	uint64_t refused_handshakes;
	uint64_t refused_protocol;
	uint64_t refused_parked;
	uint64_t refused_lines;
	uint64_t refused_batches;
	uint64_t refused_unauthenticated;
	uint64_t auth_failures;
	uint64_t auth_timeouts;
	uint64_t unauthorized;
	uint64_t turn_max_ns;     /* the longest turn */
	uint64_t turn_max_cpu_ns; /* what one took of the processor at most */
	struct histogram turns;   /* how long they took: by powers of four, in microseconds */
};

/* What the engine does not know. */
struct service_figures {
	const char *engine; /* its name */
	uint64_t uptime_ms;
	uint64_t connections;
	uint64_t unauthenticated; /* of these, by peers not known yet */
	uint64_t waiters;
	uint64_t turns;
	uint64_t max_connections;
	uint64_t max_queues;
	uint64_t max_groups;
	uint64_t max_memory;
	bool draining;
	struct service_counters counters;
};

void service_figures(const struct service *service, struct service_figures *ret);

#endif
