/*
 * `inflight enqueue --lines`: an op for each line of standard input, many requests under
 * way at a time, one result for each in the order of the lines.
 */
#ifndef INFLIGHT_CLI_ENQUEUE_LINES_H
#define INFLIGHT_CLI_ENQUEUE_LINES_H

#include "cli/arguments.h"
#include "cli/cli.h"
#include "cli/params.h"

/* Returns the exit status; a line that is refused is told and does not stop the others. */
int enqueue_lines(const struct common *common, const struct arguments *args, enum params_as as);

#endif
