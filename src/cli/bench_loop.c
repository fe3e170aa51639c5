/*
 * The loop of `inflight bench`. Connections with something to do stand in a list and
 * have their turn one after the other; one that always has an answer goes to its end.
 */
#include <config.h>

#include <sys/epoll.h>

#include "cli/bench.h"
#include "cli/report.h"
#include "cli/signals.h"

#define EVENTS_MAX 128
#define SETTLE_NS  2000000000 /* for the last answers, once a signal came */

void
bench_ready(struct bench *bench, struct bench_connection *connection)
{
	if (connection->ready)
		return;
	connection->ready = true;
	connection->next_ready = NULL;
	*bench->ready_end = connection;
	bench->ready_end = &connection->next_ready;
}

void
bench_lose(struct bench *bench, const struct inflight *client, enum inflight_status status)
{
	if (!bench->lost)
		bench->status = report_status(client, status);
	bench->lost = true;
	bench->over = true;
}

/* Lets epoll tell of what the handle waits for. */
static void
watch(struct bench *bench, struct bench_connection *connection)
{
	short wanted = inflight_events(connection->client);
	struct epoll_event event = {
		.events = (wanted & POLLIN ? EPOLLIN : 0) | (wanted & POLLOUT ? EPOLLOUT : 0),
		.data.ptr = connection,
	};
	int call = connection->events == 0 ? EPOLL_CTL_ADD : EPOLL_CTL_MOD;
	int fd = inflight_fd(connection->client);

	if (event.events == connection->events || fd < 0)
		return;
	if (epoll_ctl(bench->epoll, call, fd, &event) != 0)
		out_of_memory();
	connection->events = event.events;
}

/*
 * Takes as many answers as can have come since the last turn; the look for one more sends what
 * they led to. A daemon that is quick could answer for ever: then the others come first.
 */
static void
turn(struct bench *bench, struct bench_connection *connection)
{
	enum inflight_status status = INFLIGHT_OK;
	struct inflight_reply *reply;

	for (int64_t i = 0; i <= bench->options->pipeline && status == INFLIGHT_OK; i++) {
		status = inflight_receive(connection->client, 0, 0, &reply);
		if (status == INFLIGHT_OK)
			bench_answer(bench, connection, reply);
	}
	if (status == INFLIGHT_OK)
		bench_ready(bench, connection);
	else if (status != INFLIGHT_TIMEOUT)
		bench_lose(bench, connection->client, status);
	watch(bench, connection);
}

/* A turn for each connection that has something to do now. */
static void
turns(struct bench *bench)
{
	struct bench_connection *at = bench->ready;

	bench->ready = NULL;
	bench->ready_end = &bench->ready;
	while (at != NULL && !bench->lost) {
		struct bench_connection *next = at->next_ready;

		at->ready = false;
		turn(bench, at);
		at = next;
	}
}

/* When the wait has to end; `until` is when nothing more is waited for. */
static uint64_t
wake_at(const struct bench *bench, uint64_t until)
{
	const struct bench_load *load = &bench->load;
	uint64_t due = until;

	if (bench->ready != NULL)
		return 0;
	if (!bench->over && load->jobs_left > 0 && load->rate > 0 && bench->idle != NULL) {
		if (load->next_ns < load->end_ns)
			due = load->next_ns;
		else if (bench->busy == 0)
			due = load->end_ns;
	}
	return due < until ? due : until;
}

static void
wait_for_events(struct bench *bench, uint64_t until)
{
	struct pollfd any = {.fd = bench->epoll, .events = POLLIN};
	struct epoll_event events[EVENTS_MAX];
	int count;

	signals_poll_ns(&any, 1, wake_at(bench, until));
	count = any.revents == 0 ? 0 : epoll_wait(bench->epoll, events, EVENTS_MAX, 0);
	for (int i = 0; i < count; i++)
		bench_ready(bench, events[i].data.ptr);
}

/* Until when an answer is worth waiting for. */
static uint64_t
answer_deadline(const struct bench *bench, uint64_t now)
{
	int64_t limit_ms = bench->common->timeout_ms;

	if (bench->die_of != 0)
		return now + SETTLE_NS;
	return limit_ms < 0 ? UINT64_MAX : now + (uint64_t)limit_ms * 1000000;
}

/* A signal ends the load; a second one what is waited for afterwards. */
static bool
look_for_signals(struct bench *bench)
{
	bool fresh = bench->die_of == 0 && signals_stops() > 0;

	if (signals_stops() > 1)
		bench->lost = true;
	if (signals_stops() > 0) {
		bench->die_of = signals_last_stop();
		bench->over = true;
	}
	return fresh;
}

static bool
is_finished(const struct bench *bench)
{
	const struct bench_load *load = &bench->load;
	bool none_begins = bench->over || load->jobs_left == 0 || now_ns() >= load->end_ns;

	return bench->lost || (none_begins && bench->busy == 0);
}

/* Jobs that were due before the load ended, but found no lane. */
static uint64_t
jobs_not_begun(const struct bench *bench, uint64_t now)
{
	const struct bench_load *load = &bench->load;
	uint64_t end = load->end_ns < now ? load->end_ns : now;
	uint64_t seconds = (end - load->start_ns) / SECOND_NS;
	uint64_t rest = (end - load->start_ns) % SECOND_NS;
	uint64_t count;

	if (load->rate == 0 || load->next_ns >= end)
		return 0;
	count = seconds * load->rate + rest * load->rate / SECOND_NS + 1 - load->begun;
	return count < load->jobs_left ? count : load->jobs_left;
}

/* Nothing was answered for too long. */
static void
give_up(struct bench *bench)
{
	report("no answer in time");
	bench->lost = true;
	bench->over = true;
	bench->status = STATUS_DAEMON;
}

void
bench_loop(struct bench *bench)
{
	struct bench_tally *tally = bench->load.tally;
	uint64_t start = now_ns();
	uint64_t until = answer_deadline(bench, start);
	uint64_t last_answers = 0;

	while (!is_finished(bench)) {
		uint64_t answers = bench_sum(tally->answered);
		uint64_t now = now_ns();

		if (look_for_signals(bench) || answers != last_answers || bench->busy == 0)
			until = answer_deadline(bench, now);
		last_answers = answers;
		bench_start_due(bench);
		turns(bench);
		if (is_finished(bench))
			break;
		wait_for_events(bench, until);
		if (bench->ready == NULL && now_ns() >= until)
			give_up(bench);
	}
	tally->elapsed_ns = now_ns() - start;
	tally->not_begun = jobs_not_begun(bench, start + tally->elapsed_ns);
}
