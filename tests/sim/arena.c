/*
 * Two regions: one for small blocks, saved as far as it is used, and one for the tables
 * that a core sizes for a long life. Few events touch no more than the beginning of a table: that
 * is saved, and the page behind it can be neither read nor written, so that nothing is missed.
 */
#include <config.h>

#include "sim/arena.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define SMALL_BYTES ((size_t)8 << 20)
#define TABLE_BYTES ((size_t)4 << 20)
#define TABLE_MIN   ((size_t)64 << 10) /* a block that large is a table */
#define PAGE        ((size_t)4 << 10)
#define TABLES_MAX  4
#define ALIGN       16

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_aligned_alloc(size_t align, size_t size);
void *__real_realloc(void *ptr, size_t size);
void __real_free(void *ptr);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_aligned_alloc(size_t align, size_t size);
void *__wrap_realloc(void *ptr, size_t size);
void __wrap_free(void *ptr);

/* Everything that goes back, but for the blocks. */
static struct {
	bool on;
	size_t small_used;
	size_t table_count, table_used;
	char *table[TABLES_MAX];
} arena;

_Alignas(PAGE) static char small[SMALL_BYTES];
_Alignas(PAGE) static char tables[TABLE_BYTES];

static _Noreturn void
give_up(const char *why)
{
	fprintf(stderr, "arena: %s\n", why);
	abort();
}

void
arena_begin(void)
{
	arena.on = true;
}

void
arena_end(void)
{
	arena.on = false;
	if (mprotect(tables, TABLE_BYTES, PROT_READ | PROT_WRITE) != 0)
		give_up("the guards stay");
}

/* ---- blocks, each behind its size -------------------------------------------- */

static bool
is_in(const void *ptr, const char *region, size_t size)
{
	return (uintptr_t)ptr >= (uintptr_t)region && (uintptr_t)ptr < (uintptr_t)region + size;
}

static bool
is_inside(const void *ptr)
{
	return is_in(ptr, small, SMALL_BYTES) || is_in(ptr, tables, TABLE_BYTES);
}

static size_t *
size_of(void *ptr)
{
	return (size_t *)(void *)((char *)ptr - ALIGN);
}

/* Its beginning, which is saved, is a page; what is behind it cannot be touched. */
static void *
new_table(size_t size)
{
	char *block = tables + arena.table_used + PAGE;
	size_t pages = (size + PAGE - 1) / PAGE * PAGE;

	if (arena.table_count == TABLES_MAX || size > TABLE_BYTES ||
		arena.table_used + PAGE + pages > TABLE_BYTES)
		give_up("too many tables");
	*size_of(block) = size;
	if (mprotect(block + PAGE, pages - PAGE, PROT_NONE) != 0)
		give_up("a table cannot be guarded");
	arena.table[arena.table_count++] = block;
	arena.table_used += PAGE + pages;
	return block;
}

static void *
new_small(size_t align, size_t size)
{
	size_t at = (arena.small_used + ALIGN + align - 1) / align * align;
	char *block = small + at;

	size = (size + ALIGN - 1) / ALIGN * ALIGN;
	if (at + size > SMALL_BYTES)
		give_up("used up");
	*size_of(block) = size;
	arena.small_used = at + size;
	return block;
}

void *
__wrap_malloc(size_t size)
{
	if (!arena.on)
		return __real_malloc(size);
	return size >= TABLE_MIN ? new_table(size) : new_small(ALIGN, size);
}

void *
__wrap_aligned_alloc(size_t align, size_t size)
{
	if (!arena.on)
		return __real_aligned_alloc(align, size);
	return size >= TABLE_MIN ? new_table(size) : new_small(align, size);
}

void *
__wrap_calloc(size_t count, size_t size)
{
	void *block;

	if (!arena.on)
		return __real_calloc(count, size);
	block = __wrap_malloc(count * size);
	/* A table is clear: the place of none is used twice. */
	if (count * size < TABLE_MIN)
		memset(block, 0, count * size);
	return block;
}

void
__wrap_free(void *ptr)
{
	if (!is_inside(ptr))
		__real_free(ptr);
}

void *
__wrap_realloc(void *ptr, size_t size)
{
	void *block;

	if (!arena.on || (ptr != NULL && !is_inside(ptr)))
		return __real_realloc(ptr, size);
	if (ptr != NULL && size <= *size_of(ptr))
		return ptr;
	block = __wrap_malloc(size);
	if (ptr != NULL)
		memcpy(block, ptr, *size_of(ptr));
	return block;
}

/* ---- copies --------------------------------------------------------------------- */

void *
arena_outside(void *before, size_t size)
{
	void *memory = __real_realloc(before, size);

	if (memory == NULL)
		give_up("no memory");
	return memory;
}

size_t
arena_size(void)
{
	return sizeof(arena) + arena.small_used + arena.table_count * PAGE;
}

void
arena_save(void *to)
{
	char *at = to;

	memcpy(at, &arena, sizeof(arena));
	at += sizeof(arena);
	memcpy(at, small, arena.small_used);
	at += arena.small_used;
	for (size_t i = 0; i < arena.table_count; i++, at += PAGE)
		memcpy(at, arena.table[i], PAGE);
}

void
arena_restore(const void *from)
{
	const char *at = from;

	memcpy(&arena, at, sizeof(arena));
	at += sizeof(arena);
	memcpy(small, at, arena.small_used);
	at += arena.small_used;
	for (size_t i = 0; i < arena.table_count; i++, at += PAGE)
		memcpy(arena.table[i], at, PAGE);
}
