/*
 * The loop: the event base and the one timer. A turn of the server is one call
 * of loop_poll(), in which callbacks only note what happened, and then the work,
 * outside of any callback.
 *
 * The timer is a timerfd and not libevent's, because the deadline is then an
 * absolute time in nanoseconds of our own clock, never early, and because libevent
 * with precise timers sets a timerfd anew before every poll, which costs more than
 * the poll itself.
 */
#ifndef INFLIGHT_SERVER_LOOP_H
#define INFLIGHT_SERVER_LOOP_H

#include <stdbool.h>
#include <stdint.h>

struct event;
struct event_base;

struct loop {
	struct event_base *base;
	struct event *timer;
	int timer_fd;
	uint64_t armed_ns; /* when the timer fires, TIME_NEVER: not at all */
};

/* False: nothing is left behind, `error` (256 bytes) says why. */
bool loop_init(struct loop *loop, char *error);
void loop_fini(struct loop *loop);

/*
 * Waits until something happens, not at all where `more`, and lets the callbacks
 * run. False where the loop itself failed.
 */
bool loop_poll(struct loop *loop, bool more);

/*
 * Wakes the next loop_poll() at `due_ns` at the latest. A timer that is set
 * for an earlier time stays: one needless turn costs less than setting it again
 * each time the earliest deadline moves away.
 */
void loop_wake_at(struct loop *loop, uint64_t due_ns);

#endif
