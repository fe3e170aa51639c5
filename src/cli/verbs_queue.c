/* The rows of the verbs for queues. */
#include <config.h>

#include "cli/verb.h"
#include "cli/verb_rows.h"

#define OPTION_MAX 1000000000 /* of depth, width and attempts */

static const struct verb_arg queue_operands[] = {
	QUEUE_OPERAND,
	VERB_ARGS_END,
};

static const struct verb_arg queue_options[] = {
	{.name = "depth",
		.param = "depth",
		.kind = VALUE_COUNT,
		.min = 1,
		.max = OPTION_MAX,
		.value = "N",
		.summary = "most distinct keys waiting; one more is refused"},
	{.name = "width",
		.param = "width",
		.kind = VALUE_COUNT,
		.min = 1,
		.max = OPTION_MAX,
		.value = "N",
		.summary = "most ops in the set of one key; one more is refused"},
	{.name = "window",
		.param = "window_ms",
		.kind = VALUE_MS,
		.value = "MS",
		.summary = "a new set is ready this long after its first op"},
	{.name = "quiet",
		.param = "quiet_ms",
		.kind = VALUE_MS,
		.value = "MS",
		.summary = "within a window: ready once no op was added for this long"},
	{.name = "exclusive",
		.param = "exclusive",
		.kind = VALUE_FLAG,
		.summary = "at most one set of a key is leased at a time"},
	LEASE_OPTION("lease of a set that is handed out; 0: it is done on delivery"),
	{.name = "max-attempts",
		.param = "max_attempts",
		.kind = VALUE_COUNT,
		.max = OPTION_MAX,
		.value = "N",
		.summary = "deliveries of an op before it is given up as dead; 0: no limit"},
	VERB_ARGS_END,
};

const struct verb verb_queue_create = {
	.name = "queue create",
	.method = "queue.create",
	.summary = "create a queue with options of its own",
	.more = "An option that is not given is the daemon's default.\n",
	.operands = queue_operands,
	.options = queue_options,
	.run = run_method,
};

const struct verb verb_queue_update = {
	.name = "queue update",
	.method = "queue.update",
	.summary = "change options of a queue, for what comes after",
	.operands = queue_operands,
	.options = queue_options,
	.run = run_method,
};

static const struct verb_arg list_options[] = {
	PREFIX_OPTION(COMPLETES_QUEUE),
	AFTER_OPTION(COMPLETES_QUEUE),
	COUNT_OPTION(1000, "how many names at most; 100 where it is not given"),
	VERB_ARGS_END,
};

const struct verb verb_queue_list = {
	.name = "queue list",
	.method = "queue.list",
	.summary = "list the names of queues",
	.options = list_options,
	.run = run_method,
};

static const struct verb_arg stats_operands[] = {
	{.name = "QUEUE",
		.param = "queue",
		.completes = COMPLETES_QUEUE,
		.optional = true,
		.many = true,
		.summary = "names of queues; all where it is not given"},
	VERB_ARGS_END,
};

const struct verb verb_queue_stats = {
	.name = "queue stats",
	.method = "queue.stats",
	.summary = "show the statistics of a queue, or an overview of several",
	.operands = stats_operands,
	.run = run_queue_stats,
};

static const char *const set_states[] = {"ready", "waiting", "leased", "held", "dead", NULL};

static const struct verb_arg peek_options[] = {
	{.name = "state",
		.param = "state",
		.kind = VALUE_WORD,
		.words = set_states,
		.value = "STATE",
		.summary = "ready, waiting, leased, held or dead sets; ready"},
	{.name = "key", .param = "key", .value = "KEY", .summary = "only the set of that key"},
	COUNT_OPTION(1000, "how many sets at most; 1 where it is not given"),
	VERB_ARGS_END,
};

const struct verb verb_queue_peek = {
	.name = "queue peek",
	.method = "queue.peek",
	.summary = "look at sets without taking them",
	.operands = queue_operands,
	.options = peek_options,
	.run = run_method,
};

const struct verb verb_queue_pause = {
	.name = "queue pause",
	.method = "queue.pause",
	.summary = "hand out nothing until resume",
	.operands = queue_operands,
	.run = run_method,
};

const struct verb verb_queue_resume = {
	.name = "queue resume",
	.method = "queue.resume",
	.summary = "undo pause",
	.operands = queue_operands,
	.run = run_method,
};

const struct verb verb_queue_close = {
	.name = "queue close",
	.method = "queue.close",
	.summary = "take no more ops; workers end when all is done",
	.operands = queue_operands,
	.run = run_method,
};

const struct verb verb_queue_open = {
	.name = "queue open",
	.method = "queue.open",
	.summary = "undo close",
	.operands = queue_operands,
	.run = run_method,
};

static const char *const purge_states[] = {"pending", "held", "dead", "all", NULL};

static const struct verb_arg purge_options[] = {
	{.name = "state",
		.param = "state",
		.kind = VALUE_WORD,
		.words = purge_states,
		.value = "STATE",
		.summary = "pending (waiting and ready), held, dead or all; pending"},
	VERB_ARGS_END,
};

const struct verb verb_queue_purge = {
	.name = "queue purge",
	.method = "queue.purge",
	.summary = "throw sets away and finish their ops with the error purged",
	.operands = queue_operands,
	.options = purge_options,
	.run = run_method,
};

static const struct verb_arg kick_options[] = {
	COUNT_OPTION(0, "how many sets at most; 1 where it is not given"),
	VERB_ARGS_END,
};

const struct verb verb_queue_kick = {
	.name = "queue kick",
	.method = "queue.kick",
	.summary = "make dead sets ready again, the oldest first",
	.operands = queue_operands,
	.options = kick_options,
	.run = run_method,
};

static const struct verb_arg delete_options[] = {
	{.name = "force",
		.param = "force",
		.kind = VALUE_FLAG,
		.summary = "delete it with everything in it"},
	VERB_ARGS_END,
};

const struct verb verb_queue_delete = {
	.name = "queue delete",
	.method = "queue.delete",
	.summary = "delete a queue that is empty",
	.operands = queue_operands,
	.options = delete_options,
	.run = run_method,
};
