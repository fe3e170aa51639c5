/*
 * The command line of a verb, read by the rows of its operands and options. What is
 * kept points into argv; every value was checked for its kind.
 */
#ifndef INFLIGHT_CLI_ARGUMENTS_H
#define INFLIGHT_CLI_ARGUMENTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct common;
struct verb;

struct arguments {
	const struct verb *verb;
	const char **operands; /* as they stood */
	size_t operand_count;
	const char **options; /* for each row of options its value; NULL: not given */
};

/*
 * Reads the options before the verb into `common`; returns the index of the first word that is
 * none of them. False after a report. `ret_asked` is 'h' or 'V' where help or the version was asked
 * for, else 0.
 */
bool arguments_common(struct common *common, int argc, char **argv, int *ret_next, char *ret_asked);

/*
 * Reads what stands behind a verb; options may stand anywhere before "--". Those of all verbs go
 * into `common`. False after a report. `ret_asked` is as above; all of `ret` is freed by
 * arguments_fini() in either case.
 */
bool arguments_read(struct arguments *ret, const struct verb *verb, struct common *common, int argc,
	char **argv, char *ret_asked);
void arguments_fini(struct arguments *args);

/* An operand's first word, or an option's value; NULL: not given. The verb must have the row. */
const char *arguments_text(const struct arguments *args, const char *name);

/* The same for numbers and spans of time, with what counts where it is not given. */
int64_t arguments_number(const struct arguments *args, const char *name, int64_t otherwise);

/* Whether a flag is set. */
bool arguments_flag(const struct arguments *args, const char *name);

/* All words of the operand `many` or `verbatim`; ends with NULL. */
const char *const *arguments_rest(const struct arguments *args);

#endif
