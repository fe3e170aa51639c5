/*
 * Addresses of a daemon, as people write them: "unix:PATH", "tcp:HOST:PORT", "tls:HOST:PORT" and
 * both with "[IPV6]" as the host. Reading one neither looks names up nor touches a socket.
 */
#ifndef INFLIGHT_CLIENT_ADDRESS_H
#define INFLIGHT_CLIENT_ADDRESS_H

#include <stdbool.h>

struct addrinfo;

struct inflight_address {
	bool local;     /* a Unix socket */
	bool tls;       /* else: with TLS */
	char path[108]; /* local: its path */
	char host[256]; /* else: the name or number, without brackets */
	char port[6];
};

/* Returns NULL, or what is wrong with the address, as a constant for people. */
const char *inflight_address_parse(const char *text, struct inflight_address *ret);

/*
 * The address where none was given: $INFLIGHT_ADDRESS, else the system's socket, or the user's if
 * only that one is there. Returns new, NULL where there is no memory.
 */
char *inflight_address_default(void);

/*
 * The sockets to try, as a new list for inflight_address_free(). Looks the host up. Returns
 * NULL, or what went wrong, as a constant for people.
 */
const char *
inflight_address_resolve(const struct inflight_address *address, struct addrinfo **ret_list);
void inflight_address_free(const struct inflight_address *address, struct addrinfo *list);

#endif
