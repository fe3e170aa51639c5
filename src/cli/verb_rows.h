/*
 * Rows of operands and options that several verbs share.
 */
#ifndef INFLIGHT_CLI_VERB_ROWS_H
#define INFLIGHT_CLI_VERB_ROWS_H

#include "cli/verb.h"

#define QUEUE_OPERAND                                                            \
	{                                                                        \
		.name = "QUEUE", .param = "queue", .completes = COMPLETES_QUEUE, \
		.summary = "name of the queue"                                   \
	}

#define GROUP_OPERAND                                                            \
	{                                                                        \
		.name = "GROUP", .param = "group", .completes = COMPLETES_GROUP, \
		.summary = "name of the group"                                   \
	}

#define TOKEN_OPERAND                                                                              \
	{                                                                                          \
		.name = "TOKEN", .param = "set", .summary = "token of the set, as dequeue told it" \
	}

#define OP_OPERAND                                                     \
	{                                                              \
		.name = "OP", .param = "op", .summary = "id of the op" \
	}

#define LEASE_OPTION(text)                                                             \
	{                                                                              \
		.name = "lease", .param = "lease_ms", .kind = VALUE_MS, .value = "MS", \
		.summary = text                                                        \
	}

#define RESULT_OPTION(text)                                                                \
	{                                                                                  \
		.name = "result", .param = "result", .kind = VALUE_JSON, .value = "VALUE", \
		.summary = text                                                            \
	}

#define ERROR_OPTION                                                                     \
	{                                                                                \
		.name = "error", .param = "error", .kind = VALUE_JSON, .value = "VALUE", \
		.summary = "the same as a failure"                                       \
	}

#define PREFIX_OPTION(whose)                                                              \
	{                                                                                 \
		.name = "prefix", .param = "prefix", .completes = whose, .value = "TEXT", \
		.summary = "only names that begin like this"                              \
	}

#define AFTER_OPTION(whose)                                                             \
	{                                                                               \
		.name = "after", .param = "after", .completes = whose, .value = "NAME", \
		.summary = "only names after this one, the last of the answer before"   \
	}

#define COUNT_OPTION(most, text)                                                                   \
	{                                                                                          \
		.name = "count", .param = "count", .kind = VALUE_COUNT, .max = most, .value = "N", \
		.summary = text                                                                    \
	}

#endif
