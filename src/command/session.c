/*
 * Sessions: birth, output, end.
 *
 * A set that was answered is the peer's only once its line has left. Until then
 * its token stands in `delivered`, with the absolute offset in the output where
 * its line ends; what is there when the session is closed goes back.
 */
#include <config.h>

#include "command/session.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "base/check.h"
#include "command/errand.h"
#include "command/service_state.h"
#include "command/session_state.h"

struct delivery {
	uint64_t end; /* offset in the output since the beginning */
	size_t len;   /* of the token that follows */
};

struct session *
session_new(struct service *service, const char *name, void *arg)
{
	struct session *session = xcalloc(1, sizeof(*session));

	session->service = service;
	session->id = ++service->last_session;
	session->name = xstrdup(name);
	session->holder = blob_new(span_str(name));
	session->arg = arg;
	buf_init(&session->in);
	buf_init(&session->out);
	session->out.expendable = true;
	buf_init(&session->delivered);
	list_init(&session->parked);
	list_node_init(&session->in_dirty);
	list_node_init(&session->in_runnable);
	list_append(&service->sessions, &session->in_service);
	service->session_count++;
	session->share_turn = service->turn;
	session->share = SESSION_SHARE;
	audit_peer(service->audit, session->id, PEER_OPENED);
	gate_enter(session);
	return session;
}

struct session *
session_new_inside(struct service *service, const char *name, void *arg)
{
	struct session *session = session_new(service, name, arg);

	session->is_inside = true;
	service->inside_count++;
	return session;
}

bool
session_authenticate(struct session *session, struct span token)
{
	return gate_authenticate(session, token) != NULL;
}

void *
session_arg(const struct session *session)
{
	return session->arg;
}

const char *
session_name(const struct session *session)
{
	return session->name;
}

size_t
session_bytes(const struct session *session)
{
	return session->in.capacity + session->out.capacity;
}

/* ---- deliveries -------------------------------------------------------- */

void
session_note_delivery(struct session *session, struct span token)
{
	struct delivery delivery = {
		.end = session->sent + buf_len(&session->out),
		.len = token.len,
	};

	spare_take(&session->service->spares, &session->delivered);
	buf_append(&session->delivered, &delivery, sizeof(delivery));
	buf_add(&session->delivered, token);
}

static bool
first_delivery(const struct session *session, struct delivery *ret)
{
	struct span all = buf_span(&session->delivered);

	if (all.len < sizeof(*ret))
		return false;
	memcpy(ret, all.ptr, sizeof(*ret));
	return true;
}

/* Mostly all that was written has left, and so have all the sets in it. */
static void
forget_delivered(struct session *session)
{
	struct buf *delivered = &session->delivered;
	struct delivery delivery;

	if (buf_len(&session->out) == 0)
		buf_truncate(delivered, 0);
	while (first_delivery(session, &delivery) && delivery.end <= session->sent)
		buf_consume(delivered, sizeof(delivery) + delivery.len);
	if (buf_len(delivered) == 0)
		spare_give(&session->service->spares, delivered);
}

static void
give_back_undelivered(struct session *session)
{
	struct delivery delivery;
	struct span token;

	while (first_delivery(session, &delivery)) {
		token = span_make(
			buf_span(&session->delivered).ptr + sizeof(delivery), delivery.len);
		errand_give_back(session->service, session->id, token);
		buf_consume(&session->delivered, sizeof(delivery) + delivery.len);
	}
}

/* ---- output ------------------------------------------------------------ */

void
session_mark_dirty(struct session *session)
{
	struct service *service = session->service;

	if (!session->closed && !list_is_linked(&session->in_dirty))
		list_append(session->is_inside ? &service->dirty_inside : &service->dirty,
			&session->in_dirty);
}

/* Stops below max_output, so that what a peer asks for in one go never cuts it off. */
bool
session_has_backlog(const struct session *session)
{
	uint64_t most = session->service->config.max_output;

	return buf_len(&session->out) > (most < SESSION_BACKLOG ? most : SESSION_BACKLOG);
}

void
session_wrote_line(struct session *session, size_t before)
{
	struct service *service = session->service;

	service->counters.lines_out++;
	if (session->out.spilled) {
		/* Of whole answers, too: what is left makes no sense to the peer. */
		buf_truncate(&session->out, 0);
		session->overrun = true;
	} else if (before > service->config.max_output) {
		session->overrun = true;
	}
	session_mark_dirty(session);
}

struct buf *
session_output(struct session *session)
{
	/* Nothing is told before its record is written. */
	audit_flush(session->service->audit);
	return &session->out;
}

void
session_sent(struct session *session, size_t len)
{
	struct buf *out = &session->out;
	bool waited = session_has_backlog(session);

	CHECK(len <= buf_len(out));
	buf_consume(out, len);
	session->sent += len;
	session->service->counters.bytes_out += len;
	forget_delivered(session);
	if (buf_len(out) == 0)
		spare_give(&session->service->spares, out);
	if (waited && !session_has_backlog(session))
		session_wake(session);
	if (len > 0 && session_is_finished(session))
		session_mark_dirty(session);
}

bool
session_is_finished(const struct session *session)
{
	return session->input_done && session->open == 0 && buf_len(&session->out) == 0;
}

bool
session_is_overrun(const struct session *session)
{
	return session->overrun;
}

/* ---- the end ----------------------------------------------------------- */

static void
session_free(struct session *session)
{
	CHECK(list_is_empty(&session->parked) && session->waiting == 0);
	buf_fini(&session->in);
	buf_fini(&session->out);
	buf_fini(&session->delivered);
	blob_unref(session->holder);
	free(session->name);
	free(session);
}

void
session_hold(struct session *session)
{
	session->open++;
}

void
session_unhold(struct session *session)
{
	CHECK(session->open > 0);
	if (--session->open > 0)
		return;
	if (session->closed)
		session_free(session);
	else if (session_is_finished(session))
		session_mark_dirty(session);
}

void
session_close(struct session *session)
{
	CHECK(!session->closed);
	session_hold(session);
	session->closed = true;
	audit_peer(session->service->audit, session->id, PEER_GONE);
	parked_cancel_all(session);
	give_back_undelivered(session);
	if (session->owns)
		errand_owner_gone(session);
	gate_leave(session);
	list_remove(&session->in_service);
	list_remove(&session->in_dirty);
	list_remove(&session->in_runnable);
	session->service->session_count--;
	if (session->is_inside)
		session->service->inside_count--;
	buf_release(&session->in, 0);
	buf_release(&session->out, 0);
	session_unhold(session);
}
