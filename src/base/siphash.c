/*
 * SipHash-1-3 over a message that is in memory whole. It keeps no state.
 */
#include <config.h>

#include "base/siphash.h"

#include <string.h>

struct sip {
	uint64_t v0, v1, v2, v3;
};

static inline uint64_t
rotate_left(uint64_t x, int bits)
{
	return x << bits | x >> (64 - bits);
}

static inline void
sip_round(struct sip *sip)
{
	sip->v0 += sip->v1;
	sip->v2 += sip->v3;
	sip->v1 = rotate_left(sip->v1, 13) ^ sip->v0;
	sip->v3 = rotate_left(sip->v3, 16) ^ sip->v2;
	sip->v0 = rotate_left(sip->v0, 32);
	sip->v2 += sip->v1;
	sip->v0 += sip->v3;
	sip->v1 = rotate_left(sip->v1, 17) ^ sip->v2;
	sip->v3 = rotate_left(sip->v3, 21) ^ sip->v0;
	sip->v2 = rotate_left(sip->v2, 32);
}

static inline void
sip_compress(struct sip *sip, uint64_t word)
{
	sip->v3 ^= word;
	sip_round(sip);
	sip->v0 ^= word;
}

/* Eight bytes as a little-endian number. */
static inline uint64_t
load_le(const unsigned char *bytes)
{
	uint64_t word;

	memcpy(&word, bytes, sizeof(word));
#if !defined(__BYTE_ORDER__) || __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
	word = __builtin_bswap64(word);
#endif
	return word;
}

/* The last `left` (at most 7) of `len` bytes, from `at` on; NULL will do where there are none. */
static inline uint64_t
load_tail(const unsigned char *at, size_t left, size_t len)
{
	uint64_t word = 0;

	/* Where there are more in front of them, these are loaded too and shifted out. */
	if (len >= 8)
		return left == 0 ? 0 : load_le(at + left - 8) >> (64 - 8 * left);
	for (size_t i = 0; i < left; i++)
		word |= (uint64_t)at[i] << (8 * i);
	return word;
}

uint64_t
siphash13(const struct siphash_key *key, const void *data, size_t len)
{
	struct sip sip = {
		key->k0 ^ UINT64_C(0x736f6d6570736575),
		key->k1 ^ UINT64_C(0x646f72616e646f6d),
		key->k0 ^ UINT64_C(0x6c7967656e657261),
		key->k1 ^ UINT64_C(0x7465646279746573),
	};
	const unsigned char *at = data;
	size_t left = len;

	for (; left >= 8; left -= 8, at += 8)
		sip_compress(&sip, load_le(at));
	sip_compress(&sip, (uint64_t)len << 56 | load_tail(at, left, len));
	sip.v2 ^= 0xff;
	for (int i = 0; i < 3; i++)
		sip_round(&sip);
	return sip.v0 ^ sip.v1 ^ sip.v2 ^ sip.v3;
}
