/*
 * `inflight map`: lines in, results out, in the order of the lines. The lines go
 * to the queue in portions, each a group of its own, so that results can be printed
 * while later lines are read and neither side ever holds all of them.
 */
#ifndef INFLIGHT_CLI_MAP_H
#define INFLIGHT_CLI_MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cli/cli.h"
#include "cli/params.h"
#include "client/bytes.h"

#define MAP_WINDOW_MAX 10000

struct map_options {
	const char *queue;
	const char *key_field; /* the member of the line that is the key; NULL: none */
	int64_t key_number;    /* the field of the line that is the key, from 1; 0: none */
	const char *group;     /* NULL: names are made up */
	bool json;             /* lines are JSON values */
	bool raw;              /* strings are printed bare */
	int64_t timeout_ms;    /* 0: none */
	int64_t window;        /* most requests without an answer */
	bool no_progress;
};

/*
 * A field is told by its number; everything else is the name of a member. False after a report.
 */
bool map_take_key_field(struct map_options *options, const char *value);

/* Runs it on a connected client, standard input and output; returns the exit status. */
int map_run(struct inflight *client, const struct map_options *options);

/*
 * Makes the params of a line's enqueue. Returns NULL, or what is wrong with the line, as a constant
 * for people.
 */
const char *map_line_params(const struct map_options *options, struct inflight_span line,
	const char *group, const char *op, struct params *ret);

/* Adds a line's key; returns NULL, or what is wrong with the line. */
const char *map_line_key(
	const struct map_options *options, struct inflight_span line, struct inflight_bytes *key);

/* ---- standard input, line by line ---- */

enum input_state {
	INPUT_LINE,     /* a line is there */
	INPUT_TOO_LONG, /* a line is there, but it cannot be sent; its text is not kept */
	INPUT_HUNGRY,   /* more has to be read first */
	INPUT_OVER,
};

struct input {
	struct inflight_bytes bytes;
	size_t scanned;  /* bytes known to hold no line end */
	size_t line_max; /* longer lines are skipped */
	bool ended;
	bool skipping; /* inside of a line that is too long */
};

/* What comes next; the line is valid until the next call of input_take() or input_read(). */
enum input_state input_peek(struct input *input, struct inflight_span *ret_line);
void input_take(struct input *input, struct inflight_span line);

/* Reads once; returns false, after a report, where reading failed. */
bool input_read(struct input *input);

/* ---- results ---- */

/*
 * Prints the results of a complete group, a wait's result, whose ops are the lines `first` to
 * `first + count - 1`. Those that failed are added to `failed`. Returns false, with errno, where
 * standard output failed.
 */
bool map_print_results(struct inflight_span wait_result, uint64_t first, uint64_t count, bool raw,
	uint64_t *failed);

#endif
