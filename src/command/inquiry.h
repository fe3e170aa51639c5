/*
 * A question to the engine by somebody inside of the process, who is nobody's peer: it changes
 * nothing and needs no session. Embedded; its owner keeps it until `told` was called, which happens
 * exactly once for each inquiry_ask(), maybe before that returns.
 */
#ifndef INFLIGHT_COMMAND_INQUIRY_H
#define INFLIGHT_COMMAND_INQUIRY_H

#include "engine/engine.h"

struct service;

struct inquiry {
	struct call call; /* verb and args are the owner's; then the answer is there */
	struct service *service;
	void (*told)(struct inquiry *inquiry);
	bool is_under_way;
};

void inquiry_init(
	struct inquiry *inquiry, struct service *service, void (*told)(struct inquiry *inquiry));
void inquiry_ask(struct inquiry *inquiry);

/* How many requests wait for a set of that queue. */
uint64_t inquiry_waiters(const struct inquiry *inquiry, struct span queue);

#endif
