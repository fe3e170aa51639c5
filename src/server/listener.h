/*
 * The listening sockets of a server and what happens when a peer comes in. They
 * own their descriptors and the files of Unix sockets they made.
 *
 * Running out of descriptors must not make the loop spin: a listening socket with a
 * peer waiting stays readable. So after such a failure all of them rest for a moment.
 */
#ifndef INFLIGHT_SERVER_LISTENER_H
#define INFLIGHT_SERVER_LISTENER_H

#include "server/connections.h"
#include "server/server.h"

struct guest;

struct listeners {
	struct loop *loop;               /* borrowed */
	struct connections *connections; /* borrowed */
	struct tls_context *tls;         /* borrowed; NULL: no TLS */
	const struct guest *guest;       /* borrowed; NULL: no HTTP */
	struct list list;                /* in the order of their making */
	uint64_t rest_until_ns;          /* TIME_NEVER unless they rest */
	uint64_t max_connections;
	uint64_t max_unauthenticated; /* for the log; the service counts */
	uint64_t unix_peers;          /* so many have come in through Unix sockets: their names */
	struct log_gate failures;
	struct log_gate refusals;
};

void
listeners_init(struct listeners *listeners, struct loop *loop, struct connections *connections);

/* Closes all of them and removes the socket files; may be called again. */
void listeners_close(struct listeners *listeners);

/* The same but for those of the guest: it has to tell that the others are closed. */
void listeners_drain(struct listeners *listeners);

/* False: nothing changed, `error` (256 bytes) says why. */
bool listeners_open(struct listeners *listeners, const char *address,
	const struct server_config *config, char *error);

/* Takes `fd` where it succeeds. */
bool listeners_adopt(struct listeners *listeners, int fd, enum server_wire wire, char *error);

/* What number `i` is bound to, NULL beyond the last. */
const char *listeners_address(const struct listeners *listeners, size_t i);

/* Takes in who has come, each listener a share of a turn. */
void listeners_accept(struct listeners *listeners, uint64_t now_ns);

/* When listeners that rest go on. */
uint64_t listeners_next_due(const struct listeners *listeners);

#endif
