/*
 * Showing the handle's token on each of its connections.
 */
#ifndef INFLIGHT_CLIENT_AUTH_H
#define INFLIGHT_CLIENT_AUTH_H

#include "inflight.h"

/* On a connection that was just begun: the token goes out before everything else. */
enum inflight_status inflight_auth_start(struct inflight *client);

/* Looks whether the daemon has answered that; one that refuses it ends the connection. */
void inflight_auth_go_on(struct inflight *client);

/* Forgets the token. */
void inflight_auth_fini(struct inflight *client);

#endif
