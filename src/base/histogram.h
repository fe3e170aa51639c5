/*
 * Histograms of numbers whose size matters more than their exact value: each place stands for
 * numbers up to a power of two, or of four; the last one for all that are larger. Adding one
 * costs a few instructions, and all of a histogram is two cache lines.
 *
 * Plain data: all zero is an empty one, and sums of two are made member by member.
 */
#ifndef INFLIGHT_BASE_HISTOGRAM_H
#define INFLIGHT_BASE_HISTOGRAM_H

#include <stdint.h>

#define HISTOGRAM_PLACES 12

struct histogram {
	uint64_t counts[HISTOGRAM_PLACES]; /* of the place alone, not of those below */
	uint64_t sum;                      /* of what was added, in a unit of its owner's */
};

/* The largest number of a place but the last: 1, 2, 4, ... or, with `shift` 2, 1, 4, 16, ... */
static inline uint64_t
histogram_bound(unsigned place, unsigned shift)
{
	return UINT64_C(1) << (place * shift);
}

/* The place of a number. */
static inline unsigned
histogram_place(uint64_t number, unsigned shift)
{
	unsigned place;

	if (number <= 1)
		return 0;
	/* How many bits the number before it has: it fits under that power of two. */
	place = (64 - (unsigned)__builtin_clzll(number - 1) + shift - 1) / shift;
	return place < HISTOGRAM_PLACES ? place : HISTOGRAM_PLACES - 1;
}

static inline void
histogram_note(struct histogram *histogram, unsigned place, uint64_t amount)
{
	histogram->counts[place]++;
	histogram->sum += amount;
}

#endif
