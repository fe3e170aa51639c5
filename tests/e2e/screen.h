/*
 * What a program draws on a pseudo-terminal: a screen of a given size. It understands
 * what TERM=xterm lets curses send; anything else fails the test, so nothing is
 * overlooked.
 */
#ifndef INFLIGHT_TESTS_SCREEN_H
#define INFLIGHT_TESTS_SCREEN_H

#include <stdbool.h>
#include <stddef.h>

#include "pty.h"

#define SCREEN_ROWS    60
#define SCREEN_COLUMNS 240
#define SCREEN_CELL    16 /* bytes of a character with what stands on it */

struct screen {
	struct pty pty;
	size_t taken; /* of what was written */

	int rows;
	int columns;
	char cells[SCREEN_ROWS][SCREEN_COLUMNS][SCREEN_CELL]; /* "" is the half of a wide one */
	int row;                                              /* of the cursor */
	int column;
	int saved_row;
	int saved_column;
	int top; /* of what scrolls */
	int bottom;
	char last[SCREEN_CELL]; /* the character that was printed last */
	bool alternate;         /* the second screen of the terminal is shown */
	bool cursor_hidden;

	char sequence[64]; /* an escape sequence, or a character, that has not come whole */
	size_t sequence_len;
	char text[SCREEN_ROWS * SCREEN_COLUMNS * 4]; /* of screen_text() */
};

/* Starts `inflight -s ADDRESS WORDS...` with all its streams on a terminal of that size. */
void screen_start(struct screen *screen, const struct daemon *daemon, const char *const *words,
	int rows, int columns);

/* Kills the program if it still runs. */
void screen_fini(struct screen *screen);

/* Types these bytes. */
void screen_type(struct screen *screen, const char *keys);

/* Changes the size; the kernel tells the program. */
void screen_resize(struct screen *screen, int rows, int columns);

/*
 * Reads what is drawn next, which may be a part of a picture only; fails the test, which waits for
 * `what`, where that takes too long.
 */
void screen_more(struct screen *screen, const char *what);

/* Reads until the text is somewhere on the screen. */
void screen_wait(struct screen *screen, const char *text);

/* The same until it is there no more. */
void screen_wait_gone(struct screen *screen, const char *text);

/* One line of the screen without the blanks at its end; valid until the next call. */
const char *screen_line(struct screen *screen, int row);

/*
 * Waits for the end: the exit status, or 128 + the signal's number. Requires that the terminal is
 * as it was: its settings, its first screen, a cursor that can be seen.
 */
int screen_end(struct screen *screen);

#endif
