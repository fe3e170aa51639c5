/*
 * A connection owns its descriptor, its two events and its session. The session
 * goes first, at the moment when the peer is known to be gone, so that nothing is
 * handed to the dead; descriptor and memory go later, in slices.
 *
 * A peer's end. End of file is a half-close: what came is executed and answered.
 * For a connection that is not read at present the watch tells of the end,
 * whatever its kind: then waits end at once, the rest is read as the session
 * wants it, and the first read or write that fails ends it all. So it need not be
 * known beforehand whether the peer still listens.
 */
#include <config.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/check.h"
#include "base/clock.h"
#include "base/log.h"
#include "server/connection.h"

#define LINGER_MS 1000

static struct list *
state_list(struct connections *connections, enum connection_state state)
{
	switch (state) {
	case CONNECTION_OPEN:
		return &connections->open;
	case CONNECTION_LINGERING:
		return &connections->lingering;
	case CONNECTION_DEAD:
		return &connections->dead;
	}
	UNREACHABLE();
}

/* The only place that moves a connection between states. */
static void
connection_move(struct connection *conn, enum connection_state state)
{
	struct connections *owner = conn->owner;

	if (conn->state == CONNECTION_OPEN)
		owner->open_count--;
	if (conn->state == CONNECTION_LINGERING)
		owner->lingering_count--;
	if (state == CONNECTION_LINGERING)
		owner->lingering_count++;
	list_remove(&conn->state_node);
	list_append(state_list(owner, state), &conn->state_node);
	conn->state = state;
}

/* A failure that only says "not now". */
static bool
is_passing(int error)
{
	return error == EAGAIN || error == EWOULDBLOCK || error == EINTR;
}

static void
end_session(struct connection *conn)
{
	unsigned failures;

	if (conn->session == NULL)
		return;
	failures = session_auth_failures(conn->session);
	if (failures > 0)
		log_info("%s: wrong tokens shown: %u", session_name(conn->session), failures);
	session_close(conn->session);
	conn->session = NULL;
}

static void
stop_watching(struct connection *conn)
{
	if (conn->is_watched)
		peer_watch_remove(&conn->owner->watch, conn->fd);
	conn->is_watched = false;
}

static void
stop_reading(struct connection *conn)
{
	list_remove(&conn->input_node);
	event_del(&conn->read_event);
	conn->is_suspended = true;
}

static bool
resume_reading(struct connection *conn)
{
	stop_watching(conn);
	if (event_add(&conn->read_event, NULL) < 0)
		return false;
	conn->is_suspended = false;
	return true;
}

static void
unblock(struct connection *conn)
{
	event_del(&conn->write_event);
	conn->is_blocked = false;
	conn->owner->blocked_count--;
}

static bool
block(struct connection *conn)
{
	if (event_add(&conn->write_event, NULL) < 0)
		return false;
	conn->is_blocked = true;
	conn->owner->blocked_count++;
	return true;
}

void
connection_kill(struct connection *conn)
{
	CHECK(conn->state != CONNECTION_DEAD);
	end_session(conn);
	stop_watching(conn);
	stop_reading(conn);
	if (conn->is_blocked)
		unblock(conn);
	list_remove(&conn->output_node);
	connection_move(conn, CONNECTION_DEAD);
}

static void
connection_lose(struct connection *conn, const char *why)
{
	log_debug("%s: %s", session_name(conn->session), why);
	connection_kill(conn);
}

void
connection_linger(struct connection *conn)
{
	struct connections *owner = conn->owner;
	struct list_node *oldest = list_first(&owner->lingering);

	list_remove(&conn->input_node);
	if (shutdown(conn->fd, SHUT_WR) < 0 || (conn->is_suspended && !resume_reading(conn))) {
		connection_kill(conn);
		return;
	}
	if (owner->lingering_count >= CONNECTIONS_LINGERING_MAX)
		connection_kill(container_of(oldest, struct connection, state_node));
	conn->linger_until_ns = time_after_ms(owner->now_ns, LINGER_MS);
	connection_move(conn, CONNECTION_LINGERING);
}

/* All is said and written. */
static void
connection_finish(struct connection *conn)
{
	log_debug("%s: closed", session_name(conn->session));
	end_session(conn);
	if (conn->has_input_end)
		connection_kill(conn);
	else
		connection_linger(conn);
}

/* What follows from the session's state after it was run, or its output written. */
static void
connection_settle(struct connection *conn)
{
	if (session_is_overrun(conn->session)) {
		log_info("%s: cut off, there is no room for more answers",
			session_name(conn->session));
		connection_kill(conn);
	} else if (session_is_finished(conn->session)) {
		connection_finish(conn);
	} else if (conn->is_suspended && !conn->has_input_end &&
		   session_wants_input(conn->session) && !resume_reading(conn)) {
		connection_lose(conn, "cannot go on reading");
	}
}

/* One send; what does not fit waits for the write event. False: the peer is lost. */
static bool
send_output(struct connection *conn)
{
	struct span output = buf_span(session_output(conn->session));
	ssize_t sent;

	/* Blocked, or noted as writable and served in the next turn. */
	if (output.len == 0 || conn->is_blocked || list_is_linked(&conn->output_node))
		return true;
	sent = send(conn->fd, output.ptr, output.len, MSG_NOSIGNAL | MSG_DONTWAIT);
	if (sent < 0 && !is_passing(errno)) {
		connection_lose(conn, strerror(errno));
		return false;
	}
	if (sent > 0)
		session_sent(conn->session, (size_t)sent);
	if (sent < (ssize_t)output.len && !block(conn)) {
		connection_lose(conn, "cannot wait until it reads");
		return false;
	}
	return true;
}

void
connection_write(struct connection *conn)
{
	if (send_output(conn))
		connection_settle(conn);
}

/* Throws away what a peer sends that is not listened to any more. */
static void
discard_input(struct connection *conn)
{
	ssize_t len = recv(conn->fd, conn->owner->input, CONNECTION_INPUT_SIZE, MSG_DONTWAIT);

	if (len == 0 || (len < 0 && !is_passing(errno)))
		connection_kill(conn);
}

void
connection_read(struct connection *conn)
{
	char *input = conn->owner->input;
	ssize_t len;

	if (conn->session == NULL) {
		discard_input(conn);
		return;
	}
	conn->unwanted_turns = 0;
	len = recv(conn->fd, input, CONNECTION_INPUT_SIZE, MSG_DONTWAIT);
	if (len > 0) {
		session_feed(conn->session, input, (size_t)len);
	} else if (len == 0) {
		conn->has_input_end = true;
		stop_reading(conn);
		session_eof(conn->session);
	} else if (!is_passing(errno)) {
		connection_lose(conn, strerror(errno));
	}
}

void
connection_peer_ended(struct connection *conn)
{
	stop_watching(conn);
	conn->has_peer_end = true;
	session_end_waits(conn->session);
}

void
connection_suspend(struct connection *conn)
{
	conn->unwanted_turns = 0;
	stop_reading(conn);
	if (conn->has_peer_end)
		return;
	conn->is_watched = peer_watch_add(&conn->owner->watch, conn->fd, conn);
	if (!conn->is_watched)
		connection_lose(conn, "cannot watch for its end");
}

static void
on_readable(evutil_socket_t fd, short what, void *arg)
{
	struct connection *conn = arg;
	struct connections *owner = conn->owner;

	(void)fd;
	/* One report of the end is enough: thousands of them, again in each turn, cost the others.
	 */
	if (what & EV_CLOSED) {
		stop_reading(conn);
		list_append(&owner->ending, &conn->input_node);
	} else if (!list_is_linked(&conn->input_node)) {
		list_append(&owner->readable, &conn->input_node);
	}
}

static void
on_writable(evutil_socket_t fd, short what, void *arg)
{
	struct connection *conn = arg;

	(void)fd;
	(void)what;
	conn->is_blocked = false;
	conn->owner->blocked_count--;
	list_append(&conn->owner->writable, &conn->output_node);
}

struct connection *
connection_new(struct connections *owner, int fd)
{
	struct connection *conn = xcalloc(1, sizeof(*conn));
	struct event_base *base = owner->loop->base;

	conn->owner = owner;
	conn->fd = fd;
	conn->state = CONNECTION_OPEN;
	conn->is_suspended = true;
	list_node_init(&conn->state_node);
	list_node_init(&conn->input_node);
	list_node_init(&conn->output_node);
	CHECK(event_assign(&conn->read_event, base, fd, EV_READ | EV_CLOSED | EV_PERSIST,
		      on_readable, conn) == 0);
	CHECK(event_assign(&conn->write_event, base, fd, EV_WRITE, on_writable, conn) == 0);
	list_append(&owner->open, &conn->state_node);
	owner->open_count++;
	return conn;
}

void
connection_start(struct connection *conn, const char *name, const struct peer_identity *identity)
{
	conn->session = session_new(conn->owner->service, name, conn);
	session_identify(conn->session, identity);
	if (!resume_reading(conn))
		connection_lose(conn, "cannot read from it");
}

void
connection_free(struct connection *conn)
{
	CHECK(conn->state == CONNECTION_DEAD);
	list_remove(&conn->state_node);
	close(conn->fd);
	free(conn);
}
