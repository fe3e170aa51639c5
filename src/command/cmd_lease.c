/*
 * The commands that end or prolong a lease: whoever has its token may send them.
 */
#include <config.h>

#include "base/alloc.h"
#include "command/command.h"
#include "json/write.h"

#define SET_ARG                                                            \
	{                                                                  \
		PARAM("set"), .type = ARG_TOKEN, .required = true,         \
			      .summary = "Token of the set, from dequeue." \
	}

/* ---- finish ------------------------------------------------------------ */

enum { FINISH_SET, FINISH_RESULT, FINISH_ERROR, FINISH_RESULTS };

static const struct arg_spec finish_args[] = {
	SET_ARG,
	{PARAM("result"), .type = ARG_JSON, .fallback = "null",
		.summary = "Outcome of every op that results does not name."},
	{PARAM("error"), .type = ARG_JSON,
		.summary = "The same as a failure; where it is given, result is not used."},
	{PARAM("results"), .type = ARG_OUTCOMES,
		.summary = "Outcomes by op id; ops left without one go back to the queue."},
	ARGS_END,
};

static const struct result_member finish_result[] = {
	{.name = "finished", .type = MEMBER_INTEGER},
	{.name = "released", .type = MEMBER_INTEGER},
	{.name = "duplicate", .type = MEMBER_BOOL, .optional = true},
	RESULT_END,
};

/* The outcome of the ops that are not named one by one. */
static struct outcome_view
read_rest(const struct arg *args)
{
	if (args[FINISH_ERROR].given)
		return (struct outcome_view){OUTCOME_ERROR, args[FINISH_ERROR].value.text};
	if (args[FINISH_RESULT].given)
		return (struct outcome_view){OUTCOME_RESULT, args[FINISH_RESULT].value.text};
	if (args[FINISH_RESULTS].given)
		return (struct outcome_view){.kind = OUTCOME_NONE};
	return (struct outcome_view){OUTCOME_RESULT, SPAN("null")};
}

/* {"result":json} or {"error":json}, checked by the argument table. */
static struct outcome_view
read_outcome(struct value object)
{
	struct outcome_view outcome = {.kind = OUTCOME_NONE};
	struct member member;
	struct walk walk;

	walk_init(&walk, object);
	if (walk_next(&walk, &member)) {
		outcome.kind =
			value_equals(&member.name, SPAN("error")) ? OUTCOME_ERROR : OUTCOME_RESULT;
		outcome.json = member.value.text;
	}
	return outcome;
}

static size_t
count_members(struct value object)
{
	struct member member;
	struct walk walk;
	size_t count = 0;

	walk_init(&walk, object);
	while (walk_next(&walk, &member))
		count++;
	return count;
}

/* The request owns the array until the engine has answered. */
static void
read_outcomes(struct request *req, struct value object)
{
	struct finish_args *finish = &req->call.args.finish;
	size_t count = count_members(object);
	struct op_outcome *outcomes;
	struct member member;
	struct walk walk;

	if (count == 0)
		return;
	outcomes = req->owned = xcalloc(count, sizeof(*outcomes));
	walk_init(&walk, object);
	for (size_t i = 0; i < count && walk_next(&walk, &member); i++) {
		outcomes[i].outcome = read_outcome(member.value);
		outcomes[i].op = value_unescape(&member.name);
	}
	finish->outcomes = outcomes;
	finish->count = count;
}

static struct handled
finished(struct request *req)
{
	const struct finish_answer *answer = &req->call.answer.finish;
	struct buf *out = reply_open(req);

	json_first(out, SPAN("finished"));
	buf_add_uint(out, answer->finished);
	json_member_uint(out, SPAN("released"), answer->released);
	if (answer->duplicate)
		json_member_bool(out, SPAN("duplicate"), true);
	buf_add_char(out, '}');
	return reply_close(req);
}

static struct handled
run_finish(struct request *req, const struct arg *args)
{
	req->call.args.finish = (struct finish_args){
		.token = args[FINISH_SET].text,
		.rest = read_rest(args),
	};
	if (args[FINISH_RESULTS].given)
		read_outcomes(req, args[FINISH_RESULTS].value);
	return request_call(req, VERB_FINISH, finished);
}

const struct command command_finish = {
	COMMAND("finish"),
	.summary = "Ends a lease; every op of the set gets its outcome.",
	.args = finish_args,
	.result = finish_result,
	.errors = ERR_BIT(ERR_LEASE_LOST) | ERR_BIT(ERR_NO_SUCH_OP) | ERR_BIT(ERR_LIMIT),
	.permit = PERMIT_WORK,
	.run = run_finish,
};

/* ---- release ----------------------------------------------------------- */

static const struct arg_spec release_args[] = {
	SET_ARG,
	{PARAM("delay_ms"), .type = ARG_MS, .max = TIME_MAX_MS, .fallback = "0",
		.summary = "Not ready again before that time."},
	ARGS_END,
};

static const struct result_member release_result[] = {
	{.name = "released", .type = MEMBER_INTEGER},
	RESULT_END,
};

static struct handled
released(struct request *req)
{
	struct buf *out = reply_open(req);

	json_first(out, SPAN("released"));
	buf_add_uint(out, req->call.answer.release.released);
	buf_add_char(out, '}');
	return reply_close(req);
}

static struct handled
run_release(struct request *req, const struct arg *args)
{
	req->call.args.release = (struct release_args){
		.token = args[0].text,
		.delay_ms = args[1].number,
	};
	return request_call(req, VERB_RELEASE, released);
}

const struct command command_release = {
	COMMAND("release"),
	.summary = "Gives a set back unfinished.",
	.args = release_args,
	.result = release_result,
	.errors = ERR_BIT(ERR_LEASE_LOST),
	.permit = PERMIT_WORK,
	.run = run_release,
};

/* ---- extend ------------------------------------------------------------ */

static const struct arg_spec extend_args[] = {
	SET_ARG,
	{PARAM("lease_ms"), .type = ARG_MS, .max = TIME_MAX_MS,
		.summary = "Its new length from now; the queue's where it is not given."},
	ARGS_END,
};

static const struct result_member extend_result[] = {
	{.name = "lease_ms", .type = MEMBER_INTEGER},
	RESULT_END,
};

static struct handled
extended(struct request *req)
{
	struct buf *out = reply_open(req);

	json_first(out, SPAN("lease_ms"));
	buf_add_uint(out, req->call.answer.extend.lease_ms);
	buf_add_char(out, '}');
	return reply_close(req);
}

static struct handled
run_extend(struct request *req, const struct arg *args)
{
	req->call.args.extend = (struct extend_args){
		.token = args[0].text,
		.has_lease_ms = args[1].given,
		.lease_ms = args[1].number,
	};
	return request_call(req, VERB_EXTEND, extended);
}

const struct command command_extend = {
	COMMAND("extend"),
	.summary = "Restarts a lease from now.",
	.args = extend_args,
	.result = extend_result,
	.errors = ERR_BIT(ERR_LEASE_LOST),
	.permit = PERMIT_WORK,
	.run = run_extend,
};
