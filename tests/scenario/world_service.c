/*
 * The world inside this process: a service with the memory engine or the delayed
 * one, under a clock that moves only when the scenario says so. It does what the server does,
 * without sockets: feeds while a session wants input, lets the service turn until it has nothing
 * left, collects the output.
 */
#include <config.h>

#include "scenario/world.h"

#include "audit/listener.h"
#include "auth/auth_file.h"
#include "base/alloc.h"
#include "base/check.h"
#include "base/clock.h"
#include "base/list.h"
#include "command/session.h"
#include "scenario/auth_text.h"
#include "scenario/engine_delayed.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TURNS_MAX 100000 /* beyond that it never becomes quiet */

struct guest {
	struct session *session; /* NULL before and after its life */
	struct buf input;        /* sent, not yet fed */
	bool eof;                /* to be told once `input` is empty */
	bool waits_ended;        /* told meanwhile */
};

struct service_world {
	struct world world; /* first, so that the two convert */
	struct service *service;
	struct listener *listener; /* of its audit stream */
	uint64_t now_ns;
	bool is_timed; /* time stands still between the scenario's steps */
	struct guest guests[PEERS_MAX];
};

/* ---- options ----------------------------------------------------------- */

#define NUMBER(name, field)                                         \
	{                                                           \
		name, offsetof(struct service_config, field), false \
	}
#define FLAG(name, field)                                          \
	{                                                          \
		name, offsetof(struct service_config, field), true \
	}

static const struct {
	const char *name;
	size_t offset;
	bool flag;
} options[] = {
	NUMBER("max_line", max_line),
	NUMBER("max_batch", max_batch),
	NUMBER("max_parked", max_parked),
	NUMBER("max_output", max_output),
	NUMBER("max_connections", max_connections),
	NUMBER("drain_timeout_ms", drain_timeout_ms),
	NUMBER("auth_timeout_ms", auth_timeout_ms),
	NUMBER("max_unauthenticated", max_unauthenticated),
	FLAG("auto_create", core.auto_create),
	NUMBER("queue_idle_ms", core.queue_idle_ms),
	NUMBER("max_queues", core.max_queues),
	NUMBER("max_groups", core.max_groups),
	NUMBER("max_group_ops", core.max_group_ops),
	NUMBER("max_memory", core.max_memory),
	NUMBER("depth", core.queue_defaults.depth),
	NUMBER("width", core.queue_defaults.width),
	NUMBER("window_ms", core.queue_defaults.window_ms),
	NUMBER("quiet_ms", core.queue_defaults.quiet_ms),
	FLAG("exclusive", core.queue_defaults.exclusive),
	NUMBER("lease_ms", core.queue_defaults.lease_ms),
	NUMBER("max_attempts", core.queue_defaults.max_attempts),
};

static bool
set_option(struct service_config *config, const struct scenario_option *option, char *error)
{
	for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++) {
		void *field = (char *)config + options[i].offset;

		if (strcmp(options[i].name, option->name) != 0)
			continue;
		if (options[i].flag)
			*(bool *)field = strcmp(option->value, "yes") == 0;
		else
			*(uint64_t *)field = strtoull(option->value, NULL, 10);
		return true;
	}
	snprintf(error, WHY_SIZE, "no option %s", option->name);
	return false;
}

static bool
set_options(struct service_config *config, const struct scenario *scenario,
	struct auth_rules **rules, char *error)
{
	for (size_t i = 0; i < scenario->option_count; i++) {
		const struct scenario_option *option = &scenario->options[i];
		struct buf text;

		if (strcmp(option->name, "auth_file") != 0) {
			if (!set_option(config, option, error))
				return false;
			continue;
		}
		buf_init(&text);
		CHECK(*rules == NULL && auth_text_read(option->value, &text));
		*rules = auth_file_parse(option->value, &text, error);
		buf_fini(&text);
		if (*rules == NULL)
			return false;
	}
	return true;
}

/* ---- the turn ---------------------------------------------------------- */

static struct service_world *
world_of(struct world *world)
{
	return container_of(world, struct service_world, world);
}

static struct guest *
guest_of(struct world *world, int peer)
{
	struct guest *guest = &world_of(world)->guests[peer];
	char name[16];

	if (!world->talkers[peer].used) {
		world->talkers[peer].used = true;
		snprintf(name, sizeof(name), "test:%d", peer);
		guest->session =
			session_new(world_of(world)->service, name, (void *)(intptr_t)peer);
	}
	return guest;
}

static bool
feed(struct guest *guest)
{
	struct buf *input = &guest->input;

	if (guest->session == NULL)
		return false;
	if (buf_len(input) > 0 && session_wants_input(guest->session)) {
		session_feed(guest->session, input->data + input->head, buf_len(input));
		buf_consume(input, buf_len(input));
		return true;
	}
	if (guest->eof && buf_len(input) == 0) {
		guest->eof = false;
		session_eof(guest->session);
		return true;
	}
	if (guest->eof && !guest->waits_ended) {
		guest->waits_ended = true;
		session_end_waits(guest->session);
		return true;
	}
	return false;
}

static void
collect(struct service_world *w, struct session *session)
{
	int peer = (int)(intptr_t)session_arg(session);
	struct buf *output = session_output(session);
	size_t len = buf_len(output);

	buf_add(&w->world.talkers[peer].received, buf_span(output));
	if (len > 0)
		session_sent(session, len);
	if (session_is_finished(session) || session_is_overrun(session)) {
		session_close(session);
		w->guests[peer].session = NULL;
		w->world.talkers[peer].ended = true;
	}
}

static bool
turn(struct service_world *w)
{
	struct session *session;
	bool more = false;

	service_begin(w->service, w->now_ns);
	for (int i = 0; i < PEERS_MAX; i++)
		more = feed(&w->guests[i]) || more;
	more = service_turn(w->service) || more;
	while ((session = service_pop_dirty(w->service)) != NULL) {
		collect(w, session);
		more = true;
	}
	return more;
}

static void
settle(struct service_world *w)
{
	unsigned turns = 0;

	while (turn(w) || service_next_due(w->service) <= w->now_ns)
		CHECK(++turns < TURNS_MAX); /* else the loop would spin */
	service_check(w->service);
}

/* As the loop would: a turn at every time the service asks for. */
static void
service_world_advance(struct world *world, uint64_t ms)
{
	struct service_world *w = world_of(world);
	uint64_t until = w->now_ns + ms_to_ns(ms);

	settle(w);
	while (service_next_due(w->service) <= until) {
		w->now_ns = service_next_due(w->service);
		settle(w);
	}
	w->now_ns = until;
	settle(w);
}

static void
service_world_jump(struct world *world, uint64_t ms)
{
	struct service_world *w = world_of(world);

	settle(w);
	w->now_ns += ms_to_ns(ms);
}

/* ---- the world --------------------------------------------------------- */

static void
service_world_send(struct world *world, int peer, struct span bytes)
{
	struct guest *guest = guest_of(world, peer);

	if (!world_of(world)->is_timed)
		world_of(world)->now_ns += NS_PER_MS;
	buf_add(&guest->input, bytes);
	turn(world_of(world));
}

static void
service_world_eof(struct world *world, int peer)
{
	guest_of(world, peer)->eof = true;
	turn(world_of(world));
}

static void
service_world_close(struct world *world, int peer)
{
	struct guest *guest = guest_of(world, peer);

	if (guest->session != NULL)
		session_close(guest->session);
	guest->session = NULL;
	turn(world_of(world));
}

static void
service_world_await(struct world *world, int peer, enum await what)
{
	(void)peer;
	(void)what;
	settle(world_of(world));
}

static void
service_world_free(struct world *world)
{
	struct service_world *w = world_of(world);

	for (int i = 0; i < PEERS_MAX; i++)
		if (w->guests[i].session != NULL) {
			session_close(w->guests[i].session);
			w->guests[i].session = NULL;
		}
	settle(w);
	service_free(w->service);
	/* What the stream tells must follow as well: the checker has said what does not. */
	CHECK(listener_end(w->listener));
	for (int i = 0; i < PEERS_MAX; i++) {
		buf_fini(&w->guests[i].input);
		buf_fini(&world->talkers[i].received);
	}
	free(w);
}

static struct world *
service_world_open(const struct world_ops *ops, engine_new_fn *engine_new,
	const struct scenario *scenario, char *error)
{
	struct service_world *w;
	struct service_config config;
	struct auth_rules *rules = NULL;
	uint64_t seed = world_seed() + (uint64_t)scenario->line;
	struct core_seed core_seed = {
		.hash = {seed, 2}, .token = {3, seed}, .incarnation = "scenario", .first_fence = 1};

	service_config_init(&config);
	if (!set_options(&config, scenario, &rules, error))
		return NULL;
	w = xcalloc(1, sizeof(*w));
	w->world.ops = ops;
	w->now_ns = ms_to_ns(1000000);
	w->is_timed = scenario->is_timed;
	w->listener = listener_new(ops->name);
	config.audit = listener_sink(w->listener);
	w->service = service_new(&config, &core_seed, engine_new, w->now_ns);
	service_authenticate(w->service, rules);
	for (int i = 0; i < PEERS_MAX; i++) {
		buf_init(&w->guests[i].input);
		buf_init(&w->world.talkers[i].received);
	}
	return &w->world;
}

static struct world *
memory_open(const struct scenario *scenario, int variant, char *error)
{
	(void)variant;
	return service_world_open(&world_memory, engine_memory_new, scenario, error);
}

static struct world *
delayed_open(const struct scenario *scenario, int variant, char *error)
{
	(void)variant;
	return service_world_open(&world_delayed, engine_delayed_new, scenario, error);
}

const struct world_ops world_memory = {
	.name = "memory",
	.run_on = RUN_MEMORY,
	.any_order = false,
	.variants = 1,
	.open = memory_open,
	.send = service_world_send,
	.eof = service_world_eof,
	.close = service_world_close,
	.advance = service_world_advance,
	.jump = service_world_jump,
	.await = service_world_await,
	.free = service_world_free,
};

const struct world_ops world_delayed = {
	.name = "delayed",
	.run_on = RUN_DELAYED,
	.any_order = true,
	.variants = 1,
	.open = delayed_open,
	.send = service_world_send,
	.eof = service_world_eof,
	.close = service_world_close,
	.advance = service_world_advance,
	.jump = service_world_jump,
	.await = service_world_await,
	.free = service_world_free,
};
