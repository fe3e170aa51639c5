/*
 * Order. Sets leave a queue in the order of the ops that started them, and one that goes
 * back keeps its place. Nobody sleeps beside a ready set: that is looked for inside the engine,
 * whenever all is quiet.
 */
#include <config.h>

#include "sim/sim.h"

#include "command/service_state.h"
#include "scenario/engine_delayed.h"

#include <string.h>

/* ---- sets --------------------------------------------------------------------- */

/* Others may have been handed what is there, and nobody has heard of it yet. */
static bool
takes_are_unheard(const struct sim *sim, unsigned queue)
{
	if (sim->queues[queue].has_ghosts)
		return true;
	for (unsigned i = 0; i < sim->waiting_count; i++) {
		const struct ask *ask = &sim->asks[sim->waiting[i]];

		if (ask->method == DEQUEUE && ask->form == BATCH && ask->state == FED &&
			(ask->queues >> queue & 1) != 0)
			return true;
	}
	return false;
}

/* Was its set ready all the time since before that step, and not handed out before that lease? */
static bool
was_surely_ready(
	const struct sim *sim, const struct op *op, const struct lease *lease, uint64_t step)
{
	uint64_t since = op->delivered > 0 ? 0 : op->acked_step;

	if (op->ready_step != 0 && op->ready_delivered == op->delivered)
		since = op->ready_step;
	return since != 0 && since < step && op->has_started && !op->has_delay && !op->kicked &&
	       !op->maybe_kicked && !op->is_repeat && !op->repeated &&
	       (op->lease == 0 || sim->leases[op->lease].fence < lease->fence) &&
	       op_surely_there(sim, op);
}

/* Where the op that started a set has ended, nobody can tell from outside. */
static bool
has_known_place(const struct sim *sim, const struct lease *lease)
{
	const struct op *first = &sim->ops[lease->ops[0]];

	for (unsigned i = 0; i < lease->count; i++)
		if (sim->ops[lease->ops[i]].has_older_place || sim->ops[lease->ops[i]].maybe_handed)
			return false;
	return first->has_started && !first->kicked && !first->maybe_kicked &&
	       !first->is_announcement;
}

/* The set may be several that became one, and stands where the oldest of them stood. */
static bool
came_before_all(const struct sim *sim, const struct op *op, const struct lease *lease)
{
	for (unsigned i = 0; i < lease->count; i++)
		if (!came_before(sim, op, &sim->ops[lease->ops[i]]))
			return false;
	return true;
}

void
order_note_places(struct sim *sim, const struct lease *lease)
{
	for (unsigned i = 0; i < lease->count && lease->count > 1; i++) {
		struct op *op = &sim->ops[lease->ops[i]];

		for (unsigned j = 0; j < lease->count; j++)
			op->has_older_place |=
				i != j && !came_before(sim, op, &sim->ops[lease->ops[j]]);
	}
}

void
order_check_sets(struct sim *sim, const struct lease *lease)
{
	const struct ask *ask = &sim->asks[lease->ask];
	const struct queue_state *queue = &sim->queues[lease->queue];

	if (ask->has_key || queue->has_windows || queue->is_toggled ||
		ops_may_end_on_delivery(sim) || !has_known_place(sim, lease) ||
		takes_are_unheard(sim, lease->queue))
		return;
	if ((queue->moved >> lease->key & 1) != 0)
		return;
	for (unsigned i = 0; i < sim->live_count; i++) {
		const struct op *op = &sim->ops[sim->live[i]];

		if (op->queue == lease->queue && (queue->moved >> op->key & 1) == 0 &&
			op->key != lease->key && op->acked_step != 0 &&
			was_surely_ready(sim, op, lease, ask->fed_step) &&
			came_before_all(sim, op, lease))
			sim_fail(sim, "the set of op %u left before that of op %u", lease->ops[0],
				sim->live[i]);
	}
}

/* ---- waiters -------------------------------------------------------------------- */

static void
told(struct call *call)
{
	(void)call;
}

static bool
has_ready(const struct sim *sim, unsigned queue)
{
	struct engine *engine = sim->service->engine;
	struct call call = {.verb = VERB_QUEUE_STATS, .now_ns = sim->now_ns, .done = told};

	if (sim->delayed)
		engine = engine_delayed_inner(engine);
	call.args.queue.queue = span_str(sim->queues[queue].name);
	engine_submit(engine, &call);
	return call.refusal.err == ERR_NONE && !call.answer.queue_stats.paused &&
	       call.answer.queue_stats.gauges.ready > 0;
}

void
order_check_sleepers(struct sim *sim)
{
	unsigned looked = 0; /* at which queues: a bit for each */
	unsigned ready = 0;

	for (unsigned i = 0; i < sim->waiting_count; i++) {
		const struct ask *ask = &sim->asks[sim->waiting[i]];

		if (ask->method != DEQUEUE || ask->state != FED || ask->has_key ||
			ask->parked_step == 0)
			continue;
		for (unsigned queue = 0; queue < QUEUES; queue++)
			if (((ask->queues & ~looked) >> queue & 1) != 0 && has_ready(sim, queue))
				ready |= 1U << queue;
		looked |= ask->queues;
		if ((ask->queues & ready) != 0)
			sim_fail(sim, "request %u sleeps beside a ready set", sim->waiting[i]);
	}
}
