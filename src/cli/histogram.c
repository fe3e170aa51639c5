/* The buckets of a histogram. Nothing is kept outside of the caller's struct. */
#include <config.h>

#include "cli/histogram.h"

/* The doublings above the exact values: how far a value is shifted to fit into 8 bits. */
static unsigned
shift_of(uint64_t value)
{
	unsigned bits = value == 0 ? 0 : 64 - (unsigned)__builtin_clzll(value);

	return bits > 8 ? bits - 8 : 0;
}

static unsigned
bucket_of(uint64_t value)
{
	unsigned shift = shift_of(value);

	return shift * HISTOGRAM_STEPS + (unsigned)(value >> shift);
}

/* The largest value of a bucket. */
static uint64_t
bucket_end(unsigned bucket)
{
	unsigned shift = bucket < 2 * HISTOGRAM_STEPS ? 0 : bucket / HISTOGRAM_STEPS - 1;
	uint64_t start = bucket - shift * HISTOGRAM_STEPS;

	return (start << shift) + ((UINT64_C(1) << shift) - 1);
}

void
histogram_add(struct histogram *histogram, uint64_t value)
{
	histogram->counts[bucket_of(value)]++;
	if (histogram->count == 0 || value < histogram->min)
		histogram->min = value;
	if (value > histogram->max)
		histogram->max = value;
	histogram->count++;
	histogram->sum += value;
}

void
histogram_merge(struct histogram *histogram, const struct histogram *other)
{
	if (other->count == 0)
		return;
	for (unsigned i = 0; i < HISTOGRAM_BUCKETS; i++)
		histogram->counts[i] += other->counts[i];
	if (histogram->count == 0 || other->min < histogram->min)
		histogram->min = other->min;
	if (other->max > histogram->max)
		histogram->max = other->max;
	histogram->count += other->count;
	histogram->sum += other->sum;
}

uint64_t
histogram_quantile(const struct histogram *histogram, unsigned per_mille)
{
	uint64_t rank = (histogram->count * per_mille + 999) / 1000;
	uint64_t seen = 0;

	for (unsigned i = 0; i < HISTOGRAM_BUCKETS; i++) {
		seen += histogram->counts[i];
		if (seen >= rank && seen > 0)
			return bucket_end(i) < histogram->max ? bucket_end(i) : histogram->max;
	}
	return 0;
}

double
histogram_mean(const struct histogram *histogram)
{
	return histogram->count == 0 ? 0 : (double)histogram->sum / (double)histogram->count;
}

uint64_t
histogram_below(const struct histogram *histogram, uint64_t limit)
{
	uint64_t below = 0;

	for (unsigned i = 0; i < HISTOGRAM_BUCKETS && bucket_end(i) < limit; i++)
		below += histogram->counts[i];
	return below;
}
