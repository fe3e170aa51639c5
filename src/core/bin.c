/*
 * A bin: the sets of a queue in one condition, and for the pending ones the order
 * in which they are handed out.
 *
 * That order is (ready_ns, seq). Sets nearly always get ready in it, so they are
 * appended to a list; one that comes back to an older place goes into a heap
 * beside it, and the next to be handed out is the smaller of the two heads.
 */
#include <config.h>

#include <string.h>

#include "core/parts.h"

static struct span
set_key_of(const struct map_node *node)
{
	return set_key(container_of(node, struct set, by_key));
}

struct bin *
bin_new(struct queue *queue, enum bin_kind kind)
{
	struct bin *bin = core_alloc(queue->core, sizeof(*bin));

	memset(bin, 0, sizeof(*bin));
	bin->queue = queue;
	bin->kind = kind;
	list_init(&bin->sets);
	list_init(&bin->waiting);
	list_init(&bin->ending);
	heap_init(&bin->returned);
	map_init(&bin->by_key, set_key_of, &queue->core->seed.hash);
	list_node_init(&bin->doomed_node);
	return bin;
}

void
bin_free(struct bin *bin)
{
	CHECK(bin->set_count == 0 && bin->op_count == 0);
	heap_fini(&bin->returned);
	map_fini(&bin->by_key);
	core_dealloc(bin->queue->core, bin, sizeof(*bin));
}

struct set *
bin_find(const struct bin *bin, struct span key)
{
	struct map_node *node;

	CHECK(bin->kind == BIN_PENDING);
	node = map_find(&bin->by_key, key, map_hash(&bin->by_key, key));
	return node == NULL ? NULL : container_of(node, struct set, by_key);
}

static struct set *
first_in(const struct list *list)
{
	struct list_node *node = list_first(list);

	return node == NULL ? NULL : container_of(node, struct set, node);
}

struct set *
bin_first_ready(const struct bin *bin)
{
	struct heap_node *returned = heap_min(&bin->returned);
	struct set *listed = first_in(&bin->sets);
	struct set *back;

	if (returned == NULL)
		return listed != NULL ? listed : first_in(&bin->ending);
	back = container_of(returned, struct set, timer);
	return listed != NULL && set_is_before(listed, back) ? listed : back;
}

struct set *
bin_any(const struct bin *bin)
{
	struct set *set = bin_first_ready(bin);

	return set != NULL ? set : first_in(&bin->waiting);
}

void
bin_insert_ready(struct bin *bin, struct set *set)
{
	struct list_node *last = list_last(&bin->sets);

	if (last == NULL || set_is_before(container_of(last, struct set, node), set))
		list_append(&bin->sets, &set->node);
	else
		heap_insert(&bin->returned, &set->timer, set->ready_ns, set->seq);
}

void
bin_end_windows(struct bin *bin)
{
	struct queue *queue = bin->queue;

	list_splice(&bin->ending, &bin->waiting);
	bin->ending_count += bin->waiting_count;
	bin->waiting_count = 0;
	bin->era++;
	if (!list_is_empty(&bin->ending) && !list_is_linked(&queue->closing_node))
		list_append(&queue->core->closing, &queue->closing_node);
	if (!list_is_empty(&bin->ending) && queue->core->hooks.queue_ready != NULL)
		queue->core->hooks.queue_ready(
			queue->core->hooks.arg, queue_name(queue), span_make(NULL, 0));
}
