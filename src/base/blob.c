/*
 * Shared immutable bytes. A blob lives until its last reference is dropped; the
 * count is not atomic, because the program has one thread.
 */
#include <config.h>

#include "base/blob.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/check.h"

struct blob *
blob_new(struct span bytes)
{
	struct blob *blob;

	CHECK(bytes.len <= SIZE_MAX - sizeof(*blob));
	blob = xmalloc(sizeof(*blob) + bytes.len);
	blob->len = bytes.len;
	blob->refs = 1;
	if (bytes.len > 0)
		memcpy(blob->data, bytes.ptr, bytes.len);
	return blob;
}

struct blob *
blob_ref(struct blob *blob)
{
	if (blob != NULL) {
		CHECK(blob->refs > 0 && blob->refs < UINT32_MAX);
		blob->refs++;
	}
	return blob;
}

void
blob_unref(struct blob *blob)
{
	if (blob == NULL)
		return;
	CHECK(blob->refs > 0);
	if (--blob->refs == 0)
		free(blob);
}
