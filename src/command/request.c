/*
 * Requests: birth, the way through the engine, the end. Ended
 * requests are kept for the next ones (SPARES_MAX of them), so that executing a
 * request allocates nothing.
 */
#include <config.h>

#include "command/request.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "base/check.h"
#include "command/batch.h"
#include "command/parked.h"
#include "command/service_state.h"
#include "command/session_state.h"

#define SPARES_MAX 64

struct request *
request_new(struct session *session, struct batch *batch, char *line)
{
	struct service *service = session->service;
	struct list_node *spare = list_pop(&service->spare_requests);
	struct request *req;

	if (spare != NULL) {
		req = container_of(spare, struct request, link);
		service->spare_count--;
	} else {
		req = xmalloc(sizeof(*req));
		list_node_init(&req->link);
	}
	req->service = service;
	req->session = session;
	req->batch = batch;
	req->command = NULL;
	req->id = span_make(NULL, 0);
	req->strict = true;
	req->silent = false;
	req->counted = false;
	req->sees_refusals = false;
	req->state = REQUEST_RUNNING;
	req->finish = NULL;
	req->wait_ms = 0;
	req->parked = NULL;
	req->delivered = span_make("", 0);
	req->line = line;
	req->owned = NULL;
	session_hold(session);
	if (batch != NULL)
		batch_hold(batch);
	return req;
}

static void
request_recycle(struct request *req)
{
	struct service *service = req->service;

	free(req->line);
	free(req->owned);
	req->state = REQUEST_ENDED;
	if (service->spare_count >= SPARES_MAX) {
		free(req);
		return;
	}
	list_prepend(&service->spare_requests, &req->link);
	service->spare_count++;
}

void
request_free_spares(struct service *service)
{
	struct list_node *node;

	while ((node = list_pop(&service->spare_requests)) != NULL)
		free(container_of(node, struct request, link));
	service->spare_count = 0;
}

struct handled
request_end(struct request *req)
{
	struct session *session = req->session;
	struct batch *batch = req->batch;

	CHECK(req->state == REQUEST_RUNNING || req->state == REQUEST_PARKED);
	CHECK(req->parked == NULL);
	if (req->counted)
		session->waiting--;
	if (session->holding == req) {
		session->holding = NULL;
		session_wake(session);
	}
	request_recycle(req);
	if (batch != NULL)
		batch_unhold(batch);
	session_unhold(session);
	return (struct handled){0};
}

void
request_keep(struct request *req)
{
	char *room = req->id_room;

	if (req->id.ptr == NULL || req->id.ptr == room || req->line != NULL)
		return;
	if (req->batch != NULL && req->batch->line != NULL)
		return;
	if (req->id.len > sizeof(req->id_room))
		room = req->line = xmalloc(req->id.len);
	memcpy(room, req->id.ptr, req->id.len);
	req->id.ptr = room;
}

struct handled
request_park(struct request *req)
{
	CHECK(req->state == REQUEST_RUNNING && req->parked != NULL);
	request_keep(req);
	req->state = REQUEST_PARKED;
	return (struct handled){0};
}

uint64_t
request_wait_ms(const struct request *req)
{
	const struct session *session = req->session;

	if (req->batch != NULL || req->service->drain.on)
		return 0;
	if (session->input_done || session->waits_ended)
		return 0;
	if (session->eof && session->holding == req)
		return 0;
	return req->wait_ms;
}

bool
request_count_wait(struct request *req)
{
	CHECK(!req->counted);
	if (req->session->waiting >= req->service->config.max_parked)
		return false;
	req->session->waiting++;
	req->counted = true;
	return true;
}

/* ---- calls ------------------------------------------------------------- */

static void
request_called(struct call *call)
{
	struct request *req = container_of(call, struct request, call);

	CHECK(req->state == REQUEST_CALLING);
	service_answered(req->service, call);
	req->state = REQUEST_RUNNING;
	if (call->refusal.err != ERR_NONE && !req->sees_refusals)
		handled_done(request_refused(req));
	else
		handled_done(req->finish(req));
}

static struct handled
request_submit(struct request *req, enum verb verb, request_finish_fn *finish)
{
	CHECK(req->state == REQUEST_RUNNING || req->state == REQUEST_PARKED);
	req->state = REQUEST_CALLING;
	req->finish = finish;
	req->call.verb = verb;
	req->call.origin = req->session->id;
	req->call.done = request_called;
	req->call.next = NULL;
	service_submit(req->service, &req->call);
	return (struct handled){0};
}

struct handled
request_call(struct request *req, enum verb verb, request_finish_fn *finish)
{
	req->sees_refusals = false;
	return request_submit(req, verb, finish);
}

struct handled
request_ask(struct request *req, enum verb verb, request_finish_fn *finish)
{
	req->sees_refusals = true;
	return request_submit(req, verb, finish);
}
