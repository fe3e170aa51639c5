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
#include "server/interest.h"

static struct list *
state_list(struct connections *connections, enum connection_state state)
{
	switch (state) {
	case CONNECTION_GREETING:
		return &connections->greeting;
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

	owner->counts[conn->state]--;
	owner->counts[state]++;
	list_remove(&conn->state_node);
	list_append(state_list(owner, state), &conn->state_node);
	conn->state = state;
	conn->since_ns = owner->now_ns;
}

static void
end_session(struct connection *conn)
{
	unsigned failures;

	if (conn->session == NULL)
		return;
	failures = session_auth_failures(conn->session);
	if (failures > 0)
		LOG(LOG_LEVEL_INFO, "wrong tokens were shown",
			LOG_TEXT("peer", session_name(conn->session)),
			LOG_NUMBER("tokens", failures));
	session_close(conn->session);
	conn->session = NULL;
}

void
connection_kill(struct connection *conn)
{
	CHECK(conn->state != CONNECTION_DEAD);
	end_session(conn);
	interest_unwatch(conn);
	interest_stop_reading(conn);
	if (conn->is_blocked)
		interest_stop_writing(conn);
	list_remove(&conn->output_node);
	connection_move(conn, CONNECTION_DEAD);
}

static void
connection_lose(struct connection *conn, const char *why)
{
	LOG(LOG_LEVEL_DEBUG, "closed", LOG_TEXT("peer", session_name(conn->session)),
		LOG_TEXT("reason", why));
	connection_kill(conn);
}

void
connection_linger(struct connection *conn)
{
	struct connections *owner = conn->owner;
	struct list_node *oldest = list_first(&owner->lingering);

	list_remove(&conn->input_node);
	if (shutdown(conn->fd, SHUT_WR) < 0 || (conn->is_suspended && !interest_read(conn))) {
		connection_kill(conn);
		return;
	}
	if (owner->counts[CONNECTION_LINGERING] >= CONNECTIONS_LINGERING_MAX)
		connection_kill(container_of(oldest, struct connection, state_node));
	connection_move(conn, CONNECTION_LINGERING);
}

/* All is said and written. */
static void
connection_finish(struct connection *conn)
{
	LOG(LOG_LEVEL_DEBUG, "closed", LOG_TEXT("peer", session_name(conn->session)));
	end_session(conn);
	conn->transport.ops->say_end(&conn->transport);
	if (conn->has_input_end)
		connection_kill(conn);
	else
		connection_linger(conn);
}

/* What follows from the session's state after it was run, or its output written. */
static void
connection_settle(struct connection *conn)
{
	if (conn->is_unmuted) {
		connection_lose(conn, "cannot stop reading");
	} else if (session_is_overrun(conn->session)) {
		LOG(LOG_LEVEL_INFO, "cut off, there is no room for more answers",
			LOG_TEXT("peer", session_name(conn->session)));
		connection_kill(conn);
	} else if (session_is_finished(conn->session)) {
		connection_finish(conn);
	} else if (conn->is_suspended && !conn->has_input_end && !conn->is_stuck &&
		   session_wants_input(conn->session)) {
		if (!interest_read(conn))
			connection_lose(conn, "cannot go on reading");
		else
			connection_note_more(conn);
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
	sent = conn->transport.ops->send(&conn->transport, output);
	if (sent < 0) {
		connection_lose(conn, conn->transport.why);
		return false;
	}
	if (sent > 0)
		session_sent(conn->session, (size_t)sent);
	if (sent < (ssize_t)output.len && !interest_write(conn)) {
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

	if (len == 0 || (len < 0 && !transport_is_passing(errno)))
		connection_kill(conn);
}

void
connection_note_more(struct connection *conn)
{
	if (conn->transport.ops->has_more(&conn->transport) && !list_is_linked(&conn->input_node))
		list_append(&conn->owner->buffered, &conn->input_node);
}

/* What the peer sent cannot be read before something was written, and it does not read. */
static void
await_output(struct connection *conn)
{
	connection_suspend(conn);
	if (conn->state == CONNECTION_DEAD)
		return;
	conn->is_stuck = true;
	if (!conn->is_blocked && !interest_write(conn))
		connection_lose(conn, "cannot wait until it reads");
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
	len = conn->transport.ops->receive(&conn->transport, input, CONNECTION_INPUT_SIZE);
	if (len > 0) {
		/* What was asked for since the turn began must not be over too early by that. */
		service_begin(conn->owner->service, clock_now_ns());
		session_feed(conn->session, input, (size_t)len);
		connection_note_more(conn);
	} else if (len == TRANSPORT_END) {
		conn->has_input_end = true;
		interest_stop_reading(conn);
		session_eof(conn->session);
	} else if (len == TRANSPORT_STUCK) {
		await_output(conn);
	} else if (len == TRANSPORT_LOST) {
		connection_lose(conn, conn->transport.why);
	}
}

void
connection_peer_ended(struct connection *conn)
{
	/* It was not watched any more, but could not be taken out of the watch. */
	if (!conn->is_watched)
		return;
	interest_unwatch(conn);
	conn->has_peer_end = true;
	session_end_waits(conn->session);
}

void
connection_suspend(struct connection *conn)
{
	conn->unwanted_turns = 0;
	interest_stop_reading(conn);
	if (conn->is_unmuted) {
		connection_lose(conn, "cannot stop reading");
		return;
	}
	if (conn->has_peer_end)
		return;
	conn->is_watched = peer_watch_add(&conn->owner->watch, conn->fd, conn);
	if (!conn->is_watched)
		connection_lose(conn, "cannot watch for its end");
}

struct connection *
connection_new(struct connections *owner, int fd, const char *name, struct tls_context *tls)
{
	struct connection *conn = xcalloc(1, sizeof(*conn));

	conn->owner = owner;
	conn->fd = fd;
	conn->name = xstrdup(name);
	conn->state = CONNECTION_GREETING;
	conn->since_ns = owner->now_ns;
	conn->is_suspended = true;
	transport_init(&conn->transport, tls, fd);
	list_node_init(&conn->state_node);
	list_node_init(&conn->input_node);
	list_node_init(&conn->output_node);
	interest_init(conn);
	list_append(&owner->greeting, &conn->state_node);
	owner->counts[CONNECTION_GREETING]++;
	return conn;
}

void
connection_start(struct connection *conn)
{
	connection_move(conn, CONNECTION_OPEN);
	conn->session = session_new(conn->owner->service, conn->name, conn);
	conn->identity.certificate = tls_identity(&conn->transport);
	session_identify(conn->session, &conn->identity);
	free(conn->name);
	conn->name = NULL;
	if (conn->is_suspended && !interest_read(conn))
		connection_lose(conn, "cannot read from it");
	else
		connection_note_more(conn);
}

void
connection_free(struct connection *conn)
{
	CHECK(conn->state == CONNECTION_DEAD);
	list_remove(&conn->state_node);
	conn->owner->counts[CONNECTION_DEAD]--;
	conn->transport.ops->fini(&conn->transport);
	free(conn->name);
	close(conn->fd);
	free(conn);
}
