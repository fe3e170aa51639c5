/*
 * The seed of whatever is random in a test program; see world.h.
 */
#include <config.h>

#include "scenario/world.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

uint64_t
world_seed(void)
{
	static uint64_t seed;
	const char *given = getenv("INFLIGHT_SEED");
	struct timespec now;

	if (seed != 0)
		return seed;
	clock_gettime(CLOCK_REALTIME, &now);
	seed = (uint64_t)now.tv_sec * 1000003 + (uint64_t)now.tv_nsec;
	if (given != NULL)
		seed = strtoull(given, NULL, 10);
	if (seed == 0)
		seed = 1;
	printf("INFLIGHT_SEED=%llu\n", (unsigned long long)seed);
	fflush(stdout);
	return seed;
}
