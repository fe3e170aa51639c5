/*
 * What a session is made of, and what the other files of this folder may ask of
 * it. A session is freed when its owner closed it *and* the last of its requests
 * has ended, so a request can rely on its session.
 */
#ifndef INFLIGHT_COMMAND_SESSION_STATE_H
#define INFLIGHT_COMMAND_SESSION_STATE_H

#include "base/blob.h"
#include "base/buf.h"
#include "base/list.h"
#include "command/gate.h"
#include "command/session.h"

#define SESSION_SHARE   128          /* requests of one session in one turn */
#define SESSION_BACKLOG (256 * 1024) /* unread bytes beyond which no request is begun */

struct request;

struct session {
	struct service *service;
	struct list_node in_service;
	struct list_node in_dirty;
	struct list_node in_runnable;
	uint64_t id; /* origin of its calls and owner of its leases; never 0 */
	struct blob *holder;
	char *name;
	void *arg;

	struct buf in;        /* what was not executed yet */
	size_t scanned;       /* bytes at its head known to hold no newline */
	struct buf out;       /* what was not written yet */
	uint64_t sent;        /* bytes of output written since the beginning */
	struct buf delivered; /* sets in `out`: struct delivery and token, one after the other */

	uint64_t share_turn; /* the turn `share` is for */
	unsigned share;      /* requests left in it */

	struct request *holding; /* a plain request without id that holds back the rest */
	struct list parked;      /* struct parked, in the order of arrival */
	uint64_t waiting;        /* those that count against max_parked */
	uint64_t open;           /* requests and batches that have not ended */

	struct session_auth auth; /* who the peer is; gate.c */

	bool greeted;     /* the first byte was seen and is good */
	bool has_spoken;  /* so was the first line that is not blank */
	bool skipping;    /* inside a line that was too long */
	bool running;     /* its lines are being executed right now */
	bool eof;         /* the peer sends no more */
	bool waits_ended; /* nothing waits any more, although there may be more to feed */
	bool input_done;  /* nothing is left to execute, and nothing will come */
	bool overrun;     /* left too much unread, or asked for more than there is memory for */
	bool closed;      /* the owner has let go */
	bool owns;        /* took leases with release_on_close */
	bool is_inside;   /* no connection stands behind it */
};

/* Is this the peer's own end, or are its answers for nobody? */
static inline bool
session_is_closed(const struct session *session)
{
	return session->closed;
}

/* ---- session.c --------------------------------------------------------- */

/* Is so much output unread that no request is begun? */
bool session_has_backlog(const struct session *session);

/* A request or batch begins and ends; the last end frees a closed session. */
void session_hold(struct session *session);
void session_unhold(struct session *session);

/* Says that a whole line was added to `out`, which held `before` bytes until then. */
void session_wrote_line(struct session *session, size_t before);

/* A set with that token stands in the line just written. */
void session_note_delivery(struct session *session, struct span token);

/* Puts the session on the list of those whose owner must look at them. */
void session_mark_dirty(struct session *session);

/* ---- framing.c --------------------------------------------------------- */

/* Executes what may be executed of `in`. */
void session_run(struct session *session);

/* Something that held the session back is over: its turn will come. */
void session_wake(struct session *session);

/*
 * Tells the peer why, in the strict form with id null, and executes nothing more of what it
 * sent or sends: the session is finished once what is under way is answered.
 */
void session_stop(struct session *session, enum err err, const char *message);

#endif
