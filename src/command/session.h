/*
 * One peer: its bytes in, its lines out, its requests under way. A session lives
 * from session_new() to session_close(); what it still has in the engine then is
 * undone as it comes back.
 *
 * It owns its input and output buffers; the name and `arg` are its owner's for
 * logs and for finding the connection again.
 */
#ifndef INFLIGHT_COMMAND_SESSION_H
#define INFLIGHT_COMMAND_SESSION_H

#include "command/service.h"

/* `name` is copied: what peek shows as holder, "unix:7" or "tcp:127.0.0.1:4242". */
struct session *session_new(struct service *service, const char *name, void *arg);

/*
 * A session for what is asked inside of the process: `stats` does not count it among the
 * connections, and service_pop_dirty_inside() tells of it.
 */
struct session *session_new_inside(struct service *service, const char *name, void *arg);

/* Has the rights of that token from here on. False: nobody's, nothing changed. */
bool session_authenticate(struct session *session, struct span token);

/*
 * What the owner knows of the peer without asking it; the certificate's name is copied. Said
 * before the first bytes are fed; a session that was told nothing is of an unknown peer.
 */
void session_identify(struct session *session, const struct peer_identity *identity);

/*
 * The peer is gone, or must go: parked requests vanish, sets whose answer was not
 * written yet go back to their queues, so do leases taken with release_on_close.
 * The session must not be used again.
 */
void session_close(struct session *session);

void *session_arg(const struct session *session);
const char *session_name(const struct session *session);

/*
 * Bytes from the peer; executes the lines that end in them, as many as the
 * session's share of this turn allows. The bytes are the session's to scribble
 * on until the call returns; what it did not use it has copied.
 */
void session_feed(struct session *session, char *data, size_t len);

/*
 * The peer sends no more: what came is executed and answered, parked requests
 * are answered as if their wait were over.
 */
void session_eof(struct session *session);

/*
 * The peer sends no more than what it sent already, but not all of that was fed
 * yet. From here on no request waits: the parked ones, one that holds back others
 * too, are answered as if their wait were over, and so is every later one.
 * session_eof() still follows.
 */
void session_end_waits(struct session *session);

/*
 * False while more input would only pile up: a request holds back the others, the
 * share of the turn is used up, or too much output is unread. Then stop reading, and
 * watch for the peer's end by other means.
 */
bool session_wants_input(const struct session *session);

/* What is to be written. Empty it from the head with session_sent(). */
struct buf *session_output(struct session *session);
void session_sent(struct session *session, size_t len);

/*
 * True when nothing more will come and all is written: after session_eof(), or
 * after an error that ends the connection (first byte not JSON). Close it then.
 */
bool session_is_finished(const struct session *session);

/*
 * True when the peer left more than max_output unread, or the machine had no memory for
 * what it asked for: close it now.
 */
bool session_is_overrun(const struct session *session);

/* How many wrong tokens the peer has shown. */
unsigned session_auth_failures(const struct session *session);

/* Bytes held in the two buffers, for accounting. */
size_t session_bytes(const struct session *session);

#endif
