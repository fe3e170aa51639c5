/*
 * A table with a row of every type that is a single value.
 */
#ifndef INFLIGHT_TESTS_ARGS_SINGLES_H
#define INFLIGHT_TESTS_ARGS_SINGLES_H

#include "json/args.h"

static const char *const states[] = {"pending", "held", "dead", "all", NULL};

enum { QUEUE, KEY, OP, SET, PREFIX, WAIT, COUNT, FORCE, STATE, MSG };

static const struct arg_spec specs[] = {
	{.name = "queue", .type = ARG_NAME, .required = true},
	{.name = "key", .type = ARG_KEY},
	{.name = "op", .type = ARG_ID},
	{.name = "set", .type = ARG_TOKEN},
	{.name = "prefix", .type = ARG_TEXT},
	{.name = "wait_ms", .type = ARG_MS, .max = 1000000000000, .value = 30000},
	{.name = "count", .type = ARG_COUNT, .min = 1, .max = 1000, .value = 100},
	{.name = "force", .type = ARG_BOOL, .value = true},
	{.name = "state", .type = ARG_WORD, .words = states, .value = 1},
	{.name = "msg", .type = ARG_JSON},
	{.name = NULL},
};

#endif
