/*
 * Inside of a worker, shared by its files: worker.c is its life, worker_loop.c what it does
 * again and again, worker_set.c moves one set from one state to the next, worker_taken.c is what
 * handlers see and say.
 */
#ifndef INFLIGHT_CLIENT_WORKER_H
#define INFLIGHT_CLIENT_WORKER_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "client/errand.h"
#include "client/delivery.h"
#include "inflight.h"

enum set_state {
	SET_IDLE,    /* there is none; one may be asked for */
	SET_ASKING,  /* the dequeue is under way */
	SET_TAKEN,   /* it came, and no handler has seen it */
	SET_WORKING, /* it is in the handler's hands */
	SET_ENDING,  /* the daemon is being told */
};

/* One of the worker's places for sets; it is used again and again. */
struct inflight_taken {
	struct inflight_worker *worker;
	enum set_state state;
	struct inflight_delivery delivery;
	struct inflight_errand errand; /* of the dequeue, or of what ends the set */
	struct inflight_errand beat;   /* of the extend */
	bool beating;                  /* there is one */
	int64_t beat_at_ms;            /* when the next one is due */
	int64_t lease_end_ms;          /* the daemon keeps the lease at least that long */
	bool lost;                     /* nobody keeps the lease any more */
	bool lost_for_sure;            /* the daemon said so: there is nobody to tell an outcome */
	struct inflight_bytes noted;   /* members of `results`, with commas between */
	bool *is_noted;                /* for each op; NULL before the first */
	void *data;
};

struct inflight_worker {
	struct inflight *client;
	struct inflight_courier courier;
	inflight_handler *handler;
	void *handler_arg;
	inflight_notice_handler *notice;
	void *notice_arg;

	struct inflight_bytes queues; /* their names as JSON, with commas between */
	size_t queue_count;
	struct inflight_taken *sets; /* NULL before it begins */
	size_t concurrency;
	int64_t lease_ms; /* -1: the queue's */
	int64_t retry_delay_ms;
	int64_t linger_ms;

	struct inflight_backoff not_now; /* the pauses after an answer that says so */
	int64_t ask_at_ms;               /* no dequeue before that */

	atomic_bool stop_asked;
	bool blocking; /* one set at a time, which its handler has to end */
	bool inside;   /* a step or a beat is under way */
	bool moving;   /* and does not come into itself through a notice */
	bool again;    /* there is something to send */
	bool stopping; /* no more sets are wanted */
	bool over;
	enum inflight_status status; /* how it is over, as far as that is known */
	int64_t linger_until_ms;     /* 0: it does not linger */
	uint64_t losses_told;        /* of the courier's */
	bool disconnected;           /* that was told */

	int epoll_fd; /* the one for the user: the connection and wake_fd are inside */
	int wake_fd;  /* an eventfd: step again */
};

/* No more sets; the first status that is not INFLIGHT_OK counts. */
void inflight_worker_end(struct inflight_worker *worker, enum inflight_status status);

/* It is over now, whatever is still to be said. */
void inflight_worker_give_up(struct inflight_worker *worker, enum inflight_status status);

void inflight_worker_wake(struct inflight_worker *worker);

void inflight_worker_tell(struct inflight_worker *worker, enum inflight_notice notice,
	struct inflight_taken *set, const char *text);

/* What is due: asks, extends, notices that a lease is over. */
void inflight_taken_go_on(struct inflight_taken *set);

/* Takes the answers that came. */
void inflight_taken_take_answers(struct inflight_taken *set);

/* When to go on by time alone; INT64_MAX: never. */
int64_t inflight_taken_due_ms(const struct inflight_taken *set);

/* Forgets the set; the place is free. Its errands must not be in the courier's hands. */
void inflight_taken_clear(struct inflight_taken *set);

/* Gives a set back that no handler has, or whose outcome was refused. */
void inflight_taken_give_back(struct inflight_taken *set, int64_t delay_ms);

#endif
