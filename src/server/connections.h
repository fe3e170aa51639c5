/*
 * The connections of a server: one for each peer, around a session of the
 * service, on raw events. A connection is in exactly one of four states, which are
 * lists: greeting (TLS's handshake is under way), open (it has a session), lingering
 * (its last words are sent and our side is shut; what the peer still sends is thrown
 * away, so that the words arrive) and dead (its descriptor waits to be closed). Callbacks only note
 * what is ready; memory is freed in connections_tidy() and nowhere else.
 *
 * All connections share one input buffer; one that has nothing under way owns no
 * buffer at all.
 */
#ifndef INFLIGHT_SERVER_CONNECTIONS_H
#define INFLIGHT_SERVER_CONNECTIONS_H

#include "auth/rules.h"
#include "base/list.h"
#include "command/service.h"
#include "server/log_gate.h"
#include "server/loop.h"
#include "server/peer_watch.h"

#define CONNECTIONS_LINGERING_MAX 256 /* the oldest has to go where there are more */

enum connection_state {
	CONNECTION_GREETING,
	CONNECTION_OPEN,
	CONNECTION_LINGERING,
	CONNECTION_DEAD,
};
#define CONNECTION_STATES 4

struct tls_context;

struct connections {
	struct loop *loop;       /* borrowed */
	struct service *service; /* borrowed */
	struct peer_watch watch; /* those that are not read at present */
	char *input;             /* what is read goes through here */
	struct list greeting;    /* the one that began first is first */
	struct list open;
	struct list lingering; /* the one that began first is first */
	struct list dead;
	struct list greetable; /* their greeting can go on */
	struct list readable;  /* in the order in which bytes were noticed */
	struct list buffered;  /* readable in the next turn, without an event */
	struct list ending;    /* the same, after the peer has sent its end */
	struct list unwanted;  /* readable, but the session wants no input now */
	struct list writable;
	struct log_gate handshakes; /* of the messages about those that failed */
	uint64_t handshake_timeout_ms;
	uint64_t now_ns; /* of this turn */
	size_t counts[CONNECTION_STATES];
	size_t blocked_count; /* with output that the peer does not take */
};

/* False: nothing is left behind, `error` (256 bytes) says why. */
bool connections_init(
	struct connections *connections, struct loop *loop, struct service *service, char *error);

/* Closes every connection at once. */
void connections_fini(struct connections *connections);

/* How many there are that have a session or are to get one, and how many of these have none yet. */
size_t connections_count(const struct connections *connections);
size_t connections_greeting_count(const struct connections *connections);

/*
 * Takes `fd`, a connected non-blocking socket; the peer's name and identity are copied. `tls` is
 * NULL where the peer is to speak plainly; else its certificate, if any, completes the identity.
 */
void connections_add(struct connections *connections, int fd, const char *name,
	const struct peer_identity *identity, struct tls_context *tls);

/*
 * Takes `fd` and closes it. The peer is told what `write_line` writes where that costs no
 * handshake.
 */
void connections_refuse(struct connections *connections, int fd, bool is_tls,
	void (*write_line)(struct service *service, struct buf *out));

/*
 * The parts of a turn. First what came from the peers; true where some have to
 * wait for the next turn. Then, after service_turn(), what goes to them. Last what
 * has no hurry: closing descriptors, a slice of them in a turn, and, unless the
 * server goes on without sleeping, no longer asking for input that nobody wants;
 * true where more is left.
 */
bool connections_receive(struct connections *connections, uint64_t now_ns);
void connections_flush(struct connections *connections);
bool connections_tidy(struct connections *connections, bool more);

/* When connections_tidy() has something to do without any event. */
uint64_t connections_next_due(const struct connections *connections);

#endif
