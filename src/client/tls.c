/*
 * OpenSSL works on a BIO of our own, because its socket one would raise SIGPIPE. What it
 * wants to wait for is noted after each call, for inflight_events().
 */
#include <config.h>

#include "client/tls.h"

#include <arpa/inet.h>
#include <errno.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "client/handle.h"

struct inflight_tls {
	SSL_CTX *context;
	BIO_METHOD *method;
	SSL *ssl; /* NULL: no connection */
	bool wants_write;
};

bool
inflight_tls_is_built_in(void)
{
	return true;
}

/* ---- the descriptor -------------------------------------------------------- */

static bool
is_passing(int error)
{
	return error == EAGAIN || error == EWOULDBLOCK || error == EINTR;
}

static int
descriptor_of(BIO *bio)
{
	const struct inflight *client = BIO_get_data(bio);

	return client->fd;
}

static int
write_bytes(BIO *bio, const char *data, int len)
{
	ssize_t sent = send(descriptor_of(bio), data, (size_t)len, MSG_NOSIGNAL);

	BIO_clear_retry_flags(bio);
	if (sent < 0 && is_passing(errno))
		BIO_set_retry_write(bio);
	return (int)sent;
}

static int
read_bytes(BIO *bio, char *out, int size)
{
	ssize_t len = recv(descriptor_of(bio), out, (size_t)size, 0);

	BIO_clear_retry_flags(bio);
	if (len < 0 && is_passing(errno))
		BIO_set_retry_read(bio);
	return (int)len;
}

static long
control(BIO *bio, int command, long number, void *arg)
{
	(void)bio;
	(void)number;
	(void)arg;
	return command == BIO_CTRL_FLUSH;
}

static BIO *
new_bio(struct inflight *client)
{
	BIO *bio = BIO_new(client->tls->method);

	if (bio == NULL)
		return NULL;
	BIO_set_data(bio, client);
	BIO_set_init(bio, 1);
	return bio;
}

/* ---- settings -------------------------------------------------------------- */

static const char *
reason(void)
{
	unsigned long code = ERR_peek_error();
	const char *text;

	if (ERR_SYSTEM_ERROR(code))
		return strerror(ERR_GET_REASON(code));
	text = ERR_reason_error_string(code);
	return text == NULL ? "no reason given" : text;
}

static struct inflight_tls *
new_settings(void)
{
	struct inflight_tls *tls = calloc(1, sizeof *tls);

	if (tls == NULL)
		return NULL;
	tls->context = SSL_CTX_new(TLS_client_method());
	tls->method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "inflight");
	if (tls->context == NULL || tls->method == NULL ||
		SSL_CTX_set_min_proto_version(tls->context, TLS1_2_VERSION) != 1) {
		SSL_CTX_free(tls->context);
		BIO_meth_free(tls->method);
		free(tls);
		return NULL;
	}
	BIO_meth_set_write(tls->method, write_bytes);
	BIO_meth_set_read(tls->method, read_bytes);
	BIO_meth_set_ctrl(tls->method, control);
	SSL_CTX_set_verify(tls->context, SSL_VERIFY_PEER, NULL);
	SSL_CTX_set_mode(
		tls->context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
	SSL_CTX_set_options(tls->context, SSL_OP_NO_RENEGOTIATION);
	return tls;
}

static void
free_settings(struct inflight_tls *tls)
{
	if (tls == NULL)
		return;
	SSL_free(tls->ssl);
	SSL_CTX_free(tls->context);
	BIO_meth_free(tls->method);
	free(tls);
}

/* A key with a passphrase cannot be used: a library asks nobody. */
static int
no_passphrase(char *out, int size, int writing, void *arg)
{
	(void)out;
	(void)size;
	(void)writing;
	(void)arg;
	return -1;
}

/* Returns the name of the file that cannot be used, or NULL. */
static const char *
load(SSL_CTX *context, const char *ca_file, const char *certificate_file, const char *key_file)
{
	SSL_CTX_set_default_passwd_cb(context, no_passphrase);
	if (ca_file == NULL && SSL_CTX_set_default_verify_paths(context) != 1)
		return "the system's authorities";
	if (ca_file != NULL && SSL_CTX_load_verify_file(context, ca_file) != 1)
		return ca_file;
	if (certificate_file == NULL)
		return NULL;
	if (SSL_CTX_use_certificate_chain_file(context, certificate_file) != 1)
		return certificate_file;
	/* This compares the key with the certificate too. */
	return SSL_CTX_use_PrivateKey_file(context, key_file, SSL_FILETYPE_PEM) == 1 ? NULL
										     : key_file;
}

enum inflight_status
inflight_set_tls(struct inflight *client, const char *ca_file, const char *certificate_file,
	const char *key_file)
{
	struct inflight_tls *fresh;
	const char *wrong;

	if ((certificate_file == NULL) != (key_file == NULL))
		return inflight_fail(client, INFLIGHT_INVALID,
			"a certificate and its key belong together", NULL);
	ERR_clear_error();
	fresh = new_settings();
	if (fresh == NULL)
		return inflight_fail(client, INFLIGHT_NO_MEMORY, "out of memory", NULL);
	wrong = load(fresh->context, ca_file, certificate_file, key_file);
	if (wrong != NULL) {
		inflight_fail(client, INFLIGHT_INVALID, wrong, reason());
		free_settings(fresh);
		return INFLIGHT_INVALID;
	}
	/* A connection that is there goes on as it began; it has what it needs of the old ones. */
	if (client->tls != NULL) {
		fresh->ssl = client->tls->ssl;
		fresh->wants_write = client->tls->wants_write;
		client->tls->ssl = NULL;
	}
	free_settings(client->tls);
	client->tls = fresh;
	return INFLIGHT_OK;
}

/* ---- a connection ------------------------------------------------------------ */

/* The certificate must be one of the host that was asked for. */
static bool
expect_host(SSL *ssl, const char *host)
{
	unsigned char number[sizeof(struct in6_addr)];

	if (inet_pton(AF_INET, host, number) == 1 || inet_pton(AF_INET6, host, number) == 1)
		return X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), host) == 1;
	return SSL_set1_host(ssl, host) == 1 && SSL_set_tlsext_host_name(ssl, host) == 1;
}

enum inflight_status
inflight_tls_begin(struct inflight *client)
{
	enum inflight_status status = INFLIGHT_OK;
	BIO *bio;
	SSL *ssl;

	if (client->tls == NULL)
		status = inflight_set_tls(client, NULL, NULL, NULL);
	if (status != INFLIGHT_OK)
		return status;
	ssl = SSL_new(client->tls->context);
	bio = new_bio(client);
	if (ssl == NULL || bio == NULL || !expect_host(ssl, client->address.host)) {
		BIO_free(bio);
		SSL_free(ssl);
		return inflight_fail(
			client, INFLIGHT_NO_MEMORY, "no TLS for", client->address.host);
	}
	SSL_set_bio(ssl, bio, bio);
	SSL_set_connect_state(ssl);
	client->tls->ssl = ssl;
	client->tls->wants_write = true;
	return INFLIGHT_OK;
}

/* After a call that returned `result`: true where it is to be made again later. */
static bool
is_to_wait(struct inflight *client, int result)
{
	int error = SSL_get_error(client->tls->ssl, result);

	client->tls->wants_write = error == SSL_ERROR_WANT_WRITE;
	return error == SSL_ERROR_WANT_WRITE || error == SSL_ERROR_WANT_READ;
}

static void
prepare(void)
{
	ERR_clear_error();
	errno = 0;
}

/* Of the call that failed last. */
static const char *
failure_reason(const struct inflight *client)
{
	long verified = SSL_get_verify_result(client->tls->ssl);
	int error = errno;

	if (verified != X509_V_OK)
		return X509_verify_cert_error_string(verified);
	if (ERR_peek_error() != 0)
		return reason();
	return error == 0 ? "the daemon ended it" : strerror(error);
}

bool
inflight_tls_greet(struct inflight *client)
{
	int result;

	prepare();
	result = SSL_do_handshake(client->tls->ssl);
	if (result == 1) {
		client->tls->wants_write = false;
		return true;
	}
	if (!is_to_wait(client, result)) {
		inflight_fail(
			client, INFLIGHT_UNREACHABLE, client->address_text, failure_reason(client));
		inflight_link_end(client, INFLIGHT_UNREACHABLE);
	}
	return false;
}

/* What a call of recv() or send() would have returned. */
static ssize_t
outcome(struct inflight *client, int result, size_t len)
{
	if (result == 1)
		return (ssize_t)len;
	if (is_to_wait(client, result))
		errno = EAGAIN;
	else if (SSL_get_error(client->tls->ssl, result) == SSL_ERROR_ZERO_RETURN)
		return 0;
	else {
		inflight_fail(
			client, INFLIGHT_CLOSED, "the connection broke", failure_reason(client));
		errno = EPROTO;
	}
	return -1;
}

ssize_t
inflight_tls_receive(struct inflight *client, void *out, size_t size)
{
	size_t len = 0;
	int result;

	prepare();
	result = SSL_read_ex(client->tls->ssl, out, size, &len);
	return outcome(client, result, len);
}

ssize_t
inflight_tls_send(struct inflight *client, const void *data, size_t len)
{
	size_t sent = 0;
	ssize_t taken;
	int result;

	prepare();
	result = SSL_write_ex(client->tls->ssl, data, len, &sent);
	taken = outcome(client, result, sent);
	if (taken != 0)
		return taken;
	errno = EPIPE; /* nothing taken is no success */
	return -1;
}

bool
inflight_tls_say_end(struct inflight *client)
{
	int result;

	prepare();
	result = SSL_shutdown(client->tls->ssl);
	return result >= 0 || !is_to_wait(client, result);
}

bool
inflight_tls_has_more(const struct inflight *client)
{
	return client->tls != NULL && client->tls->ssl != NULL && SSL_pending(client->tls->ssl) > 0;
}

bool
inflight_tls_wants_write(const struct inflight *client)
{
	return client->tls != NULL && client->tls->wants_write;
}

void
inflight_tls_end(struct inflight *client)
{
	if (client->tls == NULL)
		return;
	SSL_free(client->tls->ssl);
	client->tls->ssl = NULL;
	client->tls->wants_write = false;
}

void
inflight_tls_fini(struct inflight *client)
{
	free_settings(client->tls);
	client->tls = NULL;
}
