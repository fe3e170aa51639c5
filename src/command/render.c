/*
 * Writers of sets, outcomes and groups. Messages, results and errors are copied
 * byte for byte, as they came.
 */
#include <config.h>

#include "command/render.h"

#include "base/check.h"
#include "json/write.h"

void
render_ops(struct buf *out, struct op_cursor ops)
{
	struct op_view op;
	char separator = '[';

	while (ops.next(&ops, &op)) {
		buf_add_char(out, separator);
		separator = ',';
		buf_add(out, SPAN("{\"op\":"));
		json_add_string(out, op.op);
		json_member_raw(out, SPAN("msg"), op.msg);
		if (op.group.ptr != NULL)
			json_member_string(out, SPAN("group"), op.group);
		buf_add_char(out, '}');
	}
	if (separator == '[')
		buf_add_char(out, '[');
	buf_add_char(out, ']');
}

void
render_outcome(struct buf *out, const struct outcome_view *outcome)
{
	switch (outcome->kind) {
	case OUTCOME_NONE:
		return;
	case OUTCOME_RESULT:
		json_member_raw(out, SPAN("result"), outcome->json);
		return;
	case OUTCOME_ERROR:
		json_member_raw(out, SPAN("error"), outcome->json);
		return;
	case OUTCOME_DEAD:
	case OUTCOME_EXPIRED:
	case OUTCOME_CANCELLED:
	case OUTCOME_PURGED:
	case OUTCOME_DELETED:
	case OUTCOME_TIMEOUT:
		buf_add(out, SPAN(",\"error\":{\"code\":"));
		json_add_string(out, span_str(outcome_kind_name(outcome->kind)));
		json_member_string(
			out, SPAN("message"), span_str(outcome_kind_message(outcome->kind)));
		buf_add_char(out, '}');
		return;
	}
	UNREACHABLE();
}

static void
render_members(struct buf *out, struct member_cursor members)
{
	struct member_view member;
	char separator = '[';

	while (members.next(&members, &member)) {
		buf_add_char(out, separator);
		separator = ',';
		buf_add(out, SPAN("{\"op\":"));
		json_add_string(out, member.op);
		if (member.key.ptr != NULL)
			json_member_string(out, SPAN("key"), member.key);
		render_outcome(out, &member.outcome);
		buf_add_char(out, '}');
	}
	if (separator == '[')
		buf_add_char(out, '[');
	buf_add_char(out, ']');
}

void
render_group(struct buf *out, const struct group_view *view)
{
	json_first(out, SPAN("group"));
	json_add_string(out, view->group);
	json_member_bool(out, SPAN("done"), view->done);
	json_member_uint(out, SPAN("ops"), view->ops);
	if (view->done) {
		json_member_uint(out, SPAN("failed"), view->failed);
		json_member(out, SPAN("results"));
		render_members(out, view->members);
	} else {
		json_member_uint(out, SPAN("outstanding"), view->outstanding);
	}
	buf_add_char(out, '}');
}

void
render_names(struct buf *out, struct name_cursor names)
{
	struct span name;
	char separator = '[';

	while (names.next(&names, &name)) {
		buf_add_char(out, separator);
		separator = ',';
		json_add_string(out, name);
	}
	if (separator == '[')
		buf_add_char(out, '[');
	buf_add_char(out, ']');
}
