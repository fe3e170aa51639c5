/*
 * A batch: an array of strict requests, answered by one line when all of them
 * are. Its answers collect in a buffer of its own. It lives until the last of
 * its members has ended.
 */
#ifndef INFLIGHT_COMMAND_BATCH_H
#define INFLIGHT_COMMAND_BATCH_H

#include "base/buf.h"

struct session;

struct batch {
	struct session *session;
	struct buf out;       /* the answers so far, an array without its end */
	struct buf delivered; /* tokens of sets among them, each with a NUL */
	unsigned open;        /* members not ended, and one for the reader */
	char *line;           /* own copy where members borrow from it for long; or NULL */
};

/* `line` is taken, NULL where it is borrowed. */
struct batch *batch_new(struct session *session, char *line);

/* Separates the answer to come from those before it. */
void batch_open_answer(struct batch *batch);

/* A set with that token stands in one of the answers. */
void batch_note_delivery(struct batch *batch, struct span token);

/* One member begins, one ends. */
void batch_hold(struct batch *batch);
void batch_unhold(struct batch *batch);

#endif
