/*
 * One request from its params to its exit status: connects, calls, shows the result or
 * tells the error and what to do next.
 */
#ifndef INFLIGHT_CLI_REQUEST_H
#define INFLIGHT_CLI_REQUEST_H

#include "cli/arguments.h"
#include "cli/cli.h"
#include "cli/params.h"

int request_run(const struct common *common, const char *method, const struct params *params);

/*
 * Adds the params that a verb's arguments stand for. `as` is what values are that may be JSON.
 * False after a report.
 */
bool request_params(const struct arguments *args, enum params_as as, struct params *params);

/* The same for the options alone. */
bool request_options(const struct arguments *args, enum params_as as, struct params *params);

/* Shows a reply to that request; returns the exit status. */
int request_show(const struct common *common, struct inflight *client, const char *method,
	const struct params *params, const struct inflight_reply *reply);

#endif
