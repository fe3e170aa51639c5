/*
 * Names of queues and groups in hints.
 */
#ifndef INFLIGHT_CLI_HINT_NAME_H
#define INFLIGHT_CLI_HINT_NAME_H

#include "client/bytes.h"
#include "inflight.h"

#define HINT_NAME_SIZE 512

/* The queue, or else the group, that the params name, as a word for the shell; "NAME": neither. */
void hint_name_of(struct inflight_span params, char ret[HINT_NAME_SIZE]);

/* The daemon does not know the name in this param, "queue" or "group": which are near it? */
void hint_name(struct inflight *client, struct inflight_span params, const char *kind);

#endif
