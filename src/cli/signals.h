/*
 * Signals for the verbs that clean up after themselves. They are blocked all the
 * time and let in while signals_poll() waits, so none comes between a look at
 * the flags and the wait.
 */
#ifndef INFLIGHT_CLI_SIGNALS_H
#define INFLIGHT_CLI_SIGNALS_H

#include <poll.h>
#include <signal.h>
#include <stdint.h>

/*
 * From now on SIGINT, SIGTERM and SIGHUP are noted, SIGCHLD and SIGWINCH end a wait, and
 * SIGPIPE is ignored.
 */
void signals_catch(void);

/* Waits as poll() does, at most until `deadline_ms` of inflight's clock (negative: for ever). */
void signals_poll(struct pollfd *fds, size_t count, int64_t deadline_ms);

/* The same with a deadline in ns; UINT64_MAX: for ever. */
void signals_poll_ns(struct pollfd *fds, size_t count, uint64_t deadline_ns);

/* How often the program was asked to stop, and by which signal last (0: none). */
int signals_stops(void);
int signals_last_stop(void);

/* Ends the program by this signal, as if it had never been caught. */
void signals_die(int signal_number) __attribute__((noreturn));

/* For a command to be run: the mask that was before, and the signals to be as they are at first. */
void signals_for_child(sigset_t *ret_mask, sigset_t *ret_defaults);

/* The time from some fixed moment on, the same one for both. */
int64_t now_ms(void);
uint64_t now_ns(void);

#define SECOND_NS UINT64_C(1000000000)

#endif
