/* See table.h. Texts and rows belong to the table. */
#include <config.h>

#include "cli/table.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "cli/report.h"
#include "cli/safe.h"

#define GAP      2              /* columns between two cells */
#define ELLIPSIS "\xe2\x80\xa6" /* one column wide */

/* The name in capitals; its memory is taken over from the buffer, which dropped nothing. */
static void
set_heading(struct table_column *column, const char *name)
{
	struct inflight_bytes capitals = {0};
	struct inflight_bytes safe = {0};

	inflight_bytes_add_text(&capitals, name);
	need_memory(&capitals);
	for (size_t i = capitals.start; i < capitals.end; i++)
		capitals.data[i] = (char)toupper((unsigned char)capitals.data[i]);
	safe_text(inflight_bytes_span(&capitals), &safe);
	column->width = safe_width(inflight_bytes_span(&safe));
	inflight_bytes_add(&safe, "", 1);
	need_memory(&safe);
	column->name = safe.data;
	inflight_bytes_fini(&capitals);
}

size_t
table_add_column(struct table *table, const char *name)
{
	size_t size = (table->column_count + 1) * sizeof *table->columns;
	struct table_column *columns = realloc(table->columns, size);
	struct table_column *column;

	if (columns == NULL)
		out_of_memory();
	table->columns = columns;
	column = &columns[table->column_count];
	*column = (struct table_column){0};
	if (name != NULL)
		set_heading(column, name);
	return table->column_count++;
}

void
table_set_right(struct table *table, size_t column)
{
	table->columns[column].right = true;
}

void
table_add_row(struct table *table)
{
	size_t begin = table->row_count * table->column_count;

	if (table->row_count == table->row_room) {
		size_t room = table->row_room * 2 + 16;
		struct table_cell *cells =
			realloc(table->cells, room * table->column_count * sizeof *cells);

		if (cells == NULL)
			out_of_memory();
		table->cells = cells;
		table->row_room = room;
	}
	for (size_t i = 0; i < table->column_count; i++)
		table->cells[begin + i] = (struct table_cell){0};
	table->row_count++;
}

void
table_set(struct table *table, size_t column, struct inflight_span text, enum style style)
{
	struct table_cell *cell =
		&table->cells[(table->row_count - 1) * table->column_count + column];
	struct inflight_bytes safe = {0};
	struct inflight_span span;

	safe_text(text, &safe);
	need_memory(&safe);
	span = inflight_bytes_span(&safe);
	free(cell->text);
	*cell = (struct table_cell){
		.text = safe.data, .len = span.len, .width = safe_width(span), .style = style};
	if (cell->width > table->columns[column].width)
		table->columns[column].width = cell->width;
}

void
table_set_text(struct table *table, size_t column, const char *text, enum style style)
{
	table_set(table, column, (struct inflight_span){text, strlen(text)}, style);
}

/* ---- printing ------------------------------------------------------------ */

/* A line being printed: blanks are kept back until something follows them. */
struct line {
	FILE *out;
	const struct terminal *terminal;
	size_t blanks;
	size_t left; /* columns that are still free */
	bool cut;    /* its end was reached */
};

static void
put(struct line *line, const struct table_cell *cell)
{
	struct inflight_span text = {cell->text, cell->len};
	size_t room = line->left > line->blanks ? line->left - line->blanks : 0;
	bool fits = cell->width <= room;

	if (line->cut || cell->width == 0)
		return;
	fprintf(line->out, "%*s%s", (int)(room == 0 ? 0 : line->blanks), "",
		style_begin(line->terminal, cell->style));
	if (!fits)
		text.len = room == 0 ? 0 : safe_fit(text, room - 1);
	fwrite(text.ptr, 1, text.len, line->out);
	if (!fits && room > 0)
		fputs(ELLIPSIS, line->out);
	fputs(style_end(line->terminal, cell->style), line->out);
	line->cut = !fits;
	line->left -= fits ? line->blanks + cell->width : 0;
	line->blanks = 0;
}

static void
print_row(const struct table *table, const struct table_cell *cells, struct line line)
{
	for (size_t i = 0; i < table->column_count; i++) {
		size_t pad = table->columns[i].width - cells[i].width;

		line.blanks += (i > 0 ? GAP : 0) + (table->columns[i].right ? pad : 0);
		put(&line, &cells[i]);
		line.blanks += table->columns[i].right ? 0 : pad;
	}
	fputc('\n', line.out);
}

static void
print_heading(const struct table *table, struct line line)
{
	struct table_cell *cells = zero_alloc(table->column_count, sizeof *cells);
	bool any = false;

	for (size_t i = 0; i < table->column_count; i++) {
		char *name = table->columns[i].name;

		if (name == NULL)
			continue;
		cells[i].text = name;
		cells[i].len = strlen(name);
		cells[i].width = safe_width((struct inflight_span){name, cells[i].len});
		cells[i].style = STYLE_HEADING;
		any = true;
	}
	if (any)
		print_row(table, cells, line);
	free(cells);
}

void
table_print(struct table *table, FILE *out, const struct terminal *terminal, bool cut)
{
	struct line line = {.out = out, .terminal = terminal, .left = SIZE_MAX};

	if (cut && terminal->width > 0)
		line.left = terminal->width;
	print_heading(table, line);
	for (size_t i = 0; i < table->row_count; i++)
		print_row(table, table->cells + i * table->column_count, line);
	table_fini(table);
}

void
table_fini(struct table *table)
{
	for (size_t i = 0; i < table->row_count * table->column_count; i++)
		free(table->cells[i].text);
	for (size_t i = 0; i < table->column_count; i++)
		free(table->columns[i].name);
	free(table->cells);
	free(table->columns);
	*table = (struct table){0};
}
