/*
 * The parts of the scanner that read a single string, number or literal. Every
 * function takes the place to read at and returns the place behind what it read,
 * or NULL after saying what is wrong. Only for the files of this folder.
 */
#ifndef INFLIGHT_JSON_SCALAR_H
#define INFLIGHT_JSON_SCALAR_H

#include "json/scan.h"

struct scanner {
	const char *begin;
	const char *end;
	struct scan *scan; /* takes the error */
};

/* Says what is wrong with the byte at `at`; returns NULL. */
const char *scan_fail(struct scanner *scanner, const char *at, const char *error)
	__attribute__((cold, noinline));

/* A string, from its opening quote. */
const char *scan_string(struct scanner *scanner, const char *at, struct value *ret);

/* Any value that is no container; `at` may be the line's end. */
const char *scan_scalar(struct scanner *scanner, const char *at, struct value *ret);

#endif
