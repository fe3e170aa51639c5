/*
 * Leases: granted by take.c, ended by finish.c, extended, released and expired here.
 *
 * A lease past its deadline counts as expired even before the timer has come to it:
 * verbs look first.
 */
#include <config.h>

#include "core/parts.h"

/* ---- life ------------------------------------------------------------------------- */

static struct owner *
owner_need(struct core *core, uint64_t id)
{
	struct map_node *node = number_find(&core->owners, id);
	struct owner *owner;

	if (node != NULL)
		return container_of(node, struct owner, node);
	owner = core_alloc(core, sizeof(*owner));
	owner->id = id;
	list_init(&owner->leases);
	list_node_init(&owner->orphan_node);
	number_insert(&core->owners, &owner->node, id);
	return owner;
}

/* The owner has left core.owners where it is an orphan, and has no leases. */
static void
owner_free(struct core *core, struct owner *owner)
{
	CHECK(list_is_empty(&owner->leases));
	if (list_is_linked(&owner->orphan_node))
		list_remove(&owner->orphan_node);
	else
		map_remove(&core->owners, &owner->node);
	core_dealloc(core, owner, sizeof(*owner));
}

struct lease *
lease_new(struct core *core, struct set *set, const struct take_args *args, uint64_t lease_ms)
{
	struct lease *lease = core_alloc(core, sizeof(*lease));

	lease->set = set;
	lease->owner = NULL;
	lease->holder = blob_ref(args->holder);
	lease->fence = core->next_fence++;
	lease->granted_ns = core->now_ns;
	lease->lease_ms = lease_ms;
	list_node_init(&lease->owner_node);
	heap_node_init(&lease->timer, TIMER_LEASE);
	if (args->owner != 0) {
		lease->owner = owner_need(core, args->owner);
		list_append(&lease->owner->leases, &lease->owner_node);
	}
	number_insert(&core->leases, &lease->by_fence, lease->fence);
	return lease;
}

void
lease_arm(struct set *set)
{
	struct core *core = set->bin->queue->core;
	struct lease *lease = set->lease;

	heap_remove(&core->timers, &lease->timer);
	heap_insert(&core->timers, &lease->timer, time_after_ms(core->now_ns, lease->lease_ms),
		core->next_seq++);
}

void
lease_drop(struct set *set)
{
	struct core *core = set->bin->queue->core;
	struct lease *lease = set->lease;
	struct owner *owner = lease->owner;

	set->lease = NULL;
	if (set_is_doomed(set))
		core->doomed_leases--;
	heap_remove(&core->timers, &lease->timer);
	map_remove(&core->leases, &lease->by_fence);
	list_remove(&lease->owner_node);
	if (owner != NULL && list_is_empty(&owner->leases))
		owner_free(core, owner);
	blob_unref(lease->holder);
	core_dealloc(core, lease, sizeof(*lease));
}

/* ---- ending ------------------------------------------------------------------ */

void
lease_expire(struct set *set)
{
	QUEUE_COUNT(set->bin->queue, lease_expired, set->op_count);
	CORE_TELL(set->bin->queue->core, .kind = CORE_LEASE_EXPIRED, .fence = set->lease->fence);
	set_give_back(set, 0, false);
}

struct set *
leased_set(struct core *core, uint64_t fence)
{
	struct map_node *node = number_find(&core->leases, fence);
	struct set *set;

	if (node == NULL)
		return NULL;
	set = container_of(node, struct lease, by_fence)->set;
	if (set_is_doomed(set))
		return NULL;
	if (set->lease->timer.key > core->now_ns)
		return set;
	lease_expire(set);
	return NULL;
}

CORE_VERB(release, release_args, release_answer)
{
	struct set *set;

	core_begin(core, now_ns);
	set = leased_set(core, token_fence(core, args->token));
	if (set == NULL)
		return refuse(refusal, ERR_LEASE_LOST);
	queue_touch(set->bin->queue);
	if (!args->undelivered)
		QUEUE_COUNT(set->bin->queue, released, set->op_count);
	*ret = (struct release_answer){
		.released = set_give_back(set, args->delay_ms, args->undelivered)};
	return ERR_NONE;
}

CORE_VERB(extend, extend_args, extend_answer)
{
	struct set *set;

	core_begin(core, now_ns);
	set = leased_set(core, token_fence(core, args->token));
	if (set == NULL)
		return refuse(refusal, ERR_LEASE_LOST);
	queue_touch(set->bin->queue);
	if (args->has_lease_ms)
		set->lease->lease_ms = args->lease_ms;
	else if (set->bin->queue->options.lease_ms != 0)
		set->lease->lease_ms = set->bin->queue->options.lease_ms;
	lease_arm(set);
	*ret = (struct extend_answer){.lease_ms = set->lease->lease_ms};
	return ERR_NONE;
}

CORE_VERB(owner_gone, owner_args, no_answer)
{
	struct map_node *node;
	struct owner *owner;

	(void)ret;
	(void)refusal;
	core_begin(core, now_ns);
	node = number_find(&core->owners, args->owner);
	if (node == NULL)
		return ERR_NONE;
	owner = container_of(node, struct owner, node);
	map_remove(&core->owners, &owner->node);
	list_append(&core->orphans, &owner->orphan_node);
	return ERR_NONE;
}
