/*
 * The skip list. A node of height h stands in the lists of levels 0 to h-1; each level
 * holds about a quarter of the nodes of the level below. Heights come from a seeded
 * generator, so a peer that chooses names cannot choose the shape.
 *
 * A node lives from index_insert() to index_remove() or index_fini().
 */
#include <config.h>

#include "base/index.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "base/check.h"

struct index_node {
	struct span name;
	void *object;
	uint32_t height;
	struct index_node *next[];
};

void
index_init(struct index *index, uint64_t seed)
{
	*index = (struct index){.random = seed};
}

void
index_fini(struct index *index)
{
	struct index_node *node = index->head[0];

	while (node != NULL) {
		struct index_node *next = node->next[0];

		free(node);
		node = next;
	}
	index_init(index, index->random);
}

/* One step of the splitmix64 generator. */
static uint64_t
index_random(struct index *index)
{
	uint64_t x = index->random += UINT64_C(0x9e3779b97f4a7c15);

	x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
	return x ^ x >> 31;
}

static uint32_t
index_random_height(struct index *index)
{
	uint64_t bits = index_random(index);
	uint32_t height = 1;

	while (height < INDEX_LEVELS && (bits & 3) == 0) {
		height++;
		bits >>= 2;
	}
	return height;
}

static size_t
node_bytes(uint32_t height)
{
	return sizeof(struct index_node) + height * sizeof(struct index_node *);
}

/*
 * Finds, on each level, the pointer that an entry of that name has to be linked into:
 * the one to the first node not before it. links[0] points to the entry where it exists.
 */
static void
index_find_links(struct index *index, struct span name, struct index_node **links[INDEX_LEVELS])
{
	struct index_node **next = index->head;

	for (int level = INDEX_LEVELS - 1; level >= 0; level--) {
		while (next[level] != NULL && span_compare(next[level]->name, name) < 0)
			next = next[level]->next;
		links[level] = &next[level];
	}
}

void
index_insert(struct index *index, struct span name, void *object)
{
	struct index_node **links[INDEX_LEVELS];
	struct index_node *node;
	uint32_t height = index_random_height(index);

	index_find_links(index, name, links);
	CHECK(*links[0] == NULL || !span_equal((*links[0])->name, name));
	node = xmalloc(node_bytes(height));
	node->name = name;
	node->object = object;
	node->height = height;
	for (uint32_t level = 0; level < height; level++) {
		node->next[level] = *links[level];
		*links[level] = node;
	}
	index->count++;
	index->bytes += node_bytes(height);
}

void
index_remove(struct index *index, struct span name)
{
	struct index_node **links[INDEX_LEVELS];
	struct index_node *node;

	index_find_links(index, name, links);
	node = *links[0];
	CHECK(node != NULL && span_equal(node->name, name));
	for (uint32_t level = 0; level < node->height; level++)
		*links[level] = node->next[level];
	index->count--;
	index->bytes -= node_bytes(node->height);
	free(node);
}

const struct index_node *
index_seek(const struct index *index, struct span from, bool after)
{
	struct index_node *const *next = index->head;
	int limit = after ? 1 : 0;

	/* Entries that compare below the limit lie before the one sought. */
	for (int level = INDEX_LEVELS - 1; level >= 0; level--) {
		while (next[level] != NULL) {
			int order = span_compare(next[level]->name, from);

			if (order > 0 || (order == 0 && limit == 0))
				break;
			next = next[level]->next;
		}
	}
	return next[0];
}

const struct index_node *
index_next(const struct index_node *node)
{
	return node->next[0];
}

struct span
index_name(const struct index_node *node)
{
	return node->name;
}

void *
index_object(const struct index_node *node)
{
	return node->object;
}

size_t
index_bytes(const struct index *index)
{
	return index->bytes;
}
