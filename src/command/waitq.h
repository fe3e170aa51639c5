/*
 * Waiting dequeues. First come, first served, for each queue; nothing is lost.
 *
 * A dequeue that has to wait is a waiter with one link in the waitq of each of
 * its queues. It owns no set before its answer is written, so ending a wait is
 * nothing but unlinking it.
 *
 * The engine only says when a try may succeed (a hint). A hint marks a waitq;
 * marked waitqs are pumped: for the waiter that came first among those the hint
 * is for, one take is tried at a time, until a take finds nothing. Nothing is
 * handed out from inside a hint.
 */
#ifndef INFLIGHT_COMMAND_WAITQ_H
#define INFLIGHT_COMMAND_WAITQ_H

#include "base/list.h"
#include "base/map.h"
#include "command/request.h"

#define DEQUEUE_QUEUES_MAX 64

struct waitqs {
	struct service *service;
	struct map by_name;
	struct list marked;  /* waitqs to pump */
	struct list gone;    /* waitqs of deleted queues, with waiters to be told */
	struct list overdue; /* waiters whose time is over, to end when nothing is on its way */
	unsigned tries;      /* takes left in this turn */
	uint64_t heard;      /* hints that came, about whatever queue */
};

/* What a dequeue asks for; spans are borrowed during the call. */
struct dequeue {
	const struct span *queues;
	size_t count;
	struct span key; /* absent: any */
	bool has_lease_ms;
	uint64_t lease_ms;
	bool release_on_close;
};

void waitqs_init(struct waitqs *waitqs, struct service *service);
void waitqs_fini(struct waitqs *waitqs);

/* Serves a dequeue: at once, later, or never. The request's wait_ms says how long. */
struct handled waitqs_dequeue(struct request *req, const struct dequeue *want) MUST_USE;

/* The engine's hints. They only mark. */
void waitqs_ready(struct waitqs *waitqs, struct span queue, struct span key);
void waitqs_gone(struct waitqs *waitqs, struct span queue);

/* Waiters of that queue. */
uint64_t waitqs_count(const struct waitqs *waitqs, struct span queue);

/* Hands out what is ready, as far as the takes of this turn go. */
void waitqs_hand_out(struct waitqs *waitqs);

/* The same, answers waiters of deleted queues and those whose time is over. */
void waitqs_turn(struct waitqs *waitqs);

/* Ends the waits that are over and that nothing can serve any more. */
void waitqs_end_overdue(struct waitqs *waitqs);

/* The turn is over: new tries for the next. */
void waitqs_renew(struct waitqs *waitqs);

/* Is anything left that a further turn would do? */
bool waitqs_have_work(const struct waitqs *waitqs);

/* CHECKs marks, links and counts; for tests. */
void waitqs_check(const struct waitqs *waitqs);

#endif
