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
#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "base/span.h"

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
 * itself a marked one: so marks above the first may be wrong, the first never is. With
 * `high`, which is a constant wherever this is used, bytes beyond ASCII count too.
 */
static inline uint64_t
text_marks(uint64_t word, bool high)
{
	uint64_t quote = (word ^ TEXT_WORD('"')) - TEXT_WORD(1);
	uint64_t backslash = (word ^ TEXT_WORD('\\')) - TEXT_WORD(1);
	uint64_t control = word - TEXT_WORD(' ');

	uint64_t marks = (quote | backslash | control) & ~word;

	return (high ? marks | word : marks) & TEXT_WORD(0x80);
}

static inline bool
text_is_special(unsigned char byte)
{
	return byte < ' ' || byte == '"' || byte == '\\';
}

/*
 * Of the eight bytes at `at`, the place of the first quote, backslash or control
 * character (or, with `high`, beyond ASCII), 8 where there is none.
 */
static inline unsigned
text_special_in_word(const char *at, bool high)
{
	uint64_t marks = text_marks(text_load(at), high);

	return marks == 0 ? 8 : (unsigned)__builtin_ctzll(marks) >> 3;
}

/* Four to eight bytes as a word: some of the middle ones are there twice. */
static inline uint64_t
text_load_short(const char *at, size_t len)
{
	uint32_t first, last;

	memcpy(&first, at, sizeof first);
	memcpy(&last, at + len - sizeof last, sizeof last);
	return (uint64_t)last << 32 | first;
}

/* The same of as many bytes as the machine looks at in one go. */
#ifdef __SSE2__
#define TEXT_STEP 16

static inline unsigned
text_special_in_step(const char *at, bool high)
{
	__m128i bytes, special, control;

	memcpy(&bytes, at, sizeof bytes);
	special = _mm_or_si128(_mm_cmpeq_epi8(bytes, _mm_set1_epi8('"')),
		_mm_cmpeq_epi8(bytes, _mm_set1_epi8('\\')));
	/* Bytes beyond ASCII are negative, so below space, where they are compared as signed. */
	if (high)
		control = _mm_cmplt_epi8(bytes, _mm_set1_epi8(' '));
	else
		control = _mm_cmpeq_epi8(_mm_min_epu8(bytes, _mm_set1_epi8(' ' - 1)), bytes);
	special = _mm_or_si128(special, control);
	return (unsigned)__builtin_ctz((unsigned)_mm_movemask_epi8(special) | 1U << TEXT_STEP);
}
#else
#define TEXT_STEP 8

static inline unsigned
text_special_in_step(const char *at, bool high)
{
	return text_special_in_word(at, high);
}
#endif

/* The first special byte in [at, end), or `end`; `high` as above. */
static inline const char *
text_find_special(const char *at, const char *end, bool high)
{
	const char *begin = at;

	for (; end - at >= TEXT_STEP; at += TEXT_STEP) {
		unsigned place = text_special_in_step(at, high);

		if (place < TEXT_STEP)
			return at + place;
	}
	if (end - at >= 8) {
		unsigned place = text_special_in_word(at, high);

		at += place;
		if (place < 8)
			return at;
	}
	/* Some bytes of the last word are looked at twice, which costs less than a loop. */
	if (at < end && end - begin >= 8)
		return end - 8 + text_special_in_word(end - 8, high);
	if (end - at >= 4 && text_marks(text_load_short(at, (size_t)(end - at)), high) == 0)
		return end;
	for (; at < end; at++) {
		unsigned char byte = (unsigned char)*at;

		if (text_is_special(byte) || (high && byte >= 0x80))
			break;
	}
	return at;
}

/* No byte of that word is a control character, DEL or beyond ASCII; may miss some that are so. */
static inline bool
text_word_is_printable(uint64_t word)
{
	return ((word | (word - TEXT_WORD(' ')) | (word + TEXT_WORD(1))) & TEXT_WORD(0x80)) == 0;
}

/* The same of a whole text. It may be false although the text is printable, not the reverse. */
static inline bool
text_is_printable(struct span text)
{
	size_t at = 0;

	if (text.len < 4)
		return false;
	for (; text.len - at > 8; at += 8) {
		if (!text_word_is_printable(text_load(text.ptr + at)))
			return false;
	}
	if (text.len < 8)
		return text_word_is_printable(text_load_short(text.ptr, text.len));
	return text_word_is_printable(text_load(text.ptr + text.len - 8));
}

static inline const char *
text_skip_space(const char *at, const char *end)
{
	/* Machines mostly send none. */
	if (at < end && (unsigned char)*at > ' ')
		return at;
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
