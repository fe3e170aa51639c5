/* See watch.h. A signal ends it between two samples or while it waits for one. */
#include <config.h>

#include "cli/watch.h"

#include <stdbool.h>

#include "cli/hint.h"
#include "cli/params.h"
#include "cli/report.h"
#include "cli/request.h"
#include "cli/signals.h"
#include "cli/verb.h"

#define INTERVAL_DEFAULT 1000

struct watch {
	const struct common *common;
	struct inflight *client;
	struct params params; /* of every request */
	struct watch_view view;
	int status;
	bool over;
};

static void
stop(struct watch *watch, int status)
{
	watch->status = status;
	watch->over = true;
}

/* Waits until the daemon says something, or that time; negative: for ever. */
static void
wait_until(struct watch *watch, bool for_daemon, int64_t deadline_ms)
{
	struct pollfd fd = {.fd = for_daemon ? inflight_fd(watch->client) : -1,
		.events = inflight_events(watch->client)};

	signals_poll(&fd, 1, deadline_ms);
	if (signals_stops() > 0)
		stop(watch, STATUS_OK);
}

static void
take_sample(struct watch *watch, const struct inflight_reply *reply)
{
	struct inflight_span stats;

	stats.ptr = inflight_reply_text(reply, &stats.len);
	if (stats.ptr != NULL) {
		int result = watch_show(&watch->view, stats, now_ms());

		if (result != STATUS_OK)
			stop(watch, result);
		return;
	}
	report_error(NULL, reply);
	hint_error(watch->client, "queue.stats", inflight_bytes_span(&watch->params.text), reply);
	stop(watch, STATUS_REFUSED);
}

/* Asks for one sample and waits for it. */
static void
ask(struct watch *watch)
{
	int64_t timeout_ms = watch->common->timeout_ms;
	int64_t deadline_ms = timeout_ms < 0 ? -1 : now_ms() + timeout_ms;
	struct inflight_span text = inflight_bytes_span(&watch->params.text);
	struct inflight_reply *reply = NULL;
	uint64_t id;
	enum inflight_status status =
		inflight_send_text(watch->client, "queue.stats", text.ptr, text.len, &id);

	while (status == INFLIGHT_OK && !watch->over) {
		status = inflight_receive(watch->client, id, 0, &reply);
		if (status != INFLIGHT_TIMEOUT)
			break;
		if (deadline_ms < 0 || now_ms() < deadline_ms) {
			status = INFLIGHT_OK;
			wait_until(watch, true, deadline_ms);
		}
	}
	if (watch->over)
		return;
	if (status != INFLIGHT_OK) {
		stop(watch, report_status(watch->client, status));
		hint_status(watch->client, status);
		return;
	}
	take_sample(watch, reply);
	inflight_reply_free(reply);
}

static void
run(struct watch *watch, int64_t interval_ms, int64_t count)
{
	int64_t next_ms = now_ms();

	for (int64_t i = 0; !watch->over; i++) {
		ask(watch);
		/* A sample that took longer than the interval is followed by the next at once. */
		next_ms += interval_ms;
		if (count > 0 && i + 1 == count)
			break;
		while (!watch->over && now_ms() < next_ms)
			wait_until(watch, false, next_ms);
		if (next_ms < now_ms() - interval_ms)
			next_ms = now_ms();
	}
}

int
run_watch(const struct common *common, const struct arguments *args)
{
	struct watch watch = {.common = common, .view = watch_view_of(common->format)};

	watch.client = client_open(common, &watch.status);
	if (watch.client == NULL)
		return watch.status;
	params_begin(&watch.params);
	params_text(&watch.params, "queue", arguments_text(args, "QUEUE"));
	params_end(&watch.params);
	watch.status = STATUS_OK;
	signals_catch();
	run(&watch, arguments_number(args, "interval", INTERVAL_DEFAULT),
		arguments_number(args, "count", 0));
	params_fini(&watch.params);
	inflight_free(watch.client);
	return watch.status;
}
