/*
 * Builds the params of a request as JSON text, member by member, and reads the
 * `name=value` arguments of the command line into them.
 */
#ifndef INFLIGHT_CLI_PARAMS_H
#define INFLIGHT_CLI_PARAMS_H

#include <stdbool.h>
#include <stdint.h>

#include "client/bytes.h"

struct params {
	struct inflight_bytes text; /* complete after params_end() */
};

/* All zero, or used before: begins a new object. */
void params_begin(struct params *params);
void params_end(struct params *params);
void params_fini(struct params *params);

/* Adds a member: a string (valid UTF-8), a whole number, or JSON text as it is. */
void params_string(struct params *params, const char *name, struct inflight_span value);
void params_text(struct params *params, const char *name, const char *value);
void params_int(struct params *params, const char *name, int64_t value);
void params_json(struct params *params, const char *name, struct inflight_span value);

/*
 * Adds an argument of one of these forms:
 *
 *   name=value    names, keys, ids and tokens: the text; other params: the value as it
 *                 stands if it is JSON, else the text
 *   name:=json    always JSON
 *   name=@file    the file's text ("-": standard input), without the last line end
 *   name:=@file   the file's JSON
 *
 * Returns false after a report.
 */
bool params_argument(struct params *params, const char *argument);

#endif
