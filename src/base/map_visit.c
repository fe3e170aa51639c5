/*
 * Looking at a map without changing it: visits of all nodes, its size, its soundness.
 */
#include <config.h>

#include "base/check.h"
#include "base/map_bucket.h"

/* The first node in slot `at` of a bucket or behind it in its chain. */
static struct map_node *
chain_scan(const struct map_bucket *bucket, size_t at)
{
	for (; bucket != NULL; bucket = next_bucket(bucket), at = 0)
		for (; at < SLOTS; at++)
			if (bucket->tags[at] != 0)
				return bucket->slots[at].node;
	return NULL;
}

static struct map_node *
map_scan(const struct map *map, size_t at)
{
	struct map_node *node = NULL;

	for (; node == NULL && at < map->buckets; at++)
		node = chain_scan(bucket_at(map, at), 0);
	return node;
}

struct map_node *
map_first(const struct map *map)
{
	return map_scan(map, 0);
}

struct map_node *
map_next(const struct map *map, const struct map_node *node)
{
	size_t at = node->hash & (2 * map->half - 1);
	struct map_bucket *bucket;
	union map_slot *slot = slot_of(map, node, &bucket);
	struct map_node *next;

	CHECK(slot != NULL);
	next = chain_scan(bucket, (size_t)(slot - bucket->slots) + 1);
	return next != NULL ? next : map_scan(map, (at < map->buckets ? at : at - map->half) + 1);
}

size_t
map_bytes(const struct map *map)
{
	return (map->room + map->extra) * sizeof(struct map_bucket) +
	       (map->segments_max > 1 ? map->segments_max * sizeof(struct map_bucket *) : 0);
}

/* Counts the nodes of a chain and its buckets but the first; false where something is amiss. */
static bool
chain_is_sound(const struct map *map, size_t at, size_t *count, size_t *extra)
{
	const struct map_bucket *bucket = bucket_at(map, at);

	for (; bucket != NULL; bucket = next_bucket(bucket)) {
		if (bucket->leads_on && free_slots(bucket) != 0)
			return false;
		if (bucket != bucket_at(map, at))
			++*extra;
		for (int i = 0; i < SLOTS; i++) {
			const struct map_node *node = bucket->slots[i].node;

			if (bucket->tags[i] == 0)
				continue;
			++*count;
			if (bucket->tags[i] != tag_of(node->hash) ||
				bucket_of(map, node->hash) != bucket_at(map, at))
				return false;
		}
	}
	return true;
}

bool
map_is_sound(const struct map *map)
{
	size_t count = 0;
	size_t extra = 0;

	for (size_t at = 0; at < map->buckets; at++)
		if (!chain_is_sound(map, at, &count, &extra))
			return false;
	return count == map->count && extra == map->extra;
}
