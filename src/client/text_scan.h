/*
 * A cursor over JSON text and the steps that move it. What client/text.h is made of.
 */
#ifndef INFLIGHT_CLIENT_TEXT_SCAN_H
#define INFLIGHT_CLIENT_TEXT_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* No value is read deeper than this: replies hold what others sent, one level or two deeper. */
#define INFLIGHT_SCAN_DEPTH_MAX 1024

struct inflight_scan {
	const char *at;
	const char *end;
	const char *wrong; /* set where a step failed */
};

void inflight_scan_space(struct inflight_scan *scan);

/* A string with its quotes. */
bool inflight_scan_string(struct inflight_scan *scan);

/* The code point of a \u escape whose "\u" was read; -1 where it is none or half a pair. */
int32_t inflight_scan_unicode(struct inflight_scan *scan);

/* One value, from its first byte to its last. */
bool inflight_scan_value(struct inflight_scan *scan, unsigned depth_max);

/* The length of the valid UTF-8 sequence at `at`, or 0: overlong forms and surrogates are none. */
size_t inflight_utf8_length(const char *at, const char *end);

#endif
