/*
 * Reading the members of a record. A record has few of them, so they are looked for
 * one by one.
 */
#include <config.h>

#include "audit/history.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

static struct value *
find(struct members *members, const char *name)
{
	size_t len = strlen(name);

	for (size_t i = 0; i < members->count && i < SCAN_MEMBERS_MAX; i++) {
		struct span text = members->at[i].name.text;

		if (text.len == len + 2 && memcmp(text.ptr + 1, name, len) == 0)
			return &members->at[i].value;
	}
	return NULL;
}

static struct span
text_of(struct value *value)
{
	return value == NULL || value->type != VALUE_STRING ? span_make(NULL, 0)
							    : value_unescape(value);
}

static uint64_t
number_of(const struct value *value)
{
	uint64_t number = 0;

	if (value != NULL && value->type == VALUE_INTEGER)
		(void)value_uint(value, &number);
	return number;
}

static bool
flag_of(const struct value *value)
{
	return value != NULL && value->type == VALUE_TRUE;
}

static bool
array_of(const struct value *value, struct walk *ret)
{
	if (value == NULL || value->type != VALUE_ARRAY) {
		*ret = (struct walk){0};
		return false;
	}
	walk_init(ret, *value);
	return true;
}

struct span
get_text(struct history *h, const char *name)
{
	return text_of(find(&h->scan.outer, name));
}

uint64_t
get_number(struct history *h, const char *name)
{
	return number_of(find(&h->scan.outer, name));
}

bool
get_number_if(struct history *h, const char *name, uint64_t *ret)
{
	const struct value *value = find(&h->scan.outer, name);

	if (value == NULL)
		return false;
	*ret = number_of(value);
	return true;
}

bool
get_flag(struct history *h, const char *name)
{
	return flag_of(find(&h->scan.outer, name));
}

bool
get_array(struct history *h, const char *name, struct walk *ret)
{
	return array_of(find(&h->scan.outer, name), ret);
}

struct span
ok_text(struct history *h, const char *name)
{
	return text_of(find(&h->scan.expanded, name));
}

uint64_t
ok_number(struct history *h, const char *name)
{
	return number_of(find(&h->scan.expanded, name));
}

bool
ok_flag(struct history *h, const char *name)
{
	return flag_of(find(&h->scan.expanded, name));
}

bool
ok_array(struct history *h, const char *name, struct walk *ret)
{
	return array_of(find(&h->scan.expanded, name), ret);
}

bool
next_text(struct walk *walk, struct span *ret)
{
	struct member element;

	if (walk->at == NULL || !walk_next(walk, &element))
		return false;
	*ret = text_of(&element.value);
	return true;
}

bool
next_pair(struct walk *walk, struct span *op, enum outcome_kind *how)
{
	struct member element;
	struct walk pair;
	struct span word;

	if (walk->at == NULL || !walk_next(walk, &element))
		return false;
	walk_init(&pair, element.value);
	if (!next_text(&pair, op) || !next_text(&pair, &word))
		return false;
	*how = outcome_of(word);
	return true;
}

static const char *const outcome_names[] = {
	[OUTCOME_NONE] = "none",
	[OUTCOME_RESULT] = "result",
	[OUTCOME_ERROR] = "error",
	[OUTCOME_DEAD] = "dead",
	[OUTCOME_EXPIRED] = "expired",
	[OUTCOME_CANCELLED] = "cancelled",
	[OUTCOME_PURGED] = "purged",
	[OUTCOME_DELETED] = "deleted",
	[OUTCOME_TIMEOUT] = "timeout",
};

const char *
outcome_name(enum outcome_kind kind)
{
	return outcome_names[kind];
}

enum outcome_kind
outcome_of(struct span name)
{
	for (int kind = OUTCOME_TIMEOUT; kind > OUTCOME_NONE; kind--)
		if (is_word(name, outcome_names[kind]))
			return (enum outcome_kind)kind;
	return OUTCOME_NONE;
}

void
get_options(struct history *h, struct queue_options *options)
{
	uint64_t *const places[] = {&options->depth, &options->width, &options->window_ms,
		&options->quiet_ms, &options->lease_ms, &options->max_attempts};
	static const char *const names[] = {
		"depth", "width", "window_ms", "quiet_ms", "lease_ms", "max_attempts"};
	const struct value *exclusive = find(&h->scan.outer, "exclusive");

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		(void)get_number_if(h, names[i], places[i]);
	if (exclusive != NULL)
		options->exclusive = flag_of(exclusive);
}

bool
is_word(struct span text, const char *word)
{
	return span_equal(text, span_str(word));
}

char *
text_copy(struct span text)
{
	return text.ptr == NULL ? NULL : xstrndup(text.ptr, text.len);
}

/* ---- what must follow ------------------------------------------------------- */

bool
answer_agrees(struct history *h, enum rule rule, const char *error)
{
	struct span told = get_text(h, "error");

	if (told.ptr == NULL) {
		if (error == NULL)
			return true;
		violation(h, rule, "it was done, but %s is due", error);
		return false;
	}
	h->counts.refused++;
	if (is_word(told, "limit") && is_word(get_text(h, "limit"), "max_memory") &&
		h->max_memory > 0)
		return false;
	if (error == NULL)
		violation(h, rule, "refused %.*s, but nothing stands against it", (int)told.len,
			told.ptr);
	else if (!is_word(told, error))
		violation(h, rule, "refused %.*s, but %s is due", (int)told.len, told.ptr, error);
	return false;
}

void
expect_number(struct history *h, enum rule rule, const char *name, uint64_t value)
{
	uint64_t told = ok_number(h, name);

	if (told != value)
		violation(h, rule, "%s is %llu, but %llu follows", name, (unsigned long long)told,
			(unsigned long long)value);
}

void
expect_flag(struct history *h, enum rule rule, const char *name, bool value)
{
	if (ok_flag(h, name) != value)
		violation(h, rule, "%s must be %s", name, value ? "true" : "false");
}
