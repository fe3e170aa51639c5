/*
 * Runs seeds: SEEDS of them from SEED on, each of EVENTS events, JOBS processes side by
 * side. A seed that fails is told with what was violated and, cut down, the few events that still
 * violate something; the other seeds go on. The runs that are kept, in tests/sim/kept, come first.
 *
 *   STEPS=3,17,40-60   only these events of each seed
 *   VERBOSE=1          every line of a run, in the language of the scenarios
 */
#include <config.h>

#include "sim/run.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>

#define FAILURES_MAX 10
#define JOBS_MAX     64
#define CUT_TRIES    3000

struct job {
	struct tally *tally;
	struct plan plan;
	pid_t pid; /* 0: has ended */
};

static uint64_t
setting(const char *name, uint64_t otherwise)
{
	const char *text = getenv(name);

	return text == NULL || *text == '\0' ? otherwise : strtoull(text, NULL, 10);
}

/* ---- failures -------------------------------------------------------------- */

static void
report(const struct tally *failed, const struct plan *plan)
{
	unsigned long long seed = failed->seed;
	unsigned long long events = plan->events;
	struct tally *tally = run_shared(sizeof(*tally));
	bool *kept = run_shared(events + 1);

	printf("SEED=%llu EVENTS=%llu: %s (event %llu)\n", seed, events, failed->why,
		(unsigned long long)failed->step);
	fflush(stdout);
	if (tally == NULL || kept == NULL)
		return;
	if (plan->kept != NULL)
		memcpy(kept, plan->kept, events + 1);
	else
		memset(kept, true, events + 1);
	cut_down(tally, seed, events, kept, failed->kind, CUT_TRIES);
	printf("  cut down: make sim SEEDS=1 SEED=%llu EVENTS=%llu VERBOSE=1 STEPS=", seed, events);
	steps_print(kept, events);
	printf("\n  violates: %s\n  to keep it as a test, add to tests/sim/kept: %llu %llu ",
		tally->why, seed, events);
	steps_print(kept, events);
	printf("\n");
	fflush(stdout);
}

/* ---- seeds ------------------------------------------------------------------- */

static struct job *
job_of(struct job *jobs, pid_t pid)
{
	while (jobs->pid != pid)
		jobs++;
	return jobs;
}

/* Returns how many seeds failed. */
static unsigned
run_jobs(struct job *jobs, uint64_t count)
{
	unsigned failures = 0;
	int status;
	pid_t pid;

	for (uint64_t i = 0; i < count; i++)
		jobs[i].pid = run_start(jobs[i].tally, &jobs[i].plan);
	while ((pid = wait(&status)) > 0) {
		struct job *job = job_of(jobs, pid);

		job->pid = 0;
		if (run_was_good(job->tally, status))
			continue;
		report(job->tally, &job->plan);
		job->plan.first = job->tally->seed + job->plan.stride;
		if (++failures < FAILURES_MAX && job->plan.first < job->plan.end)
			job->pid = run_start(job->tally, &job->plan);
	}
	return failures;
}

/* The lines of a file; returns how many failed. */
static unsigned
run_kept(const char *path)
{
	FILE *file = fopen(path, "r");
	struct tally *tally = run_shared(sizeof(*tally));
	unsigned failures = 0;
	unsigned count = 0;
	char line[4096];

	if (file == NULL || tally == NULL) {
		perror(path);
		return 1;
	}
	while (fgets(line, sizeof(line), file) != NULL) {
		unsigned long long seed;
		unsigned long long events;
		char steps[sizeof(line)];
		bool *kept = NULL;

		if (line[0] == '#' || sscanf(line, "%llu %llu %4095s", &seed, &events, steps) != 3)
			continue;
		if (strcmp(steps, "all") != 0)
			kept = run_shared(events + 1);
		if (kept != NULL && !steps_read(steps, kept, events))
			return 1;
		struct plan plan = {seed, seed + 1, 1, events, kept, false, false};

		count++;
		if (!run(tally, &plan)) {
			report(tally, &plan);
			failures++;
		}
	}
	fclose(file);
	printf("sim: %u kept runs, %u failed\n", count, failures);
	return failures;
}

static void
add_up(struct tally *sum, const struct job *jobs, uint64_t count)
{
	for (uint64_t i = 0; i < count; i++) {
		const struct tally *tally = jobs[i].tally;

		sum->seeds += tally->seeds;
		sum->events += tally->events;
		sum->requests += tally->requests;
		sum->surveys += tally->surveys;
		for (unsigned j = 0; j < DEATHS; j++)
			sum->deaths[j] += tally->deaths[j];
	}
}

static unsigned
run_all(const struct plan *plan, uint64_t count)
{
	struct job jobs[JOBS_MAX] = {{.pid = 0}};
	struct tally sum = {.seeds = 0};
	struct rusage usage;
	unsigned failures;
	double seconds;

	for (uint64_t i = 0; i < count; i++) {
		jobs[i].plan = *plan;
		jobs[i].plan.first += i;
		jobs[i].plan.stride = count;
		jobs[i].tally = run_shared(sizeof(struct tally));
		if (jobs[i].tally == NULL)
			return 1;
	}
	failures = run_jobs(jobs, count);
	getrusage(RUSAGE_CHILDREN, &usage);
	seconds = (double)usage.ru_utime.tv_sec + (double)usage.ru_utime.tv_usec / 1e6 +
		  (double)usage.ru_stime.tv_sec + (double)usage.ru_stime.tv_usec / 1e6;
	add_up(&sum, jobs, count);
	printf("sim: %llu seeds, %llu events, %llu requests, %llu surveys in %.1f s of "
	       "processor time, %.0f events per second; deaths: %llu idle, %llu waiting, %llu "
	       "unread, %llu half-closed, %llu "
	       "inside a line, %llu silent; %u failed\n",
		(unsigned long long)sum.seeds, (unsigned long long)sum.events,
		(unsigned long long)sum.requests, (unsigned long long)sum.surveys, seconds,
		(double)sum.events / seconds, (unsigned long long)sum.deaths[0],
		(unsigned long long)sum.deaths[1], (unsigned long long)sum.deaths[2],
		(unsigned long long)sum.deaths[3], (unsigned long long)sum.deaths[4],
		(unsigned long long)sum.deaths[5], failures);
	return failures;
}

int
main(void)
{
	uint64_t first = setting("SEED", 1);
	uint64_t seeds = setting("SEEDS", 100);
	uint64_t jobs = setting("JOBS", 1);
	const char *steps = getenv("STEPS");
	struct plan plan = {
		.first = first,
		.end = first + seeds,
		.events = setting("EVENTS", 1000),
		.verbose = setting("VERBOSE", 0) > 0,
	};
	unsigned failures = 0;

	if (steps != NULL && *steps != '\0') {
		bool *wanted = run_shared(plan.events + 1);

		if (wanted == NULL || !steps_read(steps, wanted, plan.events)) {
			fprintf(stderr, "STEPS is a list such as 3,17,40-60\n");
			return 2;
		}
		plan.kept = wanted;
	}
	if (plan.kept == NULL)
		failures += run_kept(KEPT);
	if (jobs < 1 || jobs > JOBS_MAX) {
		fprintf(stderr, "JOBS is 1 to %d\n", JOBS_MAX);
		return 2;
	}
	failures += run_all(&plan, jobs < seeds ? jobs : seeds);
	return failures == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
