/*
 * The reaper: what was thrown away in one step is worked off here in many, so
 * that no turn is longer for it. Each function does about *budget steps.
 */
#include <config.h>

#include "core/parts.h"

static void
spend(unsigned *budget, unsigned steps)
{
	*budget -= steps < *budget ? steps : *budget;
}

/* ---- bins ------------------------------------------------------------------------ */

/* The bin is empty: it goes, and with the last one of a deleted queue the queue. */
static void
bin_gone(struct bin *bin)
{
	struct queue *queue = bin->queue;

	list_remove(&bin->doomed_node);
	bin_free(bin);
	queue->doomed_bins--;
	if (queue->gone && queue->doomed_bins == 0)
		queue_free(queue);
}

void
bin_doom(struct bin *bin, enum outcome_kind doom)
{
	bin->doom = doom;
	bin->queue->core->live_ops -= bin->op_count;
	bin->queue->doomed_bins++;
	if (bin->kind == BIN_LEASED)
		bin->queue->core->doomed_leases += bin->set_count;
	if (bin->set_count == 0)
		bin_gone(bin);
	else
		list_append(&bin->queue->core->doomed_bins, &bin->doomed_node);
}

/* Ends ops of one doomed set; frees it with the last. */
static void
reap_set(struct core *core, struct set *set, unsigned *budget)
{
	enum outcome_kind doom = set->bin->doom;

	while (*budget > 0 && set->ops != NULL) {
		op_end(set->ops, doom, NULL);
		spend(budget, 1);
	}
	if (set->op_count > 0)
		return;
	if (set->state == SET_LEASED && set->lease != NULL)
		lease_drop(set);
	set_leave(set);
	set_free(core, set);
	spend(budget, 1);
}

void
reap_bins(struct core *core, unsigned *budget)
{
	struct list_node *node;

	while (*budget > 0 && (node = list_first(&core->doomed_bins)) != NULL) {
		struct bin *bin = container_of(node, struct bin, doomed_node);

		while (*budget > 0 && bin->set_count > 0)
			reap_set(core, bin_any(bin), budget);
		if (bin->set_count == 0)
			bin_gone(bin);
	}
}

/* ---- groups ------------------------------------------------------------------------ */

void
group_doom(struct core *core, struct group *group)
{
	group->doomed = true;
	list_append(&core->doomed_groups, &group->doomed_node);
}

void
reap_groups(struct core *core, unsigned *budget)
{
	struct list_node *node;

	while (*budget > 0 && (node = list_first(&core->doomed_groups)) != NULL) {
		struct group *group = container_of(node, struct group, doomed_node);
		struct list_node *member;

		while (*budget > 0 && (member = list_first(&group->members)) != NULL) {
			member_free(core, container_of(member, struct member, node));
			spend(budget, 1);
		}
		if (!list_is_empty(&group->members))
			return;
		list_remove(&group->doomed_node);
		group_free(core, group);
		spend(budget, 1);
	}
}

/* ---- leases of connections that are gone ---------------------------------------------- */

static void
release_orphan(struct lease *lease, unsigned *budget)
{
	struct set *set = lease->set;

	spend(budget, 1 + set->op_count / 8);
	if (set_is_doomed(set)) {
		lease_drop(set);
		return;
	}
	QUEUE_COUNT(set->bin->queue, released, set->op_count);
	CORE_TELL(set->bin->queue->core, .kind = CORE_LEASE_ORPHANED, .fence = lease->fence);
	set_give_back(set, 0, false);
}

/* An owner goes with its last lease, by lease_drop(). */
void
reap_orphans(struct core *core, unsigned *budget)
{
	struct list_node *node;

	while (*budget > 0 && (node = list_first(&core->orphans)) != NULL) {
		struct owner *owner = container_of(node, struct owner, orphan_node);
		struct list_node *lease = list_first(&owner->leases);

		CHECK(lease != NULL);
		release_orphan(container_of(lease, struct lease, owner_node), budget);
	}
}

/* ---- windows of closed queues ----------------------------------------------------------- */

void
reap_windows(struct core *core, unsigned *budget)
{
	struct list_node *node;

	while (*budget > 0 && (node = list_first(&core->closing)) != NULL) {
		struct queue *queue = container_of(node, struct queue, closing_node);
		struct list *ending = &queue->bins[BIN_PENDING]->ending;
		struct list_node *window;

		while (*budget > 0 && (window = list_first(ending)) != NULL) {
			set_end_window(container_of(window, struct window, node)->set);
			spend(budget, 1);
		}
		if (list_is_empty(ending))
			list_remove(&queue->closing_node);
	}
}

/* ---- dead sets that were kicked --------------------------------------------------------- */

/* Each comes back at the cost of some steps: its ops are gone through. */
#define STEPS_OF_KICK 4

void
reap_kicks(struct core *core, unsigned *budget)
{
	struct list_node *node;

	while (*budget > 0 && (node = list_first(&core->kicking)) != NULL) {
		struct queue *queue = container_of(node, struct queue, kicking_node);
		uint64_t before = queue->kicks;

		queue_kick_some(queue, *budget / STEPS_OF_KICK + 1);
		spend(budget, (unsigned)(before - queue->kicks) * STEPS_OF_KICK);
	}
}
