/*
 * See show.h. What has one value becomes a line "name value"; a list of objects becomes a
 * table with a row for each, and a list inside of these further rows of the same table.
 */
#include <config.h>

#include "cli/show.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/report.h"
#include "cli/safe.h"
#include "cli/show_rows.h"
#include "cli/show_value.h"
#include "cli/signals.h"
#include "client/text.h"

/* What a member of a result becomes. */
enum shape {
	SHAPE_VALUE,   /* a line */
	SHAPE_MEMBERS, /* lines of its own under its name */
	SHAPE_NAMES,   /* a name on each line */
	SHAPE_ROWS,    /* a table */
};

bool
show_wants_table(enum format format)
{
	return format == FORMAT_TABLE || (format == FORMAT_FITTING && isatty(STDOUT_FILENO) == 1);
}

int
show_end(void)
{
	if (fflush(stdout) == 0 && !ferror(stdout))
		return STATUS_OK;
	/* A reader that has gone wants to hear nothing. */
	if (errno == EPIPE)
		signals_die(SIGPIPE);
	report("cannot write: %s", strerror(errno));
	return STATUS_USAGE;
}

int
show_json(struct inflight_span result)
{
	struct inflight_bytes safe = {0};

	if (isatty(STDOUT_FILENO) == 1) {
		safe_json(result, &safe);
		need_memory(&safe);
		result = inflight_bytes_span(&safe);
	}
	fwrite(result.ptr, 1, result.len, stdout);
	putchar('\n');
	inflight_bytes_fini(&safe);
	return show_end();
}

int
show_result(enum format format, struct inflight_span result)
{
	struct terminal terminal;

	if (!show_wants_table(format))
		return show_json(result);
	terminal = terminal_of(STDOUT_FILENO);
	show_table(stdout, &terminal, result);
	return show_end();
}

/* ---- tables -------------------------------------------------------------- */

static enum shape
shape_of(const char *name, struct inflight_span value)
{
	struct inflight_span none;
	struct inflight_span first;
	struct inflight_walk walk;

	if (show_member_kind(name) == MEMBER_PAYLOAD)
		return SHAPE_VALUE;
	if (value.ptr[0] == '{')
		return SHAPE_MEMBERS;
	if (value.ptr[0] != '[')
		return SHAPE_VALUE;
	inflight_walk_init(&walk, value);
	if (inflight_walk_next(&walk, &none, &first) && first.ptr[0] == '{')
		return SHAPE_ROWS;
	return SHAPE_NAMES;
}

/* The name of a member as a string of C. */
static const char *
name_of(struct inflight_span quoted, struct inflight_bytes *buffer)
{
	inflight_bytes_clear(buffer);
	inflight_text_unquote(quoted, buffer);
	inflight_bytes_add(buffer, "", 1);
	need_memory(buffer);
	return inflight_bytes_span(buffer).ptr;
}

/* Prints the members that are lines; returns how many there were. */
static size_t
print_values(FILE *out, const struct terminal *terminal, struct inflight_span object)
{
	struct table table = {0};
	struct inflight_bytes buffer = {0};
	struct inflight_bytes heading = {0};
	struct inflight_walk walk;
	struct inflight_span quoted;
	struct inflight_span value;
	size_t count;

	table_add_column(&table, NULL);
	table_add_column(&table, NULL);
	inflight_walk_init(&walk, object);
	while (inflight_walk_next(&walk, &quoted, &value)) {
		const char *name = name_of(quoted, &buffer);

		if (shape_of(name, value) != SHAPE_VALUE)
			continue;
		inflight_bytes_clear(&heading);
		show_name(name, &heading);
		table_add_row(&table);
		table_set_text(&table, 0, inflight_bytes_span(&heading).ptr, STYLE_HEADING);
		show_value(&table, 1, name, value);
	}
	count = table.row_count;
	/* A token is there to be copied: such lines are never cut. */
	table_print(&table, out, terminal, false);
	inflight_bytes_fini(&buffer);
	inflight_bytes_fini(&heading);
	return count;
}

static void
print_names(FILE *out, const char *title, struct inflight_span array)
{
	struct inflight_bytes text = {0};
	struct inflight_span none;
	struct inflight_span element;
	struct inflight_walk walk;
	bool any = false;

	inflight_walk_init(&walk, array);
	while (inflight_walk_next(&walk, &none, &element)) {
		inflight_bytes_clear(&text);
		if (!inflight_text_unquote(element, &text))
			inflight_bytes_add_span(&text, element);
		need_memory(&text);
		safe_print(out, inflight_bytes_span(&text));
		fputc('\n', out);
		any = true;
	}
	if (!any) {
		fputs("no ", out);
		safe_print(out, (struct inflight_span){title, strlen(title)});
		fputc('\n', out);
	}
	inflight_bytes_fini(&text);
}

/* Prints a member that is more than a line. */
static void
print_section(
	FILE *out, const struct terminal *terminal, const char *name, struct inflight_span value)
{
	switch (shape_of(name, value)) {
	case SHAPE_VALUE:
		break;
	case SHAPE_MEMBERS:
		fputs(style_begin(terminal, STYLE_HEADING), out);
		safe_print(out, (struct inflight_span){name, strlen(name)});
		fprintf(out, "%s\n", style_end(terminal, STYLE_HEADING));
		print_values(out, terminal, value);
		break;
	case SHAPE_NAMES:
		print_names(out, name, value);
		break;
	case SHAPE_ROWS:
		show_rows(out, terminal, value);
		break;
	}
}

/* A result of nothing, such as {} or {"set":null}. */
static bool
print_nothing(FILE *out, struct inflight_span result)
{
	struct inflight_walk walk;
	struct inflight_span quoted;
	struct inflight_span value;
	struct inflight_span more;

	inflight_walk_init(&walk, result);
	if (!inflight_walk_next(&walk, &quoted, &value)) {
		fputs("done\n", out);
		return true;
	}
	if (!inflight_text_is(value, "null") || inflight_walk_next(&walk, &more, &value))
		return false;
	fputs("no ", out);
	safe_print(out, (struct inflight_span){quoted.ptr + 1, quoted.len - 2});
	fputc('\n', out);
	return true;
}

void
show_table(FILE *out, const struct terminal *terminal, struct inflight_span result)
{
	struct inflight_bytes buffer = {0};
	struct inflight_walk walk;
	struct inflight_span quoted;
	struct inflight_span value;
	bool first;

	if (print_nothing(out, result))
		return;
	first = print_values(out, terminal, result) == 0;
	inflight_walk_init(&walk, result);
	while (inflight_walk_next(&walk, &quoted, &value)) {
		const char *name = name_of(quoted, &buffer);

		if (shape_of(name, value) == SHAPE_VALUE)
			continue;
		if (!first)
			fputc('\n', out);
		first = false;
		print_section(out, terminal, name, value);
	}
	inflight_bytes_fini(&buffer);
}
