/*
 * Leases: what is granted to whom, when it may end, and who was served before whom.
 */
#include <config.h>

#include "sim/sim.h"

#include <string.h>

bool
lease_surely_live(const struct sim *sim, const struct lease *lease)
{
	return !lease->ended && !lease->maybe_ended && lease->enders == 0 &&
	       sim->now_ns < lease->not_before_ns && sim->queues[lease->queue].sweepers == 0 &&
	       !sim->queues[lease->queue].unheard;
}

/* ---- grants --------------------------------------------------------------- */

static unsigned
queue_of(struct sim *sim, const struct ask *ask, const char *name)
{
	for (unsigned i = 0; i < QUEUES; i++)
		if ((ask->queues >> i & 1) != 0 && strcmp(sim->queues[i].name, name) == 0)
			return i;
	sim_fail(sim, "a set of a queue that was not asked for");
}

static void
check_one_live(struct sim *sim, const struct lease *lease)
{
	for (unsigned i = 0; i < sim->open_count; i++) {
		const struct lease *other = &sim->leases[sim->open[i]];

		if (sim->queues[lease->queue].is_exclusive && other->fence < lease->fence &&
			other->queue == lease->queue && other->key == lease->key &&
			lease_surely_live(sim, other))
			sim_fail(sim, "key %u has two leases, %llu and %llu", lease->key,
				(unsigned long long)other->fence, (unsigned long long)lease->fence);
	}
}

bool
came_before(const struct sim *sim, const struct op *a, const struct op *b)
{
	const struct ask *one = &sim->asks[a->ask];
	const struct ask *other = &sim->asks[b->ask];

	if (a->acked_step != 0 && a->acked_step < b->fed_step)
		return true;
	return a->fed_step != 0 && b->fed_step != 0 && one->peer == other->peer &&
	       one->life == other->life && a->ask < b->ask;
}

/* Ops that were never handed out before stand in the order they came in. */
static void
check_order(struct sim *sim, const struct lease *lease)
{
	const struct op *last = NULL;

	for (unsigned i = 0; i < lease->count; i++) {
		const struct op *op = &sim->ops[lease->ops[i]];

		if (op->delivered > 0 || op->kicked || op->is_announcement || op->maybe_handed ||
			sim->queues[lease->queue].has_ghosts)
			continue;
		if (last != NULL && came_before(sim, op, last))
			sim_fail(sim, "op %u stands behind a later one", lease->ops[i]);
		last = op;
	}
}

/* An answer that came with others of its batch may be old by then. */
static bool
may_be_old(const struct sim *sim, const struct ask *ask)
{
	return sim->delayed && ask->form == BATCH;
}

static void
grant_op(struct sim *sim, struct lease *lease, unsigned index, bool old)
{
	struct op *op = &sim->ops[index];
	const struct lease *before = &sim->leases[op->lease];

	if (op->key != lease->key)
		sim_fail(sim, "op %u is handed out under another key", index);
	if (op->lease != 0 && before->fence < lease->fence && lease_surely_live(sim, before))
		sim_fail(sim, "op %u is in two leases, %llu and %llu", index,
			(unsigned long long)before->fence, (unsigned long long)lease->fence);
	if (!old)
		op_live(sim, index);
	if (before->fence < lease->fence)
		op->lease = (unsigned)(lease - sim->leases);
}

static void
check_attempt(struct sim *sim, const struct lease *lease, uint64_t attempt)
{
	bool is_known = !sim->delayed;
	uint64_t most = 0;

	for (unsigned i = 0; i < lease->count; i++) {
		struct op *op = &sim->ops[lease->ops[i]];

		op->delivered++;
		op->attempts++;
		most = op->attempts > most ? op->attempts : most;
		is_known &= !op->attempts_unknown;
	}
	if (is_known && attempt != most)
		sim_fail(sim, "lease %llu: attempt %llu, not %llu",
			(unsigned long long)lease->fence, (unsigned long long)attempt,
			(unsigned long long)most);
}

static void
grant_ops(struct sim *sim, struct ask *ask, struct lease *lease, const struct item *result)
{
	const struct item *ops = item_get(result, "ops");

	if (!item_is(ops, ITEM_ARRAY) || ops->count == 0 || ops->count > SET_MAX)
		sim_fail(sim, "a set of no ops, or of too many");
	item_for_each(element, ops) lease->ops[lease->count++] = op_of_msg(
		sim, item_get(element, "msg"), string_of(sim, element, "op"), lease->queue);
	lease->key = sim->ops[lease->ops[0]].key;
	for (unsigned i = 0; i < lease->count; i++)
		grant_op(sim, lease, lease->ops[i], may_be_old(sim, ask));
	check_order(sim, lease);
	check_attempt(sim, lease, (uint64_t)number_of(sim, result, "attempt"));
}

static void
finish_at_once(struct sim *sim, struct lease *lease)
{
	lease->ended = true;
	for (unsigned i = 0; i < lease->count; i++)
		op_gone(sim, lease->ops[i]);
}

void
ledger_granted(struct sim *sim, struct ask *ask, const struct item *result, uint64_t end)
{
	struct lease *lease = &sim->leases[sim->lease_count++];
	const char *token = string_of(sim, result, "set");
	uint64_t lease_ms = (uint64_t)number_of(sim, result, "lease_ms");

	lease->fence = (uint64_t)number_of(sim, result, "fence");
	lease->ask = (unsigned)(ask - sim->asks);
	lease->queue = queue_of(sim, ask, string_of(sim, result, "queue"));
	lease->line_end = end;
	/* Of answers in one turn nobody can tell which came first. */
	lease->maybe_ended =
		may_be_old(sim, ask) || sim->queues[lease->queue].deleted_step == sim->step;
	if (lease->fence <= sim->turn_fence && !may_be_old(sim, ask))
		sim_fail(sim, "fence %llu after %llu", (unsigned long long)lease->fence,
			(unsigned long long)sim->turn_fence);
	sim->max_fence = lease->fence > sim->max_fence ? lease->fence : sim->max_fence;
	if (strlen(token) >= TOKEN || (token[0] == '\0') != (lease_ms == 0) ||
		(ask->lease_ms != NOT_GIVEN && ask->lease_ms != lease_ms))
		sim_fail(sim, "a set with another lease than asked for");
	memcpy(lease->token, token, strlen(token) + 1);
	lease->at_last_ns = time_after_ms(sim->now_ns, lease_ms);
	lease->not_before_ns = time_after_ms(sim->delayed ? ask->fed_ns : sim->now_ns, lease_ms);
	grant_ops(sim, ask, lease, result);
	if (ask->has_key && lease->key != ask->key)
		sim_fail(sim, "a set of another key than asked for");
	check_one_live(sim, lease);
	sim->granted[sim->granted_count++] = (unsigned)(lease - sim->leases);
	if (lease_ms == 0)
		finish_at_once(sim, lease);
	else
		sim->open[sim->open_count++] = (unsigned)(lease - sim->leases);
}

/* ---- waiters ---------------------------------------------------------------- */

static bool
should_come_first(const struct sim *sim, const struct ask *ask, const struct lease *lease)
{
	const struct peer *peer = &sim->peers[ask->peer];
	const struct ask *served = &sim->asks[lease->ask];
	const struct queue_state *queue = &sim->queues[lease->queue];
	bool is_alone = (ask->queues & (ask->queues - 1)) == 0;

	/* With a late engine one may just be asked for elsewhere, or a key have become ready. */
	if (sim->delayed && (!is_alone || served->has_key || sim->draining))
		return false;
	/* Who waited when the queue was deleted waits in vain, and is told soon. */
	if (queue->deleted_step >= ask->parked_step || queue->sweepers > 0 || queue->unheard)
		return false;
	return ask->method == DEQUEUE && ask->state == FED && !ask->has_key &&
	       (ask->queues >> lease->queue & 1) != 0 && ask->parked_step != 0 && !peer->eof &&
	       ask->parked_step < served->fed_step &&
	       sim->now_ns < time_after_ms(ask->fed_ns, ask->wait_ms);
}

/* A session that wants more has executed all it was given; to be called when all is quiet. */
void
ledger_note_parked(struct sim *sim)
{
	unsigned kept = 0;

	for (unsigned i = 0; i < sim->waiting_count; i++) {
		struct ask *ask = &sim->asks[sim->waiting[i]];
		const struct peer *peer = &sim->peers[ask->peer];

		if (ask->state != FED)
			continue;
		sim->waiting[kept++] = sim->waiting[i];
		if (ask->parked_step == 0 && session_wants_input(peer->session)) {
			ask->parked_step = sim->step;
			ask->parked_ns = sim->now_ns;
		}
	}
	sim->waiting_count = kept;
}

void
ledger_check_turn(struct sim *sim)
{
	for (unsigned i = 0; i < sim->granted_count; i++)
		order_check_sets(sim, &sim->leases[sim->granted[i]]);
	for (unsigned i = 0; i < sim->granted_count; i++)
		order_note_places(sim, &sim->leases[sim->granted[i]]);
	for (unsigned i = 0; i < sim->granted_count; i++)
		for (unsigned j = 0; j < sim->waiting_count; j++)
			if (should_come_first(sim, &sim->asks[sim->waiting[j]],
				    &sim->leases[sim->granted[i]]))
				sim_fail(sim, "request %u waited longer than %u", sim->waiting[j],
					sim->leases[sim->granted[i]].ask);
	sim->granted_count = 0;
	sim->turn_fence = sim->max_fence;
	if (!sim->delayed)
		ledger_note_parked(sim);
}

/* ---- ends ------------------------------------------------------------------- */

static void
end_op(struct sim *sim, unsigned index, const struct ask *ask)
{
	struct op *op = &sim->ops[index];

	op_gone(sim, index);
	op->has_outcome = true;
	op->outcome = (unsigned)(ask - sim->asks);
}

static void
heard_repeat(struct sim *sim, const struct lease *lease, uint64_t finished, uint64_t released)
{
	if (!lease->finish_asked)
		sim_fail(sim, "a finish without a first one is called a repeat");
	if (lease->finished &&
		(lease->told_finished != finished || lease->told_released != released))
		sim_fail(sim, "a repeated finish is answered otherwise");
}

void
ledger_finished(struct sim *sim, struct ask *ask, const struct item *result)
{
	struct lease *lease = &sim->leases[ask->lease];
	uint64_t finished = (uint64_t)number_of(sim, result, "finished");
	uint64_t released = (uint64_t)number_of(sim, result, "released");
	uint64_t ended = 0;

	if (ask->lease == 0)
		sim_fail(sim, "a lease that never was is finished");
	if (finished + released != lease->count)
		sim_fail(sim, "lease %llu: ops were lost", (unsigned long long)lease->fence);
	if (item_is(item_get(result, "duplicate"), ITEM_TRUE)) {
		heard_repeat(sim, lease, finished, released);
		if (!lease->finished)
			lease->maybe_ended = true;
		return;
	}
	if (lease->ended)
		sim_fail(sim, "lease %llu is over and was finished",
			(unsigned long long)lease->fence);
	for (unsigned i = 0; i < lease->count; i++) {
		if (!ask->gives_rest && (ask->names >> i & 1) == 0)
			continue;
		end_op(sim, lease->ops[i], ask);
		ended++;
	}
	if (ended != finished)
		sim_fail(sim, "lease %llu: %llu ops finished, not %llu",
			(unsigned long long)lease->fence, (unsigned long long)finished,
			(unsigned long long)ended);
	lease->ended = lease->finished = true;
	lease->told_finished = finished;
	lease->told_released = released;
}

void
ledger_lease_lost(struct sim *sim, struct ask *ask)
{
	struct lease *lease = &sim->leases[ask->lease];

	if (ask->lease == 0)
		return;
	if (lease_surely_live(sim, lease))
		sim_fail(sim, "lease %llu ended early", (unsigned long long)lease->fence);
	if (ask->method == FINISH && lease->finished)
		sim_fail(sim, "a repeated finish is refused");
	/* In a batch the answer may be older than what others did meanwhile. */
	lease->maybe_ended = true;
}

void
ledger_released(struct sim *sim, struct ask *ask)
{
	struct lease *lease = &sim->leases[ask->lease];

	if (ask->lease == 0 || lease->ended)
		sim_fail(sim, "lease %llu is over and was released",
			(unsigned long long)lease->fence);
	lease->ended = true;
}

void
ledger_extended(struct sim *sim, struct ask *ask, const struct item *result)
{
	struct lease *lease = &sim->leases[ask->lease];
	uint64_t lease_ms = (uint64_t)number_of(sim, result, "lease_ms");
	uint64_t from = time_after_ms(ask->fed_ns, lease_ms);
	uint64_t to = time_after_ms(sim->now_ns, lease_ms);

	if (ask->lease == 0 || (lease->ended && !sim->delayed && ask->form != BATCH))
		sim_fail(sim, "lease %llu is over and was extended",
			(unsigned long long)lease->fence);
	/* Others that are under way may come before or after this one. */
	if (lease->enders == 0 && !lease->maybe_ended && ask->fed_step > lease->extended_step)
		lease->not_before_ns = from;
	else
		lease->not_before_ns = from < lease->not_before_ns ? from : lease->not_before_ns;
	lease->at_last_ns = to > lease->at_last_ns ? to : lease->at_last_ns;
	lease->extended_step = sim->step;
}
