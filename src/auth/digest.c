/*
 * SHA-256 and the comparison are nettle's: it is small, it is kept well in Debian, and it
 * does nothing else here. The crypto library of a TLS build would do as well, but whether
 * tokens work must not depend on whether TLS was built.
 */
#include <config.h>

#include "auth/digest.h"

#include <nettle/memops.h>
#include <nettle/sha2.h>

_Static_assert(DIGEST_SIZE == SHA256_DIGEST_SIZE, "the size of a SHA-256");

struct digest
digest_of(struct span token)
{
	struct sha256_ctx context;
	struct digest digest;

	sha256_init(&context);
	sha256_update(&context, token.len, (const uint8_t *)token.ptr);
	sha256_digest(&context, sizeof(digest.bytes), digest.bytes);
	return digest;
}

/* The value of a hexadecimal digit, -1 where it is none. */
static int
hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

bool
digest_parse(struct span hex, struct digest *ret)
{
	struct digest digest;

	if (hex.len != DIGEST_HEX_CHARS)
		return false;
	for (size_t i = 0; i < DIGEST_SIZE; i++) {
		int high = hex_value(hex.ptr[2 * i]);
		int low = hex_value(hex.ptr[2 * i + 1]);

		if (high < 0 || low < 0)
			return false;
		digest.bytes[i] = (uint8_t)(high * 16 + low);
	}
	*ret = digest;
	return true;
}

void
digest_format(const struct digest *digest, char *out)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < DIGEST_SIZE; i++) {
		out[2 * i] = digits[digest->bytes[i] >> 4];
		out[2 * i + 1] = digits[digest->bytes[i] & 15];
	}
	out[DIGEST_HEX_CHARS] = '\0';
}

size_t
digest_find(const struct digest *table, size_t count, const struct digest *wanted)
{
	size_t found = count;

	for (size_t i = 0; i < count; i++) {
		size_t equal = (size_t)memeql_sec(table[i].bytes, wanted->bytes, DIGEST_SIZE);

		/* All bits set where it is equal: `found` becomes i, else it stays. */
		found ^= (found ^ i) & (0 - equal);
	}
	return found;
}
