/*
 * A core with a clock of its own, and the calls that the in-process benchmark
 * measures. Every call is CHECKed to have done what it was measured for.
 */
#ifndef INFLIGHT_BENCH_MACHINE_H
#define INFLIGHT_BENCH_MACHINE_H

#include "core/core.h"

#define BODY_BYTES  64
#define BATCH       256 /* calls between two looks at the clock */
#define TOKEN_BYTES 40

struct key {
	char text[16];
};

struct token {
	unsigned char len;
	char text[TOKEN_BYTES - 1];
};

struct machine {
	struct core *core;
	uint64_t now_ns;
};

void machine_init(struct machine *machine, bool leases);
void machine_fini(struct machine *machine);

/* The key of that number: 16 characters, no two alike. */
struct span key_make(struct key *key, uint64_t number);

void machine_enqueue(struct machine *machine, struct span key, struct span group);
void machine_take(struct machine *machine, struct token *ret);
void machine_finish(struct machine *machine, const struct token *token);

/* Bytes the core says it holds. */
uint64_t machine_bytes(struct machine *machine);

/* Bytes the allocator has handed out. */
uint64_t allocated_bytes(void);

#endif
