/*
 * TLS on the listening side, with OpenSSL (tls.c). A build without it has tls_none.c
 * instead, in which no context can be made.
 *
 * A context is what a certificate, its key and the rules for peers come to; a
 * connection keeps the one it began with, so the context may be replaced and
 * freed at any time.
 */
#ifndef INFLIGHT_SERVER_TLS_H
#define INFLIGHT_SERVER_TLS_H

#include <stdbool.h>

struct tls_context;

enum tls_version { TLS_1_2, TLS_1_3 };

/* The strings are paths, borrowed for the call. */
struct tls_config {
	const char *certificate; /* PEM: the certificate and those between it and the root */
	const char *key;         /* PEM, not encrypted */
	const char *client_ca; /* PEM: who signs the certificates of peers; NULL: they need none */
	enum tls_version min_version;
};

bool tls_is_built_in(void);

/* NULL: *error (256 bytes) says which file is wrong and why. */
struct tls_context *tls_context_new(const struct tls_config *config, char *error);
void tls_context_free(struct tls_context *context);

#endif
