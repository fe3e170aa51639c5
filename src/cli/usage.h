/*
 * What the tool says about its verbs, all of it out of their rows.
 */
#ifndef INFLIGHT_CLI_USAGE_H
#define INFLIGHT_CLI_USAGE_H

#include <stdio.h>

struct verb;

/* The verbs with their summaries, and the options of all; as `inflight -h` prints it. */
void usage_print_all(FILE *out);

/* The help of one verb. */
void usage_print_verb(FILE *out, const struct verb *verb);

/* How the verb is used and where to read more, on standard error; returns STATUS_USAGE. */
int usage_wrong(const struct verb *verb);

#endif
