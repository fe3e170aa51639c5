/*
 * Lists of name patterns: a name stands for itself, one that ends in '*' for every
 * name that begins like it. A list owns its texts.
 */
#ifndef INFLIGHT_AUTH_PATTERN_H
#define INFLIGHT_AUTH_PATTERN_H

#include <stdbool.h>
#include <stddef.h>

#include "base/span.h"

#define PATTERN_MAX_BYTES 200 /* of a name; the '*' comes on top */

struct pattern {
	char *text; /* without the '*' */
	size_t len;
	bool is_prefix;
};

/* All zero is an empty list, which no name matches. */
struct patterns {
	struct pattern *at;
	size_t count;
};

void patterns_fini(struct patterns *patterns);

/*
 * Adds one. NULL, or what is wrong with the text, as the end of a sentence: nothing is added then.
 */
const char *patterns_add(struct patterns *patterns, struct span text);

bool patterns_match(const struct patterns *patterns, struct span name);

/* Does every name that begins with `prefix` match? */
bool patterns_cover(const struct patterns *patterns, struct span prefix);

bool patterns_equal(const struct patterns *a, const struct patterns *b);

#endif
