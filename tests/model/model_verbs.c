/*
 * The verbs of the model, answered in the language of the bench.
 */
#include <config.h>

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "core_rig_verbs.h"
#include "model.h"

#define NUMBER(n) ((unsigned long long)(n))

const char *
m_word(const struct words *words, size_t place)
{
	return place < words->positional_count ? words->positional[place] : NULL;
}

/* ---- queues -------------------------------------------------------------------------- */

static void
take_options(struct words *words, struct queue_options *options)
{
	options->depth = words_number(words, "depth", options->depth);
	options->width = words_number(words, "width", options->width);
	options->window_ms = words_number(words, "window", options->window_ms);
	options->quiet_ms = words_number(words, "quiet", options->quiet_ms);
	options->lease_ms = words_number(words, "lease", options->lease_ms);
	options->max_attempts = words_number(words, "attempts", options->max_attempts);
	options->exclusive = words_number(words, "exclusive", options->exclusive) != 0;
}

static bool
may_make_queue(struct model *model)
{
	uint64_t count = 0;

	for (size_t i = 0; i < M_MAX; i++)
		count += model->queues[i].used;
	if (count < model->config.max_queues)
		return true;
	model->refused[0]++;
	say(&model->out, "!limit max_queues %llu", NUMBER(model->config.max_queues));
	return false;
}

/* A queue that is made by its first use; NULL and a word where it may not. */
struct m_queue *
m_queue_by_use(struct model *model, const char *name)
{
	if (!model->config.auto_create) {
		say(&model->out, "!no_such_queue");
		return NULL;
	}
	return may_make_queue(model) ? m_queue_new(model, name, true) : NULL;
}

void
m_create(struct model *model, struct words *words)
{
	struct m_queue *queue = m_queue(model, m_word(words, 1));
	struct queue_options given;

	if (queue == NULL) {
		if (!may_make_queue(model))
			return;
		queue = m_queue_new(model, m_word(words, 1), false);
		take_options(words, &queue->options);
		say(&model->out, "created");
		say_options(&model->out, &queue->options);
		return;
	}
	given = queue->options;
	take_options(words, &given);
#define DIFFERS(field, name)                             \
	if (given.field != queue->options.field) {       \
		say(&model->out, "!queue_exists " name); \
		return;                                  \
	}
	DIFFERS(depth, "depth")
	DIFFERS(width, "width")
	DIFFERS(window_ms, "window_ms")
	DIFFERS(quiet_ms, "quiet_ms")
	DIFFERS(lease_ms, "lease_ms")
	DIFFERS(max_attempts, "max_attempts")
	DIFFERS(exclusive, "exclusive")
	queue->by_first_use = false;
	queue->idle_at = 0;
	say(&model->out, "there");
	say_options(&model->out, &queue->options);
}

static uint64_t
ms_since(const struct model *model, uint64_t then)
{
	return then > model->now ? 0 : (model->now - then) / NS_PER_MS;
}

static void
m_stats(struct model *model, struct m_queue *queue, bool all)
{
	struct m_set *first = m_first_ready(model, queue);
	struct queue_gauges gauges = {
		.ready = m_sets(model, queue, SET_READY),
		.waiting = m_sets(model, queue, SET_WAITING),
		.held = m_sets(model, queue, SET_HELD),
		.leased = m_sets(model, queue, SET_LEASED),
		.dead = m_sets(model, queue, SET_DEAD),
	};
	uint64_t oldest = UINT64_MAX;

	gauges.depth = gauges.ready + gauges.waiting;
	gauges.oldest_ready_ms = first == NULL ? 0 : ms_since(model, first->due);
	list_for_each (node, &model->sets) {
		if (SET(node)->queue != queue)
			continue;
		gauges.ops += SET(node)->state == SET_DEAD ? 0 : SET(node)->count;
		if (SET(node)->state == SET_LEASED && SET(node)->granted < oldest)
			oldest = SET(node)->granted;
	}
	gauges.longest_lease_ms = ms_since(model, oldest);
	say_gauges(&model->out, &gauges);
	if (all)
		say_counters(&model->out, &queue->counters);
	say(&model->out, "%s%s", queue->closed ? " closed" : "", queue->paused ? " paused" : "");
}

void
m_say_ops(struct model *model, const struct m_set *set)
{
	const char *gap = "";

	say(&model->out, "[");
	list_for_each (node, &set->ops) {
		const struct m_op *op = OP(node);

		say(&model->out, "%s%s", gap, op->id);
		if (strcmp(op->msg, "null") != 0)
			say(&model->out, ":%s", op->msg);
		if (op->member != NULL)
			say(&model->out, "@%s", op->member->group->name);
		gap = " ";
	}
	say(&model->out, "]");
}

uint64_t
m_attempt(const struct m_set *set)
{
	uint64_t attempt = 0;

	list_for_each (node, &set->ops)
		attempt = OP(node)->attempts > attempt ? OP(node)->attempts : attempt;
	return attempt;
}

static void
peek_one(struct model *model, const struct m_set *set, bool *is_first)
{
	say(&model->out, "%s%s %s a%llu age=%llu ", *is_first ? "" : "; ", set->key,
		set_state_name(set->state), NUMBER(m_attempt(set)),
		NUMBER(ms_since(model, set->created)));
	if (set->state == SET_LEASED)
		say(&model->out, "left=%llu ",
			NUMBER(set->deadline > model->now ? (set->deadline - model->now) / NS_PER_MS
							  : 0));
	if (set->state == SET_LEASED && set->holder[0] != '\0')
		say(&model->out, "by=%s ", set->holder);
	m_say_ops(model, set);
	*is_first = false;
}

static void
m_peek(struct model *model, struct words *words, struct m_queue *queue)
{
	const char *key = words_named(words, "key");
	uint64_t count = words_number(words, "count", 1000);
	const struct m_set *last = NULL;
	bool is_first = true;

	if (strcmp(m_word(words, 2), "ready") == 0) {
		for (; count > 0; count -= 1) { /* the smallest beyond the last one */
			const struct m_set *next = NULL;

			list_for_each (node, &model->sets)
				if (SET(node)->queue == queue && SET(node)->state == SET_READY &&
					(key == NULL || strcmp(SET(node)->key, key) == 0) &&
					(last == NULL || m_is_before(last, SET(node))) &&
					(next == NULL || m_is_before(SET(node), next)))
					next = SET(node);
			if (next == NULL)
				return;
			peek_one(model, next, &is_first);
			last = next;
		}
		return;
	}
	list_for_each (node, &model->sets) {
		const struct m_set *set = SET(node);

		if (set->queue != queue ||
			strcmp(set_state_name(set->state), m_word(words, 2)) != 0)
			continue;
		if (count == 0 || (key != NULL && strcmp(set->key, key) != 0))
			continue;
		peek_one(model, set, &is_first);
		count--;
	}
}

static void
m_close(struct model *model, struct m_queue *queue)
{
	queue->closed = true;
	for (size_t left = 1; left > 0; left--)
		list_for_each (node, &model->sets) {
			if (SET(node)->queue != queue || SET(node)->state != SET_WAITING)
				continue;
			m_make_ready(model, SET(node), model->now);
			left = 2;
			break;
		}
}

static void
m_purge_scope(struct model *model, struct m_queue *queue, const char *scope)
{
	static const enum set_state states[] = {SET_READY, SET_WAITING, SET_HELD, SET_DEAD};
	uint64_t sets = 0;
	uint64_t ops = 0;
	size_t from = strcmp(scope, "held") == 0 ? 2 : strcmp(scope, "dead") == 0 ? 3 : 0;
	size_t to = strcmp(scope, "pending") == 0 ? 2 : strcmp(scope, "held") == 0 ? 3 : 4;

	m_purge(model, queue, states + from, to - from, OUTCOME_PURGED, &sets, &ops);
	M_COUNT(model, queue, purged, ops);
	say(&model->out, "%llu/%llu", NUMBER(sets), NUMBER(ops));
}

static void
m_kick(struct model *model, struct m_queue *queue, uint64_t count)
{
	uint64_t sets = 0;

	for (; sets < count; sets++) {
		struct m_set *oldest = NULL;

		list_for_each (node, &model->sets)
			if (oldest == NULL && SET(node)->queue == queue &&
				SET(node)->state == SET_DEAD)
				oldest = SET(node);
		if (oldest == NULL)
			break;
		m_revive(model, oldest);
	}
	say(&model->out, "%llu", NUMBER(sets));
}

static void
m_delete(struct model *model, struct words *words, struct m_queue *queue)
{
	bool is_empty = true;

	list_for_each (node, &model->sets)
		is_empty &= SET(node)->queue != queue;
	if (!words_flag(words, "force") && !is_empty) {
		say(&model->out, "!queue_busy");
		return;
	}
	m_must(model, "gone ", queue->name, NULL);
	say(&model->out, "ok");
	m_queue_drop(model, queue, OUTCOME_DELETED);
}

static void
m_cancel(struct model *model, struct words *words, struct m_queue *queue)
{
	struct m_op *op = m_op(model, queue, m_word(words, 2));

	if (op == NULL) {
		say(&model->out, "!no_such_op");
	} else if (op->set->state == SET_LEASED) {
		say(&model->out, "!op_busy");
	} else {
		M_COUNT(model, queue, cancelled, 1);
		say(&model->out, "ok");
		m_end(model, op, OUTCOME_CANCELLED, "");
	}
}

/* Verbs on a queue that must be there. */
void
m_queue_verb(struct model *model, struct words *words, const char *verb)
{
	struct m_queue *queue = m_queue(model, m_word(words, 1));

	if (queue == NULL) {
		say(&model->out, "!no_such_queue");
		return;
	}
	if (strcmp(verb, "stats") == 0) {
		m_stats(model, queue, !words_flag(words, "gauges"));
		return;
	}
	if (strcmp(verb, "peek") == 0) {
		m_peek(model, words, queue);
		return;
	}
	if (strcmp(verb, "delete") == 0) {
		m_delete(model, words, queue);
		return;
	}
	m_touch(model, queue);
	if (strcmp(verb, "update") == 0) {
		take_options(words, &queue->options);
		say(&model->out, "now");
		say_options(&model->out, &queue->options);
	} else if (strcmp(verb, "purge") == 0) {
		m_purge_scope(model, queue, m_word(words, 2));
	} else if (strcmp(verb, "kick") == 0) {
		m_kick(model, queue, words_number_at(words, 2, 1));
	} else if (strcmp(verb, "cancel") == 0) {
		m_cancel(model, words, queue);
	} else {
		say(&model->out, "ok");
		if (strcmp(verb, "close") == 0)
			m_close(model, queue);
		else if (strcmp(verb, "open") == 0)
			queue->closed = false;
		else
			queue->paused = strcmp(verb, "pause") == 0;
	}
}
