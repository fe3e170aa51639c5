/*
 * JSON as text: the check, the walk over members, strings and integers. Nothing
 * here owns memory; the spans point into the text.
 */
#include <config.h>

#include "client/text.h"

#include <string.h>

#include "client/text_scan.h"

const char *
inflight_text_check(struct inflight_span text, unsigned depth_max, struct inflight_span *ret_value)
{
	struct inflight_scan scan = {.at = text.ptr, .end = text.ptr + text.len};
	struct inflight_span value;

	inflight_scan_space(&scan);
	value.ptr = scan.at;
	if (!inflight_scan_value(&scan, depth_max))
		return scan.wrong;
	value.len = (size_t)(scan.at - value.ptr);
	inflight_scan_space(&scan);
	if (scan.at != scan.end)
		return "not a JSON value";
	*ret_value = value;
	return NULL;
}

bool
inflight_text_is_utf8(struct inflight_span bytes)
{
	const char *at = bytes.ptr;
	const char *end = bytes.ptr + bytes.len;

	while (at < end) {
		size_t len = inflight_utf8_length(at, end);

		if (len == 0)
			return false;
		at += len;
	}
	return true;
}

void
inflight_walk_init(struct inflight_walk *walk, struct inflight_span value)
{
	bool container = value.len >= 2 && (value.ptr[0] == '{' || value.ptr[0] == '[');

	walk->named = container && value.ptr[0] == '{';
	walk->at = container ? value.ptr + 1 : value.ptr;
	walk->end = container ? value.ptr + value.len - 1 : value.ptr;
}

bool
inflight_walk_next(
	struct inflight_walk *walk, struct inflight_span *ret_name, struct inflight_span *ret_value)
{
	struct inflight_scan scan = {.at = walk->at, .end = walk->end};
	struct inflight_span name = {"", 0};
	struct inflight_span value;

	inflight_scan_space(&scan);
	if (scan.at < scan.end && *scan.at == ',') {
		scan.at++;
		inflight_scan_space(&scan);
	}
	if (scan.at == scan.end)
		return false;
	if (walk->named) {
		name.ptr = scan.at;
		if (!inflight_scan_string(&scan))
			return false;
		name.len = (size_t)(scan.at - name.ptr);
		inflight_scan_space(&scan);
		scan.at++; /* the colon */
		inflight_scan_space(&scan);
	}
	value.ptr = scan.at;
	if (!inflight_scan_value(&scan, INFLIGHT_SCAN_DEPTH_MAX))
		return false;
	value.len = (size_t)(scan.at - value.ptr);
	walk->at = scan.at;
	*ret_name = name;
	*ret_value = value;
	return true;
}

/* Whether a name with its quotes, and maybe escapes, means `wanted`. */
static bool
name_is(struct inflight_span name, const char *wanted)
{
	size_t len = strlen(wanted);
	struct inflight_bytes plain = {0};
	bool same;

	if (memchr(name.ptr, '\\', name.len) == NULL)
		return name.len == len + 2 && memcmp(name.ptr + 1, wanted, len) == 0;
	inflight_text_unquote(name, &plain);
	same = !plain.failed && inflight_bytes_len(&plain) == len &&
	       memcmp(inflight_bytes_span(&plain).ptr, wanted, len) == 0;
	inflight_bytes_fini(&plain);
	return same;
}

size_t
inflight_text_count(struct inflight_span value)
{
	struct inflight_walk walk;
	struct inflight_span name;
	struct inflight_span element;
	size_t count = 0;

	inflight_walk_init(&walk, value);
	while (inflight_walk_next(&walk, &name, &element))
		count++;
	return count;
}

bool
inflight_text_member(struct inflight_span object, const char *name, struct inflight_span *ret_value)
{
	struct inflight_walk walk;
	struct inflight_span found;
	struct inflight_span value;

	inflight_walk_init(&walk, object);
	while (walk.named && inflight_walk_next(&walk, &found, &value)) {
		if (name_is(found, name)) {
			*ret_value = value;
			return true;
		}
	}
	return false;
}

/* Adds a code point in UTF-8. */
static void
add_code_point(struct inflight_bytes *out, int32_t code)
{
	char byte[4];
	size_t len;

	if (code < 0x80) {
		byte[0] = (char)code;
		len = 1;
	} else if (code < 0x800) {
		byte[0] = (char)(0xc0 | code >> 6);
		byte[1] = (char)(0x80 | (code & 0x3f));
		len = 2;
	} else if (code < 0x10000) {
		byte[0] = (char)(0xe0 | code >> 12);
		byte[1] = (char)(0x80 | (code >> 6 & 0x3f));
		byte[2] = (char)(0x80 | (code & 0x3f));
		len = 3;
	} else {
		byte[0] = (char)(0xf0 | code >> 18);
		byte[1] = (char)(0x80 | (code >> 12 & 0x3f));
		byte[2] = (char)(0x80 | (code >> 6 & 0x3f));
		byte[3] = (char)(0x80 | (code & 0x3f));
		len = 4;
	}
	inflight_bytes_add(out, byte, len);
}

bool
inflight_text_unquote(struct inflight_span value, struct inflight_bytes *out)
{
	static const char escapes[] = "b\bf\fn\nr\rt\t";
	struct inflight_scan scan;

	if (value.len < 2 || value.ptr[0] != '"')
		return false;
	scan = (struct inflight_scan){.at = value.ptr + 1, .end = value.ptr + value.len - 1};
	while (scan.at < scan.end) {
		const char *slash = memchr(scan.at, '\\', (size_t)(scan.end - scan.at));
		const char *to = slash == NULL ? scan.end : slash;
		const char *known;

		inflight_bytes_add(out, scan.at, (size_t)(to - scan.at));
		if (slash == NULL)
			break;
		scan.at = slash + 2;
		if (slash[1] == 'u') {
			add_code_point(out, inflight_scan_unicode(&scan));
			continue;
		}
		known = strchr(escapes, slash[1]);
		inflight_bytes_add(out, known == NULL ? slash + 1 : known + 1, 1);
	}
	return true;
}

void
inflight_text_quote(struct inflight_span bytes, struct inflight_bytes *out)
{
	static const char hex[] = "0123456789abcdef";
	size_t from = 0;

	inflight_bytes_add(out, "\"", 1);
	for (size_t i = 0; i < bytes.len; i++) {
		unsigned char c = (unsigned char)bytes.ptr[i];
		char escape[6] = {'\\', 'u', '0', '0', hex[c >> 4], hex[c & 15]};
		size_t len = 6;

		if (c >= 0x20 && c != '"' && c != '\\')
			continue;
		if (c == '"' || c == '\\' || c == '\n' || c == '\t') {
			escape[1] = c == '\n' ? 'n' : c == '\t' ? 't' : (char)c;
			len = 2;
		}
		inflight_bytes_add(out, bytes.ptr + from, i - from);
		inflight_bytes_add(out, escape, len);
		from = i + 1;
	}
	inflight_bytes_add(out, bytes.ptr + from, bytes.len - from);
	inflight_bytes_add(out, "\"", 1);
}

bool
inflight_text_add_string(struct inflight_bytes *out, const char *before, const char *text)
{
	struct inflight_span span = {text, strlen(text)};

	inflight_bytes_add_text(out, before);
	if (!inflight_text_is_utf8(span))
		return false;
	inflight_text_quote(span, out);
	return true;
}

bool
inflight_text_int(struct inflight_span value, int64_t *ret)
{
	bool negative = value.len > 0 && value.ptr[0] == '-';
	int64_t sum = 0;

	if (value.len == (negative ? 1 : 0))
		return false;
	for (size_t i = negative ? 1 : 0; i < value.len; i++) {
		int digit = value.ptr[i] - '0';

		if (digit < 0 || digit > 9)
			return false;
		/* Summed up below zero, where the smallest integer has room. */
		if (sum < (INT64_MIN + digit) / 10)
			return false;
		sum = sum * 10 - digit;
	}
	if (!negative && sum == INT64_MIN)
		return false;
	*ret = negative ? sum : -sum;
	return true;
}

bool
inflight_text_is(struct inflight_span value, const char *literal)
{
	return value.len == strlen(literal) && memcmp(value.ptr, literal, value.len) == 0;
}
