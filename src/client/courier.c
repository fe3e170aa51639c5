/*
 * Carries errands over as many connections as it takes. The errands belong to whoever added
 * them; the list holds those that are not done.
 */
#include <config.h>

#include "client/errand.h"

#include <string.h>

#include "client/handle.h"
#include "client/inbox.h"
#include "client/reply.h"

void
inflight_courier_init(struct inflight_courier *courier, struct inflight *client, bool defaults)
{
	*courier = (struct inflight_courier){.client = client, .end = &courier->first};
	courier->tries_again = defaults || client->retry_first_ms > 0;
	courier->again_ms = courier->connect_ms = courier->heard_ms = inflight_now_ms();
	if (client->retry_first_ms > 0)
		inflight_backoff_init(
			&courier->backoff, client->retry_first_ms, client->retry_last_ms);
	else
		inflight_backoff_init(
			&courier->backoff, INFLIGHT_RETRY_FIRST_MS, INFLIGHT_RETRY_LAST_MS);
}

void
inflight_courier_add(struct inflight_courier *courier, struct inflight_errand *errand)
{
	errand->next = NULL;
	*courier->end = errand;
	courier->end = &errand->next;
}

static void
unlink_errand(struct inflight_courier *courier, struct inflight_errand *errand)
{
	struct inflight_errand **at = &courier->first;

	while (*at != errand)
		at = &(*at)->next;
	*at = errand->next;
	if (*at == NULL)
		courier->end = at;
	errand->next = NULL;
}

void
inflight_courier_drop(struct inflight_courier *courier, struct inflight_errand *errand)
{
	if (errand->request != 0)
		inflight_forget(courier->client, errand->request);
	errand->request = 0;
	unlink_errand(courier, errand);
}

static void
end(struct inflight_courier *courier, struct inflight_errand *errand, enum inflight_status status)
{
	unlink_errand(courier, errand);
	errand->done = true;
	errand->status = status;
}

/*
 * What is known of an errand that is not under way and will not be sent again. That one attempt
 * was not executed says nothing about another one.
 */
static void
end_unsent(struct inflight_courier *courier, struct inflight_errand *errand,
	enum inflight_status failure)
{
	if (errand->was_sent && errand->repeat != INFLIGHT_REPEAT_HARMLESS)
		end(courier, errand, INFLIGHT_UNKNOWN_OUTCOME);
	else if (errand->reply != NULL)
		end(courier, errand, INFLIGHT_OK);
	else
		end(courier, errand, failure);
}

/* ---- connections that end ------------------------------------------------ */

/* Waiting and trying again would not help. */
static bool
is_final(enum inflight_status failure)
{
	switch (failure) {
	case INFLIGHT_INVALID:
	case INFLIGHT_NO_MEMORY:
	case INFLIGHT_GARBLED:
	case INFLIGHT_UNAUTHORIZED:
		return true;
	case INFLIGHT_OK:
	case INFLIGHT_UNREACHABLE:
	case INFLIGHT_TIMEOUT:
	case INFLIGHT_CLOSED:
	case INFLIGHT_UNKNOWN_OUTCOME:
	case INFLIGHT_REFUSED:
		break;
	}
	return false;
}

/* One that was on the connection: it has been executed, or not, or there was nobody to do it. */
static void
errand_lost(struct inflight_courier *courier, struct inflight_errand *errand, bool nobody)
{
	if (errand->request != 0 && !nobody && courier->client->written >= errand->ends_at)
		errand->was_sent = true;
	if (errand->request != 0)
		inflight_errand_shorten_wait(errand);
	errand->request = 0;
}

/*
 * The connection is gone, or could not be made. What may not be repeated ends here, unless it
 * never went out: a line of which a part was sent is not executed.
 */
static void
connection_lost(struct inflight_courier *courier, bool pause)
{
	enum inflight_status failure = courier->client->failure;
	bool nobody = courier->refused || failure == INFLIGHT_UNREACHABLE ||
		      failure == INFLIGHT_UNAUTHORIZED;
	bool final = is_final(failure);
	bool last = final || (pause && !courier->tries_again);
	struct inflight_errand *next;

	if (failure == INFLIGHT_CLOSED)
		failure = INFLIGHT_UNREACHABLE;
	for (struct inflight_errand *errand = courier->first; errand != NULL; errand = next) {
		bool tried = errand->request != 0;

		next = errand->next;
		pause = pause || (tried && !courier->client->send_over);
		errand_lost(courier, errand, nobody);
		if (last || (tried && !courier->tries_again) ||
			(errand->was_sent && errand->repeat == INFLIGHT_REPEAT_NEVER))
			end_unsent(courier, errand, failure);
	}
	courier->again_ms =
		inflight_now_ms() + (pause ? inflight_backoff_next(&courier->backoff) : 0);
	if (final)
		courier->final = failure;
	courier->refused = false;
	courier->losses += !courier->client->send_over;
	inflight_disconnect(courier->client);
}

static void
begin_connection(struct inflight_courier *courier)
{
	enum inflight_status status = inflight_connect_start(courier->client);

	courier->connect_ms = inflight_now_ms();
	if (status == INFLIGHT_OK)
		return;
	courier->client->failure = status;
	connection_lost(courier, true);
}

/* ---- answers ------------------------------------------------------------- */

static bool
is_named(const struct inflight_reply *reply, const char *name)
{
	return strcmp(inflight_reply_name(reply), name) == 0;
}

/* Takes an answer, unless it says to try again. */
static void
settle(struct inflight_courier *courier, struct inflight_errand *errand,
	struct inflight_reply *reply)
{
	inflight_reply_free(errand->reply);
	errand->reply = reply;
	errand->request = 0;
	courier->heard_ms = inflight_now_ms();
	if (courier->tries_again && reply->is_stray && is_named(reply, "limit")) {
		/* Said to the connection as a whole, which then ends: nothing was executed. */
		courier->refused = true;
		inflight_fail(courier->client, INFLIGHT_UNREACHABLE,
			inflight_address(courier->client), inflight_reply_message(reply));
		inflight_link_end(courier->client, INFLIGHT_UNREACHABLE);
		return;
	}
	if (courier->tries_again && is_named(reply, "unavailable")) {
		courier->again_ms = courier->heard_ms + inflight_backoff_next(&courier->backoff);
		return;
	}
	if (courier->tries_again && is_named(reply, "unknown_outcome") &&
		errand->repeat != INFLIGHT_REPEAT_NEVER) {
		errand->was_sent = true;
		courier->again_ms = courier->heard_ms + inflight_backoff_next(&courier->backoff);
		return;
	}
	inflight_backoff_reset(&courier->backoff);
	end(courier, errand, INFLIGHT_OK);
}

static void
take_answers(struct inflight_courier *courier)
{
	struct inflight_errand *next;

	for (struct inflight_errand *errand = courier->first; errand != NULL; errand = next) {
		struct inflight_reply *reply = NULL;

		next = errand->next;
		if (errand->request != 0)
			reply = inflight_inbox_take(courier->client, errand->request);
		if (reply != NULL)
			settle(courier, errand, reply);
	}
}

/* ---- silence ------------------------------------------------------------- */

/* Whether the connection is not there to be used yet. */
static bool
is_on_its_way(const struct inflight *client)
{
	return client->state == LINK_CONNECTING || client->state == LINK_GREETING ||
	       (client->state == LINK_OPEN && client->auth_id != 0);
}

static int64_t
silent_at_ms(const struct inflight_courier *courier, const struct inflight_errand *errand)
{
	int64_t from = courier->heard_ms > errand->sent_ms ? courier->heard_ms : errand->sent_ms;

	return from + errand->wait_ms + errand->silence_ms;
}

/* When the connection counts as lost unless something is heard; negative: never. */
static int64_t
silence_due_ms(const struct inflight_courier *courier)
{
	int64_t due = -1;

	if (is_on_its_way(courier->client))
		return courier->connect_ms + courier->client->silence_ms;
	for (const struct inflight_errand *errand = courier->first; errand != NULL;
		errand = errand->next) {
		if (errand->request != 0 && (due < 0 || silent_at_ms(courier, errand) < due))
			due = silent_at_ms(courier, errand);
	}
	return due;
}

static void
end_silence(struct inflight_courier *courier)
{
	struct inflight *client = courier->client;
	enum inflight_status failure =
		is_on_its_way(client) ? INFLIGHT_UNREACHABLE : INFLIGHT_CLOSED;

	if (client->fd < 0 || !courier->tries_again || !inflight_is_over(silence_due_ms(courier)))
		return;
	inflight_fail(client, failure, client->address_text, "the daemon is silent");
	inflight_link_end(client, failure);
}

/* ---- moving -------------------------------------------------------------- */

static bool
send_errand(struct inflight_courier *courier, struct inflight_errand *errand)
{
	struct inflight *client = courier->client;
	struct inflight_span params = inflight_bytes_span(&errand->params);
	enum inflight_status status = inflight_send_text(client, errand->method,
		params.len > 0 ? params.ptr : NULL, params.len, &errand->request);

	if (status != INFLIGHT_OK) {
		/* A method or params that cannot be sent, or no memory. */
		end(courier, errand, status);
		return false;
	}
	errand->sent_ms = inflight_now_ms();
	errand->ends_at = client->written + inflight_bytes_len(&client->out);
	return true;
}

static bool
has_unsent(const struct inflight_courier *courier)
{
	const struct inflight_errand *errand = courier->first;

	while (errand != NULL && errand->request != 0)
		errand = errand->next;
	return errand != NULL;
}

static void
send_unsent(struct inflight_courier *courier)
{
	struct inflight_errand *next;

	for (struct inflight_errand *errand = courier->first; errand != NULL; errand = next) {
		next = errand->next;
		if (errand->request == 0)
			send_errand(courier, errand);
	}
	inflight_link_write(courier->client);
}

void
inflight_courier_step(struct inflight_courier *courier)
{
	struct inflight *client = courier->client;

	inflight_go_on(client);
	take_answers(courier);
	end_silence(courier);
	if (client->state == LINK_ENDED)
		connection_lost(courier, false);
	if (!has_unsent(courier) || !inflight_is_over(courier->again_ms))
		return;
	if (client->state == LINK_NONE)
		begin_connection(courier);
	if (client->state != LINK_NONE && !client->send_over)
		send_unsent(courier);
}

int64_t
inflight_courier_due_ms(const struct inflight_courier *courier)
{
	int64_t due =
		courier->tries_again && courier->client->fd >= 0 ? silence_due_ms(courier) : -1;

	if (has_unsent(courier) && !courier->client->send_over &&
		(due < 0 || courier->again_ms < due))
		due = courier->again_ms;
	return due;
}

void
inflight_courier_wait(const struct inflight_courier *courier, int64_t deadline_ms)
{
	int64_t due = inflight_courier_due_ms(courier);

	inflight_link_wait(courier->client,
		due >= 0 && (deadline_ms < 0 || due < deadline_ms) ? due : deadline_ms);
}

void
inflight_courier_give_up(struct inflight_courier *courier, struct inflight_errand *errand)
{
	/* Of a connection that is not there yet nothing went out, and nothing is to go. */
	if (is_on_its_way(courier->client)) {
		inflight_fail(courier->client, INFLIGHT_UNREACHABLE, courier->client->address_text,
			"no connection in time");
		inflight_link_end(courier->client, INFLIGHT_UNREACHABLE);
		connection_lost(courier, true);
	}
	if (errand->done)
		return;
	if (errand->request != 0) {
		inflight_forget(courier->client, errand->request);
		errand->request = 0;
		inflight_fail(courier->client, INFLIGHT_TIMEOUT, courier->client->address_text,
			"no answer in time");
		end(courier, errand, INFLIGHT_TIMEOUT);
		return;
	}
	end_unsent(courier, errand, INFLIGHT_UNREACHABLE);
}

void
inflight_courier_finish(struct inflight_courier *courier, int64_t deadline_ms)
{
	for (;;) {
		inflight_courier_step(courier);
		while (courier->first != NULL && inflight_is_over(deadline_ms))
			inflight_courier_give_up(courier, courier->first);
		if (courier->first == NULL)
			return;
		inflight_courier_wait(courier, deadline_ms);
	}
}
