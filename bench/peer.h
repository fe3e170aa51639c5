/*
 * The servers that the load generator can talk to: for each, how a job is put,
 * taken and acknowledged in its language, and how an answer is told from the
 * beginning of one. An answer other than the wanted one ends the program: a
 * benchmark of refusals is worth nothing.
 */
#ifndef INFLIGHT_BENCH_PEER_H
#define INFLIGHT_BENCH_PEER_H

#include "base/buf.h"

#define BODY_BYTES 64

enum step { STEP_PUT, STEP_TAKE, STEP_ACK };

struct job {
	uint64_t number;
	char token[BODY_BYTES]; /* what the answer to the take says the ack has to name */
	size_t token_len;
};

struct peer {
	const char *kind;
	enum step last;   /* a job is done with this step */
	const char *ping; /* a request that changes nothing */
	/* What must be said once before all else; NULL: nothing. */
	void (*prepare)(const char *address);
	void (*request)(enum step step, const struct job *job, struct buf *out);
	/* The bytes of the first whole answer, 0 where it is not all there. */
	size_t (*answer)(enum step step, struct job *job, const char *data, size_t len);
};

/* NULL where there is none of that kind. */
const struct peer *peer_find(const char *kind);

#endif
