/*
 * Cuts a failing run down. What an event draws depends on the seed and its number alone,
 * so events can be left out and the others still mean the same. First the end is cut off,
 * then ever smaller stretches are left out, down to single events.
 */
#include <config.h>

#include "sim/run.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct cut {
	struct tally *tally;
	struct plan plan;
	bool *kept;
	const char *kind;
	unsigned tries;
};

static bool
still_fails(struct cut *cut)
{
	if (cut->tries == 0)
		return false;
	cut->tries--;
	return !run(cut->tally, &cut->plan) && cut->tally->kind == cut->kind;
}

/* Leaves out the kept ones of those steps, if that still fails; true where it does. */
static bool
try_without(struct cut *cut, uint64_t from, uint64_t to)
{
	bool *kept = cut->kept;
	bool *before;
	bool any = false;
	bool fails;

	for (uint64_t i = from; i < to; i++)
		any |= kept[i];
	if (!any)
		return false;
	before = malloc(to - from);
	if (before == NULL)
		return false;
	memcpy(before, kept + from, to - from);
	memset(kept + from, 0, to - from);
	fails = still_fails(cut);
	if (!fails)
		memcpy(kept + from, before, to - from);
	free(before);
	return fails;
}

void
cut_down(struct tally *tally, uint64_t seed, uint64_t events, bool *kept, const char *kind,
	unsigned tries)
{
	struct cut cut = {
		.tally = tally,
		.plan = {.first = seed,
			.end = seed + 1,
			.stride = 1,
			.events = events,
			.kept = kept,
			.quiet = true},
		.kept = kept,
		.kind = kind,
		.tries = tries,
	};

	/* A run ends with a drain, so the end can go first. */
	for (uint64_t size = events; size >= 1;) {
		bool helped = false;

		for (uint64_t to = events + 1; to > 1;) {
			uint64_t from = to > size ? to - size : 1;

			helped |= try_without(&cut, from, to);
			to = from;
		}
		if (!helped || size > 1)
			size /= 2;
	}
	cut.tries = 1;
	(void)still_fails(&cut); /* what is left says in the tally what it violates */
}

bool
steps_read(const char *text, bool *kept, uint64_t events)
{
	memset(kept, 0, events + 1);
	while (*text != '\0') {
		char *end;
		uint64_t first = strtoull(text, &end, 10);
		uint64_t last = first;

		if (end == text)
			return false;
		if (*end == '-') {
			text = end + 1;
			last = strtoull(text, &end, 10);
			if (end == text)
				return false;
		}
		for (uint64_t i = first; i <= last && i <= events; i++)
			kept[i] = true;
		text = *end == ',' ? end + 1 : end;
		if (*end != ',' && *end != '\0')
			return false;
	}
	return true;
}

void
steps_print(const bool *kept, uint64_t events)
{
	const char *comma = "";

	for (uint64_t i = 1; i <= events; i++) {
		uint64_t last = i;

		if (!kept[i])
			continue;
		while (last < events && kept[last + 1])
			last++;
		printf("%s%llu", comma, (unsigned long long)i);
		if (last > i)
			printf("-%llu", (unsigned long long)last);
		comma = ",";
		i = last;
	}
}
