/*
 * Text that a peer made, for a terminal. What could move the cursor, change its colours
 * or turn the direction of writing is shown as the escapes of JSON, \u001b for ESC; so
 * what was JSON still is, with the same meaning.
 */
#ifndef INFLIGHT_CLI_SAFE_H
#define INFLIGHT_CLI_SAFE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "client/bytes.h"

/* To be called once, before the others: from then on all characters of UTF-8 are known. */
void safe_init(void);

/* Adds the text, every character of it printable. A byte that is no UTF-8 becomes \xff. */
void safe_text(struct inflight_span text, struct inflight_bytes *out);

/* The same for JSON, whose white space stays. */
void safe_json(struct inflight_span json, struct inflight_bytes *out);

/* The same for text of several lines: line ends and tabs stay. */
void safe_lines(struct inflight_span text, struct inflight_bytes *out);

/* The same for messages, where each such character or byte becomes a question mark. */
void safe_message(struct inflight_span text, struct inflight_bytes *out);

/* Prints safe_text(). */
void safe_print(FILE *out, struct inflight_span text);

/* Whether safe_text() would change nothing. */
bool safe_is(struct inflight_span text);

/* How many columns of a terminal such text takes. */
size_t safe_width(struct inflight_span text);

/* How many of its bytes fit into that many columns. */
size_t safe_fit(struct inflight_span text, size_t columns);

#endif
