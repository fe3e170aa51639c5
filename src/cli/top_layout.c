/* See top_layout.h. */
#include <config.h>

#include "cli/top_layout.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>

#define NAME_MIN      12 /* with the mark before it */
#define SUMMARY_LINES 3
#define SECOND        1000
#define MINUTE        (60 * SECOND)
#define HOUR          (60 * MINUTE)
#define DAY           (24 * HOUR)

void
top_columns_fit(size_t width, struct top_columns *ret)
{
	/* The most telling first. */
	static const struct {
		enum top_column column;
		size_t width;
	} wanted[] = {
		{TOP_DEPTH, 7},
		{TOP_FINISHED, 7},
		{TOP_OLDEST, 7},
		{TOP_ENQUEUED, 7},
		{TOP_DEAD, 6},
		{TOP_LEASED, 7},
		{TOP_MERGED, 8},
		{TOP_WAITERS, 8},
	};
	struct top_columns columns = {{0}};
	size_t used = 0;

	for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++) {
		if (used + 1 + wanted[i].width + NAME_MIN > width)
			break;
		used += 1 + wanted[i].width;
		columns.widths[wanted[i].column] = wanted[i].width;
	}
	columns.widths[TOP_NAME] = width - used;
	*ret = columns;
}

void
top_heights_fit(size_t height, struct top_heights *ret)
{
	struct top_heights heights = {
		.summary = height >= 10  ? SUMMARY_LINES
			   : height >= 6 ? 1
					 : 0,
		.header = height >= 3 ? 1 : 0,
		.footer = height >= 2 ? 1 : 0,
	};

	heights.rows = height - heights.summary - heights.header - heights.footer;
	*ret = heights;
}

const char *
top_number_text(char out[TOP_TEXT_SIZE], int64_t number)
{
	static const char units[] = "MGTPE";
	double value = (double)number;
	int unit = -1;

	if (number < 0) {
		snprintf(out, TOP_TEXT_SIZE, "-");
		return out;
	}
	if (number < 1000000) {
		snprintf(out, TOP_TEXT_SIZE, "%" PRId64, number);
		return out;
	}
	/* Three digits, so that 999.5 is already the next unit. */
	for (value /= 1000; value >= 999.5; value /= 1000)
		unit++;
	snprintf(out, TOP_TEXT_SIZE, "%.*f%c",
		value < 9.995   ? 2
		: value < 99.95 ? 1
				: 0,
		value, units[unit]);
	return out;
}

const char *
top_rate_text(char out[TOP_TEXT_SIZE], double rate)
{
	if (rate > 0 && rate < 9.95)
		snprintf(out, TOP_TEXT_SIZE, "%.1f", rate);
	else
		top_number_text(out, rate < 0 ? -1 : (int64_t)(rate + 0.5));
	return out;
}

const char *
top_age_text(char out[TOP_TEXT_SIZE], int64_t ms)
{
	if (ms < 0)
		snprintf(out, TOP_TEXT_SIZE, "-");
	else if (ms < SECOND)
		snprintf(out, TOP_TEXT_SIZE, "%" PRId64 "ms", ms);
	else if (ms < 10 * SECOND)
		snprintf(out, TOP_TEXT_SIZE, "%" PRId64 ".%" PRId64 "s", ms / SECOND,
			ms % SECOND / 100);
	else if (ms < 2 * MINUTE)
		snprintf(out, TOP_TEXT_SIZE, "%" PRId64 "s", ms / SECOND);
	else if (ms < 2 * HOUR)
		snprintf(out, TOP_TEXT_SIZE, "%" PRId64 "m", ms / MINUTE);
	else if (ms < 2 * DAY)
		snprintf(out, TOP_TEXT_SIZE, "%" PRId64 "h", ms / HOUR);
	else
		snprintf(out, TOP_TEXT_SIZE, "%" PRId64 "d", ms / DAY);
	return out;
}
