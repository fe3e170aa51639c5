/*
 * Answers: to which request, in which form, and whether it may be answered so.
 */
#include <config.h>

#include "sim/sim.h"

#include <string.h>

int64_t
number_of(struct sim *sim, const struct item *object, const char *name)
{
	const struct item *value = item_get(object, name);

	if (!item_is(value, ITEM_NUMBER))
		sim_fail(sim, "an answer has no number %s", name);
	return value->number;
}

const char *
string_of(struct sim *sim, const struct item *object, const char *name)
{
	const struct item *value = item_get(object, name);

	if (!item_is(value, ITEM_STRING))
		sim_fail(sim, "an answer has no string %s", name);
	return value->string;
}

/* ---- what is under way --------------------------------------------------- */

static bool
names_op(const struct ask *ask, unsigned place)
{
	return (ask->names >> place & 1) != 0 || ask->names == 0 || ask->gives_rest;
}

static void
kick_asked(struct sim *sim, unsigned queue)
{
	for (unsigned i = 0; i < sim->live_count; i++) {
		struct op *op = &sim->ops[sim->live[i]];

		if (op->queue != queue)
			continue;
		op->maybe_kicked = true;
		if (op->delivered > 0)
			op->kicked = op->attempts_unknown = true;
	}
}

static void
op_asked_about(struct sim *sim, struct ask *ask)
{
	struct op *op = &sim->ops[ask->op];

	if (ask->method == ENQUEUE || ask->method == GROUP_ADD) {
		op->fed_step = sim->step;
		op->fed_ns = sim->now_ns;
		if (op->ttl_ms > 0)
			sim->queues[op->queue].moved |= 1U << op->key;
	} else if (ask->method == CANCEL) {
		op->cancels++;
		op->cancel_asked = true;
		sim->queues[op->queue].moved |= 1U << op->key;
	} else {
		op->group_finish_asked = true;
	}
}

static void
queue_asked_about(struct sim *sim, const struct ask *ask)
{
	struct queue_state *queue = &sim->queues[ask->queue];

	if (ask->method == QUEUE_PURGE || ask->method == QUEUE_DELETE)
		queue->sweepers++;
	queue->delete_asked |= ask->method == QUEUE_DELETE;
	queue->close_asked |= ask->method == QUEUE_CLOSE;
	if (ask->method == QUEUE_KICK)
		kick_asked(sim, ask->queue);
}

static void
group_asked_about(struct sim *sim, const struct ask *ask)
{
	struct group *group = &sim->groups[ask->group];

	group->seal_asked |= ask->method == GROUP_SEAL;
	group->delete_asked |= ask->method == GROUP_DELETE;
	if (ask->method == GROUP_CREATE)
		group->asked_ns = sim->now_ns;
}

void
ask_fed(struct sim *sim, unsigned index)
{
	struct ask *ask = &sim->asks[index];
	struct lease *lease = &sim->leases[ask->lease];

	ask->state = FED;
	ask->was_fed = true;
	ask->fed_ns = sim->now_ns;
	ask->fed_step = sim->step;
	if (ask->form != SILENT)
		sim->peers[ask->peer].unanswered++;
	if (ask->form == BARE)
		sim->peers[ask->peer].bare[sim->peers[ask->peer].bare_count++] = index;
	if (ask->op != 0)
		op_asked_about(sim, ask);
	if (ask->lease != 0) {
		lease->enders++;
		lease->finish_asked |= ask->method == FINISH;
	}
	queue_asked_about(sim, ask);
	if (ask->group != 0)
		group_asked_about(sim, ask);
	if ((ask->method == DEQUEUE || ask->method == GROUP_WAIT) && ask->form != SILENT)
		sim->waiting[sim->waiting_count++] = index;
}

/* Counts it as not under way any more. */
static void
ask_over(struct sim *sim, const struct ask *ask)
{
	if (ask->form != SILENT)
		sim->peers[ask->peer].unanswered--;
	if (ask->lease != 0)
		sim->leases[ask->lease].enders--;
	if (ask->method == CANCEL && ask->op != 0)
		sim->ops[ask->op].cancels--;
	if (ask->method == QUEUE_PURGE || ask->method == QUEUE_DELETE)
		sim->queues[ask->queue].sweepers--;
}

/* Without a lease, a set goes with the peer that was to have it. */
static void
may_be_handed_to_nobody(struct sim *sim, const struct ask *ask)
{
	uint64_t lease_ms = ask->lease_ms == NOT_GIVEN ? sim->config.core.queue_defaults.lease_ms
						       : ask->lease_ms;

	for (unsigned i = 0; i < QUEUES; i++) {
		sim->queues[i].unheard |= lease_ms == 0 && (ask->queues >> i & 1) != 0;
		sim->queues[i].has_ghosts |= (ask->queues >> i & 1) != 0;
	}
}

/* Nobody will hear the answer: it may have been executed, but for what was not fed. */
void
ask_lost(struct sim *sim, unsigned index)
{
	struct ask *ask = &sim->asks[index];
	struct lease *lease = &sim->leases[ask->lease];
	bool fed = ask->state == FED;

	if (fed)
		ask_over(sim, ask);
	ask->state = LOST;
	if (!fed) {
		if (ask->method == ENQUEUE || ask->method == GROUP_ADD)
			sim->ops[ask->op].state = OP_NEVER;
		return;
	}
	if (ask->lease != 0) {
		lease->maybe_ended = true;
		if (ask->method == EXTEND) {
			lease->not_before_ns = 0;
			lease->at_last_ns = TIME_NEVER;
		}
		for (unsigned i = 0; i < lease->count && ask->method == FINISH; i++)
			if (names_op(ask, i))
				sim->ops[lease->ops[i]].maybe_ended = true;
	}
	if (ask->method == CANCEL && ask->op != 0)
		sim->ops[ask->op].maybe_ended = true;
	if (ask->method == QUEUE_PURGE || ask->method == QUEUE_DELETE) {
		sim->queues[ask->queue].unheard = true;
		ledger_swept(sim, ask);
	}
	if (ask->method == DEQUEUE && sim->delayed)
		may_be_handed_to_nobody(sim, ask);
	if (ask->method == GROUP_CREATE && ask->group != 0 && !sim->groups[ask->group].created)
		sim->groups[ask->group].may_vanish = true;
}

/* ---- results --------------------------------------------------------------- */

static bool
wait_may_be_over(const struct sim *sim, const struct ask *ask)
{
	const struct peer *peer = &sim->peers[ask->peer];

	return ask->form == BATCH || peer->eof || sim->draining ||
	       sim->now_ns >= time_after_ms(ask->fed_ns, ask->wait_ms);
}

static void
hear_dequeue(struct sim *sim, struct ask *ask, const struct item *result, uint64_t end)
{
	if (!item_is(item_get(result, "set"), ITEM_NULL))
		ledger_granted(sim, ask, result, end);
	else if (!wait_may_be_over(sim, ask))
		sim_fail(sim, "dequeue %u: nothing, before its wait is over",
			(unsigned)(ask - sim->asks));
}

static void
hear_enqueue(struct sim *sim, struct ask *ask, const struct item *result)
{
	const struct item *done = item_get(result, "done");

	ledger_enqueued(sim, ask, result);
	if (item_is(done, ITEM_TRUE))
		check_outcome(sim, &sim->ops[ask->op], result);
	else if (item_is(done, ITEM_FALSE) && !wait_may_be_over(sim, ask))
		sim_fail(sim, "op %u: not done, before the wait is over", ask->op);
}

static void
hear_result(struct sim *sim, struct ask *ask, const struct item *result, uint64_t end)
{
	switch (ask->method) {
	case ENQUEUE:
		hear_enqueue(sim, ask, result);
		return;
	case DEQUEUE:
		hear_dequeue(sim, ask, result, end);
		return;
	case FINISH:
		ledger_finished(sim, ask, result);
		return;
	case RELEASE:
		ledger_released(sim, ask);
		return;
	case EXTEND:
		ledger_extended(sim, ask, result);
		return;
	case CANCEL:
		if (ask->op != 0 && !sim->ops[ask->op].repeated)
			op_gone(sim, ask->op);
		return;
	case QUEUE_PURGE:
	case QUEUE_DELETE:
		ledger_swept(sim, ask);
		return;
	case GROUP_CREATE:
	case GROUP_ADD:
	case GROUP_FINISH:
	case GROUP_SEAL:
	case GROUP_WAIT:
	case GROUP_DELETE:
		group_heard(sim, ask, result);
		return;
	case QUEUE_CLOSE:
	case QUEUE_OPEN:
	case QUEUE_PAUSE:
	case QUEUE_RESUME:
	case QUEUE_UPDATE:
	case LOOK:
		return;
	case QUEUE_KICK: /* what was handed out while it was under way, too */
		kick_asked(sim, ask->queue);
		return;
	}
}

/* ---- refusals -------------------------------------------------------------- */

static bool
is_one_of(const char *error, const char *names)
{
	const char *at = strstr(names, error);

	return at != NULL && at[strlen(error)] == ' ';
}

/* What that method may ever be refused with. */
static const char *
errors_of(enum method method)
{
	switch (method) {
	case ENQUEUE:
		return "saturated_depth saturated_width queue_closed no_such_group group_sealed "
		       "no_such_queue limit draining ";
	case DEQUEUE:
		return "queue_closed no_such_queue limit draining ";
	case FINISH:
	case RELEASE:
	case EXTEND:
		return "lease_lost ";
	case CANCEL:
		return "no_such_queue no_such_op op_busy ";
	case GROUP_CREATE:
		return "group_exists no_such_group group_sealed limit ";
	case GROUP_ADD:
		return "no_such_group group_sealed limit ";
	case GROUP_FINISH:
		return "no_such_group no_such_op ";
	case GROUP_WAIT:
		return "no_such_group limit ";
	case GROUP_SEAL:
	case GROUP_DELETE:
		return "no_such_group ";
	case QUEUE_DELETE:
		return "queue_busy no_such_queue ";
	case QUEUE_CLOSE:
	case QUEUE_OPEN:
	case QUEUE_PAUSE:
	case QUEUE_RESUME:
	case QUEUE_UPDATE:
	case QUEUE_PURGE:
	case QUEUE_KICK:
		return "no_such_queue ";
	case LOOK: /* queue.create, too */
		return "no_such_queue queue_exists limit ";
	}
	return "";
}

static void
hear_refusal(struct sim *sim, struct ask *ask, const char *error)
{
	bool closed = strcmp(error, "queue_closed") == 0;
	bool is_closed = false;

	if (!is_one_of(error, errors_of(ask->method)))
		sim_fail(sim, "request %u: %s", (unsigned)(ask - sim->asks), error);
	for (unsigned i = 0; i < QUEUES; i++)
		is_closed |= (ask->queues >> i & 1) != 0 && sim->queues[i].close_asked;
	if (closed && !is_closed)
		sim_fail(sim, "nobody closed that queue");
	if (ask->method == ENQUEUE || ask->method == GROUP_ADD) {
		if (sim->ops[ask->op].state != OP_ASKED)
			sim_fail(sim, "op %u was refused and is there", ask->op);
		sim->ops[ask->op].state = OP_NEVER;
	}
	if (strcmp(error, "lease_lost") == 0)
		ledger_lease_lost(sim, ask);
	if (ask->method == CANCEL && strcmp(error, "no_such_op") == 0 && ask->op != 0 &&
		!ops_may_end_on_delivery(sim) && sim->ops[ask->op].acked_step != 0 &&
		sim->ops[ask->op].acked_step < ask->fed_step &&
		op_surely_there(sim, &sim->ops[ask->op]))
		sim_fail(sim, "op %u is there and cannot be cancelled", ask->op);
	if (strncmp(error, "group", 5) == 0 || strcmp(error, "no_such_group") == 0)
		group_refused(sim, ask, error);
}

/* ---- lines ------------------------------------------------------------------ */

/* The oldest request without an id. */
static struct ask *
take_bare(struct sim *sim, struct peer *peer)
{
	unsigned index;

	if (peer->bare_count == 0)
		return NULL;
	index = peer->bare[0];
	memmove(peer->bare, peer->bare + 1, --peer->bare_count * sizeof(peer->bare[0]));
	return &sim->asks[index];
}

static const char *
error_of(struct sim *sim, const struct item *answer, char *room, size_t size)
{
	const struct item *error = item_get(answer, "error");
	const char *text;
	size_t len;

	if (item_is(error, ITEM_OBJECT))
		return string_of(sim, item_get(error, "data"), "code");
	if (!item_is(error, ITEM_STRING))
		return NULL;
	text = error->string;
	len = strcspn(text, ":");
	if (len >= size)
		sim_fail(sim, "a long error");
	memcpy(room, text, len);
	room[len] = '\0';
	return room;
}

static struct ask *
find_ask(struct sim *sim, unsigned index, const struct item *answer)
{
	struct peer *peer = &sim->peers[index];
	const struct item *id = item_get(answer, "id");
	bool strict = item_get(answer, "jsonrpc") != NULL;
	struct ask *ask;

	if (strict && item_is(id, ITEM_NULL)) {
		if (peer->nulls == 0)
			sim_fail(sim, "an error without a cause");
		peer->nulls--;
		return NULL;
	}
	if (id == NULL)
		ask = take_bare(sim, peer);
	else if (!item_is(id, ITEM_NUMBER) || id->number < 0 || id->number >= sim->ask_count)
		ask = NULL;
	else
		ask = &sim->asks[id->number];
	if (ask == NULL || ask->peer != index || ask->life != peer->life || ask->state != FED ||
		strict != (ask->form == STRICT || ask->form == BATCH))
		sim_fail(sim, "an answer to nothing, to another peer, or a second one");
	return ask;
}

static void
hear_answer(struct sim *sim, unsigned index, const struct item *answer, uint64_t end)
{
	struct ask *ask = find_ask(sim, index, answer);
	const struct item *result = item_get(answer, "result");
	char room[64];
	const char *error;

	if (ask == NULL)
		return;
	ask_over(sim, ask);
	ask->state = ANSWERED;
	if (item_is(result, ITEM_OBJECT)) {
		if (index == OBSERVER && sim->answer == NULL)
			sim->answer = result;
		hear_result(sim, ask, result, end);
		return;
	}
	error = error_of(sim, answer, room, sizeof(room));
	if (error == NULL)
		sim_fail(sim, "an answer without result and error");
	hear_refusal(sim, ask, error);
}

void
hear_line(struct sim *sim, unsigned peer, const char *line, size_t len, uint64_t end)
{
	struct reading *reading = peer == OBSERVER ? &sim->observed : &sim->heard;
	const struct item *answer = reading_line(reading, line, len);

	if (answer == NULL)
		sim_fail(sim, "an answer that is not JSON");
	if (answer->kind == ITEM_ARRAY) {
		item_for_each(element, answer) hear_answer(sim, peer, element, end);
	} else {
		hear_answer(sim, peer, answer, end);
	}
}
