/*
 * Time. Everything that is due is told in nanoseconds of CLOCK_MONOTONIC, which
 * no one can set back and which stands still while the machine is suspended.
 */
#ifndef INFLIGHT_BASE_CLOCK_H
#define INFLIGHT_BASE_CLOCK_H

#include <stdint.h>

#define NS_PER_MS  UINT64_C(1000000)
#define TIME_NEVER UINT64_MAX

uint64_t clock_now_ns(void);

/* How long the processor has worked for this program; asking takes a system call. */
uint64_t clock_cpu_ns(void);

static inline uint64_t
ms_to_ns(uint64_t ms)
{
	return ms * NS_PER_MS;
}

/* A wait of `ms` from now; saturates instead of wrapping. */
static inline uint64_t
time_after_ms(uint64_t now_ns, uint64_t ms)
{
	return ms > (TIME_NEVER - 1 - now_ns) / NS_PER_MS ? TIME_NEVER - 1 : now_ns + ms_to_ns(ms);
}

/* Whole milliseconds from `from_ns` to `to_ns`, 0 where it lies behind. */
static inline uint64_t
ms_between(uint64_t from_ns, uint64_t to_ns)
{
	return to_ns <= from_ns ? 0 : (to_ns - from_ns) / NS_PER_MS;
}

#endif
