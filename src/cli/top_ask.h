/*
 * What `inflight top` asks the daemon: in rounds, each with the figures of the daemon,
 * the names of all queues and the figures of as many of them as one round may ask
 * about. A connection that is lost is made again. Nothing here ever waits.
 */
#ifndef INFLIGHT_CLI_TOP_ASK_H
#define INFLIGHT_CLI_TOP_ASK_H

#include "cli/top_state.h"
#include "inflight.h"

#define TOP_ASK_QUEUES 2000 /* asked about in one round at most */

struct top_pending;

struct top_ask {
	struct inflight *client;
	struct top_state *state;
	int64_t interval_ms; /* from the beginning of one round to that of the next */
	int64_t answer_ms;   /* a daemon that says nothing for that long is lost */

	struct top_pending *pending; /* in the order of their requests */
	size_t first;
	size_t end;
	size_t capacity;

	struct top_daemon daemon; /* of the round under way */
	bool listed;              /* all names have come, and no queue was asked about yet */
	bool refused;             /* something in it was refused */
	bool in_round;
	uint64_t rounds;         /* complete, since the connection was made */
	int64_t round_at_ms;     /* when the last one began */
	int64_t heard_at_ms;     /* when an answer came, or a request was made */
	bool connected;          /* or about to be */
	int64_t reconnect_at_ms; /* not connected: when to try */
	int64_t reconnect_ms;    /* doubles with every try */
};

/* `client` (borrowed) is connected. */
void top_ask_init(struct top_ask *ask, struct inflight *client, struct top_state *state,
	int64_t interval_ms, int64_t answer_ms);
void top_ask_fini(struct top_ask *ask);

/* Goes on with everything. */
void top_ask_step(struct top_ask *ask, int64_t now);

/* When it wants to go on, if nothing comes before. */
int64_t top_ask_due_ms(const struct top_ask *ask);

#endif
