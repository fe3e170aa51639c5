/*
 * What a benchmark found: rows of samples under one name, printed as a table with
 * median and range, and written as JSON. The report owns its rows; names are copied.
 */
#ifndef INFLIGHT_BENCH_REPORT_H
#define INFLIGHT_BENCH_REPORT_H

#include <stdbool.h>
#include <stddef.h>

struct report_row;

struct report {
	struct report_row *rows;
	size_t count;
};

void report_init(struct report *report);
void report_fini(struct report *report);

/* One sample more of that case and figure; the first one makes the row. */
void report_add(struct report *report, const char *name, const char *figure, double value);

/*
 * Divides the samples of one case by those of another, round by round, and adds the
 * quotients as "ratio" of a case of that name. False where one was not measured.
 */
bool report_add_ratios(struct report *report, const char *name, const char *ours,
	const char *theirs, const char *figure);

/* The table, on standard output: a line for each case, with its figures side by side. */
void report_print(const struct report *report);

/* False, with errno set, where the file could not be written. */
bool report_write_json(const struct report *report, const char *path);

/*
 * The end of a program: prints the table, writes the JSON where `path` is given, and frees
 * the report. The status to exit with; a file that cannot be written is told.
 */
int report_finish(struct report *report, const char *program, const char *path);

#endif
