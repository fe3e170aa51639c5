/*
 * See peer.h.
 */
#include <config.h>

#include "soak/peer.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

void
peer_init(struct peer *peer)
{
	*peer = (struct peer){.fd = -1, .in = malloc(PEER_BYTES), .out = malloc(PEER_BYTES)};
	if (peer->in == NULL || peer->out == NULL)
		die("no memory");
}

bool
peer_connect(struct peer *peer, const struct target *target, bool is_tcp)
{
	struct sockaddr_un un = {.sun_family = AF_UNIX};
	struct sockaddr_in in = {.sin_family = AF_INET};
	int rc;

	peer_close(peer);
	peer->fd = socket(is_tcp ? AF_INET : AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (peer->fd < 0)
		return false;
	snprintf(un.sun_path, sizeof(un.sun_path), "%s", target->unix_path);
	in.sin_port = htons((uint16_t)target->port);
	in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	rc = is_tcp ? connect(peer->fd, (const struct sockaddr *)&in, sizeof(in))
		    : connect(peer->fd, (const struct sockaddr *)&un, sizeof(un));
	if (rc != 0) {
		peer_close(peer);
		return false;
	}
	if (is_tcp)
		setsockopt(peer->fd, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
	return true;
}

void
peer_close(struct peer *peer)
{
	if (peer->fd >= 0)
		close(peer->fd);
	peer->fd = -1;
	peer->in_head = peer->in_len = peer->out_len = 0;
}

__attribute__((format(printf, 2, 0))) static void
add_line(struct peer *peer, const char *format, va_list args)
{
	size_t room = PEER_BYTES - peer->out_len;
	int n = vsnprintf(peer->out + peer->out_len, room, format, args);

	if (n < 0 || (size_t)n + 1 >= room)
		die("a request is too long");
	peer->out_len += (size_t)n;
	peer->out[peer->out_len++] = '\n';
}

void
peer_say(struct peer *peer, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	add_line(peer, format, args);
	va_end(args);
}

void
peer_flush(struct peer *peer)
{
	size_t sent = 0;

	while (peer->fd >= 0 && sent < peer->out_len) {
		ssize_t n = send(peer->fd, peer->out + sent, peer->out_len - sent, MSG_NOSIGNAL);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			peer_close(peer);
		else
			sent += (size_t)n;
	}
	peer->out_len = 0;
}

char *
peer_line(struct peer *peer)
{
	while (peer->fd >= 0) {
		char *line = peer->in + peer->in_head;
		char *end = memchr(line, '\n', peer->in_len - peer->in_head);
		ssize_t n;

		if (end != NULL) {
			*end = '\0';
			peer->in_head = (size_t)(end - peer->in) + 1;
			return line;
		}
		peer->in_len -= peer->in_head;
		memmove(peer->in, line, peer->in_len);
		peer->in_head = 0;
		if (peer->in_len == PEER_BYTES)
			die("an answer is too long");
		n = recv(peer->fd, peer->in + peer->in_len, PEER_BYTES - peer->in_len, 0);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			peer_close(peer);
		else
			peer->in_len += (size_t)n;
	}
	return NULL;
}

char *
peer_ask(struct peer *peer, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	add_line(peer, format, args);
	va_end(args);
	peer_flush(peer);
	return peer_line(peer);
}

bool
is_result(const char *line)
{
	return line != NULL && strstr(line, "\"error\":null}") != NULL;
}

int64_t
number_in(const char *line, const char *name)
{
	char pattern[64];
	const char *at;

	snprintf(pattern, sizeof(pattern), "\"%s\":", name);
	at = line == NULL ? NULL : strstr(line, pattern);
	if (at == NULL)
		die("no %s in %.200s", name, line == NULL ? "nothing" : line);
	return strtoll(at + strlen(pattern), NULL, 10);
}
