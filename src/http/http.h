/*
 * The HTTP listener: figures for Prometheus, health for who supervises the daemon, and read-only
 * resources as JSON. It is a guest on the server's loop (server/guest.h) and asks the service
 * like any peer; nothing here changes a queue. HTTP itself is spoken by libmicrohttpd, without a
 * thread.
 *
 * A build without that library has http_none.c instead, in which no listener can be made.
 */
#ifndef INFLIGHT_HTTP_HTTP_H
#define INFLIGHT_HTTP_HTTP_H

#include "command/service.h"
#include "server/guest.h"

struct http;

struct http_config {
	uint64_t max_connections;
	uint64_t timeout_ms;     /* for a request and its answer, from the end of those before */
	uint64_t metrics_queues; /* queues that have figures of their own */
};

bool http_is_built_in(void);

/* NULL: *error (at least 256 bytes) says why. The service is borrowed. */
struct http *http_new(struct service *service, const struct http_config *config, char *error);

/* After the server, before the service. NULL is accepted. */
void http_free(struct http *http);

/* New limits for what comes after. */
void http_configure(struct http *http, const struct http_config *config);

/* What the server is to host; lives as long as `http`. */
const struct guest *http_guest(const struct http *http);

#endif
