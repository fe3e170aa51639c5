/*
 * Telling other protocols from ours by how a connection begins. No reader of JSON is
 * needed for that: a request begins with `{` or `[`.
 */
#ifndef INFLIGHT_COMMAND_FOREIGN_H
#define INFLIGHT_COMMAND_FOREIGN_H

#include <stdbool.h>

#include "base/span.h"

/* Can nothing of ours begin with that byte? Asked of the first one of a connection. */
bool foreign_byte(char first);

/*
 * Is that line another protocol's? Asked of the first one that is not blank, which may have blank
 * ones before it: HTTP allows that, and the binary PROXY header begins that way. What is merely no
 * JSON is not foreign.
 */
bool foreign_line(struct span line);

#endif
