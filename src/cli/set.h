/*
 * A set as a worker has it: read from the answer to a dequeue, turned into what the
 * command reads, and its output turned into what the daemon is told.
 */
#ifndef INFLIGHT_CLI_SET_H
#define INFLIGHT_CLI_SET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cli/params.h"
#include "client/bytes.h"
#include "inflight.h"

/* All zero: no set. The spans point into the reply. */
struct set {
	struct inflight_reply *reply;
	struct inflight_span token; /* a JSON string; "" where the queue has no leases */
	struct inflight_span key;   /* a JSON string */
	struct inflight_span ops;   /* the array as it came */
	struct inflight_span fence;
	struct inflight_span attempt;
	size_t op_count;
	int64_t lease_ms; /* 0: no lease, there is nothing to end */
	char *key_text;   /* what the key means; for messages and the environment */
};

/*
 * Reads the result of a dequeue and takes the reply, which is kept until set_clear(). Returns false
 * where the answer holds no set; `ret_odd` tells whether that is because it makes no sense.
 */
bool set_read(struct set *set, struct inflight_reply *reply, bool *ret_odd);
void set_clear(struct set *set);

/* The ops as lines of JSON, {"op":...,"msg":...,"group":...,"key":...}. */
void set_write_input(const struct set *set, struct inflight_bytes *out);

/*
 * Makes the params of the finish out of what the command printed: a line for each op, one for all,
 * or none. A line that is no JSON is a string. Returns NULL, or why the output cannot be used.
 */
const char *
set_finish_params(const struct set *set, struct inflight_span output, struct params *ret);

#endif
