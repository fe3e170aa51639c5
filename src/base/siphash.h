/*
 * SipHash-1-3, the keyed hash of Aumasson and Bernstein with one compression and
 * three finalisation rounds: an attacker who does not know the key cannot choose
 * inputs that collide. Also used as a keyed checksum for lease tokens.
 */
#ifndef INFLIGHT_BASE_SIPHASH_H
#define INFLIGHT_BASE_SIPHASH_H

#include <stddef.h>
#include <stdint.h>

struct siphash_key {
	uint64_t k0;
	uint64_t k1;
};

uint64_t siphash13(const struct siphash_key *key, const void *data, size_t len);

#endif
