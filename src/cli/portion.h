/*
 * A portion of `inflight map`: the lines that share a group. It lives from its
 * first line until its results were printed; the oldest is the first of the list.
 */
#ifndef INFLIGHT_CLI_PORTION_H
#define INFLIGHT_CLI_PORTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum portion_state {
	PORTION_CREATING, /* the group is being made */
	PORTION_FILLING,  /* lines are being enqueued */
	PORTION_SEALING,
	PORTION_SEALED,
	PORTION_WAITING, /* for the outcomes */
};

struct portion {
	struct portion *next;
	enum portion_state state;
	char *group;
	uint64_t request;    /* of its create, seal or wait; 0: none */
	uint64_t first_line; /* its lines are those up to first_line + count - 1 */
	uint64_t count;
	size_t bytes;      /* of its lines */
	size_t unaccepted; /* lines whose enqueue is not over */
	bool full;         /* takes no more lines */
};

/* An enqueue that is not over. */
struct entry {
	uint64_t request; /* 0: refused because the queue is saturated, to be sent again */
	uint64_t line;
	struct portion *portion;
	char *params; /* NULL: the entry is free */
	size_t params_len;
};

#endif
