/*
 * One run: the world is made, events happen in the order the seed says, the end is
 * checked, everything is freed.
 */
#include <config.h>

#include "sim/sim.h"

#include "base/alloc.h"
#include "scenario/engine_delayed.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define AUDITED 16 /* the audit stream of every so manieth seed is read */

static struct tally *told; /* where a violation is told, also by what has no struct sim */

/* ---- chance ---------------------------------------------------------------- */

/* splitmix64 */
static uint64_t
next_random(struct sim *sim)
{
	uint64_t z = sim->random += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

unsigned
sim_below(struct sim *sim, unsigned bound)
{
	return (unsigned)(next_random(sim) % bound);
}

bool
sim_chance(struct sim *sim, unsigned of_1000)
{
	return of_1000 > 0 && sim_below(sim, 1000) < of_1000;
}

/* Often not at all, else up to `most`. */
static unsigned
rate(struct sim *sim, unsigned most)
{
	return sim_below(sim, 3) == 0 ? 0 : sim_below(sim, most + 1);
}

void
sim_begin(struct tally *tally)
{
	told = tally;
}

void
sim_fail(struct sim *sim, const char *format, ...)
{
	va_list args;

	(void)sim;
	va_start(args, format);
	vsnprintf(told->why, sizeof(told->why), format, args);
	told->kind = format;
	va_end(args);
	fflush(stdout);
	_exit(1);
}

/* ---- time ------------------------------------------------------------------ */

/* Looks at what the service has written; true where there was something. */
static bool
tap_dirty(struct sim *sim)
{
	struct session *session;
	bool any = false;

	while ((session = service_pop_dirty(sim->service)) != NULL) {
		unsigned index = (unsigned)(uintptr_t)session_arg(session);

		peer_tap(sim, index);
		if (session_is_finished(session) || session_is_overrun(session))
			peer_read(sim, index, 0);
		any = true;
	}
	return any;
}

static bool
turn(struct sim *sim)
{
	bool more;

	service_begin(sim->service, sim->now_ns);
	more = service_turn(sim->service);
	more |= tap_dirty(sim);
	peer_read(sim, OBSERVER, SIZE_MAX);
	ledger_check_turn(sim);
	if (!more && service_next_due(sim->service) > sim->now_ns) {
		ledger_note_parked(sim);
		order_check_sleepers(sim);
	}
	return more;
}

void
sim_turn(struct sim *sim)
{
	turn(sim);
	if (sim->listener != NULL && !listener_is_content(sim->listener))
		sim_fail(sim, "the audit stream tells of violations");
}

void
sim_settle(struct sim *sim)
{
	unsigned turns = 0;
	bool more = true;

	while (more || service_next_due(sim->service) <= sim->now_ns) {
		uint64_t fed = 0;

		for (unsigned i = 0; i < sim->peer_count; i++) {
			uint64_t before = sim->peers[i].fed + sim->peers[i].eof_told;

			peer_feed(sim, i, SIZE_MAX);
			fed += sim->peers[i].fed + sim->peers[i].eof_told != before;
		}
		more = turn(sim) || fed > 0;
		if (++turns > 100000)
			sim_fail(sim, "it never becomes quiet");
	}
}

/* ---- events ---------------------------------------------------------------- */

static void
die(struct sim *sim, unsigned kind, unsigned index)
{
	struct peer *peer = &sim->peers[index];

	switch (kind) {
	case 0: /* idle */
		if (peer->unanswered > 0 || buf_len(&peer->input) > 0)
			return;
		break;
	case 1: /* while it waits */
		if (peer->unanswered == 0)
			return;
		break;
	case 2: /* with answers unread */
		if (buf_len(session_output(peer->session)) == 0)
			return;
		break;
	case 3: /* half-closed */
		sim->deaths[kind] += !peer->eof;
		peer_half_close(sim, index);
		return;
	case 5: /* silent, and then reset */
		sim->deaths[kind] += !peer->silent;
		peer->silent = true;
		return;
	default: /* inside a line */
		if (peer->eof || buf_len(&peer->input) < 2)
			return;
		if (sim_below(sim, 2) == 0) {
			peer->cut = true;
			sim->deaths[kind]++;
			peer_half_close(sim, index);
			return;
		}
		peer_feed(sim, index, 1 + sim_below(sim, (unsigned)buf_len(&peer->input) - 1));
	}
	sim->deaths[kind]++;
	peer_close(sim, index);
}

static void
pass(struct sim *sim)
{
	uint64_t next = service_next_due(sim->service);

	if (sim_chance(sim, sim->swarm.storm))
		sim->now_ns += ms_to_ns(1 + sim_below(sim, 400)); /* much is due at once */
	else if (next > sim->now_ns && next - sim->now_ns < ms_to_ns(5000) &&
		 sim_below(sim, 2) == 0)
		sim->now_ns = next - sim_below(sim, 2);
	else
		sim->now_ns += ms_to_ns(sim_below(sim, 10));
}

static unsigned
some_peer(struct sim *sim)
{
	return 1 + sim_below(sim, sim->peer_count - 1);
}

/* What a peer does of its own: it writes, some of that arrives, and it reads. */
static void
act(struct sim *sim, unsigned index, unsigned choice)
{
	if (choice < 45)
		talk(sim, index);
	if (choice < 75)
		peer_feed(sim, index,
			sim_chance(sim, sim->swarm.partial) ? 1 + sim_below(sim, 80) : SIZE_MAX);
	if (!sim->peers[index].slow || sim_below(sim, 10) == 0)
		peer_read(sim, index, SIZE_MAX);
	else
		peer_read(sim, index, sim_below(sim, 60));
}

static void
event(struct sim *sim)
{
	unsigned index = some_peer(sim);
	unsigned choice = sim_below(sim, 100);

	service_begin(sim->service, sim->now_ns);
	for (unsigned i = 0; i < DEATHS; i++)
		if (sim_chance(sim, sim->swarm.death[i]))
			die(sim, i, index);
	index = some_peer(sim);
	if (sim_chance(sim, sim->swarm.crowd))
		crowd_storm(sim);
	if (sim_chance(sim, sim->swarm.drain) && !sim->draining) {
		sim->draining = true;
		service_drain(sim->service);
	}
	/* Who was served by what others did is heard before time goes on. */
	tap_dirty(sim);
	if (sim_chance(sim, sim->swarm.tick))
		pass(sim);
	service_begin(sim->service, sim->now_ns);
	if (!sim->peers[index].silent)
		act(sim, index, choice);
	else if (sim_below(sim, 8) == 0)
		peer_close(sim, index);
	tap_dirty(sim);
	ledger_check_turn(sim);
	if (!sim_chance(sim, sim->swarm.hold_turn))
		turn(sim);
	if (sim_chance(sim, sim->swarm.survey))
		survey(sim);
}

/* ---- the world --------------------------------------------------------------- */

static void
draw_swarm(struct sim *sim)
{
	struct swarm *swarm = &sim->swarm;

	for (unsigned i = 0; i < DEATHS; i++)
		swarm->death[i] = rate(sim, 25);
	swarm->partial = rate(sim, 700);
	swarm->hold_turn = rate(sim, 600);
	swarm->slow = rate(sim, 700);
	swarm->storm = rate(sim, 300);
	swarm->tick = 20 + sim_below(sim, 300);
	swarm->batch = rate(sim, 200);
	swarm->bare = rate(sim, 300);
	swarm->silent = rate(sim, 150);
	swarm->plain = rate(sim, 800);
	swarm->nonsense = rate(sim, 20);
	swarm->ttl = rate(sim, 300);
	swarm->delay = rate(sim, 300);
	swarm->grouped = rate(sim, 700);
	swarm->admin = rate(sim, 120);
	swarm->cancel = rate(sim, 100);
	swarm->repeat = rate(sim, 200);
	swarm->keyed = rate(sim, 500);
	swarm->zero = rate(sim, 300);
	swarm->survey = sim_below(sim, 4) == 0 ? 10 + sim_below(sim, 40) : 1 + sim_below(sim, 8);
	swarm->wait_ms = 1 + sim_below(sim, 400);
	swarm->toggle = rate(sim, 200);
	if (sim_below(sim, 6) == 0)
		swarm->drain = 1 + sim_below(sim, 4);
	if (sim_below(sim, 8) == 0)
		swarm->admin = 300 + sim_below(sim, 400); /* a storm */
	if (sim_below(sim, 8) == 0) {                     /* much expires at once */
		swarm->ttl = 900;
		swarm->storm = 200;
	}
}

static void
draw_crowd(struct sim *sim)
{
	unsigned choice = sim_below(sim, 10000);

	sim->peer_count = FEW_PEERS;
	if (choice == 0)
		sim->peer_count = PEERS_MAX;
	else if (choice < 10)
		sim->peer_count += sim_below(sim, 10000);
	else if (choice < 100)
		sim->peer_count += sim_below(sim, 1000);
	else if (choice < 1000)
		sim->peer_count += sim_below(sim, 100);
	if (sim->peer_count > FEW_PEERS)
		sim->swarm.crowd = 1 + sim_below(sim, 10);
	if (sim->peer_count > 1000)
		sim->swarm.survey = 1;
}

static void
draw_config(struct sim *sim)
{
	struct service_config *config = &sim->config;
	struct queue_options *options = &config->core.queue_defaults;

	service_config_init(config);
	options->exclusive = sim_below(sim, 2) == 0;
	options->depth = 1 + sim_below(sim, 6);
	options->width = 1 + sim_below(sim, 6);
	options->window_ms = rate(sim, 40);
	options->quiet_ms = rate(sim, 20);
	options->lease_ms = sim_below(sim, 10) == 0 ? 0 : 5 + sim_below(sim, 300);
	options->max_attempts = rate(sim, 4);
	config->core.queue_idle_ms = sim_below(sim, 3) == 0 ? 1 + sim_below(sim, 200) : 3600000;
	config->max_parked = 2 + sim_below(sim, 30);
	if (sim_below(sim, 3) == 0)
		config->max_output = 1000 + sim_below(sim, 20000);
	if (sim_below(sim, 6) == 0)
		config->core.max_memory = 3000 + sim_below(sim, 20000);
	for (unsigned i = 0; i < QUEUES; i++) {
		snprintf(sim->queues[i].name, NAME, "q%u", i);
		sim->queues[i].width_most = options->width;
		sim->queues[i].may_die = options->max_attempts > 0;
		sim->queues[i].is_exclusive = options->exclusive;
		sim->queues[i].has_windows = options->window_ms > 0;
	}
}

struct sim *
sim_new(uint64_t events)
{
	struct sim *sim = xcalloc(1, sizeof(*sim));

	sim->events = events;
	sim->room = (unsigned)events * 8 + 100000 + 4 * PEERS_MAX;
	sim->peers = xcalloc(PEERS_MAX, sizeof(*sim->peers));
	sim->asks = xcalloc(sim->room, sizeof(*sim->asks));
	sim->ops = xcalloc(sim->room, sizeof(*sim->ops));
	sim->leases = xcalloc(sim->room, sizeof(*sim->leases));
	sim->groups = xcalloc(sim->room, sizeof(*sim->groups));
	sim->live = xcalloc(sim->room, sizeof(*sim->live));
	sim->open = xcalloc(sim->room, sizeof(*sim->open));
	sim->waiting = xcalloc(sim->room, sizeof(*sim->waiting));
	sim->granted = xcalloc(sim->room, sizeof(*sim->granted));
	return sim;
}

void
sim_free(struct sim *sim)
{
	reading_fini(&sim->heard);
	reading_fini(&sim->observed);
	free(sim->peers);
	free(sim->asks);
	free(sim->ops);
	free(sim->leases);
	free(sim->groups);
	free(sim->live);
	free(sim->open);
	free(sim->waiting);
	free(sim->granted);
	free(sim);
}

/* What the run before used of the tables, which are far larger, is cleared. */
static void
clear(struct sim *sim)
{
	for (unsigned i = 0; i < sim->group_count; i++)
		free(sim->groups[i].done);
	memset(sim->peers, 0, sim->peer_count * sizeof(*sim->peers));
	memset(sim->asks, 0, sim->ask_count * sizeof(*sim->asks));
	memset(sim->ops, 0, sim->op_count * sizeof(*sim->ops));
	memset(sim->leases, 0, sim->lease_count * sizeof(*sim->leases));
	memset(sim->groups, 0, sim->group_count * sizeof(*sim->groups));
	memset(&sim->begun, 0, sizeof(*sim) - offsetof(struct sim, begun));
}

static void
begin(struct sim *sim, uint64_t seed)
{
	struct core_seed core_seed = {
		.hash = {seed, 2}, .token = {3, seed}, .incarnation = "sim", .first_fence = 1};

	sim->begun = true;
	sim->seed = sim->random = seed;
	sim->now_ns = ms_to_ns(1000000);
	sim->ask_count = sim->op_count = sim->lease_count = sim->group_count = 1;
	sim->step = sim->surveys = 1;
	next_random(sim);
	sim->delayed = sim_below(sim, 2) == 0;
	draw_swarm(sim);
	draw_crowd(sim);
	draw_config(sim);
	/* Reading the stream takes many times what the run does, so only some are read. */
	if (seed % AUDITED == 0) {
		sim->listener = listener_new("audit");
		sim->config.audit = listener_sink(sim->listener);
	}
	sim->service = service_new(&sim->config, &core_seed,
		sim->delayed ? engine_delayed_new : engine_memory_new, sim->now_ns);
	service_begin(sim->service, sim->now_ns);
	for (unsigned i = 0; i < sim->peer_count; i++) {
		buf_init(&sim->peers[i].input);
		peer_open(sim, i);
	}
	crowd_begin(sim);
}

static void
end(struct sim *sim)
{
	for (unsigned i = 0; i < sim->peer_count; i++) {
		session_close(sim->peers[i].session);
		buf_fini(&sim->peers[i].input);
		free(sim->peers[i].lines);
		free(sim->peers[i].bare);
		sim->peers[i].session = NULL;
	}
	while (turn(sim) || service_next_due(sim->service) <= sim->now_ns)
		continue;
	service_free(sim->service);
	if (sim->listener != NULL && !listener_end(sim->listener))
		sim_fail(sim, "the audit stream tells of violations");
}

void
sim_run(struct sim *sim, struct tally *tally, uint64_t seed)
{
	begin(sim, seed);
	for (; sim->step <= sim->events; sim->step++) {
		if (sim->kept != NULL && !sim->kept[sim->step])
			continue;
		tally->step = sim->step;
		/* What is left out changes nothing in what the others draw. */
		sim->random = (seed + 1) * UINT64_C(0xd1342543de82ef95) + (sim->step << 20);
		event(sim);
	}
	tally->step = sim->step;
	drain(sim);
	tally->events += sim->events;
	tally->requests += sim->ask_count;
	tally->surveys += sim->surveys;
	tally->seeds++;
	for (unsigned i = 0; i < DEATHS; i++)
		tally->deaths[i] += sim->deaths[i];
	end(sim);
	clear(sim);
}
