/*
 * The connection's bytes. The descriptor is never blocking and belongs to the
 * handle from the connect until the end or the next connect. Nothing here knows
 * what the bytes mean.
 */
#include <config.h>

#include "client/handle.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "client/tls.h"

#define READ_STEP 65536
#define READ_MAX  (1024 * 1024) /* at one go, so that the caller sees replies in between */

int64_t
inflight_now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int64_t
inflight_deadline_of(int64_t timeout_ms)
{
	int64_t now = inflight_now_ms();

	if (timeout_ms < 0)
		return -1;
	return timeout_ms > INT64_MAX - now ? INT64_MAX : now + timeout_ms;
}

bool
inflight_is_over(int64_t deadline_ms)
{
	return deadline_ms >= 0 && inflight_now_ms() >= deadline_ms;
}

enum inflight_status
inflight_fail(
	struct inflight *client, enum inflight_status status, const char *what, const char *detail)
{
	if (detail == NULL)
		snprintf(client->trouble, sizeof client->trouble, "%s", what);
	else
		snprintf(client->trouble, sizeof client->trouble, "%s: %s", what, detail);
	return status;
}

static void
close_all(struct inflight *client)
{
	inflight_tls_end(client);
	if (client->fd >= 0)
		close(client->fd);
	client->fd = -1;
	inflight_address_free(&client->address, client->list);
	client->list = client->trying = NULL;
}

void
inflight_link_end(struct inflight *client, enum inflight_status failure)
{
	close_all(client);
	client->state = LINK_ENDED;
	client->failure = failure;
}

void
inflight_link_reset(struct inflight *client)
{
	close_all(client);
	client->state = LINK_NONE;
	client->busy = client->send_over = client->end_sent = client->write_lost = false;
	inflight_bytes_clear(&client->out);
	inflight_bytes_clear(&client->in);
	client->scanned = 0;
	client->written = 0;
}

static int
open_socket(int family)
{
	int fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int on = 1;

	if (fd >= 0 && family != AF_UNIX) {
		/* Requests are short and each matters; a host that vanished is noticed at last. */
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
		setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
	}
	return fd;
}

static void
connected(struct inflight *client)
{
	inflight_address_free(&client->address, client->list);
	client->list = client->trying = NULL;
	client->state = LINK_OPEN;
	if (!client->address.tls)
		return;
	client->state = LINK_GREETING;
	if (inflight_tls_begin(client) != INFLIGHT_OK)
		inflight_link_end(client, INFLIGHT_UNREACHABLE);
}

static ssize_t
send_bytes(struct inflight *client, struct inflight_span span)
{
	if (client->address.tls)
		return inflight_tls_send(client, span.ptr, span.len);
	return send(client->fd, span.ptr, span.len, MSG_NOSIGNAL);
}

static ssize_t
receive_bytes(struct inflight *client, char *room, size_t size)
{
	if (client->address.tls)
		return inflight_tls_receive(client, room, size);
	return recv(client->fd, room, size, 0);
}

/* Tells the peer that no request comes any more; what cannot be told now is told later. */
static void
send_end(struct inflight *client)
{
	if (client->address.tls) {
		client->end_sent = inflight_tls_say_end(client);
		return;
	}
	shutdown(client->fd, SHUT_WR);
	client->end_sent = true;
}

/* Tries the sockets from `trying` on, until one connects or is on its way. */
static void
try_sockets(struct inflight *client, int error)
{
	while (client->trying != NULL) {
		const struct addrinfo *info = client->trying;

		if (client->fd >= 0)
			close(client->fd);
		client->fd = open_socket(info->ai_family);
		if (client->fd >= 0 && connect(client->fd, info->ai_addr, info->ai_addrlen) == 0) {
			connected(client);
			return;
		}
		error = errno;
		if (client->fd >= 0 && error == EINPROGRESS)
			return;
		client->trying = info->ai_next;
	}
	client->busy = error == EAGAIN;
	inflight_fail(client, INFLIGHT_UNREACHABLE, client->address_text, strerror(error));
	inflight_link_end(client, INFLIGHT_UNREACHABLE);
}

enum inflight_status
inflight_link_start(struct inflight *client)
{
	const char *wrong = client->address_wrong;

	inflight_link_reset(client);
	if (wrong != NULL)
		return inflight_fail(client, INFLIGHT_INVALID, client->address_text, wrong);
	wrong = inflight_address_resolve(&client->address, &client->list);
	if (wrong != NULL)
		return inflight_fail(client, INFLIGHT_UNREACHABLE, client->address_text, wrong);
	client->state = LINK_CONNECTING;
	client->trying = client->list;
	try_sockets(client, EADDRNOTAVAIL);
	return client->state == LINK_ENDED ? client->failure : INFLIGHT_OK;
}

/* Looks how the connect under way went. */
static void
connect_on(struct inflight *client)
{
	struct pollfd poll_fd = {.fd = client->fd, .events = POLLOUT};
	int error = 0;
	socklen_t len = sizeof error;

	if (poll(&poll_fd, 1, 0) <= 0)
		return;
	if (getsockopt(client->fd, SOL_SOCKET, SO_ERROR, &error, &len) != 0)
		error = errno;
	if (error == 0) {
		connected(client);
		return;
	}
	client->trying = client->trying->ai_next;
	try_sockets(client, error);
}

void
inflight_link_write(struct inflight *client)
{
	struct inflight_bytes *out = &client->out;

	if (client->state != LINK_OPEN)
		return;
	while (!client->write_lost && inflight_bytes_len(out) > 0) {
		struct inflight_span span = inflight_bytes_span(out);
		ssize_t len = send_bytes(client, span);

		if (len >= 0) {
			inflight_bytes_drop(out, (size_t)len);
			client->written += (uint64_t)len;
		} else if (errno == EAGAIN || errno == EWOULDBLOCK) {
			return;
		} else if (errno != EINTR) {
			/* The peer has gone; it may have said why, so reading goes on to the end.
			 */
			client->write_lost = true;
		}
	}
	if (client->send_over && !client->end_sent && !client->write_lost)
		send_end(client);
}

static bool
read_in(struct inflight *client)
{
	size_t total = 0;

	/* What TLS holds already, no event would tell of again. */
	while (total < READ_MAX || inflight_tls_has_more(client)) {
		char *room = inflight_bytes_reserve(&client->in, READ_STEP);
		ssize_t len;

		if (room == NULL) {
			inflight_fail(
				client, INFLIGHT_NO_MEMORY, "out of memory for a reply", NULL);
			inflight_link_end(client, INFLIGHT_NO_MEMORY);
			break;
		}
		len = receive_bytes(client, room, READ_STEP);
		if (len > 0) {
			client->in.end += (size_t)len;
			total += (size_t)len;
		} else if (len == 0) {
			inflight_fail(
				client, INFLIGHT_CLOSED, "the daemon closed the connection", NULL);
			inflight_link_end(client, INFLIGHT_CLOSED);
			break;
		} else if (errno == EAGAIN || errno == EWOULDBLOCK) {
			break;
		} else if (errno != EINTR) {
			if (!client->address.tls)
				inflight_fail(client, INFLIGHT_CLOSED, "the connection broke",
					strerror(errno));
			inflight_link_end(client, INFLIGHT_CLOSED);
			break;
		}
	}
	return total > 0;
}

bool
inflight_link_pump(struct inflight *client)
{
	if (client->state == LINK_CONNECTING)
		connect_on(client);
	if (client->state == LINK_GREETING && inflight_tls_greet(client))
		client->state = LINK_OPEN;
	if (client->state != LINK_OPEN)
		return false;
	inflight_link_write(client);
	return read_in(client);
}

void
inflight_link_wait(const struct inflight *client, int64_t deadline_ms)
{
	struct pollfd poll_fd = {.fd = client->fd, .events = inflight_events(client)};
	int64_t left = -1;

	if (deadline_ms >= 0) {
		left = deadline_ms - inflight_now_ms();
		if (left < 0)
			left = 0;
		else if (left > INT_MAX)
			left = INT_MAX;
	}
	/* A signal ends the wait early, which is harmless: the caller looks and waits again. */
	poll(&poll_fd, 1, (int)left);
}
