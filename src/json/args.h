/*
 * Argument tables: what a method takes, said once. From one table come the
 * parsing of params by name and by position, the error that names the member,
 * the defaults, `methods`, `rpc.discover` and the manual's synopsis.
 *
 * Parsed strings point into the request's line, unescaped in place.
 */
#ifndef INFLIGHT_JSON_ARGS_H
#define INFLIGHT_JSON_ARGS_H

#include "json/scan.h"
#include "base/buf.h"

#define ARGS_MAX 12 /* params of the longest method */

enum arg_type {
	ARG_NAME,     /* string of 1-200 bytes without control characters -> text */
	ARG_KEY,      /* string of 1-1024 bytes or integer literal -> text */
	ARG_ID,       /* op id: string of 1-200 bytes or integer literal -> text */
	ARG_TOKEN,    /* string of 1-200 bytes -> text */
	ARG_TEXT,     /* string of 0-200 bytes -> text */
	ARG_MS,       /* integer min..max -> number */
	ARG_COUNT,    /* integer min..max -> number */
	ARG_BOOL,     /* -> flag */
	ARG_WORD,     /* one of `words` -> number, its place there */
	ARG_JSON,     /* any value, kept as sent -> value */
	ARG_NAMES,    /* array of 1-64 names -> value, every element checked */
	ARG_OUTCOMES, /* {"op": {"result": json} | {"error": json}} -> value, checked */
	ARG_OBJECT,   /* object with the members of the table `members` -> value, checked */
};

struct arg_spec {
	const char *name;
	enum arg_type type;
	bool required;
	uint64_t min;             /* ARG_MS, ARG_COUNT */
	uint64_t max;
	uint64_t value;           /* default of numbers, words and flags */
	const char *fallback;     /* default as people read it, NULL: none, or not a constant */
	const char *const *words; /* ARG_WORD: names, NULL at the end */
	const struct arg_spec *members; /* ARG_OBJECT; ends with a row whose name is NULL */
	const char *summary;      /* one sentence for discovery */
};

struct arg {
	bool given;
	bool flag;
	uint64_t number;
	struct span text;   /* ptr NULL where absent */
	struct value value; /* type VALUE_NONE where absent */
};

/* What is wrong with the params: for -32602. */
struct args_error {
	struct span param;  /* the culprit; as sent, or a table's name */
	char message[400];  /* a sentence that names it, valid UTF-8 */
};

/*
 * All three fill `ret`, one entry for each row of `specs` (which ends with a row
 * whose name is NULL), with defaults where nothing was given. False: *error.
 *
 * args_from_object: members[0..count) by name. Names in `skip` (NULL at the end, or NULL) are passed
 * over: the envelope of a flat request.
 * args_from_array: by position. A null stands for "not given" where the row is not ARG_JSON.
 */
bool args_from_object(const struct arg_spec *specs, struct members *members,
	const char *const *skip, struct arg *ret, struct args_error *error);
bool args_from_array(const struct arg_spec *specs, struct members *elements, struct arg *ret,
	struct args_error *error);
bool args_from_nothing(const struct arg_spec *specs, struct arg *ret, struct args_error *error);

/* Reads an ARG_OBJECT value that was checked, against its table. */
void args_from_checked(const struct arg_spec *members, struct value object, struct arg *ret);

#endif
