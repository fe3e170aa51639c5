/*
 * What is noted in the histograms of a queue, and in those of all. Times are of the verb under
 * way.
 */
#ifndef INFLIGHT_CORE_NOTE_H
#define INFLIGHT_CORE_NOTE_H

#include "core/machine.h"

/* A time is in the place of the next whole millisecond, and adds its microseconds. */
static inline void
note_time(struct histogram *own, struct histogram *all, uint64_t from_ns, uint64_t now_ns)
{
	uint64_t ns = now_ns > from_ns ? now_ns - from_ns : 0;
	unsigned place = histogram_place((ns + NS_PER_MS - 1) / NS_PER_MS, TIME_SHIFT);

	histogram_note(own, place, ns / 1000);
	histogram_note(all, place, ns / 1000);
}

/* A set is delivered for the `attempt`th time. */
static inline void
note_delivery(struct queue *queue, const struct set *set, uint64_t attempt)
{
	struct queue_histograms *own = &queue->histograms;
	struct queue_histograms *all = &queue->core->histograms;
	unsigned place = histogram_place(set->op_count, WIDTH_SHIFT);

	histogram_note(&own->width, place, set->op_count);
	histogram_note(&all->width, place, set->op_count);
	if (attempt == 1)
		note_time(&own->wait, &all->wait, set->created_ns, queue->core->now_ns);
}

/* A leased set, or a part of it, is finished. */
static inline void
note_finish(struct queue *queue, const struct lease *lease)
{
	struct core *core = queue->core;

	note_time(&queue->histograms.work, &core->histograms.work, lease->granted_ns, core->now_ns);
}

#endif
