/*
 * How far a long run has come: a line at the bottom of the terminal that standard error
 * is, and nothing where it is none. There is one such line in the program, as there is
 * one standard error; report() takes it away before it prints. In the background of a shell the
 * line waits until the program is brought back: the terminal is another's meanwhile.
 */
#ifndef INFLIGHT_CLI_PROGRESS_H
#define INFLIGHT_CLI_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct progress {
	const char *noun; /* what is counted: "lines" */
	uint64_t done;
	uint64_t total; /* as far as it is known by now; 0: not at all */
	bool growing;   /* the total is not the last one */
	uint64_t failed;
	uint64_t running;   /* 0: not told */
	int64_t elapsed_ms; /* since the beginning */
};

/* Shows progress from now on, where standard error is a terminal that can be written over. */
void progress_begin(void);
bool progress_is_on(void);

/* When the line is to be drawn again; negative: never. */
int64_t progress_due_ms(void);

/* Draws the line, if it is due; elapsed_ms is filled in. */
void progress_draw(const struct progress *progress);

/* Takes the line away, so that something else can be printed; what is drawn next comes below. */
void progress_hide(void);

/* The same for good. */
void progress_end(void);

/* Writes the line for that many columns into `out`, of which it fills as many bytes at most. */
void progress_text(const struct progress *progress, size_t columns, char *out, size_t size);

#endif
