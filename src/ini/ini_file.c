/*
 * It is read with inih (Debian's libinih), which cuts lines into name and value and
 * leaves everything else to its caller. libconfuse was the other candidate; it puts the
 * environment into strings, drops characters it does not know, takes "//" in a path for a
 * comment, and accepts a file that ends inside a section or a comment. With inih a mistake
 * stays on its line. What inih lacks is made up for in the function that hands it the lines:
 *
 *   - it counts the lines, because Debian's build does not tell the number;
 *   - a line longer than inih's buffer is an error, where inih would cut it;
 *   - leading white space is dropped, where inih would take the line for more of the last value;
 *   - section headers are read there: inih keeps 49 bytes of a name, tells of a section
 *     only with its first option, and ignores what follows the bracket.
 */
#include <config.h>

#include "ini/ini_file.h"

#include <errno.h>
#include <fcntl.h>
#include <ini.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/check.h"

#define FILE_MAX_BYTES (4u << 20)
#define READ_STEP      65536

struct reading {
	struct ini_taker *taker;
	struct buf *text; /* what is left to read */
	bool failed;
	char why[INI_WHY_SIZE];
};

static void
reading_fail(struct reading *reading, const char *why)
{
	reading->failed = true;
	snprintf(reading->why, sizeof(reading->why), "%s", why);
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

static struct span
trim(struct span line)
{
	while (line.len > 0 && is_blank(line.ptr[0]))
		line = span_make(line.ptr + 1, line.len - 1);
	while (line.len > 0 && is_blank(line.ptr[line.len - 1]))
		line.len--;
	return line;
}

static bool
has_control(struct span line)
{
	for (size_t i = 0; i < line.len; i++) {
		unsigned char c = (unsigned char)line.ptr[i];

		if ((c < ' ' && c != '\t') || c == 0x7f)
			return true;
	}
	return false;
}

/* For inih, like fgets(). The end of the text and an error are the end. */
static char *
next_line(char *str, int num, void *arg)
{
	struct reading *reading = arg;
	struct span left = buf_span(reading->text);
	const char *end = memchr(left.ptr, '\n', left.len);
	size_t len = end == NULL ? left.len : (size_t)(end - left.ptr);
	struct span line = trim(span_make(left.ptr, len));

	CHECK(num > 2);
	if (reading->failed || left.len == 0)
		return NULL;
	reading->taker->line++;
	if (has_control(line)) {
		reading_fail(reading, "there is a control character on the line");
	} else if (line.len > 0 && line.ptr[0] == '[') {
		reading->failed = !reading->taker->section(reading->taker->arg, line, reading->why);
		line.len = 0;
	} else if (line.len > (size_t)num - 2) {
		snprintf(reading->why, sizeof(reading->why), "the line is longer than %d bytes",
			num - 2);
		reading->failed = true;
	}
	if (reading->failed)
		return NULL;
	memcpy(str, line.ptr, line.len);
	memcpy(str + line.len, "\n", 2);
	buf_consume(reading->text, end == NULL ? len : len + 1);
	return str;
}

/* For inih: one NAME = VALUE. */
static int
one_value(void *arg, const char *section, const char *name, const char *value)
{
	struct reading *reading = arg;

	(void)section;
	if (reading->taker->value(reading->taker->arg, name, value, reading->why))
		return 1;
	reading->failed = true;
	return 0;
}

static bool
fail_file(const char *path, const char *why, char *error)
{
	snprintf(error, INI_ERROR_SIZE, "%.300s: %s", path, why);
	return false;
}

/* Appends the whole file; false with errno. */
static bool
read_all(int fd, struct buf *text)
{
	ssize_t n;

	do {
		n = read(fd, buf_reserve(text, READ_STEP), READ_STEP);
		if (n > 0)
			buf_commit(text, (size_t)n);
	} while ((n > 0 && buf_len(text) <= FILE_MAX_BYTES) || (n < 0 && errno == EINTR));
	return n >= 0;
}

/* A file that is read again while the daemon serves must not make it wait, as a pipe could. */
bool
ini_file_load(const char *path, struct buf *text, struct stat *ret, char *error)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat st;
	bool good;

	if (fd < 0)
		return fail_file(path, strerror(errno), error);
	if (fstat(fd, &st) != 0)
		good = fail_file(path, strerror(errno), error);
	else if (!S_ISREG(st.st_mode))
		good = fail_file(path, "not a regular file", error);
	else
		good = read_all(fd, text) || fail_file(path, strerror(errno), error);
	close(fd);
	if (good && buf_len(text) > FILE_MAX_BYTES)
		return fail_file(path, "larger than 4 MiB", error);
	/* A byte order mark, as some editors put it. */
	if (span_starts_with(buf_span(text), SPAN("\xef\xbb\xbf")))
		buf_consume(text, 3);
	if (good)
		*ret = st;
	return good;
}

void
ini_file_fail(const char *path, unsigned line, const char *why, char *error)
{
	snprintf(error, INI_ERROR_SIZE, "%.300s:%u: %s", path, line, why);
}

bool
ini_file_parse(const char *path, struct buf *text, struct ini_taker *taker, char *error)
{
	struct reading reading = {.taker = taker, .text = text};
	char forms[INI_WHY_SIZE];
	int bad_line;

	taker->line = 0;
	bad_line = ini_parse_stream(next_line, &reading, one_value, &reading);
	/* inih goes on after a line it cannot read, and tells of the first such line. */
	if (bad_line > 0 && (!reading.failed || (unsigned)bad_line < taker->line)) {
		taker->line = (unsigned)bad_line;
		snprintf(forms, sizeof(forms), "neither %s", taker->forms);
		reading_fail(&reading, forms);
	}
	if (bad_line < 0)
		reading_fail(&reading, "it cannot be read to its end");
	if (reading.failed)
		ini_file_fail(path, taker->line, reading.why, error);
	return !reading.failed;
}
