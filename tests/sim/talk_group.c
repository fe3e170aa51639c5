/*
 * What peers say about groups. Names are never used twice.
 */
#include <config.h>

#include "sim/sim.h"

#include <stdio.h>

/* One of the last ones, with room for another op; 0: none. */
unsigned
talk_pick_group(struct sim *sim)
{
	unsigned last = sim->group_count - 1;
	unsigned index;

	if (last == 0)
		return 0;
	index = last - sim_below(sim, last < 4 ? last : 4);
	return sim->groups[index].member_count < MEMBERS - 1 ? index : 0;
}

static void
say_create(struct sim *sim, struct ask *ask, struct text *text)
{
	unsigned parent = sim_below(sim, 3) == 0 ? talk_pick_group(sim) : 0;
	struct group *group = &sim->groups[sim->group_count];

	ask->method = GROUP_CREATE;
	ask->group = sim->group_count++;
	snprintf(group->name, NAME, "g%u", ask->group);
	group->has_size = sim_below(sim, 4) == 0;
	group->size = sim_below(sim, 6);
	group->auto_complete = sim_below(sim, 5) == 0;
	group->timeout_ms = sim_below(sim, 4) == 0 ? 1 + sim_below(sim, 200) : 0;
	group->may_vanish = sim_below(sim, 8) == 0;
	group->announces = sim_below(sim, 2) == 0;
	text_add(text, "\"group\":\"%s\",\"retain_ms\":%u", group->name,
		group->may_vanish ? sim_below(sim, 100) : 1000000000);
	if (group->has_size)
		text_add(text, ",\"size\":%u", group->size);
	if (group->auto_complete)
		text_add(text, ",\"auto\":true");
	if (group->timeout_ms > 0)
		text_add(text, ",\"timeout_ms\":%u", (unsigned)group->timeout_ms);
	if (!group->announces)
		return;
	text_add(text, ",\"on_complete\":{\"queue\":\"q%u\",\"key\":\"k%u\"", ask->queue, KEYS);
	if (parent != 0) {
		sim->groups[parent].children++;
		text_add(text, ",\"group\":\"%s\"", sim->groups[parent].name);
	}
	text_add(text, "}");
}

static void
say_add(struct sim *sim, struct ask *ask, struct text *text)
{
	struct group *group = &sim->groups[ask->group];
	struct op *op = &sim->ops[talk_new_op(sim, ask, true)];

	op->group = ask->group;
	group->members[group->member_count++] = ask->op;
	snprintf(op->id, NAME, "o%u", ask->op);
	text_add(text, ",\"op\":\"%s\"", op->id);
}

static void
say_finish(struct sim *sim, struct ask *ask, struct text *text)
{
	const struct group *group = &sim->groups[ask->group];

	if (group->member_count > 0)
		ask->op = group->members[sim_below(sim, group->member_count)];
	text_add(text, ",\"op\":\"%s\",\"%s\":%u", ask->op == 0 ? "none" : sim->ops[ask->op].id,
		sim_below(sim, 3) == 0 ? "error" : "result", (unsigned)(ask - sim->asks));
}

void
talk_group(struct sim *sim, struct ask *ask, struct text *text)
{
	static const enum method methods[] = {GROUP_ADD, GROUP_FINISH, GROUP_FINISH, GROUP_SEAL,
		GROUP_WAIT, GROUP_WAIT, GROUP_WAIT, GROUP_DELETE};
	unsigned choice = sim_below(sim, 11);

	ask->group = talk_pick_group(sim);
	if (ask->group == 0 || choice >= 8) {
		say_create(sim, ask, text);
		return;
	}
	if (choice == 7 && sim_below(sim, 3) > 0)
		choice = 6;
	ask->method = methods[choice];
	text_add(text, "\"group\":\"%s\"", sim->groups[ask->group].name);
	if (ask->method == GROUP_ADD)
		say_add(sim, ask, text);
	if (ask->method == GROUP_FINISH)
		say_finish(sim, ask, text);
	if (ask->method == GROUP_WAIT) {
		ask->wait_ms = sim_below(sim, sim->swarm.wait_ms);
		text_add(text, ",\"wait_ms\":%u", (unsigned)ask->wait_ms);
	}
}
