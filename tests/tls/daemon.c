/*
 * See daemon.h.
 */
#include <config.h>

#include "tls/daemon.h"

#include <arpa/inet.h>
#include <check.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"

#define ARGS_MAX 40

static void
make_files(struct tls_daemon *tls)
{
	struct certificate_wish authority = {.common_name = "the authority", .is_authority = true};
	struct certificate_wish own = {
		.common_name = "the daemon", .alternative_names = "DNS:localhost,IP:127.0.0.1"};
	const char *dir = tls->daemon.dir;

	tls->authority = certificate_make(&authority);
	own.issuer = &tls->authority;
	tls->own = certificate_make(&own);
	snprintf(tls->certificate_path, sizeof(tls->certificate_path), "%s/certificate.pem", dir);
	snprintf(tls->key_path, sizeof(tls->key_path), "%s/key.pem", dir);
	snprintf(tls->authority_path, sizeof(tls->authority_path), "%s/authority.pem", dir);
	certificate_write(&tls->own, tls->certificate_path, tls->key_path);
	certificate_write(&tls->authority, tls->authority_path, NULL);
}

/* Puts "-o NAME=VALUE" behind the others; `room` keeps the text. */
static void
add_option(
	const char **argv, size_t *n, char *room, size_t size, const char *name, const char *value)
{
	snprintf(room, size, "%s=%s", name, value);
	argv[(*n)++] = "-o";
	argv[(*n)++] = room;
}

void
tls_daemon_prepare(struct tls_daemon *tls)
{
	*tls = (struct tls_daemon){0};
	daemon_prepare(&tls->daemon);
	make_files(tls);
}

void
tls_daemon_run(struct tls_daemon *tls, bool is_mutual, const char *const *args)
{
	const char *argv[ARGS_MAX] = {"-l", "tls:127.0.0.1:0"};
	char texts[3][160];
	const char *line;
	size_t n = 2;

	add_option(argv, &n, texts[0], sizeof(texts[0]), "tls_certificate", tls->certificate_path);
	add_option(argv, &n, texts[1], sizeof(texts[1]), "tls_key", tls->key_path);
	if (is_mutual)
		add_option(
			argv, &n, texts[2], sizeof(texts[2]), "tls_client_ca", tls->authority_path);
	for (; args != NULL && *args != NULL; args++) {
		ck_assert_uint_lt(n, ARGS_MAX - 1);
		argv[n++] = *args;
	}
	daemon_start(&tls->daemon, argv);
	line = stream_line(&tls->daemon.program.out);
	require_in(line, "ready tls:127.0.0.1:");
	tls->port = (int)strtol(strrchr(line, ':') + 1, NULL, 10);
	ck_assert_int_gt(tls->port, 0);
}

void
tls_daemon_start(struct tls_daemon *tls, bool is_mutual, const char *const *args)
{
	tls_daemon_prepare(tls);
	tls_daemon_run(tls, is_mutual, args);
}

void
tls_daemon_stop(struct tls_daemon *tls)
{
	daemon_stop(&tls->daemon);
	certificate_fini(&tls->own);
	certificate_fini(&tls->authority);
}

int
tls_daemon_connect(const struct tls_daemon *tls)
{
	struct sockaddr_in address = {.sin_family = AF_INET,
		.sin_port = htons((uint16_t)tls->port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(connect(fd, (const void *)&address, sizeof(address)), 0);
	ck_assert_int_eq(setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int)), 0);
	return fd;
}

bool
tls_peer_open(
	struct tls_peer *peer, const struct tls_daemon *tls, const struct tls_client_wish *wish)
{
	*peer = (struct tls_peer){.fd = tls_daemon_connect(tls)};
	buf_init(&peer->in);
	peer->client = tls_client_new(peer->fd, wish);
	return tls_client_handshake(peer->client);
}

void
tls_peer_close(struct tls_peer *peer)
{
	tls_client_free(peer->client);
	close(peer->fd);
	buf_fini(&peer->in);
	free(peer->line);
}

const char *
tls_peer_line(struct tls_peer *peer)
{
	size_t seen = 0;
	const char *end;

	while ((end = memchr(buf_span(&peer->in).ptr + seen, '\n', buf_len(&peer->in) - seen)) ==
		NULL) {
		char *room = buf_reserve(&peer->in, 65536);
		ssize_t len = tls_client_receive(peer->client, room, 65536);

		if (len <= 0)
			return NULL;
		seen = buf_len(&peer->in);
		buf_commit(&peer->in, (size_t)len);
	}
	free(peer->line);
	seen = (size_t)(end - buf_span(&peer->in).ptr);
	peer->line = xstrndup(buf_span(&peer->in).ptr, seen);
	buf_consume(&peer->in, seen + 1);
	return peer->line;
}

void
tls_peer_talk(struct tls_peer *peer, const char *line, const char *text)
{
	ck_assert(tls_client_send(peer->client, line, strlen(line)));
	ck_assert(tls_client_send(peer->client, "\n", 1));
	require_in(tls_peer_line(peer), text);
}
