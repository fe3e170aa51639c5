/*
 * The greeting of a connection: what has to happen before its session may begin,
 * which is TLS's handshake. It is bounded in time, and so many steps are done in a
 * turn and no more, because each costs as much as many requests.
 */
#ifndef INFLIGHT_SERVER_GREETING_H
#define INFLIGHT_SERVER_GREETING_H

#include "server/connection.h"

/* Waits for what the peer sends first. */
void greeting_await(struct connection *conn);

/* One step; after the last the session begins. */
void greeting_go_on(struct connection *conn);

/* Gives up, at once. */
void greeting_refuse(struct connection *conn, const char *why);

#endif
