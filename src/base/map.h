/*
 * An intrusive hash map from byte strings to objects.
 *
 * Hashes are SipHash-1-3 under the map's seed, because keys come from peers. The
 * table grows by one bucket at a time, so no call costs more than O(1), whatever the
 * size; it shrinks the same way, and an empty map owns no memory. A bucket is a cache
 * line and tells most nodes apart by itself: a search that fails, and a removal, touch
 * no other node.
 *
 * The map owns its table, not its objects. `key_of` tells the key of a node; it must not
 * change while the node is in. Keys are unique: look before you insert.
 */
#ifndef INFLIGHT_BASE_MAP_H
#define INFLIGHT_BASE_MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/pool.h"
#include "base/siphash.h"
#include "base/span.h"

struct map_node {
	uint32_t hash;
};

typedef struct span map_key_fn(const struct map_node *node);

struct map_bucket;

struct map {
	map_key_fn *key_of;
	const struct siphash_key *seed; /* borrowed, outlives the map */
	struct pool *pool;              /* the same; for small parts of large maps, or NULL */
	size_t count;
	struct map_bucket **segments; /* the buckets, MAP_SEGMENT of them in each ... */
	struct map_bucket *first;     /* ... where there is only one, it is here */
	size_t segments_max;          /* that `segments` has room for */
	size_t buckets;               /* in use */
	size_t room;                  /* buckets that there is memory for */
	size_t half;                  /* the largest power of two below `buckets`, at least 1 */
	size_t extra;                 /* buckets that hang from full ones */
};

void map_init(struct map *map, map_key_fn *key_of, const struct siphash_key *seed);

/* The same for a map that may get large and comes and goes with others. */
void
map_init_in(struct map *map, map_key_fn *key_of, const struct siphash_key *seed, struct pool *pool);

/* Frees the table. The map must be empty, or its nodes must not be used again. */
void map_fini(struct map *map);

/* The hash to pass to the calls below; compute it once per request. */
static inline uint32_t
map_hash(const struct map *map, struct span key)
{
	return (uint32_t)siphash13(map->seed, key.ptr, key.len);
}

/* Begins to fetch the bucket of a hash, for a caller who has other things to do first. */
void map_prefetch(const struct map *map, uint32_t hash);

/* The node of that key, or NULL. */
struct map_node *map_find(const struct map *map, struct span key, uint32_t hash);

void map_insert(struct map *map, struct map_node *node, uint32_t hash);
void map_remove(struct map *map, struct map_node *node);

/* Puts a node of the same key and hash in the place of another. */
void map_replace(struct map *map, struct map_node *node, struct map_node *by);

/*
 * Visits every node in no particular order, for checks and for taking a map
 * apart: map_first(), then map_next() with the node before. O(1) amortised.
 * Nothing may be inserted or removed meanwhile.
 */
struct map_node *map_first(const struct map *map);
struct map_node *map_next(const struct map *map, const struct map_node *node);

/* Bytes of the table. */
size_t map_bytes(const struct map *map);

/* Checks places, tags and counts, for tests and core_check(); O(n). */
bool map_is_sound(const struct map *map);

#endif
