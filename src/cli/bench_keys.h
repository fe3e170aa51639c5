/*
 * Which key the next op gets. Keys are numbers from 0 on.
 */
#ifndef INFLIGHT_CLI_BENCH_KEYS_H
#define INFLIGHT_CLI_BENCH_KEYS_H

#include <stdbool.h>
#include <stdint.h>

struct bench_keys {
	uint64_t count; /* distinct keys; 0: every op has its own */
	bool skewed;    /* 80 of 100 draws fall on the first fifth, and within it likewise */
	uint64_t state; /* of the draws; any value will do at first */
	uint64_t next;  /* count 0: the key that comes next */
};

uint64_t bench_keys_draw(struct bench_keys *keys);

#endif
