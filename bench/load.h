/*
 * One run of the load generator: so many jobs over so many connections, each with
 * so many requests under way. A connection has one lane for each of them; a lane
 * sends its next request when the answer to the last one is there, so requests
 * gather into batches just as answers do.
 */
#ifndef INFLIGHT_BENCH_LOAD_H
#define INFLIGHT_BENCH_LOAD_H

#include <stdint.h>
#include <sys/types.h>

#include "peer.h"

struct load {
	const struct peer *peer;
	const char *address;
	pid_t pid;
	unsigned connections;
	unsigned pipeline;
	enum step first; /* the steps that each job goes through */
	enum step last;
	uint64_t jobs;
	uint64_t first_number; /* jobs are numbered from here on */
};

struct load_result {
	double cpu_us_per_request; /* of the server */
	double cpu_us_per_job;
	double jobs_per_second;
	double p50_us, p99_us, p999_us; /* from a request's sending to its answer */
};

void load_run(const struct load *load, struct load_result *ret);

uint64_t now_ns(void);

#endif
