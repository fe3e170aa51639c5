/*
 * The hash map: chains of nodes hanging from a table of a power of two slots.
 *
 * A resize doubles or halves the table. Meanwhile slots are counted in units of the
 * smaller table: unit u is slot u there and slots u and u + smaller size in the larger one.
 * Whole units move, in order, a few with each insert and remove. A node is in the new
 * table exactly when its unit has moved, so a lookup walks one chain whatever is under
 * way, nodes of one key always share a chain, and a new table needs no clearing: its
 * slots are first written when their unit arrives.
 *
 * Tables live from the first insert to the last remove, or to map_fini().
 */
#include <config.h>

#include "base/map.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "base/check.h"

#define MAP_MIN_SIZE 4

/* A call moves at most so many units that hold nodes, and passes so many in all. */
#define MAP_MOVES 4
#define MAP_VISIT 32

static inline bool
is_resizing(const struct map *map)
{
	return map->old.slots != NULL;
}

/* How many units the resize under way has. */
static inline size_t
unit_count(const struct map *map)
{
	return map->live.size < map->old.size ? map->live.size : map->old.size;
}

/* The table that nodes of this hash are in. */
static inline const struct map_table *
table_of(const struct map *map, uint64_t hash)
{
	if (is_resizing(map) && (hash & (unit_count(map) - 1)) >= map->old_next)
		return &map->old;
	return &map->live;
}

static inline struct map_node **
slot_of(const struct map *map, uint64_t hash)
{
	const struct map_table *table = table_of(map, hash);

	return &table->slots[hash & (table->size - 1)];
}

static void
table_init(struct map_table *table, size_t size)
{
	CHECK(size <= SIZE_MAX / sizeof(struct map_node *));
	table->slots = xmalloc(size * sizeof(struct map_node *));
	table->size = size;
}

static void
table_fini(struct map_table *table)
{
	free(table->slots);
	*table = (struct map_table){0};
}

void
map_init(struct map *map, map_key_fn *key_of, const struct siphash_key *seed)
{
	*map = (struct map){.key_of = key_of, .seed = seed};
}

void
map_fini(struct map *map)
{
	table_fini(&map->live);
	table_fini(&map->old);
	map->count = 0;
	map->old_next = 0;
}

uint64_t
map_hash(const struct map *map, struct span key)
{
	return siphash13(map->seed, key.ptr, key.len);
}

/* Splits one chain of a smaller table over two slots, keeping the order. */
static void
unit_split(struct map *map, size_t unit)
{
	struct map_node **low = &map->live.slots[unit];
	struct map_node **high = &map->live.slots[unit + map->old.size];
	struct map_node *node = map->old.slots[unit];

	for (; node != NULL; node = node->next) {
		struct map_node ***end = node->hash & map->old.size ? &high : &low;

		**end = node;
		*end = &node->next;
	}
	*low = *high = NULL;
}

/* Joins the two chains of a larger table in one slot. */
static void
unit_join(struct map *map, size_t unit)
{
	struct map_node **end = &map->live.slots[unit];

	*end = map->old.slots[unit];
	while (*end != NULL)
		end = &(*end)->next;
	*end = map->old.slots[unit + map->live.size];
}

/* Moves one unit; returns whether it held nodes. */
static bool
unit_move(struct map *map, size_t unit)
{
	if (map->live.size > map->old.size) {
		unit_split(map, unit);
		return map->old.slots[unit] != NULL;
	}
	unit_join(map, unit);
	return map->live.slots[unit] != NULL;
}

/* Goes on with the resize under way, if there is one. */
static void
map_step(struct map *map)
{
	size_t units, moved = 0;

	if (!is_resizing(map))
		return;
	units = unit_count(map);
	for (size_t i = 0; i < MAP_VISIT && moved < MAP_MOVES && map->old_next < units; i++)
		moved += unit_move(map, map->old_next++);
	if (map->old_next == units) {
		table_fini(&map->old);
		map->old_next = 0;
	}
}

static void
map_resize(struct map *map, size_t size)
{
	map->old = map->live;
	map->old_next = 0;
	table_init(&map->live, size);
}

/* Starts a resize where the load calls for one and none is under way. */
static void
map_adapt(struct map *map)
{
	if (is_resizing(map))
		return;
	if (map->count > map->live.size)
		map_resize(map, map->live.size * 2);
	else if (map->live.size > MAP_MIN_SIZE && map->count < map->live.size / 4)
		map_resize(map, map->live.size / 2);
}

struct map_node *
map_find(const struct map *map, struct span key, uint64_t hash)
{
	struct map_node *node;

	if (map->count == 0)
		return NULL;
	for (node = *slot_of(map, hash); node != NULL; node = node->next) {
		if (node->hash == hash && span_equal(map->key_of(node), key))
			return node;
	}
	return NULL;
}

void
map_insert(struct map *map, struct map_node *node, uint64_t hash)
{
	struct map_node **slot;

	if (map->count == 0) {
		table_init(&map->live, MAP_MIN_SIZE);
		for (size_t i = 0; i < MAP_MIN_SIZE; i++)
			map->live.slots[i] = NULL;
	}
	map_step(map);
	slot = slot_of(map, hash);
	node->hash = hash;
	node->next = *slot;
	*slot = node;
	map->count++;
	map_adapt(map);
}

void
map_remove(struct map *map, struct map_node *node)
{
	struct map_node **link;

	CHECK(map->count > 0);
	link = slot_of(map, node->hash);
	while (*link != node) {
		CHECK(*link != NULL);
		link = &(*link)->next;
	}
	*link = node->next;
	node->next = NULL;
	map->count--;
	if (map->count == 0) {
		map_fini(map);
		return;
	}
	map_step(map);
	map_adapt(map);
}

/* The first node of `table` at slot `at` or behind it, of the units from `from` to `to` only. */
static struct map_node *
table_scan(const struct map_table *table, size_t at, size_t units, size_t from, size_t to)
{
	for (; at < table->size; at++) {
		size_t unit = at & (units - 1);

		if (unit >= from && unit < to && table->slots[at] != NULL)
			return table->slots[at];
	}
	return NULL;
}

/* The first node at slot `at` of the live (or else the old) table or behind it. */
static struct map_node *
map_scan(const struct map *map, bool in_live, size_t at)
{
	size_t units = is_resizing(map) ? unit_count(map) : map->live.size;
	size_t moved = is_resizing(map) ? map->old_next : units;
	struct map_node *node;

	if (in_live) {
		node = table_scan(&map->live, at, units, 0, moved);
		if (node != NULL || !is_resizing(map))
			return node;
		at = 0;
	}
	return table_scan(&map->old, at, units, moved, units);
}

struct map_node *
map_first(const struct map *map)
{
	return map->count == 0 ? NULL : map_scan(map, true, 0);
}

struct map_node *
map_next(const struct map *map, const struct map_node *node)
{
	const struct map_table *table;

	if (node->next != NULL)
		return node->next;
	table = table_of(map, node->hash);
	return map_scan(map, table == &map->live, (node->hash & (table->size - 1)) + 1);
}

size_t
map_bytes(const struct map *map)
{
	return (map->live.size + map->old.size) * sizeof(struct map_node *);
}
