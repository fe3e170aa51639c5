/*
 * The cases of the in-process benchmark. Each makes a core of its own, measures,
 * adds its samples to the report and frees the core.
 */
#ifndef INFLIGHT_BENCH_CORE_CASES_H
#define INFLIGHT_BENCH_CORE_CASES_H

#include <stdint.h>

#include "report.h"

void case_scan(struct report *report, uint64_t calls);

/* Calls on a queue with n keys: enqueue, merge, take, finish; bytes per op. */
void case_queue(struct report *report, uint64_t n);

/* Adds to and finishes in one group of n ops. */
void case_group(struct report *report, uint64_t n);

/* Jobs that come and go while n others wait. */
void case_steady(struct report *report, uint64_t depth, uint64_t jobs);

/* The longest single call while n keys come, expire, and are deleted. */
void case_longest(struct report *report, uint64_t n);

#endif
