/*
 * The scanner held against jansson: both must take the same lines for JSON and
 * read the same values in them. For the fuzz target and for a unit test.
 *
 * Where they may disagree: jansson refuses integers beyond int64, reals beyond
 * double, and names with NUL in them, and passes over a NUL byte right behind a
 * number or literal; the scanner refuses what is nested deeper than SCAN_DEPTH_MAX.
 */
#ifndef INFLIGHT_TESTS_JSON_COMPARE_H
#define INFLIGHT_TESTS_JSON_COMPARE_H

#include "base/span.h"

/* What they disagree about, NULL where nothing. The line is only read. */
const char *json_compare(struct span line);

#endif
