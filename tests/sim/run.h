/*
 * Runs of seeds in processes of their own, so that a violation ends nothing but itself.
 */
#ifndef INFLIGHT_TESTS_SIM_RUN_H
#define INFLIGHT_TESTS_SIM_RUN_H

#include "sim/sim.h"

#include <sys/types.h>

/* What to run: seeds first, first + stride, ... below end. */
struct plan {
	uint64_t first, end, stride, events;
	const bool *kept; /* by step; NULL: all of them */
	bool verbose, quiet;
};

/* Memory that the processes share; NULL where there is none. */
void *run_shared(size_t size);

/* Begins; the tally, in shared memory, says how far it is. */
pid_t run_start(struct tally *tally, const struct plan *plan);

/* To its end; true where nothing was violated, else the tally says what was. */
bool run(struct tally *tally, const struct plan *plan);

/* Of a process that has ended: was nothing violated? */
bool run_was_good(struct tally *tally, int status);

/*
 * Fewer events of one seed that still make a violation of that kind: written to `kept`, by step,
 * with events + 1 places in shared memory. At most `tries` runs are made.
 */
void cut_down(struct tally *tally, uint64_t seed, uint64_t events, bool *kept, const char *kind,
	unsigned tries);

/* The steps "3,17,40-60" of a text; false where it says something else. */
bool steps_read(const char *text, bool *kept, uint64_t events);
void steps_print(const bool *kept, uint64_t events);

#endif
