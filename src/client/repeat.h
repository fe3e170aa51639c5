/*
 * What may be sent again after a lost connection, and when. The rules are those of all clients
 * of inflightd; clients/README.md has them for people.
 */
#ifndef INFLIGHT_CLIENT_REPEAT_H
#define INFLIGHT_CLIENT_REPEAT_H

#include <stddef.h>
#include <stdint.h>

#include "client/bytes.h"

enum inflight_repeat {
	INFLIGHT_REPEAT_NEVER,    /* twice is not once */
	INFLIGHT_REPEAT_SAFE,     /* the second time finds done what was to be done */
	INFLIGHT_REPEAT_HARMLESS, /* whether it was executed makes no difference to who asked */
};

struct inflight_repeat_facts {
	enum inflight_repeat repeat;
	int64_t wait_ms; /* how long the daemon may let the request wait */
	/* The literal in the params that says so; empty where the daemon's default counts. */
	struct inflight_span wait;
};

/* Looks at a request; `params` was checked, or is empty for none. */
void inflight_repeat_look(
	const char *method, struct inflight_span params, struct inflight_repeat_facts *ret);

/*
 * The pauses before the next attempts: each about twice the one before, up to a last one. Where
 * in its second half a pause ends is left to chance, so that the clients of a daemon that starts
 * again do not come all at once.
 */
struct inflight_backoff {
	int64_t first_ms;
	int64_t last_ms;
	int64_t pause_ms;
	uint64_t chance;
};

void inflight_backoff_init(struct inflight_backoff *backoff, int64_t first_ms, int64_t last_ms);
int64_t inflight_backoff_next(struct inflight_backoff *backoff);

/* All goes well: the next pause is a first one. */
void inflight_backoff_reset(struct inflight_backoff *backoff);

#endif
