/*
 * The commands about ops in queues: put them in, take them out, take them back.
 */
#include <config.h>

#include "command/command.h"
#include "command/op_wait.h"
#include "command/service_state.h"
#include "command/waitq.h"
#include "json/write.h"

/* ---- enqueue ----------------------------------------------------------- */

enum {
	ENQUEUE_QUEUE,
	ENQUEUE_KEY,
	ENQUEUE_MSG,
	ENQUEUE_OP,
	ENQUEUE_GROUP,
	ENQUEUE_DELAY_MS,
	ENQUEUE_TTL_MS,
	ENQUEUE_WAIT_MS,
};

static const struct arg_spec enqueue_args[] = {
	QUEUE_ARG,
	{PARAM("key"), .type = ARG_KEY, .required = true,
		.summary = "What makes two ops duplicates: ops of one key share a set."},
	{PARAM("msg"), .type = ARG_JSON, .fallback = "null",
		.summary = "The message, handed to the worker byte for byte."},
	{PARAM("op"), .type = ARG_ID,
		.summary = "Id of the op; a repeat of a known one changes nothing."},
	{PARAM("group"), .type = ARG_NAME, .subject = SUBJECT_GROUP,
		.summary = "Group the op joins in the same step."},
	{PARAM("delay_ms"), .type = ARG_MS, .max = TIME_MAX_MS, .fallback = "0",
		.summary = "A set this op starts is not ready before that time."},
	{PARAM("ttl_ms"), .type = ARG_MS, .max = TIME_MAX_MS, .fallback = "0",
		.summary = "Not delivered by then: it ends with error expired. 0: never."},
	{PARAM("wait_ms"), .type = ARG_MS, .max = TIME_MAX_MS,
		.summary = "Wait that long for the outcome of the op."},
	ARGS_END,
};

static const struct result_member enqueue_result[] = {
	{.name = "op", .type = MEMBER_STRING},
	{.name = "new", .type = MEMBER_BOOL},
	{.name = "depth", .type = MEMBER_INTEGER},
	{.name = "width", .type = MEMBER_INTEGER},
	{.name = "duplicate", .type = MEMBER_BOOL, .optional = true},
	{.name = "done", .type = MEMBER_BOOL, .optional = true},
	{.name = "result", .type = MEMBER_JSON, .optional = true},
	{.name = "error", .type = MEMBER_JSON, .optional = true},
	RESULT_END,
};

static struct handled
enqueued(struct request *req)
{
	const struct enqueue_answer *answer = &req->call.answer.enqueue;
	struct buf *out;

	if (answer->watch != 0)
		return op_wait_begin(req, answer);
	out = reply_open(req);
	enqueue_answer_write(out, answer);
	buf_add_char(out, '}');
	return reply_close(req);
}

static struct handled
run_enqueue(struct request *req, const struct arg *args)
{
	const struct arg *msg = &args[ENQUEUE_MSG];
	const struct arg *wait = &args[ENQUEUE_WAIT_MS];

	req->wait_ms = wait->number;
	req->call.args.enqueue = (struct enqueue_args){
		.queue = args[ENQUEUE_QUEUE].text,
		.key = args[ENQUEUE_KEY].text,
		.msg = msg->given ? msg->value.text : SPAN("null"),
		.op = args[ENQUEUE_OP].text,
		.group = args[ENQUEUE_GROUP].text,
		.delay_ms = args[ENQUEUE_DELAY_MS].number,
		.ttl_ms = args[ENQUEUE_TTL_MS].number,
		.watch = wait->given && !req->silent,
	};
	/* Refused before it is enqueued, since that would not be undone. */
	if (wait->given && !req->silent && request_wait_ms(req) > 0 && !request_count_wait(req))
		return request_fail_parked(req);
	return request_call(req, VERB_ENQUEUE, enqueued);
}

const struct command command_enqueue = {
	COMMAND("enqueue"),
	.summary = "Adds an op to a queue, in the set of its key.",
	.args = enqueue_args,
	.result = enqueue_result,
	.flags = COMMAND_QUEUE | COMMAND_NO_DRAIN,
	.errors = ERR_BIT(ERR_SATURATED_DEPTH) | ERR_BIT(ERR_SATURATED_WIDTH) |
		  ERR_BIT(ERR_QUEUE_CLOSED) | ERR_BIT(ERR_NO_SUCH_QUEUE) |
		  ERR_BIT(ERR_NO_SUCH_GROUP) | ERR_BIT(ERR_GROUP_SEALED) | ERR_BIT(ERR_LIMIT) |
		  ERR_BIT(ERR_DRAINING),
	.permit = PERMIT_PRODUCE,
	.run = run_enqueue,
};

/* ---- dequeue ----------------------------------------------------------- */

/* `queue` and `queues` share the first position; see arrange_dequeue(). */
enum {
	DEQUEUE_QUEUE,
	DEQUEUE_WAIT_MS,
	DEQUEUE_LEASE_MS,
	DEQUEUE_KEY,
	DEQUEUE_RELEASE_ON_CLOSE,
	DEQUEUE_QUEUES,
	DEQUEUE_ARGS,
};

static const struct arg_spec dequeue_args[] = {
	{PARAM("queue"), .type = ARG_NAME, .subject = SUBJECT_QUEUE,
		.summary = "Name of the queue; this or queues."},
	{PARAM("wait_ms"), .type = ARG_MS, .max = TIME_MAX_MS, .value = 30000, .fallback = "30000",
		.summary = "How long to wait for a set."},
	{PARAM("lease_ms"), .type = ARG_MS, .max = TIME_MAX_MS,
		.summary = "Length of the lease; the queue's where it is not given."},
	{PARAM("key"), .type = ARG_KEY, .summary = "Only the set of that key."},
	{PARAM("release_on_close"), .type = ARG_BOOL, .fallback = "false",
		.summary = "The lease ends with the connection."},
	{PARAM("queues"), .type = ARG_NAMES, .subject = SUBJECT_QUEUE,
		.summary = "Names of 1 to 64 queues, tried in that order; this or queue."},
	ARGS_END,
};

/* All but the first are there where there is a set. */
static const struct result_member dequeue_result[] = {
	{.name = "set", .type = MEMBER_STRING_OR_NULL},
	{.name = "fence", .type = MEMBER_INTEGER, .optional = true},
	{.name = "queue", .type = MEMBER_STRING, .optional = true},
	{.name = "key", .type = MEMBER_STRING, .optional = true},
	{.name = "attempt", .type = MEMBER_INTEGER, .optional = true},
	{.name = "lease_ms", .type = MEMBER_INTEGER, .optional = true},
	{.name = "ops", .type = MEMBER_OBJECTS, .optional = true, .members = command_ops_result},
	RESULT_END,
};

/* By position, a list of names stands where a single name does. */
static void
arrange_dequeue(struct members *elements)
{
	static const struct value none = {.type = VALUE_NULL, .text = {"null", 4}};

	if (elements->count == 0 || elements->count >= DEQUEUE_ARGS ||
		elements->at[DEQUEUE_QUEUE].value.type != VALUE_ARRAY)
		return;
	for (size_t i = elements->count; i < DEQUEUE_QUEUES; i++)
		elements->at[i].value = none;
	elements->at[DEQUEUE_QUEUES].value = elements->at[DEQUEUE_QUEUE].value;
	elements->at[DEQUEUE_QUEUE].value = none;
	elements->count = DEQUEUE_ARGS;
}

static bool
is_among(struct span name, const struct span *names, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (span_equal(names[i], name))
			return true;
	}
	return false;
}

/* Each name once, where it stands first. */
static size_t
read_queues(struct value names, struct span *ret)
{
	struct member member;
	struct walk walk;
	size_t count = 0;

	walk_init(&walk, names);
	while (count < DEQUEUE_QUEUES_MAX && walk_next(&walk, &member)) {
		struct span name = value_unescape(&member.value);

		if (!is_among(name, ret, count))
			ret[count++] = name;
	}
	return count;
}

static struct handled
run_dequeue(struct request *req, const struct arg *args)
{
	struct span queues[DEQUEUE_QUEUES_MAX]; /* most of it is never used: not cleared */
	struct dequeue want = {
		.queues = queues,
		.count = 1,
		.key = args[DEQUEUE_KEY].text,
		.has_lease_ms = args[DEQUEUE_LEASE_MS].given,
		.lease_ms = args[DEQUEUE_LEASE_MS].number,
		.release_on_close = args[DEQUEUE_RELEASE_ON_CLOSE].flag,
	};
	bool several = args[DEQUEUE_QUEUES].given;

	if (several && args[DEQUEUE_QUEUE].given)
		return request_fail_param(req, SPAN("queues"),
			"only one of the params 'queue' and 'queues' may be given");
	if (!several && !args[DEQUEUE_QUEUE].given)
		return request_fail_param(
			req, SPAN("queue"), "one of the params 'queue' and 'queues' is needed");
	queues[0] = args[DEQUEUE_QUEUE].text;
	if (several)
		want.count = read_queues(args[DEQUEUE_QUEUES].value, queues);
	req->wait_ms = args[DEQUEUE_WAIT_MS].number;
	return waitqs_dequeue(req, &want);
}

const struct command command_dequeue = {
	COMMAND("dequeue"),
	.summary = "Takes the set that has been ready longest, or waits for one.",
	.args = dequeue_args,
	.result = dequeue_result,
	.flags = COMMAND_QUEUE | COMMAND_NO_NOTIFY | COMMAND_NO_DRAIN,
	.errors = ERR_BIT(ERR_QUEUE_CLOSED) | ERR_BIT(ERR_NO_SUCH_QUEUE) | ERR_BIT(ERR_LIMIT) |
		  ERR_BIT(ERR_DRAINING),
	.permit = PERMIT_WORK,
	.run = run_dequeue,
	.arrange = arrange_dequeue,
};

/* ---- cancel ------------------------------------------------------------ */

static const struct arg_spec cancel_args[] = {
	QUEUE_ARG,
	{PARAM("op"), .type = ARG_ID, .required = true, .summary = "Id of the op."},
	ARGS_END,
};

static const struct result_member cancel_result[] = {
	{.name = "cancelled", .type = MEMBER_BOOL},
	RESULT_END,
};

static struct handled
cancelled(struct request *req)
{
	buf_add(reply_open(req), SPAN("{\"cancelled\":true}"));
	return reply_close(req);
}

static struct handled
run_cancel(struct request *req, const struct arg *args)
{
	req->call.args.cancel = (struct cancel_args){.queue = args[0].text, .op = args[1].text};
	return request_call(req, VERB_CANCEL, cancelled);
}

const struct command command_cancel = {
	COMMAND("cancel"),
	.summary = "Removes an op that is not leased; it ends with error cancelled.",
	.args = cancel_args,
	.result = cancel_result,
	.flags = COMMAND_QUEUE,
	.errors = ERR_BIT(ERR_NO_SUCH_QUEUE) | ERR_BIT(ERR_NO_SUCH_OP) | ERR_BIT(ERR_OP_BUSY),
	.permit = PERMIT_PRODUCE,
	.run = run_cancel,
};
