/*
 * The records of verbs: what was asked, by the words of the wire, and what came of
 * it. Payloads are left out; everything that decides an order, a count or an end is in.
 */
#include <config.h>

#include "command/audit.h"

#include "json/write.h"

static void
add_optional(struct buf *out, struct span name, struct span value)
{
	if (value.ptr != NULL)
		json_member_string(out, name, value);
}

static void
add_number(struct buf *out, struct span name, uint64_t value)
{
	if (value != 0)
		json_member_uint(out, name, value);
}

static void
add_flag(struct buf *out, struct span name, bool value)
{
	if (value)
		json_member_bool(out, name, true);
}

static void
add_outcome(struct buf *out, struct span name, enum outcome_kind kind)
{
	json_member_string(out, name, span_str(outcome_kind_name(kind)));
}

void
audit_write_options(struct buf *out, const struct queue_options *options, unsigned given)
{
	if (given & QUEUE_DEPTH)
		json_member_uint(out, SPAN("depth"), options->depth);
	if (given & QUEUE_WIDTH)
		json_member_uint(out, SPAN("width"), options->width);
	if (given & QUEUE_WINDOW)
		json_member_uint(out, SPAN("window_ms"), options->window_ms);
	if (given & QUEUE_QUIET)
		json_member_uint(out, SPAN("quiet_ms"), options->quiet_ms);
	if (given & QUEUE_EXCLUSIVE)
		json_member_bool(out, SPAN("exclusive"), options->exclusive);
	if (given & QUEUE_LEASE)
		json_member_uint(out, SPAN("lease_ms"), options->lease_ms);
	if (given & QUEUE_ATTEMPTS)
		json_member_uint(out, SPAN("max_attempts"), options->max_attempts);
}

/* ---- what was asked --------------------------------------------------------- */

static void
write_enqueue(struct buf *out, const struct call *call)
{
	const struct enqueue_args *args = &call->args.enqueue;

	json_member_string(out, SPAN("queue"), args->queue);
	json_member_string(out, SPAN("key"), args->key);
	add_optional(out, SPAN("op"), args->op);
	add_optional(out, SPAN("group"), args->group);
	add_number(out, SPAN("delay_ms"), args->delay_ms);
	add_number(out, SPAN("ttl_ms"), args->ttl_ms);
	add_flag(out, SPAN("watch"), args->watch);
}

static void
write_take(struct buf *out, const struct call *call)
{
	const struct take_args *args = &call->args.take;

	json_member_string(out, SPAN("queue"), args->queue);
	add_optional(out, SPAN("key"), args->key);
	if (args->has_lease_ms)
		json_member_uint(out, SPAN("lease_ms"), args->lease_ms);
	add_flag(out, SPAN("create"), args->create);
	add_number(out, SPAN("owner"), args->owner);
}

static void
write_finish(struct buf *out, const struct call *call)
{
	const struct finish_args *args = &call->args.finish;

	json_member_string(out, SPAN("set"), args->token);
	add_outcome(out, SPAN("rest"), args->rest.kind);
	if (args->count == 0)
		return;
	json_member(out, SPAN("outcomes"));
	for (size_t i = 0; i < args->count; i++) {
		buf_add(out, i == 0 ? SPAN("[[") : SPAN(",["));
		json_add_string(out, args->outcomes[i].op);
		buf_add_char(out, ',');
		json_add_string(out, span_str(outcome_kind_name(args->outcomes[i].outcome.kind)));
		buf_add_char(out, ']');
	}
	buf_add_char(out, ']');
}

static void
write_group_create(struct buf *out, const struct call *call)
{
	const struct group_create_args *args = &call->args.group_create;

	json_member_string(out, SPAN("group"), args->group);
	if (args->has_size)
		json_member_uint(out, SPAN("size"), args->size);
	add_flag(out, SPAN("auto"), args->auto_complete);
	add_number(out, SPAN("timeout_ms"), args->timeout_ms);
	add_number(out, SPAN("retain_ms"), args->retain_ms);
	add_optional(out, SPAN("then_queue"), args->on_complete.queue);
	add_optional(out, SPAN("then_key"), args->on_complete.key);
	add_optional(out, SPAN("then_op"), args->on_complete.op);
	add_optional(out, SPAN("then_group"), args->on_complete.group);
}

static void
write_purge(struct buf *out, const struct call *call)
{
	const struct queue_purge_args *args = &call->args.queue_purge;
	static const char *const scopes[] = {
		[PURGE_PENDING] = "pending",
		[PURGE_HELD] = "held",
		[PURGE_DEAD] = "dead",
		[PURGE_ALL] = "all",
	};

	json_member_string(out, SPAN("queue"), args->queue);
	json_member_string(out, SPAN("state"), span_str(scopes[args->scope]));
}

static void
write_options(struct buf *out, const struct call *call)
{
	const struct queue_configure_args *args = &call->args.queue_configure;

	json_member_string(out, SPAN("queue"), args->queue);
	audit_write_options(out, &args->options, args->given);
}

static void
write_queue(struct buf *out, const struct call *call)
{
	json_member_string(out, SPAN("queue"), call->args.queue.queue);
}

static void
write_delete(struct buf *out, const struct call *call)
{
	json_member_string(out, SPAN("queue"), call->args.queue_delete.queue);
	add_flag(out, SPAN("force"), call->args.queue_delete.force);
}

static void
write_kick(struct buf *out, const struct call *call)
{
	json_member_string(out, SPAN("queue"), call->args.queue_kick.queue);
	json_member_uint(out, SPAN("count"), call->args.queue_kick.count);
}

static void
write_peek(struct buf *out, const struct call *call)
{
	json_member_string(out, SPAN("queue"), call->args.queue_peek.queue);
}

static void
write_release(struct buf *out, const struct call *call)
{
	json_member_string(out, SPAN("set"), call->args.release.token);
	add_number(out, SPAN("delay_ms"), call->args.release.delay_ms);
	add_flag(out, SPAN("undelivered"), call->args.release.undelivered);
}

static void
write_extend(struct buf *out, const struct call *call)
{
	json_member_string(out, SPAN("set"), call->args.extend.token);
	if (call->args.extend.has_lease_ms)
		json_member_uint(out, SPAN("lease_ms"), call->args.extend.lease_ms);
}

static void
write_cancel(struct buf *out, const struct call *call)
{
	json_member_string(out, SPAN("queue"), call->args.cancel.queue);
	json_member_string(out, SPAN("op"), call->args.cancel.op);
}

static void
write_watch(struct buf *out, const struct call *call)
{
	json_member_uint(out, SPAN("watch"), call->args.watch.watch);
}

static void
write_owner(struct buf *out, const struct call *call)
{
	json_member_uint(out, SPAN("owner"), call->args.owner.owner);
}

static void
write_group(struct buf *out, const struct call *call)
{
	json_member_string(out, SPAN("group"), call->args.group.group);
}

static void
write_group_add(struct buf *out, const struct call *call)
{
	json_member_string(out, SPAN("group"), call->args.group_add.group);
	add_optional(out, SPAN("op"), call->args.group_add.op);
}

static void
write_group_finish(struct buf *out, const struct call *call)
{
	json_member_string(out, SPAN("group"), call->args.group_finish.group);
	json_member_string(out, SPAN("op"), call->args.group_finish.op);
	add_outcome(out, SPAN("how"), call->args.group_finish.outcome.kind);
}

/* ---- what came of it ---------------------------------------------------------- */

static void
answer_take(struct buf *out, const struct call *call)
{
	const struct take_answer *answer = &call->answer.take;
	struct op_cursor ops = answer->ops;
	struct op_view op;
	char before = '[';

	json_member_bool(out, SPAN("found"), answer->found);
	if (!answer->found)
		return;
	json_member_string(out, SPAN("set"), answer->token);
	json_member_uint(out, SPAN("fence"), answer->fence);
	json_member_string(out, SPAN("key"), answer->key);
	json_member_uint(out, SPAN("attempt"), answer->attempt);
	json_member_uint(out, SPAN("lease_ms"), answer->lease_ms);
	json_member(out, SPAN("ops"));
	while (ops.next(&ops, &op)) {
		buf_add_char(out, before);
		json_add_string(out, op.op);
		before = ',';
	}
	buf_add_char(out, ']');
}

static void
answer_group(struct buf *out, const struct call *call)
{
	const struct group_view *answer = &call->answer.group;
	struct member_cursor members = answer->members;
	struct member_view member;

	json_member_bool(out, SPAN("done"), answer->done);
	json_member_uint(out, SPAN("ops"), answer->ops);
	json_member_uint(out, SPAN("outstanding"), answer->outstanding);
	json_member_uint(out, SPAN("failed"), answer->failed);
	if (!answer->done || answer->ops == 0)
		return;
	json_member(out, SPAN("outcomes"));
	for (char before = '['; members.next(&members, &member); before = ',') {
		buf_add_char(out, before);
		buf_add_char(out, '[');
		json_add_string(out, member.op);
		buf_add_char(out, ',');
		json_add_string(out, span_str(outcome_kind_name(member.outcome.kind)));
		buf_add_char(out, ']');
	}
	buf_add_char(out, ']');
}

static void
answer_configure(struct buf *out, const struct call *call)
{
	json_member_bool(out, SPAN("created"), call->answer.queue_configure.created);
}

static void
answer_counted(struct buf *out, const struct call *call)
{
	json_member_uint(out, SPAN("sets"), call->answer.counted.sets);
	json_member_uint(out, SPAN("ops"), call->answer.counted.ops);
}

static void
answer_enqueue(struct buf *out, const struct call *call)
{
	const struct enqueue_answer *answer = &call->answer.enqueue;

	json_member_string(out, SPAN("op"), answer->op);
	json_member_bool(out, SPAN("new"), answer->started);
	json_member_uint(out, SPAN("depth"), answer->depth);
	json_member_uint(out, SPAN("width"), answer->width);
	add_flag(out, SPAN("duplicate"), answer->duplicate);
	add_number(out, SPAN("watch"), answer->watch);
}

static void
answer_finish(struct buf *out, const struct call *call)
{
	json_member_uint(out, SPAN("finished"), call->answer.finish.finished);
	json_member_uint(out, SPAN("released"), call->answer.finish.released);
	add_flag(out, SPAN("duplicate"), call->answer.finish.duplicate);
}

static void
answer_release(struct buf *out, const struct call *call)
{
	json_member_uint(out, SPAN("released"), call->answer.release.released);
}

static void
answer_extend(struct buf *out, const struct call *call)
{
	json_member_uint(out, SPAN("lease_ms"), call->answer.extend.lease_ms);
}

static void
answer_watch(struct buf *out, const struct call *call)
{
	add_outcome(out, SPAN("how"), call->answer.watch.outcome.kind);
}

static void
answer_group_op(struct buf *out, const struct call *call)
{
	json_member_uint(out, SPAN("outstanding"), call->answer.group_op.outstanding);
	add_flag(out, SPAN("duplicate"), call->answer.group_op.duplicate);
}

static void
answer_group_add(struct buf *out, const struct call *call)
{
	json_member_string(out, SPAN("op"), call->answer.group_op.op);
	answer_group_op(out, call);
}

/* ---- the table ---------------------------------------------------------------- */

/* NULL: there is nothing to tell. */
static const struct row {
	const char *name;
	void (*args)(struct buf *out, const struct call *call);
	void (*answer)(struct buf *out, const struct call *call);
} rows[] = {
	[VERB_QUEUE_CREATE] = {"queue.create", write_options, answer_configure},
	[VERB_QUEUE_UPDATE] = {"queue.update", write_options, answer_configure},
	[VERB_QUEUE_CLOSE] = {"queue.close", write_queue, NULL},
	[VERB_QUEUE_OPEN] = {"queue.open", write_queue, NULL},
	[VERB_QUEUE_DELETE] = {"queue.delete", write_delete, NULL},
	[VERB_QUEUE_PAUSE] = {"queue.pause", write_queue, NULL},
	[VERB_QUEUE_RESUME] = {"queue.resume", write_queue, NULL},
	[VERB_QUEUE_PURGE] = {"queue.purge", write_purge, answer_counted},
	[VERB_QUEUE_KICK] = {"queue.kick", write_kick, answer_counted},
	[VERB_QUEUE_PEEK] = {"queue.peek", write_peek, NULL},
	[VERB_QUEUE_STATS] = {"queue.stats", write_queue, NULL},
	[VERB_QUEUE_LIST] = {"queue.list", NULL, NULL},
	[VERB_ENQUEUE] = {"enqueue", write_enqueue, answer_enqueue},
	[VERB_TAKE] = {"take", write_take, answer_take},
	[VERB_FINISH] = {"finish", write_finish, answer_finish},
	[VERB_RELEASE] = {"release", write_release, answer_release},
	[VERB_EXTEND] = {"extend", write_extend, answer_extend},
	[VERB_CANCEL] = {"cancel", write_cancel, NULL},
	[VERB_WATCH_POLL] = {"watch.poll", write_watch, answer_watch},
	[VERB_WATCH_DROP] = {"watch.drop", write_watch, NULL},
	[VERB_OWNER_GONE] = {"owner.gone", write_owner, NULL},
	[VERB_GROUP_CREATE] = {"group.create", write_group_create, NULL},
	[VERB_GROUP_ADD] = {"group.add", write_group_add, answer_group_add},
	[VERB_GROUP_FINISH] = {"group.finish", write_group_finish, answer_group_op},
	[VERB_GROUP_SEAL] = {"group.seal", write_group, answer_group_op},
	[VERB_GROUP_POLL] = {"group.poll", write_group, answer_group},
	[VERB_GROUP_DELETE] = {"group.delete", write_group, NULL},
	[VERB_GROUP_LIST] = {"group.list", NULL, NULL},
	[VERB_STATS] = {"stats", NULL, NULL},
};

/* The members of `ok` are written as if each followed another; the first does not. */
static void
write_ok(struct buf *out, const struct call *call)
{
	size_t before;

	json_member(out, SPAN("ok"));
	before = buf_len(out);
	if (rows[call->verb].answer != NULL)
		rows[call->verb].answer(out, call);
	if (buf_len(out) == before)
		buf_add_char(out, '{');
	else
		out->data[out->head + before] = '{';
	buf_add_char(out, '}');
}

void
audit_write_call(struct buf *out, const struct call *call)
{
	json_member_uint(out, SPAN("conn"), call->origin);
	json_member_string(out, SPAN("verb"), span_str(rows[call->verb].name));
	if (rows[call->verb].args != NULL)
		rows[call->verb].args(out, call);
	if (call->refusal.err != ERR_NONE) {
		json_member_string(out, SPAN("error"), span_str(err_name(call->refusal.err)));
		if (call->refusal.limit_name != NULL)
			json_member_string(out, SPAN("limit"), span_str(call->refusal.limit_name));
		return;
	}
	write_ok(out, call);
}
