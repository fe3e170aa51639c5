/*
 * What the scanner and the writer both know about bytes of text: where the ones
 * stand that JSON treats specially, and what a UTF-8 sequence is. Only for the
 * files of this folder.
 */
#ifndef INFLIGHT_JSON_TEXT_H
#define INFLIGHT_JSON_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* A word with that byte in all eight places. */
#define TEXT_WORD(byte) (UINT64_C(0x0101010101010101) * (byte))

/* Eight bytes as a word whose lowest byte comes first in memory. */
static inline uint64_t
text_load(const char *at)
{
	uint64_t word;

	memcpy(&word, at, sizeof word);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	word = __builtin_bswap64(word);
#endif
	return word;
}

/*
 * Marks, by the high bit of its byte, the first quote, backslash or control
 * character of the word. Subtracting one from a byte turns its high bit on only
 * where it was zero or the byte below borrowed, and the lowest byte to borrow is
 * itself a marked one: so marks above the first may be wrong, the first never is.
 */
static inline uint64_t
text_marks(uint64_t word)
{
	uint64_t quote = (word ^ TEXT_WORD('"')) - TEXT_WORD(1);
	uint64_t backslash = (word ^ TEXT_WORD('\\')) - TEXT_WORD(1);
	uint64_t control = word - TEXT_WORD(' ');

	return (quote | backslash | control) & ~word & TEXT_WORD(0x80);
}

static inline bool
text_is_special(unsigned char byte)
{
	return byte < ' ' || byte == '"' || byte == '\\';
}

/*
 * The first quote, backslash or control character in [at, end), or `end`. With
 * `high`, which is a constant wherever this is used, bytes beyond ASCII count too.
 */
static inline const char *
text_find_special(const char *at, const char *end, bool high)
{
	for (; end - at >= 8; at += 8) {
		uint64_t word = text_load(at);
		uint64_t marks = text_marks(word) | (high ? word & TEXT_WORD(0x80) : 0);

		if (marks != 0)
			return at + (__builtin_ctzll(marks) >> 3);
	}
	for (; at < end; at++) {
		unsigned char byte = (unsigned char)*at;

		if (text_is_special(byte) || (high && byte >= 0x80))
			break;
	}
	return at;
}

static inline const char *
text_skip_space(const char *at, const char *end)
{
	while (at < end && (*at == ' ' || *at == '\t' || *at == '\n' || *at == '\r'))
		at++;
	return at;
}

/* How many bytes the UTF-8 sequence at the beginning of [at, end) has; 0 where it is none. */
size_t utf8_sequence(const char *at, const char *end);

/* Writes a code point, 0 to U+10FFFF, as UTF-8; returns how many bytes that takes. */
size_t utf8_encode(uint32_t code, char out[4]);

/* The value of the four hexadecimal digits at `at`, -1 where there are none. */
int32_t text_hex4(const char *at, const char *end);

#endif
