/*
 * Where things stand in `inflight top`: which columns a width has room for, how the
 * height is shared out, and numbers that fit into a column. Nothing is kept.
 */
#ifndef INFLIGHT_CLI_TOP_LAYOUT_H
#define INFLIGHT_CLI_TOP_LAYOUT_H

#include <stddef.h>
#include <stdint.h>

#include "cli/top_model.h"

/* The widths of the columns, without the blank before each but the first; 0: not shown. */
struct top_columns {
	size_t widths[TOP_COLUMNS];
};

/* As many columns as fit beside the names, the most telling first; the names get the rest. */
void top_columns_fit(size_t width, struct top_columns *ret);

/* Lines of a screen, from its top to its bottom. */
struct top_heights {
	size_t summary;
	size_t header;
	size_t rows;
	size_t footer;
};

void top_heights_fit(size_t height, struct top_heights *ret);

#define TOP_TEXT_SIZE 24 /* room for any of the texts below */

/* At most six characters each; "-" for what is negative, which stands for not known. */
const char *top_number_text(char out[TOP_TEXT_SIZE], int64_t number); /* "204", "1.20M" */
const char *top_rate_text(char out[TOP_TEXT_SIZE], double rate);      /* "0.4", "1204" */
const char *top_age_text(char out[TOP_TEXT_SIZE], int64_t ms);        /* "840ms", "3.2s", "12m" */

#endif
