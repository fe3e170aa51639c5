/*
 * Inside of a handle, shared by the files of the library: link.c moves bytes,
 * client.c makes requests and replies of them.
 */
#ifndef INFLIGHT_CLIENT_HANDLE_H
#define INFLIGHT_CLIENT_HANDLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "client/address.h"
#include "client/bytes.h"
#include "inflight.h"

struct pending;

enum link_state {
	LINK_NONE,       /* never connected, or disconnected */
	LINK_CONNECTING, /* `trying` is being connected */
	LINK_GREETING,   /* TLS's handshake is under way */
	LINK_OPEN,
	LINK_ENDED, /* `failure` says how; nothing comes any more */
};

struct inflight {
	char *address_text;
	struct inflight_address address;
	const char *address_wrong; /* why the address cannot be used, or NULL */

	enum link_state state;
	enum inflight_status failure;
	int fd;
	struct addrinfo *list; /* while connecting: the sockets to try */
	struct addrinfo *trying;
	bool busy;       /* no connection, because a Unix socket's backlog is full */
	bool send_over;  /* no more requests will come */
	bool end_sent;   /* and the peer was told */
	bool write_lost; /* writing failed; what the peer said before is still read */

	struct inflight_bytes out;
	struct inflight_bytes in;
	size_t scanned;   /* bytes of `in` known to hold no line end */
	uint64_t written; /* bytes of this connection's requests that went out */

	struct inflight_tls *tls; /* the settings and the session; tls.c */

	char *token;      /* shown to the daemon, or NULL; auth.c */
	uint64_t auth_id; /* the request that shows it, 0: it is answered, or there is none */

	int64_t retry_first_ms; /* the first pause, 0: nothing is tried again; call.c */
	int64_t retry_last_ms;
	int64_t silence_ms;

	char id_prefix[32]; /* of the ids made here, "" before the first; id.c */
	uint64_t id_count;

	uint64_t last_id;
	uint64_t gone_id;        /* requests up to this one belong to connections that are gone */
	struct pending *pending; /* requests without a reply, in the order of their ids; inbox.c */
	size_t pending_count;
	size_t pending_capacity;
	struct inflight_reply *arrived; /* not taken yet, in the order they came; inbox.c */
	struct inflight_reply **arrived_end;
	size_t strays; /* replies in the list that name no request */

	char trouble[256];
};

/* Notes what went wrong and gives the status back. */
enum inflight_status inflight_fail(
	struct inflight *client, enum inflight_status status, const char *what, const char *detail);

/* Begins to connect. */
enum inflight_status inflight_link_start(struct inflight *client);

/* Gives the connection up with this failure, which was noted before. */
void inflight_link_end(struct inflight *client, enum inflight_status failure);

/* Forgets the connection: state LINK_NONE. */
void inflight_link_reset(struct inflight *client);

/*
 * Writes what the socket takes. Never reads: what was read outside of inflight_receive() would not
 * wake up an event loop that waits on the descriptor.
 */
void inflight_link_write(struct inflight *client);

/*
 * Does what can be done without waiting: connects on, writes `out`, reads into `in`. An end shows
 * in the state; bytes read before it are in `in` all the same. Returns whether bytes came.
 */
bool inflight_link_pump(struct inflight *client);

/* Waits until the pump has something to do, or until `deadline_ms` (negative: for ever). */
void inflight_link_wait(const struct inflight *client, int64_t deadline_ms);

/* Moves bytes and lines once, without waiting: what inflight_receive() does before it waits. */
void inflight_go_on(struct inflight *client);

/* The time in ms, from some fixed moment on. */
int64_t inflight_now_ms(void);

/* The moment at which a timeout is over; negative, as the timeout: never. */
int64_t inflight_deadline_of(int64_t timeout_ms);
bool inflight_is_over(int64_t deadline_ms);

#endif
