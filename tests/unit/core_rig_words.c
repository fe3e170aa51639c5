/*
 * Splitting commands of the rig into words.
 */
#include <config.h>

#include <stdlib.h>
#include <string.h>

#include "core_rig.h"
#include "core_rig_words.h"

static void
add_word(struct words *words, char *word)
{
	char *equals = strchr(word, '=');

	if (*word != '+' && (equals == NULL || equals == word)) {
		NEED(words->positional_count < WORDS_MAX);
		words->positional[words->positional_count++] = word;
		return;
	}
	NEED(words->named_count < WORDS_MAX);
	words->names[words->named_count] = *word == '+' ? word + 1 : word;
	words->values[words->named_count] = *word == '+' ? "" : equals + 1;
	if (*word != '+')
		*equals = '\0';
	words->named_count++;
}

void
words_split(struct words *words, const char *command)
{
	size_t len = strlen(command);
	char *at = words->text;

	words->positional_count = words->named_count = 0;
	memset(words->used, 0, sizeof(words->used));
	NEED(len < sizeof(words->text));
	memcpy(words->text, command, len + 1);
	while (*(at += strspn(at, " ")) != '\0') {
		char *word = at;

		at += strcspn(at, " ");
		if (*at != '\0')
			*at++ = '\0';
		add_word(words, word);
	}
	NEED(words->positional_count > 0);
}

struct span
words_at(const struct words *words, size_t place)
{
	if (place >= words->positional_count)
		return span_make(NULL, 0);
	return span_str(words->positional[place]);
}

uint64_t
words_number_at(const struct words *words, size_t place, uint64_t otherwise)
{
	if (place >= words->positional_count)
		return otherwise;
	return strtoull(words->positional[place], NULL, 10);
}

const char *
words_named(struct words *words, const char *name)
{
	for (size_t i = 0; i < words->named_count; i++) {
		if (strcmp(words->names[i], name) != 0)
			continue;
		words->used[i] = true;
		return words->values[i];
	}
	return NULL;
}

struct span
words_span(struct words *words, const char *name)
{
	const char *value = words_named(words, name);

	return value == NULL ? span_make(NULL, 0) : span_str(value);
}

uint64_t
words_number(struct words *words, const char *name, uint64_t otherwise)
{
	const char *value = words_named(words, name);

	return value == NULL ? otherwise : strtoull(value, NULL, 10);
}

bool
words_flag(struct words *words, const char *name)
{
	return words_named(words, name) != NULL;
}

void
words_check_all_used(const struct words *words)
{
	for (size_t i = 0; i < words->named_count; i++)
		if (!words->used[i])
			ck_abort_msg("no such parameter: %s", words->names[i]);
}
