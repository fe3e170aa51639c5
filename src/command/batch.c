/*
 * Batches: collecting the answers of the members, and the one line at the end.
 * A batch of nothing but notifications is answered with nothing.
 */
#include <config.h>

#include "command/batch.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "base/check.h"
#include "command/errand.h"
#include "command/session_state.h"

struct batch *
batch_new(struct session *session, char *line)
{
	struct batch *batch = xmalloc(sizeof(*batch));

	batch->session = session;
	batch->open = 1;
	batch->line = line;
	buf_init(&batch->out);
	batch->out.expendable = true;
	buf_init(&batch->delivered);
	session_hold(session);
	return batch;
}

void
batch_open_answer(struct batch *batch)
{
	buf_add_char(&batch->out, buf_len(&batch->out) == 0 ? '[' : ',');
}

void
batch_note_delivery(struct batch *batch, struct span token)
{
	buf_add(&batch->delivered, token);
	buf_add_char(&batch->delivered, '\0');
}

void
batch_hold(struct batch *batch)
{
	batch->open++;
}

/* Calls `told` for each set that stands in the answers. */
static void
each_delivery(struct batch *batch, void (*told)(struct session *session, struct span token))
{
	while (buf_len(&batch->delivered) != 0) {
		struct span token = span_str(buf_span(&batch->delivered).ptr);

		told(batch->session, token);
		buf_consume(&batch->delivered, token.len + 1);
	}
}

static void
give_back(struct session *session, struct span token)
{
	errand_give_back(session->service, session->id, token);
}

static void
batch_answer(struct batch *batch)
{
	struct session *session = batch->session;
	size_t before = buf_len(&session->out);

	if (session_is_closed(session)) {
		each_delivery(batch, give_back);
		return;
	}
	if (buf_len(&batch->out) == 0 && !batch->out.spilled)
		return;
	buf_add(&batch->out, SPAN("]\n"));
	session->out.spilled |= batch->out.spilled;
	buf_add(&session->out, buf_span(&batch->out));
	session_wrote_line(session, before);
	each_delivery(batch, session_note_delivery);
}

void
batch_unhold(struct batch *batch)
{
	struct session *session = batch->session;

	CHECK(batch->open > 0);
	if (--batch->open > 0)
		return;
	batch_answer(batch);
	buf_fini(&batch->out);
	buf_fini(&batch->delivered);
	free(batch->line);
	free(batch);
	session_unhold(session);
}
