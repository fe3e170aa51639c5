/*
 * The slots of a worker. A slot has a set from the answer to its dequeue until the
 * daemon has taken the outcome, or the lease is lost. Finish and release may be sent
 * again after a new connect: the daemon knows a repeat by the set's token.
 */
#include <config.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/report.h"
#include "cli/signals.h"
#include "cli/work.h"

#define WAIT_MS 60000 /* one long poll for a set */

/* Sends params; 0 where that has to wait for a connection, or cannot be done at all. */
static uint64_t
send_params(struct work *work, const char *method, const struct params *params)
{
	struct inflight_span text = inflight_bytes_span(&params->text);
	uint64_t id = 0;

	if (work_can_send(work))
		inflight_send_text(work->client, method, text.ptr, text.len, &id);
	return id;
}

void
slot_say(const struct slot *slot, const char *what)
{
	report("key %s: %s", slot->set.key_text, what);
}

void
slot_clear(struct work *work, struct slot *slot)
{
	set_clear(&slot->set);
	child_clear(&slot->child);
	slot->request = slot->extend_request = 0;
	slot->lease_lost = false;
	slot->state = work->options->once ? SLOT_RETIRED : SLOT_IDLE;
}

static void
ask(struct work *work, struct slot *slot)
{
	const struct work_options *options = work->options;

	params_begin(&work->params);
	params_text(&work->params, "queue", options->queue);
	params_int(&work->params, "wait_ms", options->drain ? 0 : WAIT_MS);
	if (options->lease_ms >= 0)
		params_int(&work->params, "lease_ms", options->lease_ms);
	params_end(&work->params);
	slot->request = send_params(work, "dequeue", &work->params);
	slot->asked_at_ms = now_ms();
	if (slot->request != 0)
		slot->state = SLOT_ASKING;
}

void
slot_end(struct work *work, struct slot *slot, const char *method)
{
	if (slot->set.lease_ms == 0 || slot->lease_lost) {
		slot_clear(work, slot);
		return;
	}
	if (slot->extend_request != 0)
		inflight_forget(work->client, slot->extend_request);
	slot->extend_request = 0;
	slot->method = method;
	slot->request = 0;
	slot->state = SLOT_ENDING;
}

void
slot_release(struct work *work, struct slot *slot, int64_t delay_ms)
{
	params_begin(&slot->params);
	params_json(&slot->params, "set", slot->set.token);
	params_int(&slot->params, "delay_ms", delay_ms);
	params_end(&slot->params);
	slot_end(work, slot, "release");
}

void
slot_fail(struct work *work, struct slot *slot, const char *why)
{
	bool back = !work->options->no_retry;
	struct params error = {0};

	work->failed++;
	if (slot->set.lease_ms == 0) {
		slot_say(slot, why);
		slot_clear(work, slot);
		return;
	}
	if (back) {
		report("key %s: %s; released, again in %" PRId64 " ms", slot->set.key_text, why,
			work->options->retry_delay_ms);
		slot_release(work, slot, work->options->retry_delay_ms);
		return;
	}
	report("key %s: %s; finished with an error", slot->set.key_text, why);
	params_begin(&error);
	params_text(&error, "code", "failed");
	params_text(&error, "message", why);
	params_end(&error);
	params_begin(&slot->params);
	params_json(&slot->params, "set", slot->set.token);
	params_json(&slot->params, "error", inflight_bytes_span(&error.text));
	params_end(&slot->params);
	params_fini(&error);
	slot_end(work, slot, "finish");
}

void
slot_lease_begins(struct slot *slot, int64_t lease_ms)
{
	slot->set.lease_ms = lease_ms;
	slot->lease_end_ms = slot->asked_at_ms + lease_ms;
	slot->extend_at_ms = slot->asked_at_ms + lease_ms / 3;
}

void
slot_lose_lease(struct slot *slot)
{
	slot_say(slot, "the lease is lost, the command is stopped");
	slot->lease_lost = true;
	child_kill(&slot->child);
}

static void
extend(struct work *work, struct slot *slot)
{
	params_begin(&work->params);
	params_json(&work->params, "set", slot->set.token);
	params_int(&work->params, "lease_ms", slot->set.lease_ms);
	params_end(&work->params);
	slot->extend_request = send_params(work, "extend", &work->params);
	slot->asked_at_ms = now_ms();
	/* Without a connection the extend goes out when there is one again. */
	slot->extend_at_ms = INT64_MAX;
}

static void
step_running(struct work *work, struct slot *slot)
{
	int64_t now = now_ms();
	int wait_status;

	if (child_ended(&slot->child, &wait_status)) {
		work_progress_collect(work);
		slot_command_ended(work, slot, wait_status);
		return;
	}
	if (work->killing)
		child_kill(&slot->child);
	child_tick(&slot->child);
	if (slot->set.lease_ms == 0 || slot->lease_lost)
		return;
	if (now >= slot->lease_end_ms)
		slot_lose_lease(slot);
	else if (now >= slot->extend_at_ms && work_can_send(work))
		extend(work, slot);
}

void
slot_step(struct work *work, struct slot *slot)
{
	bool may_send = work_can_send(work) && now_ms() >= work->ask_at_ms;

	if (slot->state == SLOT_RUNNING)
		step_running(work, slot);
	if (slot->state == SLOT_IDLE && work->stopping)
		slot->state = SLOT_RETIRED;
	else if (slot->state == SLOT_IDLE && may_send)
		ask(work, slot);
	else if (slot->state == SLOT_ENDING && slot->request == 0 && may_send)
		slot->request = send_params(work, slot->method, &slot->params);
}

void
slot_disconnected(struct slot *slot)
{
	if (slot->state == SLOT_ASKING)
		slot->state = SLOT_IDLE;
	if (slot->state == SLOT_RUNNING)
		slot->extend_at_ms = 0;
	slot->request = slot->extend_request = 0;
}

int64_t
slot_due_ms(const struct work *work, const struct slot *slot)
{
	int64_t due = INT64_MAX;
	bool wants = slot->state == SLOT_IDLE || (slot->state == SLOT_ENDING && slot->request == 0);

	if (wants && work_can_send(work))
		due = work->ask_at_ms;
	if (slot->state == SLOT_RUNNING && slot->set.lease_ms > 0 && !slot->lease_lost) {
		due = slot->lease_end_ms;
		if (work_can_send(work) && slot->extend_at_ms < due)
			due = slot->extend_at_ms;
	}
	if (slot->state == SLOT_RUNNING && slot->child.kill_at_ms != 0 &&
		slot->child.kill_at_ms < due)
		due = slot->child.kill_at_ms;
	return due;
}
