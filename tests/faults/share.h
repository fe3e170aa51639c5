/*
 * A part of the work, for programs that run side by side: $JOB of $JOBS.
 */
#ifndef INFLIGHT_TESTS_FAULTS_SHARE_H
#define INFLIGHT_TESTS_FAULTS_SHARE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

/* Is the work of that number this program's? All is where nothing is set. */
static inline bool
share_has(uint64_t number)
{
	const char *jobs = getenv("JOBS");
	const char *job = getenv("JOB");
	uint64_t count = jobs == NULL || job == NULL ? 1 : strtoull(jobs, NULL, 10);

	return count <= 1 || number % count == strtoull(job, NULL, 10) % count;
}

#endif
