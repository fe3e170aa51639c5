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

/* What text from outside is to be. */
enum params_as {
	AS_FITTING, /* JSON where it is JSON, else a string */
	AS_TEXT,    /* a string, whatever it looks like */
	AS_JSON,    /* JSON; it is an error where it is none */
};

/* Adds such a value; false after a report. */
bool params_value(struct params *params, struct inflight_span name, struct inflight_span value,
	enum params_as as);

/* Reads a file whole, "-" for standard input; false after a report. */
bool params_read_file(const char *path, struct inflight_bytes *out);

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
