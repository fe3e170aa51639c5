/*
 * What is said about params that are refused. Names of ours go into a message as
 * they are; what a peer sent goes in quoted, at most a few dozen bytes of it, so
 * that a message is always valid UTF-8, printable and bounded.
 */
#include <config.h>

#include "json/args_check.h"
#include "json/text.h"

#include <stdarg.h>
#include <stdio.h>

#define SHOWN_MAX 60 /* bytes of a peer's text in a message, the dots not counted */

/* Appends to the message; what does not fit is left out. */
static void add(struct args_error *error, size_t *len, const char *format, va_list args)
	__attribute__((format(printf, 3, 0)));

static void
add(struct args_error *error, size_t *len, const char *format, va_list args)
{
	size_t room = sizeof error->message - *len;
	int want = vsnprintf(error->message + *len, room, format, args);

	*len += want < 0 ? 0 : (size_t)want < room ? (size_t)want : room - 1;
}

static void add_format(struct args_error *error, size_t *len, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

static void
add_format(struct args_error *error, size_t *len, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	add(error, len, format, args);
	va_end(args);
}

bool
args_fail(struct args_error *error, const struct args_place *place, const char *format, ...)
{
	struct args_quote quote;
	size_t len = 0;
	va_list args;

	error->param = span_str(place->param);
	add_format(error, &len, "param '%s", place->param);
	if (place->member != NULL)
		add_format(error, &len, ".%s", place->member);
	add_format(error, &len, "'");
	if (place->index != ARGS_NO_INDEX)
		add_format(error, &len, "[%zu]", place->index);
	if (place->op.ptr != NULL)
		add_format(error, &len, ": op '%s'", args_quote(&quote, place->op));
	add_format(error, &len, " ");
	va_start(args, format);
	add(error, &len, format, args);
	va_end(args);
	return false;
}

bool
args_fail_plain(struct args_error *error, struct span param, const char *format, ...)
{
	size_t len = 0;
	va_list args;

	error->param = param;
	va_start(args, format);
	add(error, &len, format, args);
	va_end(args);
	return false;
}

bool
args_fail_unknown(struct args_error *error, const char *outer, struct span name)
{
	struct args_quote quote;

	args_quote(&quote, name);
	if (outer == NULL)
		return args_fail_plain(
			error, args_cut(name, ARGS_PARAM_MAX), "unknown param '%s'", quote.text);
	return args_fail_plain(error, span_str(outer), "unknown param '%s.%s'", outer, quote.text);
}

bool
args_fail_duplicate(struct args_error *error, const char *outer, const char *name)
{
	if (outer == NULL)
		return args_fail_plain(error, span_str(name), "duplicate param '%s'", name);
	return args_fail_plain(error, span_str(outer), "duplicate param '%s.%s'", outer, name);
}

bool
args_fail_missing(struct args_error *error, const char *outer, const char *name)
{
	struct args_place place = args_place_of(outer == NULL ? name : outer);

	place.member = outer == NULL ? NULL : name;
	return args_fail(error, &place, "is missing");
}

/* Is it a control character: C0, DEL or C1? */
static bool
is_control(const char *at, size_t len)
{
	unsigned char first = (unsigned char)at[0];

	if (len == 1)
		return first < ' ' || first == 0x7f;
	return first == 0xc2 && (unsigned char)at[1] < 0xa0;
}

const char *
args_quote(struct args_quote *quote, struct span text)
{
	char *out = quote->text;
	const char *at = text.ptr;
	const char *end = at + text.len;

	while (at < end) {
		size_t len = utf8_sequence(at, end);
		bool control = is_control(at, len);
		size_t shown = control ? 6 : len;

		if (shown > SHOWN_MAX - (size_t)(out - quote->text)) {
			memcpy(out, "...", 3);
			out += 3;
			break;
		}
		if (control)
			snprintf(out, 7, "\\u%04x", (unsigned int)(unsigned char)at[len - 1]);
		else
			memcpy(out, at, len);
		out += shown;
		at += len;
	}
	*out = '\0';
	return quote->text;
}

struct span
args_cut(struct span text, size_t max)
{
	size_t len = text.len < max ? text.len : max;

	/* Back to the first byte of the character that the cut went through. */
	while (len > 0 && len < text.len && ((unsigned char)text.ptr[len] & 0xc0) == 0x80)
		len--;
	return span_make(text.ptr, len);
}
