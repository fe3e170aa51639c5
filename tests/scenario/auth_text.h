/*
 * The auth files of the scenarios, which stand beside them.
 */
#ifndef INFLIGHT_TESTS_SCENARIO_AUTH_TEXT_H
#define INFLIGHT_TESTS_SCENARIO_AUTH_TEXT_H

#include <stdbool.h>

#include "base/buf.h"

/* Appends what stands in the file of that name; false where there is none. */
bool auth_text_read(const char *name, struct buf *text);

#endif
