/*
 * The parts that argument tables are checked with: one value against its row, the
 * containers whose contents are checked too, and the messages. Only for the files
 * of this folder.
 */
#ifndef INFLIGHT_JSON_ARGS_CHECK_H
#define INFLIGHT_JSON_ARGS_CHECK_H

#include "json/args.h"
#include "base/check.h"

#define ARGS_NO_INDEX SIZE_MAX

/* What a message is about. */
struct args_place {
	const char *param;  /* the row's name */
	const char *member; /* of an ARG_OBJECT: the inner row's name, or NULL */
	size_t index;       /* of an ARG_NAMES: the element's, or ARGS_NO_INDEX */
	struct span op;     /* of an ARG_OUTCOMES: the op's id; ptr NULL where none */
};

static inline struct args_place
args_place_of(const char *param)
{
	return (struct args_place){param, NULL, ARGS_NO_INDEX, {NULL, 0}};
}

/* The failures below set *error and return false. */

/* "param 'NAME' " and what the format says. */
bool args_fail(struct args_error *error, const struct args_place *place, const char *format, ...)
	__attribute__((format(printf, 3, 4), cold));

/* The same without a param to begin with; `param` may be empty. */
bool args_fail_plain(struct args_error *error, struct span param, const char *format, ...)
	__attribute__((format(printf, 3, 4), cold));

/*
 * A member that no row has, a row that is given twice, one that is not given.
 * `outer` names the ARG_OBJECT whose member it is, NULL for a param.
 */
bool args_fail_unknown(struct args_error *error, const char *outer, struct span name)
	__attribute__((cold));
bool args_fail_duplicate(struct args_error *error, const char *outer, const char *name)
	__attribute__((cold));
bool args_fail_missing(struct args_error *error, const char *outer, const char *name)
	__attribute__((cold));

/* More bytes of a peer's text than a message shows: what to decode for one. */
#define ARGS_SHOWN 72

/* Peers' text as messages show it: control characters escaped, cut to a bound. */
struct args_quote {
	char text[ARGS_SHOWN];
};

const char *args_quote(struct args_quote *quote, struct span text);

/* The beginning of `text`, whole characters, at most `max` bytes. */
struct span args_cut(struct span text, size_t max);

/* How many rows a table has. */
size_t args_rows(const struct arg_spec *specs);

/* The row of that name, tried from `first` on; NULL where none has it. */
const struct arg_spec *
args_find_row(const struct arg_spec *specs, const struct arg_spec *first, const struct value *name);

/*
 * The text of a value as ARG_NAME, ARG_KEY, ARG_ID, ARG_TOKEN or ARG_TEXT, to *ret, its escapes
 * undone in place; where `ret` is NULL it is only checked and nothing is written to its bytes.
 */
bool args_check_text(enum arg_type type, const struct args_place *place, struct value *value,
	struct span *ret, struct args_error *error);

bool args_check_number(const struct arg_spec *spec, const struct args_place *place,
	const struct value *value, uint64_t *ret, struct args_error *error);
bool args_check_bool(const struct args_place *place, const struct value *value, bool *ret,
	struct args_error *error);
bool args_check_word(const struct arg_spec *spec, const struct args_place *place,
	const struct value *value, uint64_t *ret, struct args_error *error);

/*
 * A value against a row of any type but ARG_NAMES, ARG_OUTCOMES and ARG_OBJECT. What was given
 * goes to its part of *ret; `text` is NULL where strings are only to be checked, else it is the
 * text of *ret.
 */
static inline bool
args_check_single(const struct arg_spec *spec, const struct args_place *place, struct value *value,
	struct arg *ret, struct span *text, struct args_error *error)
{
	switch (spec->type) {
	case ARG_NAME:
	case ARG_KEY:
	case ARG_ID:
	case ARG_TOKEN:
	case ARG_TEXT:
		return args_check_text(spec->type, place, value, text, error);
	case ARG_MS:
	case ARG_COUNT:
		return args_check_number(spec, place, value, &ret->number, error);
	case ARG_BOOL:
		return args_check_bool(place, value, &ret->flag, error);
	case ARG_WORD:
		return args_check_word(spec, place, value, &ret->number, error);
	case ARG_JSON:
		ret->value = *value;
		return true;
	case ARG_NAMES:
	case ARG_OUTCOMES:
	case ARG_OBJECT:
		break;
	}
	UNREACHABLE();
}

/* Containers and all that is in them; nothing is written to their bytes. */
bool
args_check_names(const struct arg_spec *spec, const struct value *value, struct args_error *error);
bool args_check_outcomes(
	const struct arg_spec *spec, const struct value *value, struct args_error *error);
bool
args_check_object(const struct arg_spec *spec, const struct value *value, struct args_error *error);

#endif
