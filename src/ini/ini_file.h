/*
 * Files of lines NAME = VALUE under [SECTION] headers, in the form of systemd's and
 * many others. This reads such a file whole and hands out what stands in it, line by
 * line; what the names and sections mean is its caller's matter. Nothing here
 * outlives the call.
 *
 * There is nothing in such a file that includes another or expands anything.
 */
#ifndef INFLIGHT_INI_INI_FILE_H
#define INFLIGHT_INI_INI_FILE_H

#include <stdbool.h>
#include <sys/stat.h>

#include "base/buf.h"
#include "base/span.h"

#define INI_WHY_SIZE   640
#define INI_ERROR_SIZE 1024

/* Who takes the lines. Both functions return false with the end of a sentence in `why`. */
struct ini_taker {
	void *arg;
	const char *forms; /* what a line may be, for the error: "NAME = VALUE nor [queue NAME]" */
	/* A line that begins with '[', without white space around it. */
	bool (*section)(void *arg, struct span line, char *why);
	bool (*value)(void *arg, const char *name, const char *value, char *why);
	unsigned line; /* number of the line under way, from 1 */
};

/*
 * Appends the whole file to `text`; what it is goes to *ret. False: *error (at least
 * INI_ERROR_SIZE) is one line that names the file.
 */
bool ini_file_load(const char *path, struct buf *text, struct stat *ret, char *error);

/*
 * Hands out the lines of `text`, consuming it, until one is not taken. False: *error is one
 * line that names the file and the line's number.
 */
bool ini_file_parse(const char *path, struct buf *text, struct ini_taker *taker, char *error);

/* Writes such an error about that line. */
void ini_file_fail(const char *path, unsigned line, const char *why, char *error);

#endif
