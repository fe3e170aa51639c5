/*
 * What was delivered with a set: read from the answer to a dequeue, which it keeps, because the
 * messages stay where they came.
 */
#ifndef INFLIGHT_CLIENT_DELIVERY_H
#define INFLIGHT_CLIENT_DELIVERY_H

#include <stddef.h>
#include <stdint.h>

#include "client/bytes.h"
#include "inflight.h"

/* All zero: nothing. */
struct inflight_delivery {
	struct inflight_reply *reply;
	struct inflight_bytes texts; /* queue, key, token and the names of the ops */
	const char *queue;
	const char *key;
	size_t key_len;
	const char *token; /* "" where the set has no lease */
	int64_t fence;
	int64_t attempt;
	int64_t lease_ms;
	struct inflight_op *ops;
	size_t count;
};

/*
 * Takes the reply, a result, in any case. INFLIGHT_OK and a count of 0: there was no set.
 * INFLIGHT_GARBLED: the result makes no sense; INFLIGHT_NO_MEMORY.
 */
enum inflight_status
inflight_delivery_read(struct inflight_delivery *delivery, struct inflight_reply *reply);

void inflight_delivery_fini(struct inflight_delivery *delivery);

#endif
