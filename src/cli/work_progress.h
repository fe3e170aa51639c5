/*
 * The progress line of `inflight work`. While it is shown what the commands print on
 * standard error comes through a pipe, so that it does not mix with the line, and the
 * daemon is asked from time to time how many sets there are to do.
 */
#ifndef INFLIGHT_CLI_WORK_PROGRESS_H
#define INFLIGHT_CLI_WORK_PROGRESS_H

#include <poll.h>
#include <stdbool.h>
#include <stdint.h>

#include "client/bytes.h"
#include "inflight.h"

struct work;

struct work_progress {
	int err_read; /* -1: no progress is shown, nor is there a pipe */
	int err_write;
	struct inflight_bytes err; /* a line that has no end yet */
	uint64_t request;          /* the question that is under way; 0: none */
	int64_t ask_at_ms;
	uint64_t total; /* sets done and to do, when the daemon said how many wait */
};

void work_progress_begin(struct work *work);

/* What the commands have for standard error; -1: the program's own. */
int work_progress_err_fd(const struct work *work);

/* Fills an entry for poll(); after it, passes on what has come. */
void work_progress_poll(const struct work *work, struct pollfd *fd);
void work_progress_move(struct work *work, const struct pollfd *fd);

/* A command has ended: passes on what it printed before anything is said about that. */
void work_progress_collect(struct work *work);

/* Asks and draws as far as it is time to. */
void work_progress_step(struct work *work);

/* Whether the reply was for it. */
bool work_progress_answer(struct work *work, const struct inflight_reply *reply);

/* Passes on what is left, and takes the line away. */
void work_progress_end(struct work *work);

#endif
