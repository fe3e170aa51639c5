/*
 * The verbs on queues as a whole, and those that put single ops in or take them out.
 */
#include <config.h>

#include "audit/history.h"

/* ---- enqueue, cancel -------------------------------------------------------------- */

static bool
is_repeat(struct history *h, struct queue *queue, struct group *group, struct span id)
{
	struct op *op = id.ptr == NULL || queue == NULL ? NULL : past_op_find(queue, id);
	struct part *part = id.ptr == NULL || group == NULL ? NULL : part_find(group, id);
	uint64_t watch = ok_number(h, "watch");

	if (op == NULL && part == NULL)
		return false;
	if (!answer_agrees(h, RULE_TWICE, NULL))
		return true;
	expect_flag(h, RULE_TWICE, "duplicate", true);
	expect_number(h, RULE_ANSWER, "depth", queue == NULL ? 0 : queue->pending);
	if (op == NULL && part->op != NULL)
		op = part->op;
	if (op != NULL)
		expect_number(h, RULE_ANSWER, "width", op->set->count);
	if (watch == 0)
		return true;
	if (op != NULL)
		past_watch_make(h, watch, &op->watches, op->reported ? OUTCOME_DEAD : OUTCOME_NONE);
	else if (part->outcome == OUTCOME_NONE && part->group->timed_out)
		past_watch_make(h, watch, &part->watches, OUTCOME_TIMEOUT);
	else
		past_watch_make(h, watch, &part->watches, part->outcome);
	return true;
}

/* What the new op joins, as far as limits go; *rule says what a wrong answer is against. */
static const char *
check_room(struct queue *queue, struct span name, enum rule *rule)
{
	const struct key *key = past_key_find(queue, name);
	const struct set *set = key == NULL ? NULL : key->pending;
	bool hold = set == NULL && queue->options.exclusive && key != NULL && key->leased > 0;

	if (hold)
		set = key->held;
	if (set != NULL) {
		*rule = RULE_WIDTH;
		return set->count >= queue->options.width ? "saturated_width" : NULL;
	}
	if (hold)
		return NULL;
	*rule = RULE_DEPTH;
	return queue->pending >= queue->options.depth ? "saturated_depth" : NULL;
}

static const char *
check_enqueue(struct history *h, struct queue *queue, struct group *group, enum rule *rule)
{
	const char *error = NULL;

	*rule = RULE_ANSWER;
	if (get_text(h, "group").ptr != NULL)
		error = group == NULL ? "no_such_group" : past_group_may_grow(h, group);
	if (error != NULL)
		return error;
	if (queue != NULL)
		return queue->closed ? "queue_closed" : check_room(queue, get_text(h, "key"), rule);
	if (!h->auto_create)
		return "no_such_queue";
	return h->queues.count >= h->max_queues ? "limit" : NULL;
}

static void
enqueued(struct history *h, struct queue *queue, struct group *group)
{
	struct op *op = past_op_make(h, queue, ok_text(h, "op"), get_number(h, "ttl_ms"));
	struct key *key = past_key_need(queue, get_text(h, "key"));
	uint64_t watch = ok_number(h, "watch");
	struct set *set = past_op_place(h, key, op, get_number(h, "delay_ms"));

	h->counts.enqueued++;
	if (group != NULL) {
		op->member = part_make(h, group, span_make(op->id, op->len));
		op->member->op = op;
		past_group_grown(h, group);
	}
	expect_flag(h, RULE_TWICE, "duplicate", false);
	expect_flag(h, RULE_ANSWER, "new", set->count == 1 && set->place != HELD);
	expect_number(h, RULE_DEPTH, "depth", queue->pending);
	expect_number(h, RULE_WIDTH, "width", set->count);
	if (watch != 0)
		past_watch_make(h, watch, &op->watches, OUTCOME_NONE);
}

void
verb_enqueue(struct history *h)
{
	struct span name = get_text(h, "queue");
	struct span group_name = get_text(h, "group");
	struct queue *queue = past_queue_find(h, name);
	struct group *group = group_name.ptr == NULL ? NULL : past_group_find(h, group_name);
	const char *error;
	enum rule rule;

	if (is_repeat(h, queue, group, get_text(h, "op")))
		return;
	error = check_enqueue(h, queue, group, &rule);
	if (!answer_agrees(h, rule, error))
		return;
	if (queue == NULL) {
		queue = past_queue_make(h, name);
		queue->by_first_use = true;
	}
	past_queue_touch(h, queue);
	enqueued(h, queue, group);
}

void
verb_cancel(struct history *h)
{
	struct queue *queue = past_queue_find(h, get_text(h, "queue"));
	struct op *op = queue == NULL ? NULL : past_op_find(queue, get_text(h, "op"));
	const char *error = queue == NULL              ? "no_such_queue"
			    : op == NULL               ? "no_such_op"
			    : op->set->place == LEASED ? "op_busy"
						       : NULL;

	if (queue != NULL)
		past_queue_touch(h, queue);
	if (answer_agrees(h, RULE_ANSWER, error) && op != NULL)
		past_op_end(h, op, OUTCOME_CANCELLED);
}

/* ---- queues ------------------------------------------------------------------------ */

static bool
options_differ(const struct queue_options *a, const struct queue_options *b)
{
	return a->depth != b->depth || a->width != b->width || a->window_ms != b->window_ms ||
	       a->quiet_ms != b->quiet_ms || a->lease_ms != b->lease_ms ||
	       a->max_attempts != b->max_attempts || a->exclusive != b->exclusive;
}

static void
create(struct history *h, struct queue *queue)
{
	struct queue_options options = queue == NULL ? h->defaults : queue->options;
	const char *error = NULL;

	get_options(h, &options);
	if (queue == NULL && h->queues.count >= h->max_queues)
		error = "limit";
	else if (queue != NULL && options_differ(&options, &queue->options))
		error = "queue_exists";
	if (!answer_agrees(h, RULE_ANSWER, error))
		return;
	expect_flag(h, RULE_ANSWER, "created", queue == NULL);
	if (queue == NULL)
		past_queue_make(h, get_text(h, "queue"))->options = options;
	else
		queue->by_first_use = false;
}

static void
close_queue(struct history *h, struct queue *queue)
{
	if (queue->closed)
		return;
	queue->closed = true;
	list_for_each (node, &queue->waiting) {
		struct set *set = container_of(node, struct set, node);

		heap_remove(&h->timers, &set->timer);
		set->place = ENDING;
		set->ready_since = h->seq;
		h->ending_sets++;
	}
	list_splice(&queue->ending, &queue->waiting);
}

static void
purge_list(
	struct history *h, struct list *list, enum set_place place, uint64_t *sets, uint64_t *ops)
{
	list_for_each (node, list) {
		struct set *set = container_of(node, struct set, node);

		if (set->place != place)
			continue;
		++*sets;
		*ops += set->count;
		past_set_doom(h, set, OUTCOME_PURGED);
	}
}

static void
purge(struct history *h, struct queue *queue)
{
	struct span state = get_text(h, "state");
	bool all = is_word(state, "all");
	uint64_t sets = 0;
	uint64_t ops = 0;
	struct heap_node *ready;

	if (all || is_word(state, "pending")) {
		while ((ready = heap_min(&queue->ready)) != NULL) {
			struct set *set = container_of(ready, struct set, order);

			sets++;
			ops += set->count;
			past_set_doom(h, set, OUTCOME_PURGED);
		}
		purge_list(h, &queue->waiting, WAITING, &sets, &ops);
		purge_list(h, &queue->ending, ENDING, &sets, &ops);
	}
	if (all || is_word(state, "held"))
		purge_list(h, &queue->others, HELD, &sets, &ops);
	if (all || is_word(state, "dead"))
		purge_list(h, &queue->dead_sets, DEAD, &sets, &ops);
	expect_number(h, RULE_LOSS, "sets", sets);
	expect_number(h, RULE_LOSS, "ops", ops);
}

/* The sets come back one by one, and each is told (do_kicked). */
static void
kick(struct history *h, struct queue *queue)
{
	uint64_t leaving = queue->kicks < queue->dead ? queue->kicks : queue->dead;
	uint64_t most = get_number(h, "count");
	uint64_t sets = most < queue->dead - leaving ? most : queue->dead - leaving;

	queue->kicks = leaving + sets;
	expect_number(h, RULE_LOSS, "sets", sets);
}

void
past_set_revive(struct history *h, struct set *set)
{
	struct queue *queue = set->key->queue;
	bool hold;

	past_set_leave(h, set);
	list_for_each (node, &set->ops) {
		container_of(node, struct op, in_set)->attempts = 0;
		container_of(node, struct op, in_set)->reported = false;
	}
	set->ready_ns = h->now_ns;
	set->seq = h->next_place++;
	set->open_ns = 0;
	hold = queue->options.exclusive && set->key->leased > 0 && set->key->pending == NULL;
	if (hold)
		past_set_hold(h, set);
	else
		past_set_enter_pending(h, set);
}

static void
delete_queue(struct history *h, struct queue *queue)
{
	bool is_empty = queue->pending + queue->held + queue->leased + queue->dead == 0;

	if (answer_agrees(h, RULE_ANSWER, is_empty || get_flag(h, "force") ? NULL : "queue_busy"))
		past_queue_destroy(h, queue);
}

/* The verbs that a queue cannot refuse. */
static void
change(struct history *h, struct queue *queue, struct span verb)
{
	past_queue_touch(h, queue);
	if (!answer_agrees(h, RULE_ANSWER, NULL))
		return;
	if (is_word(verb, "queue.update"))
		get_options(h, &queue->options);
	else if (is_word(verb, "queue.close"))
		close_queue(h, queue);
	else if (is_word(verb, "queue.open"))
		queue->closed = false;
	else if (is_word(verb, "queue.pause"))
		queue->paused = true;
	else if (is_word(verb, "queue.resume"))
		queue->paused = false;
	else if (is_word(verb, "queue.purge"))
		purge(h, queue);
	else if (is_word(verb, "queue.kick"))
		kick(h, queue);
	else
		violation(h, RULE_RECORD, "an unknown verb");
}

void
verb_queue(struct history *h, struct span verb)
{
	struct queue *queue = past_queue_find(h, get_text(h, "queue"));

	if (is_word(verb, "queue.list"))
		(void)answer_agrees(h, RULE_ANSWER, NULL);
	else if (is_word(verb, "queue.create"))
		create(h, queue);
	else if (queue == NULL)
		(void)answer_agrees(h, RULE_ANSWER, "no_such_queue");
	else if (is_word(verb, "queue.delete"))
		delete_queue(h, queue);
	else if (is_word(verb, "queue.peek") || is_word(verb, "queue.stats"))
		(void)answer_agrees(h, RULE_ANSWER, NULL);
	else
		change(h, queue, verb);
}
