/*
 * The loop of a worker: waits for the daemon, the commands, signals and time, and
 * keeps the connection, making it anew when it is lost. Leases outlive a connection,
 * so commands run on meanwhile.
 */
#include <config.h>

#include <stdlib.h>

#include "cli/progress.h"
#include "cli/report.h"
#include "cli/signals.h"
#include "cli/work.h"

#define RECONNECT_FIRST_MS 100
#define RECONNECT_LAST_MS  5000
#define GIVE_UP_MS         5000 /* to tell the last outcomes where the connection is lost */

void
work_stop(struct work *work, int status)
{
	work->stopping = true;
	if (work->status == STATUS_OK)
		work->status = status;
}

static size_t
count_state(const struct work *work, enum slot_state state)
{
	size_t count = 0;

	for (int64_t i = 0; i < work->options->slots; i++)
		count += work->slots[i].state == state;
	return count;
}

static void
take_signals(struct work *work)
{
	int stops = signals_stops();

	if (stops > 0)
		work_stop(work, STATUS_OK);
	if (stops > 1)
		work->killing = true;
}

static void
disconnected(struct work *work)
{
	bool wanted = work->end_sent;

	if (!wanted && !work->lost_reported) {
		report("%s; trying again", inflight_trouble(work->client));
		work->lost_reported = true;
	}
	work->connected = work->connecting = work->end_sent = false;
	work->reconnect_at_ms = now_ms() + (wanted ? 0 : work->reconnect_wait_ms);
	if (!wanted && work->reconnect_wait_ms < RECONNECT_LAST_MS)
		work->reconnect_wait_ms *= 2;
	work->progress.request = 0;
	for (int64_t i = 0; i < work->options->slots; i++)
		slot_disconnected(&work->slots[i]);
}

static void
look_if_connected(struct work *work)
{
	if (!work->connecting || !inflight_is_connected(work->client))
		return;
	work->connecting = false;
	work->connected = true;
	if (work->lost_reported)
		report("connected again");
	work->lost_reported = false;
}

static void
take_reply(struct work *work, struct inflight_reply *reply)
{
	for (int64_t i = 0; i < work->options->slots; i++) {
		if (slot_answer(work, &work->slots[i], reply)) {
			work->reconnect_wait_ms = RECONNECT_FIRST_MS;
			return;
		}
	}
	if (work_progress_answer(work, reply)) {
		inflight_reply_free(reply);
		return;
	}
	/* An error about the connection as a whole; the daemon closes it next. */
	if (inflight_reply_is_error(reply))
		report_error(NULL, reply);
	inflight_reply_free(reply);
}

static void
take_answers(struct work *work)
{
	struct inflight_reply *reply;
	enum inflight_status status = INFLIGHT_OK;

	if (!work->connected && !work->connecting)
		return;
	while (status == INFLIGHT_OK) {
		status = inflight_receive(work->client, 0, 0, &reply);
		if (status == INFLIGHT_OK)
			take_reply(work, reply);
	}
	if (status != INFLIGHT_TIMEOUT)
		disconnected(work);
	else
		look_if_connected(work);
}

/* Whether there is still something to say or to ask. */
static bool
needs_daemon(const struct work *work)
{
	return !work->stopping || count_state(work, SLOT_RUNNING) > 0 ||
	       count_state(work, SLOT_ENDING) > 0;
}

static void
keep_connection(struct work *work)
{
	if (work->connected || work->connecting || !needs_daemon(work) ||
		now_ms() < work->reconnect_at_ms)
		return;
	work->connecting = true;
	if (inflight_connect_start(work->client) != INFLIGHT_OK)
		disconnected(work);
	/* A Unix socket connects at once, and then nothing would wake the loop up. */
	look_if_connected(work);
}

/*
 * Ends the long polls when no set is wanted any more. A set that is on its way comes all the
 * same, and is released.
 */
static void
end_polls(struct work *work)
{
	if (!work->stopping || !work_can_send(work) || count_state(work, SLOT_ASKING) == 0)
		return;
	if (inflight_send_end(work->client) == INFLIGHT_OK)
		work->end_sent = true;
}

/* Whether the last outcomes have to remain untold. */
static bool
gives_up(struct work *work)
{
	if (!work->stopping || work->connected || count_state(work, SLOT_RUNNING) > 0) {
		work->give_up_at_ms = 0;
		return false;
	}
	if (work->give_up_at_ms == 0)
		work->give_up_at_ms = now_ms() + GIVE_UP_MS;
	if (!work->killing && now_ms() < work->give_up_at_ms)
		return false;
	report("the daemon could not be told the outcome of %zu sets",
		count_state(work, SLOT_ENDING));
	work->status = STATUS_DAEMON;
	return true;
}

static int64_t
next_due_ms(const struct work *work)
{
	int64_t due = INT64_MAX;

	for (int64_t i = 0; i < work->options->slots; i++) {
		int64_t slot_due = slot_due_ms(work, &work->slots[i]);

		if (slot_due < due)
			due = slot_due;
	}
	if (!work->connected && !work->connecting && needs_daemon(work) &&
		work->reconnect_at_ms < due)
		due = work->reconnect_at_ms;
	if (work->give_up_at_ms != 0 && work->give_up_at_ms < due)
		due = work->give_up_at_ms;
	if (progress_due_ms() >= 0 && progress_due_ms() < due)
		due = progress_due_ms();
	return due == INT64_MAX ? -1 : due;
}

static void
wait_for_more(struct work *work, struct pollfd *fds)
{
	int64_t slots = work->options->slots;

	for (int64_t i = 0; i < slots; i++)
		child_poll(&work->slots[i].child, fds + 2 * i);
	fds[2 * slots] = (struct pollfd){
		.fd = inflight_fd(work->client), .events = inflight_events(work->client)};
	work_progress_poll(work, &fds[2 * slots + 1]);
	signals_poll(fds, (size_t)(2 * slots + 2), next_due_ms(work));
	work_progress_move(work, &fds[2 * slots + 1]);
	for (int64_t i = 0; i < slots; i++)
		child_move(&work->slots[i].child, fds + 2 * i);
}

int
work_run(struct inflight *client, const struct work_options *options)
{
	struct work work = {.client = client,
		.options = options,
		.connected = true,
		.reconnect_wait_ms = RECONNECT_FIRST_MS};
	size_t slots = (size_t)options->slots;
	struct pollfd *fds = zero_alloc(2 * slots + 2, sizeof *fds);

	work.slots = zero_alloc(slots, sizeof *work.slots);
	for (size_t i = 0; i < slots; i++)
		child_clear(&work.slots[i].child);
	signals_catch();
	work_progress_begin(&work);
	for (;;) {
		take_signals(&work);
		take_answers(&work);
		keep_connection(&work);
		for (size_t i = 0; i < slots; i++)
			slot_step(&work, &work.slots[i]);
		end_polls(&work);
		work_progress_step(&work);
		if (count_state(&work, SLOT_RETIRED) == slots || gives_up(&work))
			break;
		wait_for_more(&work, fds);
	}
	work_progress_end(&work);
	for (size_t i = 0; i < slots; i++) {
		set_clear(&work.slots[i].set);
		child_clear(&work.slots[i].child);
		params_fini(&work.slots[i].params);
	}
	params_fini(&work.params);
	free(work.slots);
	free(fds);
	if (work.status == STATUS_OK && work.failed > 0 && (options->once || options->drain))
		return STATUS_REFUSED;
	return work.status;
}
