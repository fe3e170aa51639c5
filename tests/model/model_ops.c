/*
 * The verbs of the model on ops, leases, watches and groups.
 */
#include <config.h>

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "core_rig_verbs.h"
#include "model.h"

#define NUMBER(n) ((unsigned long long)(n))
#define SAY(...)  say(&model->out, __VA_ARGS__)

/* ---- enqueue --------------------------------------------------------------------- */

static void
say_watch(struct model *model, struct words *words, struct m_op *op, struct m_member *member)
{
	struct m_watch *watch = model->watches;

	if (!words_flag(words, "watch"))
		return;
	while (watch->used)
		watch++;
	NEED(watch < model->watches + M_MAX);
	*watch = (struct m_watch){.used = true, .id = model->next_watch++};
	if (op != NULL && op->reported)
		watch->outcome = OUTCOME_DEAD;
	else if (op != NULL)
		watch->op = op;
	else if (member->outcome == OUTCOME_NONE && member->group->timed_out)
		watch->outcome = OUTCOME_TIMEOUT;
	else if (member->outcome == OUTCOME_NONE)
		watch->member = member;
	else
		watch->outcome = member->outcome;
	if (op == NULL)
		m_put(watch->json, member->json);
	SAY(" watch=%llu", NUMBER(watch->id));
}

static uint64_t
depth_of(struct model *model, const struct m_queue *queue)
{
	return queue == NULL ? 0
			     : m_sets(model, queue, SET_READY) + m_sets(model, queue, SET_WAITING);
}

/* An id that the queue or the group has already. */
static bool
is_repeat(struct model *model, struct words *words, struct m_queue *queue, struct m_group *group)
{
	const char *id = m_word(words, 3);
	struct m_op *op = queue == NULL || id == NULL ? NULL : m_op(model, queue, id);
	struct m_member *member = group == NULL || id == NULL ? NULL : m_member(group, id);

	if (op == NULL && member == NULL)
		return false;
	if (op == NULL)
		op = member->op;
	SAY("dup d%llu w%llu", NUMBER(depth_of(model, queue)),
		NUMBER(op == NULL ? 0 : op->set->count));
	say_watch(model, words, op, member);
	return true;
}

/* Why the op may not come in; says so. */
static bool
is_refused(struct model *model, struct words *words, struct m_queue *queue, struct m_group *group)
{
	struct m_set *set = NULL;
	bool is_held;

	if (words_flag(words, "group") && group == NULL) {
		SAY("!no_such_group");
		return true;
	}
	if (group != NULL && m_group_is_full(model, group))
		return true;
	if (queue == NULL)
		return false;
	if (queue->closed) {
		SAY("!queue_closed");
		return true;
	}
	is_held = m_place(model, queue, m_word(words, 2), &set);
	if (set != NULL && set->count >= queue->options.width) {
		M_COUNT(model, queue, refused_width, 1);
		SAY("!saturated_width %llu", NUMBER(queue->options.width));
		return true;
	}
	if (set == NULL && !is_held && depth_of(model, queue) >= queue->options.depth) {
		M_COUNT(model, queue, refused_depth, 1);
		SAY("!saturated_depth %llu", NUMBER(queue->options.depth));
		return true;
	}
	return false;
}

void
m_enqueue_verb(struct model *model, struct words *words)
{
	const char *group_name = words_named(words, "group");
	const char *id = m_word(words, 3);
	const char *msg = words_named(words, "msg");
	struct m_queue *queue = m_queue(model, m_word(words, 1));
	struct m_group *group = group_name == NULL ? NULL : m_group(model, group_name);
	struct m_set *place = NULL;
	struct m_op *op;
	bool is_held;
	char made[M_NAME];

	if (is_repeat(model, words, queue, group))
		return;
	if (id == NULL)
		m_make_id(model, queue, group, made);
	if (is_refused(model, words, queue, group))
		return;
	if (queue == NULL)
		queue = m_queue_by_use(model, m_word(words, 1));
	if (queue == NULL)
		return;
	m_touch(model, queue);
	is_held = m_place(model, queue, m_word(words, 2), &place);
	op = m_enqueue(model, queue, m_word(words, 2), id == NULL ? made : id,
		msg == NULL ? "null" : msg, words_number(words, "delay", 0),
		words_number(words, "ttl", 0));
	if (group != NULL) {
		m_member_new(group, op->id, m_word(words, 2), op);
		m_group_grown(model, group);
	}
	if (id == NULL)
		SAY("%s ", made);
	SAY("%s d%llu w%llu", place == NULL && !is_held ? "new" : "old",
		NUMBER(depth_of(model, queue)), NUMBER(op->set->count));
	say_watch(model, words, op, NULL);
}

/* ---- take -------------------------------------------------------------------------- */

static bool
is_exhausted(struct model *model, const struct m_queue *queue)
{
	return depth_of(model, queue) == 0 && m_sets(model, queue, SET_HELD) == 0 &&
	       m_sets(model, queue, SET_LEASED) == 0;
}

/* A set whose key is worked on steps aside. */
static struct m_set *
candidate(struct model *model, struct m_queue *queue, const char *key)
{
	for (;;) {
		struct m_set *set = key == NULL ? m_first_ready(model, queue)
						: m_set(model, queue, key, SET_READY);

		if (set == NULL || !queue->options.exclusive ||
			m_set(model, queue, set->key, SET_LEASED) == NULL)
			return set;
		m_hold(model, set);
	}
}

void
m_take(struct model *model, struct words *words)
{
	struct m_queue *queue = m_queue(model, m_word(words, 1));
	struct m_set *set;
	uint64_t lease_ms;

	if (queue == NULL && !words_flag(words, "create")) {
		SAY("!no_such_queue");
		return;
	}
	if (queue == NULL)
		queue = m_queue_by_use(model, m_word(words, 1));
	if (queue == NULL)
		return;
	m_touch(model, queue);
	if (queue->closed && is_exhausted(model, queue)) {
		SAY("!queue_closed");
		return;
	}
	set = queue->paused ? NULL : candidate(model, queue, words_named(words, "key"));
	if (set == NULL) {
		SAY("none");
		return;
	}
	lease_ms = words_number(words, "lease", queue->options.lease_ms);
	list_for_each (node, &set->ops)
		OP(node)->attempts++;
	M_COUNT(model, queue, dequeued, 1);
	set->fence = model->next_fence++;
	SAY("%llu %s a%llu ", NUMBER(set->fence), set->key, NUMBER(m_attempt(set)));
	if (lease_ms != 30000)
		SAY("lease=%llu ", NUMBER(lease_ms));
	m_say_ops(model, set);
	m_move(model, set, SET_LEASED);
	if (lease_ms > 0) {
		set->granted = model->now;
		set->deadline = time_after_ms(model->now, lease_ms);
		set->lease_ms = lease_ms;
		set->tie = model->seq++;
		set->owner = words_number(words, "owner", 0);
		m_put(set->holder, words_flag(words, "holder") ? words_named(words, "holder") : "");
		return;
	}
	M_COUNT(model, queue, finished, set->count);
	m_finish_all(model, set, OUTCOME_RESULT, "null");
}

/* ---- the ends of leases ---------------------------------------------------------------- */

/* Delivered without a lease: out of the queue first, then told. */
void
m_finish_all(struct model *model, struct m_set *set, enum outcome_kind kind, const char *json)
{
	struct list ops;

	list_init(&ops);
	list_splice(&ops, &set->ops);
	model->ops -= set->count;
	set->count = 0;
	list_remove(&set->node);
	free(set);
	list_for_each (node, &ops) {
		m_report(model, OP(node), kind, json);
		free(OP(node));
	}
}

static struct m_set *
leased(struct model *model, const char *token)
{
	uint64_t fence = strtoull(token, NULL, 10);

	list_for_each (node, &model->sets)
		if (SET(node)->state == SET_LEASED && SET(node)->fence == fence)
			return SET(node);
	SAY("!lease_lost");
	return NULL;
}

/* "op:json" or "op!json" */
static void
outcome_of(const char *word, char *ret_id, enum outcome_kind *ret_kind, const char **ret_json)
{
	size_t at = strcspn(word, ":!");

	NEED(at < M_NAME);
	memcpy(ret_id, word, at);
	ret_id[at] = '\0';
	*ret_kind = word[at] == ':' ? OUTCOME_RESULT : OUTCOME_ERROR;
	*ret_json = word + at + 1;
}

static void
finish_op(struct model *model, struct m_op *op, enum outcome_kind kind, const char *json)
{
	if (kind == OUTCOME_RESULT)
		M_COUNT(model, op->set->queue, finished, 1);
	else
		M_COUNT(model, op->set->queue, failed, 1);
	m_end(model, op, kind, json);
}

static void
finish_named(struct model *model, struct words *words, struct m_set *set)
{
	for (size_t i = 2; i < words->positional_count; i++) {
		char id[M_NAME];
		enum outcome_kind kind;
		const char *json;
		struct m_op *op;

		outcome_of(words->positional[i], id, &kind, &json);
		op = m_op(model, set->queue, id);
		if (op != NULL && op->set == set)
			finish_op(model, op, kind, json);
	}
}

static bool
are_named_there(struct model *model, struct words *words, struct m_set *set)
{
	for (size_t i = 2; i < words->positional_count; i++) {
		char id[M_NAME];
		enum outcome_kind kind;
		const char *json;
		struct m_op *op;

		outcome_of(words->positional[i], id, &kind, &json);
		op = m_op(model, set->queue, id);
		if (op != NULL && op->set == set)
			continue;
		SAY("!no_such_op %s", id);
		return false;
	}
	return true;
}

void
m_finish(struct model *model, struct words *words)
{
	const char *error = words_named(words, "error");
	const char *result = words_named(words, "result");
	uint64_t fence = words_number_at(words, 1, 0);
	struct m_recent *recent = &model->recent[fence % M_MAX];
	struct m_set *set;
	struct m_queue *queue;
	uint64_t width;

	if (recent->fence == fence && fence != 0) {
		SAY("f%llu r%llu dup", NUMBER(recent->finished), NUMBER(recent->released));
		return;
	}
	set = leased(model, m_word(words, 1));
	if (set == NULL || !are_named_there(model, words, set))
		return;
	queue = set->queue;
	width = set->count;
	m_touch(model, queue);
	finish_named(model, words, set);
	if (error == NULL && result == NULL && words->positional_count == 2)
		result = "null";
	while (set->count > 0 && (error != NULL || result != NULL))
		finish_op(model, OP(list_first(&set->ops)),
			error != NULL ? OUTCOME_ERROR : OUTCOME_RESULT,
			error != NULL ? error : result);
	*recent = (struct m_recent){fence, width - set->count, set->count};
	SAY("f%llu r%llu", NUMBER(recent->finished), NUMBER(recent->released));
	if (set->count == 0) {
		m_finish_lease(model, set);
		return;
	}
	M_COUNT(model, queue, released, set->count);
	m_give_back(model, set, 0, false);
}

void
m_release(struct model *model, struct words *words)
{
	bool undelivered = words_flag(words, "undelivered");
	struct m_set *set = leased(model, m_word(words, 1));

	if (set == NULL)
		return;
	m_touch(model, set->queue);
	SAY("r%llu", NUMBER(set->count));
	if (!undelivered)
		M_COUNT(model, set->queue, released, set->count);
	m_give_back(model, set, words_number(words, "delay", 0), undelivered);
}

void
m_extend(struct model *model, struct words *words)
{
	struct m_set *set = leased(model, m_word(words, 1));

	if (set == NULL)
		return;
	m_touch(model, set->queue);
	if (words_flag(words, "lease"))
		set->lease_ms = words_number(words, "lease", 0);
	else if (set->queue->options.lease_ms > 0)
		set->lease_ms = set->queue->options.lease_ms;
	set->deadline = time_after_ms(model->now, set->lease_ms);
	set->tie = model->seq++;
	SAY("%llu", NUMBER(set->lease_ms));
}

/* In the order in which they were taken. */
void
m_owner_gone(struct model *model, struct words *words)
{
	uint64_t owner = words_number_at(words, 1, 0);

	SAY("ok");
	for (;;) {
		struct m_set *oldest = NULL;

		list_for_each (node, &model->sets)
			if (SET(node)->state == SET_LEASED && SET(node)->owner == owner &&
				(oldest == NULL || SET(node)->fence < oldest->fence))
				oldest = SET(node);
		if (oldest == NULL)
			return;
		M_COUNT(model, oldest->queue, released, oldest->count);
		m_give_back(model, oldest, 0, false);
	}
}

/* ---- watches ---------------------------------------------------------------------------- */

static struct m_watch *
find_watch(struct model *model, struct words *words)
{
	for (size_t i = 0; i < M_MAX; i++)
		if (model->watches[i].used && model->watches[i].id == words_number_at(words, 1, 0))
			return &model->watches[i];
	return NULL;
}

void
m_poll(struct model *model, struct words *words)
{
	struct m_watch *watch = find_watch(model, words);

	if (watch == NULL) {
		SAY("!no_such_op");
		return;
	}
	say_outcome(&model->out, &(struct outcome_view){watch->outcome, span_str(watch->json)});
	watch->used = watch->outcome == OUTCOME_NONE;
}

void
m_drop(struct model *model, struct words *words)
{
	struct m_watch *watch = find_watch(model, words);

	if (watch != NULL)
		*watch = (struct m_watch){0};
	SAY("ok");
}
