/*
 * The commands that look at queues and change nothing.
 */
#include <config.h>

#include "command/command.h"
#include "command/counters.h"
#include "command/render.h"
#include "command/service_state.h"
#include "json/write.h"

/* ---- queue.peek -------------------------------------------------------- */

enum { PEEK_QUEUE, PEEK_STATE, PEEK_KEY, PEEK_COUNT };

#define LOOK_MAX 1000 /* sets or names in one answer */

/* In the order of enum set_state. */
static const char *const state_words[] = {"waiting", "ready", "leased", "held", "dead", NULL};

static const struct arg_spec peek_args[] = {
	QUEUE_ARG,
	{PARAM("state"), .type = ARG_WORD, .words = state_words, .value = SET_READY,
		.fallback = "\"ready\"", .summary = "Which sets to look at."},
	{PARAM("key"), .type = ARG_KEY, .summary = "Only the set of that key."},
	{PARAM("count"), .type = ARG_COUNT, .max = LOOK_MAX, .value = 1, .fallback = "1",
		.summary = "How many sets at most."},
	ARGS_END,
};

static const struct result_member peek_sets[] = {
	{.name = "key", .type = MEMBER_STRING},
	{.name = "state", .type = MEMBER_STRING},
	{.name = "attempt", .type = MEMBER_INTEGER},
	{.name = "age_ms", .type = MEMBER_INTEGER},
	{.name = "ops", .type = MEMBER_OBJECTS, .members = command_ops_result},
	{.name = "lease_left_ms", .type = MEMBER_INTEGER, .optional = true},
	{.name = "holder", .type = MEMBER_STRING, .optional = true},
	RESULT_END,
};

static const struct result_member peek_result[] = {
	{.name = "sets", .type = MEMBER_OBJECTS, .members = peek_sets},
	RESULT_END,
};

static void
write_set(struct buf *out, const struct set_view *set)
{
	json_first(out, SPAN("key"));
	json_add_string(out, set->key);
	json_member_string(out, SPAN("state"), span_str(set_state_name(set->state)));
	json_member_uint(out, SPAN("attempt"), set->attempt);
	json_member_uint(out, SPAN("age_ms"), set->age_ms);
	json_member(out, SPAN("ops"));
	render_ops(out, set->ops);
	if (set->state == SET_LEASED) {
		json_member_uint(out, SPAN("lease_left_ms"), set->lease_left_ms);
		buf_add(out, SPAN(",\"holder\":"));
		json_add_untrusted(out, set->holder);
	}
	buf_add_char(out, '}');
}

static struct handled
queue_peeked(struct request *req)
{
	struct set_cursor sets = req->call.answer.queue_peek.sets;
	struct buf *out = reply_open(req);
	struct set_view set;
	bool first = true;

	json_first(out, SPAN("sets"));
	buf_add_char(out, '[');
	while (sets.next(&sets, &set)) {
		if (!first)
			buf_add_char(out, ',');
		first = false;
		write_set(out, &set);
	}
	buf_add(out, SPAN("]}"));
	return reply_close(req);
}

static struct handled
run_queue_peek(struct request *req, const struct arg *args)
{
	req->call.args.queue_peek = (struct queue_peek_args){
		.queue = args[PEEK_QUEUE].text,
		.state = (enum set_state)args[PEEK_STATE].number,
		.key = args[PEEK_KEY].text,
		.count = args[PEEK_COUNT].number,
	};
	return request_call(req, VERB_QUEUE_PEEK, queue_peeked);
}

const struct command command_queue_peek = {
	COMMAND("queue.peek"),
	.summary = "Shows sets in one state and takes nothing.",
	.args = peek_args,
	.result = peek_result,
	.flags = COMMAND_QUEUE,
	.errors = ERR_BIT(ERR_NO_SUCH_QUEUE),
	.permit = PERMIT_READ,
	.run = run_queue_peek,
};

/* ---- queue.stats ------------------------------------------------------- */

static const struct arg_spec stats_args[] = {
	QUEUE_ARG,
	ARGS_END,
};

static const struct result_member stats_result[] = {
	{.name = "queue", .type = MEMBER_STRING},
	{.name = "closed", .type = MEMBER_BOOL},
	{.name = "paused", .type = MEMBER_BOOL},
	{.name = "depth", .type = MEMBER_INTEGER},
	{.name = "ready", .type = MEMBER_INTEGER},
	{.name = "waiting", .type = MEMBER_INTEGER},
	{.name = "held", .type = MEMBER_INTEGER},
	{.name = "leased", .type = MEMBER_INTEGER},
	{.name = "dead", .type = MEMBER_INTEGER},
	{.name = "ops", .type = MEMBER_INTEGER},
	{.name = "waiters", .type = MEMBER_INTEGER},
	{.name = "oldest_ready_ms", .type = MEMBER_INTEGER},
	{.name = "longest_lease_ms", .type = MEMBER_INTEGER},
	COUNTER_MEMBERS,
	RESULT_END,
};

static void
write_gauges(struct buf *out, const struct queue_gauges *gauges, uint64_t waiters)
{
	json_member_uint(out, SPAN("depth"), gauges->depth);
	json_member_uint(out, SPAN("ready"), gauges->ready);
	json_member_uint(out, SPAN("waiting"), gauges->waiting);
	json_member_uint(out, SPAN("held"), gauges->held);
	json_member_uint(out, SPAN("leased"), gauges->leased);
	json_member_uint(out, SPAN("dead"), gauges->dead);
	json_member_uint(out, SPAN("ops"), gauges->ops);
	json_member_uint(out, SPAN("waiters"), waiters);
	json_member_uint(out, SPAN("oldest_ready_ms"), gauges->oldest_ready_ms);
	json_member_uint(out, SPAN("longest_lease_ms"), gauges->longest_lease_ms);
}

static struct handled
queue_stats_told(struct request *req)
{
	const struct queue_stats_answer *answer = &req->call.answer.queue_stats;
	struct span queue = req->call.args.queue.queue;
	struct buf *out = reply_open(req);

	json_first(out, SPAN("queue"));
	json_add_string(out, queue);
	json_member_bool(out, SPAN("closed"), answer->closed);
	json_member_bool(out, SPAN("paused"), answer->paused);
	write_gauges(out, &answer->gauges, waitqs_count(&req->service->waitqs, queue));
	counters_write(out, &answer->counters);
	buf_add_char(out, '}');
	return reply_close(req);
}

static struct handled
run_queue_stats(struct request *req, const struct arg *args)
{
	req->call.args.queue = (struct queue_args){.queue = args[0].text};
	return request_call(req, VERB_QUEUE_STATS, queue_stats_told);
}

const struct command command_queue_stats = {
	COMMAND("queue.stats"),
	.summary = "Tells what is in a queue now, and what has gone through it.",
	.args = stats_args,
	.result = stats_result,
	.flags = COMMAND_QUEUE,
	.errors = ERR_BIT(ERR_NO_SUCH_QUEUE),
	.permit = PERMIT_READ,
	.run = run_queue_stats,
};

/* ---- queue.list, group.list -------------------------------------------- */

enum { LIST_PREFIX, LIST_AFTER, LIST_COUNT };

#define LIST_AFTER_ARG                                                                          \
	{                                                                                       \
		PARAM("after"),                                                                 \
			.type = ARG_TEXT, .fallback = "\"\"",                                   \
			.summary = "Only names after this one: the last of the answer before.", \
	}
#define LIST_COUNT_ARG                                                                   \
	{                                                                                \
		PARAM("count"), .type = ARG_COUNT, .max = LOOK_MAX, .value = 100,        \
				.fallback = "100", .summary = "How many names at most.", \
	}

static const struct arg_spec queue_list_args[] = {
	{PARAM("prefix"), .type = ARG_TEXT, .subject = SUBJECT_QUEUE, .fallback = "\"\"",
		.summary = "Only names that begin like this."},
	LIST_AFTER_ARG,
	LIST_COUNT_ARG,
	ARGS_END,
};

static const struct arg_spec group_list_args[] = {
	{PARAM("prefix"), .type = ARG_TEXT, .subject = SUBJECT_GROUP, .fallback = "\"\"",
		.summary = "Only names that begin like this."},
	LIST_AFTER_ARG,
	LIST_COUNT_ARG,
	ARGS_END,
};

static struct handled
call_list(struct request *req, const struct arg *args, enum verb verb, request_finish_fn *finish)
{
	struct span none = span_make("", 0);

	req->call.args.list = (struct list_args){
		.prefix = args[LIST_PREFIX].given ? args[LIST_PREFIX].text : none,
		.after = args[LIST_AFTER].given ? args[LIST_AFTER].text : none,
		.count = args[LIST_COUNT].number,
	};
	return request_call(req, verb, finish);
}

static struct handled
answer_names(struct request *req, struct span member)
{
	struct buf *out = reply_open(req);

	json_first(out, member);
	render_names(out, req->call.answer.list.names);
	buf_add_char(out, '}');
	return reply_close(req);
}

static struct handled
queues_listed(struct request *req)
{
	return answer_names(req, SPAN("queues"));
}

static struct handled
run_queue_list(struct request *req, const struct arg *args)
{
	return call_list(req, args, VERB_QUEUE_LIST, queues_listed);
}

static const struct result_member queue_list_result[] = {
	{.name = "queues", .type = MEMBER_STRINGS},
	RESULT_END,
};

const struct command command_queue_list = {
	COMMAND("queue.list"),
	.summary = "Lists names of queues in byte order.",
	.args = queue_list_args,
	.result = queue_list_result,
	.permit = PERMIT_READ,
	.run = run_queue_list,
};

static struct handled
groups_listed(struct request *req)
{
	return answer_names(req, SPAN("groups"));
}

static struct handled
run_group_list(struct request *req, const struct arg *args)
{
	return call_list(req, args, VERB_GROUP_LIST, groups_listed);
}

static const struct result_member group_list_result[] = {
	{.name = "groups", .type = MEMBER_STRINGS},
	RESULT_END,
};

const struct command command_group_list = {
	COMMAND("group.list"),
	.summary = "Lists names of groups in byte order.",
	.args = group_list_args,
	.result = group_list_result,
	.permit = PERMIT_READ,
	.run = run_group_list,
};
