/*
 * The life of a CallGroup: it grows, it completes exactly once, it is kept for a while
 * and forgotten. What is asked of it from outside is in group_verbs.c.
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

static struct blob *
blob_or_null(struct core *core, struct span text)
{
	return text.ptr == NULL ? NULL : core_blob_new(core, text);
}

struct group *
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

void
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
