/*
 * An ordered index of named objects: a skip list in byte order of the names, for
 * listing by prefix and from a name on. Insert, remove and seek are O(log n).
 *
 * The index owns its nodes; it borrows the names and the objects, which must
 * outlive their entry. Names are unique.
 */
#ifndef INFLIGHT_BASE_INDEX_H
#define INFLIGHT_BASE_INDEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/span.h"

#define INDEX_LEVELS 20

struct index_node;

struct index {
	struct index_node *head[INDEX_LEVELS];
	uint64_t random; /* state of the level generator */
	size_t count;
	size_t bytes; /* of the nodes */
};

void index_init(struct index *index, uint64_t seed);
void index_fini(struct index *index); /* frees the nodes, not the objects */

void index_insert(struct index *index, struct span name, void *object);
void index_remove(struct index *index, struct span name);

/* The first entry whose name is >= `from` (or > `from` where `after`), or NULL. */
const struct index_node *index_seek(const struct index *index, struct span from, bool after);
const struct index_node *index_next(const struct index_node *node);

struct span index_name(const struct index_node *node);
void *index_object(const struct index_node *node);

size_t index_bytes(const struct index *index);

#endif
