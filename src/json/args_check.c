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

static struct text_rule
text_rule(enum arg_type type)
{
	switch (type) {
	case ARG_NAME:
		return (struct text_rule){1, ARGS_NAME_MAX, false, true};
	case ARG_KEY:
		return (struct text_rule){1, ARGS_KEY_MAX, true, false};
	case ARG_ID:
		return (struct text_rule){1, ARGS_NAME_MAX, true, false};
	case ARG_TOKEN:
		return (struct text_rule){1, ARGS_NAME_MAX, false, false};
	case ARG_TEXT:
		return (struct text_rule){0, ARGS_NAME_MAX, false, false};
	case ARG_MS:
	case ARG_COUNT:
	case ARG_BOOL:
	case ARG_WORD:
	case ARG_JSON:
	case ARG_NAMES:
	case ARG_OUTCOMES:
	case ARG_OBJECT:
		break;
	}
	UNREACHABLE();
}

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

bool
args_check_text(enum arg_type type, const struct args_place *place, struct value *value,
	struct span *ret, struct args_error *error)
{
	struct text_rule rule = text_rule(type);
	char decoded[ARGS_KEY_MAX];
	struct span text;
	bool fits = true;

	if (rule.integer && value->type == VALUE_INTEGER)
		text = value->text;
	else if (value->type != VALUE_STRING)
		return args_fail(error, place, "must be %s, not %s",
			rule.integer ? "a string or an integer" : "a string",
			value_type_name(value->type));
	else if (ret == NULL)
		fits = value_decode(value, decoded, rule.max, &text);
	else
		text = value_unescape(value);
	if (!fits || text.len < rule.min || text.len > rule.max)
		return args_fail(error, place, "must be %s%zu bytes long",
			rule.min == 0 ? "at most " : "1 to ", rule.max);
	if (rule.visible && has_control(text))
		return args_fail(error, place, "must not have control characters");
	if (ret != NULL)
		*ret = text;
	return true;
}

static bool
check_number(const struct arg_spec *spec, const struct args_place *place, const struct value *value,
	uint64_t *ret, struct args_error *error)
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

static bool
check_bool(const struct args_place *place, const struct value *value, bool *ret,
	struct args_error *error)
{
	if (value->type != VALUE_TRUE && value->type != VALUE_FALSE)
		return args_fail(error, place, "must be true or false, not %s",
			value_type_name(value->type));
	*ret = value->type == VALUE_TRUE;
	return true;
}

static bool
check_word(const struct arg_spec *spec, const struct args_place *place, const struct value *value,
	uint64_t *ret, struct args_error *error)
{
	char list[200];
	size_t len = 0;

	if (value->type != VALUE_STRING)
		return args_fail(
			error, place, "must be a string, not %s", value_type_name(value->type));
	for (size_t i = 0; spec->words[i] != NULL; i++) {
		if (value_equals(value, spec->words[i])) {
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

bool
args_check_single(const struct arg_spec *spec, const struct args_place *place, struct value *value,
	struct arg *ret, struct args_error *error)
{
	struct arg ignored = {.given = false};
	struct arg *arg = ret == NULL ? &ignored : ret;
	bool fine = true;

	switch (spec->type) {
	case ARG_NAME:
	case ARG_KEY:
	case ARG_ID:
	case ARG_TOKEN:
	case ARG_TEXT:
		fine = args_check_text(
			spec->type, place, value, ret == NULL ? NULL : &ret->text, error);
		break;
	case ARG_MS:
	case ARG_COUNT:
		fine = check_number(spec, place, value, &arg->number, error);
		break;
	case ARG_BOOL:
		fine = check_bool(place, value, &arg->flag, error);
		break;
	case ARG_WORD:
		fine = check_word(spec, place, value, &arg->number, error);
		break;
	case ARG_JSON:
		arg->value = *value;
		break;
	case ARG_NAMES:
	case ARG_OUTCOMES:
	case ARG_OBJECT:
		UNREACHABLE();
	}
	if (fine)
		arg->given = true;
	return fine;
}
