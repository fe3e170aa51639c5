/*
 * See safe.h. The width of a character is what the C library says in a locale of UTF-8;
 * what has none is not printable.
 */
#include <config.h>

#include "cli/safe.h"

#include <locale.h>
#include <stdint.h>
#include <wchar.h>

#include "cli/report.h"

void
safe_init(void)
{
	/* The daemon's text is UTF-8 whatever the user's locale is, and JSON is printed as it is.
	 */
	if (setlocale(LC_CTYPE, "C.UTF-8") == NULL)
		setlocale(LC_CTYPE, "");
}

/* Reads one character; returns how many bytes it has, 0 where they are no UTF-8. */
static size_t
decode(struct inflight_span text, uint32_t *ret)
{
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
	unsigned char first = (unsigned char)text.ptr[0];
	size_t len = first < 0x80 ? 1 : first < 0xc0 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
	uint32_t code = len < 2 ? first : first & (0xffu >> (len + 1));

	if (len == 0 || len > text.len || first >= 0xf8)
		return 0;
	for (size_t i = 1; i < len; i++) {
		unsigned char next = (unsigned char)text.ptr[i];

		if ((next & 0xc0) != 0x80)
			return 0;
		code = code << 6 | (next & 0x3f);
	}
	if (code < least[len] || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff))
		return 0;
	*ret = code;
	return len;
}

/* What has a width of 0 and is no accent, or orders the line anew. */
static bool
is_invisible(uint32_t code)
{
	static const struct {
		uint32_t first;
		uint32_t last;
	} ranges[] = {{0xad, 0xad}, {0x34f, 0x34f}, {0x61c, 0x61c}, {0x115f, 0x1160},
		{0x17b4, 0x17b5}, {0x180b, 0x180f}, {0x200b, 0x200f}, {0x2028, 0x202e},
		{0x2060, 0x206f}, {0x3164, 0x3164}, {0xfe00, 0xfe0f}, {0xfeff, 0xfeff},
		{0xffa0, 0xffa0}, {0xfff0, 0xfffb}, {0xe0000, 0xe0fff}};

	for (size_t i = 0; i < sizeof ranges / sizeof ranges[0]; i++) {
		if (code >= ranges[i].first && code <= ranges[i].last)
			return true;
	}
	return false;
}

static bool
is_printable(uint32_t code)
{
	if (code < 0x80)
		return code >= 0x20 && code != 0x7f;
	return !is_invisible(code) && wcwidth((wchar_t)code) >= 0;
}

static void
add_escape(uint32_t code, struct inflight_bytes *out)
{
	char text[16];

	if (code < 0x10000)
		snprintf(text, sizeof text, "\\u%04x", code);
	else
		snprintf(text, sizeof text, "\\u%04x\\u%04x", 0xd800 + ((code - 0x10000) >> 10),
			0xdc00 + (code & 0x3ff));
	inflight_bytes_add_text(out, text);
}

/* What becomes of the characters that cannot be shown. */
enum manner {
	MANNER_ESCAPE,
	MANNER_JSON,  /* the same, but white space is kept */
	MANNER_LINES, /* the same, but line ends are kept too */
	MANNER_MARK,
};

/* Whether white space stays what it is. */
static bool
is_kept(uint32_t code, enum manner manner)
{
	return (code == '\t' && (manner == MANNER_JSON || manner == MANNER_LINES)) ||
	       (code == '\n' && manner == MANNER_LINES);
}

static void
add_safe(struct inflight_span text, enum manner manner, struct inflight_bytes *out)
{
	while (text.len > 0) {
		uint32_t code = 0;
		size_t len = decode(text, &code);
		bool shown = len > 0 && (is_printable(code) || is_kept(code, manner));
		char byte[8];

		if (shown) {
			inflight_bytes_add(out, text.ptr, len);
		} else if (manner == MANNER_MARK) {
			inflight_bytes_add_text(out, "?");
		} else if (len > 0) {
			add_escape(code, out);
		} else {
			snprintf(byte, sizeof byte, "\\x%02x", (unsigned char)text.ptr[0]);
			inflight_bytes_add_text(out, byte);
		}
		text.ptr += len == 0 ? 1 : len;
		text.len -= len == 0 ? 1 : len;
	}
}

void
safe_text(struct inflight_span text, struct inflight_bytes *out)
{
	add_safe(text, MANNER_ESCAPE, out);
}

void
safe_json(struct inflight_span json, struct inflight_bytes *out)
{
	/* Inside of a string JSON has no tab, so a tab is white space. */
	add_safe(json, MANNER_JSON, out);
}

void
safe_lines(struct inflight_span text, struct inflight_bytes *out)
{
	add_safe(text, MANNER_LINES, out);
}

void
safe_message(struct inflight_span text, struct inflight_bytes *out)
{
	add_safe(text, MANNER_MARK, out);
}

void
safe_print(FILE *out, struct inflight_span text)
{
	struct inflight_bytes safe = {0};
	struct inflight_span line;

	safe_text(text, &safe);
	need_memory(&safe);
	line = inflight_bytes_span(&safe);
	fwrite(line.ptr, 1, line.len, out);
	inflight_bytes_fini(&safe);
}

bool
safe_is(struct inflight_span text)
{
	while (text.len > 0) {
		uint32_t code;
		size_t len = decode(text, &code);

		if (len == 0 || !is_printable(code))
			return false;
		text.ptr += len;
		text.len -= len;
	}
	return true;
}

/* Walks over as much text as fits; returns its bytes. */
static size_t
measure(struct inflight_span text, size_t columns, size_t *ret_width)
{
	size_t at = 0;
	size_t width = 0;

	while (at < text.len) {
		uint32_t code;
		size_t len = decode((struct inflight_span){text.ptr + at, text.len - at}, &code);
		int wide = len < 2 ? 1 : wcwidth((wchar_t)code);

		if (width + (size_t)(wide < 0 ? 1 : wide) > columns)
			break;
		width += (size_t)(wide < 0 ? 1 : wide);
		at += len == 0 ? 1 : len;
	}
	*ret_width = width;
	return at;
}

size_t
safe_width(struct inflight_span text)
{
	size_t width;

	measure(text, SIZE_MAX, &width);
	return width;
}

size_t
safe_fit(struct inflight_span text, size_t columns)
{
	size_t width;

	return measure(text, columns, &width);
}
