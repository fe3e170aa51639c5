/*
 * The processes. A tally outlives the one that fills it.
 */
#include <config.h>

#include "sim/run.h"

#include <fcntl.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

void *
run_shared(size_t size)
{
	void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	return memory == MAP_FAILED ? NULL : memory;
}

static _Noreturn void
run_seeds(struct tally *tally, const struct plan *plan)
{
	int nothing = plan->quiet ? open("/dev/null", O_WRONLY) : -1;
	struct sim *sim = sim_new(plan->events);

	if (nothing >= 0)
		dup2(nothing, STDERR_FILENO);
	/* What the machine allocates at once and hardly uses need not be cleared by hand. */
	mallopt(M_MMAP_THRESHOLD, 128 * 1024);
	sim->verbose = plan->verbose;
	sim->kept = plan->kept;
	sim_begin(tally);
	for (tally->seed = plan->first; tally->seed < plan->end; tally->seed += plan->stride)
		sim_run(sim, tally, tally->seed);
	sim_free(sim);
	/* exit() would put back what the parent has read of a file. */
	fflush(stdout);
	_exit(0);
}

pid_t
run_start(struct tally *tally, const struct plan *plan)
{
	pid_t child;

	tally->why[0] = '\0';
	tally->kind = NULL;
	fflush(stdout);
	child = fork();
	if (child == 0)
		run_seeds(tally, plan);
	if (child < 0) {
		perror("fork");
		exit(1);
	}
	return child;
}

bool
run_was_good(struct tally *tally, int status)
{
	if (WIFSIGNALED(status) && tally->why[0] == '\0')
		snprintf(tally->why, sizeof(tally->why), "ended by signal %d", WTERMSIG(status));
	return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

bool
run(struct tally *tally, const struct plan *plan)
{
	int status = 0;

	if (waitpid(run_start(tally, plan), &status, 0) < 0) {
		perror("waitpid");
		exit(1);
	}
	return run_was_good(tally, status);
}
