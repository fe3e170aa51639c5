/*
 * Programs on a terminal: a pseudo-terminal of 80 columns and 40 lines in the place of
 * some of their standard streams, the others being pipes as usual.
 */
#ifndef INFLIGHT_TESTS_PTY_H
#define INFLIGHT_TESTS_PTY_H

#include <termios.h>

#include "cli_helper.h"

/* Which streams are the terminal. */
enum {
	PTY_IN = 1 << 0,
	PTY_OUT = 1 << 1,
	PTY_ERR = 1 << 2,
	PTY_BACKGROUND = 1 << 3, /* and another job is at work there, as behind `&` in a shell */
};

struct pty {
	int master;
	struct termios before; /* how the terminal was set at first */
	char *text;            /* what was written to the terminal so far */
	size_t len;
	struct program program;
};

/* Starts `inflight -s ADDRESS WORDS...` with these streams on a new terminal. */
void
pty_start(struct pty *pty, const struct daemon *daemon, const char *const *words, unsigned streams);

/* Reads once; false where nobody has the terminal open any more. */
bool pty_read(struct pty *pty);

/* Reads until `needle` was written; fails the test where the program ends before. */
void pty_wait_for(struct pty *pty, const char *needle);

/* Types it. */
void pty_type(struct pty *pty, const char *text);

/* Reads all up to the end of the program; returns its status. */
int pty_wait(struct pty *pty);
void pty_fini(struct pty *pty);

/* How the terminal is set. */
struct termios pty_settings(const struct pty *pty);

#endif
