/*
 * What the daemon looks like from outside, every few seconds: a row of a table for each
 * look, and from the rows taken while nothing is inside, whether its memory grows.
 */
#ifndef INFLIGHT_TESTS_SOAK_SAMPLER_H
#define INFLIGHT_TESTS_SOAK_SAMPLER_H

#include <stdio.h>

#include "soak/peer.h"

struct sample {
	double hours; /* since the start */
	int64_t rss_bytes;
	int64_t descriptors;
	int64_t connections;
	int64_t memory_bytes;
	int64_t leases;
	int64_t inside; /* ops that came in and have not left, by the daemon's own counters */
	int64_t expired;
	int64_t enqueued;
	int64_t dequeued;
	int64_t turns;
	int64_t turn_max_us;
};

struct sampler {
	FILE *csv;
	struct peer peer; /* connected for as long as the daemon runs */
	pid_t daemon;
	uint64_t started_ms;
	struct sample *rests; /* those with nothing inside */
	size_t rest_count;
	size_t rest_room;
};

void sampler_init(struct sampler *sampler, const char *csv, pid_t daemon,
	const struct target *target, uint64_t started_ms);

/* Looks, and writes a row. */
void sampler_look(struct sampler *sampler, struct sample *ret);

/* Keeps a sample that was taken with nothing inside. */
void sampler_rest(struct sampler *sampler, const struct sample *sample);

/*
 * The growth of resident memory per hour, as a part of its mean, by the straight line
 * that fits the rests after the first fifth of the time best, and how far off that may
 * be (two standard errors). False where there are too few to tell.
 */
bool sampler_drift(const struct sampler *sampler, double *ret_drift, double *ret_error);

#endif
