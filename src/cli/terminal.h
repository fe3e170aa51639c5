/*
 * What a stream leads to: a terminal or something else, whether it is to have colours,
 * and how wide it is.
 */
#ifndef INFLIGHT_CLI_TERMINAL_H
#define INFLIGHT_CLI_TERMINAL_H

#include <stdbool.h>
#include <stddef.h>

struct terminal {
	bool is_one;
	bool moves;    /* the cursor can be moved: TERM is not "dumb" */
	bool colours;  /* and NO_COLOR is not set */
	size_t width;  /* columns; 0: as many as are wanted */
	size_t height; /* lines, likewise */
};

struct terminal terminal_of(int fd);

/* Not another job's: false for a program that a shell runs in the background of that terminal. */
bool terminal_is_ours(int fd);

enum style {
	STYLE_PLAIN,
	STYLE_HEADING,
	STYLE_FAINT,
	STYLE_GOOD,
	STYLE_BUSY,
	STYLE_BAD,
	STYLE_COUNT, /* how many there are */
};

/* What begins and ends a style on that terminal; "" where it has no colours. */
const char *style_begin(const struct terminal *terminal, enum style style);
const char *style_end(const struct terminal *terminal, enum style style);

#endif
