/*
 * Counts of values in buckets that grow with the value: 128 of them for each
 * doubling, so that a value is known to one part in 128 whatever its size, and
 * values below 256 exactly. Adding one costs no memory and takes the same time
 * always. All zero is an empty histogram; it owns nothing.
 */
#ifndef INFLIGHT_CLI_HISTOGRAM_H
#define INFLIGHT_CLI_HISTOGRAM_H

#include <stdint.h>

#define HISTOGRAM_STEPS   128 /* buckets for each doubling */
#define HISTOGRAM_BUCKETS (58 * HISTOGRAM_STEPS)

struct histogram {
	uint64_t counts[HISTOGRAM_BUCKETS];
	uint64_t count;
	uint64_t sum; /* of the values as they were */
	uint64_t min; /* likewise; 0 where nothing was added */
	uint64_t max;
};

void histogram_add(struct histogram *histogram, uint64_t value);

/* Adds what another one counted. */
void histogram_merge(struct histogram *histogram, const struct histogram *other);

/*
 * The value that so many of a thousand do not exceed: the largest of its bucket, but never more
 * than the maximum. 0 where nothing was added.
 */
uint64_t histogram_quantile(const struct histogram *histogram, unsigned per_mille);

/* 0 where nothing was added. */
double histogram_mean(const struct histogram *histogram);

/* How many values stand in buckets that end below `limit`. */
uint64_t histogram_below(const struct histogram *histogram, uint64_t limit);

#endif
