/*
 * The listener: libmicrohttpd with its poller inside of the server's, the peers, the turn.
 *
 * The library is never left to itself: the server accepts for it, its descriptors are in an epoll
 * of their own that is one descriptor to the server's loop, and it works when it is called. How
 * many peers there are, and how long each may take, is kept here.
 */
#include <config.h>

#include "http/http.h"

#include <errno.h>
#include <microhttpd.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/check.h"
#include "base/clock.h"
#include "base/log.h"
#include "http/api.h"
#include "http/exchange.h"
#include "http/look.h"
#include "http/metrics.h"
#include "http/state.h"

/* Of one connection: what is kept of a request, its head above all, and the answer's buffer. */
#define CONNECTION_MEMORY (32 * 1024)

/* A connection, from the library's point of view a socket's context. */
struct http_peer {
	struct http *http;
	struct list_node node; /* among http->peers, as long as it has time left */
	uint64_t deadline_ns;
	int fd; /* the library's */
};

bool
http_is_built_in(void)
{
	return true;
}

/* ---- peers ------------------------------------------------------------------- */

/* Its time begins anew. All have the same, so the list stays in order. */
static void
renew(struct http_peer *peer)
{
	struct http *http = peer->http;

	list_remove(&peer->node);
	peer->deadline_ns = time_after_ms(clock_now_ns(), http->config.timeout_ms);
	list_append(&http->peers, &peer->node);
}

static void
on_connection(void *cls, struct MHD_Connection *connection, void **context,
	enum MHD_ConnectionNotificationCode what)
{
	struct http *http = cls;
	struct http_peer *peer = *context;

	if (what == MHD_CONNECTION_NOTIFY_STARTED) {
		peer = xcalloc(1, sizeof(*peer));
		peer->http = http;
		peer->fd = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD)
				   ->connect_fd;
		list_node_init(&peer->node);
		renew(peer);
		http->peer_count++;
		*context = peer;
	} else if (peer != NULL) {
		list_remove(&peer->node);
		http->peer_count--;
		free(peer);
		*context = NULL;
	}
}

static void
on_completed(void *cls, struct MHD_Connection *connection, void **exchange,
	enum MHD_RequestTerminationCode how)
{
	struct http_peer *peer =
		MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT)
			->socket_context;

	exchange_completed(cls, connection, exchange, how);
	if (peer != NULL)
		renew(peer);
}

/*
 * Ends those whose time is over. The library sees an end of file then and clears away; it has no
 * call for this.
 */
static void
end_overdue(struct http *http, uint64_t now_ns)
{
	struct list_node *node;

	while ((node = list_first(&http->peers)) != NULL) {
		struct http_peer *peer = container_of(node, struct http_peer, node);

		if (peer->deadline_ns > now_ns)
			return;
		list_remove(node);
		shutdown(peer->fd, SHUT_RDWR);
		http->has_input = true;
	}
}

static void
accept_peer(void *arg, int fd, const struct sockaddr *address, socklen_t len)
{
	struct http *http = arg;

	if (http->peer_count >= http->config.max_connections) {
		LOG(LOG_LEVEL_DEBUG, "a connection was refused",
			LOG_TEXT("limit", "max_http_connections"),
			LOG_NUMBER("value", http->config.max_connections));
		close(fd);
		return;
	}
	/* It closes the descriptor where it fails. */
	if (MHD_add_connection(http->mhd, fd, address, len) != MHD_YES)
		LOG(LOG_LEVEL_DEBUG, "an HTTP connection was not taken",
			LOG_TEXT("reason", strerror(errno)));
	http->has_input = true;
}

/* ---- the turn ---------------------------------------------------------------- */

/* Does the library want to be called again at once? */
static bool
run_library(struct http *http)
{
	MHD_UNSIGNED_LONG_LONG timeout_ms;

	http->has_input = false;
	(void)MHD_run(http->mhd);
	return MHD_get_timeout(http->mhd, &timeout_ms) == MHD_YES && timeout_ms == 0;
}

static bool
http_turn(void *arg, uint64_t now_ns)
{
	struct http *http = arg;
	struct session *session;
	bool more;

	end_overdue(http, now_ns);
	more = run_library(http);
	while ((session = service_pop_dirty_inside(http->service)) != NULL)
		api_go_on(session);
	more |= metrics_turn(http->metrics);
	more |= looks_turn(http);
	return more || http->has_input;
}

static uint64_t
http_next_due(void *arg)
{
	const struct http *http = arg;
	struct list_node *first = list_first(&http->peers);

	if (http->has_input || service_has_dirty_inside(http->service) ||
		metrics_has_work(http->metrics) || !list_is_empty(&http->looks))
		return 0;
	return first == NULL ? TIME_NEVER
			     : container_of(first, struct http_peer, node)->deadline_ns;
}

/* ---- birth and end ------------------------------------------------------------- */

/* What the library has to say is about single peers. */
static void __attribute__((format(printf, 2, 0)))
log_library(void *cls, const char *format, va_list args)
{
	char line[256];
	size_t len;

	(void)cls;
	vsnprintf(line, sizeof(line), format, args);
	len = strcspn(line, "\n");
	line[len] = '\0';
	LOG(LOG_LEVEL_DEBUG, "libmicrohttpd", LOG_TEXT("said", line));
}

static struct MHD_Daemon *
start_library(struct http *http)
{
	return MHD_start_daemon(MHD_USE_NO_LISTEN_SOCKET | MHD_USE_EPOLL |
					MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ERROR_LOG,
		0, NULL, NULL, exchange_handle, http,
		/* first, so that it holds for all that the others may say */
		MHD_OPTION_EXTERNAL_LOGGER, log_library, http, MHD_OPTION_NOTIFY_COMPLETED,
		on_completed, http, MHD_OPTION_NOTIFY_CONNECTION, on_connection, http,
		MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)CONNECTION_MEMORY,
		MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_SIGPIPE_HANDLED_BY_APP, 1,
		MHD_OPTION_END);
}

struct http *
http_new(struct service *service, const struct http_config *config, char *error)
{
	struct http *http = xcalloc(1, sizeof(*http));

	http->service = service;
	http->config = *config;
	list_init(&http->peers);
	list_init(&http->exchanges);
	list_init(&http->looks);
	http->mhd = start_library(http);
	if (http->mhd == NULL) {
		snprintf(error, 256, "HTTP cannot be served (libmicrohttpd %s): %m",
			MHD_get_version());
		free(http);
		return NULL;
	}
	http->guest = (struct guest){
		.arg = http,
		.fd = MHD_get_daemon_info(http->mhd, MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd,
		.accept = accept_peer,
		.turn = http_turn,
		.next_due = http_next_due,
	};
	http->metrics = metrics_new(http);
	return http;
}

void
http_free(struct http *http)
{
	if (http == NULL)
		return;
	list_for_each (node, &http->exchanges)
		exchange_abandon(container_of(node, struct exchange, node));
	MHD_stop_daemon(http->mhd);
	CHECK(list_is_empty(&http->exchanges) && http->peer_count == 0);
	metrics_free(http->metrics);
	free(http);
}

void
http_configure(struct http *http, const struct http_config *config)
{
	http->config = *config;
}

const struct guest *
http_guest(const struct http *http)
{
	return &http->guest;
}
