/*
 * A bin: the sets of a queue in one condition, and for the pending ones the order
 * in which they are handed out.
 */
#include <config.h>

#include <string.h>

#include "core/parts.h"

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
	heap_init(&bin->ready);
	list_node_init(&bin->doomed_node);
	return bin;
}

void
bin_free(struct bin *bin)
{
	CHECK(bin->set_count == 0 && bin->op_count == 0);
	heap_fini(&bin->ready);
	core_dealloc(bin->queue->core, bin, sizeof(*bin));
}

static struct set *
first_window(const struct list *list)
{
	struct list_node *node = list_first(list);

	return node == NULL ? NULL : container_of(node, struct window, node)->set;
}

struct set *
bin_first_ready(const struct bin *bin)
{
	struct heap_node *first = heap_min(&bin->ready);

	return first == NULL ? first_window(&bin->ending) : container_of(first, struct set, place);
}

struct set *
bin_any(const struct bin *bin)
{
	struct list_node *node = list_first(&bin->sets);
	struct set *set;

	if (node != NULL)
		return container_of(node, struct set, place.link);
	set = bin_first_ready(bin);
	return set != NULL ? set : first_window(&bin->waiting);
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
