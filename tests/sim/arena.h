/*
 * Memory with a way back. The program is linked so that malloc() and its kin are these
 * here; from arena_begin() on what is allocated stands in one region, which can be saved and put
 * back as it was, at the same addresses: so a state is kept and returned to, whatever it is made
 * of. Nothing is reused in between: who goes on for long without going back runs out.
 */
#ifndef INFLIGHT_TESTS_SIM_ARENA_H
#define INFLIGHT_TESTS_SIM_ARENA_H

#include <stddef.h>

void arena_begin(void);
/* All can be read again, as who looks for leaks does. */
void arena_end(void);

/* Memory that is not part of it, as from realloc(). */
void *arena_outside(void *before, size_t size);

/* Bytes of a copy now. */
size_t arena_size(void);
void arena_save(void *to);
void arena_restore(const void *from);

#endif
