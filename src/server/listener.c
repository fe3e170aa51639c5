/*
 * Listeners: made by address or adopted, they live until listeners_close(). An
 * adopted one has no file here: whoever made it removes it.
 */
#include <config.h>

#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/check.h"
#include "base/clock.h"
#include "base/log.h"
#include "server/address.h"
#include "server/admission.h"
#include "server/guest.h"
#include "server/listener.h"
#include "server/server.h"
#include "server/socket_file.h"

#define ACCEPTS_PER_TURN 64
#define REST_MS          100

/* A dead peer is noticed after two minutes of silence, not two hours. */
#define KEEPALIVE_IDLE_S     60
#define KEEPALIVE_INTERVAL_S 15
#define KEEPALIVE_PROBES     4

struct listener {
	struct listeners *owner;
	struct list_node node;
	struct event *event;
	struct address address;
	struct socket_file file;
	int fd;
	bool has_file;
	bool is_ready; /* somebody waits to be taken in */
	char text[ADDRESS_TEXT_SIZE];
};

void
listeners_init(struct listeners *listeners, struct loop *loop, struct connections *connections)
{
	*listeners = (struct listeners){.loop = loop,
		.connections = connections,
		.rest_until_ns = TIME_NEVER,
		.max_connections = UINT64_MAX};
	list_init(&listeners->list);
}

static void
listener_free(struct listener *listener)
{
	if (listener->event != NULL)
		event_free(listener->event);
	if (listener->has_file)
		socket_file_remove(&listener->file, address_path(&listener->address));
	if (listener->fd >= 0)
		close(listener->fd);
	free(listener);
}

void
listeners_close(struct listeners *listeners)
{
	struct list_node *node;

	while ((node = list_pop(&listeners->list)) != NULL)
		listener_free(container_of(node, struct listener, node));
	listeners->rest_until_ns = TIME_NEVER;
}

void
listeners_drain(struct listeners *listeners)
{
	list_for_each (node, &listeners->list) {
		struct listener *listener = container_of(node, struct listener, node);

		if (listener->address.is_http)
			continue;
		list_remove(node);
		listener_free(listener);
	}
}

static void
on_peer_waiting(evutil_socket_t fd, short what, void *arg)
{
	struct listener *listener = arg;

	(void)fd;
	(void)what;
	listener->is_ready = true;
}

static bool
refuse_text(char *error, const char *text, const char *why)
{
	snprintf(error, ADDRESS_ERROR_SIZE, "cannot listen on %.150s: %s", text, why);
	return false;
}

static bool
refuse(char *error, const char *text, int reason)
{
	return refuse_text(error, text, strerror(reason));
}

static bool
set_option(int fd, int level, int name, int value)
{
	return setsockopt(fd, level, name, &value, sizeof(value)) == 0;
}

/* Set on the listener, every connection that it takes in inherits them. */
static bool
set_tcp_options(int fd)
{
	return set_option(fd, IPPROTO_TCP, TCP_NODELAY, 1) &&
	       set_option(fd, SOL_SOCKET, SO_KEEPALIVE, 1) &&
	       set_option(fd, IPPROTO_TCP, TCP_KEEPIDLE, KEEPALIVE_IDLE_S) &&
	       set_option(fd, IPPROTO_TCP, TCP_KEEPINTVL, KEEPALIVE_INTERVAL_S) &&
	       set_option(fd, IPPROTO_TCP, TCP_KEEPCNT, KEEPALIVE_PROBES);
}

static bool
bind_tcp(int fd, const struct address *address)
{
	if (!set_option(fd, SOL_SOCKET, SO_REUSEADDR, 1) || !set_tcp_options(fd))
		return false;
	if (address_family(address) == AF_INET6 && !set_option(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1))
		return false;
	return bind(fd, (const void *)&address->storage, address->len) == 0;
}

/* The last step of making a listener: from here on it is in the list and serves. */
static bool
listener_start(struct listeners *owner, struct listener *listener)
{
	listener->owner = owner;
	listener->event = event_new(
		owner->loop->base, listener->fd, EV_READ | EV_PERSIST, on_peer_waiting, listener);
	if (listener->event == NULL || event_add(listener->event, NULL) < 0)
		return false;
	if (owner->rest_until_ns != TIME_NEVER)
		event_del(listener->event);
	list_append(&owner->list, &listener->node);
	return true;
}

static bool
listener_bind(struct listener *listener, const struct server_config *config, char *error)
{
	int family = address_family(&listener->address);

	listener->fd = socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (listener->fd < 0)
		return refuse(error, listener->text, errno);
	if (family == AF_UNIX) {
		if (!socket_file_bind(listener->fd, &listener->address, config->socket_mode,
			    config->socket_group, &listener->file, error))
			return false;
		listener->has_file = true;
	} else if (!bind_tcp(listener->fd, &listener->address)) {
		return refuse(error, listener->text, errno);
	}
	if (listen(listener->fd, SOMAXCONN) < 0)
		return refuse(error, listener->text, errno);
	return true;
}

bool
listeners_open(struct listeners *listeners, const char *address, const struct server_config *config,
	char *error)
{
	struct listener *listener = xcalloc(1, sizeof(*listener));
	struct address asked;

	listener->fd = -1;
	if (!address_parse(address, &listener->address, error)) {
		free(listener);
		return false;
	}
	asked = listener->address;
	address_format(&asked, listener->text);
	if (asked.is_tls && listeners->tls == NULL) {
		refuse_text(error, listener->text, "TLS needs tls_certificate and tls_key");
		listener_free(listener);
		return false;
	}
	CHECK(!asked.is_http || listeners->guest != NULL);
	if (!listener_bind(listener, config, error)) {
		listener_free(listener);
		return false;
	}
	/* The port may have been chosen by the system only now. */
	if (!address_of_socket(listener->fd, &listener->address) ||
		!listener_start(listeners, listener)) {
		refuse(error, listener->text, errno);
		listener_free(listener);
		return false;
	}
	listener->address.is_tls = asked.is_tls;
	listener->address.is_http = asked.is_http;
	address_format(&listener->address, listener->text);
	return true;
}

static bool
get_option(int fd, int name, int *ret)
{
	socklen_t len = sizeof(*ret);

	return getsockopt(fd, SOL_SOCKET, name, ret, &len) == 0;
}

/* NULL where the descriptor can be served, else what is wrong with it. */
static const char *
check_adoptable(int fd, struct address *ret)
{
	int accepting = 0;
	int type = 0;
	int family;
	int flags;

	if (!get_option(fd, SO_TYPE, &type))
		return strerror(errno);
	if (type != SOCK_STREAM)
		return "not a stream socket";
	if (!get_option(fd, SO_ACCEPTCONN, &accepting))
		return strerror(errno);
	if (accepting == 0)
		return "not a listening socket";
	if (!address_of_socket(fd, ret))
		return strerror(errno);
	family = address_family(ret);
	if (family != AF_UNIX && family != AF_INET && family != AF_INET6)
		return "neither a Unix nor a TCP socket";
	if (family != AF_UNIX && !set_tcp_options(fd))
		return strerror(errno);
	flags = fcntl(fd, F_GETFL);
	if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0 ||
		fcntl(fd, F_SETFD, FD_CLOEXEC) < 0)
		return strerror(errno);
	return NULL;
}

/* NULL where that can be spoken there, else what is in the way. */
static const char *
check_wire(const struct listeners *listeners, const struct address *address, enum server_wire wire)
{
	if (wire == SERVER_LINES)
		return NULL;
	if (address_family(address) == AF_UNIX)
		return "TLS and HTTP are spoken at TCP sockets only";
	if (wire == SERVER_TLS && listeners->tls == NULL)
		return "TLS needs tls_certificate and tls_key";
	CHECK(wire != SERVER_HTTP || listeners->guest != NULL);
	return NULL;
}

bool
listeners_adopt(struct listeners *listeners, int fd, enum server_wire wire, char *error)
{
	struct listener *listener = xcalloc(1, sizeof(*listener));
	const char *why = check_adoptable(fd, &listener->address);

	listener->fd = -1;
	if (why == NULL)
		why = check_wire(listeners, &listener->address, wire);
	if (why == NULL) {
		listener->fd = fd;
		listener->address.is_tls = wire == SERVER_TLS;
		listener->address.is_http = wire == SERVER_HTTP;
		address_format(&listener->address, listener->text);
		if (listener_start(listeners, listener))
			return true;
		why = strerror(errno);
		listener->fd = -1; /* stays the caller's */
	}
	snprintf(error, ADDRESS_ERROR_SIZE, "descriptor %d cannot be listened on: %s", fd, why);
	listener_free(listener);
	return false;
}

const char *
listeners_address(const struct listeners *listeners, size_t i)
{
	list_for_each (node, &listeners->list) {
		if (i-- == 0)
			return container_of(node, struct listener, node)->text;
	}
	return NULL;
}

/* What is wrong with one peer only: it is gone already, or was turned away below us. */
static bool
concerns_one_peer(int error)
{
	switch (error) {
	case EINTR:
	case ECONNABORTED:
	case EPERM:
	case EPROTO:
	case ENOPROTOOPT:
	case ENETDOWN:
	case ENETUNREACH:
	case EHOSTDOWN:
	case EHOSTUNREACH:
	case ENONET:
	case EOPNOTSUPP:
	case ETIMEDOUT:
		return true;
	default:
		return false;
	}
}

/* Nothing can be accepted: leave the peers in the backlog for a moment. */
static void
listeners_rest(struct listeners *listeners, int reason, uint64_t now_ns)
{
	uint64_t held_back = 0;

	if (log_gate_passes(&listeners->failures, now_ns, &held_back))
		LOG(LOG_LEVEL_WARNING, "cannot accept connections",
			LOG_TEXT("reason", strerror(reason)), LOG_NUMBER("held_back", held_back));
	list_for_each (node, &listeners->list) {
		struct listener *listener = container_of(node, struct listener, node);

		event_del(listener->event);
		listener->is_ready = false;
	}
	listeners->rest_until_ns = time_after_ms(now_ns, REST_MS);
}

static void
listeners_resume(struct listeners *listeners, uint64_t now_ns)
{
	listeners->rest_until_ns = TIME_NEVER;
	list_for_each (node, &listeners->list) {
		if (event_add(container_of(node, struct listener, node)->event, NULL) < 0) {
			listeners_rest(listeners, errno, now_ns);
			return;
		}
	}
}

static void
listener_accept(struct listeners *listeners, struct listener *listener, uint64_t now_ns)
{
	listener->is_ready = false;
	for (int i = 0; i < ACCEPTS_PER_TURN; i++) {
		struct address peer = {.len = sizeof(peer.storage) - 1};
		int fd = accept4(listener->fd, (void *)&peer.storage, &peer.len,
			SOCK_NONBLOCK | SOCK_CLOEXEC);

		peer.is_tls = listener->address.is_tls;
		if (fd >= 0 && listener->address.is_http) {
			listeners->guest->accept(
				listeners->guest->arg, fd, (const void *)&peer.storage, peer.len);
		} else if (fd >= 0) {
			admission_decide(listeners, &peer, fd, now_ns);
		} else if (errno == EAGAIN || errno == EWOULDBLOCK) {
			return;
		} else if (!concerns_one_peer(errno)) {
			listeners_rest(listeners, errno, now_ns);
			return;
		}
	}
}

void
listeners_accept(struct listeners *listeners, uint64_t now_ns)
{
	if (listeners->rest_until_ns <= now_ns)
		listeners_resume(listeners, now_ns);
	list_for_each (node, &listeners->list) {
		struct listener *listener = container_of(node, struct listener, node);

		if (listener->is_ready)
			listener_accept(listeners, listener, now_ns);
	}
}

uint64_t
listeners_next_due(const struct listeners *listeners)
{
	return listeners->rest_until_ns;
}
