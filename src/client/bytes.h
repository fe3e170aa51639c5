/*
 * A growing byte buffer of the client: bytes are added at the end and dropped at
 * the start. Where memory runs out nothing aborts: the buffer is marked failed,
 * later additions do nothing, and its owner asks once, when all was added.
 */
#ifndef INFLIGHT_CLIENT_BYTES_H
#define INFLIGHT_CLIENT_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Bytes that belong to somebody else. */
struct inflight_span {
	const char *ptr;
	size_t len;
};

/* All zero is an empty buffer. */
struct inflight_bytes {
	char *data;
	size_t start; /* first byte not dropped */
	size_t end;   /* one past the last byte */
	size_t capacity;
	bool failed; /* memory ran out: what was added is not complete */
};

/* Gives the memory back; the buffer is an empty one afterwards. */
void inflight_bytes_fini(struct inflight_bytes *bytes);

static inline size_t
inflight_bytes_len(const struct inflight_bytes *bytes)
{
	return bytes->end - bytes->start;
}

/* What stands in the buffer; valid until the next addition. */
static inline struct inflight_span
inflight_bytes_span(const struct inflight_bytes *bytes)
{
	return (struct inflight_span){
		bytes->data == NULL ? "" : bytes->data + bytes->start, inflight_bytes_len(bytes)};
}

/* Room for `len` more bytes; returns where it begins, or NULL where memory ran out. */
char *inflight_bytes_reserve(struct inflight_bytes *bytes, size_t len);

void inflight_bytes_add(struct inflight_bytes *bytes, const void *data, size_t len);
void inflight_bytes_add_span(struct inflight_bytes *bytes, struct inflight_span span);
void inflight_bytes_add_text(struct inflight_bytes *bytes, const char *text);
void inflight_bytes_add_uint(struct inflight_bytes *bytes, uint64_t value);

/* Drops `len` bytes at the start. */
void inflight_bytes_drop(struct inflight_bytes *bytes, size_t len);

/* Empties the buffer, keeping its memory and forgetting a failure. */
void inflight_bytes_clear(struct inflight_bytes *bytes);

#endif
