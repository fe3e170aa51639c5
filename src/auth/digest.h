/*
 * Digests of tokens. A token is at least 256 random bits, so its plain SHA-256 is as good
 * as any slower function: there is nothing to guess. By value; nothing is allocated.
 */
#ifndef INFLIGHT_AUTH_DIGEST_H
#define INFLIGHT_AUTH_DIGEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/span.h"

#define DIGEST_SIZE      32
#define DIGEST_HEX_CHARS (2 * DIGEST_SIZE)

struct digest {
	uint8_t bytes[DIGEST_SIZE];
};

struct digest digest_of(struct span token);

/* Exactly 64 hexadecimal digits, of either case. */
bool digest_parse(struct span hex, struct digest *ret);

/* Writes 64 digits and a NUL. */
void digest_format(const struct digest *digest, char *out);

/*
 * Where `wanted` stands in the table; `count` where it does not. Looks at every byte of every
 * entry, and takes no decision by what it sees, so that the time it takes tells nothing.
 */
size_t digest_find(const struct digest *table, size_t count, const struct digest *wanted);

#endif
