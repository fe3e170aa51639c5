/*
 * Allocation that does not fail: the daemon bounds what it keeps by `max_memory`,
 * so an allocator that has nothing left means the machine is out of memory, and the process
 * aborts with a message instead of going on in a state nobody has tested.
 *
 * What a single peer can make big is another matter. A big line is refused before anything
 * was done for it (framing.c), a big answer costs its peer the connection (buf.h).
 */
#ifndef INFLIGHT_BASE_ALLOC_H
#define INFLIGHT_BASE_ALLOC_H

#include <stdbool.h>
#include <stddef.h>

/* Ends the process, for callers who ask the system themselves. */
void out_of_memory(void) __attribute__((noreturn, cold));

void *xmalloc(size_t size) __attribute__((malloc, returns_nonnull, alloc_size(1)));
void *xcalloc(size_t count, size_t size) __attribute__((malloc, returns_nonnull, alloc_size(1, 2)));
/* At an address that `align`, a power of two, divides. `size` is a multiple of it. */
void *xaligned(size_t align, size_t size)
	__attribute__((malloc, returns_nonnull, alloc_align(1), alloc_size(2)));
void *xrealloc(void *ptr, size_t size) __attribute__((returns_nonnull, alloc_size(2)));
char *xstrdup(const char *str) __attribute__((malloc, returns_nonnull, nonnull));
char *xstrndup(const char *str, size_t len) __attribute__((malloc, returns_nonnull, nonnull));

/* Is there memory for so much? To be asked before work that a peer can make big. */
bool memory_is_left(size_t size);

/* Says so and aborts: for memory that a library could not get. */
void out_of_memory(void) __attribute__((noreturn, cold));

#endif
