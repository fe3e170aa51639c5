/*
 * Calls: a request and its answer, over one connection, or as many as it takes where the handle
 * was told to try again.
 */
#include <config.h>

#include <stdlib.h>
#include <string.h>

#include "client/errand.h"
#include "client/handle.h"
#include "client/text.h"

#define PAUSE_MAX_MS INT64_C(1000000000000) /* the most that the protocol knows as a time */

enum inflight_status
inflight_set_retry(struct inflight *client, int64_t first_ms, int64_t last_ms, int64_t silence_ms)
{
	bool off = first_ms == 0;

	if (first_ms < 0 || last_ms < first_ms || last_ms > PAUSE_MAX_MS || silence_ms < 1 ||
		silence_ms > PAUSE_MAX_MS)
		return inflight_fail(client, INFLIGHT_INVALID, "retry",
			"not 0 <= first <= last <= 10^12 and 1 <= silence <= 10^12");
	client->retry_first_ms = off ? 0 : first_ms;
	client->retry_last_ms = off ? 0 : last_ms;
	client->silence_ms = silence_ms;
	return INFLIGHT_OK;
}

/* Takes `params`. */
static enum inflight_status
call_over_connections(struct inflight *client, const char *method, struct inflight_bytes *params,
	int64_t timeout_ms, struct inflight_reply **ret)
{
	int64_t deadline_ms = inflight_deadline_of(timeout_ms);
	struct inflight_errand errand;
	enum inflight_status status = inflight_errand_init(&errand, client, method, params);

	if (status != INFLIGHT_OK)
		return status;
	return inflight_errand_run(&errand, client, deadline_ms, ret);
}

static enum inflight_status
call_once(struct inflight *client, const char *method, struct inflight_span params,
	int64_t timeout_ms, struct inflight_reply **ret)
{
	uint64_t id;
	enum inflight_status status =
		inflight_send_text(client, method, params.ptr, params.len, &id);

	if (status != INFLIGHT_OK)
		return status;
	status = inflight_receive(client, id, timeout_ms, ret);
	if (status != INFLIGHT_OK)
		inflight_forget(client, id);
	return status;
}

enum inflight_status
inflight_call_text(struct inflight *client, const char *method, const char *params, size_t len,
	int64_t timeout_ms, struct inflight_reply **ret)
{
	struct inflight_bytes copy = {0};

	if (client->retry_first_ms == 0)
		return call_once(
			client, method, (struct inflight_span){params, len}, timeout_ms, ret);
	if (params != NULL && len == 0)
		return inflight_fail(client, INFLIGHT_INVALID, "params", "not a JSON value");
	if (params != NULL)
		inflight_bytes_add(&copy, params, len);
	return call_over_connections(client, method, &copy, timeout_ms, ret);
}

enum inflight_status
inflight_call(struct inflight *client, const char *method, const json_t *params, int64_t timeout_ms,
	struct inflight_reply **ret)
{
	enum inflight_status status;
	char *text;

	if (params == NULL)
		return inflight_call_text(client, method, NULL, 0, timeout_ms, ret);
	text = json_dumps(params, JSON_COMPACT | JSON_ENCODE_ANY);
	if (text == NULL)
		return inflight_fail(client, INFLIGHT_INVALID, "params", "cannot be written");
	status = inflight_call_text(client, method, text, strlen(text), timeout_ms, ret);
	free(text);
	return status;
}

enum inflight_status
inflight_enqueue(struct inflight *client, const char *queue, const char *key, const char *msg,
	const char *op, int64_t timeout_ms, struct inflight_reply **ret)
{
	struct inflight_bytes params = {0};
	struct inflight_span text = {msg == NULL ? "null" : msg, msg == NULL ? 4 : strlen(msg)};
	char made[INFLIGHT_ID_SIZE];
	enum inflight_status status = INFLIGHT_OK;
	bool good;

	if (op == NULL) {
		status = inflight_make_id(client, made);
		op = made;
	}
	if (status != INFLIGHT_OK)
		return status;
	good = inflight_text_add_string(&params, "{\"queue\":", queue) &&
	       inflight_text_add_string(&params, ",\"key\":", key) &&
	       inflight_text_add_string(&params, ",\"op\":", op) &&
	       inflight_text_check(text, INFLIGHT_DEPTH_MAX - 2, &text) == NULL;
	inflight_bytes_add_text(&params, ",\"msg\":");
	inflight_bytes_add_span(&params, text);
	inflight_bytes_add_text(&params, "}");
	text = inflight_bytes_span(&params);
	if (params.failed)
		status = inflight_fail(client, INFLIGHT_NO_MEMORY, "out of memory", NULL);
	else if (!good)
		status = inflight_fail(
			client, INFLIGHT_INVALID, "enqueue", "not UTF-8, or msg is no JSON value");
	else
		status = inflight_call_text(client, "enqueue", text.ptr, text.len, timeout_ms, ret);
	inflight_bytes_fini(&params);
	return status;
}
