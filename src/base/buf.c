/*
 * The growing byte buffer. Memory is taken at the first append and grows by
 * doubling, so n bytes cost O(n) whatever the size of the pieces; what was consumed
 * at the head is reused only when the move is paid for by the bytes consumed.
 */
#include <config.h>

#include "base/buf.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/check.h"

#define BUF_MIN_CAPACITY 64

void
buf_init(struct buf *buf)
{
	*buf = (struct buf){0};
}

void
buf_fini(struct buf *buf)
{
	free(buf->data);
	buf_init(buf);
}

/* What to grow to so that `need` bytes fit in, doubling, because that keeps appends cheap. */
static size_t
grown_capacity(const struct buf *buf, size_t need)
{
	size_t capacity = buf->capacity < BUF_MIN_CAPACITY ? BUF_MIN_CAPACITY : buf->capacity;

	while (capacity < need)
		capacity *= 2;
	/* Full but for a little consumed room. */
	return capacity == buf->capacity ? capacity * 2 : capacity;
}

/* The slow path: moves the bytes to the front or into more memory. False: there is none. */
static bool
buf_make_room(struct buf *buf, size_t len)
{
	size_t used = buf_len(buf);
	size_t capacity;
	char *data;

	CHECK(len <= SIZE_MAX / 4 && used <= SIZE_MAX / 4 - len);
	if (used + len <= buf->capacity && buf->head >= used) {
		memcpy(buf->data, buf->data + buf->head, used);
	} else {
		capacity = grown_capacity(buf, used + len);
		data = buf->head == 0 ? realloc(buf->data, capacity) : malloc(capacity);
		if (data == NULL)
			return false;
		if (buf->head != 0) {
			memcpy(data, buf->data + buf->head, used);
			free(buf->data);
		}
		buf->data = data;
		buf->capacity = capacity;
	}
	buf->head = 0;
	buf->tail = used;
	return true;
}

bool
buf_try_reserve(struct buf *buf, size_t len)
{
	return buf_has_room(buf, len) || buf_make_room(buf, len);
}

/* Makes room by losing what is there, where that is allowed and enough. */
static bool
buf_spill(struct buf *buf, size_t len)
{
	if (!buf->expendable)
		return false;
	buf->spilled = true;
	buf->head = buf->tail = 0;
	return buf->data != NULL && len <= buf->capacity;
}

char *
buf_reserve_more(struct buf *buf, size_t len)
{
	if (!buf_make_room(buf, len) && !buf_spill(buf, len))
		out_of_memory();
	return buf->data + buf->tail;
}

void
buf_append_more(struct buf *buf, const void *data, size_t len)
{
	if (!buf_try_reserve(buf, len) && !buf_spill(buf, len)) {
		if (!buf->expendable)
			out_of_memory();
		return;
	}
	memcpy(buf->data + buf->tail, data, len);
	buf->tail += len;
}

/* Two digits a step, from a table: several times faster than printf. */
void
buf_add_uint(struct buf *buf, uint64_t value)
{
	static const char pairs[] = "00010203040506070809"
				    "10111213141516171819"
				    "20212223242526272829"
				    "30313233343536373839"
				    "40414243444546474849"
				    "50515253545556575859"
				    "60616263646566676869"
				    "70717273747576777879"
				    "80818283848586878889"
				    "90919293949596979899";
	char text[20];
	size_t at = sizeof(text);

	while (value >= 100) {
		at -= 2;
		memcpy(text + at, pairs + value % 100 * 2, 2);
		value /= 100;
	}
	if (value >= 10) {
		at -= 2;
		memcpy(text + at, pairs + value * 2, 2);
	} else {
		text[--at] = (char)('0' + value);
	}
	buf_append(buf, text + at, sizeof(text) - at);
}

void
buf_consume(struct buf *buf, size_t len)
{
	CHECK(len <= buf_len(buf));
	buf->head += len;
	if (buf->head == buf->tail)
		buf->head = buf->tail = 0;
}

void
buf_truncate(struct buf *buf, size_t len)
{
	CHECK(len <= buf_len(buf));
	buf->tail = buf->head + len;
}

void
buf_release(struct buf *buf, size_t keep)
{
	if (buf->capacity > keep) {
		free(buf->data);
		buf->data = NULL;
		buf->capacity = 0;
	}
	buf->head = buf->tail = 0;
	buf->spilled = false;
}
