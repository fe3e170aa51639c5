/*
 * What one server costs against another in the same cell of the same run: the
 * figures that doc/performance.md sets itself as targets.
 */
#ifndef INFLIGHT_BENCH_RATIOS_H
#define INFLIGHT_BENCH_RATIOS_H

#include "report.h"

/* Adds a row for each comparison whose two sides were measured. */
void ratios_add(struct report *report);

#endif
