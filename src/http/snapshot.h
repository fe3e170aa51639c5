/*
 * What one survey found: the figures of the whole, of the queues that have figures of their own,
 * and of all others together. Constant once it is complete, and counted, because several answers
 * may be written from it at their peers' pace.
 */
#ifndef INFLIGHT_HTTP_SNAPSHOT_H
#define INFLIGHT_HTTP_SNAPSHOT_H

#include "command/survey.h"

/* What only grows, of one queue or several. Nothing but uint64_t, so that it can be added up. */
struct tally {
	struct queue_counters counters;
	struct queue_histograms histograms;
};

/* Of one queue, or of several together. Nothing but uint64_t. */
struct queue_figures {
	struct queue_gauges gauges;
	uint64_t waiters;
	uint64_t paused;
	uint64_t closed;
	struct tally tally;
};

struct queue_row {
	struct queue_figures figures;
	uint8_t name_len;
	char name[NAME_MAX_BYTES];
};

/* What the system knows of this process; 0: it does not tell. */
struct process_figures {
	uint64_t start_ms; /* since 1970 */
	uint64_t cpu_ms;
	uint64_t resident_bytes;
	uint64_t virtual_bytes;
	uint64_t max_descriptors;
};

struct whole_figures {
	struct service_figures service;
	struct stats_answer engine;
	struct process_figures process;
	uint64_t draining;
	uint64_t other_queues; /* that have no row */
	uint64_t one;          /* 1, for what is told by labels */
};

struct snapshot {
	unsigned references;
	struct whole_figures whole;
	struct queue_figures others;
	struct queue_row *rows; /* in the order of their names */
	size_t row_count;
};

struct snapshot *snapshot_new(void); /* with one reference */
void snapshot_unref(struct snapshot *snapshot);

/* A new row at the end. */
struct queue_row *snapshot_add(struct snapshot *snapshot, struct span name);

/* to += what, to -= what. */
void tally_add(struct tally *to, const struct tally *what);
void tally_subtract(struct tally *to, const struct tally *what);

/* Has any of it gone back? */
bool tally_is_less(const struct tally *now, const struct tally *before);

/* The figures of one more queue, which is among those told together; the tally is left alone. */
void gauges_join(struct queue_figures *together, const struct queue_figures *one);

/* All but when it started. */
void process_figures_read(struct process_figures *ret);
uint64_t process_wall_ms(void); /* since 1970 */

#endif
