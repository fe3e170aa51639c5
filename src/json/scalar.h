/*
 * The parts of the scanner that read a single string, number or literal. Every
 * function takes the place to read at and returns the place behind what it read,
 * or NULL after saying what is wrong. Only for the files of this folder.
 */
#ifndef INFLIGHT_JSON_SCALAR_H
#define INFLIGHT_JSON_SCALAR_H

#include "json/scan.h"
#include "json/text.h"

struct scanner {
	const char *begin;
	const char *end;
	struct scan *scan; /* takes the error */
};

/* Says what is wrong with the byte at `at`; returns NULL. */
const char *scan_fail(struct scanner *scanner, const char *at, const char *error)
	__attribute__((cold, noinline));

/* A string of any kind, from its opening quote. */
const char *scan_any_string(struct scanner *scanner, const char *at, struct value *ret);

static inline void
scan_record(struct value *value, enum value_type type, const char *begin, const char *end)
{
	value->type = type;
	value->escaped = false;
	value->text = span_make(begin, (size_t)(end - begin));
}

/* The same; inline is what nearly every string is: short, of ASCII, without an escape. */
static inline const char *
scan_string(struct scanner *scanner, const char *at, struct value *ret)
{
	/* One more than a step, so that `stop` is in the line also where nothing is found. */
	if (scanner->end - at > TEXT_STEP + 1) {
		const char *stop = at + 1 + text_special_in_step(at + 1, true);

		if (*stop == '"') {
			scan_record(ret, VALUE_STRING, at, stop + 1);
			return stop + 1;
		}
	}
	return scan_any_string(scanner, at, ret);
}

/* Any value that is no container; `at` may be the line's end. */
const char *scan_scalar(struct scanner *scanner, const char *at, struct value *ret);

#endif
