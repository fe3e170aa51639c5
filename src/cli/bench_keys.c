/* Draws keys. The state belongs to the caller, so a run can be repeated. */
#include <config.h>

#include "cli/bench_keys.h"

/* A Weyl sequence whose steps are mixed well; nobody is to be surprised but the daemon. */
static uint64_t
draw(struct bench_keys *keys)
{
	uint64_t x = keys->state += UINT64_C(0x9e3779b97f4a7c15);

	x = (x ^ x >> 32) * UINT64_C(0xd6e8feb86659fd93);
	x = (x ^ x >> 32) * UINT64_C(0xd6e8feb86659fd93);
	return x ^ x >> 32;
}

uint64_t
bench_keys_draw(struct bench_keys *keys)
{
	uint64_t low = 0;
	uint64_t high = keys->count;

	if (keys->count == 0)
		return keys->next++;
	while (keys->skewed && high >= 5) {
		uint64_t fifth = high / 5;

		if (draw(keys) % 10 >= 8) {
			low = fifth;
			break;
		}
		high = fifth;
	}
	return low + draw(keys) % (high - low);
}
