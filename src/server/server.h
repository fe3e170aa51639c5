/*
 * The server: listeners, connections and signals on one libevent loop, around a
 * service. It owns the loop and every descriptor; the service is borrowed.
 */
#ifndef INFLIGHT_SERVER_SERVER_H
#define INFLIGHT_SERVER_SERVER_H

#include "command/service.h"

struct guest;
struct server;
struct tls_config;

struct server_config {
	uint64_t max_connections;
	uint64_t max_unauthenticated;
	uint64_t handshake_timeout_ms;
	unsigned socket_mode;     /* of Unix sockets: 0660 */
	const char *socket_group; /* NULL: the process's own */
};

/* What the owner is told, on the loop. Each may be NULL. */
struct server_hooks {
	void (*reload)(void *arg);   /* SIGHUP has come */
	void (*draining)(void *arg); /* the end has begun: no new connections, no new work */
	void (*beat)(void *arg); /* turns go round: every `beat_ms`, till the end of the drain */
	uint64_t beat_ms;
	void *arg;
};

/* So long peers have to take what is not written yet, once the service is drained. */
#define SERVER_LAST_WORDS_MS 1000

/* NULL where the loop cannot be made; *error (at least 256 bytes) says why. */
struct server *server_new(struct service *service, const struct server_config *config, char *error);

/* Closes every listener and connection, removes socket files it made. NULL is accepted. */
void server_free(struct server *server);

/*
 * What peers find at `tls:` addresses from now on; connections that are there go on as they
 * began. False: nothing changed, *error (at least 256 bytes) says why.
 */
bool server_set_tls(struct server *server, const struct tls_config *config, char *error);

/*
 * What serves the peers of `http:` addresses; borrowed, and there as long as the server. Once at
 * most. False: *error (at least 256 bytes) says why.
 */
bool server_host(struct server *server, const struct guest *guest, char *error);

/*
 * Listens on `unix:PATH`, `tls:HOST:PORT` (server_set_tls() first), `http:HOST:PORT`
 * (server_host() first) or `tcp:HOST:PORT` (IPv6 in brackets, port 0 any; HOST an address or
 * "localhost", never resolved over the network). False: nothing changed, *error says which
 * address and why.
 */
bool server_listen(struct server *server, const char *address, char *error);

/*
 * Takes over a listening socket that was passed in (LISTEN_FDS), to speak that there: TLS after
 * server_set_tls() and HTTP after server_host() only, both at TCP sockets.
 */
enum server_wire { SERVER_LINES, SERVER_TLS, SERVER_HTTP };
bool server_adopt(struct server *server, int fd, enum server_wire wire, char *error);

/* Can other hosts reach that address? Then it is served with authentication only. */
bool server_address_is_public(const char *address);

/* Do peers speak TLS there? Or HTTP? */
bool server_address_is_tls(const char *address);
bool server_address_is_http(const char *address);

/* Does that address read as one at all? False: *error says why not. */
bool server_address_is_valid(const char *address, char *error);

/* The address listener number `i` is bound to, as for `ready` lines; NULL beyond the last. */
const char *server_address(const struct server *server, size_t i);

void server_set_hooks(struct server *server, const struct server_hooks *hooks);
void server_configure(struct server *server, const struct server_config *config);

/* Serves until SIGTERM or SIGINT and the drain after it; false where the loop failed. */
bool server_run(struct server *server);

#endif
