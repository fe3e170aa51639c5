/*
 * The views that take the place of the list: what the keys do, and the sets of a queue.
 * The sets live until the next answer or until the view is left.
 */
#include <config.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/report.h"
#include "cli/safe.h"
#include "cli/top_state.h"
#include "client/text.h"

static const char *const states[] = {"waiting", "ready", "held", "leased", "dead"};

#define STATES (int)(sizeof states / sizeof states[0])

/* Empty lines, until only the last one of the screen is left. */
static void
fill_to_footer(const struct top_state *state, struct top_frame *frame)
{
	while (frame->count + 1 < state->height)
		top_frame_end_line(frame, TOP_LOOK_PLAIN);
}

/* ---- help ---------------------------------------------------------------- */

void
top_draw_help(const struct top_state *state, struct top_frame *frame)
{
	static const char *const lines[] = {
		"up down k j      move; also page up, page down, home g, end G",
		"< > left right   sort by another column",
		"r                reverse the order",
		"/                show only queues whose name contains a text",
		"enter v          look into the queue; < > there: another state",
		"p                pause the queue, or resume it; asks first",
		"q                quit",
		"",
		"IN, MERGE, DONE  ops a second: enqueued, merged into a set that waited,",
		"                 and finished, with a result or an error",
		"DEPTH            sets that wait or are ready",
		"OLDEST           how long the oldest ready set has been ready",
		"LEASED           sets that workers have",
		"WAITERS          dequeues that wait for a set",
		"DEAD             sets that were tried too often",
		"P C              the queue is paused; closed",
	};

	for (size_t i = 0; i < sizeof lines / sizeof lines[0] && i + 1 < state->height; i++) {
		top_frame_text(frame, lines[i]);
		top_frame_end_line(frame, TOP_LOOK_PLAIN);
	}
	fill_to_footer(state, frame);
	top_frame_text(frame, "any key: back");
	top_frame_end_line(frame, TOP_LOOK_FAINT);
}

/* ---- the sets of a queue --------------------------------------------------- */

void
top_peek_clear(struct top_peek *peek)
{
	for (size_t i = 0; i < peek->count; i++) {
		free(peek->sets[i].key);
		free(peek->sets[i].holder);
	}
	free(peek->sets);
	peek->sets = NULL;
	peek->count = 0;
	peek->first = 0;
	peek->there = false;
}

void
top_peek_state(struct top_state *state, int steps)
{
	int at = 0;

	while (at < STATES && strcmp(states[at], state->peek.state) != 0)
		at++;
	top_peek_clear(&state->peek);
	state->peek.state = states[(at + steps + STATES) % STATES];
	state->wish = TOP_WISH_PEEK;
}

/* A string value as text that can be shown; NULL for another value. */
static char *
safe_string(struct inflight_span value)
{
	struct inflight_bytes meant = {0};
	struct inflight_bytes safe = {0};
	char *text = NULL;

	if (inflight_text_unquote(value, &meant)) {
		need_memory(&meant);
		safe_text(inflight_bytes_span(&meant), &safe);
		inflight_bytes_add(&safe, "", 1);
		need_memory(&safe);
		text = strdup(inflight_bytes_span(&safe).ptr);
		if (text == NULL)
			out_of_memory();
	}
	inflight_bytes_fini(&meant);
	inflight_bytes_fini(&safe);
	return text;
}

static char *
member_string(struct inflight_span object, const char *name)
{
	struct inflight_span value;

	return inflight_text_member(object, name, &value) ? safe_string(value) : NULL;
}

static int64_t
member_int(struct inflight_span object, const char *name)
{
	struct inflight_span value;
	int64_t number;

	if (!inflight_text_member(object, name, &value) || !inflight_text_int(value, &number))
		return -1;
	return number;
}

static int64_t
count_elements(struct inflight_span object, const char *name)
{
	struct inflight_walk walk;
	struct inflight_span value;
	struct inflight_span label;
	int64_t count = 0;

	if (!inflight_text_member(object, name, &value))
		return 0;
	inflight_walk_init(&walk, value);
	while (inflight_walk_next(&walk, &label, &value))
		count++;
	return count;
}

void
top_state_set_peek(struct top_state *state, struct inflight_span result)
{
	struct top_peek *peek = &state->peek;
	struct inflight_walk walk;
	struct inflight_span sets;
	struct inflight_span label;
	struct inflight_span set;

	top_peek_clear(peek);
	peek->there = true;
	if (!inflight_text_member(result, "sets", &sets))
		return;
	peek->sets = zero_alloc(TOP_PEEK_SETS, sizeof *peek->sets);
	inflight_walk_init(&walk, sets);
	while (peek->count < TOP_PEEK_SETS && inflight_walk_next(&walk, &label, &set)) {
		peek->sets[peek->count++] = (struct top_set){
			.key = member_string(set, "key"),
			.holder = member_string(set, "holder"),
			.attempt = member_int(set, "attempt"),
			.width = count_elements(set, "ops"),
			.age_ms = member_int(set, "age_ms"),
		};
	}
}

static void
draw_set(const struct top_set *set, size_t key_width, struct top_frame *frame)
{
	const char *key = set->key == NULL ? "" : set->key;
	char text[TOP_TEXT_SIZE];

	top_frame_cell(frame, (struct inflight_span){key, strlen(key)}, key_width);
	top_frame_text(frame, " ");
	top_frame_cell_right(frame, top_number_text(text, set->width), 6);
	top_frame_text(frame, " ");
	top_frame_cell_right(frame, top_age_text(text, set->age_ms), 6);
	top_frame_text(frame, " ");
	top_frame_cell_right(frame, top_number_text(text, set->attempt), 5);
	if (set->holder != NULL) {
		top_frame_text(frame, "  ");
		top_frame_text(frame, set->holder);
	}
	top_frame_end_line(frame, TOP_LOOK_PLAIN);
}

void
top_draw_peek(struct top_state *state, struct top_frame *frame)
{
	const struct top_peek *peek = &state->peek;
	size_t key_width = state->width > 50 ? state->width - 44 : state->width > 30 ? 8 : 4;
	const char *more = peek->count == TOP_PEEK_SETS ? ", the first 100" : "";

	top_frame_safe(frame, (struct inflight_span){state->target, strlen(state->target)});
	top_frame_text(frame, ": sets that are ");
	top_frame_text(frame, peek->state);
	top_frame_text(frame, !peek->there ? ", asking" : peek->count == 0 ? ": none" : more);
	top_frame_end_line(frame, TOP_LOOK_TITLE);
	if (state->height > 2) {
		top_frame_cell(frame, (struct inflight_span){"KEY", 3}, key_width);
		top_frame_text(frame, "  WIDTH    AGE TRIED  HOLDER");
		top_frame_end_line(frame, TOP_LOOK_HEADER);
	}
	for (size_t i = peek->first; i < peek->count && frame->count + 1 < state->height; i++)
		draw_set(&peek->sets[i], key_width, frame);
	fill_to_footer(state, frame);
	if (state->lost[0] != '\0' || state->notice[0] != '\0') {
		const char *text = state->lost[0] != '\0' ? state->lost : state->notice;

		top_frame_safe(frame, (struct inflight_span){text, strlen(text)});
		top_frame_end_line(frame, TOP_LOOK_NOTICE);
	} else {
		top_frame_text(frame, "q back  up down scroll  < > another state  r again");
		top_frame_end_line(frame, TOP_LOOK_FAINT);
	}
}
