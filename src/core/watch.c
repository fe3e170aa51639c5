/*
 * Watches: one caller's interest in one op's outcome (enqueue with wait_ms). A
 * watch hangs on its op until the op ends, then keeps the outcome until it is
 * polled or dropped. On a repeat of an id that only a group knows it hangs on the member.
 */
#include <config.h>

#include "core/parts.h"

static struct watch *
watch_make(struct core *core, enum outcome_kind kind, struct blob *json)
{
	struct watch *watch = core_alloc(core, sizeof(*watch));

	*watch = (struct watch){
		.id = core->next_watch++,
		.outcome = kind,
		.json = blob_ref(json),
	};
	list_node_init(&watch->group_node);
	number_insert(&core->watches, &watch->node, watch->id);
	return watch;
}

static void
watch_link(struct watch *watch, struct watch **first)
{
	watch->next = *first;
	watch->link = first;
	if (watch->next != NULL)
		watch->next->link = &watch->next;
	*first = watch;
}

/* On an op; a dead one has had its outcome. */
struct watch *
watch_new(struct core *core, struct op *op)
{
	struct watch *watch = watch_make(core, op->reported ? OUTCOME_DEAD : OUTCOME_NONE, NULL);

	if (!op->reported)
		watch_link(watch, &op_need_ties(core, op)->watches);
	return watch;
}

struct watch *
watch_new_on_member(struct core *core, struct member *member)
{
	struct group *group = member->group;
	enum outcome_kind kind = member->outcome;
	struct watch *watch;

	if (kind == OUTCOME_NONE && group->timed_out)
		kind = OUTCOME_TIMEOUT;
	watch = watch_make(core, kind, member->json);
	if (kind != OUTCOME_NONE)
		return watch;
	watch_link(watch, &member->watches);
	list_append(&group->watched, &watch->group_node);
	return watch;
}

static void
watch_unlink(struct watch *watch)
{
	list_remove(&watch->group_node);
	if (watch->link == NULL)
		return;
	*watch->link = watch->next;
	if (watch->next != NULL)
		watch->next->link = watch->link;
	watch->next = NULL;
	watch->link = NULL;
}

void
watch_free(struct core *core, struct watch *watch)
{
	watch_unlink(watch);
	map_remove(&core->watches, &watch->node);
	core_blob_unref(core, watch->json);
	core_dealloc(core, watch, sizeof(*watch));
}

static void
watch_settle(struct core *core, struct watch *watch, enum outcome_kind kind, struct blob *json)
{
	watch_unlink(watch);
	watch->outcome = kind;
	watch->json = blob_ref(json);
	if (core->hooks.watch_done != NULL)
		core->hooks.watch_done(core->hooks.arg, watch->id);
}

void
watch_settle_all(struct core *core, struct watch **first, enum outcome_kind kind, struct blob *json)
{
	while (*first != NULL)
		watch_settle(core, *first, kind, json);
}

void
watch_settle_group(struct core *core, struct group *group, enum outcome_kind kind)
{
	struct list_node *node;

	while ((node = list_first(&group->watched)) != NULL)
		watch_settle(core, container_of(node, struct watch, group_node), kind, NULL);
}

static struct watch *
watch_find(struct core *core, uint64_t id)
{
	struct map_node *node = number_find(&core->watches, id);

	return node == NULL ? NULL : container_of(node, struct watch, node);
}

/* The JSON stays readable until the next verb: the last polled one is kept in core.polled. */
CORE_VERB(watch_poll, watch_args, watch_answer)
{
	struct watch *watch;

	core_begin(core, now_ns);
	watch = watch_find(core, args->watch);
	if (watch == NULL)
		return refuse(refusal, ERR_NO_SUCH_OP);
	*ret = (struct watch_answer){{watch->outcome, span_make("", 0)}};
	if (watch->outcome == OUTCOME_NONE)
		return ERR_NONE;
	core->polled = blob_ref(watch->json);
	ret->outcome.json = blob_span(core->polled);
	watch_free(core, watch);
	return ERR_NONE;
}

CORE_VERB(watch_drop, watch_args, no_answer)
{
	struct watch *watch;

	(void)ret;
	(void)refusal;
	core_begin(core, now_ns);
	watch = watch_find(core, args->watch);
	if (watch != NULL)
		watch_free(core, watch);
	return ERR_NONE;
}
