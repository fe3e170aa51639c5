/*
 * Exchanges: from the head of a request to the end of its answer.
 *
 * libmicrohttpd calls exchange_handle() when the head is there, again when the body is, which is
 * when the answer is begun, and once more after a connection that was suspended goes on. A request
 * with a body is refused at its head, so that none is ever read.
 */
#include <config.h>

#include "http/exchange.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "auth/principal.h"
#include "base/alloc.h"
#include "base/check.h"
#include "http/guard.h"

#define PIECE_SIZE (16 * 1024)

/* ---- answers ----------------------------------------------------------------- */

static void
add_header(struct MHD_Response *response, const char *name, const char *value)
{
	CHECK(MHD_add_response_header(response, name, value) == MHD_YES);
}

/* The answer is there: the peer goes on. */
static void
answer(struct exchange *exchange, unsigned status, const char *type, struct MHD_Response *response)
{
	const struct route *route = exchange->route;

	CHECK(exchange->status == 0 && response != NULL);
	add_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, type);
	add_header(response, MHD_HTTP_HEADER_CACHE_CONTROL, "no-store");
	add_header(response, "X-Content-Type-Options", "nosniff");
	if (status == MHD_HTTP_UNAUTHORIZED)
		add_header(
			response, MHD_HTTP_HEADER_WWW_AUTHENTICATE, "Bearer realm=\"inflightd\"");
	if (status == MHD_HTTP_METHOD_NOT_ALLOWED)
		add_header(response, MHD_HTTP_HEADER_ALLOW, "GET, HEAD");
	if (status == MHD_HTTP_OK && route->headers != NULL) {
		for (const struct route_header *at = route->headers; at->name != NULL; at++)
			add_header(response, at->name, at->value);
	}
	exchange->status = status;
	exchange->response = response;
	if (!exchange->suspended)
		return;
	exchange->suspended = false;
	exchange->http->has_input = true;
	MHD_resume_connection(exchange->connection);
}

void
exchange_answer(struct exchange *exchange, unsigned status, const char *type, struct buf *body)
{
	CHECK(body->head == 0);
	answer(exchange, status, type,
		MHD_create_response_from_buffer(buf_len(body), body->data, MHD_RESPMEM_MUST_FREE));
	buf_init(body);
}

void
exchange_answer_work(struct exchange *exchange, unsigned status, struct buf *body)
{
	exchange->cancel = NULL;
	exchange->work = NULL;
	buf_add_char(body, '\n');
	exchange_answer(exchange, status, TYPE_JSON, body);
}

void
exchange_answer_line(struct exchange *exchange, unsigned status, const char *line)
{
	struct buf body;

	buf_init(&body);
	buf_add(&body, span_str(line));
	buf_add_char(&body, '\n');
	exchange_answer(exchange, status, TYPE_TEXT, &body);
}

void
exchange_answer_static(struct exchange *exchange, const char *type, const char *data, size_t len)
{
	/* The library does not write to what it calls persistent. */
	answer(exchange, MHD_HTTP_OK, type,
		MHD_create_response_from_buffer(
			len, (void *)(uintptr_t)data, MHD_RESPMEM_PERSISTENT));
}

struct pieces {
	exchange_read_fn *read;
	void (*done)(void *arg);
	void *arg;
};

static ssize_t
read_piece(void *cls, uint64_t at, char *out, size_t size)
{
	const struct pieces *pieces = cls;
	size_t len = pieces->read(pieces->arg, out, size);

	(void)at;
	return len == 0 ? MHD_CONTENT_READER_END_OF_STREAM : (ssize_t)len;
}

static void
free_pieces(void *cls)
{
	struct pieces *pieces = cls;

	pieces->done(pieces->arg);
	free(pieces);
}

void
exchange_answer_pieces(struct exchange *exchange, const char *type, exchange_read_fn *read,
	void (*done)(void *arg), void *arg)
{
	struct pieces *pieces = xmalloc(sizeof(*pieces));

	*pieces = (struct pieces){read, done, arg};
	answer(exchange, MHD_HTTP_OK, type,
		MHD_create_response_from_callback(
			MHD_SIZE_UNKNOWN, PIECE_SIZE, read_piece, pieces, free_pieces));
}

/* ---- requests ---------------------------------------------------------------- */

static bool
has_body(struct MHD_Connection *connection)
{
	const char *len = MHD_lookup_connection_value(
		connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_CONTENT_LENGTH);

	if (len != NULL)
		return strcmp(len, "0") != 0;
	return MHD_lookup_connection_value(
		       connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_TRANSFER_ENCODING) != NULL;
}

/* Answers what is wrong with the head already. */
static void
refuse_head(struct exchange *exchange, const char *method)
{
	if (exchange->route == NULL)
		exchange_answer_line(exchange, MHD_HTTP_NOT_FOUND, "there is nothing here");
	else if (strcmp(method, MHD_HTTP_METHOD_GET) != 0 &&
		 strcmp(method, MHD_HTTP_METHOD_HEAD) != 0)
		exchange_answer_line(
			exchange, MHD_HTTP_METHOD_NOT_ALLOWED, "only GET and HEAD are served here");
	else if (has_body(exchange->connection))
		exchange_answer_line(
			exchange, MHD_HTTP_CONTENT_TOO_LARGE, "a GET has no body here");
}

static struct exchange *
exchange_new(struct http *http, struct MHD_Connection *connection, const char *url)
{
	struct exchange *exchange = xcalloc(1, sizeof(*exchange));

	exchange->http = http;
	exchange->connection = connection;
	exchange->route = route_find(url);
	list_append(&http->exchanges, &exchange->node);
	return exchange;
}

/* Lets the peer wait until the answer is there, where it is not. */
static enum MHD_Result
send_or_wait(struct exchange *exchange)
{
	enum MHD_Result result;

	if (exchange->status == 0) {
		exchange->suspended = true;
		MHD_suspend_connection(exchange->connection);
		return MHD_YES;
	}
	result = MHD_queue_response(exchange->connection, exchange->status, exchange->response);
	MHD_destroy_response(exchange->response);
	exchange->response = NULL;
	return result;
}

enum MHD_Result
exchange_handle(void *http, struct MHD_Connection *connection, const char *url, const char *method,
	const char *version, const char *upload, size_t *upload_size, void **con_cls)
{
	struct exchange *exchange = *con_cls;

	(void)version;
	(void)upload;
	(void)upload_size;
	if (exchange == NULL) {
		exchange = exchange_new(http, connection, url);
		*con_cls = exchange;
		refuse_head(exchange, method);
		return exchange->status == 0 ? MHD_YES : send_or_wait(exchange);
	}
	if (!exchange->began) {
		exchange->began = true;
		if (guard_admits(exchange))
			exchange->route->begin(exchange);
	}
	return send_or_wait(exchange);
}

/* ---- the end ------------------------------------------------------------------ */

static void
stop_work(struct exchange *exchange)
{
	if (exchange->status == 0 && exchange->cancel != NULL)
		exchange->cancel(exchange);
	exchange->cancel = NULL;
}

static void
exchange_free(struct exchange *exchange)
{
	stop_work(exchange);
	list_remove(&exchange->node);
	principal_unref(exchange->principal);
	if (exchange->response != NULL)
		MHD_destroy_response(exchange->response);
	free(exchange);
}

void
exchange_abandon(struct exchange *exchange)
{
	stop_work(exchange);
	if (exchange->suspended)
		MHD_resume_connection(exchange->connection);
	exchange->suspended = false;
}

void
exchange_completed(void *http, struct MHD_Connection *connection, void **con_cls,
	enum MHD_RequestTerminationCode how)
{
	struct exchange *exchange = *con_cls;

	(void)http;
	(void)connection;
	(void)how;
	if (exchange != NULL)
		exchange_free(exchange);
	*con_cls = NULL;
}
