/*
 * What is told, as constant tables: a row for each figure, and rows of the same name are one
 * family. The name, its unit and its kind are Prometheus's conventions: base units, `_total` for
 * what only grows.
 */
#ifndef INFLIGHT_HTTP_FAMILY_H
#define INFLIGHT_HTTP_FAMILY_H

#include <stddef.h>

enum family_kind { FAMILY_COUNTER, FAMILY_GAUGE, FAMILY_HISTOGRAM };

/*
 * What a figure is kept in; times are told in seconds. The places of a histogram are of the unit
 * named, its sum is in microseconds where that is a time.
 */
enum family_unit { UNIT_ONE, UNIT_MS, UNIT_US, UNIT_NS };

struct family {
	const char *name; /* without "inflightd_", but where it begins with "process_"; NULL: end */
	enum family_kind kind;
	enum family_unit unit;
	size_t offset;     /* in struct whole_figures, or struct queue_figures */
	const char *label; /* NULL, or what stands between the braces beside the queue */
	const char *help;  /* in the first row of its name */
};

extern const struct family whole_families[];
extern const struct family queue_families[];

#endif
