/*
 * See show_rows.h. Where an object has a list of objects itself, as a set has ops, these
 * stand in the same row and those below it. Payloads are the last columns, because they
 * are long and what does not fit is cut.
 */
#include <config.h>

#include "cli/show_rows.h"

#include <stdlib.h>
#include <string.h>

#include "cli/report.h"
#include "cli/show_value.h"
#include "cli/table.h"
#include "client/text.h"

struct member {
	char *name;
	size_t column;
	bool numbers; /* nothing else was seen */
};

struct rows {
	struct table table;
	struct member *members;
	size_t count;
	struct inflight_bytes name; /* of the member being looked at */
};

static const char *
take_name(struct rows *rows, struct inflight_span quoted)
{
	inflight_bytes_clear(&rows->name);
	inflight_text_unquote(quoted, &rows->name);
	inflight_bytes_add(&rows->name, "", 1);
	need_memory(&rows->name);
	return inflight_bytes_span(&rows->name).ptr;
}

static struct member *
find_member(struct rows *rows, const char *name)
{
	for (size_t i = 0; i < rows->count; i++) {
		if (strcmp(rows->members[i].name, name) == 0)
			return &rows->members[i];
	}
	return NULL;
}

/* Whether the value is a list of objects, which have columns of their own. */
static bool
is_list_of_objects(const char *name, struct inflight_span value)
{
	struct inflight_walk walk;
	struct inflight_span none;
	struct inflight_span first;

	if (show_member_kind(name) == MEMBER_PAYLOAD || value.ptr[0] != '[')
		return false;
	inflight_walk_init(&walk, value);
	return inflight_walk_next(&walk, &none, &first) && first.ptr[0] == '{';
}

/* ---- columns ------------------------------------------------------------- */

static void
note_member(struct rows *rows, const char *name, struct inflight_span value)
{
	struct member *member = find_member(rows, name);
	int64_t number;

	if (member == NULL) {
		size_t size = (rows->count + 1) * sizeof *rows->members;
		struct member *members = realloc(rows->members, size);

		if (members == NULL)
			out_of_memory();
		rows->members = members;
		member = &members[rows->count++];
		*member = (struct member){.name = strdup(name), .numbers = true};
		if (member->name == NULL)
			out_of_memory();
	}
	if (show_member_kind(name) == MEMBER_PAYLOAD || !inflight_text_int(value, &number))
		member->numbers = false;
}

static void
note_object(struct rows *rows, struct inflight_span object, bool is_outer)
{
	struct inflight_walk walk;
	struct inflight_span quoted;
	struct inflight_span value;

	inflight_walk_init(&walk, object);
	while (inflight_walk_next(&walk, &quoted, &value)) {
		const char *name = take_name(rows, quoted);
		struct inflight_walk inner;
		struct inflight_span none;
		struct inflight_span element;

		if (!is_outer || !is_list_of_objects(name, value)) {
			note_member(rows, name, value);
			continue;
		}
		inflight_walk_init(&inner, value);
		while (inflight_walk_next(&inner, &none, &element)) {
			struct inflight_walk members;

			inflight_walk_init(&members, element);
			while (inflight_walk_next(&members, &quoted, &value))
				note_member(rows, take_name(rows, quoted), value);
		}
	}
}

static void
add_columns(struct rows *rows, bool payloads)
{
	struct inflight_bytes heading = {0};

	for (size_t i = 0; i < rows->count; i++) {
		struct member *member = &rows->members[i];

		if ((show_member_kind(member->name) == MEMBER_PAYLOAD) != payloads)
			continue;
		inflight_bytes_clear(&heading);
		show_name(member->name, &heading);
		member->column = table_add_column(&rows->table, inflight_bytes_span(&heading).ptr);
		if (member->numbers)
			table_set_right(&rows->table, member->column);
	}
	inflight_bytes_fini(&heading);
}

/* ---- rows ---------------------------------------------------------------- */

/* Puts the members that are no lists into the last row. */
static void
fill_row(struct rows *rows, struct inflight_span object)
{
	struct inflight_walk walk;
	struct inflight_span quoted;
	struct inflight_span value;

	inflight_walk_init(&walk, object);
	while (inflight_walk_next(&walk, &quoted, &value)) {
		const struct member *member = find_member(rows, take_name(rows, quoted));

		if (member != NULL && !is_list_of_objects(member->name, value))
			show_value(&rows->table, member->column, member->name, value);
	}
}

static void
add_rows(struct rows *rows, struct inflight_span object)
{
	struct inflight_walk walk;
	struct inflight_span quoted;
	struct inflight_span value;

	table_add_row(&rows->table);
	fill_row(rows, object);
	inflight_walk_init(&walk, object);
	while (inflight_walk_next(&walk, &quoted, &value)) {
		struct inflight_walk inner;
		struct inflight_span none;
		struct inflight_span element;
		bool first = true;

		if (!is_list_of_objects(take_name(rows, quoted), value))
			continue;
		inflight_walk_init(&inner, value);
		while (inflight_walk_next(&inner, &none, &element)) {
			if (!first)
				table_add_row(&rows->table);
			first = false;
			fill_row(rows, element);
		}
	}
}

void
show_rows(FILE *out, const struct terminal *terminal, struct inflight_span array)
{
	struct rows rows = {0};
	struct inflight_walk walk;
	struct inflight_span none;
	struct inflight_span object;

	inflight_walk_init(&walk, array);
	while (inflight_walk_next(&walk, &none, &object))
		note_object(&rows, object, true);
	add_columns(&rows, false);
	add_columns(&rows, true);
	inflight_walk_init(&walk, array);
	while (inflight_walk_next(&walk, &none, &object))
		add_rows(&rows, object);
	table_print(&rows.table, out, terminal, true);
	for (size_t i = 0; i < rows.count; i++)
		free(rows.members[i].name);
	free(rows.members);
	inflight_bytes_fini(&rows.name);
}
