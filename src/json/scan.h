/*
 * The line scanner: one pass over a line says whether it is one JSON value
 * (RFC 8259, UTF-8 checked, no unpaired surrogate escapes, nested at most
 * SCAN_DEPTH_MAX deep) and where the members of its outer object stand. No tree, no
 * copy, no recursion: everything it tells is a span of the line, so payloads stay
 * byte for byte what was sent.
 *
 * Also walks the members of a span that was scanned before, where a nested
 * object is wanted; that walk relies on the text being valid.
 */
#ifndef INFLIGHT_JSON_SCAN_H
#define INFLIGHT_JSON_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/check.h"
#include "base/span.h"

#define SCAN_DEPTH_MAX   128
#define SCAN_MEMBERS_MAX 48 /* more than any request or argument table has */

/* The error of a line that is nested too deep: other than the rest, it may still be JSON. */
#define SCAN_ERROR_DEPTH "nested too deep"

enum value_type {
	VALUE_NONE, /* absent */
	VALUE_NULL,
	VALUE_FALSE,
	VALUE_TRUE,
	VALUE_INTEGER, /* a literal without fraction and exponent, of any length */
	VALUE_REAL,
	VALUE_STRING,
	VALUE_ARRAY,
	VALUE_OBJECT,
};

const char *value_type_name(enum value_type type); /* "a string" ..., for messages */

struct value {
	enum value_type type;
	bool escaped;     /* STRING: has a backslash, so text differs from what it means */
	struct span text; /* as sent, quotes and brackets included, no white space around */
};

struct member {
	struct value name; /* STRING; VALUE_NONE for the elements of an array */
	struct value value;
};

struct members {
	struct member at[SCAN_MEMBERS_MAX];
	size_t count; /* how many there are; those beyond SCAN_MEMBERS_MAX are not in at[] */
};

struct scan {
	struct value root;
	struct members outer;    /* of the root, where it is an object */
	struct members expanded; /* of the outer member named `expand`, object or array */
	const char *error;       /* what is wrong, for people; NULL where nothing is */
	size_t error_at;         /* offset of the byte that is wrong */
};

/*
 * Scans one line (without its newline). `expand` names the outer member whose own
 * members are recorded on the way, NULL for none; where that member stands twice,
 * what is recorded is the last one that is an object or an array. Returns false,
 * with error and error_at set and nothing recorded, where the line is not one JSON
 * value. Bytes of `line` may be any, NUL included; it is not written to.
 */
bool scan_line_for(struct span line, struct span expand, struct scan *ret);

static inline bool
scan_line(struct span line, const char *expand, struct scan *ret)
{
	return scan_line_for(line, expand == NULL ? span_make(NULL, 0) : span_str(expand), ret);
}

/* Walks the members of an object or the elements of an array that was scanned before. */
struct walk {
	const char *at;
	const char *end;
	bool object;
};

void walk_init(struct walk *walk, struct value container);
bool walk_next(struct walk *walk, struct member *ret); /* false at the end */

/* Reads the value at the beginning of valid text, white space before it passed over. */
struct value value_of(struct span text);

/* What stands between the quotes of a string, escapes and all. */
static inline struct span
value_inner(const struct value *string)
{
	CHECK(string->type == VALUE_STRING);
	return span_make(string->text.ptr + 1, string->text.len - 2);
}

/* Does the string value (escapes undone) equal that word? */
bool value_equals_decoded(const struct value *string, struct span word);

static inline bool
value_equals(const struct value *string, struct span word)
{
	if (string->escaped)
		return value_equals_decoded(string, word);
	return span_equal(value_inner(string), word);
}

/*
 * What a string value means, written to buf[0..size) where it has escapes; where
 * it has none, *ret is its own bytes and nothing is copied. False where it does
 * not fit: *ret then has the whole characters that did.
 */
bool value_decode(const struct value *string, char *buf, size_t size, struct span *ret);

/*
 * Undoes the escapes of a string value *in its own bytes* (what is meant is never
 * longer than what was sent) and returns what it means. The value's text is no
 * JSON afterwards, so neither is that of the containers around it; asking once
 * more is harmless. Nothing is written where there is no escape.
 */
struct span value_undo_escapes(struct value *string);

static inline struct span
value_unescape(struct value *string)
{
	return string->escaped ? value_undo_escapes(string) : value_inner(string);
}

/* The number of an INTEGER value; false where it is negative or beyond uint64. */
bool value_uint(const struct value *integer, uint64_t *ret);

#endif
