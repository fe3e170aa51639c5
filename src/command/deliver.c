/*
 * Delivery. The token of a set goes with the request to where its answer is
 * written, so that the session knows what it has to give back if the answer
 * never leaves.
 */
#include <config.h>

#include "command/deliver.h"

#include "command/errand.h"
#include "command/render.h"
#include "command/session_state.h"
#include "json/write.h"

struct handled
deliver_set(struct request *req, struct span queue, const struct take_answer *answer)
{
	struct session *session = req->session;
	struct buf *out;

	if (session_is_closed(session)) {
		errand_give_back(req->service, session->id, answer->token);
		return request_drop(req);
	}
	out = reply_open(req);
	json_first(out, SPAN("set"));
	json_add_string(out, answer->token);
	json_member_uint(out, SPAN("fence"), answer->fence);
	json_member_string(out, SPAN("queue"), queue);
	json_member_string(out, SPAN("key"), answer->key);
	json_member_uint(out, SPAN("attempt"), answer->attempt);
	json_member_uint(out, SPAN("lease_ms"), answer->lease_ms);
	json_member(out, SPAN("ops"));
	render_ops(out, answer->ops);
	buf_add_char(out, '}');
	req->delivered = answer->token;
	return reply_close(req);
}

struct handled
deliver_nothing(struct request *req)
{
	buf_add(reply_open(req), SPAN("{\"set\":null}"));
	return reply_close(req);
}
