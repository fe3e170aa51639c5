/*
 * The floor of the wire benchmark: sends back what it reads, by a raw persistent read
 * event of libevent and a direct write. No server on that loop can be cheaper.
 *
 * A connection lives from its accept to its end of file; the process until SIGTERM.
 */
#include <config.h>

#include <errno.h>
#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "socket.h"

#define READ_BYTES 65536

struct peer {
	struct event *readable;
	struct event *writable;
	size_t from; /* what of data[] is still to be sent back */
	size_t to;
	char data[READ_BYTES];
};

static void
peer_close(struct peer *peer)
{
	evutil_socket_t fd = event_get_fd(peer->readable);

	event_free(peer->readable);
	event_free(peer->writable);
	close(fd);
	free(peer);
}

/* Sends what it can; reading stops as long as something is left. */
static void
peer_write(struct peer *peer, int fd)
{
	ssize_t n = write(fd, peer->data + peer->from, peer->to - peer->from);

	if (n < 0 && errno != EAGAIN) {
		peer_close(peer);
		return;
	}
	peer->from += n < 0 ? 0 : (size_t)n;
	if (peer->from < peer->to) {
		event_del(peer->readable);
		event_add(peer->writable, NULL);
	}
}

static void
on_writable(evutil_socket_t fd, short what, void *arg)
{
	struct peer *peer = arg;

	(void)what;
	event_add(peer->readable, NULL);
	peer_write(peer, fd);
}

static void
on_readable(evutil_socket_t fd, short what, void *arg)
{
	struct peer *peer = arg;
	ssize_t n = read(fd, peer->data, sizeof(peer->data));

	(void)what;
	if (n < 0 && errno == EAGAIN)
		return;
	if (n <= 0) {
		peer_close(peer);
		return;
	}
	peer->from = 0;
	peer->to = (size_t)n;
	peer_write(peer, fd);
}

static void
on_connection(evutil_socket_t listener, short what, void *arg)
{
	struct event_base *base = arg;
	int fd = socket_accept(listener);
	struct peer *peer;

	(void)what;
	if (fd < 0)
		return;
	peer = xmalloc(sizeof(*peer));
	peer->readable = event_new(base, fd, EV_READ | EV_PERSIST, on_readable, peer);
	peer->writable = event_new(base, fd, EV_WRITE, on_writable, peer);
	event_add(peer->readable, NULL);
}

int
main(int argc, char **argv)
{
	struct event_base *base = event_base_new();

	if (argc < 2 || base == NULL) {
		fputs("usage: echo_server ADDRESS...\n", stderr);
		return 2;
	}
	for (int i = 1; i < argc; i++) {
		unsigned port = 0;
		int fd = socket_listen(argv[i], &port);

		if (fd < 0) {
			fprintf(stderr, "echo_server: %s: %s\n", argv[i], strerror(errno));
			return 1;
		}
		event_add(event_new(base, fd, EV_READ | EV_PERSIST, on_connection, base), NULL);
		if (port != 0)
			printf("ready tcp:127.0.0.1:%u\n", port);
		else
			printf("ready %s\n", argv[i]);
	}
	fflush(stdout);
	return event_base_dispatch(base) < 0;
}
