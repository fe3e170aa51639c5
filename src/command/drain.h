/*
 * The way to the end: new work is refused, waits are over, leases may be
 * finished, until nothing is leased or the time for it is over.
 */
#ifndef INFLIGHT_COMMAND_DRAIN_H
#define INFLIGHT_COMMAND_DRAIN_H

#include "engine/engine.h"

struct service;

struct drain {
	bool on;
	bool asking;          /* `leases` is on its way */
	bool told;            /* it came in this turn */
	uint64_t asked_after; /* calls submitted until it was asked */
	uint64_t deadline_ns; /* leases are waited for until then */
	uint64_t leases;      /* as last told; UINT64_MAX: not yet */
	struct call ask;
};

/* At the end of each turn: asks how many leases are left, if that is what remains. */
void drain_turn(struct service *service);

#endif
