/*
 * Expectations: the text substitutions of scripts, and comparing an answer with
 * what was expected of it. Bound names live in a struct bindings, which owns them.
 */
#ifndef INFLIGHT_TESTS_SCENARIO_EXPECT_H
#define INFLIGHT_TESTS_SCENARIO_EXPECT_H

#include <stdbool.h>
#include <stddef.h>

#include <jansson.h>

#include "base/buf.h"
#include "scenario/script.h"

#define BINDINGS_MAX 64

struct bindings {
	char *names[BINDINGS_MAX];
	char *texts[BINDINGS_MAX]; /* JSON */
	size_t count;
};

void bindings_fini(struct bindings *bindings);

/* Forgets what was bound beyond `count`: a comparison that failed leaves nothing behind. */
void bindings_cut(struct bindings *bindings, size_t count);

/*
 * Replaces "$NAME" and <N*text>; appends to `out`, which is terminated by a NUL that does not
 * count. False: *error (WHY_SIZE bytes) says why.
 */
bool expect_expand(const struct bindings *bindings, const char *text, struct buf *out, char *error);

/* Undoes the escapes of a quoted string: \xNN, \n, \r, \t, \\, \". */
bool expect_unescape(const char *text, struct buf *out, char *error);

/*
 * Parses JSON with every number kept as it is spelled: as a string that begins
 * with \001. NULL: *error (WHY_SIZE bytes) says why. Returns new.
 */
json_t *expect_parse(const char *text, size_t len, char *error);

/*
 * Does `got` (may be NULL: absent) fit `expected`? False: *error (WHY_SIZE bytes) tells where and
 * how not. With `any_order` the elements of the outermost array may come in any order.
 */
bool
expect_match(struct bindings *bindings, json_t *expected, json_t *got, bool any_order, char *error);

#endif
