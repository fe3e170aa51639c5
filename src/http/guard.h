/*
 * Who may read what.
 *
 * Where authentication is configured, a resource is read with `Authorization: Bearer TOKEN`, the
 * token of a principal with the role reader (or admin); /healthz and /readyz without. Where it is
 * not, a request has to name the daemon by an address or as localhost, so that no page of
 * another site can have a browser read from here under a name of its own.
 */
#ifndef INFLIGHT_HTTP_GUARD_H
#define INFLIGHT_HTTP_GUARD_H

#include <stdbool.h>

struct exchange;

/* False: the exchange is answered, with a refusal. */
bool guard_admits(struct exchange *exchange);

/* Is that value of a Host header an address, or localhost, with or without a port? */
bool guard_is_local_host(const char *host);

#endif
