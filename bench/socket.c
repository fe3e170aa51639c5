/*
 * Addresses to sockets.
 */
#include <config.h>

#include "socket.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

union any_address {
	struct sockaddr any;
	struct sockaddr_in tcp;
	struct sockaddr_un local;
};

static bool
parse_tcp(const char *text, union any_address *ret)
{
	const char *colon = strrchr(text, ':');
	char host[INET_ADDRSTRLEN] = "";

	if (colon == NULL || (size_t)(colon - text) >= sizeof(host))
		return false;
	memcpy(host, text, (size_t)(colon - text));
	ret->tcp.sin_family = AF_INET;
	ret->tcp.sin_port = htons((uint16_t)strtoul(colon + 1, NULL, 10));
	return inet_pton(AF_INET, host, &ret->tcp.sin_addr) == 1;
}

static bool
parse(const char *address, union any_address *ret, socklen_t *ret_len)
{
	memset(ret, 0, sizeof(*ret));
	if (strncmp(address, "tcp:", 4) == 0) {
		*ret_len = sizeof(ret->tcp);
		return parse_tcp(address + 4, ret);
	}
	if (strncmp(address, "unix:", 5) != 0 || strlen(address + 5) >= sizeof(ret->local.sun_path))
		return false;
	ret->local.sun_family = AF_UNIX;
	memcpy(ret->local.sun_path, address + 5, strlen(address + 5));
	*ret_len = sizeof(ret->local);
	return true;
}

static void
no_delay(int fd)
{
	int on = 1;

	/* Says no for a Unix socket, which has no delay anyway. */
	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
}

static int
fail(int fd)
{
	int saved = errno;

	close(fd);
	errno = saved;
	return -1;
}

int
socket_listen(const char *address, unsigned *ret_port)
{
	union any_address name;
	socklen_t len;

	if (!parse(address, &name, &len)) {
		errno = EINVAL;
		return -1;
	}
	int fd = socket(name.any.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -1;
	if (bind(fd, &name.any, len) < 0 || listen(fd, 1024) < 0 ||
		getsockname(fd, &name.any, &len) < 0)
		return fail(fd);
	*ret_port = name.any.sa_family == AF_INET ? ntohs(name.tcp.sin_port) : 0;
	return fd;
}

int
socket_accept(int listener)
{
	int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

	if (fd >= 0)
		no_delay(fd);
	return fd;
}

int
socket_connect(const char *address)
{
	union any_address name;
	socklen_t len;

	if (!parse(address, &name, &len)) {
		errno = EINVAL;
		return -1;
	}
	int fd = socket(name.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -1;
	if (connect(fd, &name.any, len) < 0)
		return fail(fd);
	no_delay(fd);
	return fd;
}
