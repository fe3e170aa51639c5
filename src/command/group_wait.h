/*
 * Waits for groups. Requests that wait for one group share an entry by its name;
 * a hint marks the entry, and the turn polls again for each of them.
 */
#ifndef INFLIGHT_COMMAND_GROUP_WAIT_H
#define INFLIGHT_COMMAND_GROUP_WAIT_H

#include "base/list.h"
#include "base/map.h"
#include "command/request.h"

struct group_waits {
	struct service *service;
	struct map by_name;
	struct list marked; /* entries with waits to poll or to refuse */
};

void group_waits_init(struct group_waits *waits, struct service *service);
void group_waits_fini(struct group_waits *waits);

/* Answers group.wait: at once, or when the group completes. */
struct handled group_wait_begin(struct request *req, struct span group) MUST_USE;

/* The engine's hint. */
void group_waits_done(struct group_waits *waits, struct span group);

/*
 * Around group.delete: what is complete already is answered before; after, what
 * had come until `last_arrival` is refused, even if a group of that name was made again.
 */
void group_waits_before_delete(struct group_waits *waits, struct span group);
void group_waits_deleted(struct group_waits *waits, struct span group, uint64_t last_arrival);

/* Polls what is marked, `limit` waits at most; true while more is left. */
bool group_waits_turn(struct group_waits *waits, unsigned limit);

#endif
