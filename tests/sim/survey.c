/*
 * A survey: when nothing is under way, every queue shows what is in it. Each op that
 * was taken in is there, once, or has a reason not to be; leases hold what they were given; nobody
 * waits for what is there; the counters add up.
 */
#include <config.h>

#include "sim/sim.h"

#include <string.h>

enum place { WAITING, READY, LEASED, HELD, DEAD, PLACES };

static const char *const place_names[] = {"waiting", "ready", "leased", "held", "dead"};

struct view {
	bool has_key[PLACES][KEYS + 1];
	unsigned sets[PLACES];
	unsigned ops;
};

const struct item *
observe(struct sim *sim, const char *method, const char *params)
{
	struct ask *ask = ask_new(sim, OBSERVER, LOOK);

	sim->answer = NULL;
	talk_line(sim, ask, method, params);
	for (int i = 0; ask->state != ANSWERED; i++) {
		if (i > 100000)
			sim_fail(sim, "%s is never answered", method);
		peer_feed(sim, OBSERVER, SIZE_MAX);
		if (ask->state != ANSWERED)
			sim_turn(sim);
	}
	peer_read(sim, OBSERVER, SIZE_MAX);
	return sim->answer;
}

/* ---- what is there -------------------------------------------------------- */

static void
see_op(struct sim *sim, unsigned index, unsigned queue, enum place place, bool is_new)
{
	struct op *op = &sim->ops[index];
	struct lease *lease = &sim->leases[op->lease];

	if (op->seen == sim->surveys)
		sim_fail(sim, "op %u is there twice", index);
	op->seen = sim->surveys;
	op_live(sim, index);
	if (op->queue != queue)
		sim_fail(sim, "op %u is in another queue", index);
	/* A kicked one was delivered, and then no longer expires. */
	if ((place == WAITING || place == READY) && is_new && op->delivered == 0 &&
		!op->maybe_kicked && op->ttl_ms > 0 && op->acked_step != 0 &&
		sim->now_ns > time_after_ms(op->acked_ns, op->ttl_ms))
		sim_fail(sim, "op %u is there after its time", index);
	if (place == DEAD && !sim->queues[queue].may_die)
		sim_fail(sim, "op %u is dead without a cause", index);
	op->maybe_swept = op->maybe_ended = false;
	if (place == LEASED)
		return;
	if (op->lease != 0 && lease_surely_live(sim, lease))
		sim_fail(sim, "op %u is leased and %s", index, place_names[place]);
	lease->ended |= op->lease != 0;
}

static void
see_lease(struct sim *sim, const unsigned *ops, unsigned count)
{
	struct lease *lease = &sim->leases[sim->ops[ops[0]].lease];

	if (sim->ops[ops[0]].lease == 0)
		sim_fail(sim, "op %u is leased to nobody", ops[0]);
	if (lease->ended)
		sim_fail(sim, "lease %llu is over and is there", (unsigned long long)lease->fence);
	if (lease->orphaned)
		sim_fail(sim, "lease %llu outlives its peer", (unsigned long long)lease->fence);
	if (lease->enders == 0 && sim->now_ns > lease->at_last_ns)
		sim_fail(sim, "lease %llu is there after its time",
			(unsigned long long)lease->fence);
	if (lease->count != count || memcmp(lease->ops, ops, count * sizeof(*ops)) != 0)
		sim_fail(sim, "lease %llu has other ops than were handed out",
			(unsigned long long)lease->fence);
	lease->seen = sim->surveys;
	lease->maybe_ended = false;
}

static void
see_set(struct sim *sim, unsigned queue, enum place place, const struct item *set,
	struct view *view)
{
	const struct item *all = item_get(set, "ops");
	/* A peer that is gone may have been handed it, unheard. */
	bool is_new = number_of(sim, set, "attempt") == 0;
	unsigned ops[SET_MAX] = {0};
	unsigned count = 0;
	unsigned key;

	item_for_each(element, all)
	{
		if (count >= SET_MAX)
			sim_fail(sim, "a set is too large");
		ops[count] = op_of_msg(
			sim, item_get(element, "msg"), string_of(sim, element, "op"), queue);
		see_op(sim, ops[count++], queue, place, is_new);
	}
	if (count == 0)
		sim_fail(sim, "an empty set");
	key = sim->ops[ops[0]].key;
	if (view->has_key[place][key] && (place != LEASED || sim->queues[queue].is_exclusive) &&
		place != DEAD)
		sim_fail(sim, "key %u has two %s sets", key, place_names[place]);
	view->has_key[place][key] = true;
	view->sets[place]++;
	view->ops += count;
	if (place == LEASED)
		see_lease(sim, ops, count);
	if (place == READY) {
		sim->ops[ops[0]].ready_step = sim->step;
		sim->ops[ops[0]].ready_delivered = sim->ops[ops[0]].delivered;
	}
}

static void
see_queue(struct sim *sim, unsigned queue, struct view *view)
{
	struct text params;

	for (enum place place = WAITING; place < PLACES; place++) {
		text_init(&params);
		text_add(&params, "\"queue\":\"%s\",\"state\":\"%s\",\"count\":1000",
			sim->queues[queue].name, place_names[place]);
		item_for_each(set, item_get(observe(sim, "queue.peek", params.s), "sets"))
			see_set(sim, queue, place, set, view);
	}
	for (unsigned key = 0; key <= KEYS && sim->queues[queue].is_exclusive; key++)
		if (view->has_key[LEASED][key] && view->has_key[READY][key])
			sim_fail(sim, "key %u is leased and ready", key);
}

/* ---- what is not there ----------------------------------------------------- */

static bool
may_be_gone(const struct sim *sim, const struct op *op)
{
	return !op_surely_there(sim, op);
}

/* Was it executed, if it ever will be, though nobody answers it? */
static bool
is_over(const struct sim *sim, const struct ask *ask)
{
	const struct peer *peer = &sim->peers[ask->peer];

	return ask->state == LOST ||
	       (ask->form == SILENT &&
		       (peer->life != ask->life || session_wants_input(peer->session)));
}

static void
miss_ops(struct sim *sim)
{
	unsigned kept = 0;

	for (unsigned i = 0; i < sim->live_count; i++) {
		unsigned index = sim->live[i];
		struct op *op = &sim->ops[index];
		const struct ask *ask = &sim->asks[op->ask];

		if (op->state == OP_LIVE && op->seen != sim->surveys && !op->of_group_only) {
			if (!may_be_gone(sim, op))
				sim_fail(sim, "op %u is lost", index);
			op->state = OP_GONE;
		}
		if (op->state == OP_ASKED && op->fed_step != 0 && op->group == 0 &&
			is_over(sim, ask))
			op->state = OP_GONE;
		op->maybe_handed |= sim->queues[op->queue].has_ghosts;
		if (op->state == OP_ASKED || op->state == OP_LIVE)
			sim->live[kept++] = index;
	}
	sim->live_count = kept;
}

static void
miss_leases(struct sim *sim)
{
	unsigned kept = 0;

	for (unsigned i = 0; i < sim->open_count; i++) {
		struct lease *lease = &sim->leases[sim->open[i]];

		if (!lease->ended && lease->seen != sim->surveys) {
			if (lease_surely_live(sim, lease))
				sim_fail(sim, "lease %llu is lost",
					(unsigned long long)lease->fence);
			lease->ended = lease->enders == 0;
		}
		if (!lease->ended)
			sim->open[kept++] = sim->open[i];
	}
	sim->open_count = kept;
}

/* ---- who waits --------------------------------------------------------------- */

static void
check_waiter(struct sim *sim, unsigned queue, const struct view *view, const struct item *stats)
{
	bool closed = item_is(item_get(stats, "closed"), ITEM_TRUE);
	bool paused = item_is(item_get(stats, "paused"), ITEM_TRUE);
	bool over =
		view->sets[WAITING] + view->sets[READY] + view->sets[HELD] + view->sets[LEASED] ==
		0;

	for (unsigned i = 0; i < sim->waiting_count; i++) {
		const struct ask *ask = &sim->asks[sim->waiting[i]];

		if (ask->method != DEQUEUE || ask->state != FED || ask->parked_step == 0 ||
			(ask->queues >> queue & 1) == 0)
			continue;
		if (!paused && view->sets[READY] > 0 &&
			(!ask->has_key || view->has_key[READY][ask->key]))
			sim_fail(sim, "request %u waits beside a ready set", sim->waiting[i]);
		if (closed && over)
			sim_fail(sim, "request %u waits for a closed queue", sim->waiting[i]);
	}
}

static void
check_waits_end(struct sim *sim)
{
	for (unsigned i = 0; i < sim->waiting_count; i++) {
		const struct ask *ask = &sim->asks[sim->waiting[i]];

		if (ask->state == FED && ask->parked_step != 0 &&
			sim->now_ns > time_after_ms(ask->parked_ns, ask->wait_ms))
			sim_fail(sim, "request %u waits too long", sim->waiting[i]);
	}
}

/* ---- counters ---------------------------------------------------------------- */

static void
check_gauges(struct sim *sim, const struct item *stats, const struct view *view)
{
	unsigned dead = 0;

	for (enum place place = WAITING; place < PLACES; place++)
		if ((int64_t)view->sets[place] != number_of(sim, stats, place_names[place]))
			sim_fail(sim, "%s sets: %u are there, another number is told",
				place_names[place], view->sets[place]);
	dead = view->sets[DEAD];
	if (dead == 0 && (int64_t)view->ops != number_of(sim, stats, "ops"))
		sim_fail(sim, "%u ops are there, another number is told", view->ops);
}

/* Whatever came in is there, or ended in one of the ways that are counted. */
static void
check_totals(struct sim *sim, unsigned there)
{
	static const char *const ends[] = {
		"finished", "failed", "expired", "cancelled", "purged", "deleted", "dead_dropped"};
	const struct item *stats = observe(sim, "stats", "");
	int64_t left = number_of(sim, stats, "enqueued");

	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		int64_t count = number_of(sim, stats, ends[i]);

		if ((uint64_t)count < sim->counted[i])
			sim_fail(sim, "the counter %s went back", ends[i]);
		sim->counted[i] = (uint64_t)count;
		left -= count;
	}
	if (left != (int64_t)there)
		sim_fail(sim, "%u ops are there, %lld should be", there, (long long)left);
}

void
survey(struct sim *sim)
{
	unsigned there = 0;

	sim_settle(sim);
	ledger_note_parked(sim);
	sim->surveys++;
	service_check(sim->service);
	for (unsigned queue = 0; queue < QUEUES; queue++) {
		struct view view = {.ops = 0};
		struct text params;
		const struct item *stats;

		see_queue(sim, queue, &view);
		text_init(&params);
		text_add(&params, "\"queue\":\"%s\"", sim->queues[queue].name);
		stats = observe(sim, "queue.stats", params.s);
		there += view.ops;
		if (stats == NULL)
			continue;
		check_waiter(sim, queue, &view, stats);
		check_gauges(sim, stats, &view);
	}
	miss_ops(sim);
	miss_leases(sim);
	check_waits_end(sim);
	groups_check_waits(sim);
	for (unsigned queue = 0; queue < QUEUES; queue++)
		sim->queues[queue].unheard = sim->queues[queue].has_ghosts = false;
	check_totals(sim, there);
}
