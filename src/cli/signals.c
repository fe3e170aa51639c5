/*
 * Signals. A handler can reach nothing but static memory, so what it notes stands
 * here; nobody else has access.
 */
#include <config.h>

#include "cli/signals.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static volatile sig_atomic_t stops;
static volatile sig_atomic_t last_stop;

static const int caught[] = {SIGINT, SIGTERM, SIGHUP, SIGCHLD, SIGWINCH};

static void
note(int signal_number)
{
	if (signal_number == SIGCHLD || signal_number == SIGWINCH)
		return; /* it has ended the wait, which is all that is wanted */
	stops++;
	last_stop = signal_number;
}

static void
fill_caught(sigset_t *set)
{
	sigemptyset(set);
	for (size_t i = 0; i < sizeof caught / sizeof caught[0]; i++)
		sigaddset(set, caught[i]);
}

void
signals_catch(void)
{
	struct sigaction action;
	sigset_t set;

	memset(&action, 0, sizeof action);
	action.sa_handler = note;
	fill_caught(&set);
	sigprocmask(SIG_BLOCK, &set, NULL);
	for (size_t i = 0; i < sizeof caught / sizeof caught[0]; i++)
		sigaction(caught[i], &action, NULL);
	action.sa_handler = SIG_IGN;
	sigaction(SIGPIPE, &action, NULL);
}

void
signals_poll_ns(struct pollfd *fds, size_t count, uint64_t deadline_ns)
{
	struct timespec left = {0, 0};
	sigset_t all_in;

	sigprocmask(SIG_SETMASK, NULL, &all_in);
	for (size_t i = 0; i < sizeof caught / sizeof caught[0]; i++)
		sigdelset(&all_in, caught[i]);
	if (deadline_ns != UINT64_MAX) {
		uint64_t now = now_ns();

		if (deadline_ns > now) {
			left.tv_sec = (time_t)((deadline_ns - now) / SECOND_NS);
			left.tv_nsec = (long)((deadline_ns - now) % SECOND_NS);
		}
	}
	if (ppoll(fds, count, deadline_ns == UINT64_MAX ? NULL : &left, &all_in) < 0) {
		/* Interrupted: nobody may take the events of an earlier round for new ones. */
		for (size_t i = 0; i < count; i++)
			fds[i].revents = 0;
	}
}

void
signals_poll(struct pollfd *fds, size_t count, int64_t deadline_ms)
{
	signals_poll_ns(fds, count, deadline_ms < 0 ? UINT64_MAX : (uint64_t)deadline_ms * 1000000);
}

int
signals_stops(void)
{
	return stops;
}

int
signals_last_stop(void)
{
	return last_stop;
}

void
signals_die(int signal_number)
{
	struct sigaction action;
	sigset_t set;

	memset(&action, 0, sizeof action);
	action.sa_handler = SIG_DFL;
	sigaction(signal_number, &action, NULL);
	sigemptyset(&set);
	sigaddset(&set, signal_number);
	raise(signal_number);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
	_exit(128 + signal_number);
}

void
signals_for_child(sigset_t *ret_mask, sigset_t *ret_defaults)
{
	sigprocmask(SIG_SETMASK, NULL, ret_mask);
	for (size_t i = 0; i < sizeof caught / sizeof caught[0]; i++)
		sigdelset(ret_mask, caught[i]);
	fill_caught(ret_defaults);
	sigaddset(ret_defaults, SIGPIPE);
}

uint64_t
now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * SECOND_NS + (uint64_t)now.tv_nsec;
}

int64_t
now_ms(void)
{
	return (int64_t)(now_ns() / 1000000);
}
