/* The client's byte buffer. It owns its memory until inflight_bytes_fini(). */
#include <config.h>

#include "client/bytes.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void
inflight_bytes_fini(struct inflight_bytes *bytes)
{
	free(bytes->data);
	*bytes = (struct inflight_bytes){0};
}

char *
inflight_bytes_reserve(struct inflight_bytes *bytes, size_t len)
{
	size_t have = inflight_bytes_len(bytes);
	size_t capacity;
	char *data;

	if (bytes->failed || len > SIZE_MAX / 4 - have) {
		bytes->failed = true;
		return NULL;
	}
	/* Moving down pays only when at least as much room is won as bytes are moved. */
	if (bytes->start >= have && bytes->start > 0) {
		memmove(bytes->data, bytes->data + bytes->start, have);
		bytes->start = 0;
		bytes->end = have;
	}
	if (bytes->data != NULL && bytes->capacity - bytes->end >= len)
		return bytes->data + bytes->end;

	capacity = bytes->capacity < 256 ? 256 : bytes->capacity;
	while (capacity - bytes->end < len)
		capacity *= 2;
	data = realloc(bytes->data, capacity);
	if (data == NULL) {
		bytes->failed = true;
		return NULL;
	}
	bytes->data = data;
	bytes->capacity = capacity;
	return data + bytes->end;
}

void
inflight_bytes_add(struct inflight_bytes *bytes, const void *data, size_t len)
{
	char *room = inflight_bytes_reserve(bytes, len);

	if (room == NULL || len == 0)
		return;
	memcpy(room, data, len);
	bytes->end += len;
}

void
inflight_bytes_add_span(struct inflight_bytes *bytes, struct inflight_span span)
{
	inflight_bytes_add(bytes, span.ptr, span.len);
}

void
inflight_bytes_add_text(struct inflight_bytes *bytes, const char *text)
{
	inflight_bytes_add(bytes, text, strlen(text));
}

void
inflight_bytes_add_uint(struct inflight_bytes *bytes, uint64_t value)
{
	char digits[24];

	snprintf(digits, sizeof digits, "%" PRIu64, value);
	inflight_bytes_add_text(bytes, digits);
}

void
inflight_bytes_drop(struct inflight_bytes *bytes, size_t len)
{
	bytes->start += len;
	if (bytes->start == bytes->end)
		bytes->start = bytes->end = 0;
}

void
inflight_bytes_clear(struct inflight_bytes *bytes)
{
	bytes->start = bytes->end = 0;
	bytes->failed = false;
}
