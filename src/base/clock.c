/*
 * The only place that asks for the time; everything else gets `now` as an argument.
 */
#include <config.h>

#include "base/clock.h"

#include <time.h>

#include "base/check.h"

static uint64_t
read_clock(clockid_t clock)
{
	struct timespec now;

	CHECK(clock_gettime(clock, &now) == 0);
	return (uint64_t)now.tv_sec * UINT64_C(1000000000) + (uint64_t)now.tv_nsec;
}

uint64_t
clock_now_ns(void)
{
	return read_clock(CLOCK_MONOTONIC);
}

uint64_t
clock_cpu_ns(void)
{
	return read_clock(CLOCK_THREAD_CPUTIME_ID);
}
