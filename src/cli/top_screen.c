/*
 * Curses has its own static memory, so there is one screen; `screen` says whether it is
 * there. Curses gets to see SIGTSTP alone: the other signals are caught before it starts.
 */
#include <config.h>

#include "cli/top_screen.h"

/* Without it curses knows no wide characters. */
#define NCURSES_WIDECHAR 1
#include <curses.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <term.h>
#include <termios.h>
#include <unistd.h>

/* Names of term.h that are words elsewhere. */
#undef columns
#undef lines

#include "cli/report.h"
#include "cli/terminal.h"
#include "cli/top_state.h"

#define ESCAPE_MS 25 /* what follows an escape later than that is a key of its own */
#define ESCAPE    27
#define DELETE    127

enum top_colour {
	COLOUR_TITLE = 1,
	COLOUR_PAUSED,
	COLOUR_NOTICE,
};

static SCREEN *screen;

static void
begin_colours(void)
{
	struct terminal terminal = terminal_of(STDOUT_FILENO);

	if (!terminal.colours || !has_colors() || start_color() == ERR)
		return;
	use_default_colors();
	init_pair(COLOUR_TITLE, COLOR_CYAN, -1);
	init_pair(COLOUR_PAUSED, COLOR_YELLOW, -1);
	init_pair(COLOUR_NOTICE, COLOR_RED, -1);
}

/* A core file on a key would leave the terminal as curses made it. */
static void
no_quit_key(void)
{
	struct termios settings;

	if (tcgetattr(STDIN_FILENO, &settings) != 0)
		return;
	settings.c_cc[VQUIT] = _POSIX_VDISABLE;
	tcsetattr(STDIN_FILENO, TCSANOW, &settings);
	def_prog_mode();
}

/* Whether curses can do anything with the terminal; its own failure would leak. */
static bool
is_known(void)
{
	int error;

	if (setupterm(NULL, STDOUT_FILENO, &error) == ERR)
		return false;
	del_curterm(cur_term);
	return true;
}

bool
top_screen_open(void)
{
	if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO)) {
		report("top needs a terminal; inflight top --once prints what is there now");
		return false;
	}
	screen = is_known() ? newterm(NULL, stdout, stdin) : NULL;
	if (screen == NULL) {
		report("this terminal cannot be used for top; inflight top --once needs none");
		return false;
	}
	atexit(top_screen_close);
	cbreak();
	noecho();
	nonl();
	no_quit_key();
	keypad(stdscr, TRUE);
	nodelay(stdscr, TRUE);
	set_escdelay(ESCAPE_MS);
	curs_set(0);
	begin_colours();
	return true;
}

void
top_screen_close(void)
{
	if (screen == NULL)
		return;
	endwin();
	delscreen(screen);
	screen = NULL;
}

void
top_screen_size(size_t *ret_width, size_t *ret_height)
{
	struct winsize size;

	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_row > 0 && size.ws_col > 0 &&
		is_term_resized(size.ws_row, size.ws_col)) {
		resizeterm(size.ws_row, size.ws_col);
		/* What the terminal made of the old picture is not known. */
		clearok(stdscr, TRUE);
	}
	*ret_width = (size_t)COLS;
	*ret_height = (size_t)LINES;
}

static attr_t
attributes(enum top_look look)
{
	static const attr_t table[TOP_LOOKS] = {
		[TOP_LOOK_TITLE] = A_BOLD | COLOR_PAIR(COLOUR_TITLE),
		[TOP_LOOK_HEADER] = A_REVERSE,
		[TOP_LOOK_SELECTED] = A_REVERSE | A_BOLD,
		[TOP_LOOK_PAUSED] = COLOR_PAIR(COLOUR_PAUSED),
		[TOP_LOOK_FAINT] = A_DIM,
		[TOP_LOOK_NOTICE] = A_BOLD | COLOR_PAIR(COLOUR_NOTICE),
	};

	return table[look];
}

void
top_screen_draw(const struct top_frame *frame)
{
	erase();
	for (size_t i = 0; i < frame->count && i < (size_t)LINES; i++) {
		struct inflight_span line = top_frame_line(frame, i);
		enum top_look look = frame->lines[i].look;

		attrset(attributes(look));
		mvaddnstr((int)i, 0, line.ptr, (int)line.len);
		if (look == TOP_LOOK_HEADER || look == TOP_LOOK_SELECTED)
			mvchgat((int)i, 0, -1, attributes(look) & ~A_COLOR, 0, NULL);
	}
	attrset(A_NORMAL);
	refresh();
}

static uint32_t
function_key(wint_t key)
{
	static const struct {
		wint_t curses;
		uint32_t key;
	} keys[] = {
		{KEY_UP, TOP_KEY_UP},
		{KEY_DOWN, TOP_KEY_DOWN},
		{KEY_LEFT, TOP_KEY_LEFT},
		{KEY_RIGHT, TOP_KEY_RIGHT},
		{KEY_PPAGE, TOP_KEY_PAGE_UP},
		{KEY_NPAGE, TOP_KEY_PAGE_DOWN},
		{KEY_HOME, TOP_KEY_HOME},
		{KEY_END, TOP_KEY_END},
		{KEY_ENTER, TOP_KEY_ENTER},
		{KEY_BACKSPACE, TOP_KEY_BACKSPACE},
	};

	for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
		if (keys[i].curses == key)
			return keys[i].key;
	}
	return 0;
}

/* What control characters stand for. */
static uint32_t
character_key(wint_t character)
{
	switch (character) {
	case '\r':
	case '\n':
		return TOP_KEY_ENTER;
	case ESCAPE:
		return TOP_KEY_ESCAPE;
	case '\b':
	case DELETE:
		return TOP_KEY_BACKSPACE;
	default:
		return (uint32_t)character;
	}
}

uint32_t
top_screen_key(void)
{
	wint_t key;
	uint32_t meant = 0;
	int kind;

	/* Keys that mean nothing here are passed over. */
	while (meant == 0 && (kind = get_wch(&key)) != ERR)
		meant = kind == KEY_CODE_YES ? function_key(key) : character_key(key);
	return meant;
}
