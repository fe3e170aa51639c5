/*
 * The options: one row each, used by the configuration file, by -o and by the
 * sections that preset a queue. The row knows the name, what a value must look
 * like, its default, and where in the configuration it is kept; everything that is
 * told to people about an option comes from its row, and a test holds the table
 * against the sample file and the manual.
 *
 * The table is constant; nothing here owns memory.
 */
#ifndef INFLIGHT_DAEMON_OPTIONS_H
#define INFLIGHT_DAEMON_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum option_type {
	OPTION_BOOL,    /* yes or no */
	OPTION_INTEGER, /* min..max */
	OPTION_SIZE,    /* bytes, min..max; a suffix K, M or G multiplies */
	OPTION_MS,      /* milliseconds, min..max */
	OPTION_WORD,    /* one of `words` */
	OPTION_MODE,    /* permissions in octal, min..max */
	OPTION_STRING,  /* text */
	OPTION_LIST,    /* text; given again it adds to the list */
};

struct option_row {
	const char *name;
	enum option_type type;
	uint64_t min;
	uint64_t max;
	const char *fallback; /* the default, written as in the file */
	const char *unit;     /* "bytes", "ms", "" */
	bool reloadable;      /* SIGHUP can change it */
	unsigned queue_bit;   /* enum queue_option_bit: also an option of [queue NAME]; 0: not */
	size_t offset; /* in struct queue_options where queue_bit is set, else in struct config */
	const char *const *words; /* OPTION_WORD: ends with NULL */
	const char *summary;      /* one sentence */
};

/* Ends with a row whose name is NULL. */
extern const struct option_row option_table[];
#define OPTION_COUNT 40

/* NULL where there is no option of that name. */
const struct option_row *option_find(const char *name);

static inline size_t
option_index(const struct option_row *row)
{
	return (size_t)(row - option_table);
}

/*
 * Reads a value as the row demands it: the number, 0 or 1 of a bool, the place of
 * a word among its words. Strings and lists: only that the text can be one.
 */
bool option_parse(const struct option_row *row, const char *text, uint64_t *ret);

#define OPTION_ALLOWED_SIZE 160

/* What option_parse() accepts, as the end of a sentence: "an integer from 1 to 9". */
void option_allowed(const struct option_row *row, char *out);

#endif
