/* See find_option.h. */
#include <config.h>

#include "cli/find_option.h"

#include <stdio.h>
#include <string.h>

#include "cli/nearest.h"
#include "cli/report.h"

/* How a word stands to the name of an option. */
enum likeness {
	LIKENESS_NONE,
	LIKENESS_BEGINNING,
	LIKENESS_SAME,
};

/* `len` bytes of `word` against the whole name; the protocol's underscores are dashes here. */
static enum likeness
compare(const char *word, size_t len, const char *name)
{
	for (size_t i = 0; i < len; i++) {
		char letter = word[i] == '_' ? '-' : word[i];

		if (name[i] == '\0' || letter != name[i])
			return LIKENESS_NONE;
	}
	return name[len] == '\0' ? LIKENESS_SAME : LIKENESS_BEGINNING;
}

/* The protocol calls a span of time wait_ms, the option --wait: both words are understood. */
static size_t
without_unit(const struct verb_arg *row, const char *word, size_t len)
{
	bool has_unit = len > 3 && (word[len - 3] == '-' || word[len - 3] == '_') &&
			memcmp(word + len - 2, "ms", 2) == 0;

	return row->kind == VALUE_MS && has_unit ? len - 3 : len;
}

static enum likeness
likeness_of(const struct verb_arg *row, const char *word, size_t len, bool *ret_negated)
{
	enum likeness likeness;

	*ret_negated = false;
	if (row->name[0] == '\0')
		return LIKENESS_NONE;
	likeness = compare(word, without_unit(row, word, len), row->name);
	if (likeness != LIKENESS_NONE || row->kind != VALUE_FLAG || row->param == NULL)
		return likeness;
	if (len < 4 || memcmp(word, "no-", 3) != 0)
		return LIKENESS_NONE;
	*ret_negated = true;
	return compare(word + 3, len - 3, row->name);
}

struct search {
	struct found_option *found;
	enum likeness best;
	size_t beginnings; /* how many names begin with the word */
};

static void
search_long(struct search *search, const struct verb_arg *rows, bool common, const char *word,
	size_t len)
{
	for (size_t i = 0; rows != NULL && rows[i].name != NULL; i++) {
		bool negated;
		enum likeness likeness = likeness_of(&rows[i], word, len, &negated);

		search->beginnings += likeness == LIKENESS_BEGINNING;
		if (likeness <= search->best)
			continue;
		search->best = likeness;
		search->found->row = &rows[i];
		search->found->index = i;
		search->found->is_common = common;
		search->found->negated = negated;
	}
}

static void
offer_names(struct nearest *nearest, const struct verb_arg *rows)
{
	for (; rows != NULL && rows->name != NULL; rows++) {
		if (rows->name[0] != '\0')
			nearest_offer(nearest, rows->name);
	}
}

static void
report_unknown(const struct verb *verb, const char *word, size_t len, bool many)
{
	char name[48];
	struct nearest nearest = {.given = name};

	snprintf(name, sizeof name, "%.*s", (int)(len < 40 ? len : 40), word);
	report("--%s: %s", name, many ? "more than one option begins so" : "no such option");
	if (verb != NULL)
		offer_names(&nearest, verb->options);
	offer_names(&nearest, common_options);
	if (nearest.best != NULL)
		report_try("--%s", nearest.best);
}

static bool
find_long(const struct verb *verb, const char *word, struct found_option *ret)
{
	size_t len = strcspn(word, "=");
	struct search search = {.found = ret};

	if (verb != NULL)
		search_long(&search, verb->options, false, word, len);
	search_long(&search, common_options, true, word, len);
	if (search.best == LIKENESS_NONE ||
		(search.best == LIKENESS_BEGINNING && search.beginnings > 1)) {
		report_unknown(verb, word, len, search.best != LIKENESS_NONE);
		return false;
	}
	snprintf(
		ret->shown, sizeof ret->shown, "--%s%s", ret->negated ? "no-" : "", ret->row->name);
	ret->value = word[len] == '=' ? word + len + 1 : NULL;
	if (ret->value != NULL && ret->row->kind == VALUE_FLAG) {
		report("%s takes no value", ret->shown);
		return false;
	}
	return true;
}

static bool
search_letter(const struct verb_arg *rows, char letter, struct found_option *ret)
{
	for (size_t i = 0; rows != NULL && rows[i].name != NULL; i++) {
		if (rows[i].letter != 0 && rows[i].letter == letter) {
			ret->row = &rows[i];
			ret->index = i;
			return true;
		}
	}
	return false;
}

bool
find_option(const struct verb *verb, const char *word, struct found_option *ret)
{
	*ret = (struct found_option){0};
	if (word[1] == '-')
		return find_long(verb, word + 2, ret);
	if (verb == NULL || !search_letter(verb->options, word[1], ret)) {
		ret->is_common = true;
		if (!search_letter(common_options, word[1], ret)) {
			report("-%c: no such option", word[1]);
			return false;
		}
	}
	snprintf(ret->shown, sizeof ret->shown, "-%c", word[1]);
	ret->value = word[2] == '\0' ? NULL : word + 2;
	if (ret->value != NULL && ret->row->kind == VALUE_FLAG) {
		report("%s takes no value", ret->shown);
		return false;
	}
	return true;
}
