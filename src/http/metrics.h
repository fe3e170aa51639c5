/*
 * GET /metrics. One survey of all queues at a time; whoever asks meanwhile shares what it finds.
 */
#ifndef INFLIGHT_HTTP_METRICS_H
#define INFLIGHT_HTTP_METRICS_H

#include <stdbool.h>

struct http;
struct metrics;

struct metrics *metrics_new(struct http *http);
void metrics_free(struct metrics *metrics); /* when no exchange is left */

/* Goes on with the survey; true where it can be called again at once. */
bool metrics_turn(struct metrics *metrics);
bool metrics_has_work(const struct metrics *metrics);

#endif
