/*
 * Waiters: a dequeue from its arrival to its answer.
 *
 * It is linked into all its queues, marks them and pumps them in their order, so
 * what is ready goes to those who came before it first. What is left of it then
 * waits for hints. A wait that is over ends when no take that could still serve
 * it is marked or under way; until then it stands among the overdue.
 */
#include <config.h>

#include <stdlib.h>

#include "base/alloc.h"
#include "base/check.h"
#include "command/deliver.h"
#include "command/service_state.h"
#include "command/session_state.h"
#include "command/waitq_state.h"

static struct waiter *
waiter_of(struct parked *parked)
{
	return container_of(parked, struct waiter, parked);
}

/* Takes the waiter out of everything and frees it; its request can be answered then. */
static struct request *
waiter_end(struct waiter *waiter, enum wait_end how)
{
	struct request *req = waiter->parked.req;

	for (size_t i = 0; i < waiter->count; i++) {
		struct waitq *waitq = waiter->links[i].waitq;

		waitq_unlink(&waiter->links[i]);
		waitq_settle(waitq);
	}
	list_remove(&waiter->in_overdue);
	parked_end(&waiter->parked, how);
	if (waiter->ended != NULL)
		*waiter->ended = true;
	free(waiter);
	return req;
}

void
waiter_serve(struct waiter *waiter, const struct waitq *waitq, const struct take_answer *answer)
{
	handled_done(deliver_set(waiter_end(waiter, WAIT_DONE), waitq_name(waitq), answer));
}

void
waiter_refuse(struct waiter *waiter, const struct waitq *waitq, const struct refusal *refusal)
{
	struct subject subject = {.queue = waitq_name(waitq)};

	handled_done(request_refused_for(waiter_end(waiter, WAIT_REFUSED), refusal, &subject));
}

void
waiter_not_served(struct waiter *waiter)
{
	for (size_t i = 0; i < waiter->count; i++)
		waitq_settle(waiter->links[i].waitq);
}

/* Could anything that is marked or under way still serve it? */
static bool
waiter_is_idle(const struct waiter *waiter)
{
	if (waiter->asking)
		return false;
	for (size_t i = 0; i < waiter->count; i++) {
		if (waitq_is_marked(&waiter->links[i]))
			return false;
	}
	return true;
}

static struct handled
end_unserved(struct waiter *waiter)
{
	bool refused = waiter->refused;
	struct request *req = waiter_end(waiter, refused ? WAIT_REFUSED : WAIT_OVER);

	return refused ? request_fail_parked(req) : deliver_nothing(req);
}

/* Something may still serve it: it ends when that has come to nothing. */
static void
note_overdue(struct waiter *waiter)
{
	struct waitqs *waitqs = &waiter->parked.req->service->waitqs;

	if (!list_is_linked(&waiter->in_overdue))
		list_append(&waitqs->overdue, &waiter->in_overdue);
}

/* At once where it can: what gets ready later is not for it. */
static void
waiter_over(struct parked *parked)
{
	struct waiter *waiter = waiter_of(parked);

	if (waiter_is_idle(waiter))
		handled_done(end_unserved(waiter));
	else
		note_overdue(waiter);
}

static void
waiter_cancel(struct parked *parked)
{
	handled_done(request_drop(waiter_end(waiter_of(parked), WAIT_GONE)));
}

static const struct parked_ops waiter_ops = {waiter_over, waiter_cancel};

void
waitqs_end_overdue(struct waitqs *waitqs)
{
	list_for_each (node, &waitqs->overdue) {
		struct waiter *waiter = container_of(node, struct waiter, in_overdue);

		if (waiter_is_idle(waiter))
			handled_done(end_unserved(waiter));
	}
}

/* ---- arrival ----------------------------------------------------------- */

static struct waiter *
waiter_new(struct request *req, const struct dequeue *want)
{
	struct waitqs *waitqs = &req->service->waitqs;
	size_t size = sizeof(struct waiter) + want->count * sizeof(struct wait_link);
	struct waiter *waiter = xmalloc(size);

	list_node_init(&waiter->in_overdue);
	waiter->asking = false;
	waiter->refused = false;
	waiter->ended = NULL;
	waiter->has_lease_ms = want->has_lease_ms;
	waiter->release_on_close = want->release_on_close;
	waiter->lease_ms = want->lease_ms;
	waiter->count = want->count;
	parked_begin(&waiter->parked, req, &waiter_ops, request_wait_ms(req));
	for (size_t i = 0; i < want->count; i++)
		waitq_link(
			waitq_get(waitqs, want->queues[i]), &waiter->links[i], waiter, want->key);
	audit_wait_set(req->service->audit, req->session->id, waiter_arrival(waiter),
		parked_until(&waiter->parked), want->queues, want->count, want->key);
	return waiter;
}

/* Nothing was there for it: it waits, or ends, but not while a take may bring a set. */
static void
stay(struct waiter *waiter)
{
	struct request *req = waiter->parked.req;

	if (request_wait_ms(req) > 0) {
		if (request_count_wait(req))
			return;
		waiter->refused = true;
	}
	if (waiter_is_idle(waiter))
		handled_done(end_unserved(waiter));
	else
		note_overdue(waiter);
}

static struct handled
arrive(struct request *req, const struct dequeue *want)
{
	struct waiter *waiter = waiter_new(req, want);
	struct handled handled = request_park(req);
	bool ended = false;

	for (size_t i = 0; i < want->count; i++) {
		waitq_mark(&waiter->links[i]);
		waitq_settle(waiter->links[i].waitq);
	}
	waiter->ended = &ended;
	for (size_t i = 0; i < want->count && !ended; i++)
		waitq_pump(waiter->links[i].waitq);
	if (!ended) {
		waiter->ended = NULL;
		stay(waiter);
	}
	return handled;
}

/* ---- the short way ----------------------------------------------------- */

/*
 * Where nobody else waits and the engine answers at once, the request itself
 * tries a take, and a waiter is made only if that finds nothing. A hint that
 * came during the take had no waiter to mark: then it is tried once more, the
 * long way.
 */
static struct handled
take_found_nothing(struct request *req)
{
	const struct take_args *take = &req->call.args.take;
	struct dequeue want = {
		.queues = &take->queue,
		.count = 1,
		.key = take->key,
		.has_lease_ms = take->has_lease_ms,
		.lease_ms = take->lease_ms,
		.release_on_close = take->owner != 0,
	};

	if (req->service->waitqs.heard != req->noted)
		return arrive(req, &want);
	if (request_wait_ms(req) == 0)
		return deliver_nothing(req);
	if (!request_count_wait(req))
		return request_fail_parked(req);
	waiter_new(req, &want)->links[0].tried = true;
	return request_park(req);
}

static struct handled
taken(struct request *req)
{
	const struct take_answer *answer = &req->call.answer.take;

	if (answer->found)
		return deliver_set(req, req->call.args.take.queue, answer);
	return take_found_nothing(req);
}

struct handled
waitqs_dequeue(struct request *req, const struct dequeue *want)
{
	struct service *service = req->service;
	struct session *session = req->session;

	if (want->release_on_close)
		session->owns = true;
	if (!service_is_immediate(service) || want->count > 1 ||
		waitq_find(&service->waitqs, want->queues[0]) != NULL)
		return arrive(req, want);
	req->noted = service->waitqs.heard;
	req->call.args.take = (struct take_args){
		.queue = want->queues[0],
		.key = want->key,
		.has_lease_ms = want->has_lease_ms,
		.lease_ms = want->lease_ms,
		.create = true,
		.owner = want->release_on_close ? session->id : 0,
		.holder = session->holder,
	};
	return request_call(req, VERB_TAKE, taken);
}
