/*
 * Members: the ops of a group, queued or not. A member outlives its op, because it
 * keeps the outcome; it goes with its group.
 */
#include <config.h>

#include <string.h>

#include "core/parts.h"

size_t
member_size(size_t id_len, size_t key_len)
{
	return sizeof(struct member) + id_len + key_len;
}

struct member *
member_new(struct core *core, struct group *group, struct span id, uint32_t id_hash,
	struct span key, bool queued)
{
	struct member *member = core_alloc(core, member_size(id.len, key.len));

	memset(member, 0, sizeof(*member));
	member->group = group;
	member->queued = queued;
	member->id_len = (uint16_t)id.len;
	member->key_len = (uint16_t)key.len;
	memcpy(member->bytes, id.ptr, id.len);
	if (key.len > 0)
		memcpy(member->bytes + id.len, key.ptr, key.len);
	list_append(&group->members, &member->node);
	map_insert(&group->by_id, &member->by_id, id_hash);
	group->ops++;
	group->outstanding++;
	return member;
}

void
member_free(struct core *core, struct member *member)
{
	list_remove(&member->node);
	map_remove(&member->group->by_id, &member->by_id);
	if (member->op != NULL)
		member->op->ties->member = NULL;
	if (member->child != NULL)
		member->child->parent = NULL;
	core_blob_unref(core, member->json);
	core_dealloc(core, member, member_size(member->id_len, member->key_len));
}

struct member *
member_find(const struct group *group, struct span id, uint32_t id_hash)
{
	struct map_node *node = map_find(&group->by_id, id, id_hash);

	return node == NULL ? NULL : container_of(node, struct member, by_id);
}

bool
member_settle(struct core *core, struct member *member, enum outcome_kind kind, struct blob *json)
{
	struct group *group = member->group;

	if (member->outcome != OUTCOME_NONE || group->timed_out || group->doomed)
		return false;
	member->outcome = kind;
	member->json = blob_ref(json);
	watch_settle_all(core, &member->watches, kind, json);
	group->outstanding--;
	if (kind != OUTCOME_RESULT)
		group->failed++;
	group_complete_if_done(core, group);
	return true;
}
