/*
 * The values of operands and options: whether they are of the kind that their row wants,
 * and the numbers that they stand for.
 */
#ifndef INFLIGHT_CLI_VALUE_H
#define INFLIGHT_CLI_VALUE_H

#include "cli/verb.h"

/* Reports a value that is not of the row's kind; `shown` is the name by which it was given. */
bool value_check(const struct verb_arg *row, const char *shown, const char *value);

/* The number, or the milliseconds, that a value stands for; false where it is none in bounds. */
bool value_number(const struct verb_arg *row, const char *text, int64_t *ret);

#endif
