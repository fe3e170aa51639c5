/* The rows of the verbs for ops and leases. */
#include <config.h>

#include "cli/verb.h"
#include "cli/verb_rows.h"

/* ---- enqueue ------------------------------------------------------------- */

static const char *const payload_kinds[] = {"auto", "text", "json", NULL};

static const struct verb_arg enqueue_operands[] = {
	QUEUE_OPERAND,
	{.name = "KEY",
		.param = "key",
		.unless = "lines",
		.summary = "what makes two ops duplicates; with --lines it may be missing"},
	{.name = "PAYLOAD",
		.param = "msg",
		.kind = VALUE_JSON,
		.optional = true,
		.summary = "the message for the worker, null where it is missing; "
			   "- is all of standard input"},
	VERB_ARGS_END,
};

static const struct verb_arg enqueue_options[] = {
	{.name = "as",
		.kind = VALUE_WORD,
		.words = payload_kinds,
		.value = "KIND",
		.summary =
			"what the payload is: auto (JSON where it is JSON, else text), text, json"},
	{.name = "lines",
		.kind = VALUE_FLAG,
		.summary = "an op for each line of standard input, the line being its payload"},
	{.name = "key-field",
		.value = "N|NAME",
		.summary = "with --lines: the key is this field, or this member, of the line"},
	{.name = "op",
		.param = "op",
		.value = "ID",
		.summary = "id of the op; a repeat of a known one changes nothing"},
	{.name = "group",
		.param = "group",
		.completes = COMPLETES_GROUP,
		.value = "NAME",
		.summary = "the op joins this group in the same step"},
	{.name = "delay",
		.param = "delay_ms",
		.kind = VALUE_MS,
		.value = "MS",
		.summary = "a set that this op starts is not ready before that time"},
	{.name = "ttl",
		.param = "ttl_ms",
		.kind = VALUE_MS,
		.value = "MS",
		.summary = "not delivered by then it ends with the error expired; 0 is never"},
	{.name = "wait",
		.param = "wait_ms",
		.kind = VALUE_MS,
		.value = "MS",
		.summary = "wait that long for the outcome of the op"},
	VERB_ARGS_END,
};

const struct verb verb_enqueue = {
	.name = "enqueue",
	.method = "enqueue",
	.summary = "add an op to a queue: it joins those of its key, or starts a new set",
	.operands = enqueue_operands,
	.options = enqueue_options,
	.run = run_enqueue,
};

/* ---- dequeue ------------------------------------------------------------- */

static const struct verb_arg dequeue_operands[] = {
	{.name = "QUEUE",
		.param = "queue",
		.completes = COMPLETES_QUEUE,
		.many = true,
		.summary = "names of 1 to 64 queues, tried in this order"},
	VERB_ARGS_END,
};

static const struct verb_arg dequeue_options[] = {
	{.name = "wait",
		.param = "wait_ms",
		.kind = VALUE_MS,
		.value = "MS",
		.summary = "how long to wait for a set; 30 seconds where it is not given"},
	LEASE_OPTION("length of the lease instead of the queue's"),
	{.name = "key", .param = "key", .value = "KEY", .summary = "only the set of that key"},
	{.name = "release-on-close",
		.param = "release_on_close",
		.kind = VALUE_FLAG,
		.summary = "the lease ends with the connection, so at once: only a look"},
	VERB_ARGS_END,
};

const struct verb verb_dequeue = {
	.name = "dequeue",
	.method = "dequeue",
	.summary = "take the set that has been ready longest, as a whole",
	.operands = dequeue_operands,
	.options = dequeue_options,
	.run = run_method,
};

/* ---- leases -------------------------------------------------------------- */

static const struct verb_arg token_operands[] = {
	TOKEN_OPERAND,
	VERB_ARGS_END,
};

static const struct verb_arg finish_options[] = {
	RESULT_OPTION("outcome of every op that --results does not name"),
	ERROR_OPTION,
	{.name = "results",
		.param = "results",
		.kind = VALUE_JSON,
		.value = "JSON",
		.summary = "outcomes by op id, {\"ID\":{\"result\":...}}; the others go back"},
	VERB_ARGS_END,
};

const struct verb verb_finish = {
	.name = "finish",
	.method = "finish",
	.summary = "end a lease and give its ops their outcome",
	.more = "Without an option every op gets the result null.\n",
	.operands = token_operands,
	.options = finish_options,
	.run = run_method,
};

static const struct verb_arg release_options[] = {
	{.name = "delay",
		.param = "delay_ms",
		.kind = VALUE_MS,
		.value = "MS",
		.summary = "not ready again before that time"},
	VERB_ARGS_END,
};

const struct verb verb_release = {
	.name = "release",
	.method = "release",
	.summary = "give a set back unfinished",
	.operands = token_operands,
	.options = release_options,
	.run = run_method,
};

static const struct verb_arg extend_options[] = {
	LEASE_OPTION("its new length from now, instead of the queue's"),
	VERB_ARGS_END,
};

const struct verb verb_extend = {
	.name = "extend",
	.method = "extend",
	.summary = "start a lease anew from now",
	.operands = token_operands,
	.options = extend_options,
	.run = run_method,
};

/* ---- cancel -------------------------------------------------------------- */

static const struct verb_arg cancel_operands[] = {
	QUEUE_OPERAND,
	OP_OPERAND,
	VERB_ARGS_END,
};

const struct verb verb_cancel = {
	.name = "cancel",
	.method = "cancel",
	.summary = "take an op that is not leased out of its queue",
	.operands = cancel_operands,
	.run = run_method,
};
