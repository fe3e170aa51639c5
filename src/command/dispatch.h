/*
 * From a line to its commands: scans it, tells a request from a batch, finds the
 * command, parses its params and runs it. Everything that is wrong with a line
 * is answered here.
 */
#ifndef INFLIGHT_COMMAND_DISPATCH_H
#define INFLIGHT_COMMAND_DISPATCH_H

#include "base/err.h"
#include "base/span.h"

struct session;

/* Executes one line (no newline, not blank); returns how many requests it held. */
unsigned dispatch_line(struct session *session, char *line, size_t len);

/* Answers, in the strict form with id null, something that is no request. */
void dispatch_reject(struct session *session, enum err err, const char *message);

#endif
