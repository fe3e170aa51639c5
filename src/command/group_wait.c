/*
 * An entry lives while a request waits for its group, in one of two lists:
 * `waiting` for a hint, or `pending` to be polled after one. A wait that is being
 * polled is in neither, and only counted.
 *
 * When a group is deleted, the waits that were there before are refused by the
 * turn; they do not wait for a new group of that name.
 */
#include <config.h>

#include "command/group_wait.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "base/check.h"
#include "command/parked.h"
#include "command/render.h"
#include "command/service_state.h"
#include "command/session_state.h"

struct group_entry {
	struct map_node node; /* in by_name */
	struct list_node in_marked;
	struct list waiting;
	struct list pending;
	uint64_t users; /* waits, wherever they are */
	uint64_t hints; /* that came so far */
	size_t len;
	char name[];
};

struct group_wait {
	struct parked parked;
	struct group_entry *entry;
	struct list_node in_entry;
	uint64_t asked; /* hints of the entry when it was polled last */
	bool polling;   /* the engine has been asked */
	bool over;      /* the next poll is the last */
	bool deleted;   /* its group is gone, whatever is called so now */
};

static struct span
entry_name(const struct map_node *node)
{
	const struct group_entry *entry = container_of(node, struct group_entry, node);

	return span_make(entry->name, entry->len);
}

void
group_waits_init(struct group_waits *waits, struct service *service)
{
	waits->service = service;
	map_init(&waits->by_name, entry_name, &service->seed);
	list_init(&waits->marked);
}

void
group_waits_fini(struct group_waits *waits)
{
	CHECK(waits->by_name.count == 0 && list_is_empty(&waits->marked));
	map_fini(&waits->by_name);
}

/* ---- entries ----------------------------------------------------------- */

static struct group_entry *
find_entry(const struct group_waits *waits, struct span name)
{
	struct map_node *node;

	if (waits->by_name.count == 0)
		return NULL;
	node = map_find(&waits->by_name, name, map_hash(&waits->by_name, name));
	return node == NULL ? NULL : container_of(node, struct group_entry, node);
}

static struct group_entry *
get_entry(struct group_waits *waits, struct span name)
{
	struct group_entry *entry = find_entry(waits, name);

	if (entry != NULL)
		return entry;
	entry = xmalloc(sizeof(*entry) + name.len);
	memcpy(entry->name, name.ptr, name.len);
	entry->len = name.len;
	entry->users = 0;
	entry->hints = 0;
	list_node_init(&entry->in_marked);
	list_init(&entry->waiting);
	list_init(&entry->pending);
	map_insert(&waits->by_name, &entry->node, map_hash(&waits->by_name, name));
	return entry;
}

static void
leave_entry(struct group_waits *waits, struct group_entry *entry)
{
	CHECK(entry->users > 0);
	if (--entry->users > 0)
		return;
	map_remove(&waits->by_name, &entry->node);
	list_remove(&entry->in_marked);
	free(entry);
}

static void
mark_entry(struct group_waits *waits, struct group_entry *entry)
{
	if (!list_is_empty(&entry->pending) && !list_is_linked(&entry->in_marked))
		list_append(&waits->marked, &entry->in_marked);
}

/* ---- one wait ---------------------------------------------------------- */

/* Frees the wait; its request can be answered then. */
static struct request *
end_wait(struct group_wait *wait, enum wait_end how)
{
	struct request *req = wait->parked.req;

	list_remove(&wait->in_entry);
	parked_end(&wait->parked, how);
	leave_entry(&req->service->group_waits, wait->entry);
	free(wait);
	return req;
}

static struct handled
refuse_wait(struct group_wait *wait, struct refusal refusal)
{
	char name[NAME_MAX_BYTES];
	struct subject subject = {.group = span_make(name, wait->entry->len)};

	CHECK(wait->entry->len <= sizeof(name));
	memcpy(name, wait->entry->name, wait->entry->len);
	refusal.culprit = span_make(NULL, 0); /* the name, which may go with the entry */
	return request_refused_for(end_wait(wait, WAIT_REFUSED), &refusal, &subject);
}

/* Writes first and ends the wait then: the view may point to the entry's name. */
static struct handled
answer_wait(struct group_wait *wait, const struct group_view *view)
{
	struct request *req = wait->parked.req;

	render_group(reply_open(req), view);
	(void)end_wait(wait, view->done ? WAIT_DONE : WAIT_OVER);
	return reply_close(req);
}

static struct handled
polled(struct request *req)
{
	struct group_wait *wait = container_of(req->parked, struct group_wait, parked);
	struct group_entry *entry = wait->entry;
	const struct group_view *view = &req->call.answer.group;
	struct handled handled;

	wait->polling = false;
	if (session_is_closed(req->session))
		return request_drop(end_wait(wait, WAIT_GONE));
	if (req->call.refusal.err != ERR_NONE)
		return refuse_wait(wait, req->call.refusal);
	if (view->done || wait->over || request_wait_ms(req) == 0)
		return answer_wait(wait, view);
	handled = request_park(req);
	list_append(
		entry->hints == wait->asked ? &entry->waiting : &entry->pending, &wait->in_entry);
	mark_entry(&req->service->group_waits, entry);
	return handled;
}

static struct handled
poll(struct group_wait *wait)
{
	struct request *req = wait->parked.req;

	list_remove(&wait->in_entry);
	wait->polling = true;
	wait->asked = wait->entry->hints;
	req->call.args.group = (struct group_args){
		.group = span_make(wait->entry->name, wait->entry->len),
	};
	return request_ask(req, VERB_GROUP_POLL, polled);
}

static struct handled
serve(struct group_wait *wait)
{
	if (wait->deleted)
		return refuse_wait(wait, (struct refusal){.err = ERR_NO_SUCH_GROUP});
	return poll(wait);
}

static void
wait_over(struct parked *parked)
{
	struct group_wait *wait = container_of(parked, struct group_wait, parked);

	wait->over = true;
	if (!wait->polling)
		handled_done(serve(wait));
}

static void
wait_cancel(struct parked *parked)
{
	struct group_wait *wait = container_of(parked, struct group_wait, parked);

	if (!wait->polling)
		handled_done(request_drop(end_wait(wait, WAIT_GONE)));
}

static const struct parked_ops group_wait_ops = {wait_over, wait_cancel};

/* ---- group.wait -------------------------------------------------------- */

/* The group is not complete: waits in its entry. */
static struct handled
park(struct request *req, struct span group)
{
	struct group_waits *waits = &req->service->group_waits;
	struct group_wait *wait = xmalloc(sizeof(*wait));
	struct handled handled;

	wait->entry = get_entry(waits, group);
	wait->entry->users++;
	wait->polling = wait->over = wait->deleted = false;
	list_node_init(&wait->in_entry);
	parked_begin(&wait->parked, req, &group_wait_ops, request_wait_ms(req));
	audit_wait_group(req->service->audit, req->session->id, wait->parked.arrival,
		parked_until(&wait->parked), group);
	if (!service_is_immediate(req->service))
		return poll(wait); /* its hint may have come before there was an entry */
	handled = request_park(req);
	list_append(&wait->entry->waiting, &wait->in_entry);
	return handled;
}

static struct handled
answer_view(struct request *req, const struct group_view *view)
{
	render_group(reply_open(req), view);
	return reply_close(req);
}

static struct handled
first_polled(struct request *req)
{
	const struct group_view *view = &req->call.answer.group;

	if (session_is_closed(req->session))
		return request_drop(req);
	if (view->done || request_wait_ms(req) == 0)
		return answer_view(req, view);
	if (!request_count_wait(req))
		return request_fail_parked(req);
	return park(req, req->call.args.group.group);
}

struct handled
group_wait_begin(struct request *req, struct span group)
{
	req->call.args.group = (struct group_args){.group = group};
	return request_call(req, VERB_GROUP_POLL, first_polled);
}

/* ---- hints and the turn ------------------------------------------------ */

void
group_waits_done(struct group_waits *waits, struct span group)
{
	struct group_entry *entry = find_entry(waits, group);

	if (entry == NULL)
		return;
	entry->hints++;
	list_splice(&entry->pending, &entry->waiting);
	mark_entry(waits, entry);
}

/* Serves the waits pending now, `limit` of them at most; returns how many it may serve yet. */
static unsigned
serve_pending(struct group_entry *entry, unsigned limit)
{
	struct list batch;
	struct list_node *node;

	list_init(&batch);
	list_splice(&batch, &entry->pending);
	entry->users++; /* keeps it until we are done */
	while (limit > 0 && (node = list_pop(&batch)) != NULL) {
		limit--;
		handled_done(serve(container_of(node, struct group_wait, in_entry)));
	}
	list_splice(&batch, &entry->pending);
	list_splice(&entry->pending, &batch);
	return limit;
}

void
group_waits_before_delete(struct group_waits *waits, struct span group)
{
	struct group_entry *entry = find_entry(waits, group);

	if (entry == NULL || list_is_empty(&entry->pending))
		return;
	(void)serve_pending(entry, UINT32_MAX);
	leave_entry(waits, entry);
}

static void
note_deleted(struct list *list, uint64_t last_arrival)
{
	list_for_each (node, list) {
		struct group_wait *wait = container_of(node, struct group_wait, in_entry);

		if (wait->parked.arrival <= last_arrival)
			wait->deleted = true;
	}
}

void
group_waits_deleted(struct group_waits *waits, struct span group, uint64_t last_arrival)
{
	struct group_entry *entry = find_entry(waits, group);

	if (entry == NULL)
		return;
	list_splice(&entry->pending, &entry->waiting);
	note_deleted(&entry->pending, last_arrival);
	mark_entry(waits, entry);
}

bool
group_waits_turn(struct group_waits *waits, unsigned limit)
{
	struct list_node *node;

	while (limit > 0 && (node = list_pop(&waits->marked)) != NULL) {
		struct group_entry *entry = container_of(node, struct group_entry, in_marked);

		limit = serve_pending(entry, limit);
		mark_entry(waits, entry);
		leave_entry(waits, entry);
	}
	return !list_is_empty(&waits->marked);
}
