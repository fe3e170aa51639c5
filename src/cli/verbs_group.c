/* The rows of the verbs for groups. */
#include <config.h>

#include "cli/verb.h"
#include "cli/verb_rows.h"

static const struct verb_arg group_operands[] = {
	GROUP_OPERAND,
	VERB_ARGS_END,
};

static const struct verb_arg create_options[] = {
	{.name = "size",
		.param = "size",
		.kind = VALUE_COUNT,
		.value = "N",
		.summary = "sealed by itself once so many ops were added"},
	{.name = "auto",
		.param = "auto",
		.kind = VALUE_FLAG,
		.summary = "complete as soon as it has ops and none is outstanding"},
	{.name = "timeout",
		.param = "timeout_ms",
		.kind = VALUE_MS,
		.value = "MS",
		.summary = "outstanding ops end with the error timeout then; 0 is never"},
	{.name = "retain",
		.param = "retain_ms",
		.kind = VALUE_MS,
		.value = "MS",
		.summary = "how long it is kept once it is complete; 5 minutes"},
	{.name = "on-complete",
		.param = "on_complete",
		.kind = VALUE_JSON,
		.value = "JSON",
		.summary = "an op to enqueue then: {\"queue\":...,\"key\":...}"},
	VERB_ARGS_END,
};

const struct verb verb_group_create = {
	.name = "group create",
	.method = "group.create",
	.summary = "create a group, which collects the outcomes of ops",
	.operands = group_operands,
	.options = create_options,
	.run = run_method,
};

static const struct verb_arg add_options[] = {
	{.name = "op",
		.param = "op",
		.value = "ID",
		.summary = "id of the op; the daemon makes one where it is not given"},
	{.name = "msg",
		.param = "msg",
		.kind = VALUE_JSON,
		.value = "VALUE",
		.summary = "a message; it is not kept"},
	VERB_ARGS_END,
};

const struct verb verb_group_add = {
	.name = "group add",
	.method = "group.add",
	.summary = "add an op that is in no queue",
	.operands = group_operands,
	.options = add_options,
	.run = run_method,
};

static const struct verb_arg finish_operands[] = {
	GROUP_OPERAND,
	OP_OPERAND,
	VERB_ARGS_END,
};

static const struct verb_arg finish_options[] = {
	RESULT_OPTION("its outcome; null where it is not given"),
	ERROR_OPTION,
	VERB_ARGS_END,
};

const struct verb verb_group_finish = {
	.name = "group finish",
	.method = "group.finish",
	.summary = "give an op of a group its outcome",
	.operands = finish_operands,
	.options = finish_options,
	.run = run_method,
};

const struct verb verb_group_seal = {
	.name = "group seal",
	.method = "group.seal",
	.summary = "take no more ops, so that the group can complete",
	.operands = group_operands,
	.run = run_method,
};

static const struct verb_arg wait_options[] = {
	{.name = "wait",
		.param = "wait_ms",
		.kind = VALUE_MS,
		.value = "MS",
		.summary = "how long to wait; 30 seconds where it is not given"},
	VERB_ARGS_END,
};

const struct verb verb_group_wait = {
	.name = "group wait",
	.method = "group.wait",
	.summary = "wait until a group is complete and show its results",
	.operands = group_operands,
	.options = wait_options,
	.run = run_method,
};

static const struct verb_arg list_options[] = {
	PREFIX_OPTION(COMPLETES_GROUP),
	AFTER_OPTION(COMPLETES_GROUP),
	COUNT_OPTION(1000, "how many names at most; 100 where it is not given"),
	VERB_ARGS_END,
};

const struct verb verb_group_list = {
	.name = "group list",
	.method = "group.list",
	.summary = "list the names of groups",
	.options = list_options,
	.run = run_method,
};

const struct verb verb_group_delete = {
	.name = "group delete",
	.method = "group.delete",
	.summary = "delete a group; its queued ops stay queued",
	.operands = group_operands,
	.run = run_method,
};
