/*
 * Groups: each completes once, not before it may, with every outcome, and always
 * tells the same.
 */
#include <config.h>

#include "sim/sim.h"

#include "base/alloc.h"

#include <string.h>

struct group *
group_named(struct sim *sim, const char *name)
{
	for (unsigned i = 1; i < sim->group_count; i++)
		if (strcmp(sim->groups[i].name, name) == 0)
			return &sim->groups[i];
	return NULL;
}

static bool
may_have_timed_out(const struct sim *sim, const struct group *group)
{
	return group->timeout_ms > 0 && group->asked_ns > 0 &&
	       sim->now_ns >= time_after_ms(group->asked_ns, group->timeout_ms);
}

static bool
may_take_no_more(const struct sim *sim, const struct group *group)
{
	return group->seal_asked || group->auto_complete || may_have_timed_out(sim, group) ||
	       (group->has_size && group->member_count + group->children >= group->size);
}

/* ---- completion --------------------------------------------------------- */

/* The place of the member among the group's; MEMBERS: it is none of those asked for. */
static unsigned
place_of(const struct sim *sim, const struct group *group, const char *id)
{
	for (unsigned i = 0; i < group->member_count; i++)
		if (strcmp(sim->ops[group->members[i]].id, id) == 0)
			return i;
	return MEMBERS;
}

static void
check_all_there(struct sim *sim, const struct group *group, uint64_t told)
{
	for (unsigned i = 0; i < group->member_count; i++) {
		const struct op *op = &sim->ops[group->members[i]];

		if (op->acked_step != 0 && (told >> i & 1) == 0)
			sim_fail(sim, "group %s completed without op %u", group->name,
				group->members[i]);
	}
}

static void
check_results(struct sim *sim, const struct group *group, const struct item *results)
{
	const struct op *last = NULL;
	uint64_t told = 0;
	unsigned others = 0;

	item_for_each(element, results)
	{
		const char *id = string_of(sim, element, "op");
		unsigned place = place_of(sim, group, id);
		const struct op *op;

		if (place == MEMBERS) {
			others++;
			continue;
		}
		op = &sim->ops[group->members[place]];
		if ((told >> place & 1) != 0)
			sim_fail(sim, "group %s tells op %s twice", group->name, id);
		if (last != NULL && came_before(sim, op, last))
			sim_fail(sim, "group %s: op %s stands behind a later one", group->name, id);
		told |= UINT64_C(1) << place;
		last = op;
		check_outcome(sim, op, element);
	}
	if (others > group->children)
		sim_fail(sim, "group %s has %u ops that nobody added", group->name, others);
	check_all_there(sim, group, told);
}

static void
check_done(struct sim *sim, const struct group *group, const struct item *result)
{
	const struct item *results = item_get(result, "results");
	int64_t failed = 0;

	if (!may_take_no_more(sim, group))
		sim_fail(sim, "group %s completed and takes more ops", group->name);
	if (!item_is(results, ITEM_ARRAY) || number_of(sim, result, "ops") != results->count)
		sim_fail(sim, "group %s miscounts its ops", group->name);
	item_for_each(element, results) failed += item_get(element, "error") != NULL;
	if (failed != number_of(sim, result, "failed"))
		sim_fail(sim, "group %s miscounts its failures", group->name);
	check_results(sim, group, results);
}

void
group_told(struct sim *sim, struct group *group, const struct item *result)
{

	if (strcmp(string_of(sim, result, "group"), group->name) != 0)
		sim_fail(sim, "another group than asked for");
	if (!item_is(item_get(result, "done"), ITEM_TRUE))
		return;
	if (group->done == NULL) {
		check_done(sim, group, result);
		group->done = xstrndup(result->text, result->len);
		group->done_step = sim->step;
		return;
	}
	if (strlen(group->done) != result->len ||
		memcmp(result->text, group->done, result->len) != 0)
		sim_fail(sim, "group %s completed twice: %s, then %.*s", group->name, group->done,
			(int)result->len, result->text);
}

/* ---- answers ------------------------------------------------------------- */

static void
heard_add(struct sim *sim, struct ask *ask, const struct item *result)
{
	struct op *op = &sim->ops[ask->op];

	if (item_is(item_get(result, "duplicate"), ITEM_TRUE))
		sim_fail(sim, "op %u is called a repeat", ask->op);
	if (strcmp(string_of(sim, result, "op"), op->id) != 0)
		sim_fail(sim, "op %u has another id", ask->op);
	op->acked_step = sim->step;
	op->acked_ns = sim->now_ns;
	if (op->state == OP_ASKED)
		op->state = OP_LIVE;
}

static void
heard_finish(struct sim *sim, struct ask *ask, const struct item *result)
{
	struct op *op = &sim->ops[ask->op];

	if (!op->of_group_only || item_is(item_get(result, "duplicate"), ITEM_TRUE))
		return;
	if (op->state == OP_GONE)
		sim_fail(sim, "op %u was finished twice in its group", ask->op);
	op->state = OP_GONE;
	op->has_outcome = true;
	op->outcome = (unsigned)(ask - sim->asks);
}

void
group_heard(struct sim *sim, struct ask *ask, const struct item *result)
{
	struct group *group = &sim->groups[ask->group];

	if (ask->method == GROUP_CREATE) {
		group->created = true;
		group->created_step = sim->step;
	} else if (ask->method == GROUP_ADD) {
		heard_add(sim, ask, result);
	} else if (ask->method == GROUP_FINISH) {
		heard_finish(sim, ask, result);
	} else if (ask->method == GROUP_SEAL) {
		group->sealed = true;
	} else if (ask->method == GROUP_WAIT) {
		if (group->done != NULL && ask->fed_step > group->done_step &&
			!item_is(item_get(result, "done"), ITEM_TRUE))
			sim_fail(sim, "group %s was complete and is not", group->name);
		group_told(sim, group, result);
	}
}

void
group_refused(struct sim *sim, struct ask *ask, const char *error)
{
	struct group *group = &sim->groups[ask->group];

	if (ask->method == GROUP_CREATE) {
		if (strcmp(error, "group_exists") == 0)
			sim_fail(sim, "group %s is there before it was made", group->name);
		group->refused = true;
		return;
	}
	if (strcmp(error, "group_sealed") == 0 && !may_take_no_more(sim, group))
		sim_fail(sim, "group %s is sealed by nobody", group->name);
	if (strcmp(error, "no_such_group") == 0 && group->created && !group->delete_asked &&
		!group->may_vanish && ask->fed_step > group->created_step)
		sim_fail(sim, "group %s is gone", group->name);
}

/* ---- waits ---------------------------------------------------------------- */

static bool
must_be_done(const struct sim *sim, const struct group *group)
{
	if (!group->created || !group->sealed || group->delete_asked || group->may_vanish ||
		group->children > 0)
		return false;
	for (unsigned i = 0; i < group->member_count; i++) {
		const struct op *op = &sim->ops[group->members[i]];

		if (op->state != OP_NEVER && !(op->state == OP_GONE && op->has_outcome))
			return false;
	}
	return true;
}

/* Nobody waits for a group that is complete. */
void
groups_check_waits(struct sim *sim)
{
	for (unsigned i = 0; i < sim->waiting_count; i++) {
		const struct ask *ask = &sim->asks[sim->waiting[i]];

		if (ask->method == GROUP_WAIT && ask->state == FED && ask->parked_step != 0 &&
			must_be_done(sim, &sim->groups[ask->group]))
			sim_fail(sim, "request %u waits for group %s, which is complete",
				sim->waiting[i], sim->groups[ask->group].name);
	}
}
