/*
 * Which queues have figures of their own. As many as may be; a queue keeps its place as long as
 * it lives, and places that are free go to others in the order of their names. So series
 * do not come and go with the load.
 *
 * What the others did is told as the rest of what all did. That rest must only grow, or it would
 * look as if the daemon had begun anew: so what a queue did while it had no place stays there,
 * and what one did that had a place does not come back there when it is gone.
 */
#ifndef INFLIGHT_HTTP_LABELS_H
#define INFLIGHT_HTTP_LABELS_H

#include "http/snapshot.h"

struct labelled {
	struct tally base; /* what it had done when it got its place, and others may tell of */
	struct tally last; /* what it had done when it was seen last */
	bool seen;         /* in this survey */
	uint8_t name_len;
	char name[NAME_MAX_BYTES];
};

struct labels {
	struct labelled *at; /* in the order of their names; room for `max` */
	size_t count;
	size_t max;
	size_t cursor; /* the place that a queue of this survey may have, or before which it goes */
	bool was_full; /* some queue had no place in the last survey */
	bool is_full;  /* in this */
	struct tally gone; /* done under a place, by queues that are no more */
};

void labels_init(struct labels *labels, size_t max);
void labels_fini(struct labels *labels);

/*
 * A survey: begin, each queue in the order of the names (true: it has a place), end, which
 * returns what the queues with a place did in all, as it is to be taken off the whole.
 */
void labels_begin(struct labels *labels);
bool labels_see(struct labels *labels, struct span name, const struct tally *tally);
struct tally labels_end(struct labels *labels);

#endif
