/*
 * A span is a borrowed run of bytes: a pointer and a length, no terminator,
 * NUL bytes allowed. It owns nothing and is passed by value. Whoever hands one
 * out says how long the bytes behind it live.
 */
#ifndef INFLIGHT_BASE_SPAN_H
#define INFLIGHT_BASE_SPAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct span {
	const char *ptr;
	size_t len;
};

/* For string literals, where the compiler knows the length. */
#define SPAN(literal) ((struct span){"" literal, sizeof(literal) - 1})

static inline struct span
span_make(const char *ptr, size_t len)
{
	return (struct span){ptr, len};
}

static inline struct span
span_str(const char *str)
{
	return (struct span){str, strlen(str)};
}

/* Are `len` bytes the same? Names are short: loads that may overlap cost less than a call. */
static inline bool
bytes_equal(const char *a, const char *b, size_t len)
{
	uint64_t a8, b8, a8_last, b8_last;
	uint32_t a4, b4, a4_last, b4_last;

	if (len >= 8 && len <= 16) {
		memcpy(&a8, a, 8);
		memcpy(&b8, b, 8);
		memcpy(&a8_last, a + len - 8, 8);
		memcpy(&b8_last, b + len - 8, 8);
		return ((a8 ^ b8) | (a8_last ^ b8_last)) == 0;
	}
	if (len >= 4 && len < 8) {
		memcpy(&a4, a, 4);
		memcpy(&b4, b, 4);
		memcpy(&a4_last, a + len - 4, 4);
		memcpy(&b4_last, b + len - 4, 4);
		return ((a4 ^ b4) | (a4_last ^ b4_last)) == 0;
	}
	return len == 0 || memcmp(a, b, len) == 0;
}

static inline bool
span_equal(struct span a, struct span b)
{
	return a.len == b.len && bytes_equal(a.ptr, b.ptr, a.len);
}

static inline bool
span_starts_with(struct span s, struct span prefix)
{
	return s.len >= prefix.len &&
	       (prefix.len == 0 || memcmp(s.ptr, prefix.ptr, prefix.len) == 0);
}

/* Byte order, the shorter first where one is the beginning of the other. */
static inline int
span_compare(struct span a, struct span b)
{
	size_t n = a.len < b.len ? a.len : b.len;
	int order = n == 0 ? 0 : memcmp(a.ptr, b.ptr, n);

	if (order != 0)
		return order;
	return a.len < b.len ? -1 : a.len > b.len;
}

#endif
