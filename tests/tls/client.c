/*
 * OpenSSL works on two buffers here; what comes out of one goes to the socket, what
 * comes from the socket goes into the other.
 */
#include <config.h>

#include "tls/client.h"

#include <check.h>
#include <errno.h>
#include <openssl/err.h>
#include <poll.h>
#include <sys/socket.h>

#include "base/alloc.h"

#define TIMEOUT_MS 20000

struct tls_client {
	SSL_CTX *context;
	SSL *ssl;
	BIO *in;
	BIO *out;
	int fd;
	bool has_begun;
	bool has_ended; /* the socket */
};

static void
believe(SSL_CTX *context, const struct certificate *authority)
{
	if (authority == NULL)
		return;
	ck_assert_int_eq(X509_STORE_add_cert(SSL_CTX_get_cert_store(context), authority->x509), 1);
	SSL_CTX_set_verify(context, SSL_VERIFY_PEER, NULL);
}

struct tls_client *
tls_client_new(int fd, const struct tls_client_wish *wish)
{
	struct tls_client *client = xcalloc(1, sizeof(*client));

	client->fd = fd;
	client->context = SSL_CTX_new(TLS_client_method());
	ck_assert_ptr_nonnull(client->context);
	believe(client->context, wish->authority);
	if (wish->own != NULL) {
		ck_assert_int_eq(SSL_CTX_use_certificate(client->context, wish->own->x509), 1);
		ck_assert_int_eq(SSL_CTX_use_PrivateKey(client->context, wish->own->key), 1);
	}
	if (wish->version != 0) {
		SSL_CTX_set_min_proto_version(client->context, wish->version);
		SSL_CTX_set_max_proto_version(client->context, wish->version);
	}
	client->ssl = SSL_new(client->context);
	client->in = BIO_new(BIO_s_mem());
	client->out = BIO_new(BIO_s_mem());
	ck_assert(client->ssl != NULL && client->in != NULL && client->out != NULL);
	SSL_set_bio(client->ssl, client->in, client->out);
	SSL_set_connect_state(client->ssl);
	return client;
}

void
tls_client_free(struct tls_client *client)
{
	if (client == NULL)
		return;
	SSL_free(client->ssl);
	SSL_CTX_free(client->context);
	ERR_clear_error();
	free(client);
}

/* Takes what the socket has, waiting for the first of it. False at the end. */
static bool
take_in(struct tls_client *client)
{
	struct pollfd poll_fd = {.fd = client->fd, .events = POLLIN};
	char data[65536];
	ssize_t len;

	if (client->has_ended)
		return false;
	ck_assert_msg(poll(&poll_fd, 1, TIMEOUT_MS) == 1, "nothing comes");
	len = recv(client->fd, data, sizeof(data), 0);
	if (len <= 0) {
		client->has_ended = true;
		return false;
	}
	ck_assert_int_eq(BIO_write(client->in, data, (int)len), (int)len);
	return true;
}

static void
take_out(struct tls_client *client, struct buf *out)
{
	size_t len = BIO_ctrl_pending(client->out);
	char *room = buf_reserve(out, len + 1);

	if (len > 0)
		ck_assert_int_eq(BIO_read(client->out, room, (int)len), (int)len);
	buf_commit(out, len);
}

/* False where the server does not take it. */
static bool
send_all(int fd, struct span bytes)
{
	while (bytes.len > 0) {
		ssize_t sent = send(fd, bytes.ptr, bytes.len, MSG_NOSIGNAL);

		if (sent < 0 && errno == EINTR)
			continue;
		if (sent < 0)
			return false;
		bytes = span_make(bytes.ptr + sent, bytes.len - (size_t)sent);
	}
	return true;
}

static bool
flush(struct tls_client *client)
{
	struct buf out;
	bool done;

	buf_init(&out);
	take_out(client, &out);
	done = send_all(client->fd, buf_span(&out));
	buf_fini(&out);
	return done;
}

bool
tls_client_step(struct tls_client *client, struct buf *out)
{
	bool goes_on = !client->has_begun || take_in(client);
	int result;

	client->has_begun = true;
	result = SSL_connect(client->ssl);
	take_out(client, out);
	return goes_on && result != 1 && SSL_get_error(client->ssl, result) == SSL_ERROR_WANT_READ;
}

bool
tls_client_is_done(const struct tls_client *client)
{
	return SSL_is_init_finished(client->ssl) == 1;
}

bool
tls_client_handshake(struct tls_client *client)
{
	bool goes_on;

	do {
		struct buf out;

		buf_init(&out);
		goes_on = tls_client_step(client, &out);
		goes_on &= send_all(client->fd, buf_span(&out));
		buf_fini(&out);
	} while (goes_on);
	return tls_client_is_done(client);
}

bool
tls_client_send(struct tls_client *client, const void *data, size_t len)
{
	size_t sent = 0;

	ERR_clear_error();
	return len == 0 || (SSL_write_ex(client->ssl, data, len, &sent) == 1 && flush(client));
}

ssize_t
tls_client_receive(struct tls_client *client, void *out, size_t size)
{
	size_t len = 0;
	int result;

	ERR_clear_error();
	while ((result = SSL_read_ex(client->ssl, out, size, &len)) != 1) {
		int error = SSL_get_error(client->ssl, result);

		flush(client);
		if (error == SSL_ERROR_ZERO_RETURN)
			return 0;
		if (error != SSL_ERROR_WANT_READ || !take_in(client))
			return -1;
	}
	return (ssize_t)len;
}

bool
tls_client_has_more(const struct tls_client *client)
{
	return SSL_pending(client->ssl) > 0 || BIO_ctrl_pending(client->in) > 0;
}

void
tls_client_end(struct tls_client *client)
{
	SSL_shutdown(client->ssl);
	flush(client);
	shutdown(client->fd, SHUT_WR);
}

const SSL *
tls_client_ssl(const struct tls_client *client)
{
	return client->ssl;
}
