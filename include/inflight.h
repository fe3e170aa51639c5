/*
 * libinflight: talks to inflightd, the coalescing queue daemon.
 *
 * A `struct inflight` is one connection and everything that belongs to it. The
 * library keeps nothing else: no global state, no threads, no signals, no
 * output. One handle may be used by one thread at a time; different handles are
 * independent. Nothing here ever aborts, whatever the peer sends.
 *
 * Two ways to use it:
 *
 * - Blocking: inflight_connect(), then inflight_call() for each request.
 * - From an event loop: inflight_connect_start(), inflight_send() as often as
 *   wanted, wait on inflight_fd() for inflight_events(), then take what has come
 *   with inflight_receive(client, 0, 0, &reply) until it says INFLIGHT_TIMEOUT.
 *
 * The words for ownership: a function that *borrows* an argument has no claim on
 * it after it returned; one that *returns new* gives the caller something to free.
 * Out parameters come last and are written on INFLIGHT_OK only.
 */
#ifndef INFLIGHT_H
#define INFLIGHT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Nested deeper than this the daemon reads no line; the request's own object counts. */
#define INFLIGHT_DEPTH_MAX 128

struct inflight;       /* a connection */
struct inflight_reply; /* an answer, a result or the daemon's error */

/*
 * How a call of this library ended. An error that the daemon answered is not
 * among them: that is a reply like any other (see inflight_reply_is_error).
 */
enum inflight_status {
	INFLIGHT_OK,
	INFLIGHT_INVALID,     /* an argument cannot be used; nothing was sent */
	INFLIGHT_NO_MEMORY,   /* nothing was sent, or the connection was given up */
	INFLIGHT_UNREACHABLE, /* no connection could be made */
	INFLIGHT_TIMEOUT,     /* not yet: the request may have been, or may yet be, executed */
	INFLIGHT_CLOSED,      /* the connection ended before the answer: outcome unknown */
	INFLIGHT_GARBLED, /* what came is no reply of an inflightd; the connection was given up */
	INFLIGHT_UNAUTHORIZED, /* the daemon did not accept the token; the connection was given up
				*/
	/*
	 * With inflight_set_retry() and in the helpers: the answer was lost, and the request may
	 * not be repeated, or there was no time left to; it may have been executed.
	 */
	INFLIGHT_UNKNOWN_OUTCOME,
	INFLIGHT_REFUSED, /* in the helpers: the daemon answered an error that ends their work */
};

/* A word for a status, such as "unknown_outcome"; for people and logs. */
const char *inflight_status_name(enum inflight_status status);

/* The library's version, "0.1.0". */
const char *inflight_version(void);

/*
 * Returns a new handle, not connected, or NULL where there is no memory. `address` (borrowed) is
 * "unix:PATH", "tcp:HOST:PORT" or "tls:HOST:PORT", an IPv6 host in brackets. NULL stands for what
 * the environment variable INFLIGHT_ADDRESS says; where that is not set either, for the socket
 * /run/inflightd/inflightd.sock, or $XDG_RUNTIME_DIR/inflightd.sock if only that one is there.
 * An address that cannot be read is told by the first inflight_connect().
 */
struct inflight *inflight_new(const char *address);

/* Closes the connection and frees the handle with all replies not taken yet. NULL is harmless. */
void inflight_free(struct inflight *client);

/* The address in use; belongs to the handle. */
const char *inflight_address(const struct inflight *client);

/*
 * One line for people about the last failure of this handle, "" before there was any; belongs to
 * the handle, valid until its next use.
 */
const char *inflight_trouble(const struct inflight *client);

/*
 * The token (borrowed) that is shown to the daemon at the beginning of every connection made from
 * here on, before anything else; NULL for none. inflight_connect() then waits for the daemon's yes.
 * After inflight_connect_start() requests may be sent at once, which the daemon looks at once it
 * knows who is there. Where it does not accept the token the connection ends with
 * INFLIGHT_UNAUTHORIZED; a daemon that asks nobody for a token accepts any.
 */
enum inflight_status inflight_set_token(struct inflight *client, const char *token);

/*
 * How connections to "tls:" addresses are made from here on; all files are in PEM and are read
 * now. `ca_file` has the authorities to believe, NULL: those of the system, as without this call.
 * `certificate_file` (with those between it and the root) and `key_file` are what the daemon is
 * shown, NULL: nothing. The daemon's certificate must be one of the address's host, always.
 * INFLIGHT_INVALID: a file cannot be used, or there is no TLS in this build; nothing changed.
 */
enum inflight_status inflight_set_tls(struct inflight *client, const char *ca_file,
	const char *certificate_file, const char *key_file);

/*
 * Makes the connection, at most for `timeout_ms` (negative: for ever). A connection that was there
 * is closed first, and its requests and replies are forgotten.
 */
enum inflight_status inflight_connect(struct inflight *client, int64_t timeout_ms);

/*
 * The same without waiting (but for the look-up of a host's name). Requests may be sent at once;
 * a failure shows at the next inflight_receive() or inflight_flush() as INFLIGHT_UNREACHABLE.
 */
enum inflight_status inflight_connect_start(struct inflight *client);

/* Closes the connection; requests and replies are forgotten. The handle can connect again. */
void inflight_disconnect(struct inflight *client);

/* Whether requests can go out and replies come in now. */
bool inflight_is_connected(const struct inflight *client);

/* For poll(): the descriptor (-1: not connected) and the events to wait for. */
int inflight_fd(const struct inflight *client);
short inflight_events(const struct inflight *client);

/*
 * Puts one request into the send buffer and tells the id that its reply will have. Writes only what
 * the socket takes without waiting, and only when much is there: inflight_flush() or
 * inflight_receive() sends the rest. `params` is borrowed: an object, an array, or NULL for none.
 */
enum inflight_status
inflight_send(struct inflight *client, const char *method, const json_t *params, uint64_t *ret_id);

/*
 * The same with params as JSON text of `len` bytes, sent as they are (line ends between the values
 * become blanks), so that numbers of any length arrive as they were written. NULL for none.
 */
enum inflight_status inflight_send_text(struct inflight *client, const char *method,
	const char *params, size_t len, uint64_t *ret_id);

/*
 * Writes the send buffer out, at most for `timeout_ms` (negative: for ever). Replies that come
 * meanwhile are kept for inflight_receive(); the descriptor does not tell of them any more.
 */
enum inflight_status inflight_flush(struct inflight *client, int64_t timeout_ms);

/*
 * Ends the sending half of the connection. The daemon answers what it has, requests that wait as
 * if their wait were over, and closes. No request can be sent before the next connect.
 */
enum inflight_status inflight_send_end(struct inflight *client);

/*
 * Takes the reply of the request `id`, or with id 0 whichever comes first, waiting for it at most
 * `timeout_ms` (negative: for ever; 0: not at all). Replies may come in any order; those not asked
 * for stay until they are. With id 0 and no request outstanding it only looks. After
 * INFLIGHT_TIMEOUT the connection goes on as before. Returns a new reply.
 */
enum inflight_status inflight_receive(
	struct inflight *client, uint64_t id, int64_t timeout_ms, struct inflight_reply **ret);

/* The reply of `id` is not wanted any more: it is thrown away when it comes. */
void inflight_forget(struct inflight *client, uint64_t id);

/* How many requests have no reply yet. */
size_t inflight_outstanding(const struct inflight *client);

/* Sends and receives; a reply that comes after the time is over is thrown away. Returns a new
 * reply. */
enum inflight_status inflight_call(struct inflight *client, const char *method,
	const json_t *params, int64_t timeout_ms, struct inflight_reply **ret);
enum inflight_status inflight_call_text(struct inflight *client, const char *method,
	const char *params, size_t len, int64_t timeout_ms, struct inflight_reply **ret);

/* ---- trying again -------------------------------------------------------- */

#define INFLIGHT_RETRY_FIRST_MS 50 /* recommended, and what the helpers do without being told */
#define INFLIGHT_RETRY_LAST_MS  5000
#define INFLIGHT_SILENCE_MS     30000

/*
 * From here on inflight_call(), inflight_call_text() and inflight_enqueue() make the connection
 * themselves, make it anew when it is lost, and repeat what may be repeated, until their own
 * timeout is over. Between the attempts they pause, `first_ms` at first, each time about twice as
 * long, at most `last_ms`, with some chance in it. A connection on which nothing is heard for
 * `silence_ms` longer than a request lets the daemon wait counts as lost; so does one that takes
 * as long to be made. A first_ms of 0 switches it off, as it is without this call.
 * INFLIGHT_INVALID: not 0 <= first_ms <= last_ms <= 10^12 and 1 <= silence_ms <= 10^12.
 *
 * Repeated are: enqueue with an op id, group.add and group.finish (the daemon knows the id);
 * finish, release and extend (it knows the token); dequeue and what only looks; queue.create,
 * queue.update, queue.close, queue.open, queue.pause, queue.resume and group.seal (twice is once).
 * A request of which not the whole line went out is always sent again, for it was not executed;
 * so is one that the daemon answers with unavailable. All others end with
 * INFLIGHT_UNKNOWN_OUTCOME when the connection is lost after they were sent.
 *
 * When the time is over: INFLIGHT_TIMEOUT where the request is with the daemon and the connection
 * is there, INFLIGHT_UNREACHABLE where it was not executed (or makes no difference),
 * INFLIGHT_UNKNOWN_OUTCOME where it may have been. INFLIGHT_UNAUTHORIZED, INFLIGHT_GARBLED,
 * INFLIGHT_INVALID and INFLIGHT_NO_MEMORY end a call at once. An explicit wait_ms is shortened by
 * the time that has gone when the request is repeated.
 *
 * A new connection makes the handle forget what inflight_send() sent on the one before:
 * inflight_receive() answers INFLIGHT_CLOSED for it.
 */
enum inflight_status
inflight_set_retry(struct inflight *client, int64_t first_ms, int64_t last_ms, int64_t silence_ms);

#define INFLIGHT_ID_SIZE 48 /* bytes for an id that is made here, with its NUL */

/*
 * Writes an id for an op or a group, INFLIGHT_ID_SIZE bytes at most: 96 bits of chance drawn once
 * for the handle, and a number that counts up. A handle that was copied by fork() makes the same
 * ids in both processes. INFLIGHT_NO_MEMORY: the system has no random bytes.
 */
enum inflight_status inflight_make_id(struct inflight *client, char *id);

/*
 * Calls enqueue. `queue` and `key` are plain text, `msg` is JSON (NULL: null), `op` the id of the
 * op; with NULL the library makes one, so that the call may be repeated. An id after the op's
 * cause (the order's number) is better: then the caller, too, can try again after a crash. The
 * result, which has the id, is returned as of inflight_call().
 */
enum inflight_status inflight_enqueue(struct inflight *client, const char *queue, const char *key,
	const char *msg, const char *op, int64_t timeout_ms, struct inflight_reply **ret);

/* ---- replies ------------------------------------------------------------- */

/* NULL is harmless. A reply lives on its own: it may outlast the handle. */
void inflight_reply_free(struct inflight_reply *reply);

uint64_t inflight_reply_id(const struct inflight_reply *reply);

/* Whether the daemon answered an error. */
bool inflight_reply_is_error(const struct inflight_reply *reply);

/*
 * The result as JSON text, byte for byte as the daemon sent it, ended by a NUL that `ret_len` (may
 * be NULL) does not count; belongs to the reply. NULL where the reply is an error.
 */
const char *inflight_reply_text(const struct inflight_reply *reply, size_t *ret_len);

/*
 * The result as a new json_t. NULL where the reply is an error, where there is no memory, and where
 * jansson cannot hold it (an integer beyond 64 bits): the text is always there.
 */
json_t *inflight_reply_result(const struct inflight_reply *reply);

/*
 * The daemon's error; everything belongs to the reply. For a result: 0, "", "" and NULL.
 * The name is the word of the protocol, such as "saturated_depth"; data is JSON text.
 */
int64_t inflight_reply_code(const struct inflight_reply *reply);
const char *inflight_reply_name(const struct inflight_reply *reply);
const char *inflight_reply_message(const struct inflight_reply *reply);
const char *inflight_reply_data(const struct inflight_reply *reply);

#ifdef __cplusplus
}
#endif

#include <inflight/group.h>
#include <inflight/worker.h>

#endif
