/*
 * A peer that says what a test wants it to say: a Unix socket in a folder of its
 * own, in the same process, because both ends fit into the kernel's buffers.
 */
#ifndef INFLIGHT_TESTS_CLIENT_FIXTURE_H
#define INFLIGHT_TESTS_CLIENT_FIXTURE_H

#include "inflight.h"

struct fixture {
	char dir[64];
	char address[96];
	int listener;
	int peer; /* the accepted connection; -1: none */
	struct inflight *client;
};

/* Listens, with a client that is not connected. */
void fixture_init(struct fixture *fixture);
void fixture_fini(struct fixture *fixture);

/* Connects the client and accepts it. */
void fixture_connect(struct fixture *fixture);
void fixture_accept(struct fixture *fixture);

/* The peer sends this text as it is. */
void fixture_say(struct fixture *fixture, const char *text);

/* Requires that the client's next bytes are this text. */
void fixture_hear(struct fixture *fixture, const char *text);

/* The peer closes its end. */
void fixture_hang_up(struct fixture *fixture);

/* Sends a request without params; returns its id. */
uint64_t fixture_send(struct fixture *fixture, const char *method);

/* Receives the reply of `id` (0: any) and requires a result with this text. */
void fixture_require_result(struct fixture *fixture, uint64_t id, const char *text);

/* Receives the reply of `ask` (0: any) and requires that it is an error, by its id and name. */
void fixture_require_error(struct fixture *fixture, uint64_t ask, uint64_t id, const char *name);

/* Requires that there is no reply now, for this reason. */
void fixture_require_status(struct fixture *fixture, uint64_t id, enum inflight_status status);

#endif
