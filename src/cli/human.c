/* See human.h. Nothing is kept. */
#include <config.h>

#include "cli/human.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define SECOND 1000
#define MINUTE (60 * SECOND)
#define HOUR   (60 * MINUTE)
#define DAY    (24 * HOUR)

const char *
human_count(char out[HUMAN_SIZE], int64_t count)
{
	char digits[24];
	size_t len;
	size_t at = 0;

	snprintf(digits, sizeof digits, "%" PRId64, count);
	len = strlen(digits);
	for (size_t i = 0; i < len; i++) {
		bool group = i > 0 && (len - i) % 3 == 0 && digits[i - 1] != '-';

		if (group)
			out[at++] = ' ';
		out[at++] = digits[i];
	}
	out[at] = '\0';
	return out;
}

/* One place behind the point, and none where that is 0. */
static const char *
one_place(char out[HUMAN_SIZE], int64_t tenths, const char *unit)
{
	if (tenths % 10 == 0)
		snprintf(out, HUMAN_SIZE, "%" PRId64 " %s", tenths / 10, unit);
	else
		snprintf(out, HUMAN_SIZE, "%" PRId64 ".%" PRId64 " %s", tenths / 10, tenths % 10,
			unit);
	return out;
}

/* The larger of two units and, where it is not 0, the smaller. */
static const char *
two_units(char out[HUMAN_SIZE], int64_t large, const char *large_unit, int64_t small,
	const char *small_unit)
{
	if (small == 0)
		snprintf(out, HUMAN_SIZE, "%" PRId64 " %s", large, large_unit);
	else
		snprintf(out, HUMAN_SIZE, "%" PRId64 " %s %" PRId64 " %s", large, large_unit, small,
			small_unit);
	return out;
}

const char *
human_ms(char out[HUMAN_SIZE], int64_t ms)
{
	if (ms < SECOND) {
		snprintf(out, HUMAN_SIZE, "%" PRId64 " ms", ms);
		return out;
	}
	if (ms < MINUTE)
		return one_place(out, ms / 100, "s");
	if (ms < HOUR)
		return two_units(out, ms / MINUTE, "min", ms % MINUTE / SECOND, "s");
	if (ms < DAY)
		return two_units(out, ms / HOUR, "h", ms % HOUR / MINUTE, "min");
	return two_units(out, ms / DAY, "d", ms % DAY / HOUR, "h");
}

const char *
human_us(char out[HUMAN_SIZE], int64_t us)
{
	if (us >= SECOND)
		return us < 10 * SECOND ? one_place(out, us / 100, "ms") : human_ms(out, us / 1000);
	snprintf(out, HUMAN_SIZE, "%" PRId64 " us", us);
	return out;
}

const char *
human_bytes(char out[HUMAN_SIZE], int64_t bytes)
{
	static const char *const units[] = {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
	int64_t size = 1;
	size_t unit = 0;

	while (bytes / size >= 1024 && unit + 1 < sizeof units / sizeof units[0]) {
		size *= 1024;
		unit++;
	}
	return one_place(out, (int64_t)((double)bytes * 10 / (double)size), units[unit]);
}

const char *
human_rate(char out[HUMAN_SIZE], double per_second)
{
	size_t len;

	if (per_second < 10) {
		snprintf(out, HUMAN_SIZE, "%.1f/s", per_second);
		return out;
	}
	human_count(out, (int64_t)per_second);
	len = strlen(out);
	snprintf(out + len, HUMAN_SIZE - len, "/s");
	return out;
}
