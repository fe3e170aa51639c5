/*
 * The service: what holds everything together, and the turn.
 *
 * The order of a turn: what is due in the engine, waits that are over, what was
 * marked by either or by the lines fed before it, sessions with lines left, what
 * those marked. Each step has a budget; what is left makes service_turn() true.
 */
#include <config.h>

#include "command/service.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "base/check.h"
#include "base/clock.h"
#include "command/errand.h"
#include "command/render.h"
#include "command/service_state.h"
#include "command/session_state.h"

#define TICK_BUDGET       2000 /* steps of the engine */
#define WAITS_PER_TURN    1000 /* waits ended because their time is over */
#define POLLS_PER_TURN    256  /* waits for ops and groups that are looked at */
#define SESSIONS_PER_TURN 64   /* sessions that go on with what they left */

void
service_config_init(struct service_config *config)
{
	*config = (struct service_config){
		.max_line = 1024 * 1024,
		.max_batch = 1000,
		.max_parked = 1024,
		.max_output = 1024 * 1024,
		.max_connections = 10000,
		.drain_timeout_ms = 5000,
		.auth_timeout_ms = 2000,
		.max_unauthenticated = 1000,
	};
	core_config_init(&config->core);
}

/* ---- hooks ------------------------------------------------------------- */

static void
on_queue_ready(void *arg, struct span queue, struct span key)
{
	struct service *service = arg;

	waitqs_ready(&service->waitqs, queue, key);
}

static void
on_queue_gone(void *arg, struct span queue)
{
	struct service *service = arg;

	waitqs_gone(&service->waitqs, queue);
}

static void
on_group_done(void *arg, struct span group)
{
	struct service *service = arg;

	group_waits_done(&service->group_waits, group);
}

static void
on_watch_done(void *arg, uint64_t watch)
{
	struct service *service = arg;

	op_waits_done(&service->op_waits, watch);
}

static bool
is_queue_in_use(void *arg, struct span queue)
{
	struct service *service = arg;

	return waitqs_count(&service->waitqs, queue) > 0;
}

static void
on_render_group(void *arg, const struct group_view *view, struct buf *out)
{
	(void)arg;
	render_group(out, view);
}

static void
on_happened(void *arg, const struct core_event *event)
{
	struct service *service = arg;

	audit_event(service->audit, event);
}

/* ---- birth and end ----------------------------------------------------- */

static void
make_engine(struct service *service, const struct core_seed *seed, engine_new_fn *engine_new)
{
	struct core_hooks hooks = {
		.arg = service,
		.queue_ready = on_queue_ready,
		.queue_gone = on_queue_gone,
		.group_done = on_group_done,
		.watch_done = on_watch_done,
		.queue_in_use = is_queue_in_use,
		.render_group = on_render_group,
		.happened = service->audit == NULL ? NULL : on_happened,
	};

	service->engine = engine_new(&service->config.core, seed, &hooks);
}

struct service *
service_new(const struct service_config *config, const struct core_seed *seed,
	engine_new_fn *engine_new, uint64_t now_ns)
{
	struct service *service = xcalloc(1, sizeof(*service));

	service->config = *config;
	service->seed = seed->hash;
	memcpy(service->incarnation, seed->incarnation, sizeof(service->incarnation));
	service->started_ns = service->now_ns = now_ns;
	service->turn = 1;
	gate_init(&service->gate);
	list_init(&service->sessions);
	list_init(&service->dirty);
	list_init(&service->dirty_inside);
	list_init(&service->runnable);
	list_init(&service->spare_requests);
	buf_init(&service->scratch);
	service->scratch.expendable = true; /* nobody reads it */
	command_index_init(&service->commands);
	parking_init(&service->parking);
	waitqs_init(&service->waitqs, service);
	op_waits_init(&service->op_waits, service);
	group_waits_init(&service->group_waits, service);
	service->audit = audit_new(&config->audit, &service->now_ns);
	make_engine(service, seed, engine_new);
	audit_start(service->audit, config, service->engine->ops, service->incarnation);
	return service;
}

/* Lets an engine that answers later answer what it still has. */
static void
finish_calls(struct service *service)
{
	const struct engine_ops *ops = service->engine->ops;

	while (service->calls > 0 && ops->tick(service->engine, service->now_ns, TICK_BUDGET))
		continue;
	CHECK(service->calls == 0);
}

void
service_free(struct service *service)
{
	struct list_node *node;

	if (service == NULL)
		return;
	while ((node = list_first(&service->sessions)) != NULL)
		session_close(container_of(node, struct session, in_service));
	finish_calls(service);
	audit_free(service->audit);
	service->audit = NULL;
	service->engine->ops->free(service->engine);
	group_waits_fini(&service->group_waits);
	op_waits_fini(&service->op_waits);
	waitqs_fini(&service->waitqs);
	parking_fini(&service->parking);
	gate_fini(&service->gate);
	request_free_spares(service);
	spares_fini(&service->spares);
	buf_fini(&service->scratch);
	free(service);
}

void
service_configure(struct service *service, const struct service_config *config)
{
	service->config = *config;
	service->engine->ops->configure(service->engine, &config->core);
	audit_configure(service->audit, config);
}

void
service_preset_queue(struct service *service, const struct queue_configure_args *args)
{
	errand_preset_queue(service, args);
}

/* ---- the turn ---------------------------------------------------------- */

void
service_begin(struct service *service, uint64_t now_ns)
{
	if (now_ns > service->now_ns)
		service->now_ns = now_ns;
}

/* Hands out what was marked; true while more is. */
static bool
serve_marked(struct service *service)
{
	bool more;

	waitqs_turn(&service->waitqs);
	more = op_waits_turn(&service->op_waits, POLLS_PER_TURN);
	more |= group_waits_turn(&service->group_waits, POLLS_PER_TURN);
	return more;
}

/* Each of the runnable sessions once, as many as the turn allows, the others next time. */
static void
run_sessions(struct service *service)
{
	struct list_node *node;
	struct list sessions;

	list_init(&sessions);
	list_splice(&sessions, &service->runnable);
	for (unsigned i = 0; i < SESSIONS_PER_TURN; i++) {
		node = list_pop(&sessions);
		if (node == NULL)
			return;
		session_run(container_of(node, struct session, in_runnable));
	}
	list_splice(&sessions, &service->runnable);
	list_splice(&service->runnable, &sessions);
}

static bool
end_waits(struct service *service)
{
	if (service->drain.on)
		return parking_expire_all(service, WAITS_PER_TURN);
	return parking_expire(service, WAITS_PER_TURN);
}

bool
service_turn(struct service *service)
{
	struct engine *engine = service->engine;
	bool more = engine->ops->tick(engine, service->now_ns, TICK_BUDGET);

	more |= gate_turn(service);
	more |= end_waits(service);
	(void)serve_marked(service);
	run_sessions(service);
	more |= serve_marked(service);
	more |= waitqs_have_work(&service->waitqs) || !list_is_empty(&service->runnable);
	drain_turn(service);
	waitqs_renew(&service->waitqs);
	audit_turn(service->audit, service->calls, more);
	service->turn++;
	return more;
}

static bool
has_work(const struct service *service)
{
	return !list_is_empty(&service->runnable) || waitqs_have_work(&service->waitqs) ||
	       !list_is_empty(&service->op_waits.marked) ||
	       !list_is_empty(&service->group_waits.marked) ||
	       (service_is_immediate(service) && !list_is_empty(&service->waitqs.overdue));
}

static uint64_t
earlier(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

uint64_t
service_next_due(const struct service *service)
{
	const struct heap_node *wait = heap_min(&service->parking.deadlines);
	uint64_t due = service->engine->ops->next_due(service->engine);

	if (has_work(service))
		return 0;
	due = earlier(due, gate_next_due(service));
	if (wait != NULL)
		due = earlier(due, service->drain.on ? 0 : wait->key);
	if (service->drain.on && service->now_ns < service->drain.deadline_ns)
		due = earlier(due, service->drain.deadline_ns);
	return due;
}

struct session *
service_pop_dirty(struct service *service)
{
	struct list_node *node = list_pop(&service->dirty);

	return node == NULL ? NULL : container_of(node, struct session, in_dirty);
}

struct session *
service_pop_dirty_inside(struct service *service)
{
	struct list_node *node = list_pop(&service->dirty_inside);

	return node == NULL ? NULL : container_of(node, struct session, in_dirty);
}

bool
service_has_dirty_inside(const struct service *service)
{
	return !list_is_empty(&service->dirty_inside);
}

static void
refuse_peer(struct service *service, const struct failure *failure, struct buf *out)
{
	service->counters.errors++;
	service->counters.lines_out++;
	failure_write_line(out, failure);
}

void
service_note_turn(struct service *service, uint64_t took_ns, uint64_t cpu_ns)
{
	uint64_t took_us = (took_ns + 999) / 1000;

	histogram_note(&service->counters.turns, histogram_place(took_us, TIME_SHIFT), took_us);
	if (took_ns > service->counters.turn_max_ns)
		service->counters.turn_max_ns = took_ns;
	if (cpu_ns > service->counters.turn_max_cpu_ns)
		service->counters.turn_max_cpu_ns = cpu_ns;
}

void
service_refuse_connection(struct service *service, struct buf *out)
{
	struct failure failure = {
		.err = ERR_LIMIT,
		.message = "the daemon has as many connections as it may (max_connections)",
		.limit_name = "max_connections",
		.limit = service->config.max_connections,
	};

	service->counters.refused_connections++;
	refuse_peer(service, &failure, out);
}

void
service_refuse_stranger(struct service *service, struct buf *out)
{
	struct failure failure = {
		.err = ERR_LIMIT,
		.message = "too many peers are here that are not known yet (max_unauthenticated)",
		.limit_name = "max_unauthenticated",
		.limit = service->config.max_unauthenticated,
	};

	service->counters.refused_unauthenticated++;
	refuse_peer(service, &failure, out);
}

void
service_write_foreign(struct service *service, struct buf *out)
{
	struct failure failure = {
		.err = ERR_PARSE_ERROR,
		.message = "this is inflightd, and TLS is spoken here (tls:HOST:PORT)",
	};

	service->counters.errors++;
	service->counters.lines_out++;
	failure_write_line(out, &failure);
}

void
service_count_refused_handshake(struct service *service)
{
	service->counters.refused_handshakes++;
}
