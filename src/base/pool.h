/*
 * Memory for many small objects of a few sizes. The caller says the size again when it
 * frees, so objects carry no header; sizes are rounded up to eight bytes. Both calls are
 * O(1), and memory goes back to the system in small steps as slabs become empty.
 *
 * The pool owns the memory of what is in it: pool_fini() frees all. Larger objects are
 * left to malloc(), and with AddressSanitizer all are, so that it sees each of them.
 */
#ifndef INFLIGHT_BASE_POOL_H
#define INFLIGHT_BASE_POOL_H

#include <stddef.h>

#include "base/list.h"

#define POOL_SIZE_MAX 512 /* of an object that the pool itself keeps */
#define POOL_CLASSES  (POOL_SIZE_MAX / 8)

struct slab;

struct pool {
	struct list slabs[POOL_CLASSES]; /* with room, by size */
	struct list spare;               /* slabs that no class uses */
	struct slab *home;               /* the first arena, which stays */
	size_t arenas;
	size_t spare_arenas; /* others, all of whose slabs are spare */
};

void pool_init(struct pool *pool);
void pool_fini(struct pool *pool); /* everything was freed before */

void *pool_alloc(struct pool *pool, size_t size);
void pool_free(struct pool *pool, void *ptr, size_t size);

/* What an object of that size takes. */
static inline size_t
pool_cost(size_t size)
{
	return size <= POOL_SIZE_MAX ? (size + 7) / 8 * 8 : size + 16;
}

#endif
