/* See watch.h. Nothing is kept but what the view has. */
#include <config.h>

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/human.h"
#include "cli/report.h"
#include "cli/show.h"
#include "cli/show_value.h"
#include "cli/table.h"
#include "cli/watch.h"
#include "client/text.h"

#define HEADING_EVERY 20 /* lines, so that it is always to be seen */
#define CELL_MIN      8  /* columns */

/* The numbers that are shown; of a counter it matters how fast it grows. */
static const struct number {
	const char *name;
	bool counter;
	bool in_line; /* also where each sample is one line */
} numbers[] = {
	{"depth", false, true},
	{"ready", false, false},
	{"waiting", false, false},
	{"held", false, false},
	{"leased", false, true},
	{"dead", false, true},
	{"waiters", false, false},
	{"oldest_ready_ms", false, true},
	{"longest_lease_ms", false, false},
	{"enqueued", true, true},
	{"merged", true, false},
	{"dequeued", true, true},
	{"finished", true, true},
	{"failed", true, true},
	{"released", true, false},
	{"lease_expired", true, false},
};

#define COUNT (sizeof numbers / sizeof numbers[0])

_Static_assert(COUNT <= WATCH_NUMBERS, "the view has room for all numbers");

struct watch_view
watch_view_of(enum format format)
{
	struct watch_view view = {.terminal = terminal_of(STDOUT_FILENO)};

	if (!show_wants_table(format))
		view.manner = WATCH_JSON;
	else if (view.terminal.moves && view.terminal.height > COUNT + 2)
		view.manner = WATCH_PLACE;
	else
		view.manner = WATCH_LINES;
	return view;
}

static struct inflight_span
member(struct inflight_span stats, const char *name)
{
	struct inflight_span value = {"0", 1};

	inflight_text_member(stats, name, &value);
	return value;
}

/* How fast a counter has grown since the last sample. */
static const char *
rate_of(const struct watch_view *view, size_t i, int64_t now, int64_t at_ms, char text[HUMAN_SIZE])
{
	double seconds = (double)(at_ms - view->at_ms) / 1000;

	if (view->samples == 0 || seconds <= 0)
		return "";
	return human_rate(text, (double)(now - view->numbers[i]) / seconds);
}

/* ---- a line for each sample ---------------------------------------------- */

/* Columns are as wide as their headings, and a few digits at least. */
static void
print_cell(const char *heading, const char *text)
{
	size_t width = strlen(heading) + 2;

	printf("%*s", (int)(width < CELL_MIN ? CELL_MIN : width), text);
}

static const char *
text_of(const struct watch_view *view, size_t i, int64_t now, int64_t at_ms, char text[HUMAN_SIZE])
{
	if (numbers[i].counter)
		return rate_of(view, i, now, at_ms, text);
	if (show_member_kind(numbers[i].name) == MEMBER_SPAN)
		return human_ms(text, now);
	return human_count(text, now);
}

/* Prints the headings or, with a sample, its numbers. */
static void
print_cells(const struct watch_view *view, const struct inflight_span *stats, int64_t at_ms)
{
	struct inflight_bytes name = {0};
	char text[HUMAN_SIZE];

	for (size_t i = 0; i < COUNT; i++) {
		const char *heading;
		int64_t now = 0;

		if (!numbers[i].in_line)
			continue;
		inflight_bytes_clear(&name);
		show_name(numbers[i].name, &name);
		heading = inflight_bytes_span(&name).ptr;
		if (stats != NULL)
			inflight_text_int(member(*stats, numbers[i].name), &now);
		print_cell(heading, stats == NULL ? heading : text_of(view, i, now, at_ms, text));
	}
	putchar('\n');
	inflight_bytes_fini(&name);
}

static void
print_line(const struct watch_view *view, struct inflight_span stats, int64_t at_ms)
{
	if (view->samples % HEADING_EVERY == 0)
		print_cells(view, NULL, at_ms);
	print_cells(view, &stats, at_ms);
}

/* ---- in place ------------------------------------------------------------ */

static void
fill_table(const struct watch_view *view, struct inflight_span stats, int64_t at_ms,
	struct table *table)
{
	char text[HUMAN_SIZE];

	for (int i = 0; i < 3; i++)
		table_add_column(table, NULL);
	table_set_right(table, 1);
	table_set_right(table, 2);
	for (size_t i = 0; i < COUNT; i++) {
		struct inflight_bytes name = {0};
		struct inflight_span value = member(stats, numbers[i].name);
		int64_t now = 0;

		inflight_text_int(value, &now);
		show_name(numbers[i].name, &name);
		table_add_row(table);
		table_set_text(table, 0, inflight_bytes_span(&name).ptr, STYLE_HEADING);
		show_value(table, 1, numbers[i].name, value);
		if (numbers[i].counter)
			table_set_text(table, 2, rate_of(view, i, now, at_ms, text), STYLE_PLAIN);
		inflight_bytes_fini(&name);
	}
}

/* The queue's name, and what keeps it from handing out. */
static void
print_title(FILE *out, const struct watch_view *view, struct inflight_span stats)
{
	struct table table = {0};

	table_add_column(&table, NULL);
	table_add_column(&table, NULL);
	table_add_row(&table);
	show_value(&table, 0, "queue", member(stats, "queue"));
	if (inflight_text_is(member(stats, "paused"), "true"))
		table_set_text(&table, 1, "paused", STYLE_BUSY);
	else if (inflight_text_is(member(stats, "closed"), "true"))
		table_set_text(&table, 1, "closed", STYLE_BUSY);
	table_print(&table, out, &view->terminal, true);
}

/* Prints the sample over the last one, each line up to the edge. */
static void
print_in_place(struct watch_view *view, struct inflight_span stats, int64_t at_ms)
{
	struct table table = {0};
	size_t len;
	char *text = NULL;
	FILE *out = open_memstream(&text, &len);

	if (out == NULL)
		out_of_memory();
	print_title(out, view, stats);
	fill_table(view, stats, at_ms, &table);
	table_print(&table, out, &view->terminal, true);
	if (fclose(out) != 0)
		out_of_memory();
	if (view->lines > 0)
		printf("\033[%zuA", view->lines);
	view->lines = 0;
	for (const char *line = text; *line != '\0'; view->lines++) {
		int width = (int)strcspn(line, "\n");

		printf("\r%.*s\033[K\n", width, line);
		line += width + 1;
	}
	free(text);
}

int
watch_show(struct watch_view *view, struct inflight_span stats, int64_t at_ms)
{
	int result;

	switch (view->manner) {
	case WATCH_JSON:
		return show_json(stats);
	case WATCH_LINES:
		print_line(view, stats, at_ms);
		break;
	case WATCH_PLACE:
		/* It may have been made wider or narrower. */
		view->terminal = terminal_of(STDOUT_FILENO);
		print_in_place(view, stats, at_ms);
		break;
	}
	result = show_end();
	for (size_t i = 0; i < COUNT; i++)
		inflight_text_int(member(stats, numbers[i].name), &view->numbers[i]);
	view->at_ms = at_ms;
	view->samples++;
	return result;
}
