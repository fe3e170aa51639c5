/*
 * A blocking connection to the daemon, for the soak's processes: requests are gathered
 * and sent together, answers are read line by line.
 */
#ifndef INFLIGHT_TESTS_SOAK_PEER_H
#define INFLIGHT_TESTS_SOAK_PEER_H

#include <stddef.h>

#include "soak/soak.h"

#define PEER_BYTES (1 << 20)

struct peer {
	int fd; /* -1: not connected */
	char *in;
	size_t in_head, in_len;
	char *out;
	size_t out_len;
};

void peer_init(struct peer *peer);

/* Over the Unix socket or over TCP. False: the daemon takes nobody in. */
bool peer_connect(struct peer *peer, const struct target *target, bool is_tcp);
void peer_close(struct peer *peer);

/* Adds a line, without its end. */
void peer_say(struct peer *peer, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Sends what was added. */
void peer_flush(struct peer *peer);

/* The next line, valid until the next call; NULL: the connection is lost. */
char *peer_line(struct peer *peer);

/* One line, and its answer. */
char *peer_ask(struct peer *peer, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Is that the answer to a request that succeeded? */
bool is_result(const char *line);

/* The integer that follows `"name":`; dies where there is none. */
int64_t number_in(const char *line, const char *name);

#endif
