/* See value.h. Nothing is kept. */
#include <config.h>

#include "cli/value.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/nearest.h"
#include "cli/report.h"
#include "client/bytes.h"
#include "client/text.h"

#define COUNT_MAX INT64_C(9007199254740992) /* 2^53, the largest count of the protocol */

/* A unit of time behind a number, and how many milliseconds it has. */
static int64_t
unit_of(const char *text)
{
	static const struct {
		const char *name;
		int64_t ms;
	} units[] = {{"", 1}, {"ms", 1}, {"s", 1000}, {"m", 60000}, {"min", 60000}, {"h", 3600000},
		{"d", 86400000}};

	for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
		if (strcmp(text, units[i].name) == 0)
			return units[i].ms;
	}
	return 0;
}

/* Reads 1500, 1500ms, 1.5s and the like. */
static bool
parse_span(const char *text, int64_t max, int64_t *ret)
{
	size_t whole = strspn(text, "0123456789");
	bool broken = text[whole] == '.';
	const char *fraction = text + whole + broken;
	size_t places = broken ? strspn(fraction, "0123456789") : 0;
	int64_t unit = unit_of(fraction + places);
	int64_t value = 0;

	if (whole == 0 || unit == 0 || (broken && (places == 0 || unit == 1)))
		return false;
	for (size_t i = 0; i < whole; i++) {
		value = value * 10 + (text[i] - '0');
		if (value > max)
			return false;
	}
	if (value > max / unit)
		return false;
	value *= unit;
	for (size_t i = 0; i < places; i++) {
		unit /= 10;
		value += unit * (fraction[i] - '0');
	}
	if (value > max)
		return false;
	*ret = value;
	return true;
}

bool
value_number(const struct verb_arg *row, const char *text, int64_t *ret)
{
	int64_t value;

	if (row->kind == VALUE_MS) {
		if (!parse_span(text, row->max > 0 ? row->max : MS_MAX, &value))
			return false;
	} else if (!parse_count(text, row->max > 0 ? row->max : COUNT_MAX, &value)) {
		return false;
	}
	if (value < row->min)
		return false;
	*ret = value;
	return true;
}

/* ---- checking ------------------------------------------------------------ */

static void
report_number(const struct verb_arg *row, const char *shown, const char *value)
{
	if (row->kind == VALUE_MS)
		report("%s: %s takes a span of time: a whole number of milliseconds, or 1.5s, 10m, "
		       "2h, 1d",
			value, shown);
	else if (row->max > 0)
		report("%s: %s takes a whole number from %" PRId64 " to %" PRId64, value, shown,
			row->min, row->max);
	else
		report("%s: %s takes a whole number", value, shown);
}

static void
report_words(const struct verb_arg *row, const char *shown, const char *value)
{
	struct nearest nearest = {.given = value};
	struct inflight_bytes words = {0};

	for (size_t i = 0; row->words[i] != NULL; i++) {
		if (i > 0)
			inflight_bytes_add_text(&words, ", ");
		inflight_bytes_add_text(&words, row->words[i]);
		nearest_offer(&nearest, row->words[i]);
	}
	inflight_bytes_add(&words, "", 1);
	need_memory(&words);
	report("%s: %s takes one of %s", value, shown, inflight_bytes_span(&words).ptr);
	if (nearest.best != NULL)
		report_try("%s", nearest.best);
	inflight_bytes_fini(&words);
}

static bool
is_one_of(const char *text, const char *const *words)
{
	for (; *words != NULL; words++) {
		if (strcmp(text, *words) == 0)
			return true;
	}
	return false;
}

bool
value_check(const struct verb_arg *row, const char *shown, const char *value)
{
	int64_t number;

	switch (row->kind) {
	case VALUE_FLAG:
		return true;
	case VALUE_COUNT:
	case VALUE_MS:
		if (value_number(row, value, &number))
			return true;
		report_number(row, shown, value);
		return false;
	case VALUE_WORD:
		if (is_one_of(value, row->words))
			return true;
		report_words(row, shown, value);
		return false;
	case VALUE_TEXT:
	case VALUE_JSON:
		if (row->verbatim || row->completes == COMPLETES_FILE ||
			inflight_text_is_utf8((struct inflight_span){value, strlen(value)}))
			return true;
		report("%s: not valid UTF-8", shown);
		return false;
	}
	return false;
}
