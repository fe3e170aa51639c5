/*
 * What happens to a set between the dequeue that asks for one and the answer to what ended it.
 * Errands are made here and given to the worker's courier; while one is there, nothing else is.
 */
#include <config.h>

#include <stdlib.h>
#include <string.h>

#include "client/handle.h"
#include "client/text.h"
#include "client/worker.h"

#define EXTEND_SILENCE_MIN_MS 1000

void
inflight_taken_clear(struct inflight_taken *set)
{
	inflight_delivery_fini(&set->delivery);
	inflight_bytes_fini(&set->noted);
	free(set->is_noted);
	inflight_errand_fini(&set->errand);
	inflight_errand_fini(&set->beat);
	*set = (struct inflight_taken){.worker = set->worker};
}

/* ---- asking -------------------------------------------------------------- */

static void
ask(struct inflight_taken *set)
{
	struct inflight_worker *worker = set->worker;
	struct inflight_bytes params = {0};
	enum inflight_status status;

	inflight_bytes_add_text(
		&params, worker->queue_count == 1 ? "{\"queue\":" : "{\"queues\":[");
	inflight_bytes_add_span(&params, inflight_bytes_span(&worker->queues));
	inflight_bytes_add_text(&params, worker->queue_count == 1 ? "" : "]");
	if (worker->lease_ms >= 0) {
		inflight_bytes_add_text(&params, ",\"lease_ms\":");
		inflight_bytes_add_uint(&params, (uint64_t)worker->lease_ms);
	}
	inflight_bytes_add_text(&params, "}");
	status = inflight_errand_init(&set->errand, worker->client, "dequeue", &params);
	if (status != INFLIGHT_OK) {
		inflight_worker_end(worker, status);
		return;
	}
	set->state = SET_ASKING;
	inflight_courier_add(&worker->courier, &set->errand);
	worker->again = true;
}

static void
taken(struct inflight_taken *set, struct inflight_reply *reply)
{
	struct inflight_worker *worker = set->worker;
	enum inflight_status status = inflight_delivery_read(&set->delivery, reply);

	inflight_backoff_reset(&worker->not_now);
	if (status != INFLIGHT_OK) {
		inflight_fail(worker->client, status, "dequeue", "the answer cannot be read");
		inflight_worker_end(worker, status);
	}
	worker->again = true;
	set->state = SET_IDLE;
	if (set->delivery.count == 0)
		return;
	set->state = SET_TAKEN;
	/* The long poll may have waited long; the lease began when it was answered. */
	set->lease_end_ms = inflight_now_ms() + set->delivery.lease_ms;
	set->beat_at_ms = inflight_now_ms() + set->delivery.lease_ms / 3;
	if (worker->stopping)
		inflight_taken_give_back(set, 0);
}

static bool
is_named(const struct inflight_reply *reply, const char *name)
{
	return strcmp(inflight_reply_name(reply), name) == 0;
}

/* The daemon gives no set. Some reasons pass. */
static void
not_taken(struct inflight_taken *set, const struct inflight_reply *reply)
{
	struct inflight_worker *worker = set->worker;
	const char *message = inflight_reply_message(reply);

	set->state = SET_IDLE;
	if (is_named(reply, "queue_closed")) {
		inflight_worker_end(worker, INFLIGHT_OK);
	} else if (is_named(reply, "draining") || is_named(reply, "unavailable") ||
		   is_named(reply, "unknown_outcome") || is_named(reply, "limit")) {
		worker->ask_at_ms = inflight_now_ms() + inflight_backoff_next(&worker->not_now);
		inflight_worker_tell(worker, INFLIGHT_NOTICE_NOT_NOW, NULL, message);
	} else {
		inflight_fail(worker->client, INFLIGHT_REFUSED, "dequeue", message);
		inflight_worker_end(worker,
			is_named(reply, "unauthorized") ? INFLIGHT_UNAUTHORIZED : INFLIGHT_REFUSED);
	}
}

static void
asked(struct inflight_taken *set)
{
	struct inflight_reply *reply = inflight_errand_take_reply(&set->errand);

	inflight_errand_fini(&set->errand);
	if (!inflight_reply_is_error(reply)) {
		taken(set, reply);
		return;
	}
	not_taken(set, reply);
	inflight_reply_free(reply);
}

/* ---- heartbeats ---------------------------------------------------------- */

static void
lose(struct inflight_taken *set, const char *text)
{
	if (set->lost)
		return;
	set->lost = true;
	inflight_worker_tell(set->worker, INFLIGHT_NOTICE_LEASE_LOST, set, text);
}

static void
beat(struct inflight_taken *set)
{
	struct inflight_worker *worker = set->worker;
	struct inflight_span token = {set->delivery.token, strlen(set->delivery.token)};
	struct inflight_bytes params = {0};
	int64_t third = set->delivery.lease_ms / 3;

	inflight_bytes_add_text(&params, "{\"set\":");
	inflight_text_quote(token, &params);
	inflight_bytes_add_text(&params, ",\"lease_ms\":");
	inflight_bytes_add_uint(&params, (uint64_t)set->delivery.lease_ms);
	inflight_bytes_add_text(&params, "}");
	set->beat_at_ms = inflight_now_ms() + third;
	/* Without memory the next third is tried again. */
	if (inflight_errand_init(&set->beat, worker->client, "extend", &params) != INFLIGHT_OK)
		return;
	/* A connection on which this is not answered is of no use to keep the lease. */
	if (third < EXTEND_SILENCE_MIN_MS)
		third = EXTEND_SILENCE_MIN_MS;
	if (third < set->beat.silence_ms)
		set->beat.silence_ms = third;
	inflight_courier_add(&worker->courier, &set->beat);
	set->beating = true;
	worker->again = true;
}

static void
beaten(struct inflight_taken *set)
{
	struct inflight_reply *reply = set->beat.reply;
	int64_t sent_ms = set->beat.sent_ms;
	struct inflight_span result;
	struct inflight_span value;
	int64_t lease_ms;

	result.ptr = inflight_reply_text(reply, &result.len);
	if (result.ptr != NULL && inflight_text_member(result, "lease_ms", &value) &&
		inflight_text_int(value, &lease_ms) && lease_ms > 0) {
		set->lease_end_ms = sent_ms + lease_ms;
		set->beat_at_ms = sent_ms + lease_ms / 3;
	} else if (is_named(reply, "lease_lost")) {
		set->lost_for_sure = true;
		lose(set, inflight_reply_message(reply));
	}
	set->beating = false;
	inflight_errand_fini(&set->beat);
}

void
inflight_taken_go_on(struct inflight_taken *set)
{
	struct inflight_worker *worker = set->worker;

	if (set->state == SET_IDLE && !worker->stopping && inflight_is_over(worker->ask_at_ms))
		ask(set);
	if (set->state == SET_ASKING && worker->stopping && set->errand.request == 0 &&
		!set->errand.done) {
		inflight_courier_drop(&worker->courier, &set->errand);
		inflight_taken_clear(set);
	}
	if ((set->state != SET_WORKING && set->state != SET_TAKEN) || set->delivery.lease_ms == 0 ||
		set->lost_for_sure)
		return;
	if (!set->beating && inflight_is_over(set->beat_at_ms))
		beat(set);
	if (inflight_is_over(set->lease_end_ms))
		lose(set, "the lease could not be extended in time");
}

/* ---- ends ---------------------------------------------------------------- */

/* The daemon does not take what ended the set. */
static void
end_refused(struct inflight_taken *set, const struct inflight_reply *reply)
{
	struct inflight_worker *worker = set->worker;
	const char *message = inflight_reply_message(reply);

	if (is_named(reply, "lease_lost")) {
		/* A release that is said twice, because its first answer was lost, finds this too.
		 */
		if (strcmp(set->errand.method, "release") != 0)
			lose(set, message);
		inflight_taken_clear(set);
	} else if (strcmp(set->errand.method, "release") == 0) {
		inflight_taken_clear(set);
	} else {
		inflight_worker_tell(worker, INFLIGHT_NOTICE_NOT_TAKEN, set, message);
		inflight_errand_fini(&set->errand);
		inflight_taken_give_back(set, worker->retry_delay_ms);
	}
}

static void
ended(struct inflight_taken *set)
{
	struct inflight_reply *reply = inflight_errand_take_reply(&set->errand);

	if (inflight_reply_is_error(reply))
		end_refused(set, reply);
	else
		inflight_taken_clear(set);
	inflight_reply_free(reply);
	set->worker->again = true;
}

void
inflight_taken_give_back(struct inflight_taken *set, int64_t delay_ms)
{
	set->state = SET_WORKING;
	if (inflight_taken_release(set, delay_ms) != INFLIGHT_OK) {
		/* There is no memory to say it: the lease says it when it expires. */
		inflight_worker_end(set->worker, INFLIGHT_NO_MEMORY);
		inflight_taken_clear(set);
	}
}

/* Why an errand had no answer: that the outcome is not known is only what follows. */
static enum inflight_status
cause_of(const struct inflight_worker *worker, const struct inflight_errand *errand)
{
	return worker->courier.final == INFLIGHT_OK ? errand->status : worker->courier.final;
}

void
inflight_taken_take_answers(struct inflight_taken *set)
{
	struct inflight_worker *worker = set->worker;

	if (set->beating && set->beat.done) {
		if (set->beat.status == INFLIGHT_OK) {
			beaten(set);
		} else {
			set->beating = false;
			inflight_worker_give_up(worker, cause_of(worker, &set->beat));
		}
	}
	if (!set->errand.done)
		return;
	if (set->errand.status != INFLIGHT_OK)
		inflight_worker_give_up(worker, cause_of(worker, &set->errand));
	else if (set->state == SET_ASKING)
		asked(set);
	else
		ended(set);
}

int64_t
inflight_taken_due_ms(const struct inflight_taken *set)
{
	const struct inflight_worker *worker = set->worker;
	int64_t due = INT64_MAX;

	if (set->state == SET_TAKEN)
		return 0;
	if (set->state == SET_IDLE && !worker->stopping)
		return worker->ask_at_ms;
	if (set->state != SET_WORKING || set->delivery.lease_ms == 0 || set->lost_for_sure)
		return due;
	if (!set->lost)
		due = set->lease_end_ms;
	return !set->beating && set->beat_at_ms < due ? set->beat_at_ms : due;
}
