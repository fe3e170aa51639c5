/*
 * What a map is made of, for map.c and map_visit.c alone; map.c tells how it works.
 */
#ifndef INFLIGHT_BASE_MAP_BUCKET_H
#define INFLIGHT_BASE_MAP_BUCKET_H

#include <string.h>

#include "base/map.h"
#include "base/pages.h"

#define MAP_SEGMENT (PAGES_SIZE / 64) /* buckets; a power of two */

#define SLOTS     7
#define LAST_SLOT (SLOTS - 1)

union map_slot {
	struct map_node *node;
	struct map_bucket *next;
};

struct map_bucket {
	uint8_t tags[SLOTS]; /* 0: the slot is free, or the last one and leads on */
	uint8_t leads_on;    /* 1: the last slot leads to the next bucket of the chain */
	union map_slot slots[SLOTS];
};

_Static_assert(sizeof(struct map_bucket) <= 64, "a bucket is a cache line");

/* Bits that do not choose the bucket; the highest is set, so that no tag is a free one. */
static inline uint8_t
tag_of(uint32_t hash)
{
	return (uint8_t)(hash >> 25 | 0x80);
}

#define EACH_BYTE UINT64_C(0x0101010101010101)
#define LOW_BITS  UINT64_C(0x7f7f7f7f7f7f7f7f)

/* The slots with that tag: bit 7 of byte i is set for slot i. All tags are compared at once. */
static inline uint64_t
slots_with(const struct map_bucket *bucket, uint8_t tag)
{
	uint64_t tags;

	memcpy(&tags, bucket, sizeof(tags));
#if !defined(__BYTE_ORDER__) || __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
	tags = __builtin_bswap64(tags);
#endif
	tags ^= EACH_BYTE * tag;
	return ~(((tags & LOW_BITS) + LOW_BITS) | tags | LOW_BITS);
}

static inline unsigned
first_slot(uint64_t slots)
{
	return (unsigned)__builtin_ctzll(slots) / 8;
}

static inline uint64_t
without_first(uint64_t slots)
{
	return slots & (slots - 1);
}

/* Free slots; bytes beyond those of slots proper do not count. */
static inline uint64_t
free_slots(const struct map_bucket *bucket)
{
	int used = bucket->leads_on ? LAST_SLOT : SLOTS;

	return slots_with(bucket, 0) & ((UINT64_C(1) << (8 * used)) - 1);
}

/* Of a bucket that does not lead on. */
static inline bool
is_empty(const struct map_bucket *bucket)
{
	return slots_with(bucket, 0) == EACH_BYTE << 7;
}

static inline struct map_bucket *
next_bucket(const struct map_bucket *bucket)
{
	return bucket->leads_on ? bucket->slots[LAST_SLOT].next : NULL;
}

static inline struct map_bucket *
bucket_at(const struct map *map, size_t at)
{
	return &map->segments[at / MAP_SEGMENT][at % MAP_SEGMENT];
}

static inline struct map_bucket *
bucket_of(const struct map *map, uint32_t hash)
{
	size_t at = hash & (2 * map->half - 1);

	return bucket_at(map, at < map->buckets ? at : at - map->half);
}

/* Where in the chain of its hash a node is. It must be in. */
static inline union map_slot *
slot_of(const struct map *map, const struct map_node *node, struct map_bucket **ret_bucket)
{
	struct map_bucket *bucket = bucket_of(map, node->hash);

	for (; bucket != NULL; bucket = next_bucket(bucket)) {
		uint64_t slots = slots_with(bucket, tag_of(node->hash));

		for (; slots != 0; slots = without_first(slots)) {
			union map_slot *slot = &bucket->slots[first_slot(slots)];

			if (slot->node != node)
				continue;
			*ret_bucket = bucket;
			return slot;
		}
	}
	return NULL;
}

#endif
