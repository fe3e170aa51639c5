/*
 * An intrusive, circular, doubly linked list. The list head is a node like the
 * others; a node that is in no list points to itself, so list_remove() on it is
 * harmless and list_is_linked() can be asked at any time.
 *
 * The list owns nothing: who links an object unlinks it before freeing it.
 */
#ifndef INFLIGHT_BASE_LIST_H
#define INFLIGHT_BASE_LIST_H

#include <stdbool.h>
#include <stddef.h>

struct list_node {
	struct list_node *next;
	struct list_node *prev;
};

/* A separate type, so that the compiler tells a head from a member. */
struct list {
	struct list_node head;
};

/* The object around an embedded member. */
#define container_of(ptr, type, member) ((type *)(void *)((char *)(ptr)-offsetof(type, member)))

static inline void
list_node_init(struct list_node *node)
{
	node->next = node->prev = node;
}

static inline void
list_init(struct list *list)
{
	list_node_init(&list->head);
}

static inline bool
list_is_empty(const struct list *list)
{
	return list->head.next == &list->head;
}

static inline bool
list_is_linked(const struct list_node *node)
{
	return node->next != node;
}

static inline void
list_insert_before(struct list_node *place, struct list_node *node)
{
	node->next = place;
	node->prev = place->prev;
	place->prev->next = node;
	place->prev = node;
}

static inline void
list_append(struct list *list, struct list_node *node)
{
	list_insert_before(&list->head, node);
}

static inline void
list_prepend(struct list *list, struct list_node *node)
{
	list_insert_before(list->head.next, node);
}

static inline void
list_remove(struct list_node *node)
{
	node->prev->next = node->next;
	node->next->prev = node->prev;
	list_node_init(node);
}

/* The first or last node, NULL where the list is empty. */
static inline struct list_node *
list_first(const struct list *list)
{
	return list_is_empty(list) ? NULL : list->head.next;
}

static inline struct list_node *
list_last(const struct list *list)
{
	return list_is_empty(list) ? NULL : list->head.prev;
}

/* The node after this one, NULL at the end. */
static inline struct list_node *
list_next(const struct list *list, const struct list_node *node)
{
	return node->next == &list->head ? NULL : node->next;
}

/* Unlinks and returns the first node, NULL where the list is empty. */
static inline struct list_node *
list_pop(struct list *list)
{
	struct list_node *node = list_first(list);

	if (node != NULL)
		list_remove(node);
	return node;
}

/* Moves all of `from` to the end of `to`, in order, in O(1). */
static inline void
list_splice(struct list *to, struct list *from)
{
	struct list_node *first = from->head.next;
	struct list_node *last = from->head.prev;

	if (list_is_empty(from))
		return;
	first->prev = to->head.prev;
	to->head.prev->next = first;
	last->next = &to->head;
	to->head.prev = last;
	list_init(from);
}

/* Visits every node; the body may unlink the one it stands on. */
#define list_for_each(node, list)                                                   \
	for (struct list_node *node = (list)->head.next, *node##_next = node->next; \
		node != &(list)->head; node = node##_next, node##_next = node->next)

#endif
