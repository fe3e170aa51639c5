/*
 * core_check(): walks everything and CHECKs what the rest relies on. For tests and
 * fuzzing; O(n).
 */
#include <config.h>

#include "core/parts.h"

static void
check_op(const struct set *set, const struct op *op)
{
	const struct member *member = op->member;

	CHECK(op->set == set);
	CHECK(op->id_len > 0 && op->id_len <= NAME_MAX_BYTES);
	CHECK(op->ttl == NULL || op->ttl->op == op);
	CHECK(op->ttl == NULL || heap_is_linked(&op->ttl->timer) == (set->state != SET_LEASED));
	if (member != NULL && !op->reported)
		CHECK(member->op == op);
	if (op->watches != NULL)
		CHECK(op->watches->link == &op->watches);
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
		CHECK(heap_is_linked(&set->timer) && set->timer.kind == TIMER_LEASE);
}

static void
check_state(const struct set *set)
{
	const struct bin *bin = set->bin;

	switch ((enum set_state)set->state) {
	case SET_WAITING:
		CHECK(bin->kind == BIN_PENDING && set->busy == NULL && set->lease == NULL);
		CHECK(heap_is_linked(&set->timer) || set_is_ending(set) ||
			bin->doom != OUTCOME_NONE);
		/* A closed queue has no open windows. */
		CHECK(set_is_ending(set) || !bin->queue->closed || bin->doom != OUTCOME_NONE);
		CHECK(!set_is_ending(set) || bin->doom != OUTCOME_NONE ||
			list_is_linked(&bin->queue->closing_node));
		return;
	case SET_READY:
		CHECK(bin->kind == BIN_PENDING && set->busy == NULL && set->lease == NULL);
		CHECK(list_is_linked(&set->node) != heap_is_linked(&set->timer));
		return;
	case SET_LEASED:
		CHECK(bin->kind == BIN_LEASED && set->busy != NULL);
		check_lease(set);
		return;
	case SET_HELD:
		CHECK(bin->kind == BIN_HELD && set->lease == NULL);
		/* Held means that somebody works on the key. */
		CHECK(bin->doom != OUTCOME_NONE ||
			(set->busy->held == set && busy_is_leased(set->busy)));
		return;
	case SET_DEAD:
		CHECK(bin->kind == BIN_DEAD && set->busy != NULL && set->lease == NULL);
		return;
	}
	UNREACHABLE();
}

static uint64_t
check_set(const struct bin *bin, const struct set *set)
{
	uint64_t ops = 0;

	CHECK(set->bin == bin);
	CHECK(set->key_len > 0 && set->key_len <= KEY_MAX_BYTES);
	list_for_each (node, &set->ops) {
		check_op(set, container_of(node, struct op, node));
		ops++;
	}
	CHECK(ops == set->op_count);
	CHECK(ops > 0 || bin->doom != OUTCOME_NONE);
	if (bin->kind == BIN_PENDING && bin->doom == OUTCOME_NONE)
		CHECK(bin_find(bin, set_key(set)) == set);
	check_state(set);
	return ops;
}

static uint64_t
check_set_list(const struct bin *bin, const struct list *list, uint64_t *sets)
{
	uint64_t ops = 0;

	list_for_each (node, list) {
		ops += check_set(bin, container_of(node, struct set, node));
		++*sets;
	}
	return ops;
}

static void
check_order(const struct bin *bin)
{
	const struct set *before = NULL;

	if (bin->kind != BIN_PENDING)
		return;
	list_for_each (node, &bin->sets) {
		const struct set *set = container_of(node, struct set, node);

		CHECK(set->state == SET_READY);
		CHECK(before == NULL || before->ready_ns < set->ready_ns ||
			(before->ready_ns == set->ready_ns && before->seq < set->seq));
		before = set;
	}
}

static void
check_bin(const struct bin *bin)
{
	uint64_t waiting = 0;
	uint64_t ending = 0;
	uint64_t sets = 0;
	uint64_t ops = check_set_list(bin, &bin->sets, &sets);

	ops += check_set_list(bin, &bin->waiting, &waiting);
	ops += check_set_list(bin, &bin->ending, &ending);
	CHECK(waiting == bin->waiting_count && ending == bin->ending_count);
	waiting += ending;
	for (uint32_t i = 0; i < bin->returned.count; i++) {
		ops += check_set(bin, container_of(bin->returned.nodes[i], struct set, timer));
		sets++;
	}
	CHECK(heap_is_sound(&bin->returned));
	CHECK(sets + waiting == bin->set_count);
	CHECK(ops == bin->op_count);
	if (bin->kind == BIN_PENDING)
		CHECK(bin->by_key.count == bin->set_count);
	check_order(bin);
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
check_busy(const struct queue *queue)
{
	const struct map_node *node;

	for (node = map_first(&queue->busy); node != NULL; node = map_next(&queue->busy, node)) {
		const struct busy *busy = container_of(node, struct busy, node);

		CHECK(!list_is_empty(&busy->leased) || !list_is_empty(&busy->dead) ||
			busy->held != NULL);
		CHECK(busy->held == NULL || busy->held->busy == busy);
	}
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
	check_busy(queue);
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
		CHECK(member->op == NULL || member->op->member == member);
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
