/*
 * The word that was probably meant: the one that takes the fewest changes of a letter,
 * and not more than a third of what was written.
 */
#ifndef INFLIGHT_CLI_NEAREST_H
#define INFLIGHT_CLI_NEAREST_H

#include <stddef.h>

/* Begin with `struct nearest nearest = {.given = word};`. */
struct nearest {
	const char *given;
	const char *best; /* NULL: nothing is near; else what was offered */
	size_t distance;  /* of the best */
};

/* Looks at another candidate; of two that are as near the earlier one stays. */
void nearest_offer(struct nearest *nearest, const char *candidate);

/*
 * How many letters have to be put in, left out, replaced or swapped with their neighbour to make
 * one word of the other; words beyond 64 bytes are as far apart as they are long.
 */
size_t nearest_distance(const char *one, const char *other);

#endif
