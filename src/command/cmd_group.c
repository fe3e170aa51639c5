/*
 * The commands about groups.
 */
#include <config.h>

#include "command/command.h"
#include "command/group_wait.h"
#include "command/service_state.h"
#include "json/write.h"

static const struct arg_spec group_args[] = {GROUP_ARG, ARGS_END};

/* ---- group.create ------------------------------------------------------ */

enum { CREATE_GROUP, CREATE_SIZE, CREATE_AUTO, CREATE_TIMEOUT_MS, CREATE_RETAIN_MS, CREATE_THEN };

enum { THEN_QUEUE, THEN_KEY, THEN_OP, THEN_GROUP, THEN_COUNT };

static const struct arg_spec then_members[] = {
	{PARAM("queue"), .type = ARG_NAME, .required = true, .subject = SUBJECT_QUEUE,
		.summary = "Queue of the op."},
	{PARAM("key"), .type = ARG_KEY, .required = true, .summary = "Key of the op."},
	{PARAM("op"), .type = ARG_ID, .summary = "Id of the op."},
	{PARAM("group"), .type = ARG_NAME, .subject = SUBJECT_GROUP,
		.summary = "Group the op is a member of."},
	ARGS_END,
};

static const struct arg_spec create_args[] = {
	GROUP_ARG,
	{PARAM("size"), .type = ARG_COUNT, .max = UINT64_C(1) << 53,
		.summary = "Sealed by itself once so many ops were added."},
	{PARAM("auto"), .type = ARG_BOOL, .fallback = "false",
		.summary = "Complete as soon as it has ops and none is outstanding."},
	{PARAM("timeout_ms"), .type = ARG_MS, .max = TIME_MAX_MS, .fallback = "0",
		.summary = "Outstanding ops end with error timeout then; 0: never."},
	{PARAM("retain_ms"), .type = ARG_MS, .max = TIME_MAX_MS, .value = 300000,
		.fallback = "300000", .summary = "How long a complete group is kept."},
	{PARAM("on_complete"), .type = ARG_OBJECT, .members = then_members,
		.summary = "An op to enqueue at completion, with the results as its message."},
	ARGS_END,
};

static struct on_complete
read_on_complete(const struct arg *arg)
{
	struct arg then[THEN_COUNT];

	if (!arg->given)
		return (struct on_complete){.queue = {NULL, 0}};
	args_from_checked(then_members, arg->value, then);
	return (struct on_complete){
		.queue = then[THEN_QUEUE].text,
		.key = then[THEN_KEY].text,
		.op = then[THEN_OP].text,
		.group = then[THEN_GROUP].text,
	};
}

static struct handled
run_group_create(struct request *req, const struct arg *args)
{
	req->call.args.group_create = (struct group_create_args){
		.group = args[CREATE_GROUP].text,
		.has_size = args[CREATE_SIZE].given,
		.size = args[CREATE_SIZE].number,
		.auto_complete = args[CREATE_AUTO].flag,
		.timeout_ms = args[CREATE_TIMEOUT_MS].number,
		.retain_ms = args[CREATE_RETAIN_MS].number,
		.on_complete = read_on_complete(&args[CREATE_THEN]),
	};
	return request_call(req, VERB_GROUP_CREATE, reply_empty);
}

const struct command command_group_create = {
	COMMAND("group.create"),
	.summary = "Creates a group: ops that complete together.",
	.args = create_args,
	.result = command_no_result,
	.flags = COMMAND_GROUP,
	.errors = ERR_BIT(ERR_GROUP_EXISTS) | ERR_BIT(ERR_NO_SUCH_GROUP) |
		  ERR_BIT(ERR_GROUP_SEALED) | ERR_BIT(ERR_LIMIT),
	.permit = PERMIT_PRODUCE,
	.run = run_group_create,
};

/* ---- group.add --------------------------------------------------------- */

static const struct arg_spec add_args[] = {
	GROUP_ARG,
	{PARAM("op"), .type = ARG_ID,
		.summary = "Id of the op; one is made where it is not given."},
	{PARAM("msg"), .type = ARG_JSON, .fallback = "null", .summary = "Not kept."},
	ARGS_END,
};

static const struct result_member add_result[] = {
	{.name = "op", .type = MEMBER_STRING},
	{.name = "outstanding", .type = MEMBER_INTEGER},
	{.name = "duplicate", .type = MEMBER_BOOL, .optional = true},
	RESULT_END,
};

static const struct result_member outstanding_result[] = {
	{.name = "outstanding", .type = MEMBER_INTEGER},
	{.name = "duplicate", .type = MEMBER_BOOL, .optional = true},
	RESULT_END,
};

static struct handled
close_outstanding(struct request *req, struct buf *out)
{
	const struct group_op_answer *answer = &req->call.answer.group_op;

	buf_add_uint(out, answer->outstanding);
	if (answer->duplicate)
		json_member_bool(out, SPAN("duplicate"), true);
	buf_add_char(out, '}');
	return reply_close(req);
}

static struct handled
group_added(struct request *req)
{
	struct buf *out = reply_open(req);

	json_first(out, SPAN("op"));
	json_add_string(out, req->call.answer.group_op.op);
	json_member(out, SPAN("outstanding"));
	return close_outstanding(req, out);
}

static struct handled
group_changed(struct request *req)
{
	struct buf *out = reply_open(req);

	json_first(out, SPAN("outstanding"));
	return close_outstanding(req, out);
}

static struct handled
run_group_add(struct request *req, const struct arg *args)
{
	req->call.args.group_add = (struct group_add_args){
		.group = args[0].text,
		.op = args[1].text,
	};
	return request_call(req, VERB_GROUP_ADD, group_added);
}

const struct command command_group_add = {
	COMMAND("group.add"),
	.summary = "Adds an op that is in no queue.",
	.args = add_args,
	.result = add_result,
	.flags = COMMAND_GROUP,
	.errors = ERR_BIT(ERR_NO_SUCH_GROUP) | ERR_BIT(ERR_GROUP_SEALED) | ERR_BIT(ERR_LIMIT),
	.permit = PERMIT_PRODUCE,
	.run = run_group_add,
};

/* ---- group.finish, group.seal ------------------------------------------ */

enum { GROUP_FINISH_GROUP, GROUP_FINISH_OP, GROUP_FINISH_RESULT, GROUP_FINISH_ERROR };

static const struct arg_spec group_finish_args[] = {
	GROUP_ARG,
	{PARAM("op"), .type = ARG_ID, .required = true, .summary = "Id of the op."},
	{PARAM("result"), .type = ARG_JSON, .fallback = "null", .summary = "Its outcome."},
	{PARAM("error"), .type = ARG_JSON,
		.summary = "The same as a failure; where it is given, result is not used."},
	ARGS_END,
};

static struct handled
run_group_finish(struct request *req, const struct arg *args)
{
	const struct arg *result = &args[GROUP_FINISH_RESULT];
	const struct arg *error = &args[GROUP_FINISH_ERROR];
	struct outcome_view outcome = {OUTCOME_RESULT, SPAN("null")};

	if (error->given)
		outcome = (struct outcome_view){OUTCOME_ERROR, error->value.text};
	else if (result->given)
		outcome.json = result->value.text;
	req->call.args.group_finish = (struct group_finish_args){
		.group = args[GROUP_FINISH_GROUP].text,
		.op = args[GROUP_FINISH_OP].text,
		.outcome = outcome,
	};
	return request_call(req, VERB_GROUP_FINISH, group_changed);
}

const struct command command_group_finish = {
	COMMAND("group.finish"),
	.summary = "Gives an op of the group its outcome; the first one counts.",
	.args = group_finish_args,
	.result = outstanding_result,
	.flags = COMMAND_GROUP,
	.errors = ERR_BIT(ERR_NO_SUCH_GROUP) | ERR_BIT(ERR_NO_SUCH_OP) | ERR_BIT(ERR_LIMIT),
	.permit = PERMIT_PRODUCE | PERMIT_WORK,
	.run = run_group_finish,
};

static struct handled
run_group_seal(struct request *req, const struct arg *args)
{
	req->call.args.group = (struct group_args){.group = args[0].text};
	return request_call(req, VERB_GROUP_SEAL, group_changed);
}

const struct command command_group_seal = {
	COMMAND("group.seal"),
	.summary = "Takes no more ops; completes when none is outstanding.",
	.args = group_args,
	.result = outstanding_result,
	.flags = COMMAND_GROUP,
	.errors = ERR_BIT(ERR_NO_SUCH_GROUP),
	.permit = PERMIT_PRODUCE,
	.run = run_group_seal,
};

/* ---- group.wait -------------------------------------------------------- */

static const struct arg_spec wait_args[] = {
	GROUP_ARG,
	{PARAM("wait_ms"), .type = ARG_MS, .max = TIME_MAX_MS, .value = 30000, .fallback = "30000",
		.summary = "How long to wait for its completion."},
	ARGS_END,
};

static const struct result_member wait_members[] = {
	{.name = "op", .type = MEMBER_STRING},
	{.name = "key", .type = MEMBER_STRING, .optional = true},
	{.name = "result", .type = MEMBER_JSON, .optional = true},
	{.name = "error", .type = MEMBER_JSON, .optional = true},
	RESULT_END,
};

static const struct result_member wait_result[] = {
	{.name = "group", .type = MEMBER_STRING},
	{.name = "done", .type = MEMBER_BOOL},
	{.name = "ops", .type = MEMBER_INTEGER},
	{.name = "failed", .type = MEMBER_INTEGER, .optional = true},
	{.name = "results", .type = MEMBER_OBJECTS, .optional = true, .members = wait_members},
	{.name = "outstanding", .type = MEMBER_INTEGER, .optional = true},
	RESULT_END,
};

static struct handled
run_group_wait(struct request *req, const struct arg *args)
{
	req->wait_ms = args[1].number;
	return group_wait_begin(req, args[0].text);
}

const struct command command_group_wait = {
	COMMAND("group.wait"),
	.summary = "Waits until the group is complete and tells every outcome.",
	.args = wait_args,
	.result = wait_result,
	.flags = COMMAND_GROUP | COMMAND_NO_NOTIFY,
	.errors = ERR_BIT(ERR_NO_SUCH_GROUP) | ERR_BIT(ERR_LIMIT),
	.permit = PERMIT_PRODUCE | PERMIT_READ,
	.run = run_group_wait,
};

/* ---- group.delete ------------------------------------------------------ */

static struct handled
group_deleted(struct request *req)
{
	group_waits_deleted(&req->service->group_waits, req->call.args.group.group, req->noted);
	return reply_empty(req);
}

static struct handled
run_group_delete(struct request *req, const struct arg *args)
{
	group_waits_before_delete(&req->service->group_waits, args[0].text);
	req->noted = req->service->parking.arrivals;
	req->call.args.group = (struct group_args){.group = args[0].text};
	return request_call(req, VERB_GROUP_DELETE, group_deleted);
}

const struct command command_group_delete = {
	COMMAND("group.delete"),
	.summary = "Deletes a group; its queued ops stay queued.",
	.args = group_args,
	.result = command_no_result,
	.flags = COMMAND_GROUP,
	.errors = ERR_BIT(ERR_NO_SUCH_GROUP),
	.permit = PERMIT_PRODUCE,
	.run = run_group_delete,
};
