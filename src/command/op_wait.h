/*
 * Waits for the outcome of one op: enqueue with wait_ms. The engine keeps the
 * outcome under the number of a watch; each wait polls it, first at once (the
 * op of a repeated enqueue may have ended long ago), then after a hint. A watch
 * is polled to its end or dropped, never left behind.
 */
#ifndef INFLIGHT_COMMAND_OP_WAIT_H
#define INFLIGHT_COMMAND_OP_WAIT_H

#include "base/list.h"
#include "base/map.h"
#include "command/request.h"

struct op_waits {
	struct service *service;
	struct map by_watch;
	struct list marked; /* to poll */
};

void op_waits_init(struct op_waits *waits, struct service *service);
void op_waits_fini(struct op_waits *waits);

/* Goes on with an enqueue that was answered with a watch. */
struct handled op_wait_begin(struct request *req, const struct enqueue_answer *answer) MUST_USE;

/* The engine's hint. */
void op_waits_done(struct op_waits *waits, uint64_t watch);

/* Polls what is marked, `limit` waits at most; true while more is left. */
bool op_waits_turn(struct op_waits *waits, unsigned limit);

/* The members common to every answer of enqueue, the brace that opens them included. */
void enqueue_answer_write(struct buf *out, const struct enqueue_answer *answer);

#endif
