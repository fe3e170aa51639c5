/*
 * The names of queues and groups that begin with some text, for the completion of shells.
 */
#ifndef INFLIGHT_CLI_COMPLETE_NAMES_H
#define INFLIGHT_CLI_COMPLETE_NAMES_H

#include "cli/cli.h"

#define COMPLETE_NAMES_MS 300 /* somebody has pressed a key and waits */

/* Asks the daemon for them, "queue" or "group"; where it does not answer there are none. */
void complete_names(const struct common *common, const char *kind, const char *prefix,
	void (*found)(void *arg, const char *name), void *arg);

#endif
