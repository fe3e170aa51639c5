/*
 * Dispatch. A line is scanned once, as a whole; the members of a batch once more
 * each. The scan is the service's: nothing that runs inside a command scans.
 */
#include <config.h>

#include "command/dispatch.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "base/check.h"
#include "command/batch.h"
#include "command/command.h"
#include "command/envelope.h"
#include "command/permit.h"
#include "command/service_state.h"
#include "command/session_state.h"

#define NAME_SHOWN 100 /* bytes of an unknown method's name in the answer */

void
dispatch_reject(struct session *session, enum err err, const char *message)
{
	struct request *req = request_new(session, NULL, NULL);

	handled_done(request_fail_text(req, err, "%s", message));
}

static struct handled
refuse_method(struct request *req, struct span name)
{
	int shown = name.len > NAME_SHOWN ? NAME_SHOWN : (int)name.len;

	if (command_find(&req->service->commands, name) != NULL)
		return request_fail_text(req, ERR_METHOD_NOT_FOUND,
			"there is no method %.*s, because no authentication is configured", shown,
			name.ptr);
	if (command_is_reserved(name))
		return request_fail_text(req, ERR_METHOD_NOT_FOUND,
			"method %.*s is reserved and not there yet", shown, name.ptr);
	return request_fail_text(
		req, ERR_METHOD_NOT_FOUND, "there is no method %.*s", shown, name.ptr);
}

static struct handled
run_command(struct request *req, struct scan *scan, struct envelope *envelope)
{
	struct span name = value_unescape(&envelope->method);
	const struct command *command = command_find(&req->service->commands, name);
	struct args_error error;
	struct arg args[ARGS_MAX];
	char message[PERMIT_MESSAGE_SIZE];

	if (command == NULL || !command_is_offered(command, req->service))
		return refuse_method(req, name);
	req->command = command;
	if (req->silent && (command->flags & COMMAND_NO_NOTIFY) != 0)
		return request_drop(req);
	if (req->service->drain.on && (command->flags & COMMAND_NO_DRAIN) != 0)
		return request_fail_text(req, ERR_DRAINING, "the daemon is shutting down");
	if (!envelope_params(scan, envelope, command->args, command->arrange, args, &error))
		return request_fail_param(req, error.param, error.message);
	if (!gate_is_open(req->service) && !permit_check(req->session, command, args, message)) {
		req->service->counters.unauthorized++;
		return request_fail_text(req, ERR_UNAUTHORIZED, "%s", message);
	}
	return command->run(req, args);
}

/* Runs the request that was just scanned, alone or as a member of a batch. */
static void
run_request(struct request *req)
{
	struct scan *scan = &req->service->scan;
	struct envelope envelope;
	char message[200];

	if (!envelope_read(scan, req->batch != NULL, &envelope, message)) {
		req->id = envelope.id;
		handled_done(request_fail_text(req, ERR_INVALID_REQUEST, "%s", message));
		return;
	}
	req->id = envelope.id;
	req->strict = envelope.strict;
	req->silent = envelope.strict && envelope.id.ptr == NULL;
	if (!envelope.strict && envelope.id.ptr == NULL)
		req->session->holding = req;
	handled_done(run_command(req, scan, &envelope));
}

/* ---- batches ----------------------------------------------------------- */

static void
run_member(struct batch *batch, struct value member)
{
	struct session *session = batch->session;
	struct scan *scan = &session->service->scan;
	struct request *req = request_new(session, batch, NULL);

	if (member.type != VALUE_OBJECT) {
		handled_done(request_fail_text(
			req, ERR_INVALID_REQUEST, "a member of a batch must be an object"));
		return;
	}
	CHECK(scan_line(member.text, "params", scan)); /* a part of what was scanned already */
	run_request(req);
}

/* How many elements there are, counted to `limit` + 1 at most. */
static uint64_t
count_elements(struct value array, uint64_t limit)
{
	struct member element;
	uint64_t count = 0;
	struct walk walk;

	walk_init(&walk, array);
	while (count <= limit && walk_next(&walk, &element))
		count++;
	return count;
}

/* Takes `copy`, the line's own memory where it has any. */
static unsigned
run_batch(struct session *session, struct value array, char *copy)
{
	struct service *service = session->service;
	uint64_t max_batch = gate_max_batch(session);
	uint64_t count = count_elements(array, max_batch);
	struct batch *batch = batch_new(session, copy);
	struct member element;
	char message[100];
	struct walk walk;

	if (count == 0) {
		dispatch_reject(session, ERR_INVALID_REQUEST, "the batch is empty");
	} else if (count > max_batch) {
		(void)snprintf(message, sizeof(message), "a batch holds at most %llu requests",
			(unsigned long long)max_batch);
		service->counters.refused_batches++;
		dispatch_reject(session, ERR_BATCH_TOO_LARGE, message);
		count = 1;
	} else {
		walk_init(&walk, array);
		while (walk_next(&walk, &element))
			run_member(batch, element.value);
	}
	batch_unhold(batch);
	return (unsigned)count;
}

/* ---- lines ------------------------------------------------------------- */

static void
reject_line(struct session *session, const struct scan *scan)
{
	char message[200];

	(void)snprintf(message, sizeof(message), "%s at byte %zu", scan->error, scan->error_at + 1);
	dispatch_reject(session, ERR_PARSE_ERROR, message);
}

/* Memory for the line to live in until its requests are answered; NULL: not needed. */
static char *
keep_line(const struct session *session, const char *line, size_t len)
{
	char *copy = NULL;

	if (!service_is_immediate(session->service)) {
		copy = xmalloc(len);
		memcpy(copy, line, len);
	}
	return copy;
}

unsigned
dispatch_line(struct session *session, char *line, size_t len)
{
	struct service *service = session->service;
	char *copy = keep_line(session, line, len);
	struct scan *scan = &service->scan;
	struct request *req;

	service->counters.lines_in++;
	if (scan_line(span_make(copy == NULL ? line : copy, len), "params", scan)) {
		if (scan->root.type == VALUE_ARRAY)
			return run_batch(session, scan->root, copy);
		req = request_new(session, NULL, copy);
		if (scan->root.type == VALUE_OBJECT)
			run_request(req);
		else
			handled_done(request_fail_text(req, ERR_INVALID_REQUEST,
				"a request is an object, a batch is an array"));
		return 1;
	}
	free(copy);
	reject_line(session, scan);
	return 1;
}
