/*
 * Results for people or for programs: tables, or JSON byte for byte. Nothing here knows
 * what a method answers; a table is made of what is there.
 */
#ifndef INFLIGHT_CLI_SHOW_H
#define INFLIGHT_CLI_SHOW_H

#include <stdio.h>

#include "cli/cli.h"
#include "cli/table.h"
#include "cli/terminal.h"
#include "client/bytes.h"

/* Whether results are to be tables. */
bool show_wants_table(enum format format);

/*
 * Prints a result on standard output; a table where that is wanted, else a line of JSON. Returns
 * the exit status: STATUS_USAGE, after a report, where it cannot be written.
 */
int show_result(enum format format, struct inflight_span result);

/* The result as one line of JSON, whatever is wanted. */
int show_json(struct inflight_span result);

/* Flushes standard output; returns the exit status as show_result() does. */
int show_end(void);

/* Prints a result as tables. */
void show_table(FILE *out, const struct terminal *terminal, struct inflight_span result);

#endif
