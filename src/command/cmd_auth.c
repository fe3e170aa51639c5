/*
 * auth: a peer says who it is. A wrong token is answered after a delay, by the deadline of a
 * wait like any other; until then the request holds back all that came after it.
 */
#include <config.h>

#include <stdlib.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "command/command.h"
#include "command/gate.h"
#include "command/parked.h"
#include "command/service_state.h"
#include "command/session_state.h"
#include "json/write.h"

static const struct arg_spec auth_args[] = {
	{PARAM("token"), .type = ARG_TOKEN, .required = true,
		.summary = "The secret that the daemon's auth file has the digest of."},
	ARGS_END,
};

static const struct result_member auth_result[] = {
	{.name = "name", .type = MEMBER_STRING},
	{.name = "roles", .type = MEMBER_STRINGS},
	RESULT_END,
};

/* ---- a wrong token ----------------------------------------------------- */

struct delay {
	struct parked parked;
	uint64_t until_ns;
};

static struct request *
delay_end(struct parked *parked, enum wait_end how)
{
	struct request *req = parked->req;

	parked_end(parked, how);
	free(container_of(parked, struct delay, parked));
	return req;
}

/* The end of the peer's input is none of the delay's: whoever hangs up does not guess faster. */
static void
delay_over(struct parked *parked)
{
	const struct delay *delay = container_of(parked, struct delay, parked);
	const struct service *service = parked->req->service;
	struct session *session = parked->req->session;

	if (service->now_ns < delay->until_ns && !service->drain.on) {
		parked_go_on(parked, delay->until_ns);
		return;
	}
	session_hold(session);
	handled_done(request_fail_text(
		delay_end(parked, WAIT_REFUSED), ERR_UNAUTHORIZED, "auth: nobody has that token"));
	if (session->auth.failures >= GATE_TRIES && !session->input_done)
		session_stop(session, ERR_UNAUTHORIZED, "too many wrong tokens");
	session_unhold(session);
}

static void
delay_cancel(struct parked *parked)
{
	handled_done(request_drop(delay_end(parked, WAIT_GONE)));
}

static const struct parked_ops delay_ops = {delay_over, delay_cancel};

static struct handled
refuse_later(struct request *req)
{
	struct delay *delay = xmalloc(sizeof(*delay));

	req->service->counters.auth_failures++;
	req->session->auth.failures++;
	req->session->holding = req;
	delay->until_ns = time_after_ms(req->service->now_ns, GATE_DELAY_MS);
	parked_begin(&delay->parked, req, &delay_ops, GATE_DELAY_MS);
	audit_wait_auth(
		req->service->audit, req->session->id, delay->parked.arrival, delay->until_ns);
	return request_park(req);
}

/* ---- auth -------------------------------------------------------------- */

static void
write_roles(struct buf *out, unsigned roles)
{
	const char *between = "[";

	for (unsigned i = 0; i < ROLE_COUNT; i++) {
		if ((roles & (1u << i)) == 0)
			continue;
		buf_add(out, span_str(between));
		json_add_string(out, span_str(role_name(i)));
		between = ",";
	}
	buf_add_char(out, ']');
}

static struct handled
run_auth(struct request *req, const struct arg *args)
{
	const struct principal *principal;
	struct buf *out;

	/* A batch is answered as one: the delay would be that of all. */
	if (req->batch != NULL)
		return request_fail_text(
			req, ERR_INVALID_REQUEST, "auth has a line of its own, not one in a batch");
	principal = gate_authenticate(req->session, args[0].text);
	if (principal == NULL)
		return refuse_later(req);
	out = reply_open(req);
	json_first(out, SPAN("name"));
	json_add_string(out, span_str(principal->name));
	json_member(out, SPAN("roles"));
	write_roles(out, principal->roles);
	buf_add_char(out, '}');
	return reply_close(req);
}

const struct command command_auth = {
	COMMAND("auth"),
	.summary = "Says who the peer is, by a token.",
	.args = auth_args,
	.result = auth_result,
	.flags = COMMAND_NO_NOTIFY | COMMAND_AUTH,
	.errors = ERR_BIT(ERR_UNAUTHORIZED),
	.permit = PERMIT_ANYONE,
	.run = run_auth,
};
