/*
 * Resources for who looks at many things at once, as the page does: a line of figures for each
 * queue or group, and the sets of a queue without more of their payloads than a glance needs. So an
 * answer is bounded by how much is asked for, whatever the queues hold.
 *
 * A look has its names from the engine a page at a time and then asks about each; it goes on in the
 * turns of the listener. A principal is told of what its patterns name, as if nothing else was
 * there.
 */
#ifndef INFLIGHT_HTTP_LOOK_H
#define INFLIGHT_HTTP_LOOK_H

#include "auth/principal.h"
#include "command/inquiry.h"

struct http;

enum look_param {
	LOOK_PREFIX = 1 << 0,
	LOOK_AFTER = 1 << 1,
	LOOK_COUNT = 1 << 2,
	LOOK_QUEUE = 1 << 3,
	LOOK_STATE = 1 << 4,
};

struct look_resource {
	enum verb list;      /* tells names; not asked where the queue is a param */
	enum verb each;      /* is asked about each name */
	unsigned params;     /* enum look_param */
	uint64_t count;      /* as many, where the request does not say how many, */
	uint64_t count_max;  /* and at most */
	enum err absent;     /* what has gone meanwhile, or never was */
	struct span heading; /* the beginning of the answer, up to its rows */
	/* One row, or all sets of a queue. */
	void (*write)(struct buf *out, const struct inquiry *inquiry, struct span name);
};

/* Goes on with looks that can; true where there is more to do at once. */
bool looks_turn(struct http *http);

/* ---- look_rows.c --------------------------------------------------------------- */

void look_write_queue(struct buf *out, const struct inquiry *inquiry, struct span name);
void look_write_group(struct buf *out, const struct inquiry *inquiry, struct span name);
void look_write_sets(struct buf *out, const struct inquiry *inquiry, struct span name);

/* `{"columns":[...],"rows":[` for what the first two write. */
#define LOOK_QUEUE_HEADING                                                                    \
	SPAN("{\"columns\":[\"queue\",\"closed\",\"paused\",\"exclusive\",\"waiters\","       \
	     "\"depth\",\"ready\",\"waiting\",\"held\",\"leased\",\"dead\",\"ops\","          \
	     "\"oldest_ready_ms\",\"longest_lease_ms\",\"enqueued\",\"merged\",\"dequeued\"," \
	     "\"finished\",\"failed\",\"released\",\"lease_expired\",\"died\",\"expired\","   \
	     "\"refused_depth\",\"refused_width\",\"max_depth\",\"max_width\",\"window_ms\"," \
	     "\"quiet_ms\",\"lease_ms\",\"max_attempts\"],\"rows\":[")
#define LOOK_GROUP_HEADING                                                                   \
	SPAN("{\"columns\":[\"group\",\"done\",\"sealed\",\"size\",\"ops\",\"outstanding\"," \
	     "\"failed\"],\"rows\":[")
#define LOOK_SETS_HEADING SPAN("{\"sets\":[")

#endif
