/*
 * Jobs and their requests. A lane is idle, or waits for the answer to one request;
 * which lane an answer belongs to is found in the list of those that wait, where it
 * is nearly always the first.
 */
#include <config.h>

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/bench.h"
#include "cli/report.h"
#include "cli/signals.h"
#include "client/text.h"

static void
add_member(struct inflight_bytes *out, const char *before, struct inflight_span text)
{
	inflight_bytes_add_text(out, before);
	inflight_text_quote(text, out);
}

void
bench_lanes_init(struct bench *bench)
{
	struct inflight_span queue = {bench->queue, strlen(bench->queue)};
	size_t size = (size_t)bench->options->payload;
	char *room;

	add_member(&bench->dequeue, "{\"queue\":", queue);
	inflight_bytes_add_text(&bench->dequeue, ",\"wait_ms\":0}");
	add_member(&bench->enqueue_head, "{\"queue\":", queue);
	/* Like no key of another run, in a queue that is used by more than this one. */
	inflight_bytes_add_text(&bench->enqueue_head, ",\"key\":\"bench-");
	inflight_bytes_add_uint(&bench->enqueue_head, (uint64_t)getpid());
	inflight_bytes_add_text(&bench->enqueue_head, "-");
	inflight_bytes_add_text(&bench->enqueue_tail, "\",\"msg\":\"");
	room = inflight_bytes_reserve(&bench->enqueue_tail, size + 2);
	need_memory(&bench->dequeue);
	need_memory(&bench->enqueue_head);
	need_memory(&bench->enqueue_tail);
	memset(room, 'x', size);
	bench->enqueue_tail.end += size;
	inflight_bytes_add_text(&bench->enqueue_tail, "\"}");
}

void
bench_lanes_fini(struct bench *bench)
{
	inflight_bytes_fini(&bench->enqueue_head);
	inflight_bytes_fini(&bench->enqueue_tail);
	inflight_bytes_fini(&bench->dequeue);
	inflight_bytes_fini(&bench->params);
}

static void
lane_is_idle(struct bench *bench, struct bench_lane *lane)
{
	lane->next = NULL;
	*bench->idle_end = lane;
	bench->idle_end = &lane->next;
}

/* ---- requests out ---------------------------------------------------------- */

/* Sends a request that was due then; the lane waits for its answer from now on. */
static void
lane_send(struct bench *bench, struct bench_lane *lane, enum bench_step step,
	struct inflight_span params, uint64_t due_ns)
{
	struct bench_connection *connection = lane->connection;
	enum inflight_status status = inflight_send_text(
		connection->client, bench_step_names[step], params.ptr, params.len, &lane->request);

	if (status != INFLIGHT_OK) {
		bench_lose(bench, connection->client, status);
		lane_is_idle(bench, lane);
		return;
	}
	lane->step = step;
	lane->due_ns = due_ns;
	lane->next = NULL;
	*connection->waiting_end = lane;
	connection->waiting_end = &lane->next;
	bench->busy++;
	bench->load.tally->sent[step]++;
}

static void
send_enqueue(struct bench *bench, struct bench_lane *lane, uint64_t due_ns)
{
	struct inflight_bytes *params = &bench->params;

	inflight_bytes_clear(params);
	inflight_bytes_add_span(params, inflight_bytes_span(&bench->enqueue_head));
	inflight_bytes_add_uint(params, bench_keys_draw(&bench->keys));
	inflight_bytes_add_span(params, inflight_bytes_span(&bench->enqueue_tail));
	need_memory(params);
	lane->ops_left--;
	lane_send(bench, lane, BENCH_ENQUEUE, inflight_bytes_span(params), due_ns);
}

static void
send_finish(struct bench *bench, struct bench_lane *lane, struct inflight_span set, uint64_t due_ns)
{
	struct inflight_bytes *params = &bench->params;

	inflight_bytes_clear(params);
	inflight_bytes_add_text(params, "{\"set\":");
	inflight_bytes_add_span(params, set);
	inflight_bytes_add_text(params, "}");
	need_memory(params);
	lane_send(bench, lane, BENCH_FINISH, inflight_bytes_span(params), due_ns);
}

/* The job's next enqueue, or its dequeue. */
static void
lane_go_on(struct bench *bench, struct bench_lane *lane, uint64_t due_ns)
{
	if (lane->ops_left > 0)
		send_enqueue(bench, lane, due_ns);
	else
		lane_send(bench, lane, BENCH_DEQUEUE, inflight_bytes_span(&bench->dequeue), due_ns);
}

/* ---- jobs -------------------------------------------------------------------- */

/* Whether a job may begin now, and since when it is due. */
static bool
is_job_due(struct bench *bench, uint64_t now, uint64_t *ret_due_ns)
{
	struct bench_load *load = &bench->load;

	if (bench->over || load->jobs_left == 0 || now >= load->end_ns)
		return false;
	*ret_due_ns = now;
	if (load->rate > 0) {
		if (load->next_ns > now)
			return false;
		*ret_due_ns = load->next_ns;
		histogram_add(&load->tally->late, now - load->next_ns);
		load->begun++;
		load->next_ns = load->start_ns + load->begun * SECOND_NS / load->rate;
	}
	load->jobs_left--;
	return true;
}

/* Begins the next job on a lane that has none, or leaves it idle. */
static bool
lane_begin(struct bench *bench, struct bench_lane *lane, uint64_t now)
{
	uint64_t due_ns;

	if (!is_job_due(bench, now, &due_ns)) {
		lane_is_idle(bench, lane);
		return false;
	}
	lane->ops_left = bench->load.ops;
	lane->job_due_ns = due_ns;
	lane_go_on(bench, lane, due_ns);
	return true;
}

void
bench_start_due(struct bench *bench)
{
	while (bench->idle != NULL) {
		struct bench_lane *lane = bench->idle;

		bench->idle = lane->next;
		if (bench->idle == NULL)
			bench->idle_end = &bench->idle;
		if (!lane_begin(bench, lane, now_ns()))
			return;
		bench_ready(bench, lane->connection);
	}
}

static void
job_ends(struct bench *bench, struct bench_lane *lane, uint64_t now)
{
	bench->load.tally->jobs++;
	histogram_add(&bench->load.tally->job, now - lane->job_due_ns);
	lane_begin(bench, lane, now);
}

/* ---- answers in ---------------------------------------------------------------- */

static struct bench_lane *
take_waiting(struct bench *bench, struct bench_connection *connection, uint64_t request)
{
	struct bench_lane **at = &connection->waiting;
	struct bench_lane *lane;

	while (*at != NULL && (*at)->request != request)
		at = &(*at)->next;
	lane = *at;
	if (lane == NULL)
		return NULL;
	*at = lane->next;
	if (*at == NULL)
		connection->waiting_end = at;
	bench->busy--;
	return lane;
}

/* The answer to a dequeue: what comes next is the finish of what was found. */
static void
take_set(struct bench *bench, struct bench_lane *lane, struct inflight_span result, uint64_t now)
{
	struct inflight_span set;

	if (!inflight_text_member(result, "set", &set) || set.len < 2 || set.ptr[0] != '"') {
		bench->load.tally->empty++;
		job_ends(bench, lane, now);
	} else if (set.len == 2) {
		/* A queue without leases: the set is finished with its delivery. */
		job_ends(bench, lane, now);
	} else {
		send_finish(bench, lane, set, now);
	}
}

static void
take_result(struct bench *bench, struct bench_lane *lane, struct inflight_span result, uint64_t now)
{
	struct inflight_span finished;
	int64_t count;

	switch (lane->step) {
	case BENCH_ENQUEUE:
		if (lane->ops_left > 0 || bench->load.takes)
			lane_go_on(bench, lane, now);
		else
			job_ends(bench, lane, now);
		return;
	case BENCH_DEQUEUE:
		take_set(bench, lane, result, now);
		return;
	case BENCH_FINISH:
		if (inflight_text_member(result, "finished", &finished) &&
			inflight_text_int(finished, &count))
			bench->load.tally->ops_finished += (uint64_t)count;
		job_ends(bench, lane, now);
		return;
	case BENCH_STEPS:
		return;
	}
}

void
bench_answer(struct bench *bench, struct bench_connection *connection, struct inflight_reply *reply)
{
	struct bench_lane *lane = take_waiting(bench, connection, inflight_reply_id(reply));
	struct bench_tally *tally = bench->load.tally;
	struct inflight_span result;
	uint64_t now = now_ns();

	if (lane == NULL) {
		inflight_reply_free(reply);
		return;
	}
	tally->answered[lane->step]++;
	histogram_add(&tally->latency[lane->step], now - lane->due_ns);
	result.ptr = inflight_reply_text(reply, &result.len);
	if (result.ptr == NULL) {
		bench_tally_error(tally, inflight_reply_name(reply));
		tally->failed++;
		job_ends(bench, lane, now);
	} else {
		take_result(bench, lane, result, now);
	}
	inflight_reply_free(reply);
}
