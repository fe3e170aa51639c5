/*
 * The world behind sockets: a daemon of its own for each scenario, once over its
 * Unix socket, once over TCP and, where the build has it, once over TLS. Nothing sleeps. That
 * nothing comes is known from a ping on a connection apart: what the daemon was sent before it, it
 * has read and answered by then.
 */
#include <config.h>

#include "scenario/world.h"

#include "base/alloc.h"
#include "base/check.h"
#include "base/list.h"
#include "e2e/harness.h"
#include "scenario/auth_text.h"

#include <check.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#ifdef HAVE_OPENSSL
#include "tls/daemon.h"
#define VARIANTS 3
#else
#define VARIANTS 2
#endif

#define PING     "{\"method\":\"ping\"}\n"
#define ARGS_MAX 64

enum way { OVER_UNIX, OVER_TCP, OVER_TLS };

struct sockets_world {
	struct world world; /* first, so that the two convert */
#ifdef HAVE_OPENSSL
	struct tls_daemon tls;
	struct tls_client *clients[PEERS_MAX]; /* OVER_TLS */
#else
	struct {
		struct daemon daemon;
	} tls;
#endif
	enum way way;
	int fds[PEERS_MAX];
	int control; /* for pings */
	int last;    /* who sent last, -1: nobody */
};

static struct sockets_world *
world_of(struct world *world)
{
	return container_of(world, struct sockets_world, world);
}

static int
connect_to(const struct sockets_world *w, enum way way)
{
	struct sockaddr_un local = {.sun_family = AF_UNIX};
	struct sockaddr_in internet = {.sin_family = AF_INET,
		.sin_port = htons((uint16_t)w->tls.daemon.port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int fd = socket(way == OVER_TCP ? AF_INET : AF_UNIX, SOCK_STREAM, 0);
	int status;

	ck_assert_int_ge(fd, 0);
	if (way == OVER_TCP) {
		status = connect(fd, (const struct sockaddr *)&internet, sizeof(internet));
	} else {
		snprintf(local.sun_path, sizeof(local.sun_path), "%s", w->tls.daemon.unix_path);
		status = connect(fd, (const struct sockaddr *)&local, sizeof(local));
	}
	if (status != 0)
		ck_abort_msg("connect: %s", strerror(errno));
	return fd;
}

/* The daemon may have closed already: what is not taken is not missed. */
static void
send_all(int fd, struct span bytes)
{
	while (bytes.len > 0) {
		ssize_t sent = send(fd, bytes.ptr, bytes.len, MSG_NOSIGNAL);

		if (sent < 0 && errno == EINTR)
			continue;
		if (sent < 0)
			return;
		bytes = span_make(bytes.ptr + sent, bytes.len - (size_t)sent);
	}
}

/* Waits for input or the end; false where nothing comes for a long time. */
static bool
is_readable(int fd)
{
	struct pollfd pollfd = {.fd = fd, .events = POLLIN};
	int count;

	do {
		count = poll(&pollfd, 1, process_timeout_ms());
	} while (count < 0 && errno == EINTR);
	return count == 1;
}

/* Everything the daemon has read so far is executed when the answer comes. */
static void
barrier(struct sockets_world *w)
{
	char answer[256];
	ssize_t len;

	send_all(w->control, SPAN(PING));
	do {
		if (!is_readable(w->control))
			ck_abort_msg("the daemon does not answer a ping");
		len = recv(w->control, answer, sizeof(answer), 0);
		if (len <= 0)
			ck_abort_msg("the daemon is gone");
	} while (answer[len - 1] != '\n');
	w->last = -1;
}

/* ---- one peer, with TLS or without ----------------------------------------- */

static void
peer_begin(struct sockets_world *w, int peer)
{
#ifdef HAVE_OPENSSL
	if (w->way == OVER_TLS) {
		struct tls_client_wish wish = {.authority = &w->tls.authority};

		w->fds[peer] = tls_daemon_connect(&w->tls);
		w->clients[peer] = tls_client_new(w->fds[peer], &wish);
		ck_assert(tls_client_handshake(w->clients[peer]));
		return;
	}
#endif
	w->fds[peer] = connect_to(w, w->way);
}

static void
peer_say(struct sockets_world *w, int peer, struct span bytes)
{
#ifdef HAVE_OPENSSL
	if (w->way == OVER_TLS) {
		tls_client_send(w->clients[peer], bytes.ptr, bytes.len);
		return;
	}
#endif
	send_all(w->fds[peer], bytes);
}

static void
peer_say_end(struct sockets_world *w, int peer)
{
#ifdef HAVE_OPENSSL
	if (w->way == OVER_TLS) {
		tls_client_end(w->clients[peer]);
		return;
	}
#endif
	shutdown(w->fds[peer], SHUT_WR);
}

static ssize_t
peer_hear(struct sockets_world *w, int peer, void *out, size_t size, int flags)
{
#ifdef HAVE_OPENSSL
	if (w->way == OVER_TLS) {
		struct pollfd pollfd = {.fd = w->fds[peer], .events = POLLIN};

		if ((flags & MSG_DONTWAIT) == 0 || tls_client_has_more(w->clients[peer]) ||
			poll(&pollfd, 1, 0) == 1)
			return tls_client_receive(w->clients[peer], out, size);
		errno = EAGAIN;
		return -1;
	}
#endif
	return recv(w->fds[peer], out, size, flags);
}

/* Waits as is_readable() does. */
static bool
has_input(const struct sockets_world *w, int peer)
{
#ifdef HAVE_OPENSSL
	if (w->way == OVER_TLS && tls_client_has_more(w->clients[peer]))
		return true;
#endif
	return is_readable(w->fds[peer]);
}

static void
peer_leave(struct sockets_world *w, int peer)
{
#ifdef HAVE_OPENSSL
	tls_client_free(w->clients[peer]);
	w->clients[peer] = NULL;
#endif
	close(w->fds[peer]);
	w->fds[peer] = -1;
}

/* The daemon sees the connections in the order in which the scenario uses them. */
static void
take_turn(struct world *world, int peer)
{
	struct sockets_world *w = world_of(world);

	if (!world->talkers[peer].used) {
		world->talkers[peer].used = true;
		peer_begin(w, peer);
	}
	if (w->last >= 0 && w->last != peer)
		barrier(w);
	w->last = peer;
}

/* Reads once; false where nothing is there without waiting. */
static bool
receive(struct world *world, int peer, int flags)
{
	struct talker *talker = &world->talkers[peer];
	char *room = buf_reserve(&talker->received, 65536);
	ssize_t len;

	errno = 0;
	len = peer_hear(world_of(world), peer, room, 65536, flags);

	if (len > 0)
		buf_commit(&talker->received, (size_t)len);
	else if (len == 0 || (errno != EAGAIN && errno != EINTR))
		talker->ended = true;
	return len > 0;
}

static bool
has_line(const struct talker *talker)
{
	struct span bytes = buf_span(&talker->received);

	return memchr(bytes.ptr, '\n', bytes.len) != NULL;
}

static void
sockets_await(struct world *world, int peer, enum await what)
{
	struct talker *talker = &world->talkers[peer];

	if (!talker->used || world_of(world)->fds[peer] < 0)
		return;
	if (what == AWAIT_QUIET) {
		barrier(world_of(world));
		barrier(world_of(world));
		while (!talker->ended && receive(world, peer, MSG_DONTWAIT))
			;
	}
	if (what == AWAIT_QUIET)
		return;
	while (!talker->ended && (what == AWAIT_END || !has_line(talker)) &&
		has_input(world_of(world), peer))
		receive(world, peer, 0);
}

static void
sockets_send(struct world *world, int peer, struct span bytes)
{
	take_turn(world, peer);
	peer_say(world_of(world), peer, bytes);
}

static void
sockets_eof(struct world *world, int peer)
{
	take_turn(world, peer);
	peer_say_end(world_of(world), peer);
}

static void
sockets_close(struct world *world, int peer)
{
	take_turn(world, peer);
	peer_leave(world_of(world), peer);
	barrier(world_of(world));
	barrier(world_of(world));
}

static void
sockets_free(struct world *world)
{
	struct sockets_world *w = world_of(world);

	for (int i = 0; i < PEERS_MAX; i++) {
		if (world->talkers[i].used && w->fds[i] >= 0)
			peer_leave(w, i);
		buf_fini(&world->talkers[i].received);
	}
	close(w->control);
#ifdef HAVE_OPENSSL
	if (w->way == OVER_TLS)
		tls_daemon_stop(&w->tls);
	else
#endif
		daemon_stop(&w->tls.daemon);
	free(w);
}

/* The daemon reads no auth file that others may read, as those of the sources may be. */
static const char *
copy_auth_file(struct sockets_world *w, const char *name)
{
	const char *path;
	struct buf text;

	buf_init(&text);
	CHECK(auth_text_read(name, &text));
	buf_add_char(&text, '\0');
	path = daemon_file(&w->tls.daemon, "auth", buf_span(&text).ptr);
	CHECK(chmod(path, 0600) == 0);
	buf_fini(&text);
	return path;
}

/* Makes the folder with what the daemon is to find there. */
static void
prepare_daemon(struct sockets_world *w)
{
#ifdef HAVE_OPENSSL
	if (w->way == OVER_TLS) {
		tls_daemon_prepare(&w->tls);
		return;
	}
#endif
	daemon_prepare(&w->tls.daemon);
}

/* The options of the scenario, and no wait for leases at the end. */
static void
start_daemon(struct sockets_world *w, const struct scenario *scenario)
{
	const char *args[ARGS_MAX];
	char options[ARGS_MAX / 2][128];
	size_t count = 0;

	CHECK(scenario->option_count + 2 < ARGS_MAX / 2);
	prepare_daemon(w);
	args[count++] = "-o";
	args[count++] = "drain_timeout_ms=0";
	for (size_t i = 0; i < scenario->option_count; i++) {
		const struct scenario_option *option = &scenario->options[i];
		const char *value = option->value;

		if (strcmp(option->name, "auth_file") == 0)
			value = copy_auth_file(w, value);
		snprintf(options[i], sizeof(options[i]), "%s=%s", option->name, value);
		args[count++] = "-o";
		args[count++] = options[i];
	}
	args[count] = NULL;
#ifdef HAVE_OPENSSL
	if (w->way == OVER_TLS) {
		tls_daemon_run(&w->tls, false, args);
		return;
	}
#endif
	daemon_start(&w->tls.daemon, args);
}

static struct world *
sockets_open(const struct scenario *scenario, int variant, char *error)
{
	struct sockets_world *w = xcalloc(1, sizeof(*w));

	(void)error;
	w->world.ops = &world_sockets;
	w->way = (enum way)variant;
	w->last = -1;
	for (int i = 0; i < PEERS_MAX; i++)
		buf_init(&w->world.talkers[i].received);
	start_daemon(w, scenario);
	w->control = connect_to(w, OVER_UNIX);
	return &w->world;
}

/* Time passes by itself; scenarios with a time step are not played here. */
static void
sockets_pass(struct world *world, uint64_t ms)
{
	(void)world;
	(void)ms;
	UNREACHABLE();
}

const struct world_ops world_sockets = {
	.name = "sockets",
	.run_on = RUN_SOCKETS,
	.any_order = false,
	.variants = VARIANTS,
	.open = sockets_open,
	.send = sockets_send,
	.eof = sockets_eof,
	.close = sockets_close,
	.advance = sockets_pass,
	.jump = sockets_pass,
	.await = sockets_await,
	.free = sockets_free,
};
