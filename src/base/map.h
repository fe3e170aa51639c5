/*
 * An intrusive hash map from byte strings to objects.
 *
 * Hashes are SipHash-1-3 under the map's seed, because keys come from peers. The
 * table grows in steps: while a resize is under way both tables are live and each
 * insert or remove moves a few slots, so no call costs more than O(1), whatever
 * the size. An empty map owns no memory. It shrinks the same way.
 *
 * The map owns its tables, not its objects. `key_of` tells the key of a node; it
 * must not change while the node is in. Keys need not be unique: map_find()
 * returns the node inserted last.
 */
#ifndef INFLIGHT_BASE_MAP_H
#define INFLIGHT_BASE_MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/siphash.h"
#include "base/span.h"

struct map_node {
	struct map_node *next;
	uint64_t hash;
};

typedef struct span map_key_fn(const struct map_node *node);

struct map_table {
	struct map_node **slots; /* NULL where the table is not there */
	size_t size;             /* a power of two */
};

struct map {
	map_key_fn *key_of;
	const struct siphash_key *seed; /* borrowed, outlives the map */
	size_t count;
	struct map_table live; /* the table, or the one that a resize moves to */
	struct map_table old;  /* what a resize has still to move */
	size_t old_next;       /* first unit of `old` not yet moved, see map.c */
};

void map_init(struct map *map, map_key_fn *key_of, const struct siphash_key *seed);

/* Frees the tables. The map must be empty, or its nodes must not be used again. */
void map_fini(struct map *map);

/* The hash to pass to the calls below; compute it once per request. */
uint64_t map_hash(const struct map *map, struct span key);

/* The node of that key, or NULL. */
struct map_node *map_find(const struct map *map, struct span key, uint64_t hash);

void map_insert(struct map *map, struct map_node *node, uint64_t hash);
void map_remove(struct map *map, struct map_node *node);

/*
 * Visits every node in no particular order, for checks and for taking a map
 * apart: map_first(), then map_next() with the node before. O(1) amortised.
 * Nothing may be inserted or removed meanwhile.
 */
struct map_node *map_first(const struct map *map);
struct map_node *map_next(const struct map *map, const struct map_node *node);

/* Bytes of the tables. */
size_t map_bytes(const struct map *map);

#endif
