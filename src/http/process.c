/*
 * What the system knows of this process, under the names that Prometheus has for it. Where it
 * does not tell, the figure is left out.
 */
#include <config.h>

#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "http/snapshot.h"

uint64_t
process_wall_ms(void)
{
	struct timespec now;

	if (clock_gettime(CLOCK_REALTIME, &now) != 0)
		return 0;
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / NS_PER_MS;
}

/* The first two numbers of that file are all pages, and those in memory. */
static void
read_pages(struct process_figures *ret)
{
	FILE *file = fopen("/proc/self/statm", "re");
	uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
	char line[128];
	char *end;

	if (file == NULL)
		return;
	if (fgets(line, sizeof(line), file) != NULL) {
		ret->virtual_bytes = strtoull(line, &end, 10) * page;
		ret->resident_bytes = strtoull(end, NULL, 10) * page;
	}
	fclose(file);
}

void
process_figures_read(struct process_figures *ret)
{
	struct rlimit limit;

	*ret = (struct process_figures){
		.cpu_ms = clock_cpu_ns() / NS_PER_MS,
	};
	if (getrlimit(RLIMIT_NOFILE, &limit) == 0)
		ret->max_descriptors = limit.rlim_cur;
	read_pages(ret);
}
