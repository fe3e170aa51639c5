/*
 * TLS for the client's connection, with OpenSSL (tls.c). A build without it has tls_none.c
 * instead, in which no settings can be made and no connection begins.
 *
 * Settings come from inflight_set_tls(), or at the first connection without; a session is
 * made for each connection. The descriptor is borrowed, nothing waits, no signal is raised.
 */
#ifndef INFLIGHT_CLIENT_TLS_H
#define INFLIGHT_CLIENT_TLS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "inflight.h"

struct inflight_tls;

/* Has this build TLS? */
bool inflight_tls_is_built_in(void);

/* Begins on the descriptor of a connection that was just made. */
enum inflight_status inflight_tls_begin(struct inflight *client);

/* Goes on with the handshake; true once it is done. A failure ends the link. */
bool inflight_tls_greet(struct inflight *client);

/* As recv() and send() on a descriptor that does not block; the reason of a failure is noted. */
ssize_t inflight_tls_receive(struct inflight *client, void *out, size_t size);
ssize_t inflight_tls_send(struct inflight *client, const void *data, size_t len);

/* Tells the peer that no more comes. False: not yet, the socket is full. */
bool inflight_tls_say_end(struct inflight *client);

/* Is there something to receive of which the descriptor does not tell? */
bool inflight_tls_has_more(const struct inflight *client);

/* Does going on take that the socket can be written to? */
bool inflight_tls_wants_write(const struct inflight *client);

/* Forgets the session, and the settings as well. */
void inflight_tls_end(struct inflight *client);
void inflight_tls_fini(struct inflight *client);

#endif
