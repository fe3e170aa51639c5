/*
 * Answers, in the dialect of their request, written straight to where they go:
 * the session's output, the batch, or nowhere. What nobody reads (a notification,
 * a peer that has gone) is written to the service's scratch buffer and forgotten.
 */
#include <config.h>

#include <stdarg.h>
#include <stdio.h>

#include "base/check.h"
#include "command/batch.h"
#include "command/request.h"
#include "command/service_state.h"
#include "command/session_state.h"
#include "json/write.h"

#define SCRATCH_KEEP 65536
#define MESSAGE_ROOM 1536 /* the longest key, a queue's name, and a sentence around them */

struct handled
request_drop(struct request *req)
{
	return request_end(req);
}

static bool
is_unread(const struct request *req)
{
	return req->silent || session_is_closed(req->session);
}

static struct buf *
answer_buf(struct request *req)
{
	if (is_unread(req))
		return &req->service->scratch;
	return req->batch != NULL ? &req->batch->out : &req->session->out;
}

static struct buf *
answer_open(struct request *req)
{
	struct buf *out = answer_buf(req);

	CHECK(req->state == REQUEST_RUNNING || req->state == REQUEST_PARKED);
	spare_take(&req->service->spares, out);
	req->before = buf_len(out);
	if (!is_unread(req) && req->batch != NULL)
		batch_open_answer(req->batch);
	return out;
}

static struct handled
answer_close(struct request *req, struct buf *out)
{
	struct session *session = req->session;

	if (is_unread(req)) {
		buf_release(out, SCRATCH_KEEP);
	} else if (req->batch != NULL) {
		if (req->delivered.len != 0)
			batch_note_delivery(req->batch, req->delivered);
	} else {
		buf_add_char(out, '\n');
		session_wrote_line(session, req->before);
		if (req->delivered.len != 0)
			session_note_delivery(session, req->delivered);
	}
	return request_end(req);
}

static void
write_head(const struct request *req, struct buf *out)
{
	if (req->strict) {
		buf_add(out, SPAN("{\"jsonrpc\":\"2.0\",\"id\":"));
		buf_add(out, req->id.ptr == NULL ? SPAN("null") : req->id);
		buf_add_char(out, ',');
	} else if (req->id.ptr != NULL) {
		buf_add(out, SPAN("{\"id\":"));
		buf_add(out, req->id);
		buf_add_char(out, ',');
	} else {
		buf_add_char(out, '{');
	}
	if (req->service->audit != NULL && req->service->config.audit_replies) {
		buf_add(out, SPAN("\"seq\":"));
		buf_add_uint(out, audit_seq(req->service->audit));
		buf_add_char(out, ',');
	}
}

struct buf *
reply_open(struct request *req)
{
	struct buf *out = answer_open(req);

	write_head(req, out);
	buf_add(out, SPAN("\"result\":"));
	return out;
}

struct handled
reply_close(struct request *req)
{
	struct buf *out = answer_buf(req);

	if (req->strict)
		buf_add_char(out, '}');
	else
		buf_add(out, SPAN(",\"error\":null}"));
	return answer_close(req, out);
}

struct handled
reply_empty(struct request *req)
{
	buf_add(reply_open(req), SPAN("{}"));
	return reply_close(req);
}

/* ---- refusals ---------------------------------------------------------- */

static void
write_details(struct buf *out, const struct failure *failure)
{
	if (failure->queue.ptr != NULL)
		json_member_string(out, SPAN("queue"), failure->queue);
	if (failure->key.ptr != NULL)
		json_member_string(out, SPAN("key"), failure->key);
	if (failure->param.len != 0) {
		buf_add(out, SPAN(",\"param\":"));
		json_add_untrusted(out, failure->param);
	}
	if (failure->limit_name != NULL) {
		json_member_string(out, SPAN("limit"), span_str(failure->limit_name));
		json_member_uint(out, SPAN("value"), failure->limit);
	} else if (failure->err == ERR_SATURATED_DEPTH || failure->err == ERR_SATURATED_WIDTH) {
		json_member_uint(out, SPAN("limit"), failure->limit);
	}
}

static void
write_strict_error(struct buf *out, const struct failure *failure)
{
	int code = err_code(failure->err);

	buf_add(out, SPAN("\"error\":{\"code\":"));
	if (code < 0)
		buf_add_char(out, '-');
	buf_add_uint(out, (uint64_t)(code < 0 ? -(int64_t)code : code));
	buf_add(out, SPAN(",\"message\":"));
	json_add_untrusted(out, span_str(failure->message));
	buf_add(out, SPAN(",\"data\":{\"code\":"));
	json_add_string(out, span_str(err_name(failure->err)));
	write_details(out, failure);
	buf_add(out, SPAN("}}}"));
}

static void
write_plain_error(struct buf *out, const struct failure *failure)
{
	char text[MESSAGE_ROOM + 64];

	(void)snprintf(text, sizeof(text), "%s: %s", err_name(failure->err), failure->message);
	buf_add(out, SPAN("\"result\":null,\"error\":"));
	json_add_untrusted(out, span_str(text));
	buf_add_char(out, '}');
}

void
failure_write_line(struct buf *out, const struct failure *failure)
{
	buf_add(out, SPAN("{\"jsonrpc\":\"2.0\",\"id\":null,"));
	write_strict_error(out, failure);
	buf_add_char(out, '\n');
}

struct handled
request_fail(struct request *req, const struct failure *failure)
{
	struct buf *out = answer_open(req);

	if (!req->silent)
		req->service->counters.errors++;
	write_head(req, out);
	if (req->strict)
		write_strict_error(out, failure);
	else
		write_plain_error(out, failure);
	return answer_close(req, out);
}

struct handled
request_fail_text(struct request *req, enum err err, const char *format, ...)
{
	char message[MESSAGE_ROOM];
	struct failure failure = {.err = err, .message = message};
	va_list args;

	va_start(args, format);
	(void)vsnprintf(message, sizeof(message), format, args);
	va_end(args);
	return request_fail(req, &failure);
}

struct handled
request_fail_param(struct request *req, struct span param, const char *message)
{
	struct failure failure = {.err = ERR_INVALID_PARAMS, .message = message, .param = param};

	return request_fail(req, &failure);
}

struct handled
request_fail_parked(struct request *req)
{
	struct failure failure = {
		.err = ERR_LIMIT,
		.message = "this connection has as many waiting requests as it may (max_parked)",
		.limit_name = "max_parked",
		.limit = req->service->config.max_parked,
	};

	req->service->counters.refused_parked++;
	return request_fail(req, &failure);
}
