/*
 * A sink for the audit stream of a service in the same process: every record is checked
 * as soon as it is written.
 */
#ifndef INFLIGHT_TESTS_AUDIT_LISTENER_H
#define INFLIGHT_TESTS_AUDIT_LISTENER_H

#include "command/audit.h"

struct listener;

/* Violations are printed under that name. Returns new. */
struct listener *listener_new(const char *name);
struct audit_sink listener_sink(struct listener *listener);

/* Has everything so far followed? */
bool listener_is_content(const struct listener *listener);

/* Ops that came so far, and those of them that are still there. */
uint64_t listener_enqueued(const struct listener *listener);
uint64_t listener_alive(const struct listener *listener);

/* The stream is over; frees it. Did all of it follow? */
bool listener_end(struct listener *listener);

#endif
