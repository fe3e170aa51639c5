/*
 * core_check(): walks everything and CHECKs what the rest relies on. For tests and
 * fuzzing; O(n).
 */
#include <config.h>

#include "core/parts.h"

static void
check_op(const struct set *set, const struct op *op)
{
	const struct op_ties *ties = op->ties;

	CHECK(op->set == set);
	CHECK(op->next->prev == op && op->prev->next == op);
	CHECK(op->id_len > 0 && op->id_len <= NAME_MAX_BYTES);
	if (ties == NULL)
		return;
	CHECK(ties->ttl == NULL || ties->ttl->op == op);
	CHECK(ties->ttl == NULL || heap_is_linked(&ties->ttl->timer) == (set->state != SET_LEASED));
	if (ties->member != NULL && !op->reported)
		CHECK(ties->member->op == op);
	if (ties->watches != NULL)
		CHECK(ties->watches->link == &ties->watches);
}

static void
check_lease(const struct set *set)
{
	const struct lease *lease = set->lease;

	if (lease == NULL && set_is_doomed(set)) /* its owner was worked off before it */
		return;
	CHECK(lease != NULL && lease->set == set);
	CHECK(lease->owner == NULL || list_is_linked(&lease->owner_node));
	if (!set_is_doomed(set))
		CHECK(heap_is_linked(&lease->timer) && lease->timer.kind == TIMER_LEASE);
}

static void
check_waiting(const struct set *set)
{
	const struct bin *bin = set->bin;
	const struct window *window = set->window;

	CHECK(bin->kind == BIN_PENDING && window != NULL && window->set == set);
	CHECK(list_is_linked(&window->node));
	if (bin->doom != OUTCOME_NONE)
		return;
	CHECK(heap_is_linked(&set->place) || set_is_ending(set));
	/* A closed queue has no open windows. */
	CHECK(set_is_ending(set) || !bin->queue->closed);
	CHECK(!set_is_ending(set) || list_is_linked(&bin->queue->closing_node));
}

static void
check_state(const struct set *set)
{
	const struct bin *bin = set->bin;

	switch ((enum set_state)set->state) {
	case SET_WAITING:
		check_waiting(set);
		return;
	case SET_READY:
		CHECK(bin->kind == BIN_PENDING && set->window == NULL);
		CHECK(heap_is_linked(&set->place));
		return;
	case SET_LEASED:
		CHECK(bin->kind == BIN_LEASED);
		check_lease(set);
		return;
	case SET_HELD:
		CHECK(bin->kind == BIN_HELD);
		return;
	case SET_DEAD:
		CHECK(bin->kind == BIN_DEAD);
		return;
	}
	UNREACHABLE();
}

static uint64_t
check_set(const struct bin *bin, const struct set *set)
{
	const struct op *op = set->ops;

	CHECK(set->bin == bin);
	CHECK(set->key_len > 0 && set->key_len <= KEY_MAX_BYTES);
	CHECK((op == NULL) == (set->op_count == 0));
	for (uint32_t left = set->op_count; left > 0; left--, op = op->next)
		check_op(set, op);
	CHECK(op == set->ops);
	CHECK(op != NULL || bin->doom != OUTCOME_NONE);
	/* Whatever is in a living bin can be found by its key. */
	CHECK(set->key_place != KEY_UNKNOWN || bin->doom != OUTCOME_NONE);
	check_state(set);
	return set->op_count;
}

static uint64_t
check_windows(const struct bin *bin, const struct list *windows, uint64_t *sets)
{
	uint64_t ops = 0;

	list_for_each (node, windows) {
		ops += check_set(bin, container_of(node, struct window, node)->set);
		++*sets;
	}
	return ops;
}

static void
check_bin(const struct bin *bin)
{
	const struct heap_node *ready = NULL;
	uint64_t waiting = 0;
	uint64_t ending = 0;
	uint64_t sets = bin->ready.count;
	uint64_t ops = check_windows(bin, &bin->waiting, &waiting);

	ops += check_windows(bin, &bin->ending, &ending);
	CHECK(waiting == bin->waiting_count && ending == bin->ending_count);
	while ((ready = heap_next(&bin->ready, ready)) != NULL) {
		const struct set *set = container_of(ready, struct set, place);

		CHECK(set->state == SET_READY);
		ops += check_set(bin, set);
	}
	CHECK(heap_is_sound(&bin->ready));
	CHECK(bin->kind == BIN_PENDING || sets + waiting + ending == 0);
	list_for_each (node, &bin->sets) {
		ops += check_set(bin, container_of(node, struct set, place.link));
		sets++;
	}
	CHECK(sets + waiting + ending == bin->set_count);
	CHECK(ops == bin->op_count);
}

/* Every op that came in is there, or ended in one counted way. */
static uint64_t
check_conservation(const struct queue *queue)
{
	const struct queue_counters *n = &queue->counters;
	uint64_t there = 0;

	for (int kind = 0; kind < BIN_KINDS; kind++)
		there += queue->bins[kind]->op_count;
	CHECK(n->enqueued == there + counters_ended(n));
	return there;
}

static void
check_ring(const struct queue *queue, const struct set *first)
{
	const struct set *before = NULL;
	const struct set *set = first;
	bool is_held = false;

	do {
		CHECK(set->key_place == (set == first ? KEY_FIRST : KEY_TWIN));
		CHECK(set->bin->queue == queue && set->by_key.hash == first->by_key.hash);
		CHECK(span_equal(set_key(set), set_key(first)));
		CHECK(before == NULL || key_rank(before) <= key_rank(set));
		/* At most one is pending, and one held. */
		CHECK(before == NULL || key_rank(before) != key_rank(set) || key_rank(set) >= 2);
		is_held |= set->state == SET_HELD && !set_is_doomed(set);
		before = set;
		set = container_of(set->twins.next, struct set, twins);
	} while (set != first);
	/* Held means that somebody works on the key. */
	CHECK(!is_held || before->state == SET_LEASED);
}

static void
check_keys(const struct queue *queue)
{
	const struct map_node *node;

	CHECK(map_is_sound(&queue->keys));
	for (node = map_first(&queue->keys); node != NULL; node = map_next(&queue->keys, node))
		check_ring(queue, container_of(node, struct set, by_key));
}

static uint64_t
noted(const struct histogram *histogram)
{
	uint64_t count = 0;

	for (unsigned place = 0; place < HISTOGRAM_PLACES; place++)
		count += histogram->counts[place];
	return count;
}

/* Every delivery is noted once, and none is finished more than once. */
static void
check_histograms(const struct queue_histograms *histograms, const struct queue_counters *counters)
{
	uint64_t delivered = noted(&histograms->width);

	CHECK(delivered == counters->dequeued && histograms->width.sum >= delivered);
	CHECK(noted(&histograms->wait) <= delivered && noted(&histograms->work) <= delivered);
}

/* Returns how many ops it has. */
static uint64_t
check_queue(const struct core *core, const struct queue *queue)
{
	CHECK(queue->core == core && !queue->gone);
	CHECK(list_is_linked(&queue->kicking_node) == (queue->kicks > 0));
	for (int kind = 0; kind < BIN_KINDS; kind++) {
		const struct bin *bin = queue->bins[kind];

		CHECK(bin->queue == queue && bin->kind == (enum bin_kind)kind);
		CHECK(bin->doom == OUTCOME_NONE);
		check_bin(bin);
	}
	check_keys(queue);
	CHECK(map_is_sound(&queue->ops));
	check_histograms(&queue->histograms, &queue->counters);
	return check_conservation(queue);
}

static void
check_group(const struct group *group)
{
	uint64_t ops = 0;
	uint64_t outstanding = 0;
	uint64_t failed = 0;

	list_for_each (node, &group->members) {
		const struct member *member = container_of(node, struct member, node);

		CHECK(member->group == group);
		CHECK(member->watches == NULL || member->watches->link == &member->watches);
		CHECK(member->watches == NULL || member->outcome == OUTCOME_NONE);
		CHECK(member->child == NULL || member->child->parent == member);
		CHECK(member->op == NULL || op_member(member->op) == member);
		ops++;
		outstanding += member->outcome == OUTCOME_NONE;
		failed += member->outcome != OUTCOME_NONE && member->outcome != OUTCOME_RESULT;
	}
	CHECK(ops == group->ops && ops == group->by_id.count);
	if (group->timed_out)
		CHECK(group->outstanding == 0 && group->failed == failed + outstanding);
	else
		CHECK(outstanding == group->outstanding && failed == group->failed);
	CHECK(!group->complete || (group->sealed && group->outstanding == 0));
	CHECK(group->complete || !group->sealed || group->outstanding > 0);
}

static void
check_doomed(const struct core *core)
{
	list_for_each (node, &core->doomed_bins) {
		const struct bin *bin = container_of(node, struct bin, doomed_node);

		CHECK(bin->doom != OUTCOME_NONE && bin->set_count > 0);
		check_bin(bin);
	}
	list_for_each (node, &core->doomed_groups)
		CHECK(container_of(node, struct group, doomed_node)->doomed);
}

void
core_check(const struct core *core)
{
	const struct map_node *node;
	uint64_t ops = 0;

	CHECK(heap_is_sound(&core->timers));
	for (node = map_first(&core->queues); node != NULL; node = map_next(&core->queues, node))
		ops += check_queue(core, container_of(node, struct queue, node));
	CHECK(ops == core->live_ops && core_is_conserved(core));
	check_histograms(&core->histograms, &core->totals);
	for (node = map_first(&core->groups); node != NULL; node = map_next(&core->groups, node))
		check_group(container_of(node, struct group, node));
	for (node = map_first(&core->leases); node != NULL; node = map_next(&core->leases, node)) {
		const struct lease *lease = container_of(node, struct lease, by_fence);

		CHECK(lease->set->lease == lease && lease->set->state == SET_LEASED);
	}
	check_doomed(core);
	CHECK(list_is_empty(&core->completed_groups) && !core->announcing);
	CHECK(core->queue_names.count == core->queues.count);
	CHECK(core->group_names.count == core->groups.count);
}
