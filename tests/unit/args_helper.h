/*
 * Params from text, for the tests of argument tables. What was parsed points into
 * a copy of the text that lives until the next call.
 */
#ifndef INFLIGHT_TESTS_ARGS_HELPER_H
#define INFLIGHT_TESTS_ARGS_HELPER_H

#include <check.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include "json/args.h"

static struct arg args[ARGS_MAX];
static struct args_error error;
static struct scan scan;
static char *line;

/* The params of a request around `params`. */
static inline bool
parse(const struct arg_spec *specs, const char *params)
{
	size_t len = strlen(params) + 12;

	free(line);
	line = malloc(len + 1);
	ck_assert_ptr_nonnull(line);
	snprintf(line, len + 1, "{\"params\":%s} ", params);
	if (!scan_line(span_make(line, len), "params", &scan))
		ck_abort_msg("%s: %s", params, scan.error);
	if (*params == '[')
		return args_from_array(specs, &scan.expanded, args, &error);
	return args_from_object(specs, &scan.expanded, NULL, args, &error);
}

/* A request whose params stand beside its method. */
static inline bool
parse_flat(const struct arg_spec *specs, const struct span *skip, const char *text)
{
	free(line);
	line = strdup(text);
	ck_assert_ptr_nonnull(line);
	ck_assert(scan_line(span_str(line), NULL, &scan));
	return args_from_object(specs, &scan.outer, skip, args, &error);
}

static inline void
assert_text(struct span span, const char *want)
{
	if (!span_equal(span, span_str(want)))
		ck_abort_msg("is '%.*s', not '%s'", (int)span.len, span.ptr, want);
}

/* Message and param are valid UTF-8, and the message can be printed. */
static inline void
assert_message_is_fine(void)
{
	char quoted[sizeof error.message + 2];
	int len = snprintf(quoted, sizeof quoted, "\"%s", error.message);
	struct scan ignored;

	for (int i = 0; i < len; i++) {
		if (quoted[i] == '\\')
			quoted[i] = '/';
	}
	quoted[len] = '"';
	ck_assert(scan_line(span_make(quoted, (size_t)len + 1), NULL, &ignored));
	ck_assert_uint_le(error.param.len, ARGS_PARAM_MAX);
	ck_assert_int_ne(*error.message, '\0');
}

static inline void
assert_error(
	const struct arg_spec *specs, const char *params, const char *param, const char *message)
{
	if (parse(specs, params))
		ck_abort_msg("%s was accepted", params);
	if (strcmp(error.message, message) != 0)
		ck_abort_msg("%s: \"%s\", not \"%s\"", params, error.message, message);
	assert_text(error.param, param);
	assert_message_is_fine();
}

#endif
