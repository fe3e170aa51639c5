/*
 * See foreign.h. Nothing is kept.
 */
#include <config.h>

#include "command/foreign.h"

#include <string.h>

bool
foreign_byte(char first)
{
	return first == '\0' || strchr("{[ \t\r\n", first) == NULL;
}

static bool
is_upper(char byte)
{
	return byte >= 'A' && byte <= 'Z';
}

static bool
is_letter(char byte)
{
	return is_upper(byte) || (byte >= 'a' && byte <= 'z');
}

/* NAME: and a value, as in HTTP and mail. */
static bool
is_header(struct span line)
{
	size_t at = 0;

	while (at < line.len && (is_letter(line.ptr[at]) || line.ptr[at] == '-'))
		at++;
	return at > 0 && at < line.len && line.ptr[at] == ':';
}

/* A method in capitals, and behind it a path or the version of HTTP. */
static bool
is_request_line(struct span line)
{
	static const char version[] = " HTTP/";
	size_t at = 0;

	while (at < line.len && is_upper(line.ptr[at]))
		at++;
	if (at == 0 || at + 1 >= line.len || line.ptr[at] != ' ')
		return false;
	return line.ptr[at + 1] == '/' || line.ptr[at + 1] == '*' ||
	       memmem(line.ptr, line.len, version, strlen(version)) != NULL;
}

static bool
is_proxy_header(struct span line)
{
	static const char name[] = "PROXY ";

	return line.len >= strlen(name) && memcmp(line.ptr, name, strlen(name)) == 0;
}

bool
foreign_line(struct span line)
{
	unsigned char first;

	while (line.len > 0 && strchr(" \t\r", line.ptr[0]) != NULL && line.ptr[0] != '\0') {
		line.ptr++;
		line.len--;
	}
	if (line.len == 0)
		return false;
	first = (unsigned char)line.ptr[0];
	return first < ' ' || first == 0x7f || is_header(line) || is_request_line(line) ||
	       is_proxy_header(line);
}
