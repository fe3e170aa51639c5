/*
 * The plain transport: system calls and nothing else.
 */
#include <config.h>

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "server/transport.h"

bool
transport_is_passing(int error)
{
	return error == EAGAIN || error == EWOULDBLOCK || error == EINTR;
}

static ssize_t
plain_receive(struct transport *transport, char *out, size_t size)
{
	ssize_t len = recv(transport->fd, out, size, MSG_DONTWAIT);

	if (len > 0)
		return len;
	if (len == 0)
		return TRANSPORT_END;
	if (transport_is_passing(errno))
		return TRANSPORT_NOTHING;
	transport->why = strerror(errno);
	return TRANSPORT_LOST;
}

static ssize_t
plain_send(struct transport *transport, struct span bytes)
{
	ssize_t sent = send(transport->fd, bytes.ptr, bytes.len, MSG_NOSIGNAL | MSG_DONTWAIT);

	if (sent >= 0)
		return sent;
	if (transport_is_passing(errno))
		return 0;
	transport->why = strerror(errno);
	return -1;
}

static bool
plain_has_more(const struct transport *transport)
{
	(void)transport;
	return false;
}

static void
plain_nothing(struct transport *transport)
{
	(void)transport;
}

static const struct transport_ops plain_ops = {
	.receive = plain_receive,
	.send = plain_send,
	.has_more = plain_has_more,
	.say_end = plain_nothing,
	.fini = plain_nothing,
};

void
transport_init(struct transport *transport, struct tls_context *context, int fd)
{
	*transport = (struct transport){.ops = &plain_ops, .fd = fd};
	if (context != NULL)
		tls_begin(transport, context);
}
