/*
 * CallGroups: they grow, they complete exactly once, they are kept for a while
 * and forgotten.
 *
 * A group that times out does not visit its members: those without an outcome
 * count as timed out from then on. A forgotten group leaves the map at once; its
 * members are freed by the reaper.
 */
#include <config.h>

#include <string.h>

#include "core/parts.h"

static struct span
member_key_of(const struct map_node *node)
{
	return member_id(container_of(node, struct member, by_id));
}

struct group *
group_find(struct core *core, struct span name)
{
	struct group *last = core->last_group;
	struct map_node *node;

	if (last != NULL && span_equal(group_name(last), name))
		return last;
	node = map_find(&core->groups, name, map_hash(&core->groups, name));
	if (node != NULL)
		core->last_group = container_of(node, struct group, node);
	return node == NULL ? NULL : core->last_group;
}

static struct group *
group_need(struct core *core, struct span name, struct refusal *refusal)
{
	struct group *group = group_find(core, name);

	if (group == NULL)
		refuse(refusal, ERR_NO_SUCH_GROUP);
	return group;
}

static struct blob *
blob_or_null(struct core *core, struct span text)
{
	return text.ptr == NULL ? NULL : core_blob_new(core, text);
}

static struct group *
group_new(struct core *core, const struct group_create_args *args)
{
	struct group *group = core_alloc(core, sizeof(*group) + args->group.len);

	memset(group, 0, sizeof(*group));
	list_init(&group->members);
	list_init(&group->watched);
	map_init_in(&group->by_id, member_key_of, &core->seed.hash, &core->pool);
	heap_node_init(&group->timer, TIMER_GROUP_TIMEOUT);
	list_node_init(&group->completed_node);
	list_node_init(&group->doomed_node);
	group->size = args->has_size ? args->size : TIME_NEVER;
	group->auto_complete = args->auto_complete;
	group->retain_ms = args->retain_ms;
	group->on_complete_queue = blob_or_null(core, args->on_complete.queue);
	group->on_complete_key = blob_or_null(core, args->on_complete.key);
	group->on_complete_op = blob_or_null(core, args->on_complete.op);
	group->name_len = (uint16_t)args->group.len;
	memcpy(group->name, args->group.ptr, args->group.len);
	map_insert(&core->groups, &group->node, map_hash(&core->groups, args->group));
	index_insert(&core->group_names, group_name(group), group);
	return group;
}

void
group_free(struct core *core, struct group *group)
{
	CHECK(group->by_id.count == 0);
	map_fini(&group->by_id);
	core_blob_unref(core, group->on_complete_queue);
	core_blob_unref(core, group->on_complete_key);
	core_blob_unref(core, group->on_complete_op);
	core_dealloc(core, group, sizeof(*group) + group->name_len);
}

static void
group_note_done(struct core *core, struct group *group)
{
	if (core->hooks.group_done != NULL)
		core->hooks.group_done(core->hooks.arg, group_name(group));
}

/* One op with the group's result as its message, whatever the limits of its queue. */
static void
enqueue_completion(struct core *core, struct group *group)
{
	struct group_view view;
	struct span op = span_make(NULL, 0);

	if (group->on_complete_queue == NULL || core->hooks.render_group == NULL)
		return;
	group_view(group, &view);
	buf_truncate(&core->scratch, 0);
	core->hooks.render_group(core->hooks.arg, &view, &core->scratch);
	if (group->on_complete_op != NULL)
		op = blob_span(group->on_complete_op);
	enqueue_internal(core, blob_span(group->on_complete_queue),
		blob_span(group->on_complete_key), op, buf_span(&core->scratch), group->parent);
	buf_release(&core->scratch, 4096);
}

/* The parent's member is no longer ours: it has an op now, or an outcome. */
static void
detach_from_parent(struct group *group)
{
	if (group->parent == NULL)
		return;
	group->parent->child = NULL;
	group->parent = NULL;
}

/*
 * Completing one group may complete others: its op may take the id of a purged one, whose
 * end is then told first. They queue up here instead of nesting, however many there are.
 */
static void
announce_completions(struct core *core)
{
	struct list_node *node;

	if (core->announcing)
		return;
	core->announcing = true;
	while ((node = list_pop(&core->completed_groups)) != NULL) {
		struct group *group = container_of(node, struct group, completed_node);

		enqueue_completion(core, group);
		detach_from_parent(group);
	}
	core->announcing = false;
}

static void
group_complete(struct core *core, struct group *group)
{
	uint64_t keep_ns = ms_to_ns(group->retain_ms);

	CHECK(!group->complete);
	CORE_TELL(core, .kind = CORE_GROUP_COMPLETED, .group = group_name(group));
	group->complete = true;
	group->sealed = true;
	heap_remove(&core->timers, &group->timer);
	group->timer.kind = TIMER_GROUP_RETAIN;
	/* Even one that is not to be kept is there until those who wait were told. */
	heap_insert(&core->timers, &group->timer, core->now_ns + (keep_ns > 0 ? keep_ns : 1),
		core->next_seq++);
	group_note_done(core, group);
	list_append(&core->completed_groups, &group->completed_node);
	announce_completions(core);
}

void
group_complete_if_done(struct core *core, struct group *group)
{
	if (group->complete || group->outstanding > 0)
		return;
	if (group->sealed || (group->auto_complete && group->ops > 0))
		group_complete(core, group);
}

void
group_time_out(struct core *core, struct group *group)
{
	CORE_TELL(core, .kind = CORE_GROUP_TIMED_OUT, .group = group_name(group));
	group->timed_out = true;
	watch_settle_group(core, group, OUTCOME_TIMEOUT);
	group->failed += group->outstanding;
	group->outstanding = 0;
	group_complete(core, group);
}

enum err
group_may_grow(struct core *core, const struct group *group, struct refusal *refusal)
{
	if (group->sealed)
		return refuse(refusal, ERR_GROUP_SEALED);
	if (group->ops >= core->config.max_group_ops) {
		core->refused_group_ops++;
		return refuse_limit(refusal, "max_group_ops", core->config.max_group_ops);
	}
	return ERR_NONE;
}

void
group_grown(struct core *core, struct group *group)
{
	if (group->ops < group->size)
		return;
	group->sealed = true;
	group_complete_if_done(core, group);
}

void
group_forget(struct core *core, struct group *group)
{
	if (core->last_group == group)
		core->last_group = NULL;
	map_remove(&core->groups, &group->node);
	index_remove(&core->group_names, group_name(group));
	heap_remove(&core->timers, &group->timer);
	detach_from_parent(group);
	watch_settle_group(core, group, OUTCOME_DELETED);
	group_doom(core, group);
}

void
group_retire(struct core *core, struct group *group)
{
	CORE_TELL(core, .kind = CORE_GROUP_FORGOTTEN, .group = group_name(group));
	group_forget(core, group);
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
