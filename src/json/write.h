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

void json_add_bool(struct buf *buf, bool value);

/* `{"name":` and `,"name":`; the name is a literal of ours without escapes. */
void json_first(struct buf *buf, struct span name);
void json_member(struct buf *buf, struct span name);

/* Members in one go: `,"name":value`. */
void json_member_string(struct buf *buf, struct span name, struct span value);
void json_member_uint(struct buf *buf, struct span name, uint64_t value);
void json_member_bool(struct buf *buf, struct span name, bool value);
void json_member_raw(struct buf *buf, struct span name, struct span json);

#endif
