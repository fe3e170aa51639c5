/*
 * The commands about whole queues: make and change them, stop and start them,
 * throw things away, look inside.
 */
#include <config.h>

#include "base/check.h"
#include "command/command.h"
#include "command/render.h"
#include "command/service_state.h"
#include "json/write.h"

/* ---- queue.create, queue.update ---------------------------------------- */

enum {
	CONFIGURE_QUEUE,
	CONFIGURE_DEPTH,
	CONFIGURE_WIDTH,
	CONFIGURE_WINDOW_MS,
	CONFIGURE_QUIET_MS,
	CONFIGURE_EXCLUSIVE,
	CONFIGURE_LEASE_MS,
	CONFIGURE_MAX_ATTEMPTS,
};

#define SIZE_MAX_VALUE UINT64_C(1000000000)

static const struct arg_spec configure_args[] = {
	QUEUE_ARG,
	{PARAM("depth"), .type = ARG_COUNT, .min = 1, .max = SIZE_MAX_VALUE,
		.summary = "Most distinct keys waiting; one more is refused."},
	{PARAM("width"), .type = ARG_COUNT, .min = 1, .max = SIZE_MAX_VALUE,
		.summary = "Most ops in the set of one key; one more is refused."},
	{PARAM("window_ms"), .type = ARG_MS, .max = TIME_MAX_MS,
		.summary = "A new set becomes ready this long after its first op."},
	{PARAM("quiet_ms"), .type = ARG_MS, .max = TIME_MAX_MS,
		.summary = "Within a window: ready once no op was added for this long."},
	{PARAM("exclusive"), .type = ARG_BOOL,
		.summary = "At most one set of a key is leased at a time."},
	{PARAM("lease_ms"), .type = ARG_MS, .max = TIME_MAX_MS,
		.summary = "Lease of a set that is handed out; 0: it is done on delivery."},
	{PARAM("max_attempts"), .type = ARG_COUNT, .max = SIZE_MAX_VALUE,
		.summary = "Deliveries of an op before it is given up as dead; 0: no limit."},
	ARGS_END,
};

#define OPTION_MEMBERS                                                                        \
	{.name = "depth", .type = MEMBER_INTEGER}, {.name = "width", .type = MEMBER_INTEGER}, \
		{.name = "window_ms", .type = MEMBER_INTEGER},                                \
		{.name = "quiet_ms", .type = MEMBER_INTEGER},                                 \
		{.name = "exclusive", .type = MEMBER_BOOL},                                   \
		{.name = "lease_ms", .type = MEMBER_INTEGER},                                 \
	{                                                                                     \
		.name = "max_attempts", .type = MEMBER_INTEGER                                \
	}

static const struct result_member create_result[] = {
	{.name = "created", .type = MEMBER_BOOL},
	OPTION_MEMBERS,
	RESULT_END,
};

static const struct result_member update_result[] = {OPTION_MEMBERS, RESULT_END};

static struct queue_configure_args
read_configuration(const struct arg *args)
{
	struct queue_configure_args ret = {
		.queue = args[CONFIGURE_QUEUE].text,
		.options =
			{
				.depth = args[CONFIGURE_DEPTH].number,
				.width = args[CONFIGURE_WIDTH].number,
				.window_ms = args[CONFIGURE_WINDOW_MS].number,
				.quiet_ms = args[CONFIGURE_QUIET_MS].number,
				.exclusive = args[CONFIGURE_EXCLUSIVE].flag,
				.lease_ms = args[CONFIGURE_LEASE_MS].number,
				.max_attempts = args[CONFIGURE_MAX_ATTEMPTS].number,
			},
	};
	static const unsigned bits[] = {0, QUEUE_DEPTH, QUEUE_WIDTH, QUEUE_WINDOW, QUEUE_QUIET,
		QUEUE_EXCLUSIVE, QUEUE_LEASE, QUEUE_ATTEMPTS};

	for (size_t i = CONFIGURE_DEPTH; i <= CONFIGURE_MAX_ATTEMPTS; i++) {
		if (args[i].given)
			ret.given |= bits[i];
	}
	return ret;
}

static void
write_options(struct buf *out, const struct queue_options *options)
{
	json_member_uint(out, SPAN("width"), options->width);
	json_member_uint(out, SPAN("window_ms"), options->window_ms);
	json_member_uint(out, SPAN("quiet_ms"), options->quiet_ms);
	json_member_bool(out, SPAN("exclusive"), options->exclusive);
	json_member_uint(out, SPAN("lease_ms"), options->lease_ms);
	json_member_uint(out, SPAN("max_attempts"), options->max_attempts);
	buf_add_char(out, '}');
}

static struct handled
queue_created(struct request *req)
{
	const struct queue_configure_answer *answer = &req->call.answer.queue_configure;
	struct buf *out = reply_open(req);

	json_first(out, SPAN("created"));
	json_add_bool(out, answer->created);
	json_member_uint(out, SPAN("depth"), answer->options.depth);
	write_options(out, &answer->options);
	return reply_close(req);
}

static struct handled
run_queue_create(struct request *req, const struct arg *args)
{
	req->call.args.queue_configure = read_configuration(args);
	return request_call(req, VERB_QUEUE_CREATE, queue_created);
}

const struct command command_queue_create = {
	COMMAND("queue.create"),
	.summary = "Creates a queue; the same again changes nothing.",
	.args = configure_args,
	.result = create_result,
	.flags = COMMAND_QUEUE,
	.errors = ERR_BIT(ERR_QUEUE_EXISTS) | ERR_BIT(ERR_LIMIT),
	.permit = PERMIT_ADMIN,
	.run = run_queue_create,
};

static struct handled
queue_updated(struct request *req)
{
	const struct queue_options *options = &req->call.answer.queue_configure.options;
	struct buf *out = reply_open(req);

	json_first(out, SPAN("depth"));
	buf_add_uint(out, options->depth);
	write_options(out, options);
	return reply_close(req);
}

static struct handled
run_queue_update(struct request *req, const struct arg *args)
{
	req->call.args.queue_configure = read_configuration(args);
	return request_call(req, VERB_QUEUE_UPDATE, queue_updated);
}

const struct command command_queue_update = {
	COMMAND("queue.update"),
	.summary = "Changes the options of a queue for what comes after.",
	.args = configure_args,
	.result = update_result,
	.flags = COMMAND_QUEUE,
	.errors = ERR_BIT(ERR_NO_SUCH_QUEUE),
	.permit = PERMIT_ADMIN,
	.run = run_queue_update,
};

/* ---- queue.close, open, pause, resume ---------------------------------- */

static const struct arg_spec queue_args[] = {QUEUE_ARG, ARGS_END};

static struct handled
call_with_queue(struct request *req, const struct arg *args, enum verb verb)
{
	req->call.args.queue = (struct queue_args){.queue = args[0].text};
	return request_call(req, verb, reply_empty);
}

static struct handled
run_queue_close(struct request *req, const struct arg *args)
{
	return call_with_queue(req, args, VERB_QUEUE_CLOSE);
}

static struct handled
run_queue_open(struct request *req, const struct arg *args)
{
	return call_with_queue(req, args, VERB_QUEUE_OPEN);
}

static struct handled
run_queue_pause(struct request *req, const struct arg *args)
{
	return call_with_queue(req, args, VERB_QUEUE_PAUSE);
}

static struct handled
run_queue_resume(struct request *req, const struct arg *args)
{
	return call_with_queue(req, args, VERB_QUEUE_RESUME);
}

#define SWITCH_COMMAND(verb, text)                    \
	const struct command command_queue_##verb = { \
		COMMAND("queue." #verb),              \
		.summary = text,                      \
		.args = queue_args,                   \
		.result = command_no_result,          \
		.flags = COMMAND_QUEUE,               \
		.errors = ERR_BIT(ERR_NO_SUCH_QUEUE), \
		.permit = PERMIT_ADMIN,               \
		.run = run_queue_##verb,              \
	}

SWITCH_COMMAND(close, "Takes no more ops; what is there can still be dequeued.");
SWITCH_COMMAND(open, "Undoes queue.close.");
SWITCH_COMMAND(pause, "Hands nothing out until queue.resume.");
SWITCH_COMMAND(resume, "Undoes queue.pause.");

/* ---- queue.delete ------------------------------------------------------ */

static const struct arg_spec delete_args[] = {
	QUEUE_ARG,
	{PARAM("force"), .type = ARG_BOOL, .fallback = "false",
		.summary = "Delete it with everything in it."},
	ARGS_END,
};

static struct handled
run_queue_delete(struct request *req, const struct arg *args)
{
	req->call.args.queue_delete = (struct queue_delete_args){
		.queue = args[0].text,
		.force = args[1].flag,
	};
	return request_call(req, VERB_QUEUE_DELETE, reply_empty);
}

const struct command command_queue_delete = {
	COMMAND("queue.delete"),
	.summary = "Deletes a queue that is empty, or any with force.",
	.args = delete_args,
	.result = command_no_result,
	.flags = COMMAND_QUEUE,
	.errors = ERR_BIT(ERR_NO_SUCH_QUEUE) | ERR_BIT(ERR_QUEUE_BUSY),
	.permit = PERMIT_ADMIN,
	.run = run_queue_delete,
};

/* ---- queue.purge, queue.kick ------------------------------------------- */

/* In the order of enum purge_scope. */
static const char *const purge_words[] = {"pending", "held", "dead", "all", NULL};

static const struct arg_spec purge_args[] = {
	QUEUE_ARG,
	{PARAM("state"), .type = ARG_WORD, .words = purge_words, .value = PURGE_PENDING,
		.fallback = "\"pending\"", .summary = "Which sets to throw away."},
	ARGS_END,
};

static const struct result_member purge_result[] = {
	{.name = "sets", .type = MEMBER_INTEGER},
	{.name = "ops", .type = MEMBER_INTEGER},
	RESULT_END,
};

static struct handled
queue_purged(struct request *req)
{
	struct buf *out = reply_open(req);

	json_first(out, SPAN("sets"));
	buf_add_uint(out, req->call.answer.counted.sets);
	json_member_uint(out, SPAN("ops"), req->call.answer.counted.ops);
	buf_add_char(out, '}');
	return reply_close(req);
}

static struct handled
run_queue_purge(struct request *req, const struct arg *args)
{
	req->call.args.queue_purge = (struct queue_purge_args){
		.queue = args[0].text,
		.scope = (enum purge_scope)args[1].number,
	};
	return request_call(req, VERB_QUEUE_PURGE, queue_purged);
}

const struct command command_queue_purge = {
	COMMAND("queue.purge"),
	.summary = "Throws away the sets in one state; their ops end with error purged.",
	.args = purge_args,
	.result = purge_result,
	.flags = COMMAND_QUEUE,
	.errors = ERR_BIT(ERR_NO_SUCH_QUEUE),
	.permit = PERMIT_ADMIN,
	.run = run_queue_purge,
};

static const struct arg_spec kick_args[] = {
	QUEUE_ARG,
	{PARAM("count"), .type = ARG_COUNT, .max = UINT64_C(1) << 53, .value = 1, .fallback = "1",
		.summary = "How many dead sets to bring back."},
	ARGS_END,
};

static const struct result_member kick_result[] = {
	{.name = "sets", .type = MEMBER_INTEGER},
	RESULT_END,
};

static struct handled
queue_kicked(struct request *req)
{
	struct buf *out = reply_open(req);

	json_first(out, SPAN("sets"));
	buf_add_uint(out, req->call.answer.counted.sets);
	buf_add_char(out, '}');
	return reply_close(req);
}

static struct handled
run_queue_kick(struct request *req, const struct arg *args)
{
	req->call.args.queue_kick = (struct queue_kick_args){
		.queue = args[0].text,
		.count = args[1].number,
	};
	return request_call(req, VERB_QUEUE_KICK, queue_kicked);
}

const struct command command_queue_kick = {
	COMMAND("queue.kick"),
	.summary = "Makes dead sets ready again, the oldest first.",
	.args = kick_args,
	.result = kick_result,
	.flags = COMMAND_QUEUE,
	.errors = ERR_BIT(ERR_NO_SUCH_QUEUE),
	.permit = PERMIT_ADMIN,
	.run = run_queue_kick,
};
