/*
 * Parked requests: what all waits have in common. A wait has an owner (its
 * request, whose session lists it), a deadline, and two ends that come from
 * outside: its time is over, or its session is gone. The third, that what it
 * waits for has come, is the matter of waitq, op_wait and group_wait.
 *
 * All deadlines stand in one heap, ties in the order of arrival.
 */
#ifndef INFLIGHT_COMMAND_PARKED_H
#define INFLIGHT_COMMAND_PARKED_H

#include "base/heap.h"
#include "base/list.h"
#include "command/audit.h"
#include "command/request.h"

struct parked;

struct parked_ops {
	/* The wait is over: ends it now, or as soon as its last try is answered. */
	void (*over)(struct parked *parked);
	/* The session is gone: ends it at once, answering nobody. */
	void (*cancel)(struct parked *parked);
};

/* Embedded in whatever waits. */
struct parked {
	struct request *req;
	const struct parked_ops *ops;
	struct heap_node deadline;
	struct list_node in_session;
	uint64_t arrival;
};

struct parking {
	struct heap deadlines;
	uint64_t arrivals; /* number of the last one */
	uint64_t count;
};

void parking_init(struct parking *parking);
void parking_fini(struct parking *parking);

/* Begins and ends a wait; one of 0 ms has no deadline. */
void parked_begin(
	struct parked *parked, struct request *req, const struct parked_ops *ops, uint64_t wait_ms);
void parked_end(struct parked *parked, enum wait_end how);

/* When it ends by itself; TIME_NEVER where it has no deadline. */
uint64_t parked_until(const struct parked *parked);

/* A new deadline for a wait whose `over` was said too early. */
void parked_go_on(struct parked *parked, uint64_t until_ns);

/* Says `over` to one wait. */
void parked_over(struct parked *parked);

/* Says `over` to each wait that is due, to `limit` of them at most; true while more is due. */
bool parking_expire(struct service *service, unsigned limit);

/* The same, due or not. */
bool parking_expire_all(struct service *service, unsigned limit);

/* Says `over` to the waits of one session; `cancel`, where it is gone. */
void parked_end_all(struct session *session);
void parked_cancel_all(struct session *session);

#endif
