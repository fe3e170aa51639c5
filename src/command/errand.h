/*
 * Errands: calls the service makes on its own account, with nobody to answer.
 * What they say is copied; their refusal is of no interest (the lease is over,
 * the watch is gone: all the better).
 */
#ifndef INFLIGHT_COMMAND_ERRAND_H
#define INFLIGHT_COMMAND_ERRAND_H

#include "base/span.h"
#include "engine/engine.h"

struct service;
struct session;

/*
 * Gives a set back that its worker never saw. `origin`: the session that took it.
 * Where there are no leases the token is empty, and nothing can be given back.
 */
void errand_give_back(struct service *service, uint64_t origin, struct span token);

/* Gives back every lease taken with release_on_close. */
void errand_owner_gone(const struct session *session);

/* Nobody waits for that op any more. */
void errand_drop_watch(const struct session *session, uint64_t watch);

/* Creates the queue, or updates the one that is there. */
void errand_preset_queue(struct service *service, const struct queue_configure_args *args);

#endif
