/*
 * See screen.h. The screen holds characters alone; colours and the like are read and
 * dropped. Characters of East Asia take two cells, as the C library says.
 */
#include <config.h>

#include "screen.h"

#include <check.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <wchar.h>

#define PARAMS_MAX 8

/* ---- the screen ---------------------------------------------------------- */

static void
clear_cells(struct screen *screen, int row, int from, int to)
{
	for (int column = from; column < to; column++)
		snprintf(screen->cells[row][column], SCREEN_CELL, " ");
}

static void
clear_rows(struct screen *screen, int from, int to)
{
	for (int row = from; row < to; row++)
		clear_cells(screen, row, 0, SCREEN_COLUMNS);
}

static int
clamped(int value, int low, int high)
{
	return value < low ? low : value > high ? high : value;
}

static void
move_to(struct screen *screen, int row, int column)
{
	screen->row = clamped(row, 0, screen->rows - 1);
	screen->column = clamped(column, 0, screen->columns - 1);
}

/* Moves the rows from `row` to the bottom of what scrolls; positive: up. */
static void
scroll(struct screen *screen, int row, int count)
{
	int height = screen->bottom - row + 1;
	int left = height - abs(count);

	if (left <= 0) {
		clear_rows(screen, row, screen->bottom + 1);
	} else if (count > 0) {
		memmove(screen->cells[row], screen->cells[row + count],
			(size_t)left * sizeof screen->cells[0]);
		clear_rows(screen, row + left, screen->bottom + 1);
	} else {
		memmove(screen->cells[row - count], screen->cells[row],
			(size_t)left * sizeof screen->cells[0]);
		clear_rows(screen, row, row - count);
	}
}

static void
line_feed(struct screen *screen)
{
	if (screen->row == screen->bottom)
		scroll(screen, screen->top, 1);
	else
		move_to(screen, screen->row + 1, screen->column);
}

/* Moves the cells of the line from the cursor on; positive: to the left. */
static void
shift_cells(struct screen *screen, int count)
{
	int size = screen->columns - screen->column;
	int left = size - abs(count);
	char(*cells)[SCREEN_CELL] = &screen->cells[screen->row][screen->column];

	if (left > 0 && count > 0)
		memmove(cells, cells + count, (size_t)left * SCREEN_CELL);
	else if (left > 0)
		memmove(cells - count, cells, (size_t)left * SCREEN_CELL);
	if (count > 0)
		clear_cells(screen, screen->row, screen->column + (left > 0 ? left : 0),
			screen->columns);
	else
		clear_cells(screen, screen->row, screen->column,
			screen->column + (left > 0 ? -count : size));
}

/* ---- characters ---------------------------------------------------------- */

/* How many bytes the character has that begins so. */
static size_t
character_length(unsigned char first)
{
	return first < 0xc0 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
}

static int
character_width(const char *character)
{
	static const unsigned char masks[] = {0, 0x7f, 0x1f, 0x0f, 0x07};
	size_t len = strlen(character);
	wchar_t code = (unsigned char)character[0] & masks[len];

	for (size_t i = 1; i < len; i++)
		code = code << 6 | ((unsigned char)character[i] & 0x3f);
	return wcwidth(code);
}

static void
put(struct screen *screen, const char *character)
{
	int width = character_width(character);

	ck_assert_msg(width >= 0, "a character that cannot be printed: %s", character);
	if (width == 0)
		return;
	if (screen->column + width > screen->columns) {
		screen->column = 0;
		line_feed(screen);
	}
	snprintf(screen->cells[screen->row][screen->column], SCREEN_CELL, "%s", character);
	if (width == 2)
		screen->cells[screen->row][screen->column + 1][0] = '\0';
	screen->column += width;
	snprintf(screen->last, sizeof screen->last, "%s", character);
}

/* ---- escape sequences ------------------------------------------------------ */

static void
set_mode(struct screen *screen, int mode, bool on)
{
	if (mode == 1049 && on)
		clear_rows(screen, 0, SCREEN_ROWS);
	if (mode == 1049)
		screen->alternate = on;
	else if (mode == 25)
		screen->cursor_hidden = !on;
}

static void
erase(struct screen *screen, char final, int what)
{
	int row = screen->row;

	clear_cells(screen, row, what == 0 ? screen->column : 0,
		what == 1 ? screen->column + 1 : SCREEN_COLUMNS);
	if (final == 'K')
		return;
	if (what != 1)
		clear_rows(screen, row + 1, SCREEN_ROWS);
	if (what != 0)
		clear_rows(screen, 0, row);
}

static void
set_scrolling(struct screen *screen, int top, int bottom)
{
	screen->top = top > 0 ? top - 1 : 0;
	screen->bottom = bottom > 0 ? bottom - 1 : screen->rows - 1;
	move_to(screen, 0, 0);
}

/* Moves of the cursor; false where it is none. */
static bool
control_cursor(struct screen *screen, char final, int first, int second)
{
	int count = first > 0 ? first : 1;

	switch (final) {
	case 'A':
		move_to(screen, screen->row - count, screen->column);
		return true;
	case 'B':
		move_to(screen, screen->row + count, screen->column);
		return true;
	case 'C':
		move_to(screen, screen->row, screen->column + count);
		return true;
	case 'D':
		move_to(screen, screen->row, screen->column - count);
		return true;
	case 'G':
		move_to(screen, screen->row, count - 1);
		return true;
	case 'd':
		move_to(screen, count - 1, screen->column);
		return true;
	case 'H':
		move_to(screen, count - 1, second > 0 ? second - 1 : 0);
		return true;
	default:
		return false;
	}
}

/* Changes of the text; false where it is none. */
static bool
control_text(struct screen *screen, char final, int first)
{
	int count = first > 0 ? first : 1;

	switch (final) {
	case 'J':
	case 'K':
		erase(screen, final, first);
		return true;
	case 'X':
		clear_cells(screen, screen->row, screen->column,
			clamped(screen->column + count, 0, screen->columns));
		return true;
	case 'P':
		shift_cells(screen, count);
		return true;
	case '@':
		shift_cells(screen, -count);
		return true;
	case 'L':
		scroll(screen, screen->row, -count);
		return true;
	case 'M':
		scroll(screen, screen->row, count);
		return true;
	case 'S':
		scroll(screen, screen->top, count);
		return true;
	case 'T':
		scroll(screen, screen->top, -count);
		return true;
	case 'b':
		while (count-- > 0)
			put(screen, screen->last);
		return true;
	default:
		return false;
	}
}

/* A sequence that begins with ESC [. */
static void
control(struct screen *screen)
{
	const char *at = screen->sequence + 2;
	char final = screen->sequence[screen->sequence_len - 1];
	bool own = *at == '?' || *at == '>';
	int params[PARAMS_MAX] = {0};
	int count = 0;

	at += own;
	for (; count < PARAMS_MAX && *at != final; count++) {
		params[count] = (int)strtol(at, NULL, 10);
		at += strspn(at, "0123456789");
		at += *at == ';';
	}
	if (final == 'h' || final == 'l') {
		for (int i = 0; i < count; i++)
			set_mode(screen, params[i], final == 'h');
	} else if (final == 'r' && !own) {
		set_scrolling(screen, params[0], params[1]);
	} else if (final != 'm' && final != 't' && !own &&
		   !control_cursor(screen, final, params[0], params[1]) &&
		   !control_text(screen, final, params[0])) {
		ck_abort_msg("an unknown sequence: ESC%s", screen->sequence + 1);
	}
}

/* A sequence of ESC and one or two characters. */
static void
escape(struct screen *screen)
{
	switch (screen->sequence[1]) {
	case '7':
		screen->saved_row = screen->row;
		screen->saved_column = screen->column;
		break;
	case '8':
		move_to(screen, screen->saved_row, screen->saved_column);
		break;
	case 'M':
		if (screen->row == screen->top)
			scroll(screen, screen->top, -1);
		else
			move_to(screen, screen->row - 1, screen->column);
		break;
	case '(':
	case ')':
	case '=':
	case '>':
		break;
	default:
		ck_abort_msg("an unknown sequence: ESC%s", screen->sequence + 1);
	}
}

static void
control_character(struct screen *screen, char character)
{
	switch (character) {
	case '\r':
		screen->column = 0;
		break;
	case '\n':
		line_feed(screen);
		break;
	case '\b':
		move_to(screen, screen->row, screen->column - 1);
		break;
	case '\a':
	case '\016':
	case '\017':
		break;
	default:
		ck_abort_msg("a control character: %d", character);
	}
}

/* Whether what was gathered is whole. */
static bool
is_whole(const struct screen *screen)
{
	const char *text = screen->sequence;
	size_t len = screen->sequence_len;
	char last = text[len - 1];

	if (text[0] != '\033')
		return len == character_length((unsigned char)text[0]);
	if (len == 1)
		return false;
	if (text[1] == '[')
		return len > 2 && last >= '@' && last <= '~';
	return text[1] == '(' || text[1] == ')' ? len == 3 : true;
}

static void
take_byte(struct screen *screen, char byte)
{
	ck_assert_uint_lt(screen->sequence_len, sizeof screen->sequence - 1);
	screen->sequence[screen->sequence_len++] = byte;
	screen->sequence[screen->sequence_len] = '\0';
	if (!is_whole(screen))
		return;
	if (screen->sequence[0] == '\033' && screen->sequence[1] == '[')
		control(screen);
	else if (screen->sequence[0] == '\033')
		escape(screen);
	else if ((unsigned char)screen->sequence[0] < 0x20)
		control_character(screen, screen->sequence[0]);
	else
		put(screen, screen->sequence);
	screen->sequence_len = 0;
}

/* ---- reading ------------------------------------------------------------- */

/* Builds the whole screen as text, line by line. */
static const char *
screen_text(struct screen *screen)
{
	size_t len = 0;

	for (int row = 0; row < screen->rows; row++) {
		size_t end = len;

		for (int column = 0; column < screen->columns; column++) {
			const char *cell = screen->cells[row][column];
			size_t size = strlen(cell);

			memcpy(screen->text + len, cell, size);
			len += size;
			if (size != 1 || cell[0] != ' ')
				end = len;
		}
		len = end;
		screen->text[len++] = '\n';
	}
	screen->text[len] = '\0';
	return screen->text;
}

/* Draws what was written since the last time. */
static void
take_written(struct screen *screen)
{
	for (; screen->taken < screen->pty.len; screen->taken++)
		take_byte(screen, screen->pty.text[screen->taken]);
}

void
screen_more(struct screen *screen, const char *what)
{
	ck_assert_msg(pty_read(&screen->pty), "the program ended without %s:\n%s", what,
		screen_text(screen));
	take_written(screen);
}

static bool
screen_has(struct screen *screen, const char *text)
{
	return strstr(screen_text(screen), text) != NULL;
}

void
screen_wait(struct screen *screen, const char *text)
{
	while (!screen_has(screen, text))
		screen_more(screen, text);
}

void
screen_wait_gone(struct screen *screen, const char *text)
{
	while (screen_has(screen, text))
		screen_more(screen, "a change");
}

const char *
screen_line(struct screen *screen, int row)
{
	char *line = (char *)(uintptr_t)screen_text(screen);

	for (; row > 0; row--)
		line = strchr(line, '\n') + 1;
	*strchr(line, '\n') = '\0';
	return line;
}

/* ---- the program ----------------------------------------------------------- */

void
screen_resize(struct screen *screen, int rows, int columns)
{
	struct winsize size = {.ws_row = (unsigned short)rows, .ws_col = (unsigned short)columns};

	ck_assert(rows <= SCREEN_ROWS && columns <= SCREEN_COLUMNS);
	screen->rows = rows;
	screen->columns = columns;
	screen->top = 0;
	screen->bottom = rows - 1;
	move_to(screen, screen->row, screen->column);
	ck_assert_int_eq(ioctl(screen->pty.master, TIOCSWINSZ, &size), 0);
}

void
screen_start(struct screen *screen, const struct daemon *daemon, const char *const *words, int rows,
	int columns)
{
	memset(screen, 0, sizeof *screen);
	clear_rows(screen, 0, SCREEN_ROWS);
	pty_start(&screen->pty, daemon, words, PTY_IN | PTY_OUT | PTY_ERR);
	screen_resize(screen, rows, columns);
}

void
screen_fini(struct screen *screen)
{
	pty_fini(&screen->pty);
}

void
screen_type(struct screen *screen, const char *keys)
{
	pty_type(&screen->pty, keys);
}

int
screen_end(struct screen *screen)
{
	const struct termios *before = &screen->pty.before;
	int status = pty_wait(&screen->pty);
	struct termios after = pty_settings(&screen->pty);

	take_written(screen);
	ck_assert_uint_eq(after.c_iflag, before->c_iflag);
	ck_assert_uint_eq(after.c_oflag, before->c_oflag);
	ck_assert_uint_eq(after.c_lflag, before->c_lflag);
	ck_assert_mem_eq(after.c_cc, before->c_cc, sizeof after.c_cc);
	ck_assert(!screen->alternate);
	ck_assert(!screen->cursor_hidden);
	return status;
}
