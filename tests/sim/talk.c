/*
 * What peers say: few queues, keys and groups, so that everything meets. Every
 * outcome that a request gives is its own number, every message that of its op.
 */
#include <config.h>

#include "sim/sim.h"

#include <stdio.h>
#include <string.h>

struct ask *
ask_new(struct sim *sim, unsigned peer, enum method method)
{
	struct ask *ask = &sim->asks[sim->ask_count++];

	if (sim->ask_count >= sim->room)
		sim_fail(sim, "too many requests for the room there is");
	ask->method = method;
	ask->form = STRICT;
	ask->peer = peer;
	ask->life = sim->peers[peer].life;
	ask->next_of_peer = sim->peers[peer].last_ask;
	sim->peers[peer].last_ask = (unsigned)(ask - sim->asks);
	ask->lease_ms = NOT_GIVEN;
	ask->queue = sim_below(sim, QUEUES);
	ask->queues = 1U << ask->queue;
	ask->key = sim_below(sim, KEYS);
	return ask;
}

unsigned
talk_new_op(struct sim *sim, struct ask *ask, bool of_group_only)
{
	struct op *op = &sim->ops[sim->op_count];

	ask->op = sim->op_count++;
	op->ask = (unsigned)(ask - sim->asks);
	op->queue = ask->queue;
	op->key = ask->key;
	op->of_group_only = of_group_only;
	sim->live[sim->live_count++] = ask->op;
	return ask->op;
}

/* ---- ops ----------------------------------------------------------------- */

/* One of the last ops that were enqueued; 0: none. */
static unsigned
some_op(struct sim *sim)
{
	unsigned last = sim->op_count - 1;
	unsigned index;

	if (last == 0)
		return 0;
	index = last - sim_below(sim, last < 24 ? last : 24);
	if (sim->ops[index].of_group_only || sim->ops[index].is_announcement ||
		sim->ops[index].id[0] == '\0' || sim->ops[index].is_repeat)
		return 0;
	return index;
}

static void
say_id(struct sim *sim, struct ask *ask, struct text *text)
{
	struct op *op = &sim->ops[ask->op];
	unsigned other = sim_chance(sim, sim->swarm.repeat) ? some_op(sim) : 0;

	if (other != 0 && other != ask->op && sim->ops[other].group == 0) {
		ask->queue = op->queue = sim->ops[other].queue;
		ask->queues = 1U << ask->queue;
		op->is_repeat = sim->ops[other].repeated = true;
		memcpy(op->id, sim->ops[other].id, NAME);
	} else {
		op->group = sim_chance(sim, sim->swarm.grouped) ? talk_pick_group(sim) : 0;
		if (op->group != 0 || sim_below(sim, 3) > 0)
			snprintf(op->id, NAME, "o%u", ask->op);
	}
	if (op->id[0] != '\0')
		text_add(text, ",\"op\":\"%s\"", op->id);
	if (op->group != 0) {
		struct group *group = &sim->groups[op->group];

		group->members[group->member_count++] = ask->op;
		ask->group = op->group;
		text_add(text, ",\"group\":\"%s\"", group->name);
	}
}

static const char *
say_enqueue(struct sim *sim, struct ask *ask, struct text *text)
{
	struct op *op = &sim->ops[talk_new_op(sim, ask, false)];

	text_add(text, "\"msg\":%u", ask->op);
	say_id(sim, ask, text);
	text_add(text, ",\"queue\":\"q%u\",\"key\":\"k%u\"", ask->queue, ask->key);
	if (sim_chance(sim, sim->swarm.ttl)) {
		op->ttl_ms = 1 + sim_below(sim, 200);
		text_add(text, ",\"ttl_ms\":%u", (unsigned)op->ttl_ms);
	}
	if (sim_chance(sim, sim->swarm.delay)) {
		op->has_delay = true;
		text_add(text, ",\"delay_ms\":%u", sim_below(sim, 60));
	}
	if (sim_below(sim, 5) == 0) {
		ask->wait_ms = sim_below(sim, sim->swarm.wait_ms);
		text_add(text, ",\"wait_ms\":%u", (unsigned)ask->wait_ms);
	}
	return "enqueue";
}

static const char *
say_dequeue(struct sim *sim, struct ask *ask, struct text *text)
{
	ask->wait_ms = sim_below(sim, 3) == 0 ? 0 : sim_below(sim, sim->swarm.wait_ms);
	text_add(text, "\"wait_ms\":%u", (unsigned)ask->wait_ms);
	if (sim_below(sim, 4) == 0) {
		unsigned other = sim_below(sim, QUEUES);

		text_add(text, ",\"queues\":[\"q%u\",\"q%u\"]", ask->queue, other);
		ask->queues |= 1U << other;
	} else {
		text_add(text, ",\"queue\":\"q%u\"", ask->queue);
	}
	if (sim_chance(sim, sim->swarm.keyed)) {
		ask->has_key = true;
		text_add(text, ",\"key\":\"k%u\"", ask->key);
	}
	if (sim_below(sim, 3) == 0) {
		ask->lease_ms = sim_chance(sim, sim->swarm.zero) ? 0 : 1 + sim_below(sim, 120);
		text_add(text, ",\"lease_ms\":%u", (unsigned)ask->lease_ms);
	}
	ask->own = sim_below(sim, 4) == 0;
	if (ask->own)
		text_add(text, ",\"release_on_close\":true");
	return "dequeue";
}

/* ---- leases ---------------------------------------------------------------- */

/* Mostly one that a peer holds, sometimes one that is long over; 0: none. */
static unsigned
some_lease(struct sim *sim)
{
	unsigned last = sim->lease_count - 1;
	unsigned index = 0;

	if (last == 0)
		return 0;
	if (sim->open_count > 0 && sim_below(sim, 5) > 0)
		index = sim->open[sim_below(sim, sim->open_count)];
	else
		index = last - sim_below(sim, last < 40 ? last : 40);
	return sim->leases[index].received ? index : 0;
}

/* Some ops by name, and maybe the rest. */
static void
say_named(struct sim *sim, struct ask *ask, struct text *text)
{
	const struct lease *lease = &sim->leases[ask->lease];
	unsigned value = (unsigned)(ask - sim->asks);
	const char *comma = "";

	text_add(text, ",\"results\":{");
	for (unsigned i = 0; i < lease->count; i++) {
		if (sim_below(sim, 2) == 0)
			continue;
		ask->names |= UINT64_C(1) << i;
		text_add(text, "%s\"%s\":{\"%s\":%u}", comma, sim->ops[lease->ops[i]].id,
			sim_below(sim, 3) == 0 ? "error" : "result", value);
		comma = ",";
	}
	text_add(text, "}");
	ask->gives_rest = sim_below(sim, 2) == 0;
	if (ask->gives_rest)
		text_add(text, ",\"result\":%u", value);
}

static const char *
say_lease_verb(struct sim *sim, struct ask *ask, struct text *text)
{
	ask->lease = some_lease(sim);
	if (ask->lease == 0)
		text_add(text, "\"set\":\"1-none\"");
	else
		text_add(text, "\"set\":\"%s\"", sim->leases[ask->lease].token);
	switch (sim_below(sim, 8)) {
	case 0:
		ask->method = RELEASE;
		if (sim_chance(sim, sim->swarm.delay)) {
			const struct lease *lease = &sim->leases[ask->lease];

			sim->queues[lease->queue].moved |= 1U << lease->key;
			text_add(text, ",\"delay_ms\":%u", sim_below(sim, 60));
		}
		return "release";
	case 1:
		ask->method = EXTEND;
		if (sim_below(sim, 2) == 0)
			text_add(text, ",\"lease_ms\":%u",
				sim_chance(sim, sim->swarm.zero) ? 0 : sim_below(sim, 150));
		return "extend";
	case 2:
	case 3:
		if (ask->lease != 0) {
			say_named(sim, ask, text);
			return "finish";
		}
		break;
	default:
		break;
	}
	ask->gives_rest = true;
	text_add(text, ",\"%s\":%u", sim_below(sim, 4) == 0 ? "error" : "result",
		(unsigned)(ask - sim->asks));
	return "finish";
}

/* ---- queues ------------------------------------------------------------------ */

static const char *
say_update(struct sim *sim, struct ask *ask, struct text *text)
{
	struct queue_state *queue = &sim->queues[ask->queue];
	unsigned width = 1 + sim_below(sim, 6);
	unsigned attempts = sim_below(sim, 4);
	unsigned window = sim_below(sim, 2) * sim_below(sim, 30);

	ask->method = QUEUE_UPDATE;
	if (width > queue->width_most)
		queue->width_most = width;
	queue->may_die |= attempts > 0;
	queue->has_windows |= window > 0;
	text_add(text, ",\"width\":%u,\"max_attempts\":%u,\"depth\":%u,\"window_ms\":%u", width,
		attempts, 1 + sim_below(sim, 4), window);
	if (sim_chance(sim, sim->swarm.toggle)) {
		queue->is_exclusive = false;
		queue->is_toggled = true;
		text_add(text, ",\"exclusive\":%s", sim_below(sim, 2) == 0 ? "true" : "false");
	}
	return "queue.update";
}

static const char *
say_queue_verb(struct sim *sim, struct ask *ask, struct text *text)
{
	static const struct {
		enum method method;
		const char *name;
	} verbs[] = {{QUEUE_CLOSE, "queue.close"}, {QUEUE_OPEN, "queue.open"},
		{QUEUE_OPEN, "queue.open"}, {QUEUE_PAUSE, "queue.pause"},
		{QUEUE_RESUME, "queue.resume"}, {QUEUE_RESUME, "queue.resume"},
		{QUEUE_KICK, "queue.kick"}, {QUEUE_PURGE, "queue.purge"},
		{QUEUE_DELETE, "queue.delete"}, {LOOK, "queue.create"}};
	static const char *const states[] = {"pending", "held", "dead", "all"};
	unsigned choice = sim_below(sim, 12);

	text_add(text, "\"queue\":\"q%u\"", ask->queue);
	if (choice >= 10)
		return say_update(sim, ask, text);
	ask->method = verbs[choice].method;
	if (ask->method == QUEUE_PURGE)
		text_add(text, ",\"state\":\"%s\"", states[sim_below(sim, 4)]);
	if (ask->method == QUEUE_DELETE && sim_below(sim, 3) == 0)
		text_add(text, ",\"force\":true");
	return verbs[choice].name;
}

static const char *
say_cancel(struct sim *sim, struct ask *ask, struct text *text)
{
	ask->op = some_op(sim);
	if (sim->ops[ask->op].repeated)
		ask->op = 0;
	ask->queue = sim->ops[ask->op].queue;
	text_add(text, "\"queue\":\"q%u\",\"op\":\"%s\"", ask->queue,
		ask->op == 0 ? "nothing" : sim->ops[ask->op].id);
	return "cancel";
}

static const char *
say_look(struct sim *sim, struct ask *ask, struct text *text)
{
	static const char *const names[] = {
		"ping", "info", "stats", "queue.list", "group.list", "queue.stats", "queue.peek"};
	unsigned choice = sim_below(sim, 7);

	ask->method = LOOK;
	if (choice >= 5)
		text_add(text, "\"queue\":\"q%u\"", ask->queue);
	return names[choice];
}

/* ---- lines ------------------------------------------------------------------- */

static const char *
say(struct sim *sim, struct ask *ask, struct text *text)
{
	static const char *const names[] = {"group.create", "group.add", "group.finish",
		"group.seal", "group.wait", "group.delete"};
	unsigned choice = sim_below(sim, 100);

	if (sim_chance(sim, sim->swarm.cancel)) {
		ask->method = CANCEL;
		return say_cancel(sim, ask, text);
	}
	if (sim_chance(sim, sim->swarm.admin))
		return say_queue_verb(sim, ask, text);
	if (choice < 35) {
		ask->method = ENQUEUE;
		return say_enqueue(sim, ask, text);
	}
	if (choice < 58) {
		ask->method = DEQUEUE;
		return say_dequeue(sim, ask, text);
	}
	if (choice < 80) {
		ask->method = FINISH;
		return say_lease_verb(sim, ask, text);
	}
	if (choice < 82 || sim->swarm.grouped == 0)
		return say_look(sim, ask, text);
	talk_group(sim, ask, text);
	return names[ask->method - GROUP_CREATE];
}

static enum form
some_form(struct sim *sim)
{
	if (sim_chance(sim, sim->swarm.silent))
		return SILENT;
	if (sim_chance(sim, sim->swarm.bare))
		return BARE;
	return sim_chance(sim, sim->swarm.plain) ? PLAIN : STRICT;
}

static void
talk_batch(struct sim *sim, unsigned peer)
{
	unsigned first = sim->ask_count;
	unsigned count = 1 + sim_below(sim, 4);
	struct text line;

	text_init(&line);
	for (unsigned i = 0; i < count; i++) {
		struct text params;
		struct ask *ask = ask_new(sim, peer, LOOK);
		const char *method;

		text_init(&params);
		method = say(sim, ask, &params);
		ask->form = BATCH;
		text_add(&line, i == 0 ? "[" : ",");
		text_add_request(&line, sim, ask, method, params.s);
	}
	text_add(&line, "]");
	peer_write(sim, peer, line.s, first, count);
}

void
talk(struct sim *sim, unsigned index)
{
	const struct peer *peer = &sim->peers[index];
	struct text params;
	struct ask *ask;
	const char *method;

	if (peer->eof || peer->line_count > LINES_MAX / 2 || peer->unanswered > LINES_MAX / 2)
		return;
	if (sim_chance(sim, sim->swarm.nonsense)) {
		peer_write(sim, index, "{\"method\":", 0, 0);
		return;
	}
	if (sim_chance(sim, sim->swarm.batch)) {
		talk_batch(sim, index);
		return;
	}
	ask = ask_new(sim, index, LOOK);
	text_init(&params);
	method = say(sim, ask, &params);
	ask->form = some_form(sim);
	if (ask->form == SILENT && (ask->method == DEQUEUE || ask->method == GROUP_WAIT))
		ask->form = STRICT;
	talk_line(sim, ask, method, params.s);
}
