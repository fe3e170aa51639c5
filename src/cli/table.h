/*
 * Rows of cells whose columns are as wide as what stands in them. Cells are made safe
 * for a terminal as they are put in.
 */
#ifndef INFLIGHT_CLI_TABLE_H
#define INFLIGHT_CLI_TABLE_H

#include <stdbool.h>
#include <stdio.h>

#include "cli/terminal.h"
#include "client/bytes.h"

struct table_cell {
	char *text; /* NULL: empty */
	size_t len;
	size_t width;
	enum style style;
};

struct table_column {
	char *name; /* NULL: it has no heading */
	bool right; /* numbers stand at the right */
	size_t width;
};

/* All zero: a table without columns. */
struct table {
	struct table_column *columns;
	size_t column_count;
	struct table_cell *cells; /* row by row */
	size_t row_count;
	size_t row_room;
};

/* Adds a column, before the first row; returns its number. `name` may be NULL. */
size_t table_add_column(struct table *table, const char *name);
void table_set_right(struct table *table, size_t column);

/* Adds an empty row; the cells that follow are of this one. */
void table_add_row(struct table *table);
void table_set(struct table *table, size_t column, struct inflight_span text, enum style style);
void table_set_text(struct table *table, size_t column, const char *text, enum style style);

/* Prints it, lines cut at the terminal's width where `cut` says so, and empties it. */
void table_print(struct table *table, FILE *out, const struct terminal *terminal, bool cut);
void table_fini(struct table *table);

#endif
