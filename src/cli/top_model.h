/*
 * What `inflight top` knows: the daemon and its queues as they were when asked last,
 * rates between two answers, and which queues are shown in which order. No sockets,
 * no terminal, no clock: the time is an argument.
 */
#ifndef INFLIGHT_CLI_TOP_MODEL_H
#define INFLIGHT_CLI_TOP_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "client/bytes.h"

/* The columns of the table, and what it can be sorted by. */
enum top_column {
	TOP_NAME,
	TOP_DEPTH,
	TOP_ENQUEUED,
	TOP_MERGED,
	TOP_FINISHED,
	TOP_OLDEST,
	TOP_LEASED,
	TOP_WAITERS,
	TOP_DEAD,
	TOP_COLUMNS, /* how many there are */
};

/* One answer of queue.stats. */
struct top_sample {
	int64_t at_ms;
	bool paused;
	bool closed;
	int64_t depth;
	int64_t leased;
	int64_t waiters;
	int64_t dead;
	int64_t oldest_ms;
	int64_t enqueued;
	int64_t merged;
	int64_t finished; /* with a result or an error */
};

/* A queue. A rate is negative where it is not known. */
struct top_row {
	char *name;
	uint64_t round; /* of the list that named it last */
	uint64_t asked; /* of the round in which it was asked last */
	bool known;     /* `sample` is there */
	struct top_sample sample;
	double rates[TOP_COLUMNS]; /* a second; of the counters only */
};

/* One answer of stats and info. */
struct top_daemon {
	int64_t at_ms;
	char version[32];
	char incarnation[32];
	int64_t uptime_ms;
	int64_t connections;
	int64_t waiters;
	int64_t queues;
	int64_t groups;
	int64_t leases;
	int64_t memory;
	int64_t memory_max; /* 0: no limit */
	int64_t enqueued;
	int64_t merged;
	int64_t finished;
	int64_t requests;
	int64_t errors;
};

struct top_rates {
	double enqueued;
	double merged;
	double finished;
	double requests;
	double errors;
};

struct top_model {
	bool known; /* `daemon` is there */
	struct top_daemon daemon;
	struct top_rates rates; /* negative: not known */

	struct top_row **rows; /* by name */
	size_t count;
	size_t sorted; /* of these are in order; those behind came since */
	size_t capacity;
	uint64_t round;

	struct top_row **view; /* those shown, in their order */
	size_t view_count;
	size_t selected; /* a place in the view */
	bool picked;     /* and a queue, wherever it moves; else always the first one */
	size_t first;    /* the row at the top of the screen */
	enum top_column sort;
	bool reversed;
	struct inflight_bytes filter; /* only names that contain it, capitals or not */
};

void top_model_init(struct top_model *model);
void top_model_fini(struct top_model *model);

/* ---- answers ------------------------------------------------------------- */

void top_model_set_daemon(struct top_model *model, const struct top_daemon *daemon);

/* A list of all queues, from its beginning to its end; what it does not name is gone then. */
void top_model_list_begin(struct top_model *model);
void top_model_list_name(struct top_model *model, const char *name);
void top_model_list_end(struct top_model *model);

void top_model_set_sample(struct top_row *row, const struct top_sample *sample);

/*
 * Which queues to ask about in this round, at most `limit`: those on the screen first, then those
 * that were not asked for the longest time. Returns how many there are in `ret`.
 */
size_t
top_model_choose(struct top_model *model, size_t visible, size_t limit, struct top_row **ret);

/* Counters that come from now on have nothing to do with those before. */
void top_model_forget(struct top_model *model);

/* ---- what is shown ------------------------------------------------------- */

/* Filters and sorts anew. */
void top_model_arrange(struct top_model *model);

/* NULL where nothing is shown. */
struct top_row *top_model_selected(const struct top_model *model);

/* Moves the selection so many rows, as far as there are any. */
void top_model_move(struct top_model *model, int64_t rows);

/* Scrolls so that the selection is among `visible` rows. */
void top_model_scroll(struct top_model *model, size_t visible);

/* Sorts by the column that is so many to the right. */
void top_model_sort_by(struct top_model *model, int columns);

#endif
