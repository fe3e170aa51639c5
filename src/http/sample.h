/*
 * Lines of the text that Prometheus reads: the two that head a family, and samples.
 */
#ifndef INFLIGHT_HTTP_SAMPLE_H
#define INFLIGHT_HTTP_SAMPLE_H

#include "base/buf.h"
#include "http/family.h"

void sample_write_head(struct buf *out, const struct family *family);

/*
 * The figure at `at`. `queue` is the name in its label; empty: it has none; ptr NULL: it is of all
 * queues without figures of their own, which a label says that no queue can have.
 */
void sample_write(struct buf *out, const struct family *family, const void *at, struct span queue);

/* A label's value, with what would end it or the line escaped. */
void sample_add_escaped(struct buf *out, struct span value);

/* `value` of that many decimal places as a number: 1500 with 3 of them is 1.5. */
void sample_add_decimal(struct buf *out, uint64_t value, unsigned places);

#endif
