/*
 * Where an exposition stands is a row of one of the tables, and for those of queues which queue
 * is next. What was written and not taken yet is in `text`: a few lines at most.
 */
#include <config.h>

#include "http/exposition.h"

#include <stdlib.h>

#include "auth/principal.h"
#include "base/alloc.h"
#include "base/buf.h"
#include "base/clock.h"
#include "http/family.h"
#include "http/sample.h"

struct exposition {
	struct snapshot *snapshot;
	struct principal *principal;
	const struct family *family; /* the first row of the one under way */
	size_t row;                  /* the queue that is next in it */
	bool in_queues;              /* it is of the second table */
	bool sees_all;
	struct buf text;
};

struct exposition *
exposition_new(struct snapshot *snapshot, const struct principal *principal)
{
	struct exposition *exposition = xcalloc(1, sizeof(*exposition));

	exposition->snapshot = snapshot;
	/* Only counted: a principal does not change. */
	exposition->principal = principal_ref((struct principal *)(uintptr_t)principal);
	exposition->family = whole_families;
	exposition->sees_all = principal == NULL || patterns_cover(&principal->queues, SPAN(""));
	buf_init(&exposition->text);
	return exposition;
}

void
exposition_free(void *arg)
{
	struct exposition *exposition = arg;

	snapshot_unref(exposition->snapshot);
	principal_unref(exposition->principal);
	buf_fini(&exposition->text);
	free(exposition);
}

/* The first row of the next family. */
static const struct family *
next_family(const struct family *family)
{
	const char *name = family->name;

	while (family->name != NULL && strcmp(family->name, name) == 0)
		family++;
	return family;
}

/* All figures of a family that one queue, or the whole, has. */
static void
write_samples(struct exposition *exposition, const void *figures, struct span queue)
{
	const struct family *end = next_family(exposition->family);

	for (const struct family *family = exposition->family; family < end; family++)
		sample_write(
			&exposition->text, family, (const char *)figures + family->offset, queue);
}

static bool
is_visible(const struct exposition *exposition, const struct queue_row *row)
{
	return exposition->sees_all ||
	       patterns_match(&exposition->principal->queues, span_make(row->name, row->name_len));
}

/* Figures of queues: a queue's at a time, those of the others last. */
static void
write_queue(struct exposition *exposition)
{
	const struct snapshot *snapshot = exposition->snapshot;

	if (exposition->row < snapshot->row_count) {
		const struct queue_row *row = &snapshot->rows[exposition->row];

		if (is_visible(exposition, row))
			write_samples(
				exposition, &row->figures, span_make(row->name, row->name_len));
		exposition->row++;
		return;
	}
	if (exposition->sees_all)
		write_samples(exposition, &snapshot->others, span_make(NULL, 0));
	exposition->row = 0;
	exposition->family = next_family(exposition->family);
}

/* Writes a little more; false at the end. */
static bool
write_more(struct exposition *exposition)
{
	const struct family *family = exposition->family;

	if (family->name == NULL) {
		if (exposition->in_queues)
			return false;
		exposition->in_queues = true;
		exposition->family = queue_families;
		return true;
	}
	if (exposition->row == 0)
		sample_write_head(&exposition->text, family);
	if (exposition->in_queues) {
		write_queue(exposition);
		return true;
	}
	write_samples(exposition, &exposition->snapshot->whole, SPAN(""));
	exposition->family = next_family(family);
	return true;
}

size_t
exposition_read(void *arg, char *out, size_t size)
{
	struct exposition *exposition = arg;
	struct buf *text = &exposition->text;
	size_t len;

	while (buf_len(text) < size && write_more(exposition))
		continue;
	len = buf_len(text) < size ? buf_len(text) : size;
	memcpy(out, buf_span(text).ptr, len);
	buf_consume(text, len);
	return len;
}
