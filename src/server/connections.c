/*
 * The connections as a whole: who is served in a turn, and in which order. The
 * lists own the connections; a connection lives until it is dead and reaped.
 *
 * A turn reads from a bounded number of peers, each once, and those left over
 * stand first in the next turn, so that thousands that send at once do not keep
 * the others waiting. Peers that sent their end have a smaller share of their own.
 */
#include <config.h>

#include <stdlib.h>
#include <sys/socket.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/clock.h"
#include "server/connection.h"
#include "server/greeting.h"

#define LINGER_MS       1000
#define GREETS_PER_TURN 16 /* steps of handshakes, the longest of a millisecond */
#define READS_PER_TURN  256
#define ENDS_PER_TURN   64 /* of peers that sent their end: they are in no hurry */
#define REAPS_PER_TURN  256

/* Turns in a row that input which nobody wants may wake the loop while it is busy anyway. */
#define UNWANTED_TURNS_MAX 16

bool
connections_init(
	struct connections *connections, struct loop *loop, struct service *service, char *error)
{
	*connections = (struct connections){.loop = loop, .service = service};
	list_init(&connections->greeting);
	list_init(&connections->greetable);
	list_init(&connections->buffered);
	list_init(&connections->open);
	list_init(&connections->lingering);
	list_init(&connections->dead);
	list_init(&connections->readable);
	list_init(&connections->ending);
	list_init(&connections->unwanted);
	list_init(&connections->writable);
	if (!peer_watch_init(&connections->watch, loop->base, error))
		return false;
	connections->input = xmalloc(CONNECTION_INPUT_SIZE);
	return true;
}

static struct connection *
first_of(const struct list *list)
{
	struct list_node *node = list_first(list);

	return node == NULL ? NULL : container_of(node, struct connection, state_node);
}

/* Frees a slice of the dead; true where some are left. */
static bool
reap(struct connections *connections)
{
	for (int i = 0; i < REAPS_PER_TURN; i++) {
		struct connection *conn = first_of(&connections->dead);

		if (conn == NULL)
			return false;
		connection_free(conn);
	}
	return !list_is_empty(&connections->dead);
}

void
connections_fini(struct connections *connections)
{
	struct connection *conn;

	while ((conn = first_of(&connections->greeting)) != NULL)
		connection_kill(conn);
	while ((conn = first_of(&connections->open)) != NULL) {
		conn->transport.ops->say_end(&conn->transport);
		connection_kill(conn);
	}
	while ((conn = first_of(&connections->lingering)) != NULL)
		connection_kill(conn);
	while (reap(connections))
		continue;
	peer_watch_fini(&connections->watch);
	free(connections->input);
}

size_t
connections_count(const struct connections *connections)
{
	return connections->counts[CONNECTION_GREETING] + connections->counts[CONNECTION_OPEN];
}

size_t
connections_greeting_count(const struct connections *connections)
{
	return connections->counts[CONNECTION_GREETING];
}

void
connections_add(struct connections *connections, int fd, const char *name,
	const struct peer_identity *identity, struct tls_context *tls)
{
	struct connection *conn = connection_new(connections, fd, name, tls);

	conn->identity = *identity;
	if (tls == NULL)
		connection_start(conn);
	else
		greeting_await(conn);
}

void
connections_refuse(struct connections *connections, int fd, bool is_tls,
	void (*write_line)(struct service *service, struct buf *out))
{
	struct connection *conn = connection_new(connections, fd, "refused", NULL);
	struct buf line;

	buf_init(&line);
	write_line(connections->service, &line);
	/* A line fits into an empty socket buffer; where it does not, the end says enough. */
	if (is_tls ||
		send(fd, buf_span(&line).ptr, buf_len(&line), MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
		connection_kill(conn);
	else
		connection_linger(conn);
	buf_fini(&line);
}

static void
receive_greetings(struct connections *connections)
{
	for (int i = 0; i < GREETS_PER_TURN; i++) {
		struct list_node *node = list_pop(&connections->greetable);

		if (node == NULL)
			return;
		greeting_go_on(container_of(node, struct connection, input_node));
	}
}

static void
receive_ends(struct connections *connections)
{
	void *ended[64];
	size_t count;

	do {
		count = peer_watch_take(&connections->watch, ended, 64);
		for (size_t i = 0; i < count; i++)
			connection_peer_ended(ended[i]);
	} while (count > 0);
}

/* Reads from the next in `list`, where its session wants that; NULL at the end. */
static struct connection *
receive_next(struct connections *connections, struct list *list)
{
	struct list_node *node = list_pop(list);
	struct connection *conn;

	if (node == NULL)
		return NULL;
	conn = container_of(node, struct connection, input_node);
	if (conn->session == NULL || session_wants_input(conn->session))
		connection_read(conn);
	else
		list_append(&connections->unwanted, &conn->input_node);
	return conn;
}

static void
receive_readable(struct connections *connections)
{
	for (int i = 0; i < READS_PER_TURN; i++)
		if (receive_next(connections, &connections->readable) == NULL)
			return;
}

/* No event tells of these again: one that is not at its end yet stays in the list. */
static void
receive_ending(struct connections *connections)
{
	for (int i = 0; i < ENDS_PER_TURN; i++) {
		struct connection *conn = receive_next(connections, &connections->ending);

		if (conn == NULL)
			return;
		if (conn->state != CONNECTION_DEAD && !conn->has_input_end && !conn->is_stuck &&
			!list_is_linked(&conn->input_node))
			list_append(&connections->ending, &conn->input_node);
	}
}

bool
connections_receive(struct connections *connections, uint64_t now_ns)
{
	struct list_node *node;

	connections->now_ns = now_ns;
	receive_ends(connections);
	while ((node = list_pop(&connections->writable)) != NULL)
		connection_write(container_of(node, struct connection, output_node));
	receive_greetings(connections);
	list_splice(&connections->readable, &connections->buffered);
	receive_readable(connections);
	receive_ending(connections);
	return !list_is_empty(&connections->readable) || !list_is_empty(&connections->ending) ||
	       !list_is_empty(&connections->greetable);
}

void
connections_flush(struct connections *connections)
{
	struct session *session;

	while ((session = service_pop_dirty(connections->service)) != NULL)
		connection_write(session_arg(session));
}

/* May input that its session does not want stay where it is for another turn? */
static bool
is_put_up_with(struct connection *conn, bool more)
{
	return session_wants_input(conn->session) ||
	       (more && conn->unwanted_turns++ < UNWANTED_TURNS_MAX);
}

/*
 * Reading is level-triggered: input that is not taken wakes the loop again. That
 * is put up with for some turns while the loop would not sleep anyway, because most
 * sessions want input again after the next turn, and asking anew has its price.
 * True where a peer that sent its end is to be read from in the next turn.
 */
static bool
suspend_unwanted(struct connections *connections, bool more)
{
	struct list_node *node;

	while ((node = list_pop(&connections->unwanted)) != NULL) {
		struct connection *conn = container_of(node, struct connection, input_node);

		if (!is_put_up_with(conn, more))
			connection_suspend(conn);
		else if (conn->is_suspended)
			list_append(&connections->ending, &conn->input_node);
		else
			connection_note_more(conn);
	}
	return !list_is_empty(&connections->ending);
}

/* When the patience with the one that is first in a list is over. */
static uint64_t
first_due(const struct list *list, uint64_t patience_ms)
{
	const struct connection *conn = first_of(list);

	return conn == NULL ? TIME_NEVER : time_after_ms(conn->since_ns, patience_ms);
}

static void
end_waits(struct connections *connections)
{
	uint64_t now_ns = connections->now_ns;

	while (first_due(&connections->greeting, connections->handshake_timeout_ms) <= now_ns)
		greeting_refuse(first_of(&connections->greeting), "it took too long");
	while (first_due(&connections->lingering, LINGER_MS) <= now_ns)
		connection_kill(first_of(&connections->lingering));
}

bool
connections_tidy(struct connections *connections, bool more)
{
	end_waits(connections);
	if (reap(connections))
		more = true;
	/* Last, what was noted while answers went out: the loop must not sleep over it. */
	return suspend_unwanted(connections, more) || !list_is_empty(&connections->buffered) ||
	       more;
}

uint64_t
connections_next_due(const struct connections *connections)
{
	uint64_t greeting = first_due(&connections->greeting, connections->handshake_timeout_ms);
	uint64_t lingering = first_due(&connections->lingering, LINGER_MS);

	return greeting < lingering ? greeting : lingering;
}
