/*
 * Snapshots live on the heap, their rows in one array.
 */
#include <config.h>

#include "http/snapshot.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "base/check.h"

struct snapshot *
snapshot_new(void)
{
	struct snapshot *snapshot = xcalloc(1, sizeof(*snapshot));

	snapshot->references = 1;
	return snapshot;
}

void
snapshot_unref(struct snapshot *snapshot)
{
	if (--snapshot->references > 0)
		return;
	free(snapshot->rows);
	free(snapshot);
}

struct queue_row *
snapshot_add(struct snapshot *snapshot, struct span name)
{
	size_t count = snapshot->row_count;
	struct queue_row *row;

	CHECK(name.len <= NAME_MAX_BYTES);
	/* Doubled each time it is full: at powers of two. */
	if ((count & (count - 1)) == 0)
		snapshot->rows = xrealloc(
			snapshot->rows, (count == 0 ? 1 : 2 * count) * sizeof(snapshot->rows[0]));
	row = &snapshot->rows[snapshot->row_count++];
	*row = (struct queue_row){.name_len = (uint8_t)name.len};
	memcpy(row->name, name.ptr, name.len);
	return row;
}

/* ---- tallies ----------------------------------------------------------------- */

#define TALLY_WORDS (sizeof(struct tally) / sizeof(uint64_t))

_Static_assert(sizeof(struct tally) % sizeof(uint64_t) == 0, "a tally is made of words");

union tally_words {
	struct tally tally;
	uint64_t at[TALLY_WORDS];
};

void
tally_add(struct tally *to, const struct tally *what)
{
	union tally_words sum = {.tally = *to};
	union tally_words more = {.tally = *what};

	for (size_t i = 0; i < TALLY_WORDS; i++)
		sum.at[i] += more.at[i];
	*to = sum.tally;
}

void
tally_subtract(struct tally *to, const struct tally *what)
{
	union tally_words rest = {.tally = *to};
	union tally_words less = {.tally = *what};

	for (size_t i = 0; i < TALLY_WORDS; i++)
		rest.at[i] -= less.at[i];
	*to = rest.tally;
}

bool
tally_is_less(const struct tally *now, const struct tally *before)
{
	union tally_words a = {.tally = *now};
	union tally_words b = {.tally = *before};

	for (size_t i = 0; i < TALLY_WORDS; i++) {
		if (a.at[i] < b.at[i])
			return true;
	}
	return false;
}

static uint64_t
larger(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

void
gauges_join(struct queue_figures *together, const struct queue_figures *one)
{
	struct queue_gauges *sum = &together->gauges;
	const struct queue_gauges *more = &one->gauges;

	sum->depth += more->depth;
	sum->ready += more->ready;
	sum->waiting += more->waiting;
	sum->held += more->held;
	sum->leased += more->leased;
	sum->dead += more->dead;
	sum->ops += more->ops;
	sum->oldest_ready_ms = larger(sum->oldest_ready_ms, more->oldest_ready_ms);
	sum->longest_lease_ms = larger(sum->longest_lease_ms, more->longest_lease_ms);
	together->waiters += one->waiters;
	together->paused += one->paused;
	together->closed += one->closed;
}
