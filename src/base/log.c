/*
 * The log. Its level, whether standard error is the journal, and how many lines were lost
 * are the only state that is global in the program; they live as long as it does. A line is
 * formatted on the stack and written with one call, so lines of several processes do not mix.
 *
 * Standard error may be a pipe that nobody reads. To wait for a reader would stop every
 * peer's work, so a line is written only where that takes no waiting, and else it is lost;
 * the next one that can be written says how many were.
 */
#include <config.h>

#include "base/log.h"

#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define LOG_LINE_MAX 2048
#define LOG_TEXT_MAX 64

static const char *const level_names[] = {
	[LOG_LEVEL_ERROR] = "error",
	[LOG_LEVEL_WARNING] = "warning",
	[LOG_LEVEL_INFO] = "info",
	[LOG_LEVEL_DEBUG] = "debug",
};

/* The priorities of syslog, which the journal reads from the prefix. */
static const int level_priorities[] = {
	[LOG_LEVEL_ERROR] = 3,
	[LOG_LEVEL_WARNING] = 4,
	[LOG_LEVEL_INFO] = 6,
	[LOG_LEVEL_DEBUG] = 7,
};

static enum log_level log_level = LOG_LEVEL_INFO;

bool
log_level_parse(const char *name, enum log_level *ret)
{
	for (size_t i = 0; i < sizeof(level_names) / sizeof(level_names[0]); i++) {
		if (strcmp(name, level_names[i]) == 0) {
			*ret = (enum log_level)i;
			return true;
		}
	}
	return false;
}

const char *
log_level_name(enum log_level level)
{
	return level_names[level];
}

void
log_set_level(enum log_level level)
{
	log_level = level;
}

enum log_level
log_get_level(void)
{
	return log_level;
}

/* Systemd tells device and inode of the journal's stream, which stderr may not be any more. */
static bool
stderr_is_journal(void)
{
	const char *stream = getenv("JOURNAL_STREAM");
	char expected[64];
	struct stat st;

	if (stream == NULL || fstat(STDERR_FILENO, &st) != 0)
		return false;
	snprintf(expected, sizeof(expected), "%llu:%llu", (unsigned long long)st.st_dev,
		(unsigned long long)st.st_ino);
	return strcmp(stream, expected) == 0;
}

/* Where a pipe is said to be writable there is room for a page, which is more than is written. */
static bool
has_room(void)
{
	struct pollfd fd = {.fd = STDERR_FILENO, .events = POLLOUT};
	int n;

	do
		n = poll(&fd, 1, 0);
	while (n < 0 && errno == EINTR);
	return n == 1 && (fd.revents & POLLOUT) != 0;
}

bool
log_write(const char *data, size_t len)
{
	if (!has_room())
		return false;
	while (len > 0) {
		ssize_t n = write(STDERR_FILENO, data, len);

		if (n < 0 && errno != EINTR)
			break;
		data += n < 0 ? 0 : n;
		len -= n < 0 ? 0 : (size_t)n;
		if (len > 0 && !has_room())
			break;
	}
	return true;
}

static size_t
add_prefix(char *line, size_t size, enum log_level level)
{
	static enum { UNKNOWN, TERMINAL, JOURNAL } sink;
	int n = 0;

	if (sink == UNKNOWN)
		sink = stderr_is_journal() ? JOURNAL : TERMINAL;
	if (sink == JOURNAL)
		n = snprintf(line, size, "<%d>", level_priorities[level]);
	return (size_t)(n + snprintf(line + n, size - (size_t)n, "%s: ", level_names[level]));
}

static size_t
add_loss(char *line, size_t size, unsigned lost)
{
	size_t used = add_prefix(line, size, LOG_LEVEL_WARNING);

	return used + (size_t)snprintf(line + used, size - used,
			      "%u lines of the log were lost: nobody read them\n", lost);
}

static void __attribute__((format(printf, 2, 0)))
log_line(enum log_level level, const char *format, va_list args)
{
	static unsigned lost;
	int saved_errno = errno;
	char line[LOG_LINE_MAX];
	size_t room, used = 0;
	int n;

	if (lost > 0)
		used = add_loss(line, sizeof(line), lost);
	used += add_prefix(line + used, sizeof(line) - used, level);
	room = sizeof(line) - used - 1; /* one byte is for the newline */
	errno = saved_errno;            /* for %m */
	n = vsnprintf(line + used, room, format, args);
	if (n > 0)
		used += (size_t)n < room ? (size_t)n : room - 1;
	line[used++] = '\n';
	lost = log_write(line, used) ? 0 : lost + 1;
	errno = saved_errno;
}

void
log_error(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	log_line(LOG_LEVEL_ERROR, format, args);
	va_end(args);
}

void
log_warning(const char *format, ...)
{
	va_list args;

	if (log_level < LOG_LEVEL_WARNING)
		return;
	va_start(args, format);
	log_line(LOG_LEVEL_WARNING, format, args);
	va_end(args);
}

void
log_info(const char *format, ...)
{
	va_list args;

	if (log_level < LOG_LEVEL_INFO)
		return;
	va_start(args, format);
	log_line(LOG_LEVEL_INFO, format, args);
	va_end(args);
}

void
log_debug(const char *format, ...)
{
	va_list args;

	if (log_level < LOG_LEVEL_DEBUG)
		return;
	va_start(args, format);
	log_line(LOG_LEVEL_DEBUG, format, args);
	va_end(args);
}

const char *
log_text(char *out, struct span text)
{
	static const char digits[] = "0123456789abcdef";
	size_t len = text.len < LOG_TEXT_MAX ? text.len : LOG_TEXT_MAX;
	char *at = out;

	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)text.ptr[i];

		if (c >= 0x20 && c < 0x7f && c != '\\') {
			*at++ = (char)c;
		} else {
			*at++ = '\\';
			*at++ = 'x';
			*at++ = digits[c >> 4];
			*at++ = digits[c & 15];
		}
	}
	/* 64 escaped bytes make 256 characters; the dots and the terminator make 260. */
	if (len < text.len) {
		memcpy(at, "...", 3);
		at += 3;
	}
	*at = '\0';
	return out;
}
