/*
 * The waits of all sessions: their deadlines, and the ends that come from
 * outside. `over` may free the wait it is said to, never another.
 */
#include <config.h>

#include "command/parked.h"

#include "base/check.h"
#include "base/clock.h"
#include "command/service_state.h"
#include "command/session_state.h"

void
parking_init(struct parking *parking)
{
	*parking = (struct parking){.arrivals = 0};
	heap_init(&parking->deadlines);
}

void
parking_fini(struct parking *parking)
{
	CHECK(parking->count == 0);
	heap_fini(&parking->deadlines);
}

void
parked_begin(
	struct parked *parked, struct request *req, const struct parked_ops *ops, uint64_t wait_ms)
{
	struct service *service = req->service;
	struct parking *parking = &service->parking;

	CHECK(req->parked == NULL);
	parked->req = req;
	parked->ops = ops;
	parked->arrival = ++parking->arrivals;
	heap_node_init(&parked->deadline, 0);
	list_node_init(&parked->in_session);
	list_append(&req->session->parked, &parked->in_session);
	if (wait_ms > 0)
		heap_insert(&parking->deadlines, &parked->deadline,
			time_after_ms(service->now_ns, wait_ms), parked->arrival);
	parking->count++;
	req->parked = parked;
}

void
parked_end(struct parked *parked, enum wait_end how)
{
	struct service *service = parked->req->service;
	struct parking *parking = &service->parking;

	CHECK(parked->req->parked == parked && parking->count > 0);
	heap_remove(&parking->deadlines, &parked->deadline);
	list_remove(&parked->in_session);
	parking->count--;
	parked->req->parked = NULL;
	audit_woken(service->audit, parked->req->session->id, parked->arrival, how);
}

uint64_t
parked_until(const struct parked *parked)
{
	return heap_is_linked(&parked->deadline) ? parked->deadline.key : TIME_NEVER;
}

void
parked_go_on(struct parked *parked, uint64_t until_ns)
{
	heap_insert(&parked->req->service->parking.deadlines, &parked->deadline, until_ns,
		parked->arrival);
}

void
parked_over(struct parked *parked)
{
	heap_remove(&parked->req->service->parking.deadlines, &parked->deadline);
	parked->ops->over(parked);
}

/* Ends the waits whose deadline is not after `until_ns`. */
static bool
expire_until(struct service *service, uint64_t until_ns, unsigned limit)
{
	struct heap *heap = &service->parking.deadlines;
	struct heap_node *node;

	while ((node = heap_min(heap)) != NULL && node->key <= until_ns) {
		if (limit-- == 0)
			return true;
		parked_over(container_of(node, struct parked, deadline));
	}
	return false;
}

bool
parking_expire(struct service *service, unsigned limit)
{
	return expire_until(service, service->now_ns, limit);
}

bool
parking_expire_all(struct service *service, unsigned limit)
{
	return expire_until(service, TIME_NEVER, limit);
}

/*
 * What is ready by now is handed out before: a hint that has come to nothing would else keep
 * a wait from its end, and what gets ready later would be handed to a peer that has ended.
 */
void
parked_end_all(struct session *session)
{
	if (list_is_empty(&session->parked))
		return;
	waitqs_hand_out(&session->service->waitqs);
	list_for_each (node, &session->parked) {
		parked_over(container_of(node, struct parked, in_session));
	}
}

void
parked_cancel_all(struct session *session)
{
	struct list_node *node;

	while ((node = list_pop(&session->parked)) != NULL) {
		struct parked *parked = container_of(node, struct parked, in_session);

		heap_remove(&session->service->parking.deadlines, &parked->deadline);
		parked->ops->cancel(parked);
	}
}
