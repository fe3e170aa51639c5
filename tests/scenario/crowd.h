/*
 * Many peers of one service, spoken to from C where a script would be too long.
 * Requests are plain ones without id; whatever goes wrong fails the running Check test.
 */
#ifndef INFLIGHT_TESTS_SCENARIO_CROWD_H
#define INFLIGHT_TESTS_SCENARIO_CROWD_H

#include <jansson.h>

#include "scenario/world.h"

/* Begins a world with the memory engine (0) or the late one (1); one at a time. */
void crowd_begin(int engine);
void crowd_end(void);

/* Of 0 to below `bound`, in the order the seed says. */
unsigned crowd_random_below(unsigned bound);

/* A random order of 0 to count - 1. Returns new. */
unsigned *crowd_shuffled(unsigned count);

/* Sends a line. */
void crowd_say(int peer, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The next answer of a peer, NULL where it has none. Returns new. */
json_t *crowd_hear(int peer);
json_t *crowd_next(int peer); /* of what is there already */

/* The result of a request; there must be one. Returns new. */
json_t *crowd_hear_result(int peer);
void crowd_skip(int peer); /* drops it */

/* Was the answer that error? */
bool crowd_hear_error(int peer, const char *name);

/* Members that must be there. */
json_int_t crowd_number_of(const json_t *object, const char *name);
const char *crowd_text_of(const json_t *object, const char *name);

/* A number of that queue or, without queue, of the daemon; asked by the last peer. */
json_int_t crowd_stat_of(const char *queue, const char *name);

/* Takes a set of queue "q" at once: its token, NULL where nothing is ready. Returns new. */
char *crowd_take(int peer);

/* Until nothing more happens by itself. */
void crowd_settle(void);

void crowd_close(int peer);
void crowd_half_close(int peer);
bool crowd_is_ended(int peer); /* by the daemon */
void crowd_advance(uint64_t ms);

#endif
