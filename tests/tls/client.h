/*
 * The client side of TLS for tests, on a connected socket that is borrowed and
 * blocks. The bytes of the handshake can be had without being sent, to be cut and
 * delayed.
 */
#ifndef INFLIGHT_TESTS_TLS_CLIENT_H
#define INFLIGHT_TESTS_TLS_CLIENT_H

#include "tls/certificate.h"

#include "base/buf.h"

struct tls_client;

struct tls_client_wish {
	const struct certificate *authority; /* whom to believe; NULL: everybody */
	const struct certificate *own;       /* NULL: none */
	int version;                         /* TLS1_2_VERSION, TLS1_3_VERSION; 0: any */
};

struct tls_client *tls_client_new(int fd, const struct tls_client_wish *wish);
void tls_client_free(struct tls_client *client);

/*
 * Goes on with the handshake: takes in what the server sent, which is waited for unless
 * nothing was sent yet, and puts what is to be sent into `out`. False once the handshake is
 * done or has failed, with `out` holding the last words.
 */
bool tls_client_step(struct tls_client *client, struct buf *out);

/* The whole handshake. False: it failed. TLS 1.3 may fail as late as at the first byte. */
bool tls_client_handshake(struct tls_client *client);
bool tls_client_is_done(const struct tls_client *client);

/* A record of its own for each call. False: the connection is lost. */
bool tls_client_send(struct tls_client *client, const void *data, size_t len);

/* At least one byte; 0 at the end; -1 where the connection is lost, or cut without an end. */
ssize_t tls_client_receive(struct tls_client *client, void *out, size_t size);

/* Is there something to receive without asking the socket? */
bool tls_client_has_more(const struct tls_client *client);

/* Says that no more comes, in TLS and below it. */
void tls_client_end(struct tls_client *client);

const SSL *tls_client_ssl(const struct tls_client *client);

#endif
