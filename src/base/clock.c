/*
 * The only place that asks for the time; everything else gets `now` as an argument.
 */
#include <config.h>

#include "base/clock.h"

#include <time.h>

#include "base/check.h"

uint64_t
clock_now_ns(void)
{
	struct timespec now;

	CHECK(clock_gettime(CLOCK_MONOTONIC, &now) == 0);
	return (uint64_t)now.tv_sec * UINT64_C(1000000000) + (uint64_t)now.tv_nsec;
}
