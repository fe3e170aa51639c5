/*
 * See screen.h. The screen holds characters alone; colours and the like are read and
 * dropped. Characters of East Asia take two cells, as the C library says.
 */
#include <config.h>

#include "screen.h"

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <wchar.h>

#include "process.h"

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

static int64_t
now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

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

/* Takes what comes until `deadline`; fails the test where nothing does. */
static void
read_more(struct screen *screen, int64_t deadline, const char *what)
{
	struct pollfd fd = {.fd = screen->master, .events = POLLIN};
	int64_t left = deadline - now_ms();
	char bytes[4096];
	ssize_t len;

	if (poll(&fd, 1, left < 0 ? 0 : (int)left) == 0)
		ck_abort_msg("no %s on the screen:\n%s", what, screen_text(screen));
	len = read(screen->master, bytes, sizeof bytes);
	/* EIO is what is read where nobody has the other side any more. */
	ck_assert_msg(len > 0, "the program ended without %s:\n%s", what, screen_text(screen));
	for (ssize_t i = 0; i < len; i++)
		take_byte(screen, bytes[i]);
}

void
screen_more(struct screen *screen, const char *what)
{
	read_more(screen, now_ms() + process_timeout_ms(), what);
}

static bool
screen_has(struct screen *screen, const char *text)
{
	return strstr(screen_text(screen), text) != NULL;
}

void
screen_wait(struct screen *screen, const char *text)
{
	int64_t deadline = now_ms() + process_timeout_ms();

	while (!screen_has(screen, text))
		read_more(screen, deadline, text);
}

void
screen_wait_gone(struct screen *screen, const char *text)
{
	int64_t deadline = now_ms() + process_timeout_ms();

	while (screen_has(screen, text))
		read_more(screen, deadline, "change");
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

static void
set_size(struct screen *screen, int rows, int columns)
{
	struct winsize size = {.ws_row = (unsigned short)rows, .ws_col = (unsigned short)columns};

	ck_assert(rows <= SCREEN_ROWS && columns <= SCREEN_COLUMNS);
	screen->rows = rows;
	screen->columns = columns;
	screen->top = 0;
	screen->bottom = rows - 1;
	move_to(screen, screen->row, screen->column);
	ck_assert_int_eq(ioctl(screen->master, TIOCSWINSZ, &size), 0);
}

static void __attribute__((noreturn)) run_child(int slave, const char *const *argv)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	setsid();
	ioctl(slave, TIOCSCTTY, 0);
	dup2(slave, STDIN_FILENO);
	dup2(slave, STDOUT_FILENO);
	dup2(slave, STDERR_FILENO);
	setenv("TERM", "xterm", 1);
	unsetenv("NO_COLOR");
	unsetenv("LINES");
	unsetenv("COLUMNS");
	execvp(argv[0], (char *const *)(uintptr_t)argv);
	_exit(127);
}

void
screen_start(struct screen *screen, const char *const *argv, int rows, int columns)
{
	char path[64];

	memset(screen, 0, sizeof *screen);
	clear_rows(screen, 0, SCREEN_ROWS);
	screen->master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	ck_assert_int_ge(screen->master, 0);
	ck_assert_int_eq(grantpt(screen->master), 0);
	ck_assert_int_eq(unlockpt(screen->master), 0);
	ck_assert_int_eq(ptsname_r(screen->master, path, sizeof path), 0);
	screen->slave = open(path, O_RDWR | O_NOCTTY | O_CLOEXEC);
	ck_assert_int_ge(screen->slave, 0);
	ck_assert_int_eq(tcgetattr(screen->slave, &screen->before), 0);
	set_size(screen, rows, columns);
	fflush(NULL);
	screen->pid = fork();
	ck_assert_int_ge(screen->pid, 0);
	if (screen->pid == 0)
		run_child(screen->slave, argv);
}

void
screen_fini(struct screen *screen)
{
	if (screen->pid > 0) {
		kill(screen->pid, SIGKILL);
		waitpid(screen->pid, NULL, 0);
	}
	close(screen->slave);
	close(screen->master);
}

void
screen_type(struct screen *screen, const char *keys)
{
	ck_assert_int_eq(write(screen->master, keys, strlen(keys)), (ssize_t)strlen(keys));
}

void
screen_resize(struct screen *screen, int rows, int columns)
{
	set_size(screen, rows, columns);
}

/* Reads all that the program wrote before it ended. */
static void
read_rest(struct screen *screen)
{
	struct pollfd fd = {.fd = screen->master, .events = POLLIN};

	while (poll(&fd, 1, 0) > 0 && (fd.revents & POLLIN) != 0)
		read_more(screen, now_ms(), "rest");
}

int
screen_end(struct screen *screen)
{
	int64_t deadline = now_ms() + process_timeout_ms();
	struct termios after;
	int status;
	pid_t ended;

	while ((ended = waitpid(screen->pid, &status, WNOHANG)) == 0) {
		struct pollfd fd = {.fd = screen->master, .events = POLLIN};

		ck_assert_msg(now_ms() < deadline, "it does not end:\n%s", screen_text(screen));
		if (poll(&fd, 1, 10) > 0)
			read_more(screen, deadline, "end");
	}
	ck_assert_int_eq(ended, screen->pid);
	screen->pid = -1;
	read_rest(screen);
	ck_assert_int_eq(tcgetattr(screen->slave, &after), 0);
	ck_assert_uint_eq(after.c_iflag, screen->before.c_iflag);
	ck_assert_uint_eq(after.c_oflag, screen->before.c_oflag);
	ck_assert_uint_eq(after.c_lflag, screen->before.c_lflag);
	ck_assert_mem_eq(after.c_cc, screen->before.c_cc, sizeof after.c_cc);
	ck_assert(!screen->alternate);
	ck_assert(!screen->cursor_hidden);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
