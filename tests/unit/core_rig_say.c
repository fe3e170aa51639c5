/*
 * How answers are written in the rig's language.
 *
 *   ops       [a b:msg c@group]      a message that is null is left out
 *   outcome   result:7  error:"x"  dead  none
 *   sets      k ready a0 [a]; k leased a1 left=30000 by=c1 [b]
 *   numbers   name=value for those that are not 0, in the order of verbs.h
 */
#include <config.h>

#include <stdarg.h>
#include <stdio.h>

#include "core_rig_verbs.h"

void
say(struct rig *rig, const char *format, ...)
{
	char text[512];
	va_list args;
	int len;

	va_start(args, format);
	len = vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	NEED(len >= 0);
	NEED(len < (int)sizeof(text));
	buf_append(&rig->said, text, (size_t)len);
}

void
say_span(struct rig *rig, struct span text)
{
	buf_add(&rig->said, text);
}

void
say_refusal(struct rig *rig, const struct refusal *refusal)
{
	say(rig, "!%s", err_name(refusal->err));
	if (refusal->limit_name != NULL)
		say(rig, " %s", refusal->limit_name);
	if (refusal->limit != 0)
		say(rig, " %llu", (unsigned long long)refusal->limit);
	if (refusal->culprit.ptr == NULL)
		return;
	say(rig, " ");
	say_span(rig, refusal->culprit);
}

void
say_outcome(struct rig *rig, const struct outcome_view *outcome)
{
	say(rig, "%s", outcome_kind_name(outcome->kind));
	if (outcome->kind != OUTCOME_RESULT && outcome->kind != OUTCOME_ERROR)
		return;
	say(rig, ":");
	say_span(rig, outcome->json);
}

void
say_ops(struct rig *rig, struct op_cursor cursor)
{
	struct op_view op;
	const char *gap = "";

	say(rig, "[");
	while (cursor.next(&cursor, &op)) {
		say(rig, "%s", gap);
		say_span(rig, op.op);
		if (!span_equal(op.msg, SPAN("null"))) {
			say(rig, ":");
			say_span(rig, op.msg);
		}
		if (op.group.ptr != NULL) {
			say(rig, "@");
			say_span(rig, op.group);
		}
		gap = " ";
	}
	say(rig, "]");
}

void
say_sets(struct rig *rig, struct set_cursor cursor, bool with_age)
{
	struct set_view set;
	const char *gap = "";

	while (cursor.next(&cursor, &set)) {
		say(rig, "%s", gap);
		say_span(rig, set.key);
		say(rig, " %s a%llu ", set_state_name(set.state), (unsigned long long)set.attempt);
		if (with_age)
			say(rig, "age=%llu ", (unsigned long long)set.age_ms);
		if (set.state == SET_LEASED)
			say(rig, "left=%llu ", (unsigned long long)set.lease_left_ms);
		if (set.holder.len > 0) {
			say(rig, "by=");
			say_span(rig, set.holder);
			say(rig, " ");
		}
		say_ops(rig, set.ops);
		gap = "; ";
	}
}

void
say_names(struct rig *rig, struct name_cursor cursor)
{
	struct span name;
	const char *gap = "";

	while (cursor.next(&cursor, &name)) {
		say(rig, "%s", gap);
		say_span(rig, name);
		gap = " ";
	}
}

void
say_members(struct rig *rig, struct member_cursor cursor)
{
	struct member_view member;
	const char *gap = "";

	say(rig, "[");
	while (cursor.next(&cursor, &member)) {
		say(rig, "%s", gap);
		say_span(rig, member.op);
		if (member.key.ptr != NULL) {
			say(rig, "/");
			say_span(rig, member.key);
		}
		if (member.outcome.kind != OUTCOME_NONE) {
			say(rig, "=");
			say_outcome(rig, &member.outcome);
		}
		gap = " ";
	}
	say(rig, "]");
}

static void
say_number(struct rig *rig, const char *name, uint64_t value)
{
	if (value != 0)
		say(rig, "%s%s=%llu", buf_len(&rig->said) > 0 ? " " : "", name,
			(unsigned long long)value);
}

void
say_options(struct rig *rig, const struct queue_options *options)
{
	say_number(rig, "depth", options->depth);
	say_number(rig, "width", options->width);
	say_number(rig, "window", options->window_ms);
	say_number(rig, "quiet", options->quiet_ms);
	say_number(rig, "lease", options->lease_ms);
	say_number(rig, "attempts", options->max_attempts);
	say_number(rig, "exclusive", options->exclusive);
}

void
say_gauges(struct rig *rig, const struct queue_gauges *gauges)
{
	say_number(rig, "depth", gauges->depth);
	say_number(rig, "ready", gauges->ready);
	say_number(rig, "waiting", gauges->waiting);
	say_number(rig, "held", gauges->held);
	say_number(rig, "leased", gauges->leased);
	say_number(rig, "dead", gauges->dead);
	say_number(rig, "ops", gauges->ops);
	say_number(rig, "oldest_ready_ms", gauges->oldest_ready_ms);
	say_number(rig, "longest_lease_ms", gauges->longest_lease_ms);
}

void
say_counters(struct rig *rig, const struct queue_counters *counters)
{
	say_number(rig, "enqueued", counters->enqueued);
	say_number(rig, "merged", counters->merged);
	say_number(rig, "refused_depth", counters->refused_depth);
	say_number(rig, "refused_width", counters->refused_width);
	say_number(rig, "dequeued", counters->dequeued);
	say_number(rig, "finished", counters->finished);
	say_number(rig, "failed", counters->failed);
	say_number(rig, "released", counters->released);
	say_number(rig, "lease_expired", counters->lease_expired);
	say_number(rig, "died", counters->died);
	say_number(rig, "expired", counters->expired);
	say_number(rig, "cancelled", counters->cancelled);
	say_number(rig, "purged", counters->purged);
	say_number(rig, "deleted", counters->deleted);
	say_number(rig, "kicked", counters->kicked);
	say_number(rig, "dead_dropped", counters->dead_dropped);
}
