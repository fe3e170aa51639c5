/*
 * See arguments.h. Options are looked up among the verb's own first, so that a verb may
 * give a word of the common ones a meaning of its own.
 */
#include <config.h>

#include "cli/arguments.h"

#include <stdlib.h>
#include <string.h>

#include "cli/find_option.h"
#include "cli/report.h"
#include "cli/value.h"
#include "cli/verb.h"

/* ---- reading ------------------------------------------------------------- */

static void
set_common(struct common *common, const struct verb_arg *row, const char *value, char *ret_asked)
{
	if (row->letter == 's')
		common->address = value;
	else if (row->letter == 't')
		value_number(row, value, &common->timeout_ms);
	else if (row->letter == 'h' || row->letter == 'V')
		*ret_asked = row->letter;
	else if (strcmp(row->name, "json") == 0)
		common->format = FORMAT_JSON;
	else if (strcmp(row->name, "table") == 0)
		common->format = FORMAT_TABLE;
	else
		common->token_file = value;
}

/*
 * Reads the option in argv[*at] and moves on behind it. `args` is NULL where only the common ones
 * can stand.
 */
static bool
read_option(struct arguments *args, struct common *common, char **argv, int *at, char *ret_asked)
{
	const struct verb *verb = args == NULL ? NULL : args->verb;
	struct found_option found;
	const char *value;

	if (!find_option(verb, argv[*at], &found))
		return false;
	(*at)++;
	value = found.value;
	if (value == NULL && found.row->kind != VALUE_FLAG) {
		value = argv[*at];
		if (value == NULL) {
			report("%s takes a value: %s", found.shown, found.row->value);
			return false;
		}
		(*at)++;
	}
	if (found.row->kind == VALUE_FLAG)
		value = found.negated ? "false" : "true";
	if (!value_check(found.row, found.shown, value))
		return false;
	if (found.is_common)
		set_common(common, found.row, value, ret_asked);
	else
		args->options[found.index] = value;
	return true;
}

/* A dash alone is standard input, and what begins a number no option. */
static bool
is_option(const char *word)
{
	return word[0] == '-' && word[1] != '\0' && strchr("0123456789", word[1]) == NULL;
}

bool
arguments_common(struct common *common, int argc, char **argv, int *ret_next, char *ret_asked)
{
	int at = 1;

	*ret_asked = 0;
	while (at < argc && is_option(argv[at]) && *ret_asked == 0) {
		if (strcmp(argv[at], "--") == 0) {
			at++;
			break;
		}
		if (!read_option(NULL, common, argv, &at, ret_asked))
			return false;
	}
	*ret_next = at;
	return true;
}

/* The row that the operand at this place belongs to; NULL: there is none. */
static const struct verb_arg *
operand_row(const struct verb *verb, size_t place)
{
	size_t count = verb_args_count(verb->operands);
	const struct verb_arg *last = count == 0 ? NULL : &verb->operands[count - 1];

	if (place < count)
		return &verb->operands[place];
	return last != NULL && (last->many || last->verbatim) ? last : NULL;
}

static bool
take_operand(struct arguments *args, const char *word)
{
	const struct verb_arg *row = operand_row(args->verb, args->operand_count);

	if (row == NULL) {
		report("%s: %s is one word too many", args->verb->name, word);
		return false;
	}
	if (!value_check(row, row->name, word))
		return false;
	args->operands[args->operand_count++] = word;
	return true;
}

static bool
nothing_is_missing(const struct arguments *args)
{
	const struct verb_arg *row = operand_row(args->verb, args->operand_count);

	if (row == NULL || row->optional ||
		args->operand_count >= verb_args_count(args->verb->operands))
		return true;
	if (row->unless != NULL && arguments_flag(args, row->unless))
		return true;
	report("%s: %s is missing", args->verb->name, row->name);
	return false;
}

static bool
read_words(struct arguments *args, struct common *common, int argc, char **argv, char *ret_asked)
{
	bool options_may_come = true;

	for (int at = 0; at < argc;) {
		const struct verb_arg *row = operand_row(args->verb, args->operand_count);

		if (options_may_come && strcmp(argv[at], "--") == 0) {
			options_may_come = false;
			at++;
		} else if (options_may_come && is_option(argv[at])) {
			if (!read_option(args, common, argv, &at, ret_asked))
				return false;
			if (*ret_asked != 0)
				return true;
		} else {
			if (row != NULL && row->verbatim)
				options_may_come = false;
			if (!take_operand(args, argv[at++]))
				return false;
		}
	}
	return nothing_is_missing(args);
}

bool
arguments_read(struct arguments *ret, const struct verb *verb, struct common *common, int argc,
	char **argv, char *ret_asked)
{
	*ret = (struct arguments){
		.verb = verb,
		.operands = zero_alloc((size_t)argc + 1, sizeof *ret->operands),
		.options = zero_alloc(verb_args_count(verb->options) + 1, sizeof *ret->options),
	};
	*ret_asked = 0;
	return read_words(ret, common, argc, argv, ret_asked);
}

void
arguments_fini(struct arguments *args)
{
	free(args->operands);
	free(args->options);
	*args = (struct arguments){0};
}

/* ---- what was given ------------------------------------------------------ */

/* The place of a row; the rows and those who ask for them are written together. */
static size_t
place_of(const struct verb_arg *rows, const char *name)
{
	size_t place = 0;

	while (strcmp(rows[place].name, name) != 0)
		place++;
	return place;
}

static bool
is_operand(const char *name)
{
	return name[0] >= 'A' && name[0] <= 'Z';
}

const char *
arguments_text(const struct arguments *args, const char *name)
{
	size_t place;

	if (!is_operand(name))
		return args->options[place_of(args->verb->options, name)];
	place = place_of(args->verb->operands, name);
	return place < args->operand_count ? args->operands[place] : NULL;
}

int64_t
arguments_number(const struct arguments *args, const char *name, int64_t otherwise)
{
	const char *text = arguments_text(args, name);
	const struct verb_arg *rows = is_operand(name) ? args->verb->operands : args->verb->options;
	int64_t value = otherwise;

	if (text != NULL)
		value_number(&rows[place_of(rows, name)], text, &value);
	return value;
}

bool
arguments_flag(const struct arguments *args, const char *name)
{
	const char *text = arguments_text(args, name);

	return text != NULL && text[0] == 't';
}

const char *const *
arguments_rest(const struct arguments *args)
{
	size_t last = verb_args_count(args->verb->operands) - 1;

	return args->operands + (last < args->operand_count ? last : args->operand_count);
}
