/*
 * Spare buffers. A session with nothing under way owns no buffer, so that thousands of idle
 * ones cost little; a busy one would get and free the same memory in each turn, and grow it
 * from nothing each time. So emptied buffers go here, and whoever needs one next gets the
 * last that came, which the caches still know.
 *
 * The service owns what lies here: at most SPARE_MAX buffers of at most SPARE_KEEP bytes.
 */
#ifndef INFLIGHT_COMMAND_SPARE_H
#define INFLIGHT_COMMAND_SPARE_H

#include "base/buf.h"

#define SPARE_MAX  64
#define SPARE_KEEP 32768

struct spares {
	struct buf at[SPARE_MAX];
	size_t count;
};

/* Gives the buffer, where it has no memory yet, that of a spare one, if there is any. */
static inline void
spare_take(struct spares *spares, struct buf *buf)
{
	if (buf->data == NULL && spares->count > 0) {
		struct buf *spare = &spares->at[--spares->count];

		buf->data = spare->data;
		buf->capacity = spare->capacity;
	}
}

/* Empties the buffer and takes its memory away. */
static inline void
spare_give(struct spares *spares, struct buf *buf)
{
	if (buf->data == NULL || buf->capacity > SPARE_KEEP || spares->count == SPARE_MAX) {
		buf_release(buf, 0);
		return;
	}
	spares->at[spares->count++] = (struct buf){.data = buf->data, .capacity = buf->capacity};
	buf->data = NULL;
	buf->capacity = 0;
	buf_release(buf, 0);
}

/* Frees them all. */
static inline void
spares_fini(struct spares *spares)
{
	while (spares->count > 0)
		buf_fini(&spares->at[--spares->count]);
}

#endif
