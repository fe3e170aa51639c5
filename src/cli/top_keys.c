/* What the keys of `inflight top` do. Nothing is asked here: wishes are left for that. */
#include <config.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/report.h"
#include "cli/top_state.h"

#define NAME_MAX_BYTES 200 /* of a queue, as the protocol has it */

void
top_state_init(struct top_state *state, const char *address, size_t width, size_t height)
{
	*state = (struct top_state){.address = address, .width = width, .height = height};
	top_model_init(&state->model);
	state->peek.state = "ready";
}

void
top_state_fini(struct top_state *state)
{
	top_peek_clear(&state->peek);
	top_model_fini(&state->model);
	inflight_bytes_fini(&state->kept);
	free(state->target);
}

void
top_state_resize(struct top_state *state, size_t width, size_t height)
{
	state->width = width;
	state->height = height;
}

size_t
top_state_visible(const struct top_state *state)
{
	struct top_heights heights;

	top_heights_fit(state->height, &heights);
	return heights.rows;
}

/* The selected queue is the target from now on; false where none is selected. */
static bool
take_target(struct top_state *state)
{
	const struct top_row *row = top_model_selected(&state->model);

	if (row == NULL)
		return false;
	free(state->target);
	state->target = strdup(row->name);
	if (state->target == NULL)
		out_of_memory();
	state->target_paused = row->known && row->sample.paused;
	return true;
}

/* ---- moving -------------------------------------------------------------- */

/* How far a key moves in a list of which `page` lines are on the screen; false: it does not. */
static bool
movement(uint32_t key, int64_t page, int64_t *ret)
{
	switch (key) {
	case 'k':
	case TOP_KEY_UP:
		*ret = -1;
		return true;
	case 'j':
	case TOP_KEY_DOWN:
		*ret = 1;
		return true;
	case TOP_KEY_PAGE_UP:
		*ret = -page;
		return true;
	case ' ':
	case TOP_KEY_PAGE_DOWN:
		*ret = page;
		return true;
	case 'g':
	case TOP_KEY_HOME:
		*ret = INT32_MIN;
		return true;
	case 'G':
	case TOP_KEY_END:
		*ret = INT32_MAX;
		return true;
	default:
		return false;
	}
}

/* ---- the list ------------------------------------------------------------ */

static void
begin_filter(struct top_state *state)
{
	inflight_bytes_clear(&state->kept);
	inflight_bytes_add_span(&state->kept, inflight_bytes_span(&state->model.filter));
	need_memory(&state->kept);
	state->mode = TOP_MODE_FILTER;
}

static void
list_key(struct top_state *state, uint32_t key)
{
	struct top_model *model = &state->model;
	int64_t rows;

	if (movement(key, (int64_t)top_state_visible(state), &rows)) {
		top_model_move(model, rows);
		return;
	}
	switch (key) {
	case 'q':
		state->quit = true;
		break;
	case 'h':
	case '?':
		state->mode = TOP_MODE_HELP;
		break;
	case '/':
		begin_filter(state);
		break;
	case '<':
	case TOP_KEY_LEFT:
		top_model_sort_by(model, -1);
		break;
	case '>':
	case TOP_KEY_RIGHT:
		top_model_sort_by(model, 1);
		break;
	case 'r':
		model->reversed = !model->reversed;
		top_model_arrange(model);
		break;
	case 'p':
		if (take_target(state))
			state->mode = TOP_MODE_CONFIRM;
		break;
	case 'v':
	case TOP_KEY_ENTER:
		if (take_target(state)) {
			state->mode = TOP_MODE_PEEK;
			top_peek_state(state, 0);
		}
		break;
	default:
		break;
	}
}

/* ---- the filter ---------------------------------------------------------- */

static void
add_character(struct inflight_bytes *out, uint32_t code)
{
	char bytes[4];
	size_t len = 0;

	if (code < 0x80) {
		bytes[len++] = (char)code;
	} else if (code < 0x800) {
		bytes[len++] = (char)(0xc0 | code >> 6);
		bytes[len++] = (char)(0x80 | (code & 0x3f));
	} else {
		if (code >= 0x10000) {
			bytes[len++] = (char)(0xf0 | code >> 18);
			bytes[len++] = (char)(0x80 | (code >> 12 & 0x3f));
		} else {
			bytes[len++] = (char)(0xe0 | code >> 12);
		}
		bytes[len++] = (char)(0x80 | (code >> 6 & 0x3f));
		bytes[len++] = (char)(0x80 | (code & 0x3f));
	}
	inflight_bytes_add(out, bytes, len);
}

/* Takes the last character off, with all its bytes. */
static void
drop_character(struct inflight_bytes *text)
{
	bool inside = inflight_bytes_len(text) > 0;

	while (inside) {
		text->end--;
		inside = ((unsigned char)text->data[text->end] & 0xc0) == 0x80 &&
			 text->end > text->start;
	}
}

static void
filter_key(struct top_state *state, uint32_t key)
{
	struct inflight_bytes *filter = &state->model.filter;

	switch (key) {
	case TOP_KEY_ENTER:
		state->mode = TOP_MODE_LIST;
		return;
	case TOP_KEY_ESCAPE:
		state->mode = TOP_MODE_LIST;
		inflight_bytes_clear(filter);
		inflight_bytes_add_span(filter, inflight_bytes_span(&state->kept));
		break;
	case TOP_KEY_BACKSPACE:
		drop_character(filter);
		break;
	default:
		if (key >= ' ' && key < TOP_KEY_UP && inflight_bytes_len(filter) < NAME_MAX_BYTES)
			add_character(filter, key);
		break;
	}
	need_memory(filter);
	top_model_arrange(&state->model);
}

/* ---- the other views ----------------------------------------------------- */

static void
confirm_key(struct top_state *state, uint32_t key)
{
	state->mode = TOP_MODE_LIST;
	if (key == 'y' || key == 'Y')
		state->wish = state->target_paused ? TOP_WISH_RESUME : TOP_WISH_PAUSE;
}

static void
peek_key(struct top_state *state, uint32_t key)
{
	struct top_peek *peek = &state->peek;
	int64_t rows;

	if (movement(key, (int64_t)state->height, &rows)) {
		int64_t first = (int64_t)peek->first + rows;
		int64_t last = peek->count == 0 ? 0 : (int64_t)peek->count - 1;

		peek->first = (size_t)(first < 0 ? 0 : first > last ? last : first);
		return;
	}
	switch (key) {
	case 'q':
	case 'v':
	case TOP_KEY_ESCAPE:
	case TOP_KEY_ENTER:
		state->mode = TOP_MODE_LIST;
		top_peek_clear(peek);
		break;
	case '<':
	case TOP_KEY_LEFT:
		top_peek_state(state, -1);
		break;
	case '>':
	case TOP_KEY_RIGHT:
		top_peek_state(state, 1);
		break;
	case 'r':
		top_peek_state(state, 0);
		break;
	default:
		break;
	}
}

void
top_state_key(struct top_state *state, uint32_t key)
{
	state->notice[0] = '\0';
	switch (state->mode) {
	case TOP_MODE_LIST:
		list_key(state, key);
		break;
	case TOP_MODE_HELP:
		state->mode = TOP_MODE_LIST;
		break;
	case TOP_MODE_FILTER:
		filter_key(state, key);
		break;
	case TOP_MODE_CONFIRM:
		confirm_key(state, key);
		break;
	case TOP_MODE_PEEK:
		peek_key(state, key);
		break;
	}
}
