/*
 * Finding things, queues, groups, and time.
 */
#include <config.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "model.h"

void
m_put(char *to, const char *from)
{
	size_t len = strlen(from);

	NEED(len < M_NAME);
	memcpy(to, from, len + 1);
}

void
m_must(struct model *model, const char *what, const char *name, const char *key)
{
	buf_add(&model->musts, span_str(what));
	buf_add(&model->musts, span_str(name));
	if (key != NULL) {
		buf_add_char(&model->musts, ' ');
		buf_add(&model->musts, span_str(key));
	}
	buf_add_char(&model->musts, '\n');
}

/* ---- finding ------------------------------------------------------------------- */

struct m_queue *
m_queue(struct model *model, const char *name)
{
	for (size_t i = 0; i < M_MAX; i++)
		if (model->queues[i].used && strcmp(model->queues[i].name, name) == 0)
			return &model->queues[i];
	return NULL;
}

struct m_group *
m_group(struct model *model, const char *name)
{
	for (size_t i = 0; i < M_MAX; i++)
		if (model->groups[i].used && strcmp(model->groups[i].name, name) == 0)
			return &model->groups[i];
	return NULL;
}

struct m_member *
m_member(struct m_group *group, const char *id)
{
	for (uint64_t i = 0; i < group->count; i++)
		if (strcmp(group->members[i].id, id) == 0)
			return &group->members[i];
	return NULL;
}

struct m_op *
m_op(struct model *model, const struct m_queue *queue, const char *id)
{
	list_for_each (node, &model->sets)
		if (SET(node)->queue == queue)
			list_for_each (op, &SET(node)->ops)
				if (strcmp(OP(op)->id, id) == 0)
					return OP(op);
	return NULL;
}

struct m_set *
m_set(struct model *model, const struct m_queue *queue, const char *key, enum set_state state)
{
	list_for_each (node, &model->sets)
		if (SET(node)->queue == queue && SET(node)->state == state &&
			strcmp(SET(node)->key, key) == 0)
			return SET(node);
	return NULL;
}

struct m_set *
m_pending(struct model *model, const struct m_queue *queue, const char *key)
{
	struct m_set *set = m_set(model, queue, key, SET_WAITING);

	return set != NULL ? set : m_set(model, queue, key, SET_READY);
}

bool
m_is_before(const struct m_set *a, const struct m_set *b)
{
	return a->due != b->due ? a->due < b->due : a->seq < b->seq;
}

struct m_set *
m_first_ready(struct model *model, const struct m_queue *queue)
{
	struct m_set *first = NULL;

	list_for_each (node, &model->sets)
		if (SET(node)->queue == queue && SET(node)->state == SET_READY &&
			(first == NULL || m_is_before(SET(node), first)))
			first = SET(node);
	return first;
}

uint64_t
m_sets(struct model *model, const struct m_queue *queue, enum set_state state)
{
	uint64_t sets = 0;

	list_for_each (node, &model->sets)
		sets += SET(node)->queue == queue && SET(node)->state == state;
	return sets;
}

void
m_make_id(struct model *model, struct m_queue *queue, struct m_group *group, char *ret)
{
	do
		snprintf(ret, M_NAME, "rig-%llu", (unsigned long long)model->next_op++);
	while ((queue != NULL && m_op(model, queue, ret) != NULL) ||
		(group != NULL && m_member(group, ret) != NULL));
}

/* ---- queues ------------------------------------------------------------------------ */

void
m_touch(struct model *model, struct m_queue *queue)
{
	queue->touched = model->now;
	if (queue->idle_at != 0 || !queue->by_first_use || model->config.queue_idle_ms == 0)
		return;
	queue->idle_at = time_after_ms(model->now, model->config.queue_idle_ms);
	queue->tie = model->seq++;
}

struct m_queue *
m_queue_new(struct model *model, const char *name, bool by_first_use)
{
	for (size_t i = 0; i < M_MAX; i++) {
		struct m_queue *queue = &model->queues[i];

		if (queue->used)
			continue;
		memset(queue, 0, sizeof(*queue));
		queue->used = true;
		m_put(queue->name, name);
		queue->options = model->config.queue_defaults;
		queue->by_first_use = by_first_use;
		m_touch(model, queue);
		return queue;
	}
	ck_abort_msg("too many queues");
	return NULL;
}

void
m_queue_drop(struct model *model, struct m_queue *queue, enum outcome_kind kind)
{
	static const enum set_state states[] = {
		SET_READY, SET_WAITING, SET_HELD, SET_LEASED, SET_DEAD};
	struct m_queue gone = *queue;
	uint64_t sets = 0;
	uint64_t ops = 0;

	/* Its sets go to a queue without a name, which nobody finds. */
	list_for_each (node, &model->sets)
		if (SET(node)->queue == queue)
			SET(node)->queue = &gone;
	queue->used = false;
	m_purge(model, &gone, states, 5, kind, &sets, &ops);
	model->totals.deleted += ops;
}

static void
queue_idle(struct model *model, struct m_queue *queue)
{
	uint64_t due = time_after_ms(queue->touched, model->config.queue_idle_ms);
	bool is_empty = true;

	list_for_each (node, &model->sets)
		is_empty &= SET(node)->queue != queue;
	queue->idle_at = 0;
	if (due <= model->now && is_empty) {
		queue->used = false;
		return;
	}
	queue->idle_at =
		due > model->now ? due : time_after_ms(model->now, model->config.queue_idle_ms);
	queue->tie = model->seq++;
}

/* ---- groups -------------------------------------------------------------------------- */

uint64_t
m_outstanding(const struct m_group *group)
{
	uint64_t outstanding = 0;

	for (uint64_t i = 0; i < group->count && !group->timed_out; i++)
		outstanding += group->members[i].outcome == OUTCOME_NONE;
	return outstanding;
}

struct m_member *
m_member_new(struct m_group *group, const char *id, const char *key, struct m_op *op)
{
	struct m_member *member = &group->members[group->count++];

	NEED(group->count <= M_MAX);
	memset(member, 0, sizeof(*member));
	m_put(member->id, id);
	m_put(member->key, key);
	member->group = group;
	member->op = op;
	if (op != NULL)
		op->member = member;
	return member;
}

void
m_group_grown(struct model *model, struct m_group *group)
{
	if (!group->has_size || group->count < group->size)
		return;
	group->sealed = true;
	m_group_check(model, group);
}

/* What on_complete asks for. */
static void
group_announce(struct model *model, struct m_group *group)
{
	struct m_member *parent = group->parent;
	struct m_queue *queue = m_queue(model, group->queue);
	struct m_op *op;
	uint64_t failed = 0;
	char msg[64], id[M_NAME];

	group->parent = NULL;
	if (parent != NULL)
		parent->child = NULL;
	if (group->queue[0] == '\0')
		return;
	for (uint64_t i = 0; i < group->count; i++)
		failed += group->members[i].outcome != OUTCOME_RESULT;
	snprintf(msg, sizeof(msg), "%s:%d/%d", group->name, (int)group->count, (int)failed);
	if (queue == NULL)
		queue = m_queue_new(model, group->queue, true);
	m_touch(model, queue);
	m_put(id, group->op);
	if (id[0] == '\0' || m_op(model, queue, id) != NULL)
		m_make_id(model, queue, NULL, id);
	op = m_enqueue(model, queue, group->key, id, msg, 0, 0);
	if (parent == NULL || parent->outcome != OUTCOME_NONE)
		return;
	parent->op = op;
	op->member = parent;
}

static void
group_complete(struct model *model, struct m_group *group)
{
	group->complete = group->sealed = true;
	group->timer =
		group->retain > 0 ? time_after_ms(model->now, group->retain) : model->now + 1;
	group->tie = model->seq++;
	m_must(model, "group ", group->name, NULL);
	group_announce(model, group);
}

void
m_group_check(struct model *model, struct m_group *group)
{
	if (group->complete || m_outstanding(group) > 0)
		return;
	if (group->sealed || (group->auto_complete && group->count > 0))
		group_complete(model, group);
}

void
m_settle(struct model *model, struct m_member *member, enum outcome_kind kind, const char *json)
{
	if (member->outcome != OUTCOME_NONE || member->group->timed_out)
		return;
	member->outcome = kind;
	m_put(member->json, json);
	for (size_t i = 0; i < M_MAX; i++)
		if (model->watches[i].used && model->watches[i].member == member)
			m_tell(model, &model->watches[i], kind, json);
	m_group_check(model, member->group);
}

/* All who watch members without an op. */
static void
tell_group(struct model *model, const struct m_group *group, enum outcome_kind kind)
{
	for (size_t i = 0; i < M_MAX; i++)
		if (model->watches[i].used && model->watches[i].member != NULL &&
			model->watches[i].member->group == group)
			m_tell(model, &model->watches[i], kind, "");
}

/* The group goes; ops and groups that hang on it are free. */
void
m_group_forget(struct model *model, struct m_group *group)
{
	struct m_member *parent = group->parent;

	list_for_each (node, &model->sets)
		list_for_each (op, &SET(node)->ops)
			if (OP(op)->member != NULL && OP(op)->member->group == group)
				OP(op)->member = NULL;
	for (uint64_t i = 0; i < group->count; i++)
		if (group->members[i].child != NULL)
			group->members[i].child->parent = NULL;
	tell_group(model, group, OUTCOME_DELETED);
	group->used = false;
	group->parent = NULL;
	if (parent == NULL)
		return;
	parent->child = NULL;
	m_settle(model, parent, OUTCOME_DELETED, "");
}

static void
group_due(struct model *model, struct m_group *group)
{
	if (group->complete) {
		m_group_forget(model, group);
		return;
	}
	group->timed_out = true;
	tell_group(model, group, OUTCOME_TIMEOUT);
	group_complete(model, group);
}

/* ---- time ------------------------------------------------------------------------------ */

/* The next thing that is due: of one kind or the other. */
struct next {
	uint64_t at, tie;
	struct m_set *set;
	struct m_op *op;
	struct m_group *group;
	struct m_queue *queue;
};

static void
consider(struct next *next, const struct next *other)
{
	if (other->at < next->at || (other->at == next->at && other->tie < next->tie))
		*next = *other;
}

static struct next
find_next(struct model *model)
{
	struct next next = {.at = TIME_NEVER};

	list_for_each (node, &model->sets) {
		struct m_set *set = SET(node);

		if (set->state == SET_WAITING)
			consider(&next, &(struct next){set->due, set->seq, .set = set});
		if (set->state == SET_LEASED)
			consider(&next, &(struct next){set->deadline, set->tie, .set = set});
		list_for_each (op, &set->ops)
			if (OP(op)->ttl > 0 && set->state != SET_LEASED)
				consider(&next,
					&(struct next){OP(op)->ttl, OP(op)->tie, .op = OP(op)});
	}
	for (size_t i = 0; i < M_MAX; i++)
		if (model->groups[i].used && model->groups[i].timer > 0)
			consider(&next, &(struct next){model->groups[i].timer, model->groups[i].tie,
						.group = &model->groups[i]});
	for (size_t i = 0; i < M_MAX; i++)
		if (model->queues[i].used && model->queues[i].idle_at > 0)
			consider(&next, &(struct next){model->queues[i].idle_at,
						model->queues[i].tie, .queue = &model->queues[i]});
	return next;
}

uint64_t
model_next(struct model *model)
{
	return find_next(model).at;
}

static void
do_next(struct model *model, const struct next *next)
{
	if (next->op != NULL) {
		M_COUNT(model, next->op->set->queue, expired, 1);
		m_end(model, next->op, OUTCOME_EXPIRED, "");
	} else if (next->group != NULL) {
		group_due(model, next->group);
	} else if (next->queue != NULL) {
		queue_idle(model, next->queue);
	} else if (next->set->state == SET_WAITING) {
		m_make_ready(model, next->set, next->set->due);
	} else {
		M_COUNT(model, next->set->queue, lease_expired, next->set->count);
		m_give_back(model, next->set, 0, false);
	}
}

void
model_pass(struct model *model, uint64_t now)
{
	struct next next;

	model->now = now;
	for (next = find_next(model); next.at <= now; next = find_next(model))
		do_next(model, &next);
}

/* ---- life and commands --------------------------------------------------------------- */

void
model_init(struct model *model, const struct core_config *config, uint64_t now)
{
	memset(model, 0, sizeof(*model));
	buf_init(&model->out.said);
	buf_init(&model->musts);
	list_init(&model->sets);
	model->config = *config;
	model->now = now;
	model->seq = model->next_fence = model->next_op = model->next_watch = model->next_uid = 1;
}

void
model_fini(struct model *model)
{
	list_for_each (node, &model->sets) {
		list_for_each (op, &SET(node)->ops)
			free(OP(op));
		free(SET(node));
	}
	buf_fini(&model->out.said);
	buf_fini(&model->musts);
}

/* What a take could have now that it could not before must have been hinted at. */
static void
check_hints(struct model *model, struct m_queue *queue)
{
	uint64_t uids[8] = {0};
	bool is_exhausted = queue->closed;

	list_for_each (node, &model->sets) {
		struct m_set *set = SET(node);
		size_t slot = (size_t)(set->key[1] - '0');

		if (set->queue != queue)
			continue;
		is_exhausted &= set->state == SET_DEAD;
		if (set->state != SET_READY || queue->paused)
			continue;
		NEED(slot < 8);
		uids[slot] = set->ready_uid;
		if (queue->seen_uid[slot] != set->ready_uid)
			m_must(model, "ready ", queue->name, set->key);
	}
	memcpy(queue->seen_uid, uids, sizeof(uids));
	if (is_exhausted && !queue->seen_exhausted)
		m_must(model, "ready ", queue->name, NULL);
	queue->seen_exhausted = is_exhausted;
}

void
model_hints(struct model *model)
{
	for (size_t i = 0; i < M_MAX; i++)
		if (model->queues[i].used)
			check_hints(model, &model->queues[i]);
}

const char *
model_do(struct model *model, const char *command)
{
	struct words words;

	words_split(&words, command);
	buf_truncate(&model->out.said, 0);
	m_run(model, &words);
	buf_add_char(&model->out.said, '\0');
	return buf_span(&model->out.said).ptr;
}
