/*
 * One pass over the line, the open containers on a stack. Names that come twice in an
 * object are refused: no answer may have them.
 */
#include <config.h>

#include "sim/reading.h"

#include "base/alloc.h"

#include <stdlib.h>
#include <string.h>

#define NESTED_MAX 32

struct cursor {
	struct reading *reading;
	const char *line;
	size_t at, len;
	struct item *open[NESTED_MAX];
	struct item *last[NESTED_MAX]; /* member of it */
	uint64_t names[NESTED_MAX];    /* a bit for some of them each: what is clear is new */
	unsigned depth;
};

static char
next_char(const struct cursor *cursor)
{
	return cursor->at < cursor->len ? cursor->line[cursor->at] : '\0';
}

static bool
take_char(struct cursor *cursor, char wanted)
{
	if (next_char(cursor) != wanted)
		return false;
	cursor->at++;
	return true;
}

/* After the opening quote. Returns the content, in the copy, or NULL. */
static const char *
read_string(struct cursor *cursor)
{
	char *content = cursor->reading->copy + cursor->at;
	const char *end = memchr(content, '"', cursor->len - cursor->at);

	if (end == NULL)
		return NULL;
	for (const char *at = content; at < end; at++)
		if ((unsigned char)*at < ' ' || *at == '\\')
			return NULL;
	cursor->at += (size_t)(end - content) + 1;
	content[end - content] = '\0';
	return content;
}

static bool
read_number(struct cursor *cursor, struct item *item)
{
	bool negative = take_char(cursor, '-');
	size_t first = cursor->at;
	int64_t number = 0;

	for (; next_char(cursor) >= '0' && next_char(cursor) <= '9'; cursor->at++) {
		if (number > INT64_MAX / 10 - 1)
			return false;
		number = number * 10 + (next_char(cursor) - '0');
	}
	item->kind = ITEM_NUMBER;
	item->number = negative ? -number : number;
	return cursor->at == first + 1 || (cursor->at > first && cursor->line[first] != '0');
}

static bool
read_word(struct cursor *cursor, struct item *item)
{
	static const struct {
		enum item_kind kind;
		const char *word;
	} words[] = {{ITEM_NULL, "null"}, {ITEM_TRUE, "true"}, {ITEM_FALSE, "false"}};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		size_t len = strlen(words[i].word);

		if (cursor->len - cursor->at >= len &&
			memcmp(cursor->line + cursor->at, words[i].word, len) == 0) {
			cursor->at += len;
			item->kind = words[i].kind;
			return true;
		}
	}
	return read_number(cursor, item);
}

static struct item *
new_item(struct cursor *cursor)
{
	struct item *item = &cursor->reading->items[cursor->reading->used++];

	*item = (struct item){.kind = ITEM_NULL};
	if (cursor->depth > 0) {
		unsigned level = cursor->depth - 1;

		if (cursor->last[level] == NULL)
			cursor->open[level]->first = item;
		else
			cursor->last[level]->next = item;
		cursor->last[level] = item;
		cursor->open[level]->count++;
	}
	return item;
}

static bool
is_new_name(struct cursor *cursor, const struct item *item)
{
	unsigned level = cursor->depth - 1;
	unsigned first = item->name_len > 0 ? (unsigned char)item->name[0] : 0;
	unsigned last = item->name_len > 0 ? (unsigned char)item->name[item->name_len - 1] : 0;
	uint64_t bit = UINT64_C(1) << ((item->name_len * 7 + first * 5 + last) % 64);
	bool is_known = (cursor->names[level] & bit) != 0;

	cursor->names[level] |= bit;
	return !is_known || item_get(cursor->open[level], item->name) == item;
}

/* The name of the item, where it stands in an object. */
static bool
read_name(struct cursor *cursor, struct item *item)
{
	const struct item *object = cursor->depth > 0 ? cursor->open[cursor->depth - 1] : NULL;
	size_t from = cursor->at;

	if (object == NULL || object->kind != ITEM_OBJECT)
		return true;
	if (!take_char(cursor, '"') || (item->name = read_string(cursor)) == NULL ||
		!take_char(cursor, ':'))
		return false;
	item->name_len = cursor->at - from - 3;
	return is_new_name(cursor, item);
}

/* A value as far as it has no members. */
static bool
read_value(struct cursor *cursor)
{
	struct item *item = new_item(cursor);

	if (!read_name(cursor, item))
		return false;
	item->text = cursor->line + cursor->at;
	if (take_char(cursor, '"')) {
		item->kind = ITEM_STRING;
		item->string = read_string(cursor);
		return item->string != NULL;
	}
	if (next_char(cursor) != '{' && next_char(cursor) != '[')
		return read_word(cursor, item);
	if (cursor->depth == NESTED_MAX)
		return false;
	item->kind = next_char(cursor) == '{' ? ITEM_OBJECT : ITEM_ARRAY;
	cursor->open[cursor->depth] = item;
	cursor->names[cursor->depth] = 0;
	cursor->last[cursor->depth++] = NULL;
	cursor->at++;
	return true;
}

/* Whatever ends here; false where neither an end nor a comma follows. */
static bool
close_containers(struct cursor *cursor, bool *ret_more)
{
	while (cursor->depth > 0) {
		struct item *open = cursor->open[cursor->depth - 1];
		bool is_empty = cursor->last[cursor->depth - 1] == NULL;

		if (take_char(cursor, open->kind == ITEM_OBJECT ? '}' : ']')) {
			open->len = (size_t)(cursor->line + cursor->at - open->text);
			cursor->depth--;
			continue;
		}
		*ret_more = true;
		return is_empty || take_char(cursor, ',');
	}
	*ret_more = false;
	return true;
}

const struct item *
reading_line(struct reading *reading, const char *line, size_t len)
{
	struct cursor cursor;
	bool more = true;

	if (reading->size < len + 1) {
		reading->size = 2 * len + 1;
		reading->room = reading->size; /* no value is shorter than one byte */
		reading->line = xrealloc(reading->line, reading->size);
		reading->copy = xrealloc(reading->copy, reading->size);
		reading->items = xrealloc(reading->items, reading->room * sizeof(struct item));
	}
	cursor.reading = reading;
	cursor.line = reading->line;
	cursor.len = len;
	cursor.at = cursor.depth = 0;
	memcpy(reading->line, line, len);
	memcpy(reading->copy, line, len);
	reading->used = 0;
	while (more)
		if (!read_value(&cursor) || !close_containers(&cursor, &more))
			return NULL;
	return cursor.at == len ? &reading->items[0] : NULL;
}

void
reading_fini(struct reading *reading)
{
	free(reading->line);
	free(reading->copy);
	free(reading->items);
}
