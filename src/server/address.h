/*
 * Addresses as they stand in the configuration and in `ready` lines: `unix:PATH`,
 * `tcp:HOST:PORT` and, on TCP, `tls:HOST:PORT` for TLS and `http:HOST:PORT` for HTTP. Nothing
 * here asks the network; a host is a number or "localhost", which is 127.0.0.1.
 */
#ifndef INFLIGHT_SERVER_ADDRESS_H
#define INFLIGHT_SERVER_ADDRESS_H

#include <stdbool.h>
#include <sys/socket.h>

#define ADDRESS_TEXT_SIZE  160 /* room for any address as text */
#define ADDRESS_INPUT_MAX  255 /* longer texts are refused unread */
#define ADDRESS_ERROR_SIZE 256 /* what the callers' error buffers hold */

struct address {
	struct sockaddr_storage storage;
	socklen_t len;
	bool is_tls;  /* a socket does not tell, */
	bool is_http; /* nor this */
};

/* False: *ret is untouched and `error` says what is wrong with the text. */
bool address_parse(const char *text, struct address *ret, char *error);

/* Writes the address into `out`, at least ADDRESS_TEXT_SIZE bytes; returns `out`. */
const char *address_format(const struct address *address, char *out);

/* The address a socket is bound to. False: errno says why. */
bool address_of_socket(int fd, struct address *ret);

/* True where other hosts can reach it: any but a Unix socket, 127.0.0.0/8 and ::1. */
bool address_is_public(const struct address *address);

int address_family(const struct address *address);

/* The path of a Unix socket's address, "" where it has none. */
const char *address_path(const struct address *address);

#endif
