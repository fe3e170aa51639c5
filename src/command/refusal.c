/*
 * What the engine refused, in words: one sentence for each error, and the
 * details that stand in `data`.
 */
#include <config.h>

#include <inttypes.h>
#include <stdio.h>

#include "base/check.h"
#include "command/command.h"
#include "command/request.h"
#include "command/service_state.h"

#define MESSAGE_ROOM 1536

/* A span as printf wants it; lengths here are bounded by the argument tables. */
#define TEXT(span) (int)(span).len, (span).ptr == NULL ? "" : (span).ptr

static struct span
first_of(struct span a, struct span b)
{
	return a.ptr != NULL ? a : b;
}

static void
write_limit_message(char *message, const struct refusal *refusal)
{
	(void)snprintf(message, MESSAGE_ROOM, "%s is reached (%" PRIu64 ")", refusal->limit_name,
		refusal->limit);
}

/* The sentence for refusals about a queue, an op or a lease. */
static void
write_queue_message(char *message, const struct refusal *refusal, const struct subject *subject)
{
	struct span queue = subject->queue;

	if (refusal->err == ERR_SATURATED_DEPTH)
		(void)snprintf(message, MESSAGE_ROOM, "queue %.*s is saturated (depth %" PRIu64 ")",
			TEXT(queue), refusal->limit);
	else if (refusal->err == ERR_SATURATED_WIDTH)
		(void)snprintf(message, MESSAGE_ROOM,
			"key %.*s of queue %.*s is saturated (width %" PRIu64 ")",
			TEXT(subject->key), TEXT(queue), refusal->limit);
	else if (refusal->err == ERR_QUEUE_CLOSED)
		(void)snprintf(message, MESSAGE_ROOM, "queue %.*s is closed", TEXT(queue));
	else if (refusal->err == ERR_NO_SUCH_QUEUE)
		(void)snprintf(message, MESSAGE_ROOM, "there is no queue %.*s",
			TEXT(first_of(refusal->culprit, queue)));
	else if (refusal->err == ERR_QUEUE_EXISTS)
		(void)snprintf(message, MESSAGE_ROOM, "queue %.*s exists with another %.*s",
			TEXT(queue), TEXT(first_of(refusal->culprit, SPAN("configuration"))));
	else if (refusal->err == ERR_QUEUE_BUSY)
		(void)snprintf(message, MESSAGE_ROOM, "queue %.*s is not empty", TEXT(queue));
	else if (refusal->err == ERR_LEASE_LOST)
		(void)snprintf(
			message, MESSAGE_ROOM, "the lease is over, or no such token was given out");
	else if (refusal->err == ERR_NO_SUCH_OP)
		(void)snprintf(message, MESSAGE_ROOM, "there is no op %.*s",
			TEXT(first_of(refusal->culprit, subject->op)));
	else
		(void)snprintf(message, MESSAGE_ROOM, "op %.*s is leased",
			TEXT(first_of(refusal->culprit, subject->op)));
}

static void
write_group_message(char *message, const struct refusal *refusal, const struct subject *subject)
{
	struct span group = first_of(refusal->culprit, subject->group);

	if (refusal->err == ERR_NO_SUCH_GROUP)
		(void)snprintf(message, MESSAGE_ROOM, "there is no group %.*s", TEXT(group));
	else if (refusal->err == ERR_GROUP_EXISTS)
		(void)snprintf(message, MESSAGE_ROOM, "group %.*s exists already", TEXT(group));
	else
		(void)snprintf(message, MESSAGE_ROOM, "group %.*s takes no more ops", TEXT(group));
}

static void
write_message(char *message, const struct refusal *refusal, const struct subject *subject)
{
	switch (refusal->err) {
	case ERR_SATURATED_DEPTH:
	case ERR_SATURATED_WIDTH:
	case ERR_QUEUE_CLOSED:
	case ERR_NO_SUCH_QUEUE:
	case ERR_QUEUE_EXISTS:
	case ERR_QUEUE_BUSY:
	case ERR_LEASE_LOST:
	case ERR_NO_SUCH_OP:
	case ERR_OP_BUSY:
		write_queue_message(message, refusal, subject);
		return;
	case ERR_NO_SUCH_GROUP:
	case ERR_GROUP_EXISTS:
	case ERR_GROUP_SEALED:
		write_group_message(message, refusal, subject);
		return;
	case ERR_LIMIT:
		write_limit_message(message, refusal);
		return;
	case ERR_INVALID_PARAMS:
		(void)snprintf(message, MESSAGE_ROOM, "%.*s: there is one already",
			TEXT(first_of(refusal->culprit, SPAN("a param"))));
		return;
	case ERR_DRAINING:
		(void)snprintf(message, MESSAGE_ROOM, "the daemon is shutting down");
		return;
	case ERR_UNAVAILABLE:
		(void)snprintf(message, MESSAGE_ROOM, "not executed; try again");
		return;
	case ERR_UNKNOWN_OUTCOME:
		(void)snprintf(message, MESSAGE_ROOM, "it is not known whether this was executed");
		return;
	case ERR_UNAUTHORIZED:
		(void)snprintf(message, MESSAGE_ROOM, "not allowed");
		return;
	case ERR_INTERNAL:
		(void)snprintf(message, MESSAGE_ROOM, "an internal error");
		return;
	case ERR_NONE:
	case ERR_PARSE_ERROR:
	case ERR_INVALID_REQUEST:
	case ERR_LINE_TOO_LONG:
	case ERR_BATCH_TOO_LARGE:
	case ERR_METHOD_NOT_FOUND:
	case ERR_COUNT:
		break; /* errors of the line; no engine gives them */
	}
	UNREACHABLE();
}

struct handled
request_refused_for(
	struct request *req, const struct refusal *refusal, const struct subject *subject)
{
	char message[MESSAGE_ROOM];
	struct failure failure = {.err = refusal->err, .message = message};

	write_message(message, refusal, subject);
	if (refusal->err == ERR_SATURATED_DEPTH || refusal->err == ERR_SATURATED_WIDTH) {
		failure.queue = subject->queue;
		failure.limit = refusal->limit;
	}
	if (refusal->err == ERR_SATURATED_WIDTH)
		failure.key = subject->key;
	if (refusal->err == ERR_LIMIT) {
		failure.limit_name = refusal->limit_name;
		failure.limit = refusal->limit;
	}
	if (refusal->err == ERR_INVALID_PARAMS)
		failure.param = refusal->culprit;
	return request_fail(req, &failure);
}

struct handled
request_refused(struct request *req)
{
	const struct call *call = &req->call;
	struct subject subject = {.queue = {NULL, 0}};

	/* Every args struct about a queue begins with its name; so do those about a group. */
	if ((req->command->flags & COMMAND_QUEUE) != 0)
		subject.queue = call->args.queue.queue;
	if ((req->command->flags & COMMAND_GROUP) != 0)
		subject.group = call->args.group.group;
	if (call->verb == VERB_ENQUEUE) {
		subject.key = call->args.enqueue.key;
		subject.group = call->args.enqueue.group;
		subject.op = call->args.enqueue.op;
	} else if (call->verb == VERB_CANCEL) {
		subject.op = call->args.cancel.op;
	} else if (call->verb == VERB_GROUP_FINISH) {
		subject.op = call->args.group_finish.op;
	} else if (call->verb == VERB_GROUP_ADD) {
		subject.op = call->args.group_add.op;
	}
	return request_refused_for(req, &call->refusal, &subject);
}
