/*
 * Counters and gauges, and the words for states and outcomes.
 */
#include <config.h>

#include "core/parts.h"

const char *
set_state_name(enum set_state state)
{
	switch (state) {
	case SET_WAITING:
		return "waiting";
	case SET_READY:
		return "ready";
	case SET_LEASED:
		return "leased";
	case SET_HELD:
		return "held";
	case SET_DEAD:
		return "dead";
	}
	UNREACHABLE();
}

const char *
outcome_kind_name(enum outcome_kind kind)
{
	switch (kind) {
	case OUTCOME_NONE:
		return "none";
	case OUTCOME_RESULT:
		return "result";
	case OUTCOME_ERROR:
		return "error";
	case OUTCOME_DEAD:
		return "dead";
	case OUTCOME_EXPIRED:
		return "expired";
	case OUTCOME_CANCELLED:
		return "cancelled";
	case OUTCOME_PURGED:
		return "purged";
	case OUTCOME_DELETED:
		return "deleted";
	case OUTCOME_TIMEOUT:
		return "timeout";
	}
	UNREACHABLE();
}

const char *
outcome_kind_message(enum outcome_kind kind)
{
	switch (kind) {
	case OUTCOME_NONE:
		return "not finished yet";
	case OUTCOME_RESULT:
		return "finished with a result";
	case OUTCOME_ERROR:
		return "finished with an error";
	case OUTCOME_DEAD:
		return "delivered max_attempts times without an outcome";
	case OUTCOME_EXPIRED:
		return "not delivered within its ttl_ms";
	case OUTCOME_CANCELLED:
		return "cancelled before it was finished";
	case OUTCOME_PURGED:
		return "purged from its queue";
	case OUTCOME_DELETED:
		return "deleted with its queue or group";
	case OUTCOME_TIMEOUT:
		return "not finished within the group's timeout_ms";
	}
	UNREACHABLE();
}

uint64_t
counters_ended(const struct queue_counters *n)
{
	return n->finished + n->failed + n->expired + n->cancelled + n->purged + n->deleted +
	       n->dead_dropped;
}

bool
core_is_conserved(const struct core *core)
{
	return core->totals.enqueued == core->live_ops + counters_ended(&core->totals);
}

static uint64_t
oldest_ready_ms(const struct bin *pending, uint64_t now_ns)
{
	const struct set *set = bin_first_ready(pending);

	return set == NULL ? 0 : ms_between(set->place.key, now_ns);
}

static uint64_t
longest_lease_ms(const struct bin *leased, uint64_t now_ns)
{
	const struct list_node *oldest = list_first(&leased->sets);

	if (oldest == NULL)
		return 0;
	return ms_between(container_of(oldest, struct set, place.link)->lease->granted_ns, now_ns);
}

static void
queue_gauges(const struct queue *queue, struct queue_gauges *ret)
{
	const struct bin *pending = queue->bins[BIN_PENDING];
	uint64_t now_ns = queue->core->now_ns;

	*ret = (struct queue_gauges){
		.depth = pending->set_count,
		.ready = pending->set_count - pending->waiting_count,
		.waiting = pending->waiting_count,
		.held = queue->bins[BIN_HELD]->set_count,
		.leased = queue->bins[BIN_LEASED]->set_count,
		.dead = queue->bins[BIN_DEAD]->set_count,
		.ops = pending->op_count + queue->bins[BIN_HELD]->op_count +
		       queue->bins[BIN_LEASED]->op_count,
		.oldest_ready_ms = oldest_ready_ms(pending, now_ns),
		.longest_lease_ms = longest_lease_ms(queue->bins[BIN_LEASED], now_ns),
	};
}

CORE_VERB(queue_stats, queue_args, queue_stats_answer)
{
	struct queue *queue;

	core_begin(core, now_ns);
	queue = queue_need(core, args->queue, refusal);
	if (queue == NULL)
		return refusal->err;
	queue_gauges(queue, &ret->gauges);
	ret->counters = queue->counters;
	ret->histograms = queue->histograms;
	ret->options = queue->options;
	ret->closed = queue->closed;
	ret->paused = queue->paused;
	return ERR_NONE;
}

CORE_VERB(stats, no_args, stats_answer)
{
	(void)args;
	(void)refusal;
	core_begin(core, now_ns);
	*ret = (struct stats_answer){
		.queues = core->queues.count,
		.groups = core->groups.count,
		.leases = core->leases.count - core->doomed_leases,
		.memory_bytes = core->bytes,
		.counters = core->totals,
		.histograms = core->histograms,
		.live_ops = core->live_ops,
		.refused_memory = core->refused_memory,
		.refused_queues = core->refused_queues,
		.refused_groups = core->refused_groups,
		.refused_group_ops = core->refused_group_ops,
	};
	return ERR_NONE;
}
