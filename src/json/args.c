/*
 * Argument tables: params by name, by position, or none at all, into an array
 * with one entry for each row. Owns nothing; what it returns points into the
 * request's line and into the tables.
 */
#include <config.h>

#include "json/args.h"
#include "json/args_check.h"
#include "base/check.h"

size_t
args_rows(const struct arg_spec *specs)
{
	size_t rows = 0;

	while (specs[rows].name != NULL)
		rows++;
	CHECK(rows <= ARGS_MAX);
	return rows;
}

const struct arg_spec *
args_find_row(const struct arg_spec *specs, const struct arg_spec *first, const struct value *name)
{
	const struct arg_spec *spec;

	for (spec = first; spec->name != NULL; spec++) {
		if (args_is_row(spec, name))
			return spec;
	}
	for (spec = specs; spec != first; spec++) {
		if (args_is_row(spec, name))
			return spec;
	}
	return NULL;
}

/*
 * Gives every row its default that is not in `given`, bit by bit; false where one of them
 * is required.
 */
static bool
fill_in(const struct arg_spec *specs, unsigned given, struct arg *ret, struct args_error *error)
{
	for (size_t row = 0; specs[row].name != NULL; row++, given >>= 1) {
		const struct arg_spec *spec = &specs[row];
		struct arg *arg = &ret[row];

		CHECK(row < ARGS_MAX);
		if (given & 1)
			continue;
		if (spec->required)
			return args_fail_missing(error, NULL, spec->name);
		/* The rest means nothing, and is not worth clearing for each request. */
		arg->given = false;
		arg->flag = spec->type == ARG_BOOL && spec->value != 0;
		arg->number = spec->value;
		arg->text = span_make(NULL, 0);
		arg->value.type = VALUE_NONE;
	}
	return true;
}

static inline bool
read_arg(const struct arg_spec *spec, struct args_place *place, struct value *value,
	struct arg *ret, struct args_error *error)
{
	place->param = spec->name;
	ret->given = true;
	switch (spec->type) {
	case ARG_NAMES:
		ret->value = *value;
		return args_check_names(spec, value, error);
	case ARG_OUTCOMES:
		ret->value = *value;
		return args_check_outcomes(spec, value, error);
	case ARG_OBJECT:
		ret->value = *value;
		return args_check_object(spec, value, error);
	case ARG_NAME:
	case ARG_KEY:
	case ARG_ID:
	case ARG_TOKEN:
	case ARG_TEXT:
	case ARG_MS:
	case ARG_COUNT:
	case ARG_BOOL:
	case ARG_WORD:
	case ARG_JSON:
		return args_check_single(spec, place, value, ret, &ret->text, error);
	}
	UNREACHABLE();
}

static bool
is_skipped(const struct value *name, const struct span *skip)
{
	for (; skip != NULL && skip->ptr != NULL; skip++) {
		if (value_equals(name, *skip))
			return true;
	}
	return false;
}

bool
args_from_object(const struct arg_spec *specs, struct members *members, const struct span *skip,
	struct arg *ret, struct args_error *error)
{
	size_t recorded = members->count < SCAN_MEMBERS_MAX ? members->count : SCAN_MEMBERS_MAX;
	struct args_place place = args_place_of(NULL);
	const struct arg_spec *next = specs;
	unsigned given = 0;

	for (size_t i = 0; i < recorded; i++) {
		struct member *member = &members->at[i];
		const struct arg_spec *spec = next;
		unsigned bit;

		if (is_skipped(&member->name, skip))
			continue;
		/* People mostly give params in the order of the table. */
		if (next->name == NULL || !args_is_row(next, &member->name))
			spec = args_find_row(specs, next, &member->name);
		if (spec == NULL)
			return args_fail_unknown(error, NULL, value_unescape(&member->name));
		bit = 1U << (spec - specs);
		if (given & bit)
			return args_fail_duplicate(error, NULL, spec->name);
		if (!read_arg(spec, &place, &member->value, &ret[spec - specs], error))
			return false;
		given |= bit;
		next = spec + 1;
	}
	if (members->count > recorded)
		return args_fail_plain(error, SPAN(""), "too many params: %zu", members->count);
	return fill_in(specs, given, ret, error);
}

bool
args_from_array(const struct arg_spec *specs, struct members *elements, struct arg *ret,
	struct args_error *error)
{
	struct args_place place = args_place_of(NULL);
	size_t rows = args_rows(specs);
	unsigned given = 0;

	if (elements->count > rows)
		return args_fail_plain(error, SPAN(""), "too many params: %zu, at most %zu",
			elements->count, rows);
	for (size_t i = 0; i < elements->count; i++) {
		struct value *value = &elements->at[i].value;

		if (value->type == VALUE_NULL && specs[i].type != ARG_JSON && !specs[i].required)
			continue;
		if (!read_arg(&specs[i], &place, value, &ret[i], error))
			return false;
		given |= 1U << i;
	}
	return fill_in(specs, given, ret, error);
}

bool
args_from_nothing(const struct arg_spec *specs, struct arg *ret, struct args_error *error)
{
	return fill_in(specs, 0, ret, error);
}

void
args_from_checked(const struct arg_spec *members, struct value object, struct arg *ret)
{
	const struct arg_spec *next = members;
	struct args_error error;
	struct walk walk;
	struct member member;
	unsigned given = 0;

	for (walk_init(&walk, object); walk_next(&walk, &member); next++) {
		struct args_place place;
		struct arg *arg;

		next = args_find_row(members, next, &member.name);
		CHECK(next != NULL);
		place = args_place_of(next->name);
		arg = &ret[next - members];
		arg->given = true;
		CHECK(args_check_single(next, &place, &member.value, arg, &arg->text, &error));
		given |= 1U << (next - members);
	}
	CHECK(fill_in(members, given, ret, &error));
}
