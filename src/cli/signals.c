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

static void
note(int signal_number)
{
	if (signal_number == SIGCHLD)
		return; /* it has ended the wait, which is all that is wanted */
	stops++;
	last_stop = signal_number;
}

static void
fill_caught(sigset_t *set)
{
	sigemptyset(set);
	sigaddset(set, SIGINT);
	sigaddset(set, SIGTERM);
	sigaddset(set, SIGHUP);
	sigaddset(set, SIGCHLD);
}

void
signals_catch(void)
{
	struct sigaction action;
	sigset_t caught;

	memset(&action, 0, sizeof action);
	action.sa_handler = note;
	fill_caught(&caught);
	sigprocmask(SIG_BLOCK, &caught, NULL);
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGHUP, &action, NULL);
	sigaction(SIGCHLD, &action, NULL);
	action.sa_handler = SIG_IGN;
	sigaction(SIGPIPE, &action, NULL);
}

void
signals_poll(struct pollfd *fds, size_t count, int64_t deadline_ms)
{
	struct timespec left = {0, 0};
	sigset_t all_in;

	sigprocmask(SIG_SETMASK, NULL, &all_in);
	sigdelset(&all_in, SIGINT);
	sigdelset(&all_in, SIGTERM);
	sigdelset(&all_in, SIGHUP);
	sigdelset(&all_in, SIGCHLD);
	if (deadline_ms >= 0) {
		int64_t left_ms = deadline_ms - now_ms();

		if (left_ms > 0) {
			left.tv_sec = (time_t)(left_ms / 1000);
			left.tv_nsec = (long)(left_ms % 1000) * 1000000;
		}
	}
	if (ppoll(fds, count, deadline_ms < 0 ? NULL : &left, &all_in) < 0) {
		/* Interrupted: nobody may take the events of an earlier round for new ones. */
		for (size_t i = 0; i < count; i++)
			fds[i].revents = 0;
	}
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
	sigset_t caught;

	fill_caught(&caught);
	sigprocmask(SIG_SETMASK, NULL, ret_mask);
	for (int i = 1; i < NSIG; i++) {
		if (sigismember(&caught, i) == 1)
			sigdelset(ret_mask, i);
	}
	*ret_defaults = caught;
	sigaddset(ret_defaults, SIGPIPE);
}

int64_t
now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}
