/*
 * The library's calls: the handle's life, requests out, replies in.
 */
#include <config.h>

#include "client/handle.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "client/auth.h"
#include "client/inbox.h"
#include "client/reply.h"
#include "client/text.h"
#include "client/tls.h"

#define FLUSH_AT     65536               /* unsent bytes that make inflight_send() write */
#define BUSY_WAIT_MS 10                  /* between tries while the daemon has many to accept */
#define REPLY_MAX    (512 * 1024 * 1024) /* a longer line is no reply but an attack */

const char *
inflight_version(void)
{
	return PACKAGE_VERSION;
}

const char *
inflight_status_name(enum inflight_status status)
{
	switch (status) {
	case INFLIGHT_OK:
		return "ok";
	case INFLIGHT_INVALID:
		return "invalid";
	case INFLIGHT_NO_MEMORY:
		return "no_memory";
	case INFLIGHT_UNREACHABLE:
		return "unreachable";
	case INFLIGHT_TIMEOUT:
		return "timeout";
	case INFLIGHT_CLOSED:
		return "closed";
	case INFLIGHT_GARBLED:
		return "garbled";
	case INFLIGHT_UNAUTHORIZED:
		return "unauthorized";
	case INFLIGHT_UNKNOWN_OUTCOME:
		return "unknown_outcome";
	case INFLIGHT_REFUSED:
		return "refused";
	}
	return "unknown";
}

struct inflight *
inflight_new(const char *address)
{
	struct inflight *client = calloc(1, sizeof *client);

	if (client == NULL)
		return NULL;
	client->fd = -1;
	client->silence_ms = INFLIGHT_SILENCE_MS;
	client->arrived_end = &client->arrived;
	client->address_text = address == NULL ? inflight_address_default() : strdup(address);
	if (client->address_text == NULL) {
		free(client);
		return NULL;
	}
	client->address_wrong = inflight_address_parse(client->address_text, &client->address);
	return client;
}

void
inflight_disconnect(struct inflight *client)
{
	inflight_link_reset(client);
	inflight_inbox_clear(client);
}

void
inflight_free(struct inflight *client)
{
	if (client == NULL)
		return;
	inflight_disconnect(client);
	inflight_bytes_fini(&client->in);
	inflight_bytes_fini(&client->out);
	inflight_inbox_fini(client);
	inflight_auth_fini(client);
	inflight_tls_fini(client);
	free(client->address_text);
	free(client);
}

const char *
inflight_address(const struct inflight *client)
{
	return client->address_text;
}

const char *
inflight_trouble(const struct inflight *client)
{
	return client->trouble;
}

bool
inflight_is_connected(const struct inflight *client)
{
	return client->state == LINK_OPEN;
}

int
inflight_fd(const struct inflight *client)
{
	return client->fd;
}

short
inflight_events(const struct inflight *client)
{
	bool unsent = inflight_bytes_len(&client->out) > 0 && !client->write_lost;

	if (client->state == LINK_CONNECTING)
		return POLLOUT;
	if (client->state == LINK_GREETING)
		return inflight_tls_wants_write(client) ? POLLOUT : POLLIN;
	if (client->state != LINK_OPEN)
		return 0;
	return (short)(POLLIN | (unsent || inflight_tls_wants_write(client) ? POLLOUT : 0));
}

enum inflight_status
inflight_connect_start(struct inflight *client)
{
	enum inflight_status status;

	inflight_inbox_clear(client);
	status = inflight_link_start(client);
	return status == INFLIGHT_OK ? inflight_auth_start(client) : status;
}

/* Whether requests can be taken; says why not. */
static enum inflight_status
can_send(struct inflight *client)
{
	if (client->state == LINK_ENDED)
		return client->failure;
	if (client->state == LINK_NONE)
		return inflight_fail(client, INFLIGHT_CLOSED, "not connected", NULL);
	if (client->send_over)
		return inflight_fail(client, INFLIGHT_INVALID, "no request after the end", NULL);
	return INFLIGHT_OK;
}

/* Adds JSON text; a line end can only stand between values there, where a blank does as well. */
static void
add_one_line(struct inflight_bytes *out, struct inflight_span text)
{
	const char *end = text.ptr + text.len;
	const char *from = text.ptr;

	for (const char *at = from; at < end; at++) {
		if (*at != '\n' && *at != '\r')
			continue;
		inflight_bytes_add(out, from, (size_t)(at - from));
		inflight_bytes_add(out, " ", 1);
		from = at + 1;
	}
	inflight_bytes_add(out, from, (size_t)(end - from));
}

static void
add_request(struct inflight_bytes *out, uint64_t id, struct inflight_span method,
	struct inflight_span params)
{
	inflight_bytes_add_text(out, "{\"jsonrpc\":\"2.0\",\"id\":");
	inflight_bytes_add_uint(out, id);
	inflight_bytes_add_text(out, ",\"method\":");
	inflight_text_quote(method, out);
	if (params.len > 0) {
		inflight_bytes_add_text(out, ",\"params\":");
		add_one_line(out, params);
	}
	inflight_bytes_add_text(out, "}\n");
}

enum inflight_status
inflight_send_text(struct inflight *client, const char *method, const char *params, size_t len,
	uint64_t *ret_id)
{
	struct inflight_span name = {method, strlen(method)};
	struct inflight_span text = {params, len};
	struct inflight_span value = {NULL, 0};
	size_t before = inflight_bytes_len(&client->out);
	enum inflight_status status = can_send(client);

	if (status != INFLIGHT_OK)
		return status;
	if (!inflight_text_is_utf8(name))
		return inflight_fail(client, INFLIGHT_INVALID, "method", "not valid UTF-8");
	if (params != NULL) {
		const char *wrong = inflight_text_check(text, INFLIGHT_DEPTH_MAX - 1, &value);

		if (wrong == NULL && value.ptr[0] != '{' && value.ptr[0] != '[')
			wrong = "neither an object nor an array";
		if (wrong != NULL)
			return inflight_fail(client, INFLIGHT_INVALID, "params", wrong);
	}
	if (!inflight_inbox_reserve(client))
		return inflight_fail(client, INFLIGHT_NO_MEMORY, "out of memory", NULL);
	add_request(&client->out, client->last_id + 1, name, value);
	if (client->out.failed) {
		/* Half a request cannot be sent: it is cut off again. */
		client->out.end = client->out.start + before;
		client->out.failed = false;
		return inflight_fail(client, INFLIGHT_NO_MEMORY, "out of memory", NULL);
	}
	client->last_id++;
	inflight_inbox_expect(client, client->last_id, inflight_bytes_len(&client->out) - before);
	*ret_id = client->last_id;
	if (inflight_bytes_len(&client->out) >= FLUSH_AT)
		inflight_link_write(client);
	return INFLIGHT_OK;
}

enum inflight_status
inflight_send(struct inflight *client, const char *method, const json_t *params, uint64_t *ret_id)
{
	enum inflight_status status;
	char *text;

	if (params == NULL)
		return inflight_send_text(client, method, NULL, 0, ret_id);
	text = json_dumps(params, JSON_COMPACT | JSON_ENCODE_ANY);
	if (text == NULL)
		return inflight_fail(client, INFLIGHT_INVALID, "params", "cannot be written");
	status = inflight_send_text(client, method, text, strlen(text), ret_id);
	free(text);
	return status;
}

enum inflight_status
inflight_send_end(struct inflight *client)
{
	enum inflight_status status = can_send(client);

	if (status == INFLIGHT_OK) {
		client->send_over = true;
		inflight_link_write(client);
	}
	return status;
}

/* Makes replies of the whole lines that came. */
static void
read_lines(struct inflight *client)
{
	for (;;) {
		struct inflight_span in = inflight_bytes_span(&client->in);
		const char *end = memchr(in.ptr + client->scanned, '\n', in.len - client->scanned);
		struct inflight_reply *reply;
		enum inflight_status status;

		if (end == NULL && in.len <= REPLY_MAX) {
			client->scanned = in.len;
			return;
		}
		status = INFLIGHT_GARBLED;
		if (end != NULL) {
			in.len = (size_t)(end - in.ptr);
			status = inflight_reply_parse(in, &reply);
		}
		if (status == INFLIGHT_OK)
			status = inflight_inbox_add(client, reply);
		if (status != INFLIGHT_OK) {
			inflight_fail(client, status, client->address_text,
				status == INFLIGHT_NO_MEMORY
					? "out of memory for a reply"
					: "what came is no reply of an inflightd");
			inflight_link_end(client, status);
			inflight_bytes_clear(&client->in);
			client->scanned = 0;
			return;
		}
		inflight_bytes_drop(&client->in, in.len + 1);
		client->scanned = 0;
	}
}

void
inflight_go_on(struct inflight *client)
{
	if (inflight_link_pump(client))
		read_lines(client);
	inflight_auth_go_on(client);
}

enum inflight_status
inflight_connect(struct inflight *client, int64_t timeout_ms)
{
	int64_t deadline_ms = inflight_deadline_of(timeout_ms);
	enum inflight_status status = inflight_connect_start(client);

	while (status == INFLIGHT_UNREACHABLE && client->busy && !inflight_is_over(deadline_ms)) {
		poll(NULL, 0, BUSY_WAIT_MS);
		status = inflight_connect_start(client);
	}
	while (status == INFLIGHT_OK &&
		(client->state == LINK_CONNECTING || client->state == LINK_GREETING ||
			client->auth_id != 0)) {
		inflight_go_on(client);
		if (client->state == LINK_ENDED)
			return client->failure;
		if (client->state == LINK_OPEN && client->auth_id == 0)
			break;
		if (inflight_is_over(deadline_ms)) {
			inflight_disconnect(client);
			return inflight_fail(client, INFLIGHT_TIMEOUT, client->address_text,
				"no connection in time");
		}
		inflight_link_wait(client, deadline_ms);
	}
	return status;
}

enum inflight_status
inflight_receive(
	struct inflight *client, uint64_t id, int64_t timeout_ms, struct inflight_reply **ret)
{
	int64_t deadline_ms = inflight_deadline_of(timeout_ms);

	for (;;) {
		struct inflight_reply *reply = inflight_inbox_take(client, id);

		if (reply == NULL) {
			inflight_go_on(client);
			reply = inflight_inbox_take(client, id);
		}
		if (reply != NULL) {
			*ret = reply;
			return INFLIGHT_OK;
		}
		if (client->state == LINK_ENDED)
			return client->failure;
		if (client->state == LINK_NONE)
			return inflight_fail(client, INFLIGHT_CLOSED, "not connected", NULL);
		if (id != 0 && id <= client->gone_id)
			return inflight_fail(
				client, INFLIGHT_CLOSED, "the request's connection is gone", NULL);
		if (id != 0 && !inflight_inbox_expects(client, id))
			return inflight_fail(client, INFLIGHT_INVALID, "no such request", NULL);
		if (inflight_is_over(deadline_ms) || (id == 0 && client->pending_count == 0))
			return inflight_fail(client, INFLIGHT_TIMEOUT, client->address_text,
				"no answer in time");
		inflight_link_wait(client, deadline_ms);
	}
}

enum inflight_status
inflight_flush(struct inflight *client, int64_t timeout_ms)
{
	int64_t deadline_ms = inflight_deadline_of(timeout_ms);
	enum inflight_status status = can_send(client);

	while (status == INFLIGHT_OK && inflight_bytes_len(&client->out) > 0) {
		/* Replies are read meanwhile: a daemon that cannot write does not read either. */
		inflight_go_on(client);
		if (client->state == LINK_ENDED)
			return client->failure;
		if (inflight_bytes_len(&client->out) == 0)
			break;
		if (inflight_is_over(deadline_ms))
			return inflight_fail(client, INFLIGHT_TIMEOUT, client->address_text,
				"cannot send in time");
		inflight_link_wait(client, deadline_ms);
	}
	return status;
}
