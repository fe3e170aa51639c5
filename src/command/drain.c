/*
 * Draining. How many leases are left is asked of the engine at most once a turn,
 * and only when nothing else is in the way.
 */
#include <config.h>

#include "command/drain.h"

#include "base/clock.h"
#include "base/list.h"
#include "command/service.h"
#include "command/service_state.h"

void
service_drain(struct service *service)
{
	struct drain *drain = &service->drain;

	if (drain->on)
		return;
	drain->on = true;
	audit_draining(service->audit);
	drain->leases = UINT64_MAX;
	drain->deadline_ns = time_after_ms(service->now_ns, service->config.drain_timeout_ms);
}

static bool
is_quiet(const struct service *service)
{
	return service->calls == 0 && service->parking.count == 0;
}

static bool
is_time_over(const struct service *service)
{
	return service->now_ns >= service->drain.deadline_ns;
}

bool
service_is_drained(const struct service *service)
{
	if (!service->drain.on || !is_quiet(service))
		return false;
	if (is_time_over(service))
		return true;
	return service->drain.leases == 0 && list_is_empty(&service->runnable);
}

static void
leases_told(struct call *call)
{
	struct drain *drain = container_of(call, struct drain, ask);
	struct service *service = container_of(drain, struct service, drain);

	service_answered(service, call);
	drain->asking = false;
	drain->told = true;
	if (call->refusal.err == ERR_NONE)
		drain->leases = call->answer.stats.leases;
}

void
drain_turn(struct service *service)
{
	struct drain *drain = &service->drain;

	if (!drain->on || drain->asking || !is_quiet(service) || is_time_over(service))
		return;
	/* A turn that only brought the answer is no reason to ask again. */
	if (drain->told && drain->asked_after == service->submitted) {
		drain->told = false;
		return;
	}
	drain->asking = true;
	drain->ask.verb = VERB_STATS;
	drain->ask.origin = 0;
	drain->ask.done = leases_told;
	drain->ask.next = NULL;
	drain->asked_after = service->submitted + 1;
	service_submit(service, &drain->ask);
	drain->told = false;
}
