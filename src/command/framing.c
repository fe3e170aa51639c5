/*
 * Framing: from bytes to lines, and when a session may go on with them.
 *
 * Lines are executed where they lie, in the caller's bytes or in `in`; only what
 * is left is copied. No byte is searched for a newline twice. A session stops in
 * front of a line, and goes on later, when
 *   - a plain request without id is not answered yet,
 *   - its share of the turn is used up (it stands among the runnable then),
 *   - the peer leaves too much output unread.
 */
#include <config.h>

#include "base/alloc.h"
#include "base/check.h"
#include "command/dispatch.h"
#include "command/foreign.h"
#include "command/request.h"
#include "command/service_state.h"
#include "command/session_state.h"

/* From here on a line may be refused for want of memory. */
#define BIG_LINE        65536
#define BIG_LINE_FACTOR 4

/* Is anything but the share of the turn in the way? */
static bool
is_blocked(const struct session *session)
{
	return session->holding != NULL || session->input_done || session->overrun ||
	       session_has_backlog(session);
}

static bool
may_run(const struct session *session)
{
	return session->share > 0 && !is_blocked(session);
}

static void
renew_share(struct session *session)
{
	if (session->share_turn == session->service->turn)
		return;
	session->share_turn = session->service->turn;
	session->share = SESSION_SHARE;
}

static void
use_share(struct session *session, unsigned requests)
{
	session->share -= requests < session->share ? requests : session->share;
	if (session->share == 0)
		session_mark_dirty(session); /* its owner stops reading */
}

/* ---- lines ------------------------------------------------------------- */

static bool
is_blank(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (text[i] != ' ' && text[i] != '\t' && text[i] != '\r')
			return false;
	}
	return true;
}

static void
refuse_long_line(struct session *session)
{
	struct service *service = session->service;

	service->counters.lines_in++;
	service->counters.refused_lines++;
	if (gate_max_line(session) < service->config.max_line)
		dispatch_reject(session, ERR_LINE_TOO_LONG,
			"the line is longer than is read from a peer that is not known");
	else
		dispatch_reject(session, ERR_LINE_TOO_LONG, "the line is longer than max_line");
	use_share(session, 1);
}

/* There is no memory to keep the line, or to do what it asks for. */
static void
refuse_big_line(struct session *session)
{
	session->service->counters.lines_in++;
	dispatch_reject(session, ERR_UNAVAILABLE, "there is no memory for a line this long");
	use_share(session, 1);
}

/* What comes of a line is some times as big: its text, what is read from it, the answer. */
static bool
has_memory_for(size_t len)
{
	return len < BIG_LINE || memory_is_left(BIG_LINE_FACTOR * len);
}

/* Something that speaks another protocol is told once, and no more is read from it. */
static void
refuse_foreign(struct session *session)
{
	session->service->counters.lines_in++;
	session->service->counters.refused_protocol++;
	dispatch_reject(session, ERR_PARSE_ERROR,
		"this is inflightd: JSON-RPC, one request or batch on a line");
	session->input_done = true;
	session_mark_dirty(session);
}

/* Looks at the first line that is not blank, or as much of it as is there. */
static bool
begins_foreign(struct session *session, const char *line, size_t len)
{
	if (session->has_spoken || is_blank(line, len))
		return false;
	session->has_spoken = true;
	return foreign_line((struct span){line, len});
}

/* A whole line, its newline gone. */
static void
take_line(struct session *session, char *line, size_t len)
{
	if (session->skipping) {
		session->skipping = false;
		return;
	}
	if (len > 0 && line[len - 1] == '\r')
		len--;
	if (begins_foreign(session, line, len))
		refuse_foreign(session);
	else if (len > gate_max_line(session))
		refuse_long_line(session);
	else if (!has_memory_for(len))
		refuse_big_line(session);
	else if (!is_blank(line, len))
		use_share(session, dispatch_line(session, line, len));
}

/* The beginning of a line whose end has not come; returns how much of it is done with. */
static size_t
take_part(struct session *session, const char *line, size_t len)
{
	uint64_t max_line = gate_max_line(session);

	if (!session->skipping) {
		/* One more may be the CR that does not count. */
		if (len <= max_line || (len == max_line + 1 && line[len - 1] == '\r')) {
			session->scanned = len;
			return 0;
		}
		if (begins_foreign(session, line, len)) {
			refuse_foreign(session);
			return len;
		}
		refuse_long_line(session);
		session->skipping = true;
	}
	session->scanned = 0;
	return len;
}

/* Executes lines of `data` while it may; returns the bytes it is done with. */
static size_t
take_lines(struct session *session, char *data, size_t len)
{
	size_t at = 0;
	char *end;

	while (at < len && may_run(session)) {
		char *line = data + at;
		size_t left = len - at;

		end = memchr(line + session->scanned, '\n', left - session->scanned);
		if (end == NULL)
			return at + take_part(session, line, left);
		session->scanned = 0;
		at += (size_t)(end - line) + 1;
		take_line(session, line, (size_t)(end - line));
	}
	return at;
}

/* ---- going on ---------------------------------------------------------- */

/* Nothing more will be executed: what waits has waited long enough. */
static void
end_input(struct session *session)
{
	struct span rest = buf_span(&session->in);

	if (!session->skipping && !is_blank(rest.ptr, rest.len)) {
		session->service->counters.lines_in++;
		dispatch_reject(session, ERR_PARSE_ERROR, "input ended inside a line");
	}
	buf_release(&session->in, 0);
	session->input_done = true;
	audit_peer(session->service->audit, session->id, PEER_ENDED);
	parked_end_all(session);
	session_mark_dirty(session);
}

/* The wait that holds back the rest is over; what is ready by now may be for it. */
static void
end_holding(struct session *session)
{
	waitqs_hand_out(&session->service->waitqs);
	if (session->holding != NULL && session->holding->parked != NULL)
		parked_over(session->holding->parked);
}

/* After running: what comes next for the session. */
static void
settle(struct session *session)
{
	struct request *holding = session->holding;

	if (session->input_done) {
		buf_release(&session->in, 0);
		return;
	}
	if (buf_len(&session->in) == 0)
		spare_give(&session->service->spares, &session->in);
	if (session->eof && holding != NULL && holding->parked != NULL) {
		end_holding(session);
	} else if (session->eof && (may_run(session) || buf_len(&session->in) == 0)) {
		end_input(session);
	} else if (session->share == 0 && !is_blocked(session) &&
		   (session->eof || buf_len(&session->in) > 0)) {
		if (!list_is_linked(&session->in_runnable))
			list_append(&session->service->runnable, &session->in_runnable);
	}
}

void
session_run(struct session *session)
{
	struct buf *in = &session->in;
	size_t done;

	renew_share(session);
	session->running = true;
	done = take_lines(session, (char *)buf_span(in).ptr, buf_len(in));
	session->running = false;
	buf_consume(in, done);
	settle(session);
	/* It may want input again without having answered anything: half a line was left. */
	session_mark_dirty(session);
}

void
session_wake(struct session *session)
{
	if (session->closed || session->running || is_blocked(session))
		return;
	session_mark_dirty(session); /* its owner may read again */
	if (!session->eof && buf_len(&session->in) == 0)
		return;
	if (!list_is_linked(&session->in_runnable))
		list_append(&session->service->runnable, &session->in_runnable);
}

bool
session_wants_input(const struct session *session)
{
	bool share_is_used = session->share == 0 && session->share_turn == session->service->turn;

	return !session->eof && !is_blocked(session) && !share_is_used &&
	       !list_is_linked(&session->in_runnable);
}

void
session_stop(struct session *session, enum err err, const char *message)
{
	CHECK(!session->running);
	dispatch_reject(session, err, message);
	buf_release(&session->in, 0);
	session->input_done = true;
	parked_end_all(session);
	session_mark_dirty(session);
}

/* ---- what the owner says ----------------------------------------------- */

static void
greet(struct session *session, char first)
{
	session->greeted = true;
	if (foreign_byte(first))
		refuse_foreign(session);
}

/* The line that began is refused. More input was wanted, so there is nothing else in `in`. */
static void
drop_part(struct session *session)
{
	buf_release(&session->in, 0);
	session->scanned = 0;
	if (session->skipping)
		return;
	refuse_big_line(session);
	session->skipping = true;
}

/* What may run and was not is the beginning of a line; else it is whole lines that wait. */
static void
keep_rest(struct session *session, const char *data, size_t len)
{
	if (len == 0)
		return;
	spare_take(&session->service->spares, &session->in);
	if (may_run(session) && !buf_try_reserve(&session->in, len))
		drop_part(session);
	else
		buf_append(&session->in, data, len);
}

void
session_feed(struct session *session, char *data, size_t len)
{
	struct buf *in = &session->in;
	size_t done;

	if (len == 0 || session->eof || session->input_done)
		return;
	session->service->counters.bytes_in += len;
	if (!session->greeted)
		greet(session, data[0]);
	if (session->input_done)
		return;
	if (buf_len(in) > 0 && buf_try_reserve(in, len)) {
		buf_append(in, data, len);
		session_run(session);
		return;
	}
	renew_share(session);
	if (buf_len(in) > 0)
		drop_part(session);
	session->running = true;
	done = take_lines(session, data, len);
	session->running = false;
	if (session->input_done) {
		settle(session);
		return;
	}
	if (len - done > gate_max_backlog(session)) {
		session_stop(session, ERR_UNAUTHORIZED, "too much was sent before an auth");
		return;
	}
	keep_rest(session, data + done, len - done);
	settle(session);
}

void
session_eof(struct session *session)
{
	if (session->eof || session->input_done)
		return;
	session->eof = true;
	audit_peer(session->service->audit, session->id, PEER_EOF);
	session_run(session);
}

void
session_end_waits(struct session *session)
{
	session->waits_ended = true;
	audit_peer(session->service->audit, session->id, PEER_ENDED);
	parked_end_all(session);
}
