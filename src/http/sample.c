/*
 * Nothing is owned here. Numbers are written as they are kept, in decimal: none is rounded.
 */
#include <config.h>

#include "http/sample.h"

#include <string.h>

#include "base/check.h"
#include "http/snapshot.h"

static void
add_name(struct buf *out, const struct family *family)
{
	if (strncmp(family->name, "process_", strlen("process_")) != 0)
		buf_add(out, SPAN("inflightd_"));
	buf_add(out, span_str(family->name));
}

static const char *
kind_name(enum family_kind kind)
{
	switch (kind) {
	case FAMILY_COUNTER:
		return "counter";
	case FAMILY_GAUGE:
		return "gauge";
	case FAMILY_HISTOGRAM:
		return "histogram";
	}
	UNREACHABLE();
}

void
sample_write_head(struct buf *out, const struct family *family)
{
	buf_add(out, SPAN("# HELP "));
	add_name(out, family);
	buf_add_char(out, ' ');
	buf_add(out, span_str(family->help));
	buf_add(out, SPAN("\n# TYPE "));
	add_name(out, family);
	buf_add_char(out, ' ');
	buf_add(out, span_str(kind_name(family->kind)));
	buf_add_char(out, '\n');
}

void
sample_add_escaped(struct buf *out, struct span value)
{
	for (size_t i = 0; i < value.len; i++) {
		char c = value.ptr[i];

		if (c == '\n')
			buf_add(out, SPAN("\\n"));
		else if (c == '\\' || c == '"')
			buf_append(out, (char[]){'\\', c}, 2);
		else
			buf_add_char(out, c);
	}
}

void
sample_add_decimal(struct buf *out, uint64_t value, unsigned places)
{
	char digits[20];
	uint64_t scale = 1;
	unsigned len = 0;

	for (unsigned i = 0; i < places; i++)
		scale *= 10;
	buf_add_uint(out, value / scale);
	value %= scale;
	for (; value > 0; len++) {
		scale /= 10;
		digits[len] = (char)('0' + value / scale);
		value %= scale;
	}
	if (len == 0)
		return;
	buf_add_char(out, '.');
	buf_append(out, digits, len);
}

static unsigned
places_of(enum family_unit unit)
{
	switch (unit) {
	case UNIT_ONE:
		return 0;
	case UNIT_MS:
		return 3;
	case UNIT_US:
		return 6;
	case UNIT_NS:
		return 9;
	}
	UNREACHABLE();
}

/*
 * What stands behind the name: the queue, the family's own label, and for a place of a histogram
 * the largest number in it; `bound` is NULL where there is none.
 */
static void
add_labels(struct buf *out, const struct family *family, struct span queue, const struct buf *bound)
{
	char between = '{';

	if (queue.ptr == NULL) {
		buf_add(out, SPAN("{queues=\"other\""));
		between = ',';
	} else if (queue.len > 0) {
		buf_add(out, SPAN("{queue=\""));
		sample_add_escaped(out, queue);
		buf_add_char(out, '"');
		between = ',';
	}
	if (family->label != NULL) {
		buf_add_char(out, between);
		buf_add(out, span_str(family->label));
		between = ',';
	}
	if (bound != NULL) {
		buf_add_char(out, between);
		buf_add(out, SPAN("le=\""));
		buf_add(out, buf_span(bound));
		buf_add_char(out, '"');
		between = ',';
	}
	if (between == ',')
		buf_add_char(out, '}');
}

static void
add_line(struct buf *out, const struct family *family, const char *suffix, struct span queue,
	uint64_t value, unsigned places)
{
	add_name(out, family);
	buf_add(out, span_str(suffix));
	add_labels(out, family, queue, NULL);
	buf_add_char(out, ' ');
	sample_add_decimal(out, value, places);
	buf_add_char(out, '\n');
}

/* ---- histograms ----------------------------------------------------------------- */

static void
add_bucket(struct buf *out, const struct family *family, struct span queue, unsigned place,
	uint64_t count)
{
	unsigned shift = family->unit == UNIT_ONE ? WIDTH_SHIFT : TIME_SHIFT;
	char room[32];
	struct buf bound = {.data = room, .capacity = sizeof(room)};

	if (place == HISTOGRAM_PLACES - 1)
		buf_add(&bound, SPAN("+Inf"));
	else
		sample_add_decimal(&bound, histogram_bound(place, shift), places_of(family->unit));
	add_name(out, family);
	buf_add(out, SPAN("_bucket"));
	add_labels(out, family, queue, &bound);
	buf_add_char(out, ' ');
	buf_add_uint(out, count);
	buf_add_char(out, '\n');
}

/* A bucket counts what is in those before it too. */
static void
write_histogram(struct buf *out, const struct family *family, const struct histogram *histogram,
	struct span queue)
{
	uint64_t count = 0;

	for (unsigned place = 0; place < HISTOGRAM_PLACES; place++) {
		count += histogram->counts[place];
		add_bucket(out, family, queue, place, count);
	}
	add_line(out, family, "_sum", queue, histogram->sum,
		places_of(family->unit == UNIT_ONE ? UNIT_ONE : UNIT_US));
	add_line(out, family, "_count", queue, count, 0);
}

void
sample_write(struct buf *out, const struct family *family, const void *at, struct span queue)
{
	struct histogram histogram;
	uint64_t value;

	if (family->kind == FAMILY_HISTOGRAM) {
		memcpy(&histogram, at, sizeof(histogram));
		write_histogram(out, family, &histogram, queue);
		return;
	}
	memcpy(&value, at, sizeof(value));
	add_line(out, family, "", queue, value, places_of(family->unit));
}
