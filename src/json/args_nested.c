/*
 * The arguments that are containers: lists of names, outcomes of ops, and objects
 * with a table of their own. Their contents are checked without a byte being
 * written, because whoever uses them walks the text again.
 *
 * Owns nothing but the list of op ids while it looks for one that stands twice.
 */
#include <config.h>

#include "json/args_check.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "base/check.h"

#define FEW_OPS 32 /* so many ids are compared without taking memory */

static bool
check_type(const struct args_place *place, const struct value *value, enum value_type type,
	struct args_error *error)
{
	if (value->type == type)
		return true;
	return args_fail(error, place, "must be %s, not %s", value_type_name(type),
		value_type_name(value->type));
}

bool
args_check_names(const struct arg_spec *spec, const struct value *value, struct args_error *error)
{
	struct args_place place = args_place_of(spec->name);
	struct args_place element = place;
	struct walk walk;
	struct member member;

	if (!check_type(&place, value, VALUE_ARRAY, error))
		return false;
	element.index = 0;
	for (walk_init(&walk, *value); walk_next(&walk, &member); element.index++) {
		if (element.index == ARGS_NAMES_MAX)
			return args_fail(
				error, &place, "must have at most %d names", ARGS_NAMES_MAX);
		if (!args_check_text(ARG_NAME, &element, &member.value, NULL, error))
			return false;
	}
	if (element.index == 0)
		return args_fail(error, &place, "must have at least one name");
	return true;
}

/* {"result": json} or {"error": json}. */
static bool
check_outcome(const struct args_place *place, const struct value *value, struct args_error *error)
{
	struct walk walk;
	struct member member;
	size_t count = 0;

	if (!check_type(place, value, VALUE_OBJECT, error))
		return false;
	for (walk_init(&walk, *value); walk_next(&walk, &member); count++) {
		char decoded[ARGS_SHOWN];
		struct args_quote quote;
		struct span name;

		if (value_equals(&member.name, SPAN("result")) ||
			value_equals(&member.name, SPAN("error")))
			continue;
		value_decode(&member.name, decoded, sizeof decoded, &name);
		return args_fail(
			error, place, "has an unknown member '%s'", args_quote(&quote, name));
	}
	if (count != 1)
		return args_fail(error, place, "must have either a result or an error");
	return true;
}

static int
compare_ids(const void *a, const void *b)
{
	return span_compare(*(const struct span *)a, *(const struct span *)b);
}

/* Sorts the ids and looks at neighbours. */
static bool
check_unique(struct args_place *place, struct span *ids, size_t count, struct args_error *error)
{
	qsort(ids, count, sizeof *ids, compare_ids);
	for (size_t i = 1; i < count; i++) {
		if (span_equal(ids[i - 1], ids[i])) {
			place->op = ids[i];
			return args_fail(error, place, "is there twice");
		}
	}
	return true;
}

/*
 * No two of the `count` ops in `value` have one id; ids with escapes take
 * `escaped` bytes as sent.
 */
static bool
check_ids(const struct args_place *place, const struct value *value, size_t count, size_t escaped,
	struct args_error *error)
{
	struct args_place op = *place;
	struct span few[FEW_OPS];
	struct span *ids = count <= FEW_OPS ? few : xcalloc(count, sizeof *ids);
	char *decoded = escaped == 0 ? NULL : xmalloc(escaped);
	struct walk walk;
	struct member member;
	size_t used = 0;
	size_t i = 0;
	bool unique;

	for (walk_init(&walk, *value); walk_next(&walk, &member); i++) {
		if (!member.name.escaped) {
			value_decode(&member.name, NULL, 0, &ids[i]);
			continue;
		}
		CHECK(value_decode(&member.name, decoded + used, escaped - used, &ids[i]));
		used += ids[i].len;
	}
	unique = check_unique(&op, ids, count, error);
	free(decoded);
	if (ids != few)
		free(ids);
	return unique;
}

bool
args_check_outcomes(
	const struct arg_spec *spec, const struct value *value, struct args_error *error)
{
	struct args_place place = args_place_of(spec->name);
	struct walk walk;
	struct member member;
	size_t count = 0;
	size_t escaped = 0;

	if (!check_type(&place, value, VALUE_OBJECT, error))
		return false;
	for (walk_init(&walk, *value); walk_next(&walk, &member); count++) {
		struct args_place op = place;
		char decoded[ARGS_SHOWN];

		value_decode(&member.name, decoded, sizeof decoded, &op.op);
		if (!args_check_text(ARG_ID, &op, &member.name, NULL, error))
			return false;
		if (!check_outcome(&op, &member.value, error))
			return false;
		if (member.name.escaped)
			escaped += member.name.text.len;
	}
	return count < 2 || check_ids(&place, value, count, escaped, error);
}

bool
args_check_object(const struct arg_spec *spec, const struct value *value, struct args_error *error)
{
	struct args_place place = args_place_of(spec->name);
	const struct arg_spec *row = spec->members;
	unsigned given = 0;
	struct arg ignored;
	struct walk walk;
	struct member member;

	if (!check_type(&place, value, VALUE_OBJECT, error))
		return false;
	for (walk_init(&walk, *value); walk_next(&walk, &member); row++) {
		char decoded[ARGS_SHOWN];
		struct span name;

		row = args_find_row(spec->members, row, &member.name);
		if (row == NULL) {
			value_decode(&member.name, decoded, sizeof decoded, &name);
			return args_fail_unknown(error, spec->name, name);
		}
		place.member = row->name;
		if (given >> (row - spec->members) & 1)
			return args_fail_duplicate(error, spec->name, place.member);
		if (!args_check_single(row, &place, &member.value, &ignored, NULL, error))
			return false;
		given |= 1U << (row - spec->members);
	}
	for (row = spec->members; row->name != NULL; row++, given >>= 1) {
		if (row->required && (given & 1) == 0)
			return args_fail_missing(error, spec->name, row->name);
	}
	return true;
}
