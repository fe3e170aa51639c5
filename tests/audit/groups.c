/*
 * Groups: who is in them, which outcomes they have, and when they must be complete.
 */
#include <config.h>

#include "audit/history.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/clock.h"

static const struct siphash_key seed = {7, 8};

static struct span
group_key(const struct map_node *node)
{
	const struct group *group = container_of(node, struct group, node);

	return span_make(group->name, group->len);
}

static struct span
part_key(const struct map_node *node)
{
	const struct part *part = container_of(node, struct part, node);

	return span_make(part->id, part->len);
}

void
groups_init(struct history *h)
{
	map_init(&h->groups, group_key, &seed);
}

struct group *
past_group_find(struct history *h, struct span name)
{
	struct map_node *node = h->groups.count == 0
					? NULL
					: map_find(&h->groups, name, map_hash(&h->groups, name));

	return node == NULL ? NULL : container_of(node, struct group, node);
}

struct part *
part_find(struct group *group, struct span id)
{
	struct map_node *node = group->by_id.count == 0
					? NULL
					: map_find(&group->by_id, id, map_hash(&group->by_id, id));

	return node == NULL ? NULL : container_of(node, struct part, node);
}

struct part *
part_make(struct history *h, struct group *group, struct span id)
{
	struct part *part = xcalloc(1, sizeof(*part) + id.len);

	if (part_find(group, id) != NULL)
		violation(h, RULE_TWICE, "op %.*s is in the group already", (int)id.len, id.ptr);
	part->group = group;
	part->len = id.len;
	memcpy(part->id, id.ptr, id.len);
	list_init(&part->watches);
	list_append(&group->members, &part->in_group);
	map_insert(&group->by_id, &part->node, map_hash(&group->by_id, id));
	group->ops++;
	group->outstanding++;
	return part;
}

/* Does it take no more ops, and has each its outcome? */
bool
group_is_due(const struct group *group)
{
	return !group->complete && group->outstanding == 0 &&
	       (group->sealed || (group->auto_complete && group->ops > 0));
}

static void
note_due(struct history *h, struct group *group)
{
	if (!group_is_due(group))
		return;
	if (!list_is_linked(&group->due))
		list_append(&h->due, &group->due);
	events_catch_up(h, EVENTS_WITHIN);
}

void
part_settle(struct history *h, struct part *part, enum outcome_kind how)
{
	struct group *group = part->group;

	part->doomed = false;
	if (part->outcome != OUTCOME_NONE || group->timed_out)
		return;
	part->outcome = how;
	watches_settle(&part->watches, how, false);
	group->outstanding--;
	group->failed += how != OUTCOME_RESULT;
	note_due(h, group);
}

const char *
past_group_may_grow(const struct history *h, const struct group *group)
{
	if (group->sealed)
		return "group_sealed";
	return group->ops >= h->max_group_ops ? "limit" : NULL;
}

void
past_group_grown(struct history *h, struct group *group)
{
	if (group->ops < group->size)
		return;
	group->sealed = true;
	note_due(h, group);
}

static void
part_free(struct part *part)
{
	list_remove(&part->in_group);
	map_remove(&part->group->by_id, &part->node);
	if (part->op != NULL)
		part->op->member = NULL;
	if (part->child != NULL)
		part->child->parent = NULL;
	watches_settle(&part->watches, OUTCOME_DELETED, false);
	free(part);
}

void
past_group_forget(struct history *h, struct group *group)
{
	struct list_node *node;

	while ((node = list_first(&group->members)) != NULL)
		part_free(container_of(node, struct part, in_group));
	if (group->parent != NULL)
		group->parent->child = NULL;
	heap_remove(&h->timers, &group->timer);
	list_remove(&group->due);
	list_remove(&group->completed);
	map_remove(&h->groups, &group->node);
	map_fini(&group->by_id);
	free(group->then_queue);
	free(group->then_key);
	free(group->then_op);
	free(group);
}

/* ---- group.create ------------------------------------------------------------------- */

static const char *
check_create(struct history *h, uint64_t size, struct group **parent)
{
	struct span then_group = get_text(h, "then_group");
	struct span then_op = get_text(h, "then_op");
	const char *error;

	*parent = NULL;
	if (past_group_find(h, get_text(h, "group")) != NULL)
		return "group_exists";
	if (h->groups.count >= h->max_groups || (size != NEVER && size > h->max_group_ops))
		return "limit";
	if (then_group.ptr == NULL)
		return NULL;
	*parent = past_group_find(h, then_group);
	if (*parent == NULL)
		return "no_such_group";
	error = past_group_may_grow(h, *parent);
	if (error == NULL && then_op.ptr != NULL && part_find(*parent, then_op) != NULL)
		return "invalid_params";
	return error;
}

static struct group *
group_make(struct history *h, uint64_t size)
{
	struct span name = get_text(h, "group");
	struct group *group = xcalloc(1, sizeof(*group) + name.len);

	group->len = name.len;
	memcpy(group->name, name.ptr, name.len);
	map_init(&group->by_id, part_key, &seed);
	list_init(&group->members);
	list_node_init(&group->due);
	list_node_init(&group->completed);
	heap_node_init(&group->timer, TIMER_GROUP);
	group->size = size;
	group->auto_complete = get_flag(h, "auto");
	group->retain_ms = get_number(h, "retain_ms");
	group->then_queue = text_copy(get_text(h, "then_queue"));
	group->then_key = text_copy(get_text(h, "then_key"));
	group->then_op = text_copy(get_text(h, "then_op"));
	map_insert(&h->groups, &group->node, map_hash(&h->groups, name));
	h->counts.groups++;
	return group;
}

static void
create(struct history *h)
{
	uint64_t timeout_ms = get_number(h, "timeout_ms");
	uint64_t size = NEVER;
	struct group *parent, *group;
	const char *error;

	(void)get_number_if(h, "size", &size);
	error = check_create(h, size, &parent);
	if (!answer_agrees(h, RULE_GROUP, error))
		return;
	group = group_make(h, size);
	if (parent != NULL) {
		h->adopting = group;
		h->adopting_for = parent;
		events_catch_up(h, EVENTS_WITHIN);
		if (h->adopting != NULL)
			violation(h, RULE_GROUP, "its op in the other group is not told");
		h->adopting = NULL;
	}
	if (timeout_ms > 0)
		heap_insert(&h->timers, &group->timer, time_after_ms(h->now_ns, timeout_ms), 0);
	past_group_grown(h, group);
}

/* ---- the other verbs ------------------------------------------------------------------ */

static void
add(struct history *h, struct group *group)
{
	struct span id = get_text(h, "op");
	struct part *part = id.ptr == NULL ? NULL : part_find(group, id);
	const char *error = part == NULL ? past_group_may_grow(h, group) : NULL;

	if (!answer_agrees(h, RULE_GROUP, error))
		return;
	expect_flag(h, RULE_TWICE, "duplicate", part != NULL);
	if (part == NULL) {
		part_make(h, group, ok_text(h, "op"));
		past_group_grown(h, group);
	}
	expect_number(h, RULE_GROUP, "outstanding", group->outstanding);
}

static void
finish(struct history *h, struct group *group)
{
	struct part *part = part_find(group, get_text(h, "op"));
	bool repeated;

	if (!answer_agrees(h, RULE_GROUP, part == NULL ? "no_such_op" : NULL) || part == NULL)
		return;
	repeated = part->outcome != OUTCOME_NONE || group->timed_out;
	if (part->doomed)
		violation(h, RULE_GROUP, "its op was thrown away and its end is not told");
	part_settle(h, part, outcome_of(get_text(h, "how")));
	expect_flag(h, RULE_TWICE, "duplicate", repeated);
	expect_number(h, RULE_GROUP, "outstanding", group->outstanding);
}

static void
seal(struct history *h, struct group *group)
{
	if (!answer_agrees(h, RULE_GROUP, NULL))
		return;
	group->sealed = true;
	note_due(h, group);
	expect_number(h, RULE_GROUP, "outstanding", group->outstanding);
}

static void
check_outcomes(struct history *h, const struct group *group)
{
	enum outcome_kind how, due;
	struct walk told;
	struct span id;

	(void)ok_array(h, "outcomes", &told);
	list_for_each (node, &group->members) {
		const struct part *part = container_of(node, struct part, in_group);

		due = part->outcome == OUTCOME_NONE ? OUTCOME_TIMEOUT : part->outcome;
		if (!next_pair(&told, &id, &how)) {
			violation(h, RULE_GROUP, "the outcome of op %.*s is missing",
				(int)part->len, part->id);
			return;
		}
		if (!span_equal(id, span_make(part->id, part->len)) || how != due) {
			violation(h, RULE_GROUP, "op %.*s has %s, but %.*s with %s follows",
				(int)id.len, id.ptr, outcome_name(how), (int)part->len, part->id,
				outcome_name(due));
			return;
		}
	}
	if (next_pair(&told, &id, &how))
		violation(h, RULE_GROUP, "op %.*s is not of the group", (int)id.len, id.ptr);
}

static void
poll(struct history *h, const struct group *group)
{
	if (!answer_agrees(h, RULE_GROUP, NULL))
		return;
	expect_flag(h, RULE_GROUP, "done", group->complete);
	expect_number(h, RULE_GROUP, "ops", group->ops);
	expect_number(h, RULE_GROUP, "outstanding", group->outstanding);
	expect_number(h, RULE_GROUP, "failed", group->failed);
	if (ok_flag(h, "done"))
		check_outcomes(h, group);
}

static void delete (struct history *h, struct group *group)
{
	struct part *parent = group->parent;

	if (!answer_agrees(h, RULE_GROUP, NULL))
		return;
	past_group_forget(h, group);
	if (parent != NULL)
		part_settle(h, parent, OUTCOME_DELETED);
}

void
verb_group(struct history *h, struct span verb)
{
	struct group *group = past_group_find(h, get_text(h, "group"));

	if (is_word(verb, "group.create"))
		create(h);
	else if (is_word(verb, "group.list"))
		(void)answer_agrees(h, RULE_GROUP, NULL);
	else if (group == NULL)
		(void)answer_agrees(h, RULE_GROUP, "no_such_group");
	else if (is_word(verb, "group.add"))
		add(h, group);
	else if (is_word(verb, "group.finish"))
		finish(h, group);
	else if (is_word(verb, "group.seal"))
		seal(h, group);
	else if (is_word(verb, "group.poll"))
		poll(h, group);
	else if (is_word(verb, "group.delete"))
		delete (h, group);
	else
		violation(h, RULE_RECORD, "an unknown verb");
}
