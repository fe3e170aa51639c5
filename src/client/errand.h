/*
 * Requests that outlive connections. An errand is one request with everything that it takes to
 * send it again; a courier has the errands that are under way on one handle, keeps the connection
 * and carries them until each has an answer or may not be carried any further.
 *
 * Nothing here waits, but for inflight_courier_wait(). While a courier is in use nobody else may
 * receive from its handle.
 */
#ifndef INFLIGHT_CLIENT_ERRAND_H
#define INFLIGHT_CLIENT_ERRAND_H

#include <stdbool.h>
#include <stdint.h>

#include "client/bytes.h"
#include "client/repeat.h"
#include "inflight.h"

struct inflight_errand {
	struct inflight_errand *next; /* in the courier's list, in the order of adding */
	const char *method;
	struct inflight_bytes params;
	enum inflight_repeat repeat;
	int64_t wait_ms;           /* the daemon may take that long to answer */
	struct inflight_span wait; /* where the params say so; empty: they do not */
	int64_t began_ms;
	int64_t sent_ms;
	int64_t silence_ms; /* without an answer for so much longer the connection counts as lost */
	uint64_t request;   /* its id on this connection; 0: it is not sent */
	uint64_t ends_at;   /* where its line ends among the bytes of the connection */
	bool was_sent;      /* its line went out whole, and the answer was lost */
	bool done;
	enum inflight_status status; /* when it is done */
	/* Done with INFLIGHT_OK: the answer. Before that: one that says to try again, or NULL. */
	struct inflight_reply *reply;
};

/*
 * Makes one that is in no courier's hands. `method` stays the caller's and must outlast the errand;
 * takes `params`, also where it fails: INFLIGHT_INVALID for what is no params.
 */
enum inflight_status inflight_errand_init(struct inflight_errand *errand, struct inflight *client,
	const char *method, struct inflight_bytes *params);
/* Frees the params and the answer that was not taken. It must not be in a courier's hands. */
void inflight_errand_fini(struct inflight_errand *errand);

/* The answer of one that is done with INFLIGHT_OK, which is the caller's then. */
struct inflight_reply *inflight_errand_take_reply(struct inflight_errand *errand);

/* Before it is sent again: the daemon waited for some of its wait_ms already. */
void inflight_errand_shorten_wait(struct inflight_errand *errand);

struct inflight_courier {
	struct inflight *client;
	struct inflight_errand *first;
	struct inflight_errand **end;
	struct inflight_backoff backoff;
	bool tries_again; /* after a lost connection, and when the daemon says so */
	uint64_t losses;  /* connections that ended against our will, or could not be made */
	enum inflight_status final; /* why trying again would not help; INFLIGHT_OK: it would */
	bool refused;               /* the daemon did not take the connection */
	int64_t again_ms;           /* nothing is sent before that moment */
	int64_t connect_ms;         /* when the connection was begun */
	int64_t heard_ms;           /* when the last answer came */
};

/* With the handle's own settings, or without any of them those of inflight_set_retry(). */
void
inflight_courier_init(struct inflight_courier *courier, struct inflight *client, bool defaults);

void inflight_courier_add(struct inflight_courier *courier, struct inflight_errand *errand);

/* Takes an errand back that is not wanted any more; an answer that still comes is thrown away. */
void inflight_courier_drop(struct inflight_courier *courier, struct inflight_errand *errand);

/* The time is over: the errand is done, as far as it is known how. */
void inflight_courier_give_up(struct inflight_courier *courier, struct inflight_errand *errand);

/* Does what can be done without waiting. What is done is in the courier's hands no longer. */
void inflight_courier_step(struct inflight_courier *courier);

/* When to step again even if nothing happens on the descriptor; negative: never. */
int64_t inflight_courier_due_ms(const struct inflight_courier *courier);

/* Waits until there is something to do, at most until `deadline_ms` (negative: for ever). */
void inflight_courier_wait(const struct inflight_courier *courier, int64_t deadline_ms);

/* Carries until all are done; when `deadline_ms` is over the rest is given up. */
void inflight_courier_finish(struct inflight_courier *courier, int64_t deadline_ms);

/* Carries one errand to its end, and frees what it has. Returns a new reply. */
enum inflight_status inflight_errand_run(struct inflight_errand *errand, struct inflight *client,
	int64_t deadline_ms, struct inflight_reply **ret);

#endif
