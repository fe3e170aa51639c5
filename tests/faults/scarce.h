/*
 * Memory that runs out. The program's malloc(), calloc() and realloc() are these: at
 * each chosen allocation, between scarce_begin() and scarce_end(), the process forks,
 * and in the child, the victim, that allocation fails, once or from there on. The
 * parent waits until the victim has ended, judges its end, and goes on as if nothing
 * had been. So a run is tried with each of its allocations failing at the cost of one.
 */
#ifndef INFLIGHT_TESTS_FAULTS_SCARCE_H
#define INFLIGHT_TESTS_FAULTS_SCARCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct scarce_totals {
	uint64_t allocations;
	uint64_t faults;
	uint64_t aborts;   /* said why and aborted */
	uint64_t survived; /* went on to the end of the run */
};

/* Fails the ordinals `first`, `first` + `step`, ... of the run; none where `step` is 0. */
void scarce_begin(uint64_t first, uint64_t step);

/* From here on every allocation of so many bytes fails, here and now; 0: none. */
void scarce_limit(size_t size);

/* Allocations count, and may fail, only where it is switched on. */
void scarce_switch(bool on);

/*
 * The end of the run. A victim does not return from here: it ends well if it has freed
 * what it allocated. False: `why` (`size` bytes) says what the first bad victim did.
 */
bool scarce_end(struct scarce_totals *totals, char *why, size_t size);

#endif
