/*
 * The records of verbs: what was asked, by the words of the wire, and what came of
 * it. Payloads are left out; everything that decides an order, a count or an end is in.
 */
#include <config.h>

#include "command/audit.h"

#include "base/check.h"
#include "json/write.h"

static struct span
verb_name(enum verb verb)
{
	static const char *const names[] = {
		[VERB_QUEUE_CREATE] = "queue.create",
		[VERB_QUEUE_UPDATE] = "queue.update",
		[VERB_QUEUE_CLOSE] = "queue.close",
		[VERB_QUEUE_OPEN] = "queue.open",
		[VERB_QUEUE_DELETE] = "queue.delete",
		[VERB_QUEUE_PAUSE] = "queue.pause",
		[VERB_QUEUE_RESUME] = "queue.resume",
		[VERB_QUEUE_PURGE] = "queue.purge",
		[VERB_QUEUE_KICK] = "queue.kick",
		[VERB_QUEUE_PEEK] = "queue.peek",
		[VERB_QUEUE_STATS] = "queue.stats",
		[VERB_QUEUE_LIST] = "queue.list",
		[VERB_ENQUEUE] = "enqueue",
		[VERB_TAKE] = "take",
		[VERB_FINISH] = "finish",
		[VERB_RELEASE] = "release",
		[VERB_EXTEND] = "extend",
		[VERB_CANCEL] = "cancel",
		[VERB_WATCH_POLL] = "watch.poll",
		[VERB_WATCH_DROP] = "watch.drop",
		[VERB_OWNER_GONE] = "owner.gone",
		[VERB_GROUP_CREATE] = "group.create",
		[VERB_GROUP_ADD] = "group.add",
		[VERB_GROUP_FINISH] = "group.finish",
		[VERB_GROUP_SEAL] = "group.seal",
		[VERB_GROUP_POLL] = "group.poll",
		[VERB_GROUP_DELETE] = "group.delete",
		[VERB_GROUP_LIST] = "group.list",
		[VERB_STATS] = "stats",
	};

	return span_str(names[verb]);
}

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
write_enqueue(struct buf *out, const struct enqueue_args *args)
{
	json_member_string(out, SPAN("queue"), args->queue);
	json_member_string(out, SPAN("key"), args->key);
	add_optional(out, SPAN("op"), args->op);
	add_optional(out, SPAN("group"), args->group);
	add_number(out, SPAN("delay_ms"), args->delay_ms);
	add_number(out, SPAN("ttl_ms"), args->ttl_ms);
	add_flag(out, SPAN("watch"), args->watch);
}

static void
write_take(struct buf *out, const struct take_args *args)
{
	json_member_string(out, SPAN("queue"), args->queue);
	add_optional(out, SPAN("key"), args->key);
	if (args->has_lease_ms)
		json_member_uint(out, SPAN("lease_ms"), args->lease_ms);
	add_flag(out, SPAN("create"), args->create);
	add_number(out, SPAN("owner"), args->owner);
}

static void
write_finish(struct buf *out, const struct finish_args *args)
{
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
write_group_create(struct buf *out, const struct group_create_args *args)
{
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
write_purge(struct buf *out, const struct queue_purge_args *args)
{
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
write_args(struct buf *out, const struct call *call)
{
	switch (call->verb) {
	case VERB_QUEUE_CREATE:
	case VERB_QUEUE_UPDATE:
		json_member_string(out, SPAN("queue"), call->args.queue_configure.queue);
		audit_write_options(
			out, &call->args.queue_configure.options, call->args.queue_configure.given);
		return;
	case VERB_QUEUE_CLOSE:
	case VERB_QUEUE_OPEN:
	case VERB_QUEUE_PAUSE:
	case VERB_QUEUE_RESUME:
	case VERB_QUEUE_STATS:
		json_member_string(out, SPAN("queue"), call->args.queue.queue);
		return;
	case VERB_QUEUE_DELETE:
		json_member_string(out, SPAN("queue"), call->args.queue_delete.queue);
		add_flag(out, SPAN("force"), call->args.queue_delete.force);
		return;
	case VERB_QUEUE_PURGE:
		write_purge(out, &call->args.queue_purge);
		return;
	case VERB_QUEUE_KICK:
		json_member_string(out, SPAN("queue"), call->args.queue_kick.queue);
		json_member_uint(out, SPAN("count"), call->args.queue_kick.count);
		return;
	case VERB_QUEUE_PEEK:
		json_member_string(out, SPAN("queue"), call->args.queue_peek.queue);
		return;
	case VERB_ENQUEUE:
		write_enqueue(out, &call->args.enqueue);
		return;
	case VERB_TAKE:
		write_take(out, &call->args.take);
		return;
	case VERB_FINISH:
		write_finish(out, &call->args.finish);
		return;
	case VERB_RELEASE:
		json_member_string(out, SPAN("set"), call->args.release.token);
		add_number(out, SPAN("delay_ms"), call->args.release.delay_ms);
		add_flag(out, SPAN("undelivered"), call->args.release.undelivered);
		return;
	case VERB_EXTEND:
		json_member_string(out, SPAN("set"), call->args.extend.token);
		if (call->args.extend.has_lease_ms)
			json_member_uint(out, SPAN("lease_ms"), call->args.extend.lease_ms);
		return;
	case VERB_CANCEL:
		json_member_string(out, SPAN("queue"), call->args.cancel.queue);
		json_member_string(out, SPAN("op"), call->args.cancel.op);
		return;
	case VERB_WATCH_POLL:
	case VERB_WATCH_DROP:
		json_member_uint(out, SPAN("watch"), call->args.watch.watch);
		return;
	case VERB_OWNER_GONE:
		json_member_uint(out, SPAN("owner"), call->args.owner.owner);
		return;
	case VERB_GROUP_CREATE:
		write_group_create(out, &call->args.group_create);
		return;
	case VERB_GROUP_ADD:
		json_member_string(out, SPAN("group"), call->args.group_add.group);
		add_optional(out, SPAN("op"), call->args.group_add.op);
		return;
	case VERB_GROUP_FINISH:
		json_member_string(out, SPAN("group"), call->args.group_finish.group);
		json_member_string(out, SPAN("op"), call->args.group_finish.op);
		add_outcome(out, SPAN("how"), call->args.group_finish.outcome.kind);
		return;
	case VERB_GROUP_SEAL:
	case VERB_GROUP_POLL:
	case VERB_GROUP_DELETE:
		json_member_string(out, SPAN("group"), call->args.group.group);
		return;
	case VERB_QUEUE_LIST:
	case VERB_GROUP_LIST:
	case VERB_STATS:
		return;
	}
	UNREACHABLE();
}

/* ---- what came of it ---------------------------------------------------------- */

static void
answer_take(struct buf *out, const struct take_answer *answer)
{
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
answer_group(struct buf *out, const struct group_view *answer)
{
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
write_answer(struct buf *out, const struct call *call)
{
	switch (call->verb) {
	case VERB_QUEUE_CREATE:
	case VERB_QUEUE_UPDATE:
		json_member_bool(out, SPAN("created"), call->answer.queue_configure.created);
		return;
	case VERB_QUEUE_PURGE:
	case VERB_QUEUE_KICK:
		json_member_uint(out, SPAN("sets"), call->answer.counted.sets);
		json_member_uint(out, SPAN("ops"), call->answer.counted.ops);
		return;
	case VERB_ENQUEUE:
		json_member_string(out, SPAN("op"), call->answer.enqueue.op);
		json_member_bool(out, SPAN("new"), call->answer.enqueue.started);
		json_member_uint(out, SPAN("depth"), call->answer.enqueue.depth);
		json_member_uint(out, SPAN("width"), call->answer.enqueue.width);
		add_flag(out, SPAN("duplicate"), call->answer.enqueue.duplicate);
		add_number(out, SPAN("watch"), call->answer.enqueue.watch);
		return;
	case VERB_TAKE:
		answer_take(out, &call->answer.take);
		return;
	case VERB_FINISH:
		json_member_uint(out, SPAN("finished"), call->answer.finish.finished);
		json_member_uint(out, SPAN("released"), call->answer.finish.released);
		add_flag(out, SPAN("duplicate"), call->answer.finish.duplicate);
		return;
	case VERB_RELEASE:
		json_member_uint(out, SPAN("released"), call->answer.release.released);
		return;
	case VERB_EXTEND:
		json_member_uint(out, SPAN("lease_ms"), call->answer.extend.lease_ms);
		return;
	case VERB_WATCH_POLL:
		add_outcome(out, SPAN("how"), call->answer.watch.outcome.kind);
		return;
	case VERB_GROUP_ADD:
		json_member_string(out, SPAN("op"), call->answer.group_op.op);
		json_member_uint(out, SPAN("outstanding"), call->answer.group_op.outstanding);
		add_flag(out, SPAN("duplicate"), call->answer.group_op.duplicate);
		return;
	case VERB_GROUP_FINISH:
	case VERB_GROUP_SEAL:
		json_member_uint(out, SPAN("outstanding"), call->answer.group_op.outstanding);
		add_flag(out, SPAN("duplicate"), call->answer.group_op.duplicate);
		return;
	case VERB_GROUP_POLL:
		answer_group(out, &call->answer.group);
		return;
	case VERB_QUEUE_CLOSE:
	case VERB_QUEUE_OPEN:
	case VERB_QUEUE_DELETE:
	case VERB_QUEUE_PAUSE:
	case VERB_QUEUE_RESUME:
	case VERB_QUEUE_PEEK:
	case VERB_QUEUE_STATS:
	case VERB_QUEUE_LIST:
	case VERB_CANCEL:
	case VERB_WATCH_DROP:
	case VERB_OWNER_GONE:
	case VERB_GROUP_CREATE:
	case VERB_GROUP_DELETE:
	case VERB_GROUP_LIST:
	case VERB_STATS:
		return;
	}
	UNREACHABLE();
}

/* The members of `ok` are written as if each followed another; the first does not. */
static void
write_ok(struct buf *out, const struct call *call)
{
	size_t before;

	json_member(out, SPAN("ok"));
	before = buf_len(out);
	write_answer(out, call);
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
	json_member_string(out, SPAN("verb"), verb_name(call->verb));
	write_args(out, call);
	if (call->refusal.err != ERR_NONE) {
		json_member_string(out, SPAN("error"), span_str(err_name(call->refusal.err)));
		if (call->refusal.limit_name != NULL)
			json_member_string(out, SPAN("limit"), span_str(call->refusal.limit_name));
		return;
	}
	write_ok(out, call);
}
