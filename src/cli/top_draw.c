/*
 * Draws the list of queues: a summary of the daemon, the table, and a line for what
 * was asked or happened.
 */
#include <config.h>

#include <stdio.h>
#include <string.h>

#include "cli/human.h"
#include "cli/report.h"
#include "cli/safe.h"
#include "cli/top_state.h"

static const char *const titles[TOP_COLUMNS] = {
	[TOP_NAME] = "QUEUE",
	[TOP_DEPTH] = "DEPTH",
	[TOP_ENQUEUED] = "IN/s",
	[TOP_MERGED] = "MERGE/s",
	[TOP_FINISHED] = "DONE/s",
	[TOP_OLDEST] = "OLDEST",
	[TOP_LEASED] = "LEASED",
	[TOP_WAITERS] = "WAITERS",
	[TOP_DEAD] = "DEAD",
};

/* ---- the summary --------------------------------------------------------- */

static void
add_pair(struct top_frame *frame, const char *name, const char *value)
{
	top_frame_text(frame, "  ");
	top_frame_text(frame, name);
	top_frame_text(frame, " ");
	top_frame_text(frame, value);
}

static void
add_number(struct top_frame *frame, const char *name, int64_t number)
{
	char text[TOP_TEXT_SIZE];

	add_pair(frame, name, top_number_text(text, number));
}

static void
add_rate(struct top_frame *frame, const char *name, double rate)
{
	char text[TOP_TEXT_SIZE];

	add_pair(frame, name, top_rate_text(text, rate));
}

static void
draw_title(const struct top_state *state, struct top_frame *frame)
{
	const struct top_daemon *daemon = &state->model.daemon;
	char text[HUMAN_SIZE];

	top_frame_text(frame, "inflightd ");
	if (state->model.known) {
		top_frame_safe(
			frame, (struct inflight_span){daemon->version, strlen(daemon->version)});
		add_pair(frame, "up", human_ms(text, daemon->uptime_ms));
		add_pair(frame, "memory", human_bytes(text, daemon->memory));
		if (daemon->memory_max > 0) {
			top_frame_text(frame, " of ");
			top_frame_text(frame, human_bytes(text, daemon->memory_max));
		}
	}
	top_frame_text(frame, "  ");
	top_frame_safe(frame, (struct inflight_span){state->address, strlen(state->address)});
	top_frame_end_line(frame, TOP_LOOK_TITLE);
}

static void
draw_gauges(const struct top_state *state, struct top_frame *frame)
{
	const struct top_daemon *daemon = &state->model.daemon;

	if (state->model.known) {
		top_frame_text(frame, "now       ");
		add_number(frame, "connections", daemon->connections);
		add_number(frame, "waiters", daemon->waiters);
		add_number(frame, "queues", daemon->queues);
		add_number(frame, "groups", daemon->groups);
		add_number(frame, "leases", daemon->leases);
	}
	top_frame_end_line(frame, TOP_LOOK_PLAIN);
}

static void
draw_rates(const struct top_state *state, struct top_frame *frame)
{
	const struct top_rates *rates = &state->model.rates;

	if (state->model.known) {
		top_frame_text(frame, "per second");
		add_rate(frame, "requests", rates->requests);
		add_rate(frame, "enqueued", rates->enqueued);
		add_rate(frame, "merged", rates->merged);
		add_rate(frame, "finished", rates->finished);
		add_rate(frame, "errors", rates->errors);
	}
	top_frame_end_line(frame, TOP_LOOK_PLAIN);
}

static void
draw_summary(const struct top_state *state, size_t lines, struct top_frame *frame)
{
	if (lines > 0)
		draw_title(state, frame);
	if (lines > 1)
		draw_gauges(state, frame);
	if (lines > 2)
		draw_rates(state, frame);
}

/* ---- the table ----------------------------------------------------------- */

static void
draw_header(
	const struct top_model *model, const struct top_columns *columns, struct top_frame *frame)
{
	for (int i = 0; i < TOP_COLUMNS; i++) {
		const char *arrow = "";
		char text[32];

		if (columns->widths[i] == 0)
			continue;
		if (model->sort == (enum top_column)i)
			arrow = model->reversed ? "\u2191" : "\u2193";
		if (i == TOP_NAME) {
			snprintf(text, sizeof text, "  %s%s", titles[i], arrow);
			top_frame_cell(frame, (struct inflight_span){text, strlen(text)},
				columns->widths[i]);
		} else {
			snprintf(text, sizeof text, "%s%s", arrow, titles[i]);
			top_frame_text(frame, " ");
			top_frame_cell_right(frame, text, columns->widths[i]);
		}
	}
	top_frame_end_line(frame, TOP_LOOK_HEADER);
}

/* What stands in a column of numbers. */
static const char *
cell_text(const struct top_row *row, enum top_column column, char out[TOP_TEXT_SIZE])
{
	const struct top_sample *sample = &row->sample;

	if (!row->known)
		return top_number_text(out, -1);
	switch (column) {
	case TOP_DEPTH:
		return top_number_text(out, sample->depth);
	case TOP_LEASED:
		return top_number_text(out, sample->leased);
	case TOP_WAITERS:
		return top_number_text(out, sample->waiters);
	case TOP_DEAD:
		return top_number_text(out, sample->dead);
	case TOP_OLDEST:
		return top_age_text(out, sample->oldest_ms > 0 ? sample->oldest_ms : -1);
	case TOP_ENQUEUED:
	case TOP_MERGED:
	case TOP_FINISHED:
		return top_rate_text(out, row->rates[column]);
	case TOP_NAME:
	case TOP_COLUMNS:
		break;
	}
	return "";
}

static void
draw_row(const struct top_row *row, const struct top_columns *columns, enum top_look look,
	struct top_frame *frame)
{
	const char *mark = "  ";
	struct inflight_bytes name = {0};
	char text[TOP_TEXT_SIZE];

	if (row->known && row->sample.paused)
		mark = "P ";
	else if (row->known && row->sample.closed)
		mark = "C ";
	inflight_bytes_add_text(&name, mark);
	safe_text((struct inflight_span){row->name, strlen(row->name)}, &name);
	need_memory(&name);
	top_frame_cell(frame, inflight_bytes_span(&name), columns->widths[TOP_NAME]);
	inflight_bytes_fini(&name);
	for (int i = TOP_NAME + 1; i < TOP_COLUMNS; i++) {
		if (columns->widths[i] == 0)
			continue;
		top_frame_text(frame, " ");
		top_frame_cell_right(
			frame, cell_text(row, (enum top_column)i, text), columns->widths[i]);
	}
	top_frame_end_line(frame, look);
}

static enum top_look
look_of(const struct top_state *state, size_t place)
{
	const struct top_row *row = state->model.view[place];

	if (place == state->model.selected)
		return TOP_LOOK_SELECTED;
	return row->known && row->sample.paused ? TOP_LOOK_PAUSED : TOP_LOOK_PLAIN;
}

/* ---- the last line ------------------------------------------------------- */

static void
draw_filter(const struct top_state *state, struct top_frame *frame)
{
	const struct top_model *model = &state->model;
	char text[64];

	top_frame_text(frame, "filter: ");
	top_frame_safe(frame, inflight_bytes_span(&model->filter));
	if (state->mode == TOP_MODE_FILTER) {
		top_frame_text(frame, "_");
		return;
	}
	snprintf(text, sizeof text, "   %zu of %zu queues", model->view_count, model->count);
	top_frame_text(frame, text);
}

static void
draw_footer(const struct top_state *state, struct top_frame *frame)
{
	enum top_look look = TOP_LOOK_FAINT;

	if (state->mode == TOP_MODE_CONFIRM) {
		look = TOP_LOOK_NOTICE;
		top_frame_text(frame, state->target_paused ? "resume " : "pause ");
		top_frame_safe(frame, (struct inflight_span){state->target, strlen(state->target)});
		top_frame_text(frame, "? y/n");
	} else if (state->mode == TOP_MODE_FILTER) {
		draw_filter(state, frame);
	} else if (state->lost[0] != '\0' || state->notice[0] != '\0') {
		const char *text = state->lost[0] != '\0' ? state->lost : state->notice;

		look = TOP_LOOK_NOTICE;
		top_frame_safe(frame, (struct inflight_span){text, strlen(text)});
	} else if (inflight_bytes_len(&state->model.filter) > 0) {
		draw_filter(state, frame);
	} else {
		top_frame_text(
			frame, "q quit  ? help  < > sort  r reverse  / filter  p pause  v peek");
	}
	top_frame_end_line(frame, look);
}

/* ---- all together -------------------------------------------------------- */

static void
draw_list(struct top_state *state, struct top_frame *frame)
{
	struct top_model *model = &state->model;
	struct top_heights heights;
	struct top_columns columns;
	size_t end;

	top_heights_fit(state->height, &heights);
	top_columns_fit(state->width, &columns);
	top_model_scroll(model, heights.rows);
	draw_summary(state, heights.summary, frame);
	if (heights.header > 0)
		draw_header(model, &columns, frame);
	end = model->first + heights.rows;
	for (size_t i = model->first; i < end; i++) {
		if (i < model->view_count)
			draw_row(model->view[i], &columns, look_of(state, i), frame);
		else
			top_frame_end_line(frame, TOP_LOOK_PLAIN);
	}
	if (heights.footer > 0)
		draw_footer(state, frame);
}

void
top_state_draw(struct top_state *state, struct top_frame *frame)
{
	top_frame_begin(frame, state->width);
	switch (state->mode) {
	case TOP_MODE_LIST:
	case TOP_MODE_FILTER:
	case TOP_MODE_CONFIRM:
		draw_list(state, frame);
		break;
	case TOP_MODE_HELP:
		top_draw_help(state, frame);
		break;
	case TOP_MODE_PEEK:
		top_draw_peek(state, frame);
		break;
	}
}

void
top_state_draw_whole(struct top_state *state, struct top_frame *frame)
{
	struct top_columns columns;

	top_columns_fit(state->width, &columns);
	top_frame_begin(frame, state->width);
	draw_summary(state, state->height, frame);
	draw_header(&state->model, &columns, frame);
	for (size_t i = 0; i < state->model.view_count; i++)
		draw_row(state->model.view[i], &columns, TOP_LOOK_PLAIN, frame);
}
