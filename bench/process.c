/*
 * Reads /proc. A process that is not there is an error of the run: the program ends.
 */
#include <config.h>

#include "process.h"

#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

uint64_t
cpu_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static void
read_number(pid_t pid, const char *file, int skip, unsigned long long *ret)
{
	char path[64], text[256], *at = text;

	snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, file);
	FILE *stream = fopen(path, "r");

	if (stream == NULL || fgets(text, sizeof(text), stream) == NULL) {
		fprintf(stderr, "bench: cannot read %s\n", path);
		exit(EXIT_FAILURE);
	}
	fclose(stream);
	*ret = strtoull(at, &at, 10);
	for (int i = 0; i < skip; i++)
		*ret = strtoull(at, &at, 10);
}

uint64_t
process_cpu_ns(pid_t pid)
{
	unsigned long long spent;

	/* Finer than the clock ticks of "stat". */
	read_number(pid, "schedstat", 0, &spent);
	return spent;
}

uint64_t
process_resident(pid_t pid)
{
	unsigned long long pages;

	read_number(pid, "statm", 1, &pages);
	return (uint64_t)pages * (uint64_t)sysconf(_SC_PAGESIZE);
}

bool
process_pin(pid_t pid, int core)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(core, &set);
	return sched_setaffinity(pid, sizeof(set), &set) == 0;
}
