/*
 * Sets and ops of the model: how they come, move and end.
 */
#include <config.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "model.h"

/* ---- sets -------------------------------------------------------------------------- */

static struct m_set *
set_make(struct model *model, struct m_queue *queue, const char *key, enum set_state state)
{
	struct m_set *set = xcalloc(1, sizeof(*set));

	list_init(&set->ops);
	set->queue = queue;
	m_put(set->key, key);
	set->state = state;
	set->created = model->now;
	set->seq = model->seq++;
	list_append(&model->sets, &set->node);
	return set;
}

static void
set_drop(struct m_set *set)
{
	NEED(list_is_empty(&set->ops));
	list_remove(&set->node);
	free(set);
}

void
m_move(struct model *model, struct m_set *set, enum set_state state)
{
	set->state = state;
	list_remove(&set->node);
	list_append(&model->sets, &set->node);
}

void
m_make_ready(struct model *model, struct m_set *set, uint64_t due)
{
	set->due = due < model->now ? due : model->now;
	set->open = 0;
	set->has_returned = false;
	set->ready_uid = model->next_uid++;
	m_move(model, set, SET_READY);
}

static void
wait_until(struct model *model, struct m_set *set, uint64_t due)
{
	set->due = due;
	if (due <= model->now || set->queue->closed)
		m_make_ready(model, set, due);
}

static uint64_t
set_due_at(const struct model *model, const struct m_set *set)
{
	const struct queue_options *options = &set->queue->options;
	uint64_t due = time_after_ms(set->created, options->window_ms);

	if (options->window_ms > 0 && options->quiet_ms > 0) {
		uint64_t quiet = time_after_ms(model->now, options->quiet_ms);

		due = quiet < due ? quiet : due;
	}
	if (set->count >= options->width)
		due = model->now;
	return due > set->open ? due : set->open;
}

static void
reconsider(struct model *model, struct m_set *set)
{
	const struct queue_options *options = &set->queue->options;

	if (set->state == SET_WAITING && !set->has_returned &&
		(options->quiet_ms > 0 || set->count >= options->width))
		wait_until(model, set, set_due_at(model, set));
}

void
m_join(struct m_set *set, struct m_set *from, bool to_front)
{
	struct list ops;

	list_init(&ops);
	list_for_each (node, &from->ops)
		OP(node)->set = set;
	list_splice(&ops, to_front ? &from->ops : &set->ops);
	list_splice(&ops, to_front ? &set->ops : &from->ops);
	list_splice(&set->ops, &ops);
	set->count += from->count;
	set_drop(from);
}

bool
m_place(struct model *model, struct m_queue *queue, const char *key, struct m_set **ret)
{
	*ret = m_pending(model, queue, key);
	if (*ret != NULL || !queue->options.exclusive ||
		m_set(model, queue, key, SET_LEASED) == NULL)
		return false;
	*ret = m_set(model, queue, key, SET_HELD);
	return true;
}

struct m_op *
m_enqueue(struct model *model, struct m_queue *queue, const char *key, const char *id,
	const char *msg, uint64_t delay_ms, uint64_t ttl_ms)
{
	struct m_op *op = xcalloc(1, sizeof(*op));
	struct m_set *set;
	bool is_held = m_place(model, queue, key, &set);
	bool is_new = set == NULL;

	m_put(op->id, id);
	m_put(op->msg, msg);
	if (is_new) {
		set = set_make(model, queue, key, is_held ? SET_HELD : SET_WAITING);
		if (!is_held && delay_ms > 0)
			set->open = time_after_ms(model->now, delay_ms);
	}
	op->set = set;
	list_append(&set->ops, &op->node);
	set->count++;
	model->ops++;
	if (ttl_ms > 0) {
		op->ttl = time_after_ms(model->now, ttl_ms);
		op->tie = model->seq++;
	}
	M_COUNT(model, queue, enqueued, 1);
	M_COUNT(model, queue, merged, !is_new);
	if (!is_new)
		reconsider(model, set);
	else if (!is_held)
		wait_until(model, set, set_due_at(model, set));
	return op;
}

/* A set that is in no state (taken out by the caller) goes among the pending ones. */
static void
enter_pending(struct model *model, struct m_set *set)
{
	struct m_queue *queue = set->queue;
	struct m_set *there;

	set->state = SET_DEAD; /* so that it does not find itself */
	there = m_pending(model, queue, set->key);
	if (there != NULL) {
		if (m_is_before(there, set)) {
			set->due = there->due;
			set->seq = there->seq;
		}
		m_join(set, there, false);
	}
	if (set->open > model->now && !queue->closed) {
		m_move(model, set, SET_WAITING);
		set->has_returned = true;
		set->due = set->open;
		return;
	}
	m_make_ready(model, set, set->due);
}

static void
release_held(struct model *model, struct m_queue *queue, const char *key)
{
	struct m_set *held = m_set(model, queue, key, SET_HELD);
	struct m_set *there = m_pending(model, queue, key);
	uint64_t due;

	if (held == NULL || m_set(model, queue, key, SET_LEASED) != NULL)
		return;
	if (there != NULL) {
		bool older = held->created != there->created ? held->created < there->created
							     : held->seq < there->seq;

		if (older)
			there->created = held->created;
		m_join(there, held, older);
		reconsider(model, there);
		return;
	}
	held->seq = model->seq++;
	m_move(model, held, SET_WAITING);
	due = set_due_at(model, held);
	wait_until(model, held, due > model->now ? due : model->now);
}

/* ---- how ops end ---------------------------------------------------------------------- */

void
m_tell(struct model *model, struct m_watch *watch, enum outcome_kind kind, const char *json)
{
	char id[24];

	watch->op = NULL;
	watch->member = NULL;
	watch->outcome = kind;
	m_put(watch->json, json);
	snprintf(id, sizeof(id), "%llu", (unsigned long long)watch->id);
	m_must(model, "watch ", id, NULL);
}

void
m_report(struct model *model, struct m_op *op, enum outcome_kind kind, const char *json)
{
	struct m_member *member = op->member;

	if (op->reported)
		return;
	op->reported = true;
	for (size_t i = 0; i < M_MAX; i++)
		if (model->watches[i].used && model->watches[i].op == op)
			m_tell(model, &model->watches[i], kind, json);
	if (member == NULL)
		return;
	member->op = NULL;
	m_settle(model, member, kind, json);
}

void
m_end(struct model *model, struct m_op *op, enum outcome_kind kind, const char *json)
{
	struct m_set *set = op->set;

	list_remove(&op->node);
	set->count--;
	model->ops--;
	if (set->count == 0 && set->state != SET_LEASED)
		set_drop(set);
	m_report(model, op, kind, json);
	free(op);
}

static void
bury(struct model *model, struct m_set *dead)
{
	struct m_queue *queue = dead->queue;

	M_COUNT(model, queue, died, dead->count);
	list_for_each (node, &dead->ops) {
		OP(node)->ttl = 0;
		m_report(model, OP(node), OUTCOME_DEAD, "");
		OP(node)->member = NULL;
	}
	for (int i = 0; i < 2 && m_sets(model, queue, SET_DEAD) > queue->options.depth; i++) {
		struct m_set *oldest = NULL;

		list_for_each (node, &model->sets)
			if (oldest == NULL && SET(node)->queue == queue &&
				SET(node)->state == SET_DEAD)
				oldest = SET(node);
		if (oldest == NULL)
			return;
		M_COUNT(model, queue, dead_dropped, oldest->count);
		for (uint64_t left = oldest->count; left > 0; left--)
			m_end(model, OP(list_first(&oldest->ops)), OUTCOME_DEAD, "");
	}
}

static struct m_set *
split_dead(struct model *model, struct m_set *set)
{
	uint64_t limit = set->queue->options.max_attempts;
	struct m_set *dead = NULL;

	if (limit == 0)
		return NULL;
	list_for_each (node, &set->ops) {
		if (OP(node)->attempts < limit)
			continue;
		if (dead == NULL) {
			dead = set_make(model, set->queue, set->key, SET_DEAD);
			dead->created = set->created;
		}
		list_remove(node);
		list_append(&dead->ops, node);
		OP(node)->set = dead;
		set->count--;
		dead->count++;
	}
	return dead;
}

void
m_give_back(struct model *model, struct m_set *set, uint64_t delay_ms, bool undelivered)
{
	struct m_queue *queue = set->queue;
	struct m_set *held;
	struct m_set *dead;
	bool is_over;
	char key[M_NAME];

	m_put(key, set->key);
	list_for_each (node, &set->ops) {
		OP(node)->attempts -= undelivered;
		OP(node)->ttl = undelivered ? OP(node)->ttl : 0;
		OP(node)->tie = model->seq++;
	}
	set->state = SET_WAITING;
	dead = undelivered ? NULL : split_dead(model, set);
	if (dead != NULL)
		list_remove(&dead->node); /* it enters the dead list when the rest is back */
	is_over = set->count == 0;
	if (!is_over) {
		held = m_set(model, queue, key, SET_HELD);
		if (held != NULL)
			m_join(set, held, false);
		set->open = delay_ms > 0 ? time_after_ms(model->now, delay_ms) : 0;
		enter_pending(model, set);
	} else {
		set_drop(set);
	}
	if (dead != NULL) {
		list_append(&model->sets, &dead->node);
		bury(model, dead);
	}
	if (is_over)
		release_held(model, queue, key);
}

void
m_finish_lease(struct model *model, struct m_set *set)
{
	struct m_queue *queue = set->queue;
	char key[M_NAME];

	m_put(key, set->key);
	set_drop(set);
	release_held(model, queue, key);
}

void
m_hold(struct model *model, struct m_set *set)
{
	struct m_set *held = m_set(model, set->queue, set->key, SET_HELD);

	if (held == NULL) {
		m_move(model, set, SET_HELD);
		return;
	}
	m_join(held, set, false);
	m_move(model, held, SET_HELD);
}

void
m_revive(struct model *model, struct m_set *set)
{
	struct m_set *there;

	M_COUNT(model, set->queue, kicked, set->count);
	list_for_each (node, &set->ops) {
		OP(node)->attempts = 0;
		OP(node)->reported = false;
	}
	set->due = model->now;
	set->seq = model->seq++;
	set->open = 0;
	if (m_place(model, set->queue, set->key, &there))
		m_hold(model, set);
	else
		enter_pending(model, set);
}

/* Takes sets out in the order in which the reaper comes to them, then ends their ops. */
void
m_purge(struct model *model, struct m_queue *queue, const enum set_state *states, size_t count,
	enum outcome_kind kind, uint64_t *ret_sets, uint64_t *ret_ops)
{
	struct list gone;

	list_init(&gone);
	for (size_t i = 0; i < count; i++) {
		struct m_set *set = m_first_ready(model, queue);

		for (; states[i] == SET_READY && set != NULL; set = m_first_ready(model, queue)) {
			list_remove(&set->node);
			list_append(&gone, &set->node);
		}
		list_for_each (node, &model->sets) {
			if (SET(node)->queue != queue || SET(node)->state != states[i])
				continue;
			list_remove(node);
			list_append(&gone, node);
		}
	}
	list_for_each (node, &gone) {
		SET(node)->state = SET_DEAD; /* goes with its last op, leased or not */
		++*ret_sets;
		*ret_ops += SET(node)->count;
		list_for_each (op, &SET(node)->ops)
			model->told_late |= OP(op)->member != NULL;
		for (size_t i = 0; i < M_MAX; i++)
			model->told_late |= model->watches[i].op != NULL &&
					    model->watches[i].op->set == SET(node);
	}
	while (!list_is_empty(&gone))
		m_end(model, OP(list_first(&SET(list_first(&gone))->ops)), kind, "");
}
