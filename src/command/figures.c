/*
 * Nothing is owned here.
 */
#include <config.h>

#include "command/figures.h"

#include "base/clock.h"
#include "command/service_state.h"

void
service_figures(const struct service *service, struct service_figures *ret)
{
	const struct service_config *config = &service->config;

	*ret = (struct service_figures){
		.engine = service->engine->ops->name,
		.uptime_ms = ms_between(service->started_ns, service->now_ns),
		.connections = service->session_count - service->inside_count,
		.unauthenticated = service->gate.strangers_count,
		.waiters = service->parking.count,
		.turns = service->turn,
		.max_connections = config->max_connections,
		.max_queues = config->core.max_queues,
		.max_groups = config->core.max_groups,
		.max_memory = config->core.max_memory,
		.draining = service->drain.on,
		.counters = service->counters,
	};
}
