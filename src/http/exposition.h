/*
 * The text that Prometheus reads, version 0.0.4, out of a snapshot: family by family, a piece at a
 * time, so that neither a turn nor the memory for it grows with the number of queues.
 */
#ifndef INFLIGHT_HTTP_EXPOSITION_H
#define INFLIGHT_HTTP_EXPOSITION_H

#include "http/snapshot.h"

#define EXPOSITION_TYPE "text/plain; version=0.0.4; charset=utf-8"

struct exposition;
struct principal;

/* Takes a reference to the snapshot. A principal sees its queues only; NULL sees all. */
struct exposition *exposition_new(struct snapshot *snapshot, const struct principal *principal);

/* The next up to `size` bytes, 0 at the end. */
size_t exposition_read(void *exposition, char *out, size_t size);
void exposition_free(void *exposition);

#endif
