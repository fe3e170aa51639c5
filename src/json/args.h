/*
 * Argument tables: what a method takes, said once. From one table come the
 * parsing of params by name and by position, the error that names the member,
 * the defaults, `methods`, `rpc.discover` and the manual's synopsis.
 *
 * What is parsed lives as long as the request's line and the table: texts point
 * into the line, where their escapes were undone in place, and values are spans of it.
 *
 * ARG_NAMES, ARG_OUTCOMES and ARG_OBJECT are checked to the last element without
 * anything being written to their bytes, so that the value is still JSON and is
 * walked again by whoever uses it:
 *
 *	walk_init(&walk, arg->value);
 *	while (walk_next(&walk, &member))
 *		name = value_unescape(&member.value);
 *
 * A member must be unescaped after walk_next() returned it, and the container is
 * walked no more once one of its strings was. args_from_checked() is that walk
 * for an ARG_OBJECT.
 */
#ifndef INFLIGHT_JSON_ARGS_H
#define INFLIGHT_JSON_ARGS_H

#include "json/scan.h"
#include "base/buf.h"

#define ARGS_MAX       12 /* params of the longest method */
#define ARGS_NAMES_MAX 64 /* elements of an ARG_NAMES */
#define ARGS_NAME_MAX  200
#define ARGS_KEY_MAX   1024
#define ARGS_PARAM_MAX 200 /* bytes of args_error.param */

/*
 * Lengths are those of the text in UTF-8, escapes undone. An integer literal stands
 * for the string of its own digits, minus included ("-5"); a real number does not.
 */
enum arg_type {
	ARG_NAME,     /* string of 1-200 bytes without control characters (C0, DEL, C1) -> text */
	ARG_KEY,      /* string of 1-1024 bytes or integer literal -> text */
	ARG_ID,       /* op id: string of 1-200 bytes or integer literal -> text */
	ARG_TOKEN,    /* string of 1-200 bytes -> text */
	ARG_TEXT,     /* string of 0-200 bytes -> text */
	ARG_MS,       /* integer min..max -> number */
	ARG_COUNT,    /* integer min..max -> number */
	ARG_BOOL,     /* -> flag */
	ARG_WORD,     /* one of `words` -> number, its place there */
	ARG_JSON,     /* any value, null too, kept as sent -> value */
	ARG_NAMES,    /* array of 1-64 names, which may repeat -> value */
	ARG_OUTCOMES, /* {"op": {"result": json} or {"error": json}}, no op twice -> value */
	ARG_OBJECT,   /* object with the members of the table `members` -> value */
};

/*
 * What the names in an arg are names of, for whoever says who may use them: of an ARG_NAME
 * it is the text, of an ARG_NAMES each element, of an ARG_TEXT the beginning of many.
 */
enum arg_subject { SUBJECT_NONE, SUBJECT_QUEUE, SUBJECT_GROUP };

/* The beginning of a row: its name, and how long that is, which nobody has to count then. */
#define PARAM(word) .name = "" word, .name_len = sizeof(word) - 1

struct arg_spec {
	const char *name;
	size_t name_len;
	enum arg_type type;
	enum arg_subject subject;
	bool required;
	uint64_t min; /* ARG_MS, ARG_COUNT */
	uint64_t max;
	uint64_t value;           /* default of numbers, words and flags */
	const char *fallback;     /* default as people read it, NULL: none, or not a constant */
	const char *const *words; /* ARG_WORD: names, NULL at the end */
	const struct arg_spec *members; /* ARG_OBJECT: its table, without containers in it */
	const char *summary;            /* one sentence for discovery */
};

/* Is that the name of the row? */
static inline bool
args_is_row(const struct arg_spec *spec, const struct value *name)
{
	return value_equals(name, span_make(spec->name, spec->name_len));
}

struct arg {
	bool given;
	bool flag;
	uint64_t number;
	struct span text;   /* ptr NULL where absent */
	struct value value; /* type VALUE_NONE where absent */
};

/*
 * What is wrong with the params: for -32602. The message is one of
 *
 *	param 'queue' is missing
 *	unknown param 'foo'
 *	duplicate param 'queue'
 *	param 'key' must be a string or an integer, not an array
 *	param 'count' must be at most 1000
 *	param 'queues'[3] must be a string, not null
 *	param 'on_complete.queue' is missing
 *	param 'results': op 'x' must have either a result or an error
 *	too many params: 5, at most 3
 *
 * and the like. What peers sent stands in it with control characters escaped and
 * cut to 60 bytes.
 *
 * The culprit is the row's name, also where something inside of the param is
 * wrong; or the first 200 bytes of an unknown name, escapes undone, in the line;
 * or empty where there are too many.
 */
struct args_error {
	struct span param; /* the culprit, see below */
	char message[400]; /* a sentence that names it, valid UTF-8, ends with NUL */
};

/*
 * All three fill `ret`, one entry for each row of `specs` (which ends with a row
 * whose name is NULL and has at most ARGS_MAX), with defaults where nothing was
 * given. False: *error is set, and what is in `ret` means nothing. Either way
 * strings of the params, and the names of unknown ones, may have been unescaped
 * in place.
 *
 * args_from_object: members[0..count) by name. Names in `skip` (ptr NULL at the end,
 * or NULL itself) are passed over, however often they stand there: the envelope of a flat
 * request.
 *
 * args_from_array: by position. A null stands for "not given" where the row is
 * neither required nor ARG_JSON.
 */
bool args_from_object(const struct arg_spec *specs, struct members *members,
	const struct span *skip, struct arg *ret, struct args_error *error);
bool args_from_array(const struct arg_spec *specs, struct members *elements, struct arg *ret,
	struct args_error *error);
bool args_from_nothing(const struct arg_spec *specs, struct arg *ret, struct args_error *error);

/*
 * Reads an ARG_OBJECT value that was checked, against its table; unescapes in
 * place, so only once.
 */
void args_from_checked(const struct arg_spec *members, struct value object, struct arg *ret);

#endif
