/*
 * Blocks of pages. What pages_new() returns belongs to the caller until pages_free().
 */
#include <config.h>

#include "base/pages.h"

#include <stdint.h>
#include <sys/mman.h>

#include "base/alloc.h"

/* Maps twice the size, of which one half lies right, and gives the rest back. */
void *
pages_new(void)
{
	char *begin = mmap(NULL, 2 * PAGES_SIZE, PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	size_t before;

	if (begin == MAP_FAILED)
		out_of_memory();
	before = (size_t)(-(uintptr_t)begin & (PAGES_SIZE - 1));
	if (before > 0)
		munmap(begin, before);
	munmap(begin + before + PAGES_SIZE, PAGES_SIZE - before);
	return begin + before;
}

void
pages_free(void *block)
{
	munmap(block, PAGES_SIZE);
}
