/*
 * Brings a group to the daemon and waits for it. Each call makes its own courier; what has been
 * answered is kept in the group, so that the next call goes on from there.
 */
#include <config.h>

#include <stdlib.h>
#include <string.h>

#include "client/errand.h"
#include "client/group.h"
#include "client/handle.h"
#include "client/text.h"

#define WINDOW      128   /* enqueues under way at a time */
#define WAIT_MS_MAX 30000 /* one group.wait */

static bool
is_named(const struct inflight_reply *reply, const char *name)
{
	return strcmp(inflight_reply_name(reply), name) == 0;
}

/* The daemon's error to a request about the whole group. */
static enum inflight_status
group_refused(struct inflight_group *group, const char *what, const struct inflight_reply *reply)
{
	enum inflight_status status = INFLIGHT_REFUSED;

	if (is_named(reply, "no_such_group")) {
		inflight_group_lost(group);
		status = INFLIGHT_UNKNOWN_OUTCOME;
	} else if (is_named(reply, "unauthorized")) {
		status = INFLIGHT_UNAUTHORIZED;
	}
	return inflight_fail(group->client, status, what, inflight_reply_message(reply));
}

/* One request; takes `params`. Returns a new reply. */
static enum inflight_status
carry(struct inflight_group *group, const char *method, struct inflight_bytes *params,
	int64_t deadline_ms, struct inflight_reply **ret)
{
	struct inflight_errand errand;
	enum inflight_status status = inflight_errand_init(&errand, group->client, method, params);

	if (status != INFLIGHT_OK)
		return status;
	/* Nobody else has this name: a group of that name which is there already is this one. */
	if (errand.repeat == INFLIGHT_REPEAT_NEVER)
		errand.repeat = INFLIGHT_REPEAT_SAFE;
	return inflight_errand_run(&errand, group->client, deadline_ms, ret);
}

static void
begin_params(const struct inflight_group *group, struct inflight_bytes *params)
{
	inflight_bytes_add_text(params, "{\"group\":\"");
	inflight_bytes_add_text(params, group->name);
	inflight_bytes_add_text(params, "\"");
}

static void
end_params(struct inflight_bytes *params, const char *name, int64_t ms)
{
	inflight_bytes_add_text(params, ",\"");
	inflight_bytes_add_text(params, name);
	inflight_bytes_add_text(params, "\":");
	inflight_bytes_add_uint(params, (uint64_t)ms);
	inflight_bytes_add_text(params, "}");
}

static enum inflight_status
create(struct inflight_group *group, int64_t deadline_ms)
{
	struct inflight_bytes params = {0};
	struct inflight_reply *reply;
	enum inflight_status status;

	begin_params(group, &params);
	end_params(&params, "timeout_ms", group->timeout_ms);
	status = carry(group, "group.create", &params, deadline_ms, &reply);
	if (status != INFLIGHT_OK)
		return status;
	if (inflight_reply_is_error(reply) && !is_named(reply, "group_exists"))
		status = group_refused(group, "group.create", reply);
	inflight_reply_free(reply);
	group->created = status == INFLIGHT_OK;
	return status;
}

static enum inflight_status
seal(struct inflight_group *group, int64_t deadline_ms)
{
	struct inflight_bytes params = {0};
	struct inflight_reply *reply;
	enum inflight_status status;

	begin_params(group, &params);
	inflight_bytes_add_text(&params, "}");
	status = carry(group, "group.seal", &params, deadline_ms, &reply);
	if (status != INFLIGHT_OK)
		return status;
	if (inflight_reply_is_error(reply))
		status = group_refused(group, "group.seal", reply);
	inflight_reply_free(reply);
	group->sealed = status == INFLIGHT_OK;
	return status;
}

/* ---- the ops ------------------------------------------------------------- */

/* Enqueues under way, and the op of each. */
struct window {
	struct inflight_errand errands[WINDOW];
	size_t ops[WINDOW];
	bool used[WINDOW];
	size_t next; /* the op to be sent next */
	enum inflight_status status;
};

/* The daemon has answered: the params are not needed again. */
static enum inflight_status
enqueued(struct inflight_group *group, size_t index, const struct inflight_reply *reply)
{
	enum inflight_status status = INFLIGHT_OK;

	if (inflight_reply_is_error(reply) && is_named(reply, "no_such_group"))
		return group_refused(group, "enqueue", reply);
	if (inflight_reply_is_error(reply))
		status = inflight_group_refused(group, index, reply);
	inflight_bytes_fini(&group->ops[index].params);
	return status;
}

static void
take_answer(struct inflight_group *group, struct window *window, size_t place)
{
	struct inflight_errand *errand = &window->errands[place];
	struct group_op *op = &group->ops[window->ops[place]];
	enum inflight_status status = errand->status;

	/* They come back for the next call, if there was no answer. */
	op->params = errand->params;
	errand->params = (struct inflight_bytes){0};
	if (status == INFLIGHT_OK)
		status = enqueued(group, window->ops[place], errand->reply);
	if (window->status == INFLIGHT_OK)
		window->status = status;
	inflight_errand_fini(errand);
	window->used[place] = false;
}

/* Puts the next op that was not answered into a free place; false where there is none. */
static bool
fill(struct inflight_group *group, struct inflight_courier *courier, struct window *window,
	size_t place)
{
	struct group_op *op;

	while (window->next < group->count &&
		inflight_bytes_len(&group->ops[window->next].params) == 0)
		window->next++;
	if (window->next == group->count || window->status != INFLIGHT_OK)
		return false;
	op = &group->ops[window->next];
	/* It was checked when it was added, so this cannot fail. */
	inflight_errand_init(&window->errands[place], group->client, "enqueue", &op->params);
	inflight_courier_add(courier, &window->errands[place]);
	window->ops[place] = window->next++;
	window->used[place] = true;
	return true;
}

/* Fills the free places and takes what was answered; false when nothing is under way. */
static bool
turn(struct inflight_group *group, struct inflight_courier *courier, struct window *window)
{
	bool busy = false;

	for (size_t i = 0; i < WINDOW; i++) {
		if (window->used[i] && window->errands[i].done)
			take_answer(group, window, i);
		if (!window->used[i] && !fill(group, courier, window, i))
			continue;
		busy = true;
	}
	return busy;
}

static bool
is_any_done(const struct window *window)
{
	for (size_t i = 0; i < WINDOW; i++) {
		if (window->used[i] && window->errands[i].done)
			return true;
	}
	return false;
}

static enum inflight_status
enqueue_all(struct inflight_group *group, int64_t deadline_ms)
{
	struct window *window = calloc(1, sizeof *window);
	struct inflight_courier courier;
	enum inflight_status status;

	if (window == NULL)
		return inflight_fail(group->client, INFLIGHT_NO_MEMORY, "out of memory", NULL);
	inflight_courier_init(&courier, group->client, false);
	while (turn(group, &courier, window)) {
		inflight_courier_step(&courier);
		if (inflight_is_over(deadline_ms))
			inflight_courier_finish(&courier, deadline_ms);
		else if (!is_any_done(window))
			inflight_courier_wait(&courier, deadline_ms);
	}
	status = window->status;
	free(window);
	return status;
}

enum inflight_status
inflight_group_send(struct inflight_group *group, int64_t timeout_ms)
{
	int64_t deadline_ms = inflight_deadline_of(timeout_ms);
	enum inflight_status status = INFLIGHT_OK;

	group->begun = true;
	if (group->gone)
		return inflight_fail(group->client, INFLIGHT_UNKNOWN_OUTCOME,
			"the daemon does not know the group any more", NULL);
	if (!group->created)
		status = create(group, deadline_ms);
	if (status == INFLIGHT_OK && !group->sealed)
		status = enqueue_all(group, deadline_ms);
	if (status == INFLIGHT_OK && !group->sealed)
		status = seal(group, deadline_ms);
	return status;
}

/* ---- waiting ------------------------------------------------------------- */

static enum inflight_status
wait_once(struct inflight_group *group, int64_t deadline_ms)
{
	struct inflight_bytes params = {0};
	struct inflight_reply *reply;
	struct inflight_span result;
	struct inflight_span done;
	enum inflight_status status;
	int64_t left = WAIT_MS_MAX;

	if (deadline_ms >= 0)
		left = deadline_ms - inflight_now_ms();
	if (left > WAIT_MS_MAX)
		left = WAIT_MS_MAX;
	begin_params(group, &params);
	end_params(&params, "wait_ms", left < 0 ? 0 : left);
	status = carry(group, "group.wait", &params, deadline_ms, &reply);
	if (status != INFLIGHT_OK)
		return status;
	if (inflight_reply_is_error(reply)) {
		status = group_refused(group, "group.wait", reply);
		inflight_reply_free(reply);
		return status;
	}
	result.ptr = inflight_reply_text(reply, &result.len);
	if (inflight_text_member(result, "done", &done) && inflight_text_is(done, "true"))
		return inflight_group_take_outcomes(group, reply);
	inflight_reply_free(reply);
	return inflight_fail(group->client, INFLIGHT_TIMEOUT, group->name, "not complete yet");
}

enum inflight_status
inflight_group_wait(struct inflight_group *group, int64_t timeout_ms)
{
	int64_t deadline_ms = inflight_deadline_of(timeout_ms);
	enum inflight_status status;

	if (group->reply != NULL)
		return INFLIGHT_OK;
	status = inflight_group_send(group, timeout_ms);
	if (status != INFLIGHT_OK)
		return status;
	do
		status = wait_once(group, deadline_ms);
	while (status == INFLIGHT_TIMEOUT && !inflight_is_over(deadline_ms));
	return status;
}
