/* See terminal.h. Nothing is kept. */
#include <config.h>

#include "cli/terminal.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

/* Where the terminal does not say. */
#define WIDTH_USUAL  80
#define HEIGHT_USUAL 24

struct terminal
terminal_of(int fd)
{
	const char *kind = getenv("TERM");
	const char *no_color = getenv("NO_COLOR");
	struct terminal terminal = {.is_one = isatty(fd) == 1};
	struct winsize size;

	if (!terminal.is_one)
		return terminal;
	terminal.moves = kind != NULL && kind[0] != '\0' && strcmp(kind, "dumb") != 0;
	terminal.colours = terminal.moves && (no_color == NULL || no_color[0] == '\0');
	terminal.width = WIDTH_USUAL;
	terminal.height = HEIGHT_USUAL;
	if (ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 && size.ws_row > 0) {
		terminal.width = size.ws_col;
		terminal.height = size.ws_row;
	}
	return terminal;
}

bool
terminal_is_ours(int fd)
{
	pid_t foreground = tcgetpgrp(fd);

	/* Where it controls nobody there are no jobs. */
	return foreground < 0 || foreground == getpgrp();
}

const char *
style_begin(const struct terminal *terminal, enum style style)
{
	static const char *const codes[STYLE_COUNT] = {
		[STYLE_PLAIN] = "",
		[STYLE_HEADING] = "\033[1m",
		[STYLE_FAINT] = "\033[2m",
		[STYLE_GOOD] = "\033[32m",
		[STYLE_BUSY] = "\033[33m",
		[STYLE_BAD] = "\033[31m",
	};

	return terminal->colours ? codes[style] : "";
}

const char *
style_end(const struct terminal *terminal, enum style style)
{
	return terminal->colours && style != STYLE_PLAIN ? "\033[0m" : "";
}
