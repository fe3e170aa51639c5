/*
 * The `inflight` tool: what its verbs share. A verb is a function that returns the exit
 * status.
 */
#ifndef INFLIGHT_CLI_CLI_H
#define INFLIGHT_CLI_CLI_H

#include <stdbool.h>
#include <stdint.h>

#include "inflight.h"

/* The exit statuses, as the manual has them. */
enum exit_status {
	STATUS_OK = 0,
	STATUS_REFUSED = 1, /* the daemon answered an error, or an op or command failed */
	STATUS_USAGE = 2,   /* wrong usage, or a file or command cannot be used */
	STATUS_DAEMON = 3,  /* the daemon cannot be reached, was lost, or did not answer in time */
};

/* How a result is printed. */
enum format {
	FORMAT_FITTING, /* a table on a terminal, else JSON */
	FORMAT_JSON,
	FORMAT_TABLE,
};

/* The options of all verbs. */
struct common {
	const char *address;    /* NULL: the default */
	int64_t timeout_ms;     /* for an answer; negative: none */
	const char *token_file; /* NULL: what the environment says */
	enum format format;
};

/* A method by its name with these name=value arguments; prints the result as JSON. */
int call_method(const struct common *common, const char *method, int argc, char **argv);

/* The same for words that are no verb: a method that only the daemon knows, or a mistake. */
int call_unknown(const struct common *common, int argc, char **argv);

/*
 * Makes a handle and connects it; returns NULL after a report, with the exit status. A wrong
 * address counts as wrong usage.
 */
struct inflight *client_open(const struct common *common, int *ret_status);

/* Reads a whole number from 0 to `max`; false where the text is none. */
bool parse_count(const char *text, int64_t max, int64_t *ret);

#define MS_MAX 1000000000000 /* the protocol's largest span of time */

#endif
