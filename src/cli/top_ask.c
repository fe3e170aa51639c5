/*
 * The rounds of `inflight top`. Rows of the model are kept in pending requests: a list
 * of names, which may take rows away, is only asked for when no such request is there.
 */
#include <config.h>

#include "cli/top_ask.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/params.h"
#include "cli/report.h"

#define LIST_COUNT       1000 /* names in one answer, the most there can be */
#define RECONNECT_MS     250  /* at first */
#define RECONNECT_MAX_MS 5000

enum top_question {
	ASK_INFO,
	ASK_STATS,
	ASK_LIST,
	ASK_QUEUE, /* about one queue, `row` */
	ASK_PEEK,
	ASK_CHANGE, /* pause or resume */
};

struct top_pending {
	uint64_t id; /* 0: answered */
	enum top_question question;
	struct top_row *row;
};

void
top_ask_init(struct top_ask *ask, struct inflight *client, struct top_state *state,
	int64_t interval_ms, int64_t answer_ms)
{
	*ask = (struct top_ask){
		.client = client,
		.state = state,
		.interval_ms = interval_ms,
		.answer_ms = answer_ms,
		.connected = true,
		.reconnect_ms = RECONNECT_MS,
		.round_at_ms = -interval_ms,
	};
}

void
top_ask_fini(struct top_ask *ask)
{
	free(ask->pending);
}

/* ---- requests ------------------------------------------------------------ */

static void
lose(struct top_ask *ask, int64_t now, const char *why)
{
	struct top_state *state = ask->state;

	snprintf(state->lost, sizeof state->lost, "lost: %s; trying again", why);
	inflight_disconnect(ask->client);
	top_model_forget(&state->model);
	ask->connected = false;
	ask->in_round = false;
	ask->first = ask->end = 0;
	ask->rounds = 0;
	ask->reconnect_at_ms = now + ask->reconnect_ms;
	if (ask->reconnect_ms < RECONNECT_MAX_MS)
		ask->reconnect_ms *= 2;
}

static void
remember(struct top_ask *ask, uint64_t id, enum top_question question, struct top_row *row)
{
	if (ask->first == ask->end)
		ask->first = ask->end = 0;
	if (ask->end == ask->capacity) {
		size_t capacity = ask->capacity == 0 ? 64 : ask->capacity * 2;
		struct top_pending *pending = realloc(ask->pending, capacity * sizeof *pending);

		if (pending == NULL)
			out_of_memory();
		ask->pending = pending;
		ask->capacity = capacity;
	}
	ask->pending[ask->end++] = (struct top_pending){id, question, row};
}

/* Sends a request; `params` (freed) may be NULL. */
static void
send_request(struct top_ask *ask, enum top_question question, struct top_row *row,
	const char *method, struct params *params)
{
	struct inflight_span text = {NULL, 0};
	uint64_t id;

	if (params != NULL) {
		params_end(params);
		text = inflight_bytes_span(&params->text);
	}
	/* A failure shows when the answer is taken. */
	if (inflight_send_text(ask->client, method, text.ptr, text.len, &id) == INFLIGHT_OK)
		remember(ask, id, question, row);
	if (params != NULL)
		params_fini(params);
}

static void
send_about_queue(struct top_ask *ask, enum top_question question, struct top_row *row,
	const char *method, const char *queue)
{
	struct params params = {0};

	params_begin(&params);
	params_text(&params, "queue", queue);
	send_request(ask, question, row, method, &params);
}

static void
send_list(struct top_ask *ask, const char *after)
{
	struct params params = {0};

	params_begin(&params);
	params_text(&params, "after", after);
	params_int(&params, "count", LIST_COUNT);
	send_request(ask, ASK_LIST, NULL, "queue.list", &params);
}

static void
send_peek(struct top_ask *ask)
{
	struct params params = {0};

	params_begin(&params);
	params_text(&params, "queue", ask->state->target);
	params_text(&params, "state", ask->state->peek.state);
	params_int(&params, "count", TOP_PEEK_SETS);
	send_request(ask, ASK_PEEK, NULL, "queue.peek", &params);
}

static void
begin_round(struct top_ask *ask, int64_t now)
{
	ask->in_round = true;
	ask->listed = false;
	ask->refused = false;
	ask->round_at_ms = now;
	ask->heard_at_ms = now;
	ask->daemon = (struct top_daemon){.at_ms = now};
	send_request(ask, ASK_INFO, NULL, "info", NULL);
	send_request(ask, ASK_STATS, NULL, "stats", NULL);
	top_model_list_begin(&ask->state->model);
	send_list(ask, "");
}

static void
send_wish(struct top_ask *ask, int64_t now)
{
	struct top_state *state = ask->state;

	switch (state->wish) {
	case TOP_WISH_NOTHING:
		return;
	case TOP_WISH_PAUSE:
		send_about_queue(ask, ASK_CHANGE, NULL, "queue.pause", state->target);
		break;
	case TOP_WISH_RESUME:
		send_about_queue(ask, ASK_CHANGE, NULL, "queue.resume", state->target);
		break;
	case TOP_WISH_PEEK:
		send_peek(ask);
		break;
	}
	state->wish = TOP_WISH_NOTHING;
	ask->heard_at_ms = now;
}

/* ---- answers ------------------------------------------------------------- */

static int64_t
member_int(const json_t *object, const char *name)
{
	return json_integer_value(json_object_get(object, name));
}

static void
copy_member(const json_t *object, const char *name, char *out, size_t size)
{
	const char *text = json_string_value(json_object_get(object, name));

	snprintf(out, size, "%s", text == NULL ? "" : text);
}

static void
take_info(struct top_ask *ask, const json_t *result)
{
	struct top_daemon *daemon = &ask->daemon;

	copy_member(result, "version", daemon->version, sizeof daemon->version);
	copy_member(result, "incarnation", daemon->incarnation, sizeof daemon->incarnation);
	daemon->uptime_ms = member_int(result, "uptime_ms");
	daemon->memory_max = member_int(json_object_get(result, "limits"), "max_memory");
}

static void
take_stats(struct top_ask *ask, const json_t *result, int64_t now)
{
	struct top_daemon *daemon = &ask->daemon;

	daemon->at_ms = now;
	daemon->connections = member_int(result, "connections");
	daemon->waiters = member_int(result, "waiters");
	daemon->queues = member_int(result, "queues");
	daemon->groups = member_int(result, "groups");
	daemon->leases = member_int(result, "leases");
	daemon->memory = member_int(result, "memory_bytes");
	daemon->enqueued = member_int(result, "enqueued");
	daemon->merged = member_int(result, "merged");
	daemon->finished = member_int(result, "finished") + member_int(result, "failed");
	daemon->requests = member_int(result, "lines_in");
	daemon->errors = member_int(result, "errors");
}

static void
take_queue(struct top_row *row, const json_t *result, int64_t now)
{
	struct top_sample sample = {
		.at_ms = now,
		.paused = json_is_true(json_object_get(result, "paused")),
		.closed = json_is_true(json_object_get(result, "closed")),
		.depth = member_int(result, "depth"),
		.leased = member_int(result, "leased"),
		.waiters = member_int(result, "waiters"),
		.dead = member_int(result, "dead"),
		.oldest_ms = member_int(result, "oldest_ready_ms"),
		.enqueued = member_int(result, "enqueued"),
		.merged = member_int(result, "merged"),
		.finished = member_int(result, "finished") + member_int(result, "failed"),
	};

	top_model_set_sample(row, &sample);
}

/* Who is there, and the names of its queues, are known: asks about those. */
static void
ask_about_queues(struct top_ask *ask)
{
	struct top_model *model = &ask->state->model;
	struct top_row **rows = zero_alloc(TOP_ASK_QUEUES, sizeof(struct top_row *));
	size_t count;

	ask->listed = false;
	top_model_set_daemon(model, &ask->daemon);
	top_model_list_end(model);
	count = top_model_choose(model, top_state_visible(ask->state), TOP_ASK_QUEUES, rows);
	for (size_t i = 0; i < count; i++)
		send_about_queue(ask, ASK_QUEUE, rows[i], "queue.stats", rows[i]->name);
	free(rows);
}

static void
take_list(struct top_ask *ask, const json_t *result)
{
	const json_t *names = json_object_get(result, "queues");
	size_t count = json_array_size(names);
	const char *last = NULL;

	for (size_t i = 0; i < count; i++) {
		const char *name = json_string_value(json_array_get(names, i));

		if (name == NULL)
			continue;
		top_model_list_name(&ask->state->model, name);
		last = name;
	}
	if (count >= LIST_COUNT && last != NULL)
		send_list(ask, last);
	else
		ask->listed = true;
}

static void
take_error(struct top_ask *ask, enum top_question question, const struct inflight_reply *reply)
{
	struct top_state *state = ask->state;

	/* A queue may go between the list and the question. */
	if (question == ASK_QUEUE && strcmp(inflight_reply_name(reply), "no_such_queue") == 0)
		return;
	snprintf(state->notice, sizeof state->notice, "%s: %s", inflight_reply_name(reply),
		inflight_reply_message(reply));
	ask->refused = true;
	if (question == ASK_LIST)
		ask->listed = true;
	else if (question == ASK_PEEK)
		top_state_set_peek(state, (struct inflight_span){"{}", 2});
}

static void
take_result(struct top_ask *ask, const struct top_pending *pending,
	const struct inflight_reply *reply, int64_t now)
{
	struct inflight_span text;
	json_t *result;

	text.ptr = inflight_reply_text(reply, &text.len);
	if (pending->question == ASK_PEEK) {
		top_state_set_peek(ask->state, text);
		return;
	}
	result = inflight_reply_result(reply);
	switch (pending->question) {
	case ASK_INFO:
		take_info(ask, result);
		break;
	case ASK_STATS:
		take_stats(ask, result, now);
		break;
	case ASK_LIST:
		take_list(ask, result);
		break;
	case ASK_QUEUE:
		take_queue(pending->row, result, now);
		break;
	case ASK_CHANGE:
		/* What came of it is seen at once. */
		ask->round_at_ms = now - ask->interval_ms;
		break;
	case ASK_PEEK:
		break;
	}
	json_decref(result);
}

/* Takes a request out of those that are pending; false where it is none of them. */
static bool
take_pending(struct top_ask *ask, uint64_t id, struct top_pending *ret)
{
	for (size_t i = ask->first; i < ask->end; i++) {
		if (ask->pending[i].id != id)
			continue;
		*ret = ask->pending[i];
		ask->pending[i].id = 0;
		while (ask->first < ask->end && ask->pending[ask->first].id == 0)
			ask->first++;
		return true;
	}
	return false;
}

/* Takes what has come. */
static void
take_answers(struct top_ask *ask, int64_t now)
{
	enum inflight_status status;
	struct inflight_reply *reply;

	while ((status = inflight_receive(ask->client, 0, 0, &reply)) == INFLIGHT_OK) {
		struct top_pending pending;

		ask->heard_at_ms = now;
		ask->state->lost[0] = '\0';
		ask->reconnect_ms = RECONNECT_MS;
		if (take_pending(ask, inflight_reply_id(reply), &pending)) {
			if (inflight_reply_is_error(reply))
				take_error(ask, pending.question, reply);
			else
				take_result(ask, &pending, reply, now);
		}
		inflight_reply_free(reply);
	}
	if (status != INFLIGHT_TIMEOUT)
		lose(ask, now, inflight_trouble(ask->client));
}

/* ---- all together -------------------------------------------------------- */

static void
reconnect(struct top_ask *ask, int64_t now)
{
	if (now < ask->reconnect_at_ms)
		return;
	if (inflight_connect_start(ask->client) != INFLIGHT_OK) {
		lose(ask, now, inflight_trouble(ask->client));
		return;
	}
	ask->connected = true;
	ask->heard_at_ms = now;
	ask->round_at_ms = now - ask->interval_ms;
}

/* What the answers that are there lead to. */
static void
go_on(struct top_ask *ask, int64_t now)
{
	if (ask->first < ask->end) {
		if (now >= ask->heard_at_ms + ask->answer_ms)
			lose(ask, now, "no answer from the daemon");
		return;
	}
	if (ask->listed)
		ask_about_queues(ask);
	if (ask->in_round && ask->first == ask->end) {
		ask->in_round = false;
		ask->rounds++;
		top_model_arrange(&ask->state->model);
	}
}

void
top_ask_step(struct top_ask *ask, int64_t now)
{
	if (!ask->connected)
		reconnect(ask, now);
	if (!ask->connected)
		return;
	send_wish(ask, now);
	if (!ask->in_round && now >= ask->round_at_ms + ask->interval_ms)
		begin_round(ask, now);
	take_answers(ask, now);
	if (ask->connected)
		go_on(ask, now);
}

int64_t
top_ask_due_ms(const struct top_ask *ask)
{
	if (!ask->connected)
		return ask->reconnect_at_ms;
	if (ask->first < ask->end)
		return ask->heard_at_ms + ask->answer_ms;
	return ask->round_at_ms + ask->interval_ms;
}
