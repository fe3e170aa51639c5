/*
 * A list of objects as one table: a row for each, a column for each member that any of
 * them has.
 */
#ifndef INFLIGHT_CLI_SHOW_ROWS_H
#define INFLIGHT_CLI_SHOW_ROWS_H

#include <stdio.h>

#include "cli/terminal.h"
#include "client/bytes.h"

void show_rows(FILE *out, const struct terminal *terminal, struct inflight_span array);

#endif
