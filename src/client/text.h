/*
 * JSON as text: checks that bytes are one JSON value and finds the values inside
 * it as spans, so that what is passed on stays byte for byte what it was. A tree
 * would lose the spelling of numbers and refuse integers beyond 64 bits.
 *
 * Everything but the check relies on text that was checked before.
 */
#ifndef INFLIGHT_CLIENT_TEXT_H
#define INFLIGHT_CLIENT_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "client/bytes.h"

/*
 * Whether `text` is one JSON value (RFC 8259, valid UTF-8, no unpaired surrogate escape, nested at
 * most `depth_max` deep), with or without white space around it. Returns
 * NULL and the value without that white space, or else what is wrong, as a constant for people.
 */
const char *
inflight_text_check(struct inflight_span text, unsigned depth_max, struct inflight_span *ret_value);

/* Whether the bytes are valid UTF-8. */
bool inflight_text_is_utf8(struct inflight_span bytes);

/* Walks the members of an object or the elements of an array. */
struct inflight_walk {
	const char *at;
	const char *end;
	bool named; /* an object */
};

/* Any other value than an object or an array has nothing to walk over. */
void inflight_walk_init(struct inflight_walk *walk, struct inflight_span value);

/* The next one, or false. `ret_name` is the member's name with its quotes, empty in an array. */
bool inflight_walk_next(struct inflight_walk *walk, struct inflight_span *ret_name,
	struct inflight_span *ret_value);

/* How many values there are to walk over. */
size_t inflight_text_count(struct inflight_span value);

/* The first member of that name of an object; false where there is none or it is no object. */
bool inflight_text_member(
	struct inflight_span object, const char *name, struct inflight_span *ret_value);

/* Adds what a string value means, without quotes and escapes; false where it is no string. */
bool inflight_text_unquote(struct inflight_span value, struct inflight_bytes *out);

/* Adds the bytes, which must be valid UTF-8, as a JSON string. */
void inflight_text_quote(struct inflight_span bytes, struct inflight_bytes *out);

/* Adds `before` as it is, then the text as a JSON string; false where it is no UTF-8. */
bool inflight_text_add_string(struct inflight_bytes *out, const char *before, const char *text);

/* An integer literal of at most int64; false for every other value. */
bool inflight_text_int(struct inflight_span value, int64_t *ret);

/* Whether the value is this literal, such as "true" or "null". */
bool inflight_text_is(struct inflight_span value, const char *literal);

#endif
