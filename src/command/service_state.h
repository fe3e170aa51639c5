/*
 * What a service is made of, for the files of this folder only. Everything here
 * belongs to the service and dies with it; sessions, requests and waits point
 * back to it.
 */
#ifndef INFLIGHT_COMMAND_SERVICE_STATE_H
#define INFLIGHT_COMMAND_SERVICE_STATE_H

#include "base/buf.h"
#include "base/list.h"
#include "base/siphash.h"
#include "command/audit.h"
#include "command/command.h"
#include "command/drain.h"
#include "command/figures.h"
#include "command/gate.h"
#include "command/group_wait.h"
#include "command/op_wait.h"
#include "command/parked.h"
#include "command/service.h"
#include "command/spare.h"
#include "command/waitq.h"
#include "json/scan.h"

struct service {
	struct engine *engine;
	struct audit *audit; /* NULL: nobody keeps a record */
	struct service_config config;
	struct siphash_key seed; /* of the maps here */
	char incarnation[9];
	uint64_t started_ns;
	uint64_t now_ns;
	uint64_t turn;         /* number of the turn under way */
	uint64_t calls;        /* in the engine, not answered yet */
	uint64_t submitted;    /* calls handed to it so far */
	uint64_t last_session; /* the youngest session's id */

	struct gate gate;
	struct list sessions;
	uint64_t session_count;
	uint64_t inside_count;    /* of these, with no connection behind them */
	struct list dirty;        /* for service_pop_dirty() */
	struct list dirty_inside; /* for service_pop_dirty_inside() */
	struct list runnable;     /* have lines to execute and may do so */

	struct list spare_requests; /* ended ones, for the next to come */
	unsigned spare_count;
	struct spares spares; /* buffers of sessions that have nothing under way */

	struct command_index commands;
	struct scan scan;   /* of the line under way; too big for each session to have one */
	struct buf scratch; /* where answers to nobody are written */

	struct parking parking;
	struct waitqs waitqs;
	struct op_waits op_waits;
	struct group_waits group_waits;

	struct drain drain;
	struct service_counters counters;
};

/* Does the engine answer every call before submit() returns? */
static inline bool
service_is_immediate(const struct service *service)
{
	return service->engine->ops->immediate;
}

/* Hands a call to the engine. Its `done` says service_answered() before anything else. */
static inline void
service_submit(struct service *service, struct call *call)
{
	call->now_ns = service->now_ns;
	service->calls++;
	service->submitted++;
	engine_submit(service->engine, call);
}

static inline void
service_answered(struct service *service, const struct call *call)
{
	service->calls--;
	if (service->audit != NULL)
		audit_call(service->audit, call);
}

#endif
