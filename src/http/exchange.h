/*
 * One request and its answer. An exchange begins when a request's head is there and ends when the
 * answer has left, or the peer; then its owner's `cancel` is called where it was still to answer.
 *
 * Whoever answers does so once, with one of the functions below, at once or in a later turn.
 */
#ifndef INFLIGHT_HTTP_EXCHANGE_H
#define INFLIGHT_HTTP_EXCHANGE_H

#include <microhttpd.h>

#include "base/buf.h"
#include "base/list.h"
#include "http/route.h"
#include "http/state.h"

#define TYPE_TEXT "text/plain; charset=utf-8"
#define TYPE_JSON "application/json"

struct exchange {
	struct http *http;
	struct MHD_Connection *connection;
	const struct route *route;   /* NULL: there is none */
	struct list_node node;       /* among http->exchanges */
	struct principal *principal; /* who asks, counted; NULL: nobody is asked, or nobody knows */
	struct span token;           /* what he showed; lives as long as the exchange */
	bool began;
	bool suspended;
	unsigned status; /* of the answer, 0: it has none yet */
	struct MHD_Response *response;
	void *work;                                /* of who is to answer */
	void (*cancel)(struct exchange *exchange); /* NULL: nothing is to be undone */
};

/* Handles a request of libmicrohttpd's; see MHD_AccessHandlerCallback. */
enum MHD_Result
exchange_handle(void *http, struct MHD_Connection *connection, const char *url, const char *method,
	const char *version, const char *upload, size_t *upload_size, void **exchange);

/* The request is over; see MHD_RequestCompletedCallback. */
void exchange_completed(void *http, struct MHD_Connection *connection, void **exchange,
	enum MHD_RequestTerminationCode how);

/* Lets go of an exchange that will never be answered: the listener ends. */
void exchange_abandon(struct exchange *exchange);

/* ---- answers ----------------------------------------------------------------- */

/* Takes the bytes out of `body`, which is empty then. */
void
exchange_answer(struct exchange *exchange, unsigned status, const char *type, struct buf *body);

/* The same of JSON, with a newline added, by who had `work` and `cancel` there: he has them back.
 */
void exchange_answer_work(struct exchange *exchange, unsigned status, struct buf *body);

/* One line, copied, with a newline added. */
void exchange_answer_line(struct exchange *exchange, unsigned status, const char *line);

/* `len` bytes that live as long as the program. */
void
exchange_answer_static(struct exchange *exchange, const char *type, const char *data, size_t len);

/*
 * Piece by piece, as the peer takes it: `read` writes up to `size` bytes and returns how many, 0
 * at the end. `done` lets go of `arg`.
 */
typedef size_t exchange_read_fn(void *arg, char *out, size_t size);
void exchange_answer_pieces(struct exchange *exchange, const char *type, exchange_read_fn *read,
	void (*done)(void *arg), void *arg);

#endif
