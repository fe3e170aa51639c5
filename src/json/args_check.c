/*
 * One value against one row of an argument table. Owns nothing.
 */
#include <config.h>

#include "json/args_check.h"
#include "json/text.h"
#include "base/check.h"

struct text_rule {
	size_t min;
	size_t max;
	bool integer; /* an integer literal will do */
	bool visible; /* no control characters */
};

static const struct text_rule text_rules[] = {
	[ARG_NAME] = {1, ARGS_NAME_MAX, false, true},
	[ARG_KEY] = {1, ARGS_KEY_MAX, true, false},
	[ARG_ID] = {1, ARGS_NAME_MAX, true, false},
	[ARG_TOKEN] = {1, ARGS_NAME_MAX, false, false},
	[ARG_TEXT] = {0, ARGS_NAME_MAX, false, false},
};

/* Control characters are C0, DEL and, in UTF-8 behind a 0xc2, C1. */
static bool
has_control(struct span text)
{
	for (size_t i = 0; i < text.len; i++) {
		unsigned char c = (unsigned char)text.ptr[i];

		if (c < ' ' || c == 0x7f)
			return true;
		if (c == 0xc2 && (unsigned char)text.ptr[i + 1] < 0xa0)
			return true;
	}
	return false;
}

static bool
check_length(const struct text_rule *rule, const struct args_place *place, size_t len,
	struct args_error *error)
{
	if (len >= rule->min && len <= rule->max)
		return true;
	return args_fail(error, place, "must be %s%zu bytes long",
		rule->min == 0 ? "at most " : "1 to ", rule->max);
}

static bool
check_text(const struct text_rule *rule, const struct args_place *place, struct span text,
	struct args_error *error)
{
	if (!check_length(rule, place, text.len, error))
		return false;
	if (rule->visible && !text_is_printable(text) && has_control(text))
		return args_fail(error, place, "must not have control characters");
	return true;
}

/* A string with escapes, which stays as it is. */
static bool
check_escaped(const struct text_rule *rule, const struct args_place *place,
	const struct value *value, struct args_error *error)
{
	char decoded[ARGS_KEY_MAX];
	struct span text;

	if (!value_decode(value, decoded, rule->max, &text))
		return check_length(rule, place, SIZE_MAX, error);
	return check_text(rule, place, text, error);
}

bool
args_check_text(enum arg_type type, const struct args_place *place, struct value *value,
	struct span *ret, struct args_error *error)
{
	const struct text_rule *rule = &text_rules[type];
	struct span text;

	if (value->type == VALUE_STRING && ret == NULL && value->escaped)
		return check_escaped(rule, place, value, error);
	if (value->type == VALUE_STRING)
		text = value_unescape(value);
	else if (value->type == VALUE_INTEGER && rule->integer)
		text = value->text;
	else
		return args_fail(error, place, "must be %s, not %s",
			rule->integer ? "a string or an integer" : "a string",
			value_type_name(value->type));
	if (!check_text(rule, place, text, error))
		return false;
	if (ret != NULL)
		*ret = text;
	return true;
}

bool
args_check_number(const struct arg_spec *spec, const struct args_place *place,
	const struct value *value, uint64_t *ret, struct args_error *error)
{
	uint64_t number;
	bool fits;

	if (value->type != VALUE_INTEGER)
		return args_fail(
			error, place, "must be an integer, not %s", value_type_name(value->type));
	fits = value_uint(value, &number);
	if (fits ? number < spec->min : value->text.ptr[0] == '-')
		return args_fail(
			error, place, "must be at least %llu", (unsigned long long)spec->min);
	if (!fits || number > spec->max)
		return args_fail(
			error, place, "must be at most %llu", (unsigned long long)spec->max);
	*ret = number;
	return true;
}

bool
args_check_bool(const struct args_place *place, const struct value *value, bool *ret,
	struct args_error *error)
{
	if (value->type != VALUE_TRUE && value->type != VALUE_FALSE)
		return args_fail(error, place, "must be true or false, not %s",
			value_type_name(value->type));
	*ret = value->type == VALUE_TRUE;
	return true;
}

bool
args_check_word(const struct arg_spec *spec, const struct args_place *place,
	const struct value *value, uint64_t *ret, struct args_error *error)
{
	char list[200];
	size_t len = 0;

	if (value->type != VALUE_STRING)
		return args_fail(
			error, place, "must be a string, not %s", value_type_name(value->type));
	for (size_t i = 0; spec->words[i] != NULL; i++) {
		if (value_equals(value, span_str(spec->words[i]))) {
			*ret = i;
			return true;
		}
	}
	for (size_t i = 0; spec->words[i] != NULL; i++) {
		struct span word = span_str(spec->words[i]);

		if (word.len + 3 > sizeof list - len)
			break;
		if (i > 0) {
			memcpy(list + len, ", ", 2);
			len += 2;
		}
		memcpy(list + len, word.ptr, word.len);
		len += word.len;
	}
	return args_fail(error, place, "must be one of %.*s", (int)len, list);
}
