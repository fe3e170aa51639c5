/*
 * What the machine did of its own accord. A record carries its events in the order in
 * which they happened, some before the verb and some as its consequence, so an event is
 * worked off as soon as it may have happened: before the verb, or at the point within it
 * where the state allows it. What is left when the verb is done must be allowed then.
 */
#include <config.h>

#include "audit/history.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"

static void
event_next(struct history *h)
{
	struct event *event = &h->next;
	struct member element, member;
	struct walk walk;

	*event = h->put_back;
	h->put_back = (struct event){.there = false};
	if (event->there)
		return;
	if (h->events.at == NULL || !walk_next(&h->events, &element))
		return;
	event->there = true;
	walk_init(&walk, element.value);
	while (walk_next(&walk, &member)) {
		struct span *const places[] = {
			&event->name, &event->queue, &event->key, &event->op, &event->group};
		static const char *const names[] = {"event", "queue", "key", "op", "group"};

		for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
			if (value_equals(&member.name, span_str(names[i])))
				*places[i] = value_unescape(&member.value);
		if (value_equals(&member.name, SPAN("fence")))
			(void)value_uint(&member.value, &event->fence);
		if (value_equals(&member.name, SPAN("how")))
			event->how = outcome_of(value_unescape(&member.value));
	}
}

void
events_begin(struct history *h)
{
	(void)get_array(h, "events", &h->events);
	h->put_back.there = false;
	event_next(h);
}

/* ---- one event each: NULL where it was worked off, or what stands against it ---------- */

struct objection {
	enum rule rule;
	const char *text;
};

static const struct objection none = {RULE_COUNT, NULL};

static struct objection
objection(enum rule rule, const char *text)
{
	return (struct objection){rule, text};
}

static struct objection
do_expired(struct history *h, const struct event *event)
{
	struct lease *lease = past_lease_numbered(h, event->fence);

	if (lease == NULL)
		return objection(RULE_TWICE, "a lease that is over expires");
	if (lease->set->timer.key > h->now_ns)
		return objection(RULE_EARLY, "a lease expires before its time");
	h->counts.expired++;
	past_set_give_back(h, lease->set, 0, false);
	return none;
}

static struct objection
do_orphaned(struct history *h, const struct event *event)
{
	struct lease *lease = past_lease_numbered(h, event->fence);

	if (lease == NULL)
		return objection(RULE_TWICE, "a lease that is over is given back");
	if (lease->owner == NULL || !lease->owner->gone)
		return objection(RULE_EARLY, "a lease is given back whose owner is there");
	past_set_give_back(h, lease->set, 0, false);
	return none;
}

static struct objection
do_ready(struct history *h, const struct event *event)
{
	struct queue *queue = past_queue_find(h, event->queue);
	struct key *key = queue == NULL ? NULL : past_key_find(queue, event->key);
	struct set *set = key == NULL ? NULL : key->pending;

	if (set == NULL || (set->place != WAITING && set->place != ENDING))
		return objection(RULE_TWICE, "no set of that key waits to be ready");
	if (set->place == WAITING && set->ready_ns > h->now_ns)
		return objection(RULE_EARLY, "a set is ready before its time");
	past_set_become_ready(h, set);
	return none;
}

static struct objection
do_kicked(struct history *h, const struct event *event)
{
	struct queue *queue = past_queue_find(h, event->queue);
	struct list_node *oldest = queue == NULL ? NULL : list_first(&queue->dead_sets);
	struct set *set = oldest == NULL ? NULL : container_of(oldest, struct set, node);

	if (set == NULL || queue->kicks == 0)
		return objection(RULE_TWICE, "a set is back that was not kicked");
	if (!span_equal(event->key, span_make(set->key->name, set->key->len)))
		return objection(RULE_SET_ORDER, "a set is back that is not the oldest dead one");
	queue->kicks--;
	past_set_revive(h, set);
	return none;
}

/* The end of an op that was thrown away before. */
static struct objection
do_thrown(struct history *h, const struct event *event)
{
	struct group *group = event->group.ptr == NULL ? NULL : past_group_find(h, event->group);
	struct part *part = group == NULL ? NULL : part_find(group, event->op);

	if (h->doomed_ops == 0)
		return objection(RULE_TWICE, "an op ends that was not thrown away");
	if (event->group.ptr != NULL && (part == NULL || !part->doomed))
		return objection(RULE_GROUP, "its group knows no op that was thrown away");
	h->doomed_ops--;
	if (part != NULL)
		part_settle(h, part, event->how);
	return none;
}

static struct objection
do_ended(struct history *h, const struct event *event)
{
	struct queue *queue = past_queue_find(h, event->queue);
	struct op *op = queue == NULL ? NULL : past_op_find(queue, event->op);

	if (event->how == OUTCOME_PURGED || event->how == OUTCOME_DELETED)
		return do_thrown(h, event);
	if (op == NULL)
		return objection(RULE_TWICE, "an op ends that is not there");
	if (event->how == OUTCOME_DEAD) {
		if (op->set->place != DEAD || queue->dead <= queue->options.depth ||
			list_first(&queue->dead_sets) != &op->set->node)
			return objection(RULE_LOSS, "a dead op is dropped although there is room");
		/* The number of dead sets shrinks with the last one of a set. */
		past_op_end(h, op, OUTCOME_DEAD);
		return none;
	}
	if (event->how != OUTCOME_EXPIRED || op->set->place == LEASED)
		return objection(RULE_LOSS, "an op ends for no reason");
	if (op->ttl_ns > h->now_ns)
		return objection(RULE_EARLY, "an op expires before its time");
	past_op_end(h, op, OUTCOME_EXPIRED);
	return none;
}

static struct objection
do_announced(struct history *h, const struct event *event)
{
	struct list_node *first = list_first(&h->completed);
	struct group *group = first == NULL ? NULL : container_of(first, struct group, completed);
	struct part *parent;
	struct queue *queue;
	struct op *op;

	if (group == NULL)
		return objection(RULE_GROUP, "a completion is told, but no group is complete");
	if (!is_word(event->queue, group->then_queue) || !is_word(event->key, group->then_key))
		return objection(RULE_GROUP, "a completion is told elsewhere");
	queue = past_queue_find(h, event->queue);
	if (group->then_op != NULL && !is_word(event->op, group->then_op) &&
		(queue == NULL || past_op_find(queue, span_str(group->then_op)) == NULL))
		return objection(RULE_GROUP, "a completion is told by another op");
	parent = group->parent;
	if (queue == NULL) {
		queue = past_queue_make(h, event->queue);
		queue->by_first_use = true;
	}
	past_queue_touch(h, queue);
	op = past_op_make(h, queue, event->op, 0);
	past_op_place(h, past_key_need(queue, event->key), op, 0);
	h->counts.announced++;
	if (parent != NULL && parent->outcome == OUTCOME_NONE) {
		op->member = parent;
		parent->op = op;
	}
	if (parent != NULL)
		parent->child = NULL;
	group->parent = NULL;
	list_remove(&group->completed);
	return none;
}

static struct objection
do_adopted(struct history *h, const struct event *event)
{
	struct group *group = h->adopting;

	if (group == NULL || past_group_find(h, event->group) != h->adopting_for)
		return objection(RULE_GROUP, "nothing is to be adopted");
	if (group->then_op != NULL && !is_word(event->op, group->then_op))
		return objection(RULE_GROUP, "the op has another id");
	if (group->then_op == NULL)
		group->then_op = text_copy(event->op);
	h->adopting = NULL;
	group->parent = part_make(h, h->adopting_for, event->op);
	group->parent->child = group;
	past_group_grown(h, h->adopting_for);
	return none;
}

static struct objection
do_timed_out(struct history *h, const struct event *event)
{
	struct group *group = past_group_find(h, event->group);

	if (group == NULL || group->complete)
		return objection(RULE_GROUP, "no such group can time out");
	if (!heap_is_linked(&group->timer) || group->timer.key > h->now_ns)
		return objection(RULE_EARLY, "a group times out before its time");
	group->timed_out = true;
	list_for_each (node, &group->members)
		watches_settle(&container_of(node, struct part, in_group)->watches, OUTCOME_TIMEOUT,
			false);
	group->failed += group->outstanding;
	group->outstanding = 0;
	group->sealed = true;
	heap_remove(&h->timers, &group->timer);
	list_append(&h->due, &group->due);
	return none;
}

static struct objection
do_completed(struct history *h, const struct event *event)
{
	struct group *group = past_group_find(h, event->group);
	uint64_t keep_ns;

	if (group == NULL || group->complete)
		return objection(RULE_GROUP, "a group completes twice");
	if (!group_is_due(group))
		return objection(RULE_GROUP, "a group completes before all its ops have");
	group->complete = true;
	group->sealed = true;
	list_remove(&group->due);
	heap_remove(&h->timers, &group->timer);
	keep_ns = ms_to_ns(group->retain_ms);
	heap_insert(&h->timers, &group->timer, h->now_ns + (keep_ns > 0 ? keep_ns : 1), 0);
	if (group->then_queue != NULL) {
		list_append(&h->completed, &group->completed);
	} else if (group->parent != NULL) {
		group->parent->child = NULL;
		group->parent = NULL;
	}
	return none;
}

static struct objection
do_group_forgotten(struct history *h, const struct event *event)
{
	struct group *group = past_group_find(h, event->group);

	if (group == NULL || !group->complete)
		return objection(RULE_GROUP, "no such group can be forgotten");
	if (group->timer.key > h->now_ns)
		return objection(RULE_EARLY, "a group is forgotten before its time");
	past_group_forget(h, group);
	return none;
}

static struct objection
do_queue_forgotten(struct history *h, const struct event *event)
{
	struct queue *queue = past_queue_find(h, event->queue);

	if (queue == NULL || !queue->by_first_use || h->queue_idle_ms == 0)
		return objection(RULE_LOSS, "no such queue can be forgotten");
	if (queue->pending + queue->held + queue->leased + queue->dead > 0 ||
		!list_is_empty(&queue->plain_waits) || !list_is_empty(&queue->keyed_waits))
		return objection(RULE_LOSS, "a queue is forgotten that is in use");
	if (time_after_ms(queue->touched_ns, h->queue_idle_ms) > h->now_ns)
		return objection(RULE_EARLY, "a queue is forgotten before its time");
	past_queue_destroy(h, queue);
	return none;
}

static const struct row {
	const char *name;
	struct objection (*run)(struct history *h, const struct event *event);
	bool follows; /* it is the consequence of something else, within the same step */
} rows[] = {
	{"kicked", do_kicked, false},
	{"ready", do_ready, false},
	{"expired", do_expired, false},
	{"orphaned", do_orphaned, false},
	{"ended", do_ended, false},
	{"completed", do_completed, true},
	{"announced", do_announced, true},
	{"adopted", do_adopted, true},
	{"timed_out", do_timed_out, false},
	{"group_forgotten", do_group_forgotten, false},
	{"queue_forgotten", do_queue_forgotten, false},
};

/* Dead ops that make room do so while the set that needs it is buried. */
static bool
follows(const struct row *row, const struct event *event)
{
	return row->follows || event->how == OUTCOME_DEAD;
}

static struct objection
run_event(struct history *h, const struct event *event, bool only_what_follows)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (!is_word(event->name, rows[i].name))
			continue;
		if (only_what_follows && !follows(&rows[i], event))
			return objection(RULE_RECORD, "not yet");
		return rows[i].run(h, event);
	}
	return objection(RULE_RECORD, "an unknown event");
}

/* A step may have consequences, which are worked off within it: the event is taken first. */
void
events_catch_up(struct history *h, enum events_when when)
{
	while (h->next.there) {
		struct event event = h->next;
		struct objection objection;

		event_next(h);
		objection = run_event(h, &event, when == EVENTS_WITHIN);
		if (objection.text != NULL && when != EVENTS_ALL) {
			h->put_back = h->next;
			h->next = event;
			return;
		}
		if (objection.text != NULL)
			violation(h, objection.rule, "%s", objection.text);
		h->counts.events++;
	}
}
