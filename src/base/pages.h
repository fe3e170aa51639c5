/*
 * Memory straight from the system, in blocks of 2 MiB that lie at multiples of their size.
 * A block goes back when it is freed, and nothing else with it: the heap of malloc()
 * would give back hundreds of megabytes in one call once the last object above them goes.
 */
#ifndef INFLIGHT_BASE_PAGES_H
#define INFLIGHT_BASE_PAGES_H

#include <stddef.h>

#define PAGES_SIZE ((size_t)2 * 1024 * 1024)

/*
 * Zeroed, as it is touched. No huge pages: the fault of one takes milliseconds, and all wait
 * for it.
 */
void *pages_new(void) __attribute__((malloc, returns_nonnull));
void pages_free(void *block);

#endif
