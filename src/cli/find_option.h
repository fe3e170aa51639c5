/*
 * Finds the row of an option as it stands on the command line: -j4, -j, --lease=5s,
 * --lease, --no-force, and beginnings of long names that only one option has.
 */
#ifndef INFLIGHT_CLI_FIND_OPTION_H
#define INFLIGHT_CLI_FIND_OPTION_H

#include "cli/verb.h"

struct found_option {
	const struct verb_arg *row;
	size_t index;      /* of the row in its table */
	bool is_common;    /* it is in the table of those of all verbs */
	bool negated;      /* --no-NAME */
	const char *value; /* what stands in the same word; NULL: nothing does */
	char shown[48];    /* "--lease" or "-j", for messages */
};

/* `verb` NULL: the common options only. False after a report that names the nearest one. */
bool find_option(const struct verb *verb, const char *word, struct found_option *ret);

#endif
