/*
 * Messages for people, on stderr, each one line that begins with the tool's name.
 * What a peer sent cannot move the cursor: what is not printable becomes a question mark.
 */
#ifndef INFLIGHT_CLI_REPORT_H
#define INFLIGHT_CLI_REPORT_H

#include "client/bytes.h"
#include "inflight.h"

void report(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* What to do next, on a line of its own that begins with "try: ". */
void report_try(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* The daemon's error, after `what` and a colon where it is not NULL. */
void report_error(const char *what, const struct inflight_reply *reply);

/* A failed request without a reply; returns the exit status that belongs to it. */
int report_status(const struct inflight *client, enum inflight_status status);

/* The end where memory ran out. */
void out_of_memory(void) __attribute__((noreturn));

/* Ends the program where memory ran out while `bytes` were added. */
static inline void
need_memory(const struct inflight_bytes *bytes)
{
	if (bytes->failed)
		out_of_memory();
}

/* Never NULL; all zero. */
void *zero_alloc(size_t count, size_t size);

#endif
