/* One request and its ends. What an errand owns: its params, and an answer until it is taken. */
#include <config.h>

#include "client/errand.h"

#include <string.h>

#include "client/handle.h"
#include "client/text.h"

enum inflight_status
inflight_errand_init(struct inflight_errand *errand, struct inflight *client, const char *method,
	struct inflight_bytes *params)
{
	struct inflight_repeat_facts facts;
	struct inflight_span value = {"", 0};
	const char *wrong = NULL;

	*errand = (struct inflight_errand){.method = method, .params = *params};
	*params = (struct inflight_bytes){0};
	if (errand->params.failed) {
		inflight_errand_fini(errand);
		return inflight_fail(client, INFLIGHT_NO_MEMORY, "out of memory", NULL);
	}
	if (inflight_bytes_len(&errand->params) > 0)
		wrong = inflight_text_check(
			inflight_bytes_span(&errand->params), INFLIGHT_DEPTH_MAX - 1, &value);
	if (wrong != NULL) {
		inflight_errand_fini(errand);
		return inflight_fail(client, INFLIGHT_INVALID, "params", wrong);
	}
	inflight_repeat_look(method, value, &facts);
	errand->repeat = facts.repeat;
	errand->wait_ms = facts.wait_ms;
	errand->wait = facts.wait;
	errand->silence_ms = client->silence_ms;
	errand->began_ms = inflight_now_ms();
	return INFLIGHT_OK;
}

void
inflight_errand_fini(struct inflight_errand *errand)
{
	inflight_bytes_fini(&errand->params);
	inflight_reply_free(errand->reply);
	*errand = (struct inflight_errand){.method = errand->method};
}

struct inflight_reply *
inflight_errand_take_reply(struct inflight_errand *errand)
{
	struct inflight_reply *reply = errand->reply;

	errand->reply = NULL;
	return reply;
}

void
inflight_errand_shorten_wait(struct inflight_errand *errand)
{
	int64_t waited = inflight_now_ms() - errand->began_ms;
	struct inflight_span old = inflight_bytes_span(&errand->params);
	struct inflight_bytes params = {0};
	struct inflight_span written;
	size_t before;

	if (errand->wait.len == 0)
		return;
	before = (size_t)(errand->wait.ptr - old.ptr);
	errand->wait_ms = waited < errand->wait_ms ? errand->wait_ms - waited : 0;
	errand->began_ms += waited;
	inflight_bytes_add(&params, old.ptr, before);
	inflight_bytes_add_uint(&params, (uint64_t)errand->wait_ms);
	written.len = inflight_bytes_len(&params) - before;
	inflight_bytes_add(
		&params, errand->wait.ptr + errand->wait.len, old.len - before - errand->wait.len);
	if (params.failed) {
		/* It waits for longer than asked for then, as far as the caller does. */
		inflight_bytes_fini(&params);
		return;
	}
	inflight_bytes_fini(&errand->params);
	errand->params = params;
	errand->wait = (struct inflight_span){params.data + params.start + before, written.len};
}

enum inflight_status
inflight_errand_run(struct inflight_errand *errand, struct inflight *client, int64_t deadline_ms,
	struct inflight_reply **ret)
{
	struct inflight_courier courier;
	enum inflight_status status;

	inflight_courier_init(&courier, client, false);
	inflight_courier_add(&courier, errand);
	inflight_courier_finish(&courier, deadline_ms);
	status = errand->status;
	if (status == INFLIGHT_OK)
		*ret = inflight_errand_take_reply(errand);
	inflight_errand_fini(errand);
	return status;
}
