/*
 * The counters of a queue, or the sums of all: in `queue.stats` and in `stats`.
 */
#ifndef INFLIGHT_COMMAND_COUNTERS_H
#define INFLIGHT_COMMAND_COUNTERS_H

#include "base/buf.h"
#include "command/command.h"
#include "engine/engine.h"

/* For the result tables, in the order counters_write() has them. */
#define COUNTER_MEMBERS                                                                           \
	{.name = "enqueued", .type = MEMBER_INTEGER}, {.name = "merged", .type = MEMBER_INTEGER}, \
		{.name = "refused_depth", .type = MEMBER_INTEGER},                                \
		{.name = "refused_width", .type = MEMBER_INTEGER},                                \
		{.name = "dequeued", .type = MEMBER_INTEGER},                                     \
		{.name = "finished", .type = MEMBER_INTEGER},                                     \
		{.name = "failed", .type = MEMBER_INTEGER},                                       \
		{.name = "released", .type = MEMBER_INTEGER},                                     \
		{.name = "lease_expired", .type = MEMBER_INTEGER},                                \
		{.name = "died", .type = MEMBER_INTEGER},                                         \
		{.name = "expired", .type = MEMBER_INTEGER},                                      \
		{.name = "cancelled", .type = MEMBER_INTEGER},                                    \
		{.name = "purged", .type = MEMBER_INTEGER},                                       \
		{.name = "deleted", .type = MEMBER_INTEGER},                                      \
		{.name = "kicked", .type = MEMBER_INTEGER},                                       \
	{                                                                                         \
		.name = "dead_dropped", .type = MEMBER_INTEGER                                    \
	}

/* `,"enqueued":...` to `,"dead_dropped":...` */
void counters_write(struct buf *out, const struct queue_counters *counters);

#endif
