/*
 * A growing byte buffer with a read end: bytes are appended at the tail and
 * consumed at the head. The buffer owns its memory; an empty one after
 * buf_release() owns none.
 *
 * Where the machine has no memory left for it, the process ends (see alloc.h). A buffer
 * that is `expendable` loses what it holds instead, and says so: what peers ask for can be
 * big, and is not worth the life of a daemon.
 */
#ifndef INFLIGHT_BASE_BUF_H
#define INFLIGHT_BASE_BUF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/span.h"

struct buf {
	char *data;
	size_t head; /* first byte not yet consumed */
	size_t tail; /* one past the last byte */
	size_t capacity;
	bool expendable; /* set by the owner; it looks at `spilled` before it uses the bytes */
	bool spilled;    /* some are lost, and more may be */
};

void buf_init(struct buf *buf);
void buf_fini(struct buf *buf);

/* Bytes waiting, and where they stand; valid until the next append. */
static inline size_t
buf_len(const struct buf *buf)
{
	return buf->tail - buf->head;
}

static inline struct span
buf_span(const struct buf *buf)
{
	return (struct span){buf->data == NULL ? "" : buf->data + buf->head, buf_len(buf)};
}

static inline bool
buf_has_room(const struct buf *buf, size_t len)
{
	return buf->data != NULL && len <= buf->capacity - buf->tail;
}

/* What reserving and appending come to where there is no room yet. */
char *buf_reserve_more(struct buf *buf, size_t len);
void buf_append_more(struct buf *buf, const void *data, size_t len);

/* Room for at least `len` more bytes at the tail; returns where it begins. */
static inline char *
buf_reserve(struct buf *buf, size_t len)
{
	if (__builtin_expect(!buf_has_room(buf, len), 0))
		return buf_reserve_more(buf, len);
	return buf->data + buf->tail;
}

/* The same, but false where there is no memory for it; nothing has changed then. */
bool buf_try_reserve(struct buf *buf, size_t len);

/* Says that `len` bytes were written into reserved room. */
static inline void
buf_commit(struct buf *buf, size_t len)
{
	buf->tail += len;
}

/* Inline, so that pieces whose length the compiler knows become a few moves. */
static inline void
buf_append(struct buf *buf, const void *data, size_t len)
{
	if (len == 0)
		return;
	if (__builtin_expect(!buf_has_room(buf, len), 0)) {
		buf_append_more(buf, data, len);
		return;
	}
	memcpy(buf->data + buf->tail, data, len);
	buf->tail += len;
}

static inline void
buf_add(struct buf *buf, struct span span)
{
	buf_append(buf, span.ptr, span.len);
}

static inline void
buf_add_char(struct buf *buf, char c)
{
	*buf_reserve(buf, 1) = c;
	buf->tail++;
}

void buf_add_uint(struct buf *buf, uint64_t value); /* in decimal */

/* Drops `len` bytes at the head. */
void buf_consume(struct buf *buf, size_t len);

/* Cuts the buffer back to `len` waiting bytes. */
void buf_truncate(struct buf *buf, size_t len);

/* Empties the buffer; memory beyond `keep` bytes of capacity is given back. */
void buf_release(struct buf *buf, size_t keep);

#endif
