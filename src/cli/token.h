/*
 * The token that the tool shows to the daemon. It is never an argument, which every user of
 * the machine could read, but stands in a file or in the environment.
 */
#ifndef INFLIGHT_CLI_TOKEN_H
#define INFLIGHT_CLI_TOKEN_H

#include "cli/cli.h"

/*
 * Gives the handle the token of `file`, or where that is NULL of $INFLIGHT_TOKEN_FILE, or
 * $INFLIGHT_TOKEN; none where there is none of these. False after a report.
 */
bool token_use(struct inflight *client, const char *file);

#endif
