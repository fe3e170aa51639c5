/*
 * The scanner behind client/text.h. It owns no memory. A value is read by a loop
 * with a small stack of open brackets, so that no input can exhaust the C stack.
 */
#include <config.h>

#include "client/text_scan.h"

#include <string.h>

static const char NOT_JSON[] = "not a JSON value";
static const char NOT_UTF8[] = "not valid UTF-8";
static const char TOO_DEEP[] = "nested too deep";

static bool
fail(struct inflight_scan *scan, const char *wrong)
{
	scan->wrong = wrong;
	return false;
}

static int
peek(const struct inflight_scan *scan)
{
	return scan->at < scan->end ? (unsigned char)*scan->at : -1;
}

void
inflight_scan_space(struct inflight_scan *scan)
{
	while (scan->at < scan->end &&
		(*scan->at == ' ' || *scan->at == '\t' || *scan->at == '\n' || *scan->at == '\r'))
		scan->at++;
}

/* The length of the valid UTF-8 sequence at `at`, or 0: overlong forms and surrogates are none. */
size_t
inflight_utf8_length(const char *at, const char *end)
{
	const unsigned char *byte = (const unsigned char *)at;
	size_t left = (size_t)(end - at);
	size_t len;
	unsigned char low = 0x80;
	unsigned char high = 0xbf;

	if (byte[0] < 0x80)
		return 1;
	if (byte[0] < 0xc2 || byte[0] > 0xf4)
		return 0;
	len = byte[0] < 0xe0 ? 2 : byte[0] < 0xf0 ? 3 : 4;
	if (left < len)
		return 0;
	if (byte[0] == 0xe0)
		low = 0xa0;
	else if (byte[0] == 0xed)
		high = 0x9f;
	else if (byte[0] == 0xf0)
		low = 0x90;
	else if (byte[0] == 0xf4)
		high = 0x8f;
	if (byte[1] < low || byte[1] > high)
		return 0;
	for (size_t i = 2; i < len; i++) {
		if ((byte[i] & 0xc0) != 0x80)
			return 0;
	}
	return len;
}

static int
hex_digit(int c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

/* Four hexadecimal digits at the scan; -1 where they are not there. */
static int
scan_hex4(struct inflight_scan *scan)
{
	int value = 0;

	if (scan->end - scan->at < 4)
		return -1;
	for (int i = 0; i < 4; i++) {
		int digit = hex_digit((unsigned char)*scan->at++);

		if (digit < 0)
			return -1;
		value = value * 16 + digit;
	}
	return value;
}

/* The code point of a \u escape whose "\u" was read; -1 where it is none or half a pair. */
int32_t
inflight_scan_unicode(struct inflight_scan *scan)
{
	int32_t code = scan_hex4(scan);
	int32_t second;

	if (code < 0xd800 || code > 0xdfff)
		return code;
	if (code > 0xdbff || scan->end - scan->at < 6 || scan->at[0] != '\\' || scan->at[1] != 'u')
		return -1;
	scan->at += 2;
	second = scan_hex4(scan);
	if (second < 0xdc00 || second > 0xdfff)
		return -1;
	return 0x10000 + ((code - 0xd800) << 10) + (second - 0xdc00);
}

static bool
scan_escape(struct inflight_scan *scan)
{
	int c;

	scan->at++;
	c = peek(scan);
	if (c < 0 || c == '\0' || strchr("\"\\/bfnrtu", c) == NULL)
		return fail(scan, NOT_JSON);
	scan->at++;
	if (c == 'u' && inflight_scan_unicode(scan) < 0)
		return fail(scan, NOT_JSON);
	return true;
}

bool
inflight_scan_string(struct inflight_scan *scan)
{
	if (peek(scan) != '"')
		return fail(scan, NOT_JSON);
	scan->at++;
	for (;;) {
		int c = peek(scan);
		size_t len;

		if (c < 0x20)
			return fail(scan, NOT_JSON);
		if (c == '"') {
			scan->at++;
			return true;
		}
		if (c == '\\') {
			if (!scan_escape(scan))
				return false;
			continue;
		}
		len = inflight_utf8_length(scan->at, scan->end);
		if (len == 0)
			return fail(scan, NOT_UTF8);
		scan->at += len;
	}
}

/* One digit or more. */
static bool
scan_digits(struct inflight_scan *scan)
{
	const char *from = scan->at;

	while (scan->at < scan->end && *scan->at >= '0' && *scan->at <= '9')
		scan->at++;
	return scan->at > from;
}

static bool
scan_number(struct inflight_scan *scan)
{
	if (peek(scan) == '-')
		scan->at++;
	if (peek(scan) == '0')
		scan->at++;
	else if (!scan_digits(scan))
		return fail(scan, NOT_JSON);
	if (peek(scan) == '.') {
		scan->at++;
		if (!scan_digits(scan))
			return fail(scan, NOT_JSON);
	}
	if (peek(scan) == 'e' || peek(scan) == 'E') {
		scan->at++;
		if (peek(scan) == '+' || peek(scan) == '-')
			scan->at++;
		if (!scan_digits(scan))
			return fail(scan, NOT_JSON);
	}
	return true;
}

static bool
scan_literal(struct inflight_scan *scan, const char *literal)
{
	size_t len = strlen(literal);

	if ((size_t)(scan->end - scan->at) < len || memcmp(scan->at, literal, len) != 0)
		return fail(scan, NOT_JSON);
	scan->at += len;
	return true;
}

static bool
scan_scalar(struct inflight_scan *scan)
{
	switch (peek(scan)) {
	case '"':
		return inflight_scan_string(scan);
	case 't':
		return scan_literal(scan, "true");
	case 'f':
		return scan_literal(scan, "false");
	case 'n':
		return scan_literal(scan, "null");
	default:
		return scan_number(scan);
	}
}

/* The name of a member and its colon. */
static bool
scan_name(struct inflight_scan *scan)
{
	inflight_scan_space(scan);
	if (!inflight_scan_string(scan))
		return false;
	inflight_scan_space(scan);
	if (peek(scan) != ':')
		return fail(scan, NOT_JSON);
	scan->at++;
	return true;
}

/*
 * After a value: closes what ends here and stands before the next value, or at the end of the
 * outermost one, with `depth` 0.
 */
static bool
scan_after_value(struct inflight_scan *scan, const char *open, unsigned *depth)
{
	while (*depth > 0) {
		bool in_object = open[*depth - 1] == '{';

		inflight_scan_space(scan);
		if (peek(scan) == ',') {
			scan->at++;
			return !in_object || scan_name(scan);
		}
		if (peek(scan) != (in_object ? '}' : ']'))
			return fail(scan, NOT_JSON);
		scan->at++;
		--*depth;
	}
	return true;
}

/* One value at the scan, which must stand on its first byte. */
bool
inflight_scan_value(struct inflight_scan *scan, unsigned depth_max)
{
	char open[INFLIGHT_SCAN_DEPTH_MAX];
	unsigned depth = 0;

	do {
		int c;

		inflight_scan_space(scan);
		c = peek(scan);
		if (c == '{' || c == '[') {
			if (depth == depth_max || depth == INFLIGHT_SCAN_DEPTH_MAX)
				return fail(scan, TOO_DEEP);
			open[depth++] = (char)c;
			scan->at++;
			inflight_scan_space(scan);
			if (peek(scan) == (c == '{' ? '}' : ']')) {
				scan->at++;
				depth--;
			} else if (c == '[' || scan_name(scan)) {
				continue;
			} else {
				return false;
			}
		} else if (!scan_scalar(scan)) {
			return false;
		}
		if (!scan_after_value(scan, open, &depth))
			return false;
	} while (depth > 0);
	return true;
}
