/*
 * The line scanner: one pass over a line says whether it is one JSON value
 * (RFC 8259, UTF-8 checked, no unpaired surrogate escapes, nested at most SCAN_DEPTH_MAX deep) and where the
 * members of its outer object stand. No tree, no copy, no recursion: everything
 * it tells is a span of the line, so payloads stay byte for byte what was sent.
 *
 * Also walks the members of a span that was scanned before, where a nested
 * object is wanted; that walk relies on the text being valid.
 */
#ifndef INFLIGHT_JSON_SCAN_H
#define INFLIGHT_JSON_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/span.h"

#define SCAN_DEPTH_MAX   128
#define SCAN_MEMBERS_MAX 48 /* more than any request or argument table has */

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
 * members are recorded on the way, NULL for none. Returns false, with error and
 * error_at set, where the line is not one JSON value.
 */
bool scan_line(struct span line, const char *expand, struct scan *ret);

/* Walks the members of an object or the elements of an array that was scanned before. */
struct walk {
	const char *at;
	const char *end;
	bool object;
};

void walk_init(struct walk *walk, struct value container);
bool walk_next(struct walk *walk, struct member *ret); /* false at the end */

/* Reads the value at the beginning of valid text. */
struct value value_of(struct span text);

/* Does the string value (escapes undone) equal that word? */
bool value_equals(const struct value *string, const char *word);

/*
 * Undoes the escapes of a string value *in its own bytes* (what is meant is never
 * longer than what was sent) and returns what it means. The value's text is
 * garbage afterwards. Nothing is written where there is no escape.
 */
struct span value_unescape(struct value *string);

/* The number of an INTEGER value; false where it is negative or beyond uint64. */
bool value_uint(const struct value *integer, uint64_t *ret);

#endif
