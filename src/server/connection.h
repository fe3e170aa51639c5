/*
 * One connection, for connections.c: what its descriptor, its events and its
 * session do together. The fields are there to be read; connection.c alone writes them.
 */
#ifndef INFLIGHT_SERVER_CONNECTION_H
#define INFLIGHT_SERVER_CONNECTION_H

#include <event2/event.h>
#include <event2/event_struct.h>

#include "command/session.h"
#include "server/connections.h"
#include "server/transport.h"

#define CONNECTION_INPUT_SIZE ((size_t)256 * 1024)

struct connection {
	struct connections *owner;
	struct session *session; /* NULL unless open, and for one that is refused */
	struct list_node state_node;
	struct list_node input_node;  /* in one of the lists of what is to be read, or in none */
	struct list_node output_node; /* in writable, or in none */
	struct event read_event;
	struct event write_event;
	struct transport transport;
	char *name; /* this and identity: until it has a session, which then has them */
	struct peer_identity identity; /* the certificate is the transport's */
	uint64_t since_ns;             /* when its greeting or its lingering began */
	int fd;
	enum connection_state state;
	uint8_t unwanted_turns;
	bool is_blocked;    /* the write event is armed */
	bool is_suspended;  /* the read event is not armed */
	bool is_unmuted;    /* but the system did not take that in */
	bool is_watched;    /* in the watch; only while suspended */
	bool is_stuck;      /* reading goes on once something could be written */
	bool has_peer_end;  /* the watch told of the peer's end */
	bool has_input_end; /* end of file was read */
};

/*
 * A connection that is not read yet; takes `fd`, copies the name. Its state is
 * CONNECTION_GREETING.
 */
struct connection *
connection_new(struct connections *owner, int fd, const char *name, struct tls_context *tls);

/* Gives it its session and begins to read. */
void connection_start(struct connection *conn);

/* Closes the descriptor and frees a dead one. */
void connection_free(struct connection *conn);

/* Nothing more is to be said to this peer, or nothing can be: it is dead from here on. */
void connection_kill(struct connection *conn);

/*
 * Shuts our side and waits for the peer's end, for a moment: closing with input
 * unread would send a reset, which destroys what the peer has not read yet.
 */
void connection_linger(struct connection *conn);

/* One read into the session, or, where it lingers, into nothing. */
void connection_read(struct connection *conn);

/* One write of what the session has for the peer, then what follows from it. */
void connection_write(struct connection *conn);

/* The peer of a connection that is not read sends no more than what is unread. */
void connection_peer_ended(struct connection *conn);

/* Asks for no more input, and watches for the peer's end instead. */
void connection_suspend(struct connection *conn);

/* Has it read in the next turn where it holds bytes of which no event tells. */
void connection_note_more(struct connection *conn);

#endif
