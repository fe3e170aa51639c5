/*
 * The model of `inflight top`. Rows live from the first list that names their queue to
 * the first one that does not; the view borrows them.
 */
#include <config.h>

#include "cli/top_model.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "cli/report.h"

#define UNKNOWN (-1.0)

void
top_model_init(struct top_model *model)
{
	*model = (struct top_model){.sort = TOP_DEPTH};
	model->rates = (struct top_rates){UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN};
}

static void
row_free(struct top_row *row)
{
	free(row->name);
	free(row);
}

void
top_model_fini(struct top_model *model)
{
	for (size_t i = 0; i < model->count; i++)
		row_free(model->rows[i]);
	free(model->rows);
	free(model->view);
	inflight_bytes_fini(&model->filter);
}

/* ---- rates --------------------------------------------------------------- */

/* How fast a counter grew; a smaller one is another one. */
static double
rate_of(int64_t before, int64_t after, int64_t ms)
{
	if (ms <= 0 || after < before)
		return UNKNOWN;
	return (double)(after - before) * 1000 / (double)ms;
}

void
top_model_set_daemon(struct top_model *model, const struct top_daemon *daemon)
{
	const struct top_daemon *before = &model->daemon;
	int64_t ms = daemon->at_ms - before->at_ms;

	if (model->known && strcmp(before->incarnation, daemon->incarnation) == 0) {
		model->rates = (struct top_rates){
			.enqueued = rate_of(before->enqueued, daemon->enqueued, ms),
			.merged = rate_of(before->merged, daemon->merged, ms),
			.finished = rate_of(before->finished, daemon->finished, ms),
			.requests = rate_of(before->requests, daemon->requests, ms),
			.errors = rate_of(before->errors, daemon->errors, ms),
		};
	} else {
		top_model_forget(model);
	}
	model->daemon = *daemon;
	model->known = true;
}

static void
forget_rates(struct top_row *row)
{
	for (int i = 0; i < TOP_COLUMNS; i++)
		row->rates[i] = UNKNOWN;
}

void
top_model_set_sample(struct top_row *row, const struct top_sample *sample)
{
	const struct top_sample *before = &row->sample;
	int64_t ms = sample->at_ms - before->at_ms;

	if (row->known) {
		row->rates[TOP_ENQUEUED] = rate_of(before->enqueued, sample->enqueued, ms);
		row->rates[TOP_MERGED] = rate_of(before->merged, sample->merged, ms);
		row->rates[TOP_FINISHED] = rate_of(before->finished, sample->finished, ms);
	}
	row->sample = *sample;
	row->known = true;
}

void
top_model_forget(struct top_model *model)
{
	model->known = false;
	model->rates = (struct top_rates){UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN};
	for (size_t i = 0; i < model->count; i++) {
		model->rows[i]->known = false;
		forget_rates(model->rows[i]);
	}
}

/* ---- filter and order --------------------------------------------------- */

static int
compare_names(const void *a, const void *b)
{
	const struct top_row *const *x = a;
	const struct top_row *const *y = b;

	return strcmp((*x)->name, (*y)->name);
}

static bool
contains(const char *name, struct inflight_span part)
{
	size_t len = strlen(name);

	for (size_t i = 0; i + part.len <= len; i++) {
		if (strncasecmp(name + i, part.ptr, part.len) == 0)
			return true;
	}
	return false;
}

static double
number_of(const struct top_row *row, enum top_column column)
{
	const struct top_sample *sample = &row->sample;

	if (!row->known)
		return UNKNOWN;
	switch (column) {
	case TOP_DEPTH:
		return (double)sample->depth;
	case TOP_OLDEST:
		return (double)sample->oldest_ms;
	case TOP_LEASED:
		return (double)sample->leased;
	case TOP_WAITERS:
		return (double)sample->waiters;
	case TOP_DEAD:
		return (double)sample->dead;
	case TOP_ENQUEUED:
	case TOP_MERGED:
	case TOP_FINISHED:
		return row->rates[column];
	case TOP_NAME:
	case TOP_COLUMNS:
		break;
	}
	return 0;
}

struct top_row *
top_model_selected(const struct top_model *model)
{
	return model->selected < model->view_count ? model->view[model->selected] : NULL;
}

/* Selects that place, or the nearest one that there is. */
static void
clamp(struct top_model *model, int64_t place)
{
	int64_t last = (int64_t)model->view_count - 1;

	if (place > last)
		place = last;
	model->selected = place < 0 ? 0 : (size_t)place;
}

/* The largest number first; names in byte order, which also part what is equal. */
static int
compare_rows(const void *a, const void *b, void *arg)
{
	const struct top_row *const *x = a;
	const struct top_row *const *y = b;
	const struct top_model *model = arg;
	double left = number_of(*x, model->sort);
	double right = number_of(*y, model->sort);
	int order = (left < right) - (left > right);

	if (model->sort == TOP_NAME)
		order = compare_names(a, b);
	if (order == 0)
		return compare_names(a, b);
	return model->reversed ? -order : order;
}

/* Makes the view anew; the selection goes where `selected` (may be NULL) is then. */
static void
arrange_around(struct top_model *model, const struct top_row *selected)
{
	struct inflight_span filter = inflight_bytes_span(&model->filter);

	free(model->view);
	model->view = zero_alloc(model->count, sizeof(struct top_row *));
	model->view_count = 0;
	for (size_t i = 0; i < model->count; i++) {
		if (contains(model->rows[i]->name, filter))
			model->view[model->view_count++] = model->rows[i];
	}
	if (model->view_count > 0)
		qsort_r(model->view, model->view_count, sizeof(struct top_row *), compare_rows,
			model);
	for (size_t i = 0; i < model->view_count && model->picked; i++) {
		if (model->view[i] == selected)
			model->selected = i;
	}
	clamp(model, (int64_t)model->selected);
}

void
top_model_arrange(struct top_model *model)
{
	arrange_around(model, top_model_selected(model));
}

/* ---- the list of queues -------------------------------------------------- */

void
top_model_list_begin(struct top_model *model)
{
	model->round++;
}

static void
add_row(struct top_model *model, const char *name)
{
	struct top_row *row = zero_alloc(1, sizeof *row);

	if (model->count == model->capacity) {
		size_t capacity = model->capacity == 0 ? 64 : model->capacity * 2;
		struct top_row **rows = realloc(model->rows, capacity * sizeof *rows);

		if (rows == NULL)
			out_of_memory();
		model->rows = rows;
		model->capacity = capacity;
	}
	row->name = strdup(name);
	if (row->name == NULL)
		out_of_memory();
	row->round = model->round;
	forget_rates(row);
	model->rows[model->count++] = row;
}

void
top_model_list_name(struct top_model *model, const char *name)
{
	struct top_row wanted = {.name = (char *)(uintptr_t)name};
	const struct top_row *key = &wanted;
	struct top_row **found = NULL;

	if (model->sorted > 0)
		found = bsearch(
			&key, model->rows, model->sorted, sizeof *model->rows, compare_names);
	if (found == NULL)
		add_row(model, name);
	else
		(*found)->round = model->round;
}

void
top_model_list_end(struct top_model *model)
{
	struct top_row *selected = top_model_selected(model);
	size_t kept = 0;

	if (selected != NULL && selected->round != model->round)
		selected = NULL;
	for (size_t i = 0; i < model->count; i++) {
		if (model->rows[i]->round == model->round)
			model->rows[kept++] = model->rows[i];
		else
			row_free(model->rows[i]);
	}
	model->count = kept;
	model->sorted = kept;
	if (kept > 0)
		qsort(model->rows, kept, sizeof(struct top_row *), compare_names);
	arrange_around(model, selected);
}

static int
compare_asked(const void *a, const void *b)
{
	const struct top_row *const *x = a;
	const struct top_row *const *y = b;

	return ((*x)->asked > (*y)->asked) - ((*x)->asked < (*y)->asked);
}

size_t
top_model_choose(struct top_model *model, size_t visible, size_t limit, struct top_row **ret)
{
	struct top_row **others = zero_alloc(model->count, sizeof(struct top_row *));
	size_t count = 0;
	size_t other_count = 0;

	for (size_t i = model->first; i < model->view_count && i < model->first + visible; i++) {
		if (count < limit)
			ret[count++] = model->view[i];
	}
	for (size_t i = 0; i < count; i++)
		ret[i]->asked = model->round;
	for (size_t i = 0; i < model->count; i++) {
		if (model->rows[i]->asked != model->round)
			others[other_count++] = model->rows[i];
	}
	if (other_count > 0)
		qsort(others, other_count, sizeof(struct top_row *), compare_asked);
	for (size_t i = 0; i < other_count && count < limit; i++) {
		others[i]->asked = model->round;
		ret[count++] = others[i];
	}
	free(others);
	return count;
}

/* ---- the selection ------------------------------------------------------- */

void
top_model_move(struct top_model *model, int64_t rows)
{
	clamp(model, (int64_t)model->selected + rows);
	model->picked = true;
}

void
top_model_scroll(struct top_model *model, size_t visible)
{
	size_t last = model->view_count > visible ? model->view_count - visible : 0;

	if (model->selected < model->first)
		model->first = model->selected;
	if (visible > 0 && model->selected >= model->first + visible)
		model->first = model->selected - visible + 1;
	if (model->first > last)
		model->first = last;
}

void
top_model_sort_by(struct top_model *model, int columns)
{
	int column = ((int)model->sort + columns) % TOP_COLUMNS;

	model->sort = (enum top_column)(column < 0 ? column + TOP_COLUMNS : column);
	top_model_arrange(model);
}
