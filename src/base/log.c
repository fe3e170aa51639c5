/*
 * The log. Its level and form, whether standard error is the journal, and how many lines were
 * lost are the only state that is global in the program; they live as long as it does. A line is
 * formatted on the stack and written with one call, so lines of several processes do not mix.
 *
 * Standard error may be a pipe that nobody reads. To wait for a reader would stop every
 * peer's work, so a line is written only where that takes no waiting, and else it is lost;
 * the next one that can be written says how many were.
 */
#include <config.h>

#include "base/log.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define LOG_LINE_MAX    4000 /* what fits into a page, with something to spare */
#define LOG_MESSAGE_MAX 2000 /* of a line, escapes included; so are the next ones */
#define LOG_VALUE_MAX   400
#define LOG_TEXT_MAX    64

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
static enum log_format log_format = LOG_FORMAT_TEXT;

void
log_set_format(enum log_format format)
{
	log_format = format;
}

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

/* ---- a line ------------------------------------------------------------------ */

struct line {
	char text[LOG_LINE_MAX];
	size_t len;
};

/* One byte is kept for the newline. */
static void
add_bytes(struct line *line, const char *bytes, size_t len)
{
	size_t room = sizeof(line->text) - 1 - line->len;
	size_t n = len < room ? len : room;

	memcpy(line->text + line->len, bytes, n);
	line->len += n;
}

static void
add(struct line *line, const char *text)
{
	add_bytes(line, text, strlen(text));
}

/* A byte as it stands between quotes: where it is not plain it is written as \xNN. */
static size_t
escape(char *out, unsigned char c)
{
	static const char digits[] = "0123456789abcdef";
	size_t len = 0;

	if (c == '"' || c == '\\') {
		out[0] = '\\';
		out[1] = (char)c;
		return 2;
	}
	if (c >= 0x20 && c < 0x7f) {
		out[0] = (char)c;
		return 1;
	}
	/* JSON knows no such escape: there the backslash has to be one itself. */
	out[len++] = '\\';
	if (log_format == LOG_FORMAT_JSON)
		out[len++] = '\\';
	out[len++] = 'x';
	out[len++] = digits[c >> 4];
	out[len++] = digits[c & 15];
	return len;
}

static void
add_quoted(struct line *line, const char *text, size_t most)
{
	size_t end = line->len + most;
	char escaped[8];

	add(line, "\"");
	for (; *text != '\0' && line->len < end; text++)
		add_bytes(line, escaped, escape(escaped, (unsigned char)*text));
	add(line, *text == '\0' ? "\"" : "...\"");
}

/* May that value stand without quotes? */
static bool
is_plain(const char *text)
{
	const char *at = text;

	while (*at > ' ' && *at < 0x7f && strchr("\"\\=", *at) == NULL)
		at++;
	return *at == '\0' && at != text;
}

static void
add_field(struct line *line, const struct log_field *field)
{
	bool is_json = log_format == LOG_FORMAT_JSON;
	char number[24];

	add(line, is_json ? ",\"" : " ");
	add(line, field->key);
	add(line, is_json ? "\":" : "=");
	if (field->text == NULL) {
		snprintf(number, sizeof(number), "%" PRIu64, field->number);
		add(line, number);
	} else if (!is_json && strlen(field->text) < LOG_VALUE_MAX && is_plain(field->text)) {
		add(line, field->text);
	} else {
		add_quoted(line, field->text, LOG_VALUE_MAX);
	}
}

static void
add_priority(struct line *line, enum log_level level)
{
	static enum { UNKNOWN, TERMINAL, JOURNAL } sink;
	char priority[8];

	if (sink == UNKNOWN)
		sink = stderr_is_journal() ? JOURNAL : TERMINAL;
	if (sink != JOURNAL)
		return;
	snprintf(priority, sizeof(priority), "<%d>", level_priorities[level]);
	add(line, priority);
}

/* In UTC, to the millisecond. */
static void
add_time(struct line *line)
{
	struct timespec now = {0};
	struct tm tm = {0};
	char text[40];
	size_t len;

	(void)clock_gettime(CLOCK_REALTIME, &now);
	(void)gmtime_r(&now.tv_sec, &tm);
	len = strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &tm);
	snprintf(text + len, sizeof(text) - len, ".%03dZ", (int)(now.tv_nsec / 1000000));
	add(line, text);
}

static void
add_head(struct line *line, enum log_level level, const char *message)
{
	add_priority(line, level);
	switch (log_format) {
	case LOG_FORMAT_TEXT:
		add(line, level_names[level]);
		add(line, ": ");
		add_bytes(line, message, strnlen(message, LOG_MESSAGE_MAX));
		return;
	case LOG_FORMAT_KEYS:
		add(line, "time=");
		add_time(line);
		add(line, " level=");
		add(line, level_names[level]);
		add(line, " msg=");
		add_quoted(line, message, LOG_MESSAGE_MAX);
		return;
	case LOG_FORMAT_JSON:
		add(line, "{\"time\":\"");
		add_time(line);
		add(line, "\",\"level\":\"");
		add(line, level_names[level]);
		add(line, "\",\"msg\":");
		add_quoted(line, message, LOG_MESSAGE_MAX);
		return;
	}
}

static bool
write_line(enum log_level level, const char *message, const struct log_field *fields)
{
	struct line line = {.len = 0};

	add_head(&line, level, message);
	for (; fields != NULL && fields->key != NULL; fields++)
		add_field(&line, fields);
	if (log_format == LOG_FORMAT_JSON)
		add(&line, "}");
	line.text[line.len++] = '\n';
	return log_write(line.text, line.len);
}

/* What was lost is told first, where the next line can be written. */
static void
log_line(enum log_level level, const char *message, const struct log_field *fields)
{
	static uint64_t lost;
	int saved_errno = errno;

	if (lost > 0) {
		const struct log_field count[] = {LOG_NUMBER("lost", lost), {NULL, NULL, 0}};

		if (write_line(LOG_LEVEL_WARNING, "lines of the log were lost: nobody read them",
			    count))
			lost = 0;
	}
	if (lost > 0 || !write_line(level, message, fields))
		lost++;
	errno = saved_errno;
}

void
log_event(enum log_level level, const char *message, const struct log_field *fields)
{
	if (level <= log_level)
		log_line(level, message, fields);
}

/* `errno` is as the caller left it, for %m. */
static void __attribute__((format(printf, 2, 0)))
log_format_line(enum log_level level, const char *format, va_list args)
{
	char message[LOG_MESSAGE_MAX];
	int saved_errno = errno;

	vsnprintf(message, sizeof(message), format, args);
	errno = saved_errno;
	log_line(level, message, NULL);
}

void
log_error(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	log_format_line(LOG_LEVEL_ERROR, format, args);
	va_end(args);
}

void
log_warning(const char *format, ...)
{
	va_list args;

	if (log_level < LOG_LEVEL_WARNING)
		return;
	va_start(args, format);
	log_format_line(LOG_LEVEL_WARNING, format, args);
	va_end(args);
}

void
log_info(const char *format, ...)
{
	va_list args;

	if (log_level < LOG_LEVEL_INFO)
		return;
	va_start(args, format);
	log_format_line(LOG_LEVEL_INFO, format, args);
	va_end(args);
}

void
log_debug(const char *format, ...)
{
	va_list args;

	if (log_level < LOG_LEVEL_DEBUG)
		return;
	va_start(args, format);
	log_format_line(LOG_LEVEL_DEBUG, format, args);
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
