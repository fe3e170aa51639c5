/*
 * What to do next after an error: lines that begin with "try: ", on standard error.
 * Where nothing useful can be said nothing is.
 */
#ifndef INFLIGHT_CLI_HINT_H
#define INFLIGHT_CLI_HINT_H

#include "client/bytes.h"
#include "inflight.h"

/*
 * After the daemon's error to a request with these params. Where a name is not known it is asked,
 * briefly, for those that are nearly the same.
 */
void hint_error(struct inflight *client, const char *method, struct inflight_span params,
	const struct inflight_reply *reply);

/* The same where the params are no longer there, but for the queue. */
void hint_queue_error(struct inflight *client, const char *method, const char *queue,
	const struct inflight_reply *reply);

/* After a call that got no answer. */
void hint_status(const struct inflight *client, enum inflight_status status);

/* After words that are no verb; the second one may be NULL. */
void hint_verb(const char *first, const char *second);

#endif
