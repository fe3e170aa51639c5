/*
 * The verbs of CallGroups. Each checks all that may stand against it before it changes
 * anything; what becomes of the group then is group.c's.
 */
#include <config.h>

#include "core/parts.h"

static struct group *
group_need(struct core *core, struct span name, struct refusal *refusal)
{
	struct group *group = group_find(core, name);

	if (group == NULL)
		refuse(refusal, ERR_NO_SUCH_GROUP);
	return group;
}

/* ---- creation ----------------------------------------------------------------- */

/* The member of the parent that will stand for the new group's completion. */
struct adoption {
	struct group *parent;
	struct span op;
	char made[MADE_ID_MAX];
};

static enum err
check_parent(struct core *core, const struct on_complete *on_complete, struct adoption *ret,
	struct refusal *refusal)
{
	struct group *parent;

	*ret = (struct adoption){.op = on_complete->op};
	core_note_id(core, on_complete->op);
	if (on_complete->group.ptr == NULL)
		return ERR_NONE;
	parent = group_find(core, on_complete->group);
	if (parent == NULL) {
		refuse(refusal, ERR_NO_SUCH_GROUP);
		refusal->culprit = on_complete->group;
		return ERR_NO_SUCH_GROUP;
	}
	if (group_may_grow(core, parent, refusal) != ERR_NONE) {
		refusal->culprit = on_complete->group;
		return refusal->err;
	}
	if (ret->op.ptr != NULL && member_find(parent, ret->op, core_hash(core, ret->op)) != NULL) {
		refuse(refusal, ERR_INVALID_PARAMS);
		refusal->culprit = SPAN("on_complete.op");
		return ERR_INVALID_PARAMS;
	}
	if (ret->op.ptr == NULL)
		ret->op = core_make_id(core, NULL, parent, ret->made, &(uint32_t){0});
	ret->parent = parent;
	return ERR_NONE;
}

static size_t
optional_blob_cost(struct span text)
{
	return text.ptr == NULL ? 0 : core_blob_cost(text.len);
}

static size_t
create_cost(const struct group_create_args *args, const struct adoption *adoption)
{
	const struct on_complete *on_complete = &args->on_complete;
	size_t cost = core_cost(sizeof(struct group) + args->group.len) +
		      optional_blob_cost(on_complete->queue) +
		      optional_blob_cost(on_complete->key) + optional_blob_cost(adoption->op);

	if (adoption->parent != NULL)
		cost += core_cost(member_size(adoption->op.len, on_complete->key.len));
	return cost;
}

static enum err
check_create(struct core *core, const struct group_create_args *args, struct adoption *adoption,
	struct refusal *refusal)
{
	if (group_find(core, args->group) != NULL)
		return refuse(refusal, ERR_GROUP_EXISTS);
	if (core->groups.count >= core->config.max_groups) {
		core->refused_groups++;
		return refuse_limit(refusal, "max_groups", core->config.max_groups);
	}
	if (args->has_size && args->size > core->config.max_group_ops) {
		core->refused_group_ops++;
		return refuse_limit(refusal, "max_group_ops", core->config.max_group_ops);
	}
	if (check_parent(core, &args->on_complete, adoption, refusal) != ERR_NONE)
		return refusal->err;
	return core_is_full(core, create_cost(args, adoption), refusal) ? ERR_LIMIT : ERR_NONE;
}

static void
adopt(struct core *core, struct group *group, const struct adoption *adoption)
{
	if (adoption->parent == NULL)
		return;
	if (group->on_complete_op == NULL)
		group->on_complete_op = core_blob_new(core, adoption->op);
	group->parent = member_new(core, adoption->parent, adoption->op,
		core_hash(core, adoption->op), blob_span(group->on_complete_key), true);
	group->parent->child = group;
	CORE_TELL(core, .kind = CORE_OP_ADOPTED, .op = adoption->op,
		.group = group_name(adoption->parent));
	group_grown(core, adoption->parent);
}

CORE_VERB(group_create, group_create_args, no_answer)
{
	struct adoption adoption;
	struct group *group;

	(void)ret;
	core_begin(core, now_ns);
	if (check_create(core, args, &adoption, refusal) != ERR_NONE)
		return refusal->err;
	group = group_new(core, args);
	adopt(core, group, &adoption);
	if (args->timeout_ms > 0)
		heap_insert(&core->timers, &group->timer,
			time_after_ms(core->now_ns, args->timeout_ms), core->next_seq++);
	group_grown(core, group); /* a size of 0 is reached already */
	return ERR_NONE;
}

/* ---- the other verbs ------------------------------------------------------------ */

static enum err
answer_op(struct group *group, struct member *member, bool duplicate, struct group_op_answer *ret)
{
	*ret = (struct group_op_answer){
		.op = member_id(member),
		.outstanding = group->outstanding,
		.duplicate = duplicate,
	};
	return ERR_NONE;
}

CORE_VERB(group_add, group_add_args, group_op_answer)
{
	struct group *group;
	struct member *member;
	struct span id = args->op;
	uint32_t id_hash = 0;
	char made[MADE_ID_MAX];

	core_begin(core, now_ns);
	group = group_need(core, args->group, refusal);
	if (group == NULL)
		return refusal->err;
	if (id.ptr != NULL) {
		id_hash = core_hash(core, id);
		member = member_find(group, id, id_hash);
		if (member != NULL)
			return answer_op(group, member, true, ret);
	}
	if (group_may_grow(core, group, refusal) != ERR_NONE)
		return refusal->err;
	core_note_id(core, id);
	if (id.ptr == NULL)
		id = core_make_id(core, NULL, group, made, &id_hash);
	if (core_is_full(core, core_cost(member_size(id.len, 0)), refusal))
		return ERR_LIMIT;
	member = member_new(core, group, id, id_hash, span_make(NULL, 0), false);
	group_grown(core, group);
	return answer_op(group, member, false, ret);
}

/* Is the member's op in a bin that was thrown away? Then that is how it ended. */
static void
settle_doomed(struct member *member)
{
	struct op *op = member->op;

	if (op != NULL && set_is_doomed(op->set))
		op_end(op, op->set->bin->doom, NULL);
}

CORE_VERB(group_finish, group_finish_args, group_op_answer)
{
	struct group *group;
	struct member *member;
	struct blob *json;
	bool first;

	core_begin(core, now_ns);
	group = group_need(core, args->group, refusal);
	if (group == NULL)
		return refusal->err;
	member = member_find(group, args->op, core_hash(core, args->op));
	if (member == NULL)
		return refuse(refusal, ERR_NO_SUCH_OP);
	settle_doomed(member);
	json = core_blob_new(core, args->outcome.json);
	first = member_settle(core, member, args->outcome.kind, json);
	core_blob_unref(core, json);
	return answer_op(group, member, !first, ret);
}

CORE_VERB(group_seal, group_args, group_op_answer)
{
	struct group *group;

	core_begin(core, now_ns);
	group = group_need(core, args->group, refusal);
	if (group == NULL)
		return refusal->err;
	group->sealed = true;
	group_complete_if_done(core, group);
	*ret = (struct group_op_answer){.outstanding = group->outstanding};
	return ERR_NONE;
}

CORE_VERB(group_poll, group_args, group_view)
{
	struct group *group;

	core_begin(core, now_ns);
	group = group_need(core, args->group, refusal);
	if (group == NULL)
		return refusal->err;
	group_view(group, ret);
	return ERR_NONE;
}

CORE_VERB(group_delete, group_args, no_answer)
{
	struct group *group;
	struct member *parent;

	(void)ret;
	core_begin(core, now_ns);
	group = group_need(core, args->group, refusal);
	if (group == NULL)
		return refusal->err;
	group_note_done(core, group);
	parent = group->parent;
	group_forget(core, group);
	/* It can no longer complete; its parent must not wait for it. */
	if (parent != NULL)
		member_settle(core, parent, OUTCOME_DELETED, NULL);
	return ERR_NONE;
}
