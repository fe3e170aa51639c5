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

/* The same where text needs an escape, or is none. */
static void
add_other_text(struct buf *buf, struct span text, bool trusted)
{
	const char *at = text.ptr;
	const char *end = at + text.len;

	buf_add_char(buf, '"');
	while (at != end) {
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

static inline void
add_text(struct buf *buf, struct span text, bool trusted)
{
	char *to = buf_reserve(buf, text.len + 2);

	/* An empty span may have no pointer at all. */
	if (text.len > 0 &&
		text_find_special(text.ptr, text.ptr + text.len, !trusted) != text.ptr + text.len) {
		add_other_text(buf, text, trusted);
		return;
	}
	to[0] = '"';
	if (text.len > 0)
		memcpy(to + 1, text.ptr, text.len);
	to[text.len + 1] = '"';
	buf_commit(buf, text.len + 2);
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
