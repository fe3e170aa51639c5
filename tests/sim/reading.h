/*
 * Answers are read here, by code that shares nothing with the product: RFC 8259 but for
 * the numbers, of which only integers are known, and for escapes, which no name in a run needs.
 * A reading owns the items of the line it read last; they live until it reads another.
 */
#ifndef INFLIGHT_TESTS_SIM_READING_H
#define INFLIGHT_TESTS_SIM_READING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

enum item_kind {
	ITEM_NULL,
	ITEM_FALSE,
	ITEM_TRUE,
	ITEM_NUMBER,
	ITEM_STRING,
	ITEM_ARRAY,
	ITEM_OBJECT
};

struct item {
	enum item_kind kind;
	unsigned count;   /* of an array or object */
	const char *name; /* ends with a NUL; NULL: not a member of an object */
	size_t name_len;
	const char *string; /* its content, ends with a NUL */
	const char *text;   /* as it stands in the line */
	size_t len;
	int64_t number;
	struct item *first, *next;
};

struct reading {
	char *line;
	char *copy; /* of it; a NUL stands behind each string */
	size_t size;
	struct item *items;
	size_t room, used;
};

/* The whole line as one value, or NULL. */
const struct item *reading_line(struct reading *reading, const char *line, size_t len);
void reading_fini(struct reading *reading);

static inline bool
item_is(const struct item *item, enum item_kind kind)
{
	return item != NULL && item->kind == kind;
}

static inline const struct item *
item_first(const struct item *container)
{
	return container == NULL ? NULL : container->first;
}

/* NULL where there is no such member, or no object. Inline: the length of most names is known. */
static inline const struct item *
item_get(const struct item *object, const char *name)
{
	size_t len = strlen(name);
	const struct item *item = item_is(object, ITEM_OBJECT) ? object->first : NULL;

	while (item != NULL && (item->name_len != len || memcmp(item->name, name, len) != 0))
		item = item->next;
	return item;
}

#define item_for_each(var, container) \
	for (const struct item *var = item_first(container); (var) != NULL; (var) = (var)->next)

#endif
