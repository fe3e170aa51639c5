/*
 * Nothing is owned here. Numbers are written as they are kept, in decimal: none is rounded.
 */
#include <config.h>

#include "http/sample.h"

#include <string.h>

#include "base/check.h"

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
	case UNIT_NS:
		return 9;
	}
	UNREACHABLE();
}

static void
add_labels(struct buf *out, const struct family *family, struct span queue)
{
	const char *between = "{";

	if (queue.ptr == NULL) {
		buf_add(out, SPAN("{queues=\"other\""));
		between = ",";
	} else if (queue.len > 0) {
		buf_add(out, SPAN("{queue=\""));
		sample_add_escaped(out, queue);
		buf_add_char(out, '"');
		between = ",";
	}
	if (family->label != NULL) {
		buf_add(out, span_str(between));
		buf_add(out, span_str(family->label));
		between = ",";
	}
	if (*between == ',')
		buf_add_char(out, '}');
}

void
sample_write(struct buf *out, const struct family *family, const void *at, struct span queue)
{
	uint64_t value;

	memcpy(&value, at, sizeof(value));
	add_name(out, family);
	add_labels(out, family, queue);
	buf_add_char(out, ' ');
	sample_add_decimal(out, value, places_of(family->unit));
	buf_add_char(out, '\n');
}
