/*
 * See complete.h. The words are walked through as arguments_read() would do it, but what
 * is wrong with them is nobody's business here.
 */
#include <config.h>

#include "cli/complete.h"

#include <stdbool.h>
#include <string.h>

#include "cli/complete_names.h"
#include "cli/find_option.h"
#include "cli/value.h"
#include "cli/verb.h"

struct place {
	FILE *out;
	struct common common; /* as far as the words before say where the daemon is */
	const char *word;     /* to be completed */
	size_t head;          /* of its bytes, up to behind "--NAME=" */
	bool announced;       /* the first line was printed */
};

/* ---- printing ------------------------------------------------------------ */

static void
announce(struct place *place, const char *what)
{
	if (!place->announced)
		fprintf(place->out, "%s\n", what);
	place->announced = true;
}

/* Offers a word if it begins as what is there. */
static void
offer(struct place *place, const char *word, const char *summary)
{
	const char *given = place->word + place->head;

	if (strncmp(word, given, strlen(given)) != 0)
		return;
	announce(place, "words");
	fprintf(place->out, "%.*s%s%s%s\n", (int)place->head, place->word, word,
		summary[0] == '\0' ? "" : "\t", summary);
}

/* Offers the first words of the verbs, each once, and names of methods to those who write a dot. */
static void
offer_verbs(struct place *place)
{
	const struct verb *verb;
	const char *last = "";
	char word[32];

	for (size_t i = 0; (verb = verb_at(i)) != NULL; i++) {
		size_t len = strcspn(verb->name, " ");
		bool again = strncmp(last, verb->name, len) == 0 && last[len] == ' ';

		if (verb->name[len] == '\0') {
			offer(place, verb->name, verb->summary);
		} else {
			snprintf(word, sizeof word, "%.*s", (int)len, verb->name);
			if (!again)
				offer(place, word, "verbs for it");
			if (strchr(place->word, '.') != NULL)
				offer(place, verb->method, verb->summary);
		}
		last = verb->name;
	}
}

static void
offer_second_words(struct place *place, const char *family)
{
	const struct verb *verb;
	size_t len = strlen(family);

	for (size_t i = 0; (verb = verb_at(i)) != NULL; i++) {
		if (strncmp(verb->name, family, len) == 0 && verb->name[len] == ' ')
			offer(place, verb->name + len + 1, verb->summary);
	}
}

static void
offer_options(struct place *place, const struct verb_arg *rows)
{
	char word[40];

	for (; rows != NULL && rows->name != NULL; rows++) {
		if (rows->letter != 0 && rows->name[0] == '\0') {
			snprintf(word, sizeof word, "-%c", rows->letter);
			offer(place, word, rows->summary);
		}
		if (rows->name[0] == '\0')
			continue;
		snprintf(word, sizeof word, "--%s", rows->name);
		offer(place, word, rows->summary);
		if (rows->kind == VALUE_FLAG && rows->param != NULL &&
			strncmp(place->word, "--no", 4) == 0) {
			snprintf(word, sizeof word, "--no-%s", rows->name);
			offer(place, word, rows->summary);
		}
	}
}

/* A name of the daemon's, as complete_names() finds it. */
static void
offer_name(void *arg, const char *name)
{
	offer(arg, name, "");
}

/* Offers what the value of an operand or an option may be. */
static void
offer_values(struct place *place, const struct verb_arg *row)
{
	for (const char *const *word = row->words; word != NULL && *word != NULL; word++)
		offer(place, *word, "");
	switch (row->completes) {
	case COMPLETES_NOTHING:
		break;
	case COMPLETES_QUEUE:
		complete_names(
			&place->common, "queue", place->word + place->head, offer_name, place);
		break;
	case COMPLETES_GROUP:
		complete_names(
			&place->common, "group", place->word + place->head, offer_name, place);
		break;
	case COMPLETES_VERB:
		offer_verbs(place);
		break;
	case COMPLETES_FILE:
		announce(place, "files");
		break;
	case COMPLETES_COMMAND:
		announce(place, "commands");
		break;
	}
}

/* ---- walking ------------------------------------------------------------- */

static void
take_common(struct common *common, const struct verb_arg *row, const char *value)
{
	if (row->letter == 's')
		common->address = value;
	else if (row->completes == COMPLETES_FILE)
		common->token_file = value;
}

/*
 * Passes the option in words[*at], where it is one, with its value. False where it is the last word
 * that completes it.
 */
static bool
pass_option(
	struct place *place, const struct verb *verb, size_t count, char *const *words, size_t *at)
{
	struct found_option found;
	const char *value;

	if (!find_option(verb, words[(*at)++], &found))
		return true;
	value = found.value;
	if (value == NULL && found.row->kind != VALUE_FLAG) {
		if (*at + 1 >= count) {
			offer_values(place, found.row);
			return false;
		}
		value = words[(*at)++];
	}
	if (found.is_common && value != NULL)
		take_common(&place->common, found.row, value);
	return true;
}

static bool
is_option(const char *word)
{
	return word[0] == '-' && word[1] != '\0';
}

/* Completes the last word where it is an option, or "--NAME=" and a value. */
static void
complete_option(struct place *place, const struct verb *verb)
{
	const char *equals = strchr(place->word, '=');
	struct found_option found;

	if (equals != NULL && place->word[1] == '-') {
		if (!find_option(verb, place->word, &found))
			return;
		place->head = (size_t)(equals + 1 - place->word);
		offer_values(place, found.row);
		return;
	}
	if (verb != NULL)
		offer_options(place, verb->options);
	offer_options(place, common_options);
}

/* Completes a word behind a verb. */
static void
complete_argument(struct place *place, const struct verb *verb, size_t count, char *const *words)
{
	size_t rows = verb_args_count(verb->operands);
	size_t operands = 0;
	bool options_may_come = true;
	const struct verb_arg *row;

	for (size_t at = 0; at + 1 < count;) {
		row = operands < rows ? &verb->operands[operands] : NULL;
		if (options_may_come && strcmp(words[at], "--") == 0) {
			options_may_come = false;
			at++;
		} else if (options_may_come && is_option(words[at])) {
			if (!pass_option(place, verb, count, words, &at))
				return;
		} else {
			if (row != NULL && row->verbatim)
				options_may_come = false;
			if (row != NULL && !row->many)
				operands++;
			at++;
		}
	}
	if (options_may_come && place->word[0] == '-')
		complete_option(place, verb);
	else if (operands < rows)
		offer_values(place, &verb->operands[operands]);
	else if (rows > 0 && verb->operands[rows - 1].verbatim)
		announce(place, "files");
}

void
complete_words(FILE *out, size_t count, char *const *words)
{
	struct place place = {.out = out, .common = {.timeout_ms = COMPLETE_NAMES_MS}};
	const struct verb *verb;
	size_t used = 0;
	size_t at = 0;

	if (count == 0)
		return;
	place.word = words[count - 1];
	while (at + 1 < count && is_option(words[at])) {
		if (!pass_option(&place, NULL, count, words, &at))
			return;
	}
	verb = verb_find(count - 1 - at, (const char *const *)(words + at), &used);
	/* What is to be explained is completed as if it were to be run. */
	if (verb == &verb_help) {
		at += used;
		verb = NULL;
	}
	if (verb != NULL)
		complete_argument(&place, verb, count - at - used, words + at + used);
	else if (at + 1 == count && place.word[0] == '-')
		complete_option(&place, NULL);
	else if (at + 1 == count)
		offer_verbs(&place);
	else if (at + 2 == count)
		offer_second_words(&place, words[at]);
}
