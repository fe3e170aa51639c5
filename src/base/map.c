/*
 * The hash map: linear hashing over buckets of one cache line.
 *
 * With n buckets in use, half < n <= 2 * half, the low bits of a hash tell its bucket:
 * as many as number 2 * half buckets, or one less where that bucket is not there yet.
 * An insert beyond the load adds bucket n and moves to it what belongs there out of
 * bucket n - half, the only one whose nodes may. A remove below the load undoes such a
 * step. So the table never moves as a whole, and its memory follows its count.
 *
 * A bucket has seven slots and a tag for each, seven other bits of the hash. One that is
 * full hangs the next bucket on its last slot; all of such a chain but the last are full.
 *
 * Buckets stand in segments, which are blocks of pages. The first is smaller and is doubled
 * while that is a matter of microseconds, which keeps small maps small.
 */
#include <config.h>

#include "base/map.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "base/check.h"
#include "base/map_bucket.h"

#define MAP_LOAD     4    /* nodes per bucket that make the table grow ... */
#define MAP_MIN_LOAD 2    /* ... and shrink */
#define MAP_COPIED   1024 /* the first segment is doubled up to so many buckets */

void
map_init(struct map *map, map_key_fn *key_of, const struct siphash_key *seed)
{
	map_init_in(map, key_of, seed, NULL);
}

void
map_init_in(struct map *map, map_key_fn *key_of, const struct siphash_key *seed, struct pool *pool)
{
	*map = (struct map){.key_of = key_of, .seed = seed, .pool = pool};
}

/* ---- chains ---------------------------------------------------------------------- */

static struct map_bucket *
extra_new(struct map *map)
{
	size_t size = sizeof(struct map_bucket);

	map->extra++;
	return map->pool != NULL ? pool_alloc(map->pool, size) : xaligned(size, size);
}

static void
extra_free(struct map *map, struct map_bucket *bucket)
{
	map->extra--;
	if (map->pool != NULL)
		pool_free(map->pool, bucket, sizeof(*bucket));
	else
		free(bucket);
}

static void
bucket_add(struct map *map, struct map_bucket *bucket, uint8_t tag, struct map_node *node)
{
	struct map_bucket *next;
	uint64_t slots;
	unsigned at;

	while ((slots = free_slots(bucket)) == 0) {
		next = next_bucket(bucket);
		if (next == NULL) {
			next = extra_new(map);
			*next = (struct map_bucket){.tags = {bucket->tags[LAST_SLOT]},
				.slots = {bucket->slots[LAST_SLOT]}};
			bucket->tags[LAST_SLOT] = 0;
			bucket->leads_on = 1;
			bucket->slots[LAST_SLOT].next = next;
		}
		bucket = next;
	}
	at = first_slot(slots);
	bucket->tags[at] = tag;
	bucket->slots[at].node = node;
}

/* Takes a node out of the last bucket of a chain, and the bucket with its last node. */
static struct map_node *
chain_pop(struct map *map, struct map_bucket *bucket, uint8_t *ret_tag)
{
	struct map_bucket *before = NULL;
	unsigned at = 0;
	struct map_node *node;

	for (; bucket->leads_on; bucket = next_bucket(bucket))
		before = bucket;
	while (at < SLOTS && bucket->tags[at] == 0)
		at++;
	if (at == SLOTS)
		return NULL;
	*ret_tag = bucket->tags[at];
	node = bucket->slots[at].node;
	bucket->tags[at] = 0;
	if (before != NULL && is_empty(bucket)) {
		before->leads_on = 0;
		extra_free(map, bucket);
	}
	return node;
}

/* ---- growing and shrinking ---------------------------------------------------------- */

static struct map_bucket *
segment_new(struct map *map, size_t buckets)
{
	size_t size = buckets * sizeof(struct map_bucket);

	if (buckets == MAP_SEGMENT)
		return pages_new();
	if (map->pool != NULL && size <= POOL_SIZE_MAX)
		return pool_alloc(map->pool, size);
	return xaligned(sizeof(struct map_bucket), size);
}

static void
segment_free(struct map *map, struct map_bucket *segment, size_t buckets)
{
	size_t size = buckets * sizeof(struct map_bucket);

	if (buckets == MAP_SEGMENT)
		pages_free(segment);
	else if (map->pool != NULL && size <= POOL_SIZE_MAX)
		pool_free(map->pool, segment, size);
	else
		free(segment);
}

/* Gives the first and only segment another size. */
static void
map_resize_first(struct map *map, size_t room)
{
	struct map_bucket *segment = segment_new(map, room);

	memcpy(segment, map->segments[0], map->buckets * sizeof(*segment));
	segment_free(map, map->segments[0], map->room);
	map->segments[0] = segment;
	map->room = room;
}

static void
segments_double(struct map *map)
{
	size_t size = map->segments_max * sizeof(struct map_bucket *);

	if (map->segments == &map->first) {
		map->segments = xmalloc(2 * size);
		map->segments[0] = map->first;
	} else {
		map->segments = xrealloc(map->segments, 2 * size);
	}
	map->segments_max *= 2;
}

/* Room for more buckets: the first segment doubled, or another. */
static void
map_make_room(struct map *map)
{
	size_t segments = map->room / MAP_SEGMENT;

	if (map->room < MAP_SEGMENT) {
		map_resize_first(map, map->room < MAP_COPIED ? map->room * 2 : MAP_SEGMENT);
		return;
	}
	if (segments == map->segments_max)
		segments_double(map);
	map->segments[segments] = segment_new(map, MAP_SEGMENT);
	map->room += MAP_SEGMENT;
}

/* The reverse, when there is more room than buckets need soon. */
static void
map_give_room(struct map *map)
{
	if (map->room <= MAP_SEGMENT) {
		size_t smaller = map->room == MAP_SEGMENT ? MAP_COPIED : map->room / 2;

		if (map->buckets < smaller / 2)
			map_resize_first(map, smaller);
	} else if (map->buckets <= map->room - MAP_SEGMENT) {
		map->room -= MAP_SEGMENT;
		segment_free(map, map->segments[map->room / MAP_SEGMENT], MAP_SEGMENT);
	}
}

static void
map_begin(struct map *map)
{
	map->segments_max = 1;
	map->segments = &map->first;
	map->segments[0] = segment_new(map, 1);
	map->segments[0][0] = (struct map_bucket){0};
	map->room = map->buckets = map->half = 1;
}

/* The nodes of a bucket that is split soon: their hashes will be asked for. */
static void
prefetch_nodes(const struct map *map, size_t at)
{
	const struct map_bucket *bucket = bucket_at(map, at);

	for (unsigned i = 0; i < SLOTS; i++)
		__builtin_prefetch(bucket->slots[i].node);
}

/* Adds a bucket and splits the one that has its nodes. */
static void
map_grow(struct map *map)
{
	struct map_bucket *low, *high;
	struct map_bucket whole;
	struct map_node *node;
	uint8_t tag;

	if (map->buckets == map->room)
		map_make_room(map);
	if (map->buckets == 2 * map->half)
		map->half *= 2;
	low = bucket_at(map, map->buckets - map->half);
	high = bucket_at(map, map->buckets);
	whole = *low;
	*low = *high = (struct map_bucket){0};
	map->buckets++;
	while ((node = chain_pop(map, &whole, &tag)) != NULL)
		bucket_add(map, node->hash & map->half ? high : low, tag, node);
	if (map->buckets < 2 * map->half)
		prefetch_nodes(map, map->buckets - map->half);
}

/* Takes the last bucket away; its nodes go back to where they were split from. */
static void
map_shrink(struct map *map)
{
	struct map_bucket *last = bucket_at(map, --map->buckets);
	struct map_bucket *low = bucket_at(map, map->buckets - map->half);
	struct map_node *node;
	uint8_t tag;

	while ((node = chain_pop(map, last, &tag)) != NULL)
		bucket_add(map, low, tag, node);
	if (map->buckets == map->half && map->half > 1)
		map->half /= 2;
	map_give_room(map);
}

void
map_fini(struct map *map)
{
	for (size_t at = 0; map->extra > 0; at++) {
		struct map_bucket *bucket = bucket_at(map, at);
		struct map_bucket *next = next_bucket(bucket);

		while ((bucket = next) != NULL) {
			next = next_bucket(bucket);
			extra_free(map, bucket);
		}
	}
	for (size_t at = 0; at < map->room; at += MAP_SEGMENT)
		segment_free(map, map->segments[at / MAP_SEGMENT],
			map->room < MAP_SEGMENT ? map->room : MAP_SEGMENT);
	if (map->segments != &map->first)
		free(map->segments);
	map_init_in(map, map->key_of, map->seed, map->pool);
}

/* ---- the calls ----------------------------------------------------------------------- */

void
map_prefetch(const struct map *map, uint32_t hash)
{
	if (map->count > 0)
		__builtin_prefetch(bucket_of(map, hash));
}

struct map_node *
map_find(const struct map *map, struct span key, uint32_t hash)
{
	const struct map_bucket *bucket = map->count == 0 ? NULL : bucket_of(map, hash);

	for (; bucket != NULL; bucket = next_bucket(bucket)) {
		uint64_t slots = slots_with(bucket, tag_of(hash));

		for (; slots != 0; slots = without_first(slots)) {
			struct map_node *node = bucket->slots[first_slot(slots)].node;

			if (node->hash == hash && span_equal(map->key_of(node), key))
				return node;
		}
	}
	return NULL;
}

void
map_insert(struct map *map, struct map_node *node, uint32_t hash)
{
	if (map->count == 0)
		map_begin(map);
	node->hash = hash;
	bucket_add(map, bucket_of(map, hash), tag_of(hash), node);
	map->count++;
	if (map->count > map->buckets * MAP_LOAD)
		map_grow(map);
}

/* Only the last bucket of a chain has free slots: what leaves another is replaced from there. */
static void
chain_remove(struct map *map, struct map_bucket *bucket, union map_slot *slot)
{
	struct map_node *node = slot->node;
	struct map_node *moved;
	uint8_t tag;

	moved = chain_pop(map, bucket_of(map, node->hash), &tag);
	if (moved == node) /* and the bucket may have gone with it */
		return;
	bucket->tags[slot - bucket->slots] = tag;
	slot->node = moved;
}

void
map_remove(struct map *map, struct map_node *node)
{
	struct map_bucket *bucket;
	union map_slot *slot;

	CHECK(map->count > 0);
	slot = slot_of(map, node, &bucket);
	CHECK(slot != NULL);
	if (--map->count == 0) {
		map_fini(map);
		return;
	}
	if (bucket_of(map, node->hash)->leads_on)
		chain_remove(map, bucket, slot);
	else
		bucket->tags[slot - bucket->slots] = 0;
	if (map->buckets > 1 && map->count < map->buckets * MAP_MIN_LOAD)
		map_shrink(map);
}

void
map_replace(struct map *map, struct map_node *node, struct map_node *by)
{
	struct map_bucket *bucket;
	union map_slot *slot;

	CHECK(map->count > 0);
	slot = slot_of(map, node, &bucket);
	CHECK(slot != NULL);
	by->hash = node->hash;
	slot->node = by;
}
