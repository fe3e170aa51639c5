/*
 * The end of a run: peers fall silent, an honest worker does all there is to do, and
 * every op that was taken in has ended. Then the service itself is drained.
 */
#include <config.h>

#include "sim/sim.h"

#include <stdio.h>

/* Everything that was written arrives, everything is read; peers that have half-closed end. */
static void
calm(struct sim *sim)
{
	for (int round = 0; round < 3; round++) {
		sim_settle(sim);
		for (unsigned i = 1; i < sim->peer_count; i++)
			peer_read(sim, i, SIZE_MAX);
	}
	sim_settle(sim);
}

/* One that waits may hold back others, which wait then. */
static bool
is_anything_unanswered(const struct sim *sim)
{
	for (unsigned i = 1; i < sim->peer_count; i++)
		if (sim->peers[i].unanswered > 0 || sim->peers[i].line_count > 0)
			return true;
	return false;
}

/* The set that request was answered with; 0: none. */
static unsigned
lease_of(const struct sim *sim, const struct ask *ask, unsigned from)
{
	for (unsigned i = from; i < sim->lease_count; i++)
		if (&sim->asks[sim->leases[i].ask] == ask)
			return i;
	return 0;
}

static bool
take_and_finish(struct sim *sim, unsigned queue)
{
	struct ask *ask = ask_new(sim, OBSERVER, DEQUEUE);
	unsigned from = sim->lease_count;
	unsigned lease;
	char params[120];

	ask->queue = queue;
	ask->queues = 1U << queue;
	ask->lease_ms = 1000000;
	snprintf(params, sizeof(params), "\"queue\":\"q%u\",\"wait_ms\":0,\"lease_ms\":1000000",
		queue);
	talk_line(sim, ask, "dequeue", params);
	sim_settle(sim);
	lease = lease_of(sim, ask, from);
	if (lease == 0)
		return false;
	ask = ask_new(sim, OBSERVER, FINISH);
	ask->lease = lease;
	ask->gives_rest = true;
	snprintf(params, sizeof(params), "\"set\":\"%s\",\"result\":%u", sim->leases[lease].token,
		(unsigned)(ask - sim->asks));
	talk_line(sim, ask, "finish", params);
	sim_settle(sim);
	if (!sim->leases[lease].finished)
		sim_fail(sim, "the honest worker could not finish");
	return true;
}

static void
work_off(struct sim *sim, unsigned queue)
{
	char params[60];

	snprintf(params, sizeof(params), "\"queue\":\"q%u\"", queue);
	observe(sim, "queue.open", params);
	observe(sim, "queue.resume", params);
	while (take_and_finish(sim, queue))
		continue;
}

static bool
is_anything_there(const struct sim *sim)
{
	for (unsigned i = 0; i < sim->live_count; i++)
		if (sim->ops[sim->live[i]].state == OP_LIVE &&
			!sim->ops[sim->live[i]].of_group_only)
			return true;
	return false;
}

/* Dead ones are kicked: nobody else would end them. */
static void
kick(struct sim *sim, unsigned queue)
{
	struct ask *ask = ask_new(sim, OBSERVER, QUEUE_KICK);
	char params[60];

	ask->queue = queue;
	snprintf(params, sizeof(params), "\"queue\":\"q%u\",\"count\":1000", queue);
	talk_line(sim, ask, "queue.kick", params);
	sim_settle(sim);
}

static void
wait_for_group(struct sim *sim, unsigned index)
{
	struct group *group = &sim->groups[index];
	struct ask *ask;
	char params[60];

	if (!group->created || group->delete_asked || group->may_vanish)
		return;
	snprintf(params, sizeof(params), "\"group\":\"%s\"", group->name);
	ask = ask_new(sim, OBSERVER, GROUP_SEAL);
	ask->group = index;
	talk_line(sim, ask, "group.seal", params);
	snprintf(params, sizeof(params), "\"group\":\"%s\",\"wait_ms\":0", group->name);
	ask = ask_new(sim, OBSERVER, GROUP_WAIT);
	ask->group = index;
	talk_line(sim, ask, "group.wait", params);
	sim_settle(sim);
	peer_read(sim, OBSERVER, SIZE_MAX);
}

/* A sealed group whose queued ops have all ended is complete, and has announced itself. */
static void
check_group(struct sim *sim, const struct group *group)
{
	if (!group->created || group->delete_asked || group->may_vanish || group->children > 0)
		return;
	for (unsigned i = 0; i < group->member_count; i++) {
		const struct op *op = &sim->ops[group->members[i]];

		if (op->of_group_only ? op->state != OP_NEVER && !op->has_outcome
				      : op->state == OP_ASKED || op->state == OP_LIVE)
			return;
	}
	if (group->done == NULL)
		sim_fail(sim, "group %s never completed", group->name);
}

static void
work_off_all(struct sim *sim)
{
	for (int round = 0;; round++) {
		if (round > 40)
			sim_fail(sim, "there is work that nobody can do");
		for (unsigned i = 0; i < QUEUES; i++) {
			kick(sim, i);
			work_off(sim, i);
		}
		sim->now_ns += ms_to_ns(1000);
		sim_settle(sim);
		peer_read(sim, OBSERVER, SIZE_MAX);
		survey(sim);
		if (!is_anything_there(sim))
			return;
	}
}

static void
drain_service(struct sim *sim)
{
	sim->draining = true;
	service_drain(sim->service);
	calm(sim);
	if (!service_is_drained(sim->service))
		sim_fail(sim, "the service is not drained");
	for (unsigned i = 1; i < sim->peer_count; i++)
		if (sim->peers[i].unanswered > 0)
			sim_fail(sim, "%u requests of peer %u were not answered",
				sim->peers[i].unanswered, i);
}

void
drain(struct sim *sim)
{
	crowd_end(sim);
	calm(sim);
	for (int i = 0; i == 0 || is_anything_unanswered(sim); i++) {
		if (i > 100)
			sim_fail(sim, "a request is never answered");
		sim->now_ns += ms_to_ns(20000);
		calm(sim);
	}
	survey(sim);
	if (sim->draining) { /* since the middle of the run: nobody can work any more */
		drain_service(sim);
		return;
	}
	work_off_all(sim);
	for (unsigned i = 1; i < sim->group_count; i++)
		wait_for_group(sim, i);
	work_off_all(sim);
	for (unsigned i = 1; i < sim->group_count; i++)
		check_group(sim, &sim->groups[i]);
	drain_service(sim);
}
