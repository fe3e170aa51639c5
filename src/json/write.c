/*
 * JSON written straight into a buffer. Text is copied in runs between the bytes
 * that need an escape; room for the common case is reserved once. Owns nothing:
 * the buffer is the caller's.
 */
#include <config.h>

#include "json/write.h"
#include "json/text.h"

#define REPLACEMENT "\xef\xbf\xbd" /* U+FFFD */

/* A quote, a backslash or a control character. */
static void
add_escape(struct buf *buf, char c)
{
	static const char digits[] = "0123456789abcdef";
	char escape[6] = {'\\', c, '0', '0', 0, 0};
	size_t len = 2;

	switch (c) {
	case '"':
	case '\\':
		break;
	case '\b':
		escape[1] = 'b';
		break;
	case '\f':
		escape[1] = 'f';
		break;
	case '\n':
		escape[1] = 'n';
		break;
	case '\r':
		escape[1] = 'r';
		break;
	case '\t':
		escape[1] = 't';
		break;
	default:
		escape[1] = 'u';
		escape[4] = digits[(unsigned char)c >> 4];
		escape[5] = digits[(unsigned char)c & 15];
		len = 6;
	}
	buf_append(buf, escape, len);
}

static inline void
add_text(struct buf *buf, struct span text, bool trusted)
{
	const char *at = text.ptr;
	const char *end;

	buf_reserve(buf, text.len + 2);
	buf_add_char(buf, '"');
	/* An empty span may have no pointer at all. */
	for (end = text.len == 0 ? at : at + text.len; at != end;) {
		const char *stop = text_find_special(at, end, !trusted);
		size_t len;

		buf_append(buf, at, (size_t)(stop - at));
		at = stop;
		if (at == end)
			break;
		if ((unsigned char)*at < 0x80) {
			add_escape(buf, *at++);
			continue;
		}
		len = utf8_sequence(at, end);
		if (len == 0) {
			buf_add(buf, SPAN(REPLACEMENT));
			at++;
		} else {
			buf_append(buf, at, len);
			at += len;
		}
	}
	buf_add_char(buf, '"');
}

void
json_add_string(struct buf *buf, struct span text)
{
	add_text(buf, text, true);
}

void
json_add_untrusted(struct buf *buf, struct span text)
{
	add_text(buf, text, false);
}

void
json_add_bool(struct buf *buf, bool value)
{
	buf_add(buf, value ? SPAN("true") : SPAN("false"));
}

static void
add_name(struct buf *buf, char before, struct span name)
{
	char *to = buf_reserve(buf, name.len + 4);

	*to++ = before;
	*to++ = '"';
	memcpy(to, name.ptr, name.len);
	to += name.len;
	*to++ = '"';
	*to = ':';
	buf_commit(buf, name.len + 4);
}

void
json_first(struct buf *buf, struct span name)
{
	add_name(buf, '{', name);
}

void
json_member(struct buf *buf, struct span name)
{
	add_name(buf, ',', name);
}

void
json_member_string(struct buf *buf, struct span name, struct span value)
{
	json_member(buf, name);
	json_add_string(buf, value);
}

void
json_member_uint(struct buf *buf, struct span name, uint64_t value)
{
	json_member(buf, name);
	buf_add_uint(buf, value);
}

void
json_member_bool(struct buf *buf, struct span name, bool value)
{
	json_member(buf, name);
	json_add_bool(buf, value);
}

void
json_member_raw(struct buf *buf, struct span name, struct span json)
{
	json_member(buf, name);
	buf_add(buf, json);
}
