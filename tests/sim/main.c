/*
 * Runs seeds, SEEDS of them from SEED on, each of EVENTS events, in a process of
 * their own. A seed that fails is told in one line, with what was violated and the smallest number
 * of events that still violates something; then the next ones go on.
 *
 * VERBOSE=1 shows every line of a run.
 */
#include <config.h>

#include "sim/sim.h"

#include <fcntl.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define FAILURES_MAX 10

static uint64_t
setting(const char *name, uint64_t otherwise)
{
	const char *text = getenv(name);

	return text == NULL || *text == '\0' ? otherwise : strtoull(text, NULL, 10);
}

static void
run_seeds(struct tally *tally, uint64_t first, uint64_t end, uint64_t events, bool quiet)
{
	int nothing = quiet ? open("/dev/null", O_WRONLY) : -1;
	struct sim *sim = sim_new(events);

	if (nothing >= 0)
		dup2(nothing, STDERR_FILENO);
	mallopt(M_MMAP_THRESHOLD, 128 * 1024);
	sim_begin(tally);
	for (tally->seed = first; tally->seed < end; tally->seed++)
		sim_run(sim, tally, tally->seed, !quiet && setting("VERBOSE", 0) > 0);
	sim_free(sim);
	exit(0);
}

/* In a process of its own; true where nothing was violated. */
static bool
run(struct tally *tally, uint64_t first, uint64_t end, uint64_t events, bool quiet)
{
	pid_t child;
	int status = 0;

	tally->why[0] = '\0';
	fflush(stdout);
	child = fork();
	if (child == 0)
		run_seeds(tally, first, end, events, quiet);
	if (child < 0 || waitpid(child, &status, 0) != child) {
		perror("fork");
		exit(1);
	}
	if (WIFSIGNALED(status) && tally->why[0] == '\0')
		snprintf(tally->why, sizeof(tally->why), "ended by signal %d", WTERMSIG(status));
	return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

/* The fewest events after which that seed fails; the drain follows however few they are. */
static uint64_t
cut_down(struct tally *tally, uint64_t seed, uint64_t events)
{
	uint64_t passes = 0;
	uint64_t fails = tally->step < events ? tally->step : events;

	if (run(tally, seed, seed + 1, fails, true))
		return events;
	while (fails - passes > 1) {
		uint64_t middle = passes + (fails - passes) / 2;

		if (run(tally, seed, seed + 1, middle, true))
			passes = middle;
		else
			fails = middle;
	}
	return fails;
}

static void
report(struct tally *tally, uint64_t seed, uint64_t events)
{
	struct tally before = *tally;
	uint64_t fewest = cut_down(tally, seed, events);

	(void)run(tally, seed, seed + 1, fewest, true);
	printf("SEED=%llu EVENTS=%llu: %s (step %llu; cut down to EVENTS=%llu: %s)\n",
		(unsigned long long)seed, (unsigned long long)events, before.why,
		(unsigned long long)before.step, (unsigned long long)fewest, tally->why);
	fflush(stdout);
	*tally = before;
}

int
main(void)
{
	uint64_t seeds = setting("SEEDS", 60);
	uint64_t first = setting("SEED", 1);
	uint64_t events = setting("EVENTS", 1000);
	struct tally *tally = mmap(
		NULL, sizeof(*tally), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	struct timespec begun;
	struct timespec now;
	unsigned failures = 0;
	double seconds;

	if (tally == MAP_FAILED)
		return 1;
	clock_gettime(CLOCK_MONOTONIC, &begun);
	for (uint64_t next = first; next < first + seeds && failures < FAILURES_MAX;) {
		if (run(tally, next, first + seeds, events, false))
			break;
		next = tally->seed + 1;
		report(tally, tally->seed, events);
		failures++;
	}
	clock_gettime(CLOCK_MONOTONIC, &now);
	seconds = (double)(now.tv_sec - begun.tv_sec) + (double)(now.tv_nsec - begun.tv_nsec) / 1e9;
	printf("sim: %llu seeds, %llu events, %llu requests, %llu surveys in %.1f s, %.0f events "
	       "per second; deaths: %llu idle, %llu waiting, %llu unread, %llu half-closed, %llu "
	       "inside a line; %u failed\n",
		(unsigned long long)tally->seeds, (unsigned long long)tally->events,
		(unsigned long long)tally->requests, (unsigned long long)tally->surveys, seconds,
		(double)tally->events / seconds, (unsigned long long)tally->deaths[0],
		(unsigned long long)tally->deaths[1], (unsigned long long)tally->deaths[2],
		(unsigned long long)tally->deaths[3], (unsigned long long)tally->deaths[4],
		failures);
	munmap(tally, sizeof(*tally));
	return failures == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
