/*
 * How the bytes of a connection travel: as they are (transport.c), or inside TLS
 * (tls.c). Both work on the connection's own non-blocking descriptor, which is
 * borrowed; nothing here waits.
 */
#ifndef INFLIGHT_SERVER_TRANSPORT_H
#define INFLIGHT_SERVER_TRANSPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/span.h"

struct tls;
struct tls_context;

/* What receive() returns where it is not a number of bytes. */
enum transport_result {
	TRANSPORT_END = 0,      /* the peer sends no more */
	TRANSPORT_NOTHING = -1, /* for now */
	TRANSPORT_STUCK = -2,   /* something has to be written first, and the socket is full */
	TRANSPORT_LOST = -3,    /* `why` tells */
};

/* How far the peers have come with what precedes the first byte. */
enum greeting {
	GREETING_DONE,
	GREETING_WAITS_FOR_INPUT,
	GREETING_WAITS_FOR_OUTPUT, /* until the socket takes more */
	GREETING_IS_FOREIGN,       /* the peer does not speak TLS; nothing was read or written */
	GREETING_FAILED,           /* `why` tells, and so does an alert on its way to the peer */
};

struct transport {
	const struct transport_ops *ops;
	struct tls *tls; /* NULL: plain */
	const char *why; /* after a failure: what happened; borrowed, valid until the next call */
	int fd;
};

struct transport_ops {
	/* One step of the handshake; NULL where there is none. */
	enum greeting (*greet)(struct transport *transport);

	/* Up to `size` bytes; their number, or one of enum transport_result. */
	ssize_t (*receive)(struct transport *transport, char *out, size_t size);

	/*
	 * How many bytes were taken; fewer than given means that the socket is full. Offer the
	 * rest again, with more behind it or not. -1: lost, `why` tells.
	 */
	ssize_t (*send)(struct transport *transport, struct span bytes);

	/* Are there bytes for receive() of which the descriptor does not tell? */
	bool (*has_more)(const struct transport *transport);

	/* Tells the peer that no more will be sent, as far as that goes without waiting. */
	void (*say_end)(struct transport *transport);

	void (*fini)(struct transport *transport);
};

/* Plain where `context` is NULL; else TLS, of which greet() comes first. */
void transport_init(struct transport *transport, struct tls_context *context, int fd);

/* Gives a transport that was plain its TLS. This and the two below: tls.c. */
void tls_begin(struct transport *transport, struct tls_context *context);

/*
 * Whom the certificate of the peer names, once the greeting is done: the common name of its
 * subject; of one without, the first name (DNS, URI or mail address) of subjectAltName. NULL where
 * no certificate was asked for, or it names nobody. Valid as long as the transport.
 */
const char *tls_identity(const struct transport *transport);

/* "TLSv1.3", for the log. */
const char *tls_version_name(const struct transport *transport);

/* Does this errno only say "not now"? */
bool transport_is_passing(int error);

#endif
