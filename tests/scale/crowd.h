/*
 * Many requests of one kind over one connection, as fast as they are taken, and many
 * connections.
 */
#ifndef INFLIGHT_TESTS_SCALE_CROWD_H
#define INFLIGHT_TESTS_SCALE_CROWD_H

#include <stdint.h>

#include "e2e/harness.h"

#define CROWD_LINE_MAX 512

/*
 * Sends `count` lines made by `write_line` (number, room of CROWD_LINE_MAX bytes) and reads as many
 * answers, each of which must contain `word`.
 */
void crowd_ask(struct peer *peer, unsigned count, const char *word,
	void (*write_line)(char *out, unsigned number));

/* A member of `stats`. */
int64_t crowd_stat(struct peer *peer, const char *name);

/* Asks until it is at most that. */
void crowd_await(struct peer *peer, const char *name, int64_t most);

#endif
