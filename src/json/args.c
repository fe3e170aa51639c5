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

size_t
args_find_row(const struct arg_spec *specs, size_t rows, size_t first, const struct value *name)
{
	/* People mostly give params in the order of the table. */
	for (size_t i = first; i < rows; i++) {
		if (value_equals(name, specs[i].name))
			return i;
	}
	for (size_t i = 0; i < first && i < rows; i++) {
		if (value_equals(name, specs[i].name))
			return i;
	}
	return rows;
}

/* Gives every row its default and returns how many rows there are. */
static size_t
set_defaults(const struct arg_spec *specs, struct arg *ret)
{
	size_t rows = args_rows(specs);

	for (size_t i = 0; i < rows; i++) {
		ret[i] = (struct arg){
			.flag = specs[i].type == ARG_BOOL && specs[i].value != 0,
			.number = specs[i].value,
		};
	}
	return rows;
}

static bool
check_required(
	const struct arg_spec *specs, const struct arg *args, size_t rows, struct args_error *error)
{
	for (size_t i = 0; i < rows; i++) {
		if (specs[i].required && !args[i].given)
			return args_fail_missing(error, NULL, specs[i].name);
	}
	return true;
}

static bool
read_arg(
	const struct arg_spec *spec, struct value *value, struct arg *ret, struct args_error *error)
{
	struct args_place place = args_place_of(spec->name);
	bool fine = true;

	switch (spec->type) {
	case ARG_NAMES:
		fine = args_check_names(spec, value, error);
		break;
	case ARG_OUTCOMES:
		fine = args_check_outcomes(spec, value, error);
		break;
	case ARG_OBJECT:
		fine = args_check_object(spec, value, error);
		break;
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
		return args_check_single(spec, &place, value, ret, error);
	}
	if (!fine)
		return false;
	ret->given = true;
	ret->value = *value;
	return true;
}

static bool
is_skipped(const struct value *name, const char *const *skip)
{
	for (; skip != NULL && *skip != NULL; skip++) {
		if (value_equals(name, *skip))
			return true;
	}
	return false;
}

bool
args_from_object(const struct arg_spec *specs, struct members *members, const char *const *skip,
	struct arg *ret, struct args_error *error)
{
	size_t rows = set_defaults(specs, ret);
	size_t recorded = members->count < SCAN_MEMBERS_MAX ? members->count : SCAN_MEMBERS_MAX;
	size_t row = 0;

	for (size_t i = 0; i < recorded; i++) {
		struct member *member = &members->at[i];

		if (is_skipped(&member->name, skip))
			continue;
		row = args_find_row(specs, rows, row, &member->name);
		if (row == rows)
			return args_fail_unknown(error, NULL, value_unescape(&member->name));
		if (ret[row].given)
			return args_fail_duplicate(error, NULL, specs[row].name);
		if (!read_arg(&specs[row], &member->value, &ret[row], error))
			return false;
		row++;
	}
	if (members->count > recorded)
		return args_fail_plain(error, SPAN(""), "too many params: %zu", members->count);
	return check_required(specs, ret, rows, error);
}

bool
args_from_array(const struct arg_spec *specs, struct members *elements, struct arg *ret,
	struct args_error *error)
{
	size_t rows = set_defaults(specs, ret);

	if (elements->count > rows)
		return args_fail_plain(error, SPAN(""), "too many params: %zu, at most %zu",
			elements->count, rows);
	for (size_t i = 0; i < elements->count; i++) {
		struct value *value = &elements->at[i].value;

		if (value->type == VALUE_NULL && specs[i].type != ARG_JSON && !specs[i].required)
			continue;
		if (!read_arg(&specs[i], value, &ret[i], error))
			return false;
	}
	return check_required(specs, ret, rows, error);
}

bool
args_from_nothing(const struct arg_spec *specs, struct arg *ret, struct args_error *error)
{
	size_t rows = set_defaults(specs, ret);

	return check_required(specs, ret, rows, error);
}

void
args_from_checked(const struct arg_spec *members, struct value object, struct arg *ret)
{
	size_t rows = set_defaults(members, ret);
	struct args_error error;
	struct walk walk;
	struct member member;
	size_t row = 0;

	for (walk_init(&walk, object); walk_next(&walk, &member); row++) {
		struct args_place place;

		row = args_find_row(members, rows, row, &member.name);
		CHECK(row < rows);
		place = args_place_of(members[row].name);
		CHECK(args_check_single(&members[row], &place, &member.value, &ret[row], &error));
	}
}
