/*
 * service_check(): walks everything the service keeps and CHECKs what the rest
 * relies on. For tests; costs as much as there is.
 */
#include <config.h>

#include "base/check.h"
#include "command/service_state.h"
#include "command/session_state.h"
#include "command/waitq_state.h"

/* Links of one list, in the order of arrival. */
static uint64_t
check_links(const struct waitq *waitq, const struct bucket *bucket, const struct list *links)
{
	uint64_t arrival = 0;
	uint64_t count = 0;

	list_for_each (node, links) {
		const struct wait_link *link = container_of(node, struct wait_link, node);

		CHECK(link->waitq == waitq && link->bucket == bucket);
		CHECK(waiter_arrival(link->waiter) >= arrival);
		CHECK(link->waiter->parked.req->parked == &link->waiter->parked);
		arrival = waiter_arrival(link->waiter);
		count++;
	}
	return count;
}

static uint64_t
check_bucket(const struct waitq *waitq, const struct bucket *bucket)
{
	uint64_t count = check_links(waitq, bucket, &bucket->links);
	const struct wait_link *first = first_link(&bucket->links);
	bool marked = bucket->mark != 0;

	CHECK(count > 0 || waitq->asked_bucket == bucket);
	CHECK(bucket->mark <= waitq->hints && (first != NULL || !marked));
	CHECK(heap_is_linked(&bucket->by_arrival) == marked);
	CHECK(list_is_linked(&bucket->by_hint) == marked);
	if (first != NULL && marked)
		CHECK(bucket->by_arrival.key == waiter_arrival(first->waiter));
	return count;
}

static void
check_waitq(const struct waitq *waitq)
{
	uint64_t links = check_links(waitq, NULL, &waitq->plain);
	struct wait_link *next = waitq_next(waitq);
	struct map_node *node = NULL;
	bool workable;

	CHECK(!waitq->pumping && !waitq->gone);
	CHECK(waitq->plain_mark <= waitq->hints);
	if (waitq->buckets.count > 0)
		node = map_first(&waitq->buckets);
	for (; node != NULL; node = map_next(&waitq->buckets, node))
		links += check_bucket(waitq, container_of(node, struct bucket, node));
	CHECK(links == waitq->links && (links > 0 || waitq->busy));
	CHECK(heap_is_sound(&waitq->marked_by_arrival));
	workable = !waitq->busy && next != NULL && !next->waiter->asking;
	CHECK(list_is_linked(&waitq->in_work) == workable);
}

void
waitqs_check(const struct waitqs *waitqs)
{
	struct map_node *node = NULL;

	if (waitqs->by_name.count > 0)
		node = map_first(&waitqs->by_name);
	for (; node != NULL; node = map_next(&waitqs->by_name, node))
		check_waitq(container_of(node, struct waitq, node));
}

/* Returns how many waits the session has. */
static uint64_t
check_session(const struct session *session)
{
	uint64_t count = 0;
	uint64_t counted = 0;

	CHECK(!session->closed && !session->running);
	list_for_each (node, &session->parked) {
		const struct parked *parked = container_of(node, struct parked, in_session);

		CHECK(parked->req->session == session && parked->req->parked == parked);
		counted += parked->req->counted ? 1 : 0;
		count++;
	}
	CHECK(count <= session->open && counted <= session->waiting);
	CHECK(session->waiting <= session->open);
	if (session->in.data != NULL)
		CHECK(session->scanned <= buf_len(&session->in));
	return count;
}

void
service_check(const struct service *service)
{
	uint64_t sessions = 0;
	uint64_t waits = 0;

	list_for_each (node, &service->sessions) {
		waits += check_session(container_of(node, struct session, in_service));
		sessions++;
	}
	CHECK(sessions == service->session_count);
	gate_check(service);
	/* A wait whose session is gone may still have a poll under way. */
	CHECK(waits <= service->parking.count);
	CHECK(service->calls > 0 || waits == service->parking.count);
	CHECK(heap_is_sound(&service->parking.deadlines));
	waitqs_check(&service->waitqs);
	service->engine->ops->check(service->engine);
}
