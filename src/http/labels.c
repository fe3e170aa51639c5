/*
 * An array in the order of the names, as queues come in a survey: so finding one is moving on.
 */
#include <config.h>

#include "http/labels.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "base/check.h"

void
labels_init(struct labels *labels, size_t max)
{
	*labels = (struct labels){.at = xcalloc(max, sizeof(labels->at[0])), .max = max};
}

void
labels_fini(struct labels *labels)
{
	free(labels->at);
}

void
labels_begin(struct labels *labels)
{
	labels->cursor = 0;
	labels->is_full = false;
	for (size_t i = 0; i < labels->count; i++)
		labels->at[i].seen = false;
}

/* Its history is told of no more, neither by it nor by the others. */
static void
let_go_history(struct labels *labels, const struct labelled *place)
{
	tally_add(&labels->gone, &place->last);
	tally_subtract(&labels->gone, &place->base);
}

static void
see_again(struct labels *labels, struct labelled *place, const struct tally *tally)
{
	/* A queue of that name was deleted, and this is another. */
	if (tally_is_less(tally, &place->last)) {
		let_go_history(labels, place);
		place->base = (struct tally){.counters = {0}};
	}
	place->last = *tally;
	place->seen = true;
}

static void
insert(struct labels *labels, size_t at, struct span name, const struct tally *tally)
{
	struct labelled *place = &labels->at[at];

	memmove(place + 1, place, (labels->count - at) * sizeof(*place));
	labels->count++;
	*place = (struct labelled){.last = *tally, .seen = true, .name_len = (uint8_t)name.len};
	memcpy(place->name, name.ptr, name.len);
	/* Where all had a place it is new, else the others may have told of it already. */
	if (labels->was_full)
		place->base = *tally;
}

static int
compare(const struct labelled *place, struct span name)
{
	return span_compare(span_make(place->name, place->name_len), name);
}

bool
labels_see(struct labels *labels, struct span name, const struct tally *tally)
{
	struct labelled *at = labels->at;
	int order = -1;

	while (labels->cursor < labels->count && (order = compare(&at[labels->cursor], name)) < 0)
		labels->cursor++;
	if (labels->cursor < labels->count && order == 0) {
		see_again(labels, &at[labels->cursor++], tally);
		return true;
	}
	if (labels->count == labels->max) {
		labels->is_full = true;
		return false;
	}
	insert(labels, labels->cursor++, name, tally);
	return true;
}

struct tally
labels_end(struct labels *labels)
{
	struct tally sum;
	size_t kept = 0;

	for (size_t i = 0; i < labels->count; i++) {
		if (!labels->at[i].seen)
			let_go_history(labels, &labels->at[i]);
	}
	sum = labels->gone;
	for (size_t i = 0; i < labels->count; i++) {
		if (!labels->at[i].seen)
			continue;
		tally_add(&sum, &labels->at[i].last);
		tally_subtract(&sum, &labels->at[i].base);
		if (kept != i)
			labels->at[kept] = labels->at[i];
		kept++;
	}
	labels->count = kept;
	labels->was_full = labels->is_full;
	return sum;
}
