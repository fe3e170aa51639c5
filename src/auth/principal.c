/*
 * Principals and the names of the roles.
 */
#include <config.h>

#include "auth/principal.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/check.h"

/* In the order of the bits of enum role. */
static const char *const role_names[ROLE_COUNT] = {"producer", "worker", "reader", "admin"};

struct principal *
principal_new(struct span name)
{
	struct principal *principal = xcalloc(1, sizeof(*principal));

	principal->references = 1;
	principal->name = xstrndup(name.ptr, name.len);
	return principal;
}

struct principal *
principal_ref(struct principal *principal)
{
	if (principal != NULL)
		principal->references++;
	return principal;
}

void
principal_unref(struct principal *principal)
{
	if (principal == NULL)
		return;
	CHECK(principal->references > 0);
	if (--principal->references > 0)
		return;
	patterns_fini(&principal->queues);
	patterns_fini(&principal->groups);
	free(principal->name);
	free(principal);
}

bool
principal_equal(const struct principal *a, const struct principal *b)
{
	if (a == NULL || b == NULL)
		return a == b;
	return strcmp(a->name, b->name) == 0 && a->roles == b->roles &&
	       patterns_equal(&a->queues, &b->queues) && patterns_equal(&a->groups, &b->groups);
}

unsigned
role_parse(struct span word)
{
	for (unsigned i = 0; i < ROLE_COUNT; i++) {
		if (span_equal(word, span_str(role_names[i])))
			return 1u << i;
	}
	return 0;
}

const char *
role_name(unsigned i)
{
	CHECK(i < ROLE_COUNT);
	return role_names[i];
}
