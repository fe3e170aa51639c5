/*
 * What the daemon's answers do to the slots of a worker. Each function takes the
 * reply it is given.
 */
#include <config.h>

#include <string.h>

#include "cli/hint.h"
#include "cli/report.h"
#include "cli/signals.h"
#include "cli/work.h"
#include "client/text.h"

#define ASK_AGAIN_MS 1000 /* after an answer that says: not now */

static bool
error_is(const struct inflight_reply *reply, const char *name)
{
	return strcmp(inflight_reply_name(reply), name) == 0;
}

static void
take_set(struct work *work, struct slot *slot, struct inflight_reply *reply)
{
	bool odd;

	slot->state = SLOT_IDLE;
	if (!set_read(&slot->set, reply, &odd)) {
		inflight_reply_free(reply);
		if (odd) {
			report("dequeue: the answer makes no sense");
			work_stop(work, STATUS_DAEMON);
		} else if (work->options->drain) {
			slot->state = SLOT_RETIRED;
		}
		return;
	}
	/* The long poll may have waited long; the lease began when it was answered. */
	slot->asked_at_ms = now_ms();
	slot_lease_begins(slot, slot->set.lease_ms);
	if (work->stopping)
		slot_release(work, slot, 0);
	else
		slot_start_command(work, slot);
}

static void
answer_ask(struct work *work, struct slot *slot, struct inflight_reply *reply)
{
	slot->request = 0;
	if (!inflight_reply_is_error(reply)) {
		take_set(work, slot, reply);
		return;
	}
	slot->state = SLOT_IDLE;
	if (error_is(reply, "queue_closed")) {
		slot->state = SLOT_RETIRED;
		work_stop(work, STATUS_OK);
	} else if (error_is(reply, "draining") || error_is(reply, "unavailable")) {
		work->ask_at_ms = now_ms() + ASK_AGAIN_MS;
	} else {
		report_error(NULL, reply);
		if (!work->stopping)
			hint_queue_error(work->client, "dequeue", work->options->queue, reply);
		work_stop(work, STATUS_REFUSED);
	}
	inflight_reply_free(reply);
}

static void
answer_end(struct work *work, struct slot *slot, struct inflight_reply *reply)
{
	bool was_release = strcmp(slot->method, "release") == 0;

	slot->request = 0;
	if (!inflight_reply_is_error(reply)) {
		slot_clear(work, slot);
	} else if (error_is(reply, "unavailable") || error_is(reply, "unknown_outcome")) {
		work->ask_at_ms = now_ms() + ASK_AGAIN_MS;
	} else if (was_release) {
		/* Sent twice because the first answer was lost, or somebody else has it: all the
		 * same. */
		slot_clear(work, slot);
	} else {
		report("key %s: %s: %s", slot->set.key_text, inflight_reply_name(reply),
			inflight_reply_message(reply));
		work->failed++;
		/* An outcome that the daemon does not take would only wait for the lease to end. */
		if (error_is(reply, "lease_lost"))
			slot_clear(work, slot);
		else
			slot_release(work, slot, work->options->retry_delay_ms);
	}
	inflight_reply_free(reply);
}

static void
answer_extend(struct slot *slot, struct inflight_reply *reply)
{
	struct inflight_span result;
	struct inflight_span lease;
	int64_t lease_ms;

	slot->extend_request = 0;
	result.ptr = inflight_reply_text(reply, &result.len);
	if (result.ptr != NULL && inflight_text_member(result, "lease_ms", &lease) &&
		inflight_text_int(lease, &lease_ms) && lease_ms > 0)
		slot_lease_begins(slot, lease_ms);
	else if (error_is(reply, "lease_lost") && !slot->lease_lost)
		slot_lose_lease(slot);
	else
		slot->extend_at_ms = now_ms() + slot->set.lease_ms / 3 + 1;
	inflight_reply_free(reply);
}

bool
slot_answer(struct work *work, struct slot *slot, struct inflight_reply *reply)
{
	uint64_t id = inflight_reply_id(reply);

	if (id == 0)
		return false;
	if (id == slot->extend_request)
		answer_extend(slot, reply);
	else if (id != slot->request)
		return false;
	else if (slot->state == SLOT_ASKING)
		answer_ask(work, slot, reply);
	else
		answer_end(work, slot, reply);
	return true;
}
