/*
 * A blob is an immutable run of bytes with a reference count: an outcome shared
 * by the ops of a set, the name of a lease's holder.
 */
#ifndef INFLIGHT_BASE_BLOB_H
#define INFLIGHT_BASE_BLOB_H

#include <stddef.h>
#include <stdint.h>

#include "base/span.h"

struct blob {
	size_t len;
	uint32_t refs;
	char data[];
};

struct blob *blob_new(struct span bytes); /* returns new, copies the bytes */
struct blob *blob_ref(struct blob *blob); /* NULL is passed through */
void blob_unref(struct blob *blob);       /* NULL is accepted */

/* The bytes; an empty span for NULL. */
static inline struct span
blob_span(const struct blob *blob)
{
	return blob == NULL ? span_make("", 0) : span_make(blob->data, blob->len);
}

#endif
