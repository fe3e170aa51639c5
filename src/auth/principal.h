/*
 * A principal: somebody the daemon knows, and what he may do. Made while the rules are
 * read, constant afterwards. It is counted, because sessions keep theirs when
 * the rules are replaced, until they have looked it up anew.
 */
#ifndef INFLIGHT_AUTH_PRINCIPAL_H
#define INFLIGHT_AUTH_PRINCIPAL_H

#include <stdint.h>

#include "auth/pattern.h"

enum role {
	ROLE_PRODUCER = 1 << 0,
	ROLE_WORKER = 1 << 1,
	ROLE_READER = 1 << 2,
	ROLE_ADMIN = 1 << 3, /* all that the others may, and what changes whole queues */
};

#define ROLE_COUNT 4
#define ROLES_ALL  ((1u << ROLE_COUNT) - 1)

struct principal {
	uint64_t references;
	char *name;
	unsigned roles; /* enum role */
	struct patterns queues;
	struct patterns groups;
};

/* Returns new, with one reference. */
struct principal *principal_new(struct span name);

/* NULL is accepted by both; the first gives its argument back. */
struct principal *principal_ref(struct principal *principal);
void principal_unref(struct principal *principal);

/* The same name, and the same rights? NULL is equal to NULL only. */
bool principal_equal(const struct principal *a, const struct principal *b);

/* "producer" ...; 0 where the word names no role. */
unsigned role_parse(struct span word);

/* The name of role number `i`, 1 << i. */
const char *role_name(unsigned i);

#endif
