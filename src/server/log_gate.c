/*
 * See log_gate.h.
 */
#include <config.h>

#include "base/clock.h"
#include "server/log_gate.h"

#define LOG_GATE_MS 10000

bool
log_gate_passes(struct log_gate *gate, uint64_t now_ns, uint64_t *ret_held_back)
{
	if (now_ns < gate->closed_until_ns) {
		gate->held_back++;
		return false;
	}
	gate->closed_until_ns = time_after_ms(now_ns, LOG_GATE_MS);
	*ret_held_back = gate->held_back;
	gate->held_back = 0;
	return true;
}
