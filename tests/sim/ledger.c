/*
 * Ops: which are there, which may be, which have ended and how.
 */
#include <config.h>

#include "sim/sim.h"

#include <string.h>

void
op_live(struct sim *sim, unsigned index)
{
	struct op *op = &sim->ops[index];

	if (op->state == OP_GONE)
		sim_fail(sim, "op %u has ended and is there again", index);
	if (op->state == OP_NEVER)
		sim_fail(sim, "op %u was never taken in and is there", index);
	if (op->state == OP_ASKED && op->fed_step == 0 && !op->is_announcement)
		sim_fail(sim, "op %u is there before it was sent", index);
	op->state = OP_LIVE;
}

void
op_gone(struct sim *sim, unsigned index)
{
	struct op *op = &sim->ops[index];

	if (op->state == OP_NEVER)
		sim_fail(sim, "op %u was never taken in and has ended", index);
	op->state = OP_GONE;
}

static bool
ttl_may_be_over(const struct sim *sim, const struct op *op)
{
	return op->ttl_ms > 0 && sim->now_ns >= time_after_ms(op->fed_ns, op->ttl_ms);
}

bool
op_surely_there(const struct sim *sim, const struct op *op)
{
	const struct queue_state *queue = &sim->queues[op->queue];
	const struct lease *lease = &sim->leases[op->lease];

	if (op->state != OP_LIVE || op->of_group_only || op->maybe_swept || op->maybe_ended ||
		op->cancels > 0 || queue->sweepers > 0 || queue->unheard ||
		ttl_may_be_over(sim, op))
		return false;
	if (queue->may_die && (op->delivered > 0 || sim->delayed))
		return false;
	/* A cancel names the id, which may be that of the other. */
	if ((op->is_repeat || op->repeated) && sim->swarm.cancel > 0)
		return false;
	return op->lease == 0 || (lease->enders == 0 && !lease->maybe_ended);
}

/* Without a lease an op ends before the answer that hands it out is seen. */
bool
ops_may_end_on_delivery(const struct sim *sim)
{
	return sim->config.core.queue_defaults.lease_ms == 0 || sim->swarm.zero > 0;
}

/* ---- enqueue --------------------------------------------------------------- */

/* A repeat of an id, or an op that was repeated: what "duplicate" means for it. */
static void
heard_duplicate(struct sim *sim, struct op *op)
{
	if (!op->is_repeat && !op->repeated)
		sim_fail(sim, "op %u is called a repeat", (unsigned)(op - sim->ops));
	if (op->state != OP_ASKED)
		sim_fail(sim, "op %u is called a repeat and is there", (unsigned)(op - sim->ops));
	op->state = OP_NEVER;
}

/* The first with that id must not be there still. */
static void
check_no_original(struct sim *sim, const struct op *op)
{
	if (ops_may_end_on_delivery(sim))
		return;
	for (unsigned i = 0; i < sim->live_count; i++) {
		const struct op *other = &sim->ops[sim->live[i]];

		if (other != op && other->queue == op->queue && strcmp(other->id, op->id) == 0 &&
			other->acked_step != 0 && other->acked_step < op->fed_step &&
			op_surely_there(sim, other))
			sim_fail(sim, "the id of op %u was taken twice",
				(unsigned)(other - sim->ops));
	}
}

void
ledger_enqueued(struct sim *sim, struct ask *ask, const struct item *result)
{
	struct op *op = &sim->ops[ask->op];
	const char *id = string_of(sim, result, "op");
	uint64_t width = (uint64_t)number_of(sim, result, "width");

	if (op->id[0] == '\0' && op->state != OP_NEVER) {
		if (strlen(id) >= NAME)
			sim_fail(sim, "a long op id");
		memcpy(op->id, id, strlen(id) + 1);
	}
	if (strcmp(id, op->id) != 0)
		sim_fail(sim, "op %u has another id", ask->op);
	if (item_is(item_get(result, "duplicate"), ITEM_TRUE)) {
		/* The outcome told is the other's. */
		heard_duplicate(sim, op);
		return;
	}
	if (op->is_repeat)
		check_no_original(sim, op);
	op->acked_step = sim->step;
	op->acked_ns = sim->now_ns;
	op->has_started = item_is(item_get(result, "new"), ITEM_TRUE);
	if (op->state == OP_GONE)
		return;
	op_live(sim, ask->op);
	if (width == 0 || (!op->repeated && width > sim->queues[op->queue].width_most))
		sim_fail(sim, "op %u made its set too wide", ask->op);
}

/* ---- purge and delete -------------------------------------------------------- */

void
ledger_swept(struct sim *sim, struct ask *ask)
{
	for (unsigned i = 0; i < sim->live_count; i++)
		if (sim->ops[sim->live[i]].queue == ask->queue)
			sim->ops[sim->live[i]].maybe_swept = true;
	if (ask->method == QUEUE_DELETE)
		sim->queues[ask->queue].deleted_step = sim->step;
	for (unsigned i = 0; i < sim->open_count && ask->method == QUEUE_DELETE; i++)
		if (sim->leases[sim->open[i]].queue == ask->queue)
			sim->leases[sim->open[i]].maybe_ended = true;
}

/* ---- outcomes ---------------------------------------------------------------- */

static void
check_code(struct sim *sim, const struct op *op, const char *code)
{
	const struct queue_state *queue = &sim->queues[op->queue];
	const struct group *group = &sim->groups[op->group];
	bool may_be = false;

	if (strcmp(code, "expired") == 0)
		may_be = ttl_may_be_over(sim, op);
	else if (strcmp(code, "cancelled") == 0)
		may_be = op->cancel_asked || op->is_announcement;
	else if (strcmp(code, "purged") == 0)
		may_be = op->maybe_swept || op->state == OP_GONE || queue->sweepers > 0;
	else if (strcmp(code, "deleted") == 0)
		may_be = queue->delete_asked || group->delete_asked;
	else if (strcmp(code, "dead") == 0)
		may_be = queue->may_die && (op->delivered > 0 || sim->delayed);
	else if (strcmp(code, "timeout") == 0)
		may_be = group->timeout_ms > 0 &&
			 sim->now_ns >= time_after_ms(group->asked_ns, group->timeout_ms);
	if (!may_be)
		sim_fail(sim, "op %u: %s without a cause", (unsigned)(op - sim->ops), code);
}

/* Could that request have ended the op? */
static bool
may_have_ended(const struct sim *sim, const struct op *op, const struct ask *ask)
{
	const struct lease *lease = &sim->leases[ask->lease];
	unsigned index = (unsigned)(op - sim->ops);

	if (!ask->was_fed)
		return false;
	if (ask->method == GROUP_FINISH)
		return ask->op != 0 && strcmp(sim->ops[ask->op].id, op->id) == 0 &&
		       ask->group == op->group;
	for (unsigned i = 0; ask->method == FINISH && i < lease->count; i++)
		if (lease->ops[i] == index)
			return true;
	return false;
}

/* Members `result` or `error` of the holder. */
void
check_outcome(struct sim *sim, const struct op *op, const struct item *holder)
{
	const struct item *result = item_get(holder, "result");
	const struct item *error = item_get(holder, "error");
	const struct item *value = result != NULL ? result : error;
	unsigned index = (unsigned)(op - sim->ops);
	unsigned long long by;

	if ((result == NULL) == (error == NULL))
		sim_fail(sim, "op %u: no outcome, or two", index);
	if (op->state == OP_NEVER && !op->is_repeat && !op->repeated)
		sim_fail(sim, "op %u was never taken in and has an outcome", index);
	if (op->is_repeat || op->repeated)
		return; /* the outcome may be that of the other with the id */
	if (item_is(error, ITEM_OBJECT)) {
		check_code(sim, op, string_of(sim, error, "code"));
		return;
	}
	if (item_is(result, ITEM_NULL))
		return; /* delivered without a lease */
	by = item_is(value, ITEM_NUMBER) ? (unsigned long long)value->number : 0;
	if (by == 0 || by >= sim->ask_count || !may_have_ended(sim, op, &sim->asks[by]))
		sim_fail(sim, "op %u: an outcome nobody gave", index);
	if (op->has_outcome && by != op->outcome && !op->group_finish_asked && !op->kicked)
		sim_fail(sim, "op %u: the outcome of %llu, not of %u", index, by, op->outcome);
}

/* ---- messages ---------------------------------------------------------------- */

/* The op that a completed group announces itself with: one for each group. */
static unsigned
announcement(struct sim *sim, const struct item *msg, const char *id, unsigned queue)
{
	struct group *group = group_named(sim, string_of(sim, msg, "group"));
	struct op *op;

	if (group == NULL || !group->announces)
		sim_fail(sim, "a group announces itself that should not");
	group_told(sim, group, msg);
	if (group->announcement != 0) {
		if (strcmp(sim->ops[group->announcement].id, id) != 0)
			sim_fail(sim, "group %s completed twice", group->name);
		return group->announcement;
	}
	group->announcement = sim->op_count++;
	op = &sim->ops[group->announcement];
	op->is_announcement = true;
	op->queue = queue;
	op->key = KEYS;
	op->state = OP_LIVE;
	op->acked_step = sim->step;
	memcpy(op->id, id, strlen(id) < NAME ? strlen(id) : NAME - 1);
	sim->live[sim->live_count++] = group->announcement;
	return group->announcement;
}

unsigned
op_of_msg(struct sim *sim, const struct item *msg, const char *id, unsigned queue)
{
	unsigned index;
	struct op *op;

	if (item_is(msg, ITEM_OBJECT))
		return announcement(sim, msg, id, queue);
	index = item_is(msg, ITEM_NUMBER) ? (unsigned)msg->number : 0;
	if (index == 0 || index >= sim->op_count)
		sim_fail(sim, "a message nobody sent");
	op = &sim->ops[index];
	if (op->id[0] == '\0' && strlen(id) < NAME)
		memcpy(op->id, id, strlen(id) + 1);
	if (strcmp(op->id, id) != 0 || op->queue != queue || op->of_group_only)
		sim_fail(sim, "op %u is not where it was sent, or has another id", index);
	return index;
}
