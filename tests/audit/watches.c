/*
 * Watches: who wants to know how an op ended is told just that.
 */
#include <config.h>

#include "audit/history.h"

#include <stdlib.h>

#include "base/alloc.h"

static const struct siphash_key seed = {5, 6};

struct span
number_span(const uint64_t *number)
{
	return span_make((const char *)number, sizeof(*number));
}

struct map_node *
past_number_find(const struct map *map, uint64_t number)
{
	return map->count == 0
		       ? NULL
		       : map_find(map, number_span(&number), map_hash(map, number_span(&number)));
}

void
past_number_insert(struct map *map, struct map_node *node, uint64_t number)
{
	map_insert(map, node, map_hash(map, number_span(&number)));
}

static struct span
watch_key(const struct map_node *node)
{
	return number_span(&container_of(node, struct watch, node)->id);
}

void
watches_init(struct history *h)
{
	map_init(&h->watches, watch_key, &seed);
}

void
watches_fini(struct history *h)
{
	struct map_node *node;

	while ((node = map_first(&h->watches)) != NULL) {
		struct watch *watch = container_of(node, struct watch, node);

		map_remove(&h->watches, node);
		free(watch);
	}
	map_fini(&h->watches);
}

void
past_watch_make(struct history *h, uint64_t id, struct list *list, enum outcome_kind how)
{
	struct watch *watch = xcalloc(1, sizeof(*watch));

	watch->id = id;
	watch->outcome = how;
	list_node_init(&watch->in_list);
	if (how == OUTCOME_NONE)
		list_append(list, &watch->in_list);
	past_number_insert(&h->watches, &watch->node, id);
}

void
watches_settle(struct list *list, enum outcome_kind how, bool lax)
{
	struct list_node *node;

	while ((node = list_pop(list)) != NULL) {
		struct watch *watch = container_of(node, struct watch, in_list);

		watch->outcome = how;
		watch->lax = lax;
	}
}

void
verb_watch(struct history *h, bool drop)
{
	struct map_node *node = past_number_find(&h->watches, get_number(h, "watch"));
	struct watch *watch = node == NULL ? NULL : container_of(node, struct watch, node);
	enum outcome_kind how = outcome_of(ok_text(h, "how"));

	if (!drop) {
		if (!answer_agrees(h, RULE_ANSWER, watch == NULL ? "no_such_op" : NULL))
			return;
		if (watch != NULL && how != watch->outcome && !(watch->lax && how == OUTCOME_NONE))
			violation(h, RULE_ANSWER, "told %s, but it is %s", outcome_name(how),
				outcome_name(watch->outcome));
		if (how == OUTCOME_NONE)
			return;
	}
	if (watch == NULL)
		return;
	list_remove(&watch->in_list);
	map_remove(&h->watches, &watch->node);
	free(watch);
}
