/* See nearest.h. Nothing is kept. */
#include <config.h>

#include "cli/nearest.h"

#include <string.h>

#define WORD_MAX 64

static size_t
least(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* Row by row: the cost of making the first i letters of one word of the first j of the other. */
size_t
nearest_distance(const char *one, const char *other)
{
	size_t rows[3][WORD_MAX + 1];
	size_t *before = rows[0];
	size_t *last = rows[1];
	size_t *now = rows[2];
	size_t height = strlen(one);
	size_t width = strlen(other);

	if (height > WORD_MAX || width > WORD_MAX)
		return height > width ? height : width;
	for (size_t j = 0; j <= width; j++)
		last[j] = before[j] = j;
	for (size_t i = 1; i <= height; i++) {
		size_t *spare = before;

		now[0] = i;
		for (size_t j = 1; j <= width; j++) {
			now[j] = last[j - 1] + (one[i - 1] != other[j - 1]);
			now[j] = least(now[j], least(last[j], now[j - 1]) + 1);
			if (i > 1 && j > 1 && one[i - 1] == other[j - 2] &&
				one[i - 2] == other[j - 1])
				now[j] = least(now[j], before[j - 2] + 1);
		}
		before = last;
		last = now;
		now = spare;
	}
	return last[width];
}

void
nearest_offer(struct nearest *nearest, const char *candidate)
{
	size_t distance = nearest_distance(nearest->given, candidate);
	size_t bound = (strlen(nearest->given) + 2) / 3;

	if (distance <= bound && (nearest->best == NULL || distance < nearest->distance)) {
		nearest->best = candidate;
		nearest->distance = distance;
	}
}
