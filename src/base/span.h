/*
 * A span is a borrowed run of bytes: a pointer and a length, no terminator,
 * NUL bytes allowed. It owns nothing and is passed by value. Whoever hands one
 * out says how long the bytes behind it live.
 */
#ifndef INFLIGHT_BASE_SPAN_H
#define INFLIGHT_BASE_SPAN_H

#include <stdbool.h>
#include <stddef.h>
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

static inline bool
span_equal(struct span a, struct span b)
{
	return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
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
