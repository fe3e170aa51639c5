/*
 * The pump: takes for those who wait, one at a time in each waitq.
 *
 * It is a loop, not a recursion, also with an engine that answers inside
 * submit(). `pumping` keeps the waitq alive meanwhile; afterwards, or when the
 * last take is back, waitq_settle() decides what becomes of it: it lives while it
 * has links or a take under way.
 */
#include <config.h>

#include "base/check.h"
#include "command/errand.h"
#include "command/service_state.h"
#include "command/session_state.h"
#include "command/waitq_state.h"

#define TRIES_PER_TURN 256

void
waitqs_renew(struct waitqs *waitqs)
{
	waitqs->tries = TRIES_PER_TURN;
}

/* The waiter's wait may have ended while the take was under way: then link is NULL. */
static void
take_answered(struct waitq *waitq, struct wait_link *link)
{
	const struct call *take = &waitq->take;
	const struct take_answer *answer = &take->answer.take;

	if (take->refusal.err != ERR_NONE) {
		if (link != NULL)
			waiter_refuse(link->waiter, waitq, &take->refusal);
	} else if (!answer->found) {
		waitq_answer_marks(waitq);
		if (link != NULL)
			waiter_not_served(link->waiter);
	} else if (link != NULL) {
		waiter_serve(link->waiter, waitq, answer);
	} else {
		errand_give_back(waitq->waitqs->service, take->origin, answer->token);
	}
}

static void
take_done(struct call *call)
{
	struct waitq *waitq = container_of(call, struct waitq, take);
	struct wait_link *link = waitq->asking;
	bool pumping = waitq->pumping;

	service_answered(waitq->waitqs->service, call);
	blob_unref(call->args.take.holder);
	waitq->pumping = true;
	if (link != NULL)
		link->waiter->asking = false;
	take_answered(waitq, link);
	waitq_end_take(waitq);
	waitq->pumping = pumping;
	if (!pumping)
		waitq_pump(waitq);
}

static void
ask(struct waitq *waitq, struct wait_link *link)
{
	struct waiter *waiter = link->waiter;
	struct session *session = waiter->parked.req->session;
	struct bucket *bucket = link->bucket;
	struct call *take = &waitq->take;

	waitq_begin_take(waitq, link);
	waiter->asking = true;
	take->verb = VERB_TAKE;
	take->origin = session->id;
	take->done = take_done;
	take->next = NULL;
	take->args.take = (struct take_args){
		.queue = waitq_name(waitq),
		.has_lease_ms = waiter->has_lease_ms,
		.lease_ms = waiter->lease_ms,
		.create = !link->tried,
		.owner = waiter->release_on_close ? session->id : 0,
		.holder = blob_ref(session->holder),
	};
	if (bucket != NULL)
		take->args.take.key = span_make(bucket->key, bucket->key_len);
	link->tried = true;
	service_submit(waitq->waitqs->service, take);
}

static bool
may_ask(const struct waitq *waitq)
{
	struct wait_link *link = waitq->busy || waitq->gone ? NULL : waitq_next(waitq);

	/* Where another of its queues is asked for that waiter just now, it comes after. */
	return link != NULL && !link->waiter->asking;
}

void
waitq_settle(struct waitq *waitq)
{
	if (waitq->pumping)
		return;
	if (waitq->links == 0 && !waitq->busy) {
		waitq_free(waitq);
		return;
	}
	if (waitq->gone) {
		if (!list_is_linked(&waitq->in_work) && waitq_idle_link(waitq) != NULL)
			list_append(&waitq->waitqs->gone, &waitq->in_work);
		return;
	}
	if (!may_ask(waitq))
		list_remove(&waitq->in_work);
	else if (!list_is_linked(&waitq->in_work))
		list_append(&waitq->waitqs->marked, &waitq->in_work);
}

void
waitq_pump(struct waitq *waitq)
{
	struct waitqs *waitqs = waitq->waitqs;

	if (waitq->pumping)
		return;
	waitq->pumping = true;
	while (waitqs->tries > 0 && may_ask(waitq)) {
		waitqs->tries--;
		ask(waitq, waitq_next(waitq));
	}
	waitq->pumping = false;
	waitq_settle(waitq);
}

/* ---- the turn ---------------------------------------------------------- */

void
waitqs_hand_out(struct waitqs *waitqs)
{
	struct list_node *node;

	while (waitqs->tries > 0 && (node = list_pop(&waitqs->marked)) != NULL)
		waitq_pump(container_of(node, struct waitq, in_work));
}

/*
 * Tells the waiters of a deleted queue. One that a take is under way for may be about to get a
 * set, which would be lost where there are no leases: it is told when that has found nothing.
 */
static void
refuse_all(struct waitq *waitq)
{
	struct refusal refusal = {.err = ERR_NO_SUCH_QUEUE};
	struct waitqs *waitqs = waitq->waitqs;
	struct wait_link *link;

	waitq->pumping = true;
	while (waitqs->tries > 0 && (link = waitq_idle_link(waitq)) != NULL) {
		waitqs->tries--;
		waiter_refuse(link->waiter, waitq, &refusal);
	}
	waitq->pumping = false;
	waitq_settle(waitq);
}

void
waitqs_turn(struct waitqs *waitqs)
{
	struct list_node *node;

	while (waitqs->tries > 0 && (node = list_pop(&waitqs->gone)) != NULL)
		refuse_all(container_of(node, struct waitq, in_work));
	waitqs_hand_out(waitqs);
	waitqs_end_overdue(waitqs);
}

bool
waitqs_have_work(const struct waitqs *waitqs)
{
	return !list_is_empty(&waitqs->marked) || !list_is_empty(&waitqs->gone);
}
