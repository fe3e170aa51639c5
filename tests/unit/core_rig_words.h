/*
 * The words of one command of the rig: positional words, name=value pairs and
 * +flags. They point into a copy of the command that the struct owns.
 */
#ifndef INFLIGHT_TESTS_UNIT_CORE_RIG_WORDS_H
#define INFLIGHT_TESTS_UNIT_CORE_RIG_WORDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/span.h"

#define WORDS_MAX 32

struct words {
	char text[4096];
	const char *positional[WORDS_MAX];
	size_t positional_count;
	char *names[WORDS_MAX];
	const char *values[WORDS_MAX]; /* "" for a +flag */
	bool used[WORDS_MAX];
	size_t named_count;
};

void words_split(struct words *words, const char *command);

/* The word at a place, an absent span where there are fewer. */
struct span words_at(const struct words *words, size_t place);
uint64_t words_number_at(const struct words *words, size_t place, uint64_t otherwise);

/* A named value; NULL or absent or `otherwise` where it was not given. */
const char *words_named(struct words *words, const char *name);
struct span words_span(struct words *words, const char *name);
uint64_t words_number(struct words *words, const char *name, uint64_t otherwise);
bool words_flag(struct words *words, const char *name);

/* Fails the test where a name was given that nobody asked for. */
void words_check_all_used(const struct words *words);

#endif
