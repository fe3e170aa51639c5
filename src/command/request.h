/*
 * One call's life, from the line to its answer.
 *
 * A request ends exactly once, and the compiler helps: whatever runs a request
 * returns a `struct handled`, which only the functions below make. They stand
 * for "answered", "refused", "given to the engine", "parked" or "dropped"; after
 * any of them the request may be gone and must not be touched.
 *
 * An engine that answers at once lets a request borrow everything from its line.
 * For any other, the request (or its batch) owns a copy of the line, since the
 * arguments must live until the answer comes. What parks copies what it needs.
 */
#ifndef INFLIGHT_COMMAND_REQUEST_H
#define INFLIGHT_COMMAND_REQUEST_H

#include "base/buf.h"
#include "base/list.h"
#include "engine/engine.h"

#define MUST_USE __attribute__((warn_unused_result))

#define REQUEST_ID_ROOM 40 /* longer ids are copied to the heap when a request parks */

struct batch;
struct command;
struct parked;
struct request;
struct service;
struct session;

struct handled {
	char unused;
};

typedef struct handled request_finish_fn(struct request *req);

enum request_state {
	REQUEST_RUNNING, /* our code has it */
	REQUEST_CALLING, /* the engine has its call */
	REQUEST_PARKED,  /* it waits for a set, an outcome, a group */
	REQUEST_ENDED,   /* only while it lies among the spare ones */
};

struct request {
	struct service *service;
	struct session *session;
	struct batch *batch;           /* NULL: answered by a line of its own */
	const struct command *command; /* NULL where it never came that far */
	struct span id;                /* as sent; ptr NULL: it had none */
	bool strict;
	bool silent;  /* a notification: executed, never answered */
	bool counted; /* against the session's max_parked */
	bool sees_refusals;
	enum request_state state;
	request_finish_fn *finish; /* what to do with the engine's answer */
	uint64_t wait_ms;          /* how long the peer wants to wait */
	uint64_t noted;            /* a counter's value when the call was made */
	struct parked *parked;     /* what it waits in; NULL: nothing */
	struct span delivered;     /* token of the set in its answer */
	size_t before;             /* length of the output before its answer */
	char *line;                /* own copy of the line, or of a long id */
	void *owned;               /* what the handler allocated for its call */
	struct list_node link;     /* among the spare requests */
	char id_room[REQUEST_ID_ROOM];
	struct call call;
};

/* Why a request is refused: what the answer tells. */
struct failure {
	enum err err;
	const char *message; /* a sentence; need not be valid UTF-8 */
	struct span queue;   /* absent where ptr is NULL, as are the next two */
	struct span key;
	struct span param;
	const char *limit_name; /* NULL where no limit is told */
	uint64_t limit;
};

/* What a verb was about, for the messages of its refusal. */
struct subject {
	struct span queue;
	struct span key;
	struct span op;
	struct span group;
};

/* A new request of that session; `line` is taken, NULL where it is borrowed. */
struct request *request_new(struct session *session, struct batch *batch, char *line);

/* Makes the request independent of its line, as far as its own answer goes. */
void request_keep(struct request *req);

/* Frees the spare requests. */
void request_free_spares(struct service *service);

/*
 * How long it may wait now: what the peer asked for, or 0 in a batch, while
 * draining, and where the peer has ended.
 */
uint64_t request_wait_ms(const struct request *req);

/* Counts one more waiting request of the session; false: there are max_parked already. */
bool request_count_wait(struct request *req) MUST_USE;

/* ---- ends -------------------------------------------------------------- */

/* What every end comes to, once the answer is written; for reply.c. */
struct handled request_end(struct request *req) MUST_USE;

/*
 * A successful answer: open, write one JSON object, close. Nothing else may be
 * done between the two.
 */
struct buf *reply_open(struct request *req);
struct handled reply_close(struct request *req) MUST_USE;
struct handled reply_empty(struct request *req) MUST_USE; /* {} */

/* A refusal. The second one's message is printed, and has no details. */
struct handled request_fail(struct request *req, const struct failure *failure) MUST_USE;
struct handled request_fail_text(struct request *req, enum err err, const char *format,
	...) MUST_USE __attribute__((format(printf, 3, 4)));
struct handled
request_fail_param(struct request *req, struct span param, const char *message) MUST_USE;
struct handled request_fail_parked(struct request *req) MUST_USE; /* max_parked is reached */

/* A refusal in the strict form with id null, as a whole line. */
void failure_write_line(struct buf *out, const struct failure *failure);

/* Refused by the engine: its own call's refusal, or that of a call about `subject`. */
struct handled request_refused(struct request *req) MUST_USE;
struct handled request_refused_for(
	struct request *req, const struct refusal *refusal, const struct subject *subject) MUST_USE;

/*
 * Hands the request's call, args filled in, to the engine. `finish` goes on with
 * the answer; a refusal is answered here, but for request_ask(), whose `finish` sees both.
 */
struct handled
request_call(struct request *req, enum verb verb, request_finish_fn *finish) MUST_USE;
struct handled request_ask(struct request *req, enum verb verb, request_finish_fn *finish) MUST_USE;

/* It waits; whoever wakes it ends it. */
struct handled request_park(struct request *req) MUST_USE;

/* It ends without an answer: nobody is there to read it, or it is not to be executed. */
struct handled request_drop(struct request *req) MUST_USE;

/* For the few places where a request's end is the end of the story. */
static inline void
handled_done(struct handled handled)
{
	(void)handled;
}

#endif
