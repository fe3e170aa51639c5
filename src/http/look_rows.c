/*
 * What a look writes. Nothing is owned here.
 */
#include <config.h>

#include <stddef.h>

#include "http/look.h"
#include "json/write.h"

/* ---- rows of figures ------------------------------------------------------------ */

/* In the order of LOOK_QUEUE_HEADING, from `depth` on. */
static const size_t queue_columns[] = {
	offsetof(struct queue_stats_answer, gauges.depth),
	offsetof(struct queue_stats_answer, gauges.ready),
	offsetof(struct queue_stats_answer, gauges.waiting),
	offsetof(struct queue_stats_answer, gauges.held),
	offsetof(struct queue_stats_answer, gauges.leased),
	offsetof(struct queue_stats_answer, gauges.dead),
	offsetof(struct queue_stats_answer, gauges.ops),
	offsetof(struct queue_stats_answer, gauges.oldest_ready_ms),
	offsetof(struct queue_stats_answer, gauges.longest_lease_ms),
	offsetof(struct queue_stats_answer, counters.enqueued),
	offsetof(struct queue_stats_answer, counters.merged),
	offsetof(struct queue_stats_answer, counters.dequeued),
	offsetof(struct queue_stats_answer, counters.finished),
	offsetof(struct queue_stats_answer, counters.failed),
	offsetof(struct queue_stats_answer, counters.released),
	offsetof(struct queue_stats_answer, counters.lease_expired),
	offsetof(struct queue_stats_answer, counters.died),
	offsetof(struct queue_stats_answer, counters.expired),
	offsetof(struct queue_stats_answer, counters.refused_depth),
	offsetof(struct queue_stats_answer, counters.refused_width),
	offsetof(struct queue_stats_answer, options.depth),
	offsetof(struct queue_stats_answer, options.width),
	offsetof(struct queue_stats_answer, options.window_ms),
	offsetof(struct queue_stats_answer, options.quiet_ms),
	offsetof(struct queue_stats_answer, options.lease_ms),
	offsetof(struct queue_stats_answer, options.max_attempts),
};

static void
add_bool(struct buf *out, bool value)
{
	buf_add_char(out, ',');
	json_add_bool(out, value);
}

static void
add_uint(struct buf *out, uint64_t value)
{
	buf_add_char(out, ',');
	buf_add_uint(out, value);
}

void
look_write_queue(struct buf *out, const struct inquiry *inquiry, struct span name)
{
	const struct queue_stats_answer *stats = &inquiry->call.answer.queue_stats;

	buf_add_char(out, '[');
	json_add_string(out, name);
	add_bool(out, stats->closed);
	add_bool(out, stats->paused);
	add_bool(out, stats->options.exclusive);
	add_uint(out, inquiry_waiters(inquiry, name));
	for (size_t i = 0; i < sizeof(queue_columns) / sizeof(queue_columns[0]); i++) {
		uint64_t value;

		memcpy(&value, (const char *)stats + queue_columns[i], sizeof(value));
		add_uint(out, value);
	}
	buf_add_char(out, ']');
}

void
look_write_group(struct buf *out, const struct inquiry *inquiry, struct span name)
{
	const struct group_view *group = &inquiry->call.answer.group;

	buf_add_char(out, '[');
	json_add_string(out, name);
	add_bool(out, group->done);
	add_bool(out, group->sealed);
	if (group->size == UINT64_MAX)
		buf_add(out, SPAN(",null"));
	else
		add_uint(out, group->size);
	add_uint(out, group->ops);
	add_uint(out, group->outstanding);
	add_uint(out, group->failed);
	buf_add_char(out, ']');
}

/* ---- sets ----------------------------------------------------------------------- */

#define OPS_SHOWN 3   /* of a set */
#define MSG_SHOWN 240 /* bytes of a message */

/* The beginning of a message, cut between two characters. */
static struct span
cut(struct span msg)
{
	size_t len = MSG_SHOWN;

	if (msg.len <= MSG_SHOWN)
		return msg;
	while (len > 0 && ((unsigned char)msg.ptr[len] & 0xc0) == 0x80)
		len--;
	return span_make(msg.ptr, len);
}

/* The message is told as text, since what is cut is no JSON any more. */
static void
write_op(struct buf *out, const struct op_view *op)
{
	json_first(out, SPAN("op"));
	json_add_string(out, op->op);
	if (op->group.ptr != NULL)
		json_member_string(out, SPAN("group"), op->group);
	json_member_string(out, SPAN("msg"), cut(op->msg));
	json_member_uint(out, SPAN("msg_bytes"), op->msg.len);
	buf_add_char(out, '}');
}

static void
write_set(struct buf *out, const struct set_view *set)
{
	struct op_cursor ops = set->ops;
	struct op_view op;

	json_first(out, SPAN("key"));
	json_add_string(out, set->key);
	json_member_string(out, SPAN("state"), span_str(set_state_name(set->state)));
	json_member_uint(out, SPAN("attempt"), set->attempt);
	json_member_uint(out, SPAN("age_ms"), set->age_ms);
	if (set->state == SET_LEASED) {
		json_member_uint(out, SPAN("lease_left_ms"), set->lease_left_ms);
		json_member(out, SPAN("holder"));
		json_add_untrusted(out, set->holder);
	}
	json_member_uint(out, SPAN("width"), set->op_count);
	json_member(out, SPAN("ops"));
	buf_add_char(out, '[');
	for (int i = 0; i < OPS_SHOWN && ops.next(&ops, &op); i++) {
		if (i > 0)
			buf_add_char(out, ',');
		write_op(out, &op);
	}
	buf_add(out, SPAN("]}"));
}

void
look_write_sets(struct buf *out, const struct inquiry *inquiry, struct span name)
{
	struct set_cursor sets = inquiry->call.answer.queue_peek.sets;
	struct set_view set;
	bool first = true;

	(void)name;
	while (sets.next(&sets, &set)) {
		if (!first)
			buf_add_char(out, ',');
		first = false;
		write_set(out, &set);
	}
}
