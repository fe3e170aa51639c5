/*
 * What can be seen: cursors over ops, sets, members and names; peek, lists and
 * statistics. Nothing here changes anything.
 */
#include <config.h>

#include <stdlib.h>

#include "base/alloc.h"
#include "core/parts.h"

/* ---- cursors ----------------------------------------------------------------------- */

static bool
next_op(struct op_cursor *cursor, struct op_view *ret)
{
	const struct op *op = cursor->at;

	if (op == NULL)
		return false;
	*ret = (struct op_view){.op = op_id(op), .msg = op_msg(op), .group = span_make(NULL, 0)};
	if (op_member(op) != NULL && !op_member(op)->group->doomed)
		ret->group = group_name(op_member(op)->group);
	cursor->at = op->next == cursor->end ? NULL : op->next;
	return true;
}

struct op_cursor
set_ops_cursor(const struct set *set)
{
	return (struct op_cursor){next_op, set->ops, set->ops};
}

static bool
next_member(struct member_cursor *cursor, struct member_view *ret)
{
	const struct member *member;
	const struct list_node *node = cursor->at;

	if (node == cursor->end)
		return false;
	member = container_of(node, struct member, node);
	*ret = (struct member_view){
		.op = member_id(member),
		.key = span_make(NULL, 0),
		.outcome = {member->outcome, blob_span(member->json)},
	};
	if (member->queued)
		ret->key = span_make(member->bytes + member->id_len, member->key_len);
	if (member->outcome == OUTCOME_NONE && cursor->timed_out)
		ret->outcome.kind = OUTCOME_TIMEOUT;
	cursor->at = node->next;
	return true;
}

void
group_view(const struct group *group, struct group_view *ret)
{
	*ret = (struct group_view){
		.group = group_name(group),
		.done = group->complete,
		.sealed = group->sealed,
		.size = group->size,
		.ops = group->ops,
		.outstanding = group->outstanding,
		.failed = group->failed,
		.members = {next_member, group->members.head.next, &group->members.head,
			group->timed_out},
	};
}

static bool
next_name(struct name_cursor *cursor, struct span *ret)
{
	const struct index_node *node = cursor->at;

	if (node == NULL || cursor->left == 0 ||
		!span_starts_with(index_name(node), cursor->prefix))
		return false;
	*ret = index_name(node);
	cursor->left--;
	cursor->at = index_next(node);
	return true;
}

static struct name_cursor
names_of(const struct index *index, const struct list_args *args)
{
	bool after = args->after.len > 0 && span_compare(args->after, args->prefix) >= 0;

	return (struct name_cursor){
		.next = next_name,
		.at = index_seek(index, after ? args->after : args->prefix, after),
		.left = args->count,
		.prefix = args->prefix,
	};
}

CORE_VERB(queue_list, list_args, list_answer)
{
	(void)refusal;
	core_begin(core, now_ns);
	ret->names = names_of(&core->queue_names, args);
	return ERR_NONE;
}

CORE_VERB(group_list, list_args, list_answer)
{
	(void)refusal;
	core_begin(core, now_ns);
	ret->names = names_of(&core->group_names, args);
	return ERR_NONE;
}

/* ---- peek -------------------------------------------------------------------------------- */

#define PEEK_MAX 1000

/* What one peek has found so far. */
struct finds {
	struct set **sets;
	size_t count;
	size_t max;
};

static void
find(struct finds *finds, struct set *set)
{
	if (finds->count < finds->max)
		finds->sets[finds->count++] = set;
}

static void
find_in_sets(struct finds *finds, const struct list *list)
{
	list_for_each (node, list) {
		if (finds->count >= finds->max)
			return;
		find(finds, container_of(node, struct set, place.link));
	}
}

static void
find_in_windows(struct finds *finds, const struct list *list)
{
	list_for_each (node, list) {
		if (finds->count >= finds->max)
			return;
		find(finds, container_of(node, struct window, node)->set);
	}
}

/* Ready sets in the order in which they would be handed out. */
static void
find_ready(struct finds *finds, const struct bin *bin)
{
	struct heap_node **nodes = xcalloc(finds->max + 1, sizeof(struct heap_node *));
	size_t count = heap_smallest(&bin->ready, nodes, finds->max);

	for (size_t i = 0; i < count; i++)
		find(finds, container_of(nodes[i], struct set, place));
	free(nodes);
	find_in_windows(finds, &bin->ending);
}

static void
find_state(struct finds *finds, struct queue *queue, enum set_state state)
{
	switch (state) {
	case SET_WAITING:
		find_in_windows(finds, &queue->bins[BIN_PENDING]->waiting);
		return;
	case SET_READY:
		find_ready(finds, queue->bins[BIN_PENDING]);
		return;
	case SET_LEASED:
		find_in_sets(finds, &queue->bins[BIN_LEASED]->sets);
		return;
	case SET_HELD:
		find_in_sets(finds, &queue->bins[BIN_HELD]->sets);
		return;
	case SET_DEAD:
		find_in_sets(finds, &queue->bins[BIN_DEAD]->sets);
		return;
	}
	UNREACHABLE();
}

static enum set_state
shown_state(const struct set *set)
{
	return set_is_ending(set) ? SET_READY : (enum set_state)set->state;
}

/* The sets of one key in a state; purged ones that the reaper has not come to are passed over. */
static void
find_key(struct finds *finds, struct queue *queue, enum set_state state, struct span key)
{
	struct kin kin = key_find(queue, key, map_hash(&queue->keys, key));
	struct set *set;

	if (kin.pending != NULL && shown_state(kin.pending) == state)
		find(finds, kin.pending);
	if (kin.held != NULL && state == SET_HELD)
		find(finds, kin.held);
	if (state != SET_LEASED && state != SET_DEAD)
		return;
	set = key_oldest(&kin, state);
	while (set != NULL && finds->count < finds->max) {
		if (!set_is_doomed(set))
			find(finds, set);
		set = container_of(set->twins.next, struct set, twins);
		if (set == kin.first || set->state != (uint8_t)state)
			set = NULL;
	}
}

static uint64_t
largest_attempt(const struct set *set)
{
	const struct op *op = set->ops;
	uint64_t attempt = 0;

	for (uint32_t left = set->op_count; left > 0; left--, op = op->next)
		attempt = op->attempts > attempt ? op->attempts : attempt;
	return attempt;
}

static bool
next_set(struct set_cursor *cursor, struct set_view *ret)
{
	struct set *const *at = cursor->at;
	const struct set *set;

	if (cursor->left == 0)
		return false;
	set = *at;
	*ret = (struct set_view){
		.key = set_key(set),
		.state = shown_state(set),
		.op_count = set->op_count,
		.attempt = largest_attempt(set),
		.age_ms = ms_between(set->created_ns, cursor->now_ns),
		.ops = set_ops_cursor(set),
	};
	if (set->state == SET_LEASED) {
		ret->lease_left_ms = ms_between(cursor->now_ns, set->lease->timer.key);
		ret->holder = blob_span(set->lease->holder);
	}
	cursor->at = at + 1;
	cursor->left--;
	return true;
}

CORE_VERB(queue_peek, queue_peek_args, queue_peek_answer)
{
	struct queue *queue;
	struct finds finds = {.max = args->count < PEEK_MAX ? args->count : PEEK_MAX};

	core_begin(core, now_ns);
	queue = queue_need(core, args->queue, refusal);
	if (queue == NULL)
		return refusal->err;
	if (core->peeked == NULL)
		core->peeked = xcalloc(PEEK_MAX, sizeof(struct set *));
	finds.sets = core->peeked;
	if (args->key.ptr != NULL)
		find_key(&finds, queue, args->state, args->key);
	else
		find_state(&finds, queue, args->state);
	*ret = (struct queue_peek_answer){{
		.next = next_set,
		.at = core->peeked,
		.left = finds.count,
		.now_ns = core->now_ns,
	}};
	return ERR_NONE;
}
