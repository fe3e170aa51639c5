/*
 * The log. Its level and whether standard error is the journal are the only state that is
 * global in the program; they live as long as it does. A line is formatted on the stack and
 * written with one call, so lines of several processes do not mix.
 */
#include <config.h>

#include "base/log.h"

#include <errno.h>
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

static void
write_all(const char *data, size_t len)
{
	while (len > 0) {
		ssize_t n = write(STDERR_FILENO, data, len);

		if (n < 0) {
			if (errno == EINTR)
				continue;
			return;
		}
		data += n;
		len -= (size_t)n;
	}
}

static void __attribute__((format(printf, 2, 0)))
log_line(enum log_level level, const char *format, va_list args)
{
	static enum { UNKNOWN, TERMINAL, JOURNAL } sink;
	int saved_errno = errno;
	char line[LOG_LINE_MAX];
	size_t room, used = 0;
	int n;

	if (sink == UNKNOWN)
		sink = stderr_is_journal() ? JOURNAL : TERMINAL;
	if (sink == JOURNAL)
		used += (size_t)snprintf(line, sizeof(line), "<%d>", level_priorities[level]);
	used += (size_t)snprintf(line + used, sizeof(line) - used, "%s: ", level_names[level]);
	room = sizeof(line) - used - 1; /* one byte is for the newline */
	errno = saved_errno;            /* for %m */
	n = vsnprintf(line + used, room, format, args);
	if (n > 0)
		used += (size_t)n < room ? (size_t)n : room - 1;
	line[used++] = '\n';
	write_all(line, used);
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
