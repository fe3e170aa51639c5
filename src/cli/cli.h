/*
 * The `inflight` tool: its verbs and what they share. Each verb is a function that
 * reads its own options and returns the exit status.
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

/* The options before the verb. */
struct common {
	const char *address;    /* NULL: the default */
	int64_t timeout_ms;     /* for an answer; negative: none */
	const char *token_file; /* NULL: what the environment says */
};

/* The value of --token-file for getopt_long(), and its row. */
#define OPTION_TOKEN_FILE 256
#define TOKEN_FILE_OPTION                                                \
	{                                                                \
		"token-file", required_argument, NULL, OPTION_TOKEN_FILE \
	}

/* argv[0] is the verb, or the method. */
int verb_bench(const struct common *common, int argc, char **argv);
int verb_call(const struct common *common, int argc, char **argv);
int verb_help(const struct common *common, int argc, char **argv);
int verb_map(const struct common *common, int argc, char **argv);
int verb_work(const struct common *common, int argc, char **argv);

/*
 * Makes a handle and connects it; returns NULL after a report, with the exit status. A wrong
 * address counts as wrong usage.
 */
struct inflight *client_open(const struct common *common, int *ret_status);

/*
 * Takes -s, -t and --token-file as the common options do, so that they may stand behind the verb
 * too. Returns false where the option is another one or, after a report, where its value cannot be
 * used.
 */
bool common_option(struct common *common, int option, const char *value);

/* Reads a whole number from 0 to `max`; false where the text is none. */
bool parse_count(const char *text, int64_t max, int64_t *ret);

/* The same for the value of an option; reports one that cannot be used. */
bool take_number(const char *option, const char *value, int64_t max, int64_t *ret);

void print_usage(void);

/* Where to read more, on stderr; returns STATUS_USAGE. */
int usage_error(void);

#define MS_MAX 1000000000000 /* the protocol's largest span of time */

#endif
