/*
 * The server: the turn, the signals, the end. It owns the loop, the listeners and
 * the connections; listeners close when the drain begins, everything else lives
 * until server_free().
 *
 * A turn: wait until something happens, then, with one reading of the clock, take
 * in what came, let the service work, write what it has for the peers, accept new
 * ones, clear away. Callbacks do none of this; they note what there is to do.
 */
#include <config.h>

#include <errno.h>
#include <event2/event.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/log.h"
#include "server/address.h"
#include "server/connections.h"
#include "server/hosting.h"
#include "server/listener.h"
#include "server/server.h"
#include "server/tls.h"

/* Descriptors that are no connection: listeners, the loop's own, a guest's, the log, a margin. */
#define SPARE_DESCRIPTORS 96

#define METER_NS NS_PER_MS

#define SIGNAL_COUNT 3

static const int handled_signals[SIGNAL_COUNT] = {SIGTERM, SIGINT, SIGHUP};

/* The last reading of the processor's clock, and when that was. */
struct meter {
	uint64_t cpu_ns;
	uint64_t read_ns;
};

struct server {
	struct service *service; /* borrowed */
	struct loop loop;
	struct connections connections;
	struct listeners listeners;
	struct hosting hosting;
	struct event *signal_events[SIGNAL_COUNT];
	struct server_config config;
	struct tls_context *tls; /* NULL: none */
	char *socket_group;      /* what config.socket_group points to */
	struct server_hooks hooks;
	uint64_t beat_due_ns; /* TIME_NEVER: no beat is wanted */
	struct meter meter;
	uint64_t drained_ns;  /* when the service was drained, TIME_NEVER: not yet */
	unsigned end_signals; /* SIGTERM and SIGINT so far */
	bool is_draining;
	bool has_reload_signal;
};

static void
on_signal(evutil_socket_t signo, short what, void *arg)
{
	struct server *server = arg;

	(void)what;
	if (signo == SIGHUP)
		server->has_reload_signal = true;
	else
		server->end_signals++;
}

static bool
catch_signals(struct server *server, char *error)
{
	struct sigaction ignore = {.sa_handler = SIG_IGN};

	/* A peer that is gone is an error of the write, not the end of the process. */
	sigaction(SIGPIPE, &ignore, NULL);
	for (size_t i = 0; i < SIGNAL_COUNT; i++) {
		struct event *event =
			evsignal_new(server->loop.base, handled_signals[i], on_signal, server);

		if (event == NULL || event_add(event, NULL) < 0) {
			if (event != NULL)
				event_free(event);
			snprintf(error, ADDRESS_ERROR_SIZE, "cannot catch signal %d: %s",
				handled_signals[i], strerror(errno));
			return false;
		}
		server->signal_events[i] = event;
	}
	return true;
}

/* Raises the limit of descriptors as far as it goes; returns what it is then. */
static uint64_t
raise_descriptor_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
		return UINT64_MAX;
	if (limit.rlim_cur < limit.rlim_max) {
		struct rlimit raised = {limit.rlim_max, limit.rlim_max};

		if (setrlimit(RLIMIT_NOFILE, &raised) == 0)
			limit = raised;
	}
	return limit.rlim_cur;
}

void
server_configure(struct server *server, const struct server_config *config)
{
	uint64_t descriptors = raise_descriptor_limit();
	uint64_t other = CONNECTIONS_LINGERING_MAX + SPARE_DESCRIPTORS;
	char *group = config->socket_group == NULL ? NULL : xstrdup(config->socket_group);

	if (descriptors < other || config->max_connections > descriptors - other)
		log_warning("max_connections is %" PRIu64 ", but only %" PRIu64
			    " descriptors are allowed and %" PRIu64
			    " of them are for other uses: raise the limit (ulimit -n, LimitNOFILE)",
			config->max_connections, descriptors, other);
	free(server->socket_group);
	server->socket_group = group;
	server->config = *config;
	server->config.socket_group = group;
	server->listeners.max_connections = config->max_connections;
	server->connections.handshake_timeout_ms = config->handshake_timeout_ms;
	server->listeners.max_unauthenticated = config->max_unauthenticated;
}

struct server *
server_new(struct service *service, const struct server_config *config, char *error)
{
	struct server *server = xcalloc(1, sizeof(*server));

	server->service = service;
	server->drained_ns = TIME_NEVER;
	server->beat_due_ns = TIME_NEVER;
	if (!loop_init(&server->loop, error)) {
		free(server);
		return NULL;
	}
	if (!connections_init(&server->connections, &server->loop, service, error)) {
		loop_fini(&server->loop);
		free(server);
		return NULL;
	}
	listeners_init(&server->listeners, &server->loop, &server->connections);
	if (!catch_signals(server, error)) {
		server_free(server);
		return NULL;
	}
	server_configure(server, config);
	return server;
}

void
server_free(struct server *server)
{
	if (server == NULL)
		return;
	listeners_close(&server->listeners);
	hosting_end(&server->hosting);
	connections_fini(&server->connections);
	for (size_t i = 0; i < SIGNAL_COUNT; i++) {
		if (server->signal_events[i] != NULL)
			event_free(server->signal_events[i]);
	}
	loop_fini(&server->loop);
	tls_context_free(server->tls);
	free(server->socket_group);
	free(server);
}

bool
server_set_tls(struct server *server, const struct tls_config *config, char *error)
{
	struct tls_context *fresh = tls_context_new(config, error);

	if (fresh == NULL)
		return false;
	tls_context_free(server->tls);
	server->tls = fresh;
	server->listeners.tls = fresh;
	return true;
}

bool
server_host(struct server *server, const struct guest *guest, char *error)
{
	if (!hosting_begin(&server->hosting, &server->loop, guest)) {
		snprintf(error, ADDRESS_ERROR_SIZE, "cannot serve HTTP: %s", strerror(errno));
		return false;
	}
	server->listeners.guest = guest;
	return true;
}

bool
server_listen(struct server *server, const char *address, char *error)
{
	return listeners_open(&server->listeners, address, &server->config, error);
}

bool
server_adopt(struct server *server, int fd, enum server_wire wire, char *error)
{
	return listeners_adopt(&server->listeners, fd, wire, error);
}

bool
server_address_is_valid(const char *address, char *error)
{
	struct address parsed;

	return address_parse(address, &parsed, error);
}

bool
server_address_is_public(const char *address)
{
	char error[ADDRESS_ERROR_SIZE];
	struct address parsed;

	return !address_parse(address, &parsed, error) || address_is_public(&parsed);
}

bool
server_address_is_tls(const char *address)
{
	char error[ADDRESS_ERROR_SIZE];
	struct address parsed;

	return address_parse(address, &parsed, error) && parsed.is_tls;
}

bool
server_address_is_http(const char *address)
{
	char error[ADDRESS_ERROR_SIZE];
	struct address parsed;

	return address_parse(address, &parsed, error) && parsed.is_http;
}

const char *
server_address(const struct server *server, size_t i)
{
	return listeners_address(&server->listeners, i);
}

void
server_set_hooks(struct server *server, const struct server_hooks *hooks)
{
	server->hooks = *hooks;
	server->beat_due_ns = hooks->beat == NULL ? TIME_NEVER : 0;
}

static void
handle_signals(struct server *server)
{
	if (server->has_reload_signal) {
		server->has_reload_signal = false;
		if (server->hooks.reload != NULL)
			server->hooks.reload(server->hooks.arg);
	}
	if (server->end_signals > 0 && !server->is_draining) {
		log_info("draining: no new connections, no new work");
		server->is_draining = true;
		listeners_drain(&server->listeners);
		service_drain(server->service);
		if (server->hooks.draining != NULL)
			server->hooks.draining(server->hooks.arg);
	}
}

/* A turn that never ends, or a loop that never turns, is what a beat that stays away tells of. */
static void
beat(struct server *server, uint64_t now_ns)
{
	if (now_ns < server->beat_due_ns)
		return;
	server->hooks.beat(server->hooks.arg);
	server->beat_due_ns = time_after_ms(now_ns, server->hooks.beat_ms);
}

static uint64_t
earlier(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/* Everything after the poll. True where the next turn is not to wait. */
static bool
server_turn(struct server *server, uint64_t now_ns)
{
	struct connections *connections = &server->connections;
	uint64_t due_ns;
	bool more;

	service_begin(server->service, now_ns);
	handle_signals(server);
	beat(server, now_ns);
	more = connections_receive(connections, now_ns);
	more |= service_turn(server->service);
	more |= hosting_turn(&server->hosting, now_ns);
	connections_flush(connections);
	listeners_accept(&server->listeners, now_ns);
	/* A peer that took its answers may have made a session go on. */
	due_ns = earlier(service_next_due(server->service), hosting_next_due(&server->hosting));
	more |= due_ns <= now_ns;
	more = connections_tidy(connections, more);
	if (more)
		return true;
	due_ns = earlier(due_ns, connections_next_due(connections));
	due_ns = earlier(due_ns, listeners_next_due(&server->listeners));
	due_ns = earlier(due_ns, server->beat_due_ns);
	loop_wake_at(&server->loop, due_ns);
	return false;
}

/* Is the drain over: all done and written (no `more` to do), or out of patience? */
static bool
server_has_ended(struct server *server, bool more)
{
	uint64_t now_ns;
	uint64_t end_ns;

	if (server->end_signals > 1) {
		log_warning("ending at once, as asked for a second time");
		return true;
	}
	if (!server->is_draining || !service_is_drained(server->service))
		return false;
	if (!more && server->connections.blocked_count == 0)
		return true;
	now_ns = clock_now_ns();
	if (server->drained_ns == TIME_NEVER)
		server->drained_ns = now_ns;
	end_ns = time_after_ms(server->drained_ns, SERVER_LAST_WORDS_MS);
	loop_wake_at(&server->loop, end_ns);
	return now_ns >= end_ns;
}

static void
meter_read(struct meter *meter, uint64_t now_ns)
{
	meter->read_ns = now_ns;
	meter->cpu_ns = clock_cpu_ns();
}

/*
 * What a turn took of the processor. Asking its clock in every turn would show in the cost
 * of a request, so it is asked after long turns only, and before a turn where the reading is
 * METER_NS old: that is how much too long a turn can seem.
 */
static void
note_turn(struct server *server, uint64_t begin_ns)
{
	uint64_t end_ns = clock_now_ns();
	uint64_t took_ns = end_ns - begin_ns;
	uint64_t cpu_ns = took_ns;

	if (took_ns >= METER_NS) {
		uint64_t before_ns = server->meter.cpu_ns;

		meter_read(&server->meter, end_ns);
		cpu_ns = earlier(took_ns, server->meter.cpu_ns - before_ns);
	}
	service_note_turn(server->service, took_ns, cpu_ns);
}

bool
server_run(struct server *server)
{
	/* The first turn does not wait: work may be there from before. */
	bool more = true;

	do {
		uint64_t begin_ns;

		if (!loop_poll(&server->loop, more))
			return false;
		begin_ns = clock_now_ns();
		if (begin_ns - server->meter.read_ns >= METER_NS)
			meter_read(&server->meter, begin_ns);
		more = server_turn(server, begin_ns);
		note_turn(server, begin_ns);
	} while (!server_has_ended(server, more));
	return true;
}
