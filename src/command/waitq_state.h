/*
 * Waitqs from the inside, for waitq.c (links and marks), pump.c (takes) and
 * waiter.c (the requests that wait in them).
 *
 * A waitq has its links in lists by order of arrival: one list of those that
 * take any set, and for each key that is asked for a bucket with a list of its
 * own. A list is marked while a take for its first link may succeed; the mark is
 * the number of the hint that set it. Marked buckets stand in a heap by the
 * arrival of their first link, so that the earliest of all is found at once, and
 * in a list by mark, so that old marks are found at once.
 */
#ifndef INFLIGHT_COMMAND_WAITQ_STATE_H
#define INFLIGHT_COMMAND_WAITQ_STATE_H

#include "base/heap.h"
#include "base/list.h"
#include "base/map.h"
#include "command/parked.h"
#include "command/waitq.h"

struct waiter;

struct waitq {
	struct map_node node; /* in by_name, unless gone */
	struct waitqs *waitqs;
	struct list_node in_work; /* in marked or gone */
	struct list plain;        /* links that take any set */
	uint64_t plain_mark;      /* 0: not marked */
	struct map buckets;
	struct heap marked_by_arrival;
	struct list marked_by_hint;
	uint64_t links; /* of both kinds */
	uint64_t hints; /* number of the last one */

	bool pumping;                /* keeps it alive */
	bool busy;                   /* a take is under way */
	bool gone;                   /* the queue was deleted */
	struct call take;            /* the take under way, and what it is for: */
	struct wait_link *asking;    /* whom; NULL: its wait ended meanwhile */
	struct bucket *asked_bucket; /* NULL: any key */
	uint64_t asked_hint;         /* the last hint before it */

	size_t name_len;
	char name[];
};

struct bucket {
	struct map_node node;
	struct waitq *waitq;
	struct list links;
	uint64_t mark; /* 0: not marked */
	struct heap_node by_arrival;
	struct list_node by_hint;
	size_t key_len;
	char key[];
};

/* A waiter's place in one waitq. */
struct wait_link {
	struct list_node node; /* in waitq->plain or bucket->links */
	struct waiter *waiter;
	struct waitq *waitq;
	struct bucket *bucket; /* NULL: takes any set */
	bool tried;            /* asked before, so the queue was made if it could be */
};

struct waiter {
	struct parked parked;
	struct list_node in_overdue;
	bool asking;  /* a take for it is under way in one of its waitqs */
	bool refused; /* it may not wait: max_parked */
	bool *ended;  /* set when the waiter is freed; NULL: nobody asks */
	bool has_lease_ms;
	bool release_on_close;
	uint64_t lease_ms;
	size_t count;
	struct wait_link links[];
};

static inline uint64_t
waiter_arrival(const struct waiter *waiter)
{
	return waiter->parked.arrival;
}

static inline struct span
waitq_name(const struct waitq *waitq)
{
	return span_make(waitq->name, waitq->name_len);
}

static inline struct wait_link *
first_link(const struct list *links)
{
	struct list_node *node = list_first(links);

	return node == NULL ? NULL : container_of(node, struct wait_link, node);
}

/* ---- waitq.c ----------------------------------------------------------- */

struct waitq *waitq_find(const struct waitqs *waitqs, struct span name); /* or NULL */
struct waitq *waitq_get(struct waitqs *waitqs, struct span name);        /* made if need be */

/* Puts a link at the end of its list; no key: that of any set. Not marked yet. */
void
waitq_link(struct waitq *waitq, struct wait_link *link, struct waiter *waiter, struct span key);

/* Takes it out. Its waitq may be freed by the next waitq_settle(). */
void waitq_unlink(struct wait_link *link);

/* A take for the link's list may succeed. */
void waitq_mark(struct wait_link *link);
bool waitq_is_marked(const struct wait_link *link);

/* The link that came first among those a take may serve; NULL: nothing is marked. */
struct wait_link *waitq_next(const struct waitq *waitq);

/* Some link whose waiter no take is under way for, here or elsewhere; NULL where there is none. */
struct wait_link *waitq_idle_link(const struct waitq *waitq);

/* A take for that link begins. It ends; where it found nothing, it has answered marks. */
void waitq_begin_take(struct waitq *waitq, struct wait_link *link);
void waitq_answer_marks(struct waitq *waitq);
void waitq_end_take(struct waitq *waitq);

void waitq_free(struct waitq *waitq);

/* ---- pump.c ------------------------------------------------------------ */

/* Tries takes while marks and the turn's tries last. May free the waitq. */
void waitq_pump(struct waitq *waitq);

/* Puts the waitq where its state belongs: among the marked, in no list, or away. */
void waitq_settle(struct waitq *waitq);

/* ---- waiter.c ---------------------------------------------------------- */

/* The waiter's end; its waitqs are settled. */
void
waiter_serve(struct waiter *waiter, const struct waitq *waitq, const struct take_answer *answer);
void waiter_refuse(struct waiter *waiter, const struct waitq *waitq, const struct refusal *refusal);

/* The take for it found nothing: its other waitqs may ask for it now. */
void waiter_not_served(struct waiter *waiter);

#endif
