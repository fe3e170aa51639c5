/*
 * Lets through one message in ten seconds and counts the others, for what any peer
 * can make happen. All zero is a new one; nothing is owned.
 */
#ifndef INFLIGHT_SERVER_LOG_GATE_H
#define INFLIGHT_SERVER_LOG_GATE_H

#include <stdbool.h>
#include <stdint.h>

struct log_gate {
	uint64_t closed_until_ns;
	uint64_t held_back;
};

/* May this message be logged now? If so *ret_held_back tells how many were not. */
bool log_gate_passes(struct log_gate *gate, uint64_t now_ns, uint64_t *ret_held_back);

#endif
