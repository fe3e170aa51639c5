/*
 * A table with a row of every type that is a single value.
 */
#ifndef INFLIGHT_TESTS_ARGS_SINGLES_H
#define INFLIGHT_TESTS_ARGS_SINGLES_H

#include "json/args.h"

static const char *const states[] = {"pending", "held", "dead", "all", NULL};

enum { QUEUE, KEY, OP, SET, PREFIX, WAIT, COUNT, FORCE, STATE, MSG };

static const struct arg_spec specs[] = {
	{PARAM("queue"), .type = ARG_NAME, .required = true},
	{PARAM("key"), .type = ARG_KEY},
	{PARAM("op"), .type = ARG_ID},
	{PARAM("set"), .type = ARG_TOKEN},
	{PARAM("prefix"), .type = ARG_TEXT},
	{PARAM("wait_ms"), .type = ARG_MS, .max = 1000000000000, .value = 30000},
	{PARAM("count"), .type = ARG_COUNT, .min = 1, .max = 1000, .value = 100},
	{PARAM("force"), .type = ARG_BOOL, .value = true},
	{PARAM("state"), .type = ARG_WORD, .words = states, .value = 1},
	{PARAM("msg"), .type = ARG_JSON},
	{.name = NULL},
};

#endif
