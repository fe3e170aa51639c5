/*
 * `inflight watch`: asks for the statistics of a queue again and again. watch.c has the
 * loop, watch_show.c what is shown of them.
 */
#ifndef INFLIGHT_CLI_WATCH_H
#define INFLIGHT_CLI_WATCH_H

#include <stddef.h>
#include <stdint.h>

#include "cli/cli.h"
#include "cli/terminal.h"
#include "client/bytes.h"

#define WATCH_NUMBERS 16 /* at most so many are shown */

/* How samples are shown. */
enum watch_manner {
	WATCH_JSON,  /* each as it came, on a line */
	WATCH_LINES, /* each as the row of a table */
	WATCH_PLACE, /* each in the place of the one before */
};

/* What was shown last; all zero at first, but for the manner and the terminal. */
struct watch_view {
	enum watch_manner manner;
	struct terminal terminal;
	int64_t numbers[WATCH_NUMBERS]; /* of the last sample */
	int64_t at_ms;                  /* when it came */
	uint64_t samples;
	size_t lines; /* that stand above the cursor, to be written over */
};

struct watch_view watch_view_of(enum format format);

/* Shows a sample that came at that time; returns the exit status. */
int watch_show(struct watch_view *view, struct inflight_span stats, int64_t at_ms);

#endif
