/*
 * The crowd: some seeds have many more peers, up to a hundred thousand. Half of the
 * crowd waits for sets, the others only stand there. Now and then many of them go at once.
 */
#include <config.h>

#include "sim/sim.h"

static void
arrive(struct sim *sim, unsigned index)
{
	struct text params;
	struct ask *ask;

	if (sim_below(sim, 2) == 0 || sim->ask_count > sim->room / 2)
		return;
	ask = ask_new(sim, index, DEQUEUE);
	ask->wait_ms = 1 + sim_below(sim, 100000);
	text_init(&params);
	text_add(&params, "\"queue\":\"q%u\",\"wait_ms\":%u", ask->queue, (unsigned)ask->wait_ms);
	talk_line(sim, ask, "dequeue", params.s);
	peer_feed(sim, index, SIZE_MAX);
}

void
crowd_begin(struct sim *sim)
{
	for (unsigned i = FEW_PEERS; i < sim->peer_count; i++)
		arrive(sim, i);
}

void
crowd_storm(struct sim *sim)
{
	unsigned crowd = sim->peer_count - FEW_PEERS;
	unsigned first = sim_below(sim, crowd + 1);
	unsigned count = sim_below(sim, 10) == 0 ? crowd : sim_below(sim, crowd / 10 + 2);

	for (unsigned i = 0; i < count && first + i < crowd; i++) {
		peer_close(sim, FEW_PEERS + first + i);
		arrive(sim, FEW_PEERS + first + i);
	}
}

void
crowd_end(struct sim *sim)
{
	for (unsigned i = FEW_PEERS; i < sim->peer_count; i++)
		peer_close(sim, i);
}
