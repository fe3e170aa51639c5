/*
 * Certificates made when a test runs, so that none in the tree can expire. Keys are
 * on the curve P-256, which are made in no time. Whatever fails here fails the
 * running Check test.
 */
#ifndef INFLIGHT_TESTS_TLS_CERTIFICATE_H
#define INFLIGHT_TESTS_TLS_CERTIFICATE_H

#include <openssl/ssl.h>
#include <stdbool.h>

struct certificate {
	EVP_PKEY *key;
	X509 *x509;
};

struct certificate_wish {
	const char *common_name;          /* NULL: none */
	const char *second_name;          /* one more common name, NULL: none */
	const char *alternative_names;    /* as in "DNS:localhost,IP:127.0.0.1"; NULL: none */
	const struct certificate *issuer; /* NULL: itself */
	bool is_authority;
	bool has_expired;
};

struct certificate certificate_make(const struct certificate_wish *wish);
void certificate_fini(struct certificate *certificate);

/* Writes files in PEM; a path may be NULL. */
void certificate_write(
	const struct certificate *certificate, const char *certificate_path, const char *key_path);

#endif
