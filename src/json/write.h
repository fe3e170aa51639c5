/*
 * Writing JSON into a buffer: no tree, no printf. The caller says where commas
 * go by using json_member() for every member but the first, which is
 * json_first().
 */
#ifndef INFLIGHT_JSON_WRITE_H
#define INFLIGHT_JSON_WRITE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"

/*
 * A string with its quotes. `text` is valid UTF-8; quotes, backslashes and control
 * characters (those below space) are escaped, all else is written as it is.
 */
void json_add_string(struct buf *buf, struct span text);

/* As above for text nobody has checked: each byte that is not UTF-8 becomes U+FFFD. */
void json_add_untrusted(struct buf *buf, struct span text);

/*
 * What follows is inline because names are literals: their lengths are known where they
 * are written, and a name becomes a few moves.
 */

static inline void
json_add_bool(struct buf *buf, bool value)
{
	buf_add(buf, value ? SPAN("true") : SPAN("false"));
}

static inline __attribute__((always_inline)) void
json_add_name(struct buf *buf, char before, struct span name)
{
	char *to = buf_reserve(buf, name.len + 4);

	to[0] = before;
	to[1] = '"';
	memcpy(to + 2, name.ptr, name.len);
	to[name.len + 2] = '"';
	to[name.len + 3] = ':';
	buf_commit(buf, name.len + 4);
}

/* `{"name":` and `,"name":`; the name is a literal of ours without escapes. */
static inline void
json_first(struct buf *buf, struct span name)
{
	json_add_name(buf, '{', name);
}

static inline void
json_member(struct buf *buf, struct span name)
{
	json_add_name(buf, ',', name);
}

/* Members in one go: `,"name":value`. */
static inline void
json_member_string(struct buf *buf, struct span name, struct span value)
{
	json_member(buf, name);
	json_add_string(buf, value);
}

static inline void
json_member_uint(struct buf *buf, struct span name, uint64_t value)
{
	json_member(buf, name);
	buf_add_uint(buf, value);
}

static inline void
json_member_bool(struct buf *buf, struct span name, bool value)
{
	json_member(buf, name);
	json_add_bool(buf, value);
}

static inline void
json_member_raw(struct buf *buf, struct span name, struct span json)
{
	json_member(buf, name);
	buf_add(buf, json);
}

#endif
