/*
 * One run of a command: its process, what it is given on standard input and what it
 * says on standard output. The owner polls the two descriptors and tells when a
 * child of the program has ended; nothing here ever waits.
 */
#ifndef INFLIGHT_CLI_CHILD_H
#define INFLIGHT_CLI_CHILD_H

#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "client/bytes.h"

#define CHILD_OUTPUT_MAX (64 * 1024 * 1024) /* a command that says more is killed */
#define CHILD_GRACE_MS   2000               /* from SIGTERM to SIGKILL */

/* All zero: no run. */
struct child {
	pid_t pid;  /* 0: no run. It leads a process group of its own. */
	int in_fd;  /* -1: closed */
	int out_fd; /* -1: closed */
	struct inflight_bytes input;
	struct inflight_bytes output;
	int64_t kill_at_ms; /* when SIGKILL is due; 0: nobody wants it killed */
	bool too_much;      /* killed because of too much output */
};

/*
 * Starts argv[0] with `env` behind the program's own environment; what is in child->input will be
 * its standard input, `err_fd` its standard error, -1: the program's own. Returns 0 or an errno: no
 * command was started.
 */
int child_start(struct child *child, char *const *argv, const char *const *env, int err_fd);

/* Fills two entries for poll(), with the descriptor -1 where there is nothing to wait for. */
void child_poll(const struct child *child, struct pollfd *fds);

/* Writes and reads what can be without waiting. */
void child_move(struct child *child, const struct pollfd *fds);

/* Looks whether the command has ended; all its output is read then. `ret_status` is as of
 * waitpid(). */
bool child_ended(struct child *child, int *ret_status);

/* Asks the command and whatever it started to end; after the grace it has to. */
void child_kill(struct child *child);

/* Kills for good what did not end in its grace. */
void child_tick(struct child *child);

/* Forgets a run that has ended; the buffers are empty afterwards. */
void child_clear(struct child *child);

#endif
