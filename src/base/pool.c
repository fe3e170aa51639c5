/*
 * The pool: arenas of 2 MiB, each cut into slabs of 64 KiB, each of those into objects of
 * one size. Arenas and slabs are aligned to their size, so an object's address tells its
 * slab, and a slab's its arena.
 *
 * A slab hands out what was freed in it last, else what was never used. A full one is in
 * no list; an empty one goes to the spare slabs.
 *
 * Of the arenas but the first, one may lie idle; the next whose slabs are all spare goes
 * back to the system. In the first a class keeps its last slab, though it is empty: a daemon
 * with little to do needs it again at once.
 */
#include <config.h>

#include "base/pool.h"

#include <stdint.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "base/check.h"
#include "base/pages.h"

#define SLAB_SIZE  ((size_t)64 * 1024)
#define ARENA_SIZE PAGES_SIZE

#define ARENA_SLABS (ARENA_SIZE / SLAB_SIZE)

struct freed {
	struct freed *next;
};

struct slab {
	struct list_node node; /* in its class's slabs, or among the spare ones */
	struct freed *freed;
	char *fresh; /* objects from here on were never used */
	uint32_t used;
	uint32_t capacity;
	uint32_t spare_in_arena; /* of the first slab of an arena: how many of its slabs */
} __attribute__((aligned(64)));  /* so that objects of a cache line do not lie across two */

#define SLAB_ROOM (SLAB_SIZE - sizeof(struct slab))

void
pool_init(struct pool *pool)
{
	for (size_t i = 0; i < POOL_CLASSES; i++)
		list_init(&pool->slabs[i]);
	list_init(&pool->spare);
	pool->home = NULL;
	pool->arenas = pool->spare_arenas = 0;
}

static inline struct slab *
slab_of(void *ptr)
{
	return (struct slab *)((uintptr_t)ptr & ~(uintptr_t)(SLAB_SIZE - 1));
}

static inline struct slab *
arena_of(struct slab *slab)
{
	return (struct slab *)((uintptr_t)slab & ~(uintptr_t)(ARENA_SIZE - 1));
}

static void
arena_new(struct pool *pool)
{
	char *arena = pages_new();

	if (pool->home != NULL)
		pool->spare_arenas++;
	else
		pool->home = (struct slab *)(void *)arena;
	pool->arenas++;
	for (size_t i = 0; i < ARENA_SLABS; i++) {
		struct slab *slab = (struct slab *)(void *)(arena + i * SLAB_SIZE);

		list_append(&pool->spare, &slab->node);
	}
	arena_of((struct slab *)(void *)arena)->spare_in_arena = ARENA_SLABS;
}

static void
arena_free(struct pool *pool, struct slab *arena)
{
	for (size_t i = 0; i < ARENA_SLABS; i++)
		list_remove(&((struct slab *)(void *)((char *)arena + i * SLAB_SIZE))->node);
	pages_free(arena);
	pool->arenas--;
}

static struct slab *
slab_new(struct pool *pool, size_t class, size_t size)
{
	struct list_node *node;
	struct slab *slab, *arena;

	if (list_is_empty(&pool->spare))
		arena_new(pool);
	node = list_pop(&pool->spare);
	CHECK(node != NULL);
	slab = container_of(node, struct slab, node);
	arena = arena_of(slab);
	if (arena->spare_in_arena-- == ARENA_SLABS && arena != pool->home)
		pool->spare_arenas--;
	slab->freed = NULL;
	slab->fresh = (char *)(slab + 1);
	slab->used = 0;
	slab->capacity = (uint32_t)(SLAB_ROOM / size);
	list_append(&pool->slabs[class], &slab->node);
	return slab;
}

/* An empty slab is anybody's again. Those of the first arena are used first. */
static void
slab_free(struct pool *pool, struct slab *slab)
{
	struct slab *arena = arena_of(slab);

	list_remove(&slab->node);
	if (arena == pool->home)
		list_prepend(&pool->spare, &slab->node);
	else
		list_append(&pool->spare, &slab->node);
	if (++arena->spare_in_arena < ARENA_SLABS || arena == pool->home)
		return;
	if (pool->spare_arenas > 0)
		arena_free(pool, arena);
	else
		pool->spare_arenas++;
}

/*
 * gcc and clang tell of AddressSanitizer each in its own way; a test that looks after memory
 * itself defines POOL_WATCHED.
 */
#if defined(POOL_WATCHED)
#define WATCHED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define WATCHED 1
#endif
#elif defined(__SANITIZE_ADDRESS__)
#define WATCHED 1
#endif

static bool
is_for_malloc(size_t size)
{
#ifdef WATCHED
	(void)size;
	return true;
#else
	return size > POOL_SIZE_MAX;
#endif
}

void *
pool_alloc(struct pool *pool, size_t size)
{
	size_t class = (size - 1) / 8;
	struct list_node *node;
	struct slab *slab;
	void *ptr;

	if (is_for_malloc(size))
		return xmalloc(size);
	CHECK(size > 0);
	size = (class + 1) * 8;
	node = list_first(&pool->slabs[class]);
	slab = node == NULL ? slab_new(pool, class, size) : container_of(node, struct slab, node);
	if (slab->freed != NULL) {
		ptr = slab->freed;
		slab->freed = slab->freed->next;
	} else {
		ptr = slab->fresh;
		slab->fresh += size;
	}
	if (++slab->used == slab->capacity)
		list_remove(&slab->node);
	return ptr;
}

void
pool_free(struct pool *pool, void *ptr, size_t size)
{
	struct slab *slab = slab_of(ptr);
	struct freed *freed = ptr;
	struct list *slabs;

	if (is_for_malloc(size)) {
		free(ptr);
		return;
	}
	slabs = &pool->slabs[(size - 1) / 8];
	freed->next = slab->freed;
	slab->freed = freed;
	if (slab->used-- == slab->capacity)
		list_append(slabs, &slab->node);
	if (slab->used == 0 &&
		(arena_of(slab) != pool->home || slabs->head.next != slabs->head.prev))
		slab_free(pool, slab);
}

void
pool_fini(struct pool *pool)
{
	for (size_t i = 0; i < POOL_CLASSES; i++) {
		struct list_node *node;

		while ((node = list_first(&pool->slabs[i])) != NULL) {
			struct slab *slab = container_of(node, struct slab, node);

			CHECK(slab->used == 0);
			slab_free(pool, slab);
		}
	}
	/* Now all slabs are spare: those of the first arena, and of one more at the most. */
	while (!list_is_empty(&pool->spare))
		arena_free(pool, arena_of(slab_of(pool->spare.head.next)));
	CHECK(pool->arenas == 0);
}
