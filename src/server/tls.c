/*
 * TLS with OpenSSL, on descriptors of our own: OpenSSL reads and writes the socket, our
 * events say when it may. A struct tls lives as long as its transport.
 *
 * Renegotiation, compression, tickets and sessions that go on later are all off: every
 * connection proves itself anew, and nothing of one outlives it. An end of file without
 * TLS's own end counts as an end; a line that was cut is noticed by the framing above.
 */
#include <config.h>

#include <errno.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/alloc.h"
#include "base/check.h"
#include "server/certificate_name.h"
#include "server/tls.h"
#include "server/transport.h"

#define ERROR_SIZE     256
#define READ_AHEAD     (64 * 1024) /* ciphertext taken in by one system call */
#define CONTENT_RECORD 0x16        /* the first byte of a handshake */

struct tls_context {
	SSL_CTX *ssl_context;
};

struct tls {
	SSL *ssl;
	char *identity;
	bool has_begun; /* the first byte was looked at */
	bool has_more;  /* receive() stopped for want of room */
};

bool
tls_is_built_in(void)
{
	return true;
}

/* ---- the context --------------------------------------------------------- */

/* The innermost reason that OpenSSL has for the last failure. */
static const char *
last_reason(void)
{
	unsigned long code = ERR_peek_last_error();
	const char *reason = NULL;

	if (ERR_SYSTEM_ERROR(code))
		return strerror(ERR_GET_REASON(code));
	reason = ERR_reason_error_string(code);
	return reason == NULL ? "no reason given" : reason;
}

/* A file that cannot be opened is the first of several errors, and the one that helps. */
static bool
fail(char *error, const char *option, const char *path)
{
	unsigned long first = ERR_peek_error();
	const char *reason =
		ERR_SYSTEM_ERROR(first) ? strerror(ERR_GET_REASON(first)) : last_reason();

	snprintf(error, ERROR_SIZE, "%s: %.120s: %s", option, path, reason);
	ERR_clear_error();
	return false;
}

/* A key that wants a passphrase cannot be used: nobody is there to type it. */
static int
no_passphrase(char *out, int size, int writing, void *arg)
{
	(void)out;
	(void)size;
	(void)writing;
	(void)arg;
	return -1;
}

static bool
load_own(SSL_CTX *context, const struct tls_config *config, char *error)
{
	SSL_CTX_set_default_passwd_cb(context, no_passphrase);
	if (SSL_CTX_use_certificate_chain_file(context, config->certificate) != 1)
		return fail(error, "tls_certificate", config->certificate);
	/* This compares the key with the certificate too. */
	if (SSL_CTX_use_PrivateKey_file(context, config->key, SSL_FILETYPE_PEM) != 1)
		return fail(error, "tls_key", config->key);
	return true;
}

static bool
load_client_ca(SSL_CTX *context, const char *path, char *error)
{
	STACK_OF(X509_NAME) * names;

	if (path == NULL)
		return true;
	names = SSL_load_client_CA_file(path);
	if (names == NULL || SSL_CTX_load_verify_file(context, path) != 1) {
		sk_X509_NAME_pop_free(names, X509_NAME_free);
		return fail(error, "tls_client_ca", path);
	}
	SSL_CTX_set_client_CA_list(context, names);
	SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
	return true;
}

static bool
set_rules(SSL_CTX *context, enum tls_version min_version)
{
	int version = min_version == TLS_1_3 ? TLS1_3_VERSION : TLS1_2_VERSION;

	SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION |
					     SSL_OP_NO_TICKET | SSL_OP_CIPHER_SERVER_PREFERENCE |
					     SSL_OP_IGNORE_UNEXPECTED_EOF);
	SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
	/* Output may grow and move while it waits; an idle connection owns no buffers. */
	SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE |
					  SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
					  SSL_MODE_RELEASE_BUFFERS);
	SSL_CTX_set_read_ahead(context, 1);
	SSL_CTX_set_default_read_buffer_len(context, READ_AHEAD);
	return SSL_CTX_set_min_proto_version(context, version) == 1 &&
	       SSL_CTX_set_num_tickets(context, 0) == 1;
}

struct tls_context *
tls_context_new(const struct tls_config *config, char *error)
{
	SSL_CTX *ssl_context;
	struct tls_context *context;

	ERR_clear_error();
	ssl_context = SSL_CTX_new(TLS_server_method());
	if (ssl_context == NULL || !set_rules(ssl_context, config->min_version)) {
		snprintf(error, ERROR_SIZE, "TLS cannot be used: %s", last_reason());
		SSL_CTX_free(ssl_context);
		return NULL;
	}
	if (!load_own(ssl_context, config, error) ||
		!load_client_ca(ssl_context, config->client_ca, error)) {
		SSL_CTX_free(ssl_context);
		return NULL;
	}
	context = xcalloc(1, sizeof(*context));
	context->ssl_context = ssl_context;
	return context;
}

void
tls_context_free(struct tls_context *context)
{
	if (context == NULL)
		return;
	SSL_CTX_free(context->ssl_context);
	free(context);
}

/* ---- the transport --------------------------------------------------------- */

const char *
tls_identity(const struct transport *transport)
{
	return transport->tls == NULL ? NULL : transport->tls->identity;
}

const char *
tls_version_name(const struct transport *transport)
{
	return SSL_get_version(transport->tls->ssl);
}

/* What OpenSSL says after a call that returned `result`; errno is of that call. */
static int
error_of(struct transport *transport, int result)
{
	SSL *ssl = transport->tls->ssl;
	int reason = errno;
	int error = SSL_get_error(ssl, result);
	long verified = SSL_get_verify_result(ssl);

	if (error == SSL_ERROR_SYSCALL && reason != 0)
		transport->why = strerror(reason);
	else if (error == SSL_ERROR_SSL && verified != X509_V_OK)
		transport->why = X509_verify_cert_error_string(verified);
	else if (error == SSL_ERROR_SSL)
		transport->why = last_reason();
	else
		transport->why = "the peer ended the connection";
	return error;
}

/* Looks at the first byte without taking it: who speaks plainly is answered plainly. */
static enum greeting
look_at_first(struct transport *transport)
{
	unsigned char first;
	ssize_t len = recv(transport->fd, &first, 1, MSG_PEEK | MSG_DONTWAIT);

	if (len < 0 && transport_is_passing(errno))
		return GREETING_WAITS_FOR_INPUT;
	if (len <= 0) {
		transport->why = len == 0 ? "the peer ended the connection" : strerror(errno);
		return GREETING_FAILED;
	}
	transport->tls->has_begun = true;
	return first == CONTENT_RECORD ? GREETING_DONE : GREETING_IS_FOREIGN;
}

static enum greeting
tls_greet(struct transport *transport)
{
	struct tls *tls = transport->tls;
	enum greeting first = tls->has_begun ? GREETING_DONE : look_at_first(transport);
	int result;

	if (first != GREETING_DONE)
		return first;
	ERR_clear_error();
	errno = 0;
	result = SSL_accept(tls->ssl);
	if (result == 1) {
		tls->identity = certificate_name(SSL_get0_peer_certificate(tls->ssl));
		tls->has_more = SSL_has_pending(tls->ssl) == 1;
		return GREETING_DONE;
	}
	switch (error_of(transport, result)) {
	case SSL_ERROR_WANT_READ:
		return GREETING_WAITS_FOR_INPUT;
	case SSL_ERROR_WANT_WRITE:
		return GREETING_WAITS_FOR_OUTPUT;
	default:
		return GREETING_FAILED;
	}
}

/* After SSL_read() had nothing. */
static enum transport_result
nothing_read(struct transport *transport, int result)
{
	switch (error_of(transport, result)) {
	case SSL_ERROR_WANT_READ:
		return TRANSPORT_NOTHING;
	case SSL_ERROR_WANT_WRITE:
		transport->tls->has_more = true;
		return TRANSPORT_STUCK;
	case SSL_ERROR_ZERO_RETURN:
		return TRANSPORT_END;
	default:
		return TRANSPORT_LOST;
	}
}

/*
 * Takes records while OpenSSL has bytes of them already, or while the first one is still to
 * come: what is left in the socket then wakes the loop by itself.
 */
static ssize_t
tls_receive(struct transport *transport, char *out, size_t size)
{
	struct tls *tls = transport->tls;
	size_t len = 0;

	tls->has_more = false;
	do {
		size_t piece = 0;
		int result;

		ERR_clear_error();
		errno = 0;
		result = SSL_read_ex(tls->ssl, out + len, size - len, &piece);
		/* An end or a failure behind bytes is found again by the next call. */
		if (result != 1 && len == 0)
			return nothing_read(transport, result);
		if (result != 1) {
			tls->has_more = error_of(transport, result) != SSL_ERROR_WANT_READ;
			break;
		}
		len += piece;
	} while (len < size && SSL_has_pending(tls->ssl) == 1);
	if (len == size)
		tls->has_more = SSL_has_pending(tls->ssl) == 1;
	return (ssize_t)len;
}

static ssize_t
tls_send(struct transport *transport, struct span bytes)
{
	size_t done = 0;

	while (done < bytes.len) {
		size_t piece = 0;
		int result;

		ERR_clear_error();
		errno = 0;
		result = SSL_write_ex(
			transport->tls->ssl, bytes.ptr + done, bytes.len - done, &piece);
		if (result == 1)
			done += piece;
		else if (error_of(transport, result) == SSL_ERROR_WANT_WRITE)
			break;
		else
			return -1;
	}
	return (ssize_t)done;
}

static bool
tls_has_more(const struct transport *transport)
{
	return transport->tls->has_more;
}

static void
tls_say_end(struct transport *transport)
{
	ERR_clear_error();
	SSL_shutdown(transport->tls->ssl);
	ERR_clear_error();
}

static void
tls_fini(struct transport *transport)
{
	struct tls *tls = transport->tls;

	SSL_free(tls->ssl);
	free(tls->identity);
	free(tls);
	transport->tls = NULL;
}

static const struct transport_ops tls_ops = {
	.greet = tls_greet,
	.receive = tls_receive,
	.send = tls_send,
	.has_more = tls_has_more,
	.say_end = tls_say_end,
	.fini = tls_fini,
};

void
tls_begin(struct transport *transport, struct tls_context *context)
{
	struct tls *tls = xcalloc(1, sizeof(*tls));

	/* Memory is all that these two can lack. */
	tls->ssl = SSL_new(context->ssl_context);
	CHECK(tls->ssl != NULL && SSL_set_fd(tls->ssl, transport->fd) == 1);
	transport->ops = &tls_ops;
	transport->tls = tls;
}
