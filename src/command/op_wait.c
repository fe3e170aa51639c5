/*
 * An op_wait lives from the answer of its enqueue to the answer of its request.
 * While a poll is under way the request is the engine's, and everything that
 * happens meanwhile is only noted: `again` a hint, `over` the end of the wait.
 */
#include <config.h>

#include "command/op_wait.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "base/check.h"
#include "command/errand.h"
#include "command/parked.h"
#include "command/render.h"
#include "command/service_state.h"
#include "command/session_state.h"
#include "json/write.h"

struct op_wait {
	struct parked parked;
	struct map_node node; /* in by_watch */
	struct list_node in_marked;
	bool polling; /* the engine has been asked */
	bool again;   /* a hint came meanwhile */
	bool over;    /* the next poll is the last */
	uint64_t watch;
	struct enqueue_answer answer; /* to the enqueue; its `op` is the text below */
	char op[];
};

static struct span
watch_key(const struct map_node *node)
{
	const struct op_wait *wait = container_of(node, const struct op_wait, node);

	return span_make((const char *)&wait->watch, sizeof(wait->watch));
}

static struct op_wait *
find_wait(struct op_waits *waits, uint64_t watch)
{
	struct span key = span_make((const char *)&watch, sizeof(watch));
	struct map_node *node;

	if (waits->by_watch.count == 0)
		return NULL;
	node = map_find(&waits->by_watch, key, map_hash(&waits->by_watch, key));
	return node == NULL ? NULL : container_of(node, struct op_wait, node);
}

void
op_waits_init(struct op_waits *waits, struct service *service)
{
	waits->service = service;
	map_init(&waits->by_watch, watch_key, &service->seed);
	list_init(&waits->marked);
}

void
op_waits_fini(struct op_waits *waits)
{
	CHECK(waits->by_watch.count == 0);
	map_fini(&waits->by_watch);
}

/* Takes the wait off its request, and drops its watch where a poll has not ended it. */
static void
end_wait(struct op_wait *wait, bool drop_watch, enum wait_end how)
{
	struct request *req = wait->parked.req;

	if (drop_watch)
		errand_drop_watch(req->session, wait->watch);
	map_remove(&req->service->op_waits.by_watch, &wait->node);
	list_remove(&wait->in_marked);
	parked_end(&wait->parked, how);
}

void
enqueue_answer_write(struct buf *out, const struct enqueue_answer *answer)
{
	json_first(out, SPAN("op"));
	json_add_string(out, answer->op);
	json_member_bool(out, SPAN("new"), answer->started);
	json_member_uint(out, SPAN("depth"), answer->depth);
	json_member_uint(out, SPAN("width"), answer->width);
	if (answer->duplicate)
		json_member_bool(out, SPAN("duplicate"), true);
}

static struct handled
answer_wait(struct op_wait *wait, const struct outcome_view *outcome)
{
	struct request *req = wait->parked.req;
	bool done = outcome->kind != OUTCOME_NONE;
	struct handled handled;
	struct buf *out;

	/* Calls the engine only where there is no outcome that such a call would invalidate. */
	end_wait(wait, !done, done ? WAIT_DONE : WAIT_OVER);
	out = reply_open(req);
	enqueue_answer_write(out, &wait->answer);
	json_member_bool(out, SPAN("done"), done);
	render_outcome(out, outcome);
	buf_add_char(out, '}');
	handled = reply_close(req);
	free(wait);
	return handled;
}

static struct handled
drop_wait(struct op_wait *wait, bool drop_watch)
{
	struct request *req = wait->parked.req;

	end_wait(wait, drop_watch, WAIT_GONE);
	free(wait);
	return request_drop(req);
}

static void
mark(struct op_wait *wait)
{
	struct op_waits *waits = &wait->parked.req->service->op_waits;

	if (wait->polling)
		wait->again = true;
	else if (!list_is_linked(&wait->in_marked))
		list_append(&waits->marked, &wait->in_marked);
}

static struct handled
polled(struct request *req)
{
	struct op_wait *wait = container_of(req->parked, struct op_wait, parked);
	struct outcome_view outcome = {.kind = OUTCOME_NONE};
	struct handled handled;
	bool again = wait->again;

	wait->polling = false;
	wait->again = false;
	if (req->call.refusal.err == ERR_NONE)
		outcome = req->call.answer.watch.outcome;
	if (session_is_closed(req->session))
		return drop_wait(wait, outcome.kind == OUTCOME_NONE);
	if (outcome.kind != OUTCOME_NONE || wait->over || request_wait_ms(req) == 0)
		return answer_wait(wait, &outcome);
	handled = request_park(req);
	if (again)
		mark(wait);
	return handled;
}

static struct handled
poll(struct op_wait *wait)
{
	struct request *req = wait->parked.req;

	list_remove(&wait->in_marked);
	wait->polling = true;
	req->call.args.watch = (struct watch_args){.watch = wait->watch};
	return request_ask(req, VERB_WATCH_POLL, polled);
}

static void
wait_over(struct parked *parked)
{
	struct op_wait *wait = container_of(parked, struct op_wait, parked);

	wait->over = true;
	if (!wait->polling)
		handled_done(poll(wait));
}

static void
wait_cancel(struct parked *parked)
{
	struct op_wait *wait = container_of(parked, struct op_wait, parked);

	if (!wait->polling)
		handled_done(drop_wait(wait, true));
}

static const struct parked_ops op_wait_ops = {wait_over, wait_cancel};

struct handled
op_wait_begin(struct request *req, const struct enqueue_answer *answer)
{
	struct op_waits *waits = &req->service->op_waits;
	struct op_wait *wait = xmalloc(sizeof(*wait) + answer->op.len);

	memcpy(wait->op, answer->op.ptr, answer->op.len);
	wait->answer = *answer;
	wait->answer.op = span_make(wait->op, answer->op.len);
	wait->watch = answer->watch;
	wait->polling = wait->again = wait->over = false;
	list_node_init(&wait->in_marked);
	map_insert(&waits->by_watch, &wait->node,
		map_hash(&waits->by_watch,
			span_make((const char *)&wait->watch, sizeof(wait->watch))));
	parked_begin(&wait->parked, req, &op_wait_ops, request_wait_ms(req));
	audit_wait_op(req->service->audit, req->session->id, wait->parked.arrival,
		parked_until(&wait->parked), wait->watch);
	return poll(wait);
}

void
op_waits_done(struct op_waits *waits, uint64_t watch)
{
	struct op_wait *wait = find_wait(waits, watch);

	if (wait != NULL)
		mark(wait);
}

bool
op_waits_turn(struct op_waits *waits, unsigned limit)
{
	struct list_node *node;

	while ((node = list_first(&waits->marked)) != NULL) {
		if (limit-- == 0)
			return true;
		handled_done(poll(container_of(node, struct op_wait, in_marked)));
	}
	return false;
}
