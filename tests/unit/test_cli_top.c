/*
 * `inflight top` without a terminal and without a daemon: rates, order and filter of
 * the model, what fits into which width, what the keys do, and the pictures.
 */
#include <config.h>

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/safe.h"
#include "cli/top_state.h"

static struct top_row *
find_row(struct top_model *model, const char *name)
{
	for (size_t i = 0; i < model->count; i++) {
		if (strcmp(model->rows[i]->name, name) == 0)
			return model->rows[i];
	}
	ck_abort_msg("no row %s", name);
}

/* A whole list of names, blanks between them. */
static void
set_list(struct top_model *model, const char *names)
{
	char copy[1024];
	char *rest = copy;
	char *name;

	snprintf(copy, sizeof copy, "%s", names);
	top_model_list_begin(model);
	while ((name = strsep(&rest, " ")) != NULL) {
		if (name[0] != '\0')
			top_model_list_name(model, name);
	}
	top_model_list_end(model);
}

static void
set_depth(struct top_model *model, const char *name, int64_t depth)
{
	struct top_sample sample = {.depth = depth};

	top_model_set_sample(find_row(model, name), &sample);
}

/* The names of the view in its order, the selected one in brackets. */
static void
require_view(const struct top_model *model, const char *expected)
{
	char text[1024] = "";

	for (size_t i = 0; i < model->view_count; i++) {
		size_t len = strlen(text);
		bool selected = i == model->selected;

		snprintf(text + len, sizeof text - len, "%s%s%s%s", i == 0 ? "" : " ",
			selected ? "[" : "", model->view[i]->name, selected ? "]" : "");
	}
	ck_assert_str_eq(text, expected);
}

/* ---- rates --------------------------------------------------------------- */

START_TEST(test_rates)
{
	struct top_model model;
	struct top_sample sample = {.at_ms = 1000, .enqueued = 100, .merged = 10, .finished = 5};
	struct top_row *row;

	top_model_init(&model);
	set_list(&model, "a");
	row = find_row(&model, "a");
	ck_assert(!row->known);
	top_model_set_sample(row, &sample);
	ck_assert_double_lt(row->rates[TOP_ENQUEUED], 0);
	sample = (struct top_sample){.at_ms = 1500, .enqueued = 200, .merged = 10, .finished = 6};
	top_model_set_sample(row, &sample);
	ck_assert_double_eq(row->rates[TOP_ENQUEUED], 200);
	ck_assert_double_eq(row->rates[TOP_MERGED], 0);
	ck_assert_double_eq(row->rates[TOP_FINISHED], 2);
	/* No time has passed: there is no rate. */
	top_model_set_sample(row, &sample);
	ck_assert_double_lt(row->rates[TOP_ENQUEUED], 0);
	/* A queue that was deleted and made again has counters that begin anew. */
	sample = (struct top_sample){.at_ms = 2500, .enqueued = 7, .merged = 12, .finished = 6};
	top_model_set_sample(row, &sample);
	ck_assert_double_lt(row->rates[TOP_ENQUEUED], 0);
	ck_assert_double_eq(row->rates[TOP_MERGED], 2);
	top_model_forget(&model);
	ck_assert(!row->known);
	ck_assert_double_lt(row->rates[TOP_MERGED], 0);
	top_model_fini(&model);
}
END_TEST

START_TEST(test_daemon_rates)
{
	struct top_model model;
	struct top_daemon daemon = {.at_ms = 1000, .incarnation = "x", .requests = 100};

	top_model_init(&model);
	set_list(&model, "a");
	top_model_set_daemon(&model, &daemon);
	ck_assert_double_lt(model.rates.requests, 0);
	set_depth(&model, "a", 4);
	daemon.at_ms = 3000;
	daemon.requests = 300;
	top_model_set_daemon(&model, &daemon);
	ck_assert_double_eq(model.rates.requests, 100);
	ck_assert_double_eq(model.rates.enqueued, 0);
	ck_assert(find_row(&model, "a")->known);
	/* Another daemon at the same address: nothing from before counts. */
	daemon.at_ms = 4000;
	snprintf(daemon.incarnation, sizeof daemon.incarnation, "y");
	daemon.requests = 1000;
	top_model_set_daemon(&model, &daemon);
	ck_assert_double_lt(model.rates.requests, 0);
	ck_assert(!find_row(&model, "a")->known);
	top_model_fini(&model);
}
END_TEST

/* ---- the list ------------------------------------------------------------ */

START_TEST(test_lists)
{
	struct top_model model;

	top_model_init(&model);
	require_view(&model, "");
	ck_assert_ptr_null(top_model_selected(&model));
	set_list(&model, "b d");
	set_depth(&model, "d", 5);
	set_list(&model, "a b c d");
	ck_assert_uint_eq(model.count, 4);
	ck_assert_int_eq(find_row(&model, "d")->sample.depth, 5);
	set_list(&model, "c d");
	ck_assert_uint_eq(model.count, 2);
	require_view(&model, "[d] c");
	set_list(&model, "");
	ck_assert_uint_eq(model.count, 0);
	ck_assert_ptr_null(top_model_selected(&model));
	top_model_fini(&model);
}
END_TEST

START_TEST(test_order)
{
	struct top_model model;

	top_model_init(&model);
	set_list(&model, "a b c d");
	set_depth(&model, "a", 2);
	set_depth(&model, "b", 7);
	set_depth(&model, "c", 2);
	top_model_arrange(&model);
	/* Those that are not known are the last; what is equal stands in the order of names. */
	require_view(&model, "[b] a c d");
	model.reversed = true;
	top_model_arrange(&model);
	require_view(&model, "[d] a c b");
	top_model_sort_by(&model, -1);
	ck_assert_int_eq(model.sort, TOP_NAME);
	require_view(&model, "[d] c b a");
	model.reversed = false;
	top_model_sort_by(&model, 0);
	require_view(&model, "[a] b c d");
	top_model_sort_by(&model, -1);
	ck_assert_int_eq(model.sort, TOP_DEAD);
	top_model_sort_by(&model, 1);
	ck_assert_int_eq(model.sort, TOP_NAME);
	top_model_fini(&model);
}
END_TEST

/* Each column sorts by what it shows. */
START_TEST(test_order_by_each_column)
{
	for (int column = TOP_NAME + 1; column < TOP_COLUMNS; column++) {
		struct top_model model;
		struct top_sample sample = {.at_ms = 1000};
		int64_t *const numbers[TOP_COLUMNS] = {
			[TOP_DEPTH] = &sample.depth,
			[TOP_ENQUEUED] = &sample.enqueued,
			[TOP_MERGED] = &sample.merged,
			[TOP_FINISHED] = &sample.finished,
			[TOP_OLDEST] = &sample.oldest_ms,
			[TOP_LEASED] = &sample.leased,
			[TOP_WAITERS] = &sample.waiters,
			[TOP_DEAD] = &sample.dead,
		};

		top_model_init(&model);
		set_list(&model, "a b");
		top_model_set_sample(find_row(&model, "a"), &sample);
		top_model_set_sample(find_row(&model, "b"), &sample);
		sample.at_ms = 2000;
		top_model_set_sample(find_row(&model, "a"), &sample);
		*numbers[column] = 9;
		top_model_set_sample(find_row(&model, "b"), &sample);
		model.sort = (enum top_column)column;
		top_model_arrange(&model);
		require_view(&model, "[b] a");
		top_model_fini(&model);
	}
}
END_TEST

/* Until a row is picked the first one is selected; then the queue, wherever it goes. */
START_TEST(test_selection)
{
	struct top_model model;

	top_model_init(&model);
	set_list(&model, "a b c");
	require_view(&model, "[a] b c");
	set_depth(&model, "c", 3);
	top_model_arrange(&model);
	require_view(&model, "[c] a b");
	top_model_move(&model, 1);
	require_view(&model, "c [a] b");
	set_depth(&model, "b", 9);
	top_model_arrange(&model);
	require_view(&model, "b c [a]");
	set_list(&model, "a b c d e");
	require_view(&model, "b c [a] d e");
	/* Its queue is gone: the place stays, as far as there is one. */
	set_list(&model, "b c d e");
	require_view(&model, "b c [d] e");
	set_list(&model, "b");
	require_view(&model, "[b]");
	top_model_move(&model, INT32_MAX);
	top_model_move(&model, INT32_MIN);
	require_view(&model, "[b]");
	top_model_fini(&model);
}
END_TEST

START_TEST(test_filter)
{
	struct top_model model;

	top_model_init(&model);
	set_list(&model, "Mail mails render a");
	inflight_bytes_add_text(&model.filter, "MAIL");
	top_model_arrange(&model);
	require_view(&model, "[Mail] mails");
	inflight_bytes_add_text(&model.filter, "s");
	top_model_arrange(&model);
	require_view(&model, "[mails]");
	inflight_bytes_add_text(&model.filter, "?");
	top_model_arrange(&model);
	require_view(&model, "");
	ck_assert_ptr_null(top_model_selected(&model));
	top_model_fini(&model);
}
END_TEST

START_TEST(test_scrolling)
{
	struct top_model model;

	top_model_init(&model);
	set_list(&model, "a b c d e");
	top_model_move(&model, 3);
	top_model_scroll(&model, 2);
	ck_assert_uint_eq(model.first, 2);
	top_model_move(&model, -1);
	top_model_scroll(&model, 2);
	ck_assert_uint_eq(model.first, 2);
	top_model_move(&model, -1);
	top_model_scroll(&model, 2);
	ck_assert_uint_eq(model.first, 1);
	/* A screen that grew is filled. */
	top_model_scroll(&model, 4);
	ck_assert_uint_eq(model.first, 1);
	top_model_scroll(&model, 50);
	ck_assert_uint_eq(model.first, 0);
	top_model_scroll(&model, 0);
	ck_assert_uint_eq(model.first, 0);
	top_model_fini(&model);
}
END_TEST

/* Those on the screen always, the others in turn. */
START_TEST(test_who_is_asked)
{
	struct top_row *rows[3];
	struct top_model model;
	char seen[8] = "";

	top_model_init(&model);
	set_list(&model, "a b c d e");
	for (int round = 0; round < 2; round++) {
		ck_assert_uint_eq(top_model_choose(&model, 1, 3, rows), 3);
		ck_assert_str_eq(rows[0]->name, "a");
		strcat(seen, rows[1]->name);
		strcat(seen, rows[2]->name);
		set_list(&model, "a b c d e");
	}
	for (const char *name = "bcde"; *name != '\0'; name++)
		ck_assert_ptr_nonnull(strchr(seen, *name));
	ck_assert_uint_eq(top_model_choose(&model, 10, 3, rows), 3);
	set_list(&model, "a b");
	ck_assert_uint_eq(top_model_choose(&model, 1, 3, rows), 2);
	set_list(&model, "");
	ck_assert_uint_eq(top_model_choose(&model, 1, 3, rows), 0);
	top_model_fini(&model);
}
END_TEST

/* ---- layout -------------------------------------------------------------- */

START_TEST(test_columns_at_every_width)
{
	size_t shown_before = 0;

	for (size_t width = 1; width <= 200; width++) {
		struct top_columns columns;
		size_t used = 0;
		size_t shown = 0;

		top_columns_fit(width, &columns);
		for (int i = TOP_NAME + 1; i < TOP_COLUMNS; i++) {
			shown += columns.widths[i] > 0;
			used += columns.widths[i] == 0 ? 0 : columns.widths[i] + 1;
		}
		ck_assert_uint_eq(used + columns.widths[TOP_NAME], width);
		ck_assert_uint_ge(shown, shown_before);
		ck_assert(shown == 0 || columns.widths[TOP_NAME] >= 12);
		shown_before = shown;
		if (width >= 80)
			ck_assert_uint_eq(shown, TOP_COLUMNS - 1);
	}
}
END_TEST

START_TEST(test_heights)
{
	for (size_t height = 0; height <= 100; height++) {
		struct top_heights heights;

		top_heights_fit(height, &heights);
		ck_assert_uint_eq(
			heights.summary + heights.header + heights.rows + heights.footer, height);
		ck_assert(height == 0 || heights.rows > 0);
		ck_assert_uint_eq(heights.summary, height >= 10 ? 3 : height >= 6 ? 1 : 0);
	}
}
END_TEST

static void
require_number(int64_t number, const char *expected)
{
	char text[TOP_TEXT_SIZE];

	ck_assert_str_eq(top_number_text(text, number), expected);
}

START_TEST(test_numbers)
{
	require_number(-1, "-");
	require_number(0, "0");
	require_number(999999, "999999");
	require_number(1000000, "1.00M");
	require_number(9994999, "9.99M");
	require_number(9996000, "10.0M");
	require_number(999400000, "999M");
	require_number(999600000, "1.00G");
	require_number(INT64_MAX, "9.22E");
	for (int64_t number = 1; number < INT64_MAX / 10; number = number * 3 + 1) {
		char text[TOP_TEXT_SIZE];

		ck_assert_uint_le(strlen(top_number_text(text, number)), 6);
	}
}
END_TEST

START_TEST(test_rates_as_text)
{
	char text[TOP_TEXT_SIZE];

	ck_assert_str_eq(top_rate_text(text, -1), "-");
	ck_assert_str_eq(top_rate_text(text, 0), "0");
	ck_assert_str_eq(top_rate_text(text, 0.25), "0.2");
	ck_assert_str_eq(top_rate_text(text, 9.94), "9.9");
	ck_assert_str_eq(top_rate_text(text, 9.96), "10");
	ck_assert_str_eq(top_rate_text(text, 1234.5), "1235");
	ck_assert_str_eq(top_rate_text(text, 2500000), "2.50M");
}
END_TEST

START_TEST(test_ages_as_text)
{
	char text[TOP_TEXT_SIZE];

	ck_assert_str_eq(top_age_text(text, -1), "-");
	ck_assert_str_eq(top_age_text(text, 0), "0ms");
	ck_assert_str_eq(top_age_text(text, 999), "999ms");
	ck_assert_str_eq(top_age_text(text, 1000), "1.0s");
	ck_assert_str_eq(top_age_text(text, 9999), "9.9s");
	ck_assert_str_eq(top_age_text(text, 10000), "10s");
	ck_assert_str_eq(top_age_text(text, 119999), "119s");
	ck_assert_str_eq(top_age_text(text, 120000), "2m");
	ck_assert_str_eq(top_age_text(text, 7199999), "119m");
	ck_assert_str_eq(top_age_text(text, 7200000), "2h");
	ck_assert_str_eq(top_age_text(text, 172799999), "47h");
	ck_assert_str_eq(top_age_text(text, 172800000), "2d");
}
END_TEST

/* ---- keys ---------------------------------------------------------------- */

static void
begin_state(struct top_state *state, const char *names)
{
	top_state_init(state, "unix:/x", 80, 24);
	set_list(&state->model, names);
}

static void
type(struct top_state *state, const char *keys)
{
	for (; *keys != '\0'; keys++)
		top_state_key(state, (unsigned char)*keys);
}

START_TEST(test_keys_of_the_list)
{
	struct top_state state;

	begin_state(&state, "a b c");
	type(&state, "jj");
	require_view(&state.model, "a b [c]");
	type(&state, "k");
	top_state_key(&state, TOP_KEY_UP);
	require_view(&state.model, "[a] b c");
	top_state_key(&state, TOP_KEY_END);
	require_view(&state.model, "a b [c]");
	top_state_key(&state, TOP_KEY_PAGE_UP);
	require_view(&state.model, "[a] b c");
	type(&state, "<");
	ck_assert_int_eq(state.model.sort, TOP_NAME);
	type(&state, "r");
	require_view(&state.model, "c b [a]");
	type(&state, ">>");
	ck_assert_int_eq(state.model.sort, TOP_ENQUEUED);
	type(&state, "?");
	ck_assert_int_eq(state.mode, TOP_MODE_HELP);
	type(&state, "q");
	ck_assert_int_eq(state.mode, TOP_MODE_LIST);
	ck_assert(!state.quit);
	type(&state, "xq");
	ck_assert(state.quit);
	top_state_fini(&state);
}
END_TEST

START_TEST(test_keys_of_the_filter)
{
	struct top_state state;

	begin_state(&state, "alpha beta gamma");
	type(&state, "/bq");
	require_view(&state.model, "");
	top_state_key(&state, TOP_KEY_BACKSPACE);
	require_view(&state.model, "[beta]");
	top_state_key(&state, TOP_KEY_ENTER);
	ck_assert_int_eq(state.mode, TOP_MODE_LIST);
	/* Typed anew and given up: as before. */
	type(&state, "/z");
	require_view(&state.model, "");
	top_state_key(&state, TOP_KEY_ESCAPE);
	require_view(&state.model, "[beta]");
	/* A character is taken off whole, and nothing where nothing is left. */
	type(&state, "/");
	top_state_key(&state, 0x6771);
	top_state_key(&state, 0xe9);
	top_state_key(&state, 0x1f600);
	ck_assert_uint_eq(inflight_bytes_len(&state.model.filter), 1 + 3 + 2 + 4);
	top_state_key(&state, TOP_KEY_BACKSPACE);
	top_state_key(&state, TOP_KEY_BACKSPACE);
	top_state_key(&state, TOP_KEY_BACKSPACE);
	require_view(&state.model, "[beta]");
	top_state_key(&state, TOP_KEY_BACKSPACE);
	top_state_key(&state, TOP_KEY_BACKSPACE);
	ck_assert_uint_eq(state.model.view_count, 3);
	top_state_fini(&state);
}
END_TEST

START_TEST(test_keys_that_pause)
{
	struct top_sample paused = {.paused = true};
	struct top_state state;

	begin_state(&state, "a b");
	type(&state, "p");
	ck_assert_int_eq(state.mode, TOP_MODE_CONFIRM);
	type(&state, "n");
	ck_assert_int_eq(state.wish, TOP_WISH_NOTHING);
	type(&state, "py");
	ck_assert_int_eq(state.wish, TOP_WISH_PAUSE);
	ck_assert_str_eq(state.target, "a");
	top_model_set_sample(find_row(&state.model, "b"), &paused);
	type(&state, "<jpy");
	ck_assert_int_eq(state.wish, TOP_WISH_RESUME);
	ck_assert_str_eq(state.target, "b");
	top_state_fini(&state);
	/* Nothing is there to be paused or looked into. */
	begin_state(&state, "");
	type(&state, "pyv");
	ck_assert_int_eq(state.mode, TOP_MODE_LIST);
	ck_assert_int_eq(state.wish, TOP_WISH_NOTHING);
	top_state_fini(&state);
}
END_TEST

static void
set_peek(struct top_state *state, const char *json)
{
	top_state_set_peek(state, (struct inflight_span){json, strlen(json)});
}

START_TEST(test_keys_that_peek)
{
	struct top_state state;

	begin_state(&state, "a");
	top_state_key(&state, TOP_KEY_ENTER);
	ck_assert_int_eq(state.mode, TOP_MODE_PEEK);
	ck_assert_int_eq(state.wish, TOP_WISH_PEEK);
	ck_assert_str_eq(state.peek.state, "ready");
	set_peek(&state, "{\"sets\":[{\"key\":\"k\\u001b[2J\",\"state\":\"ready\",\"attempt\":2,"
			 "\"age_ms\":1500,\"ops\":[{\"op\":\"1\"},{\"op\":\"2\"}]},{}]}");
	ck_assert_uint_eq(state.peek.count, 2);
	ck_assert_str_eq(state.peek.sets[0].key, "k\\u001b[2J");
	ck_assert_int_eq(state.peek.sets[0].width, 2);
	ck_assert_int_eq(state.peek.sets[0].age_ms, 1500);
	ck_assert_int_eq(state.peek.sets[0].attempt, 2);
	type(&state, "jjj");
	ck_assert_uint_eq(state.peek.first, 1);
	type(&state, "g");
	ck_assert_uint_eq(state.peek.first, 0);
	state.wish = TOP_WISH_NOTHING;
	type(&state, ">");
	ck_assert_str_eq(state.peek.state, "held");
	ck_assert_int_eq(state.wish, TOP_WISH_PEEK);
	ck_assert(!state.peek.there);
	set_peek(&state, "{}");
	ck_assert(state.peek.there);
	type(&state, "j<<<");
	ck_assert_str_eq(state.peek.state, "dead");
	type(&state, "q");
	ck_assert_int_eq(state.mode, TOP_MODE_LIST);
	ck_assert(!state.quit);
	top_state_fini(&state);
}
END_TEST

/* ---- pictures ------------------------------------------------------------ */

static void
require_fits(struct top_state *state, struct top_frame *frame)
{
	top_state_draw(state, frame);
	ck_assert_uint_ge(frame->count, state->height < 2 ? 1 : state->height);
	ck_assert_uint_le(frame->count, state->height < 2 ? 2 : state->height);
	for (size_t i = 0; i < frame->count; i++) {
		struct inflight_span line = top_frame_line(frame, i);

		ck_assert_uint_le(safe_width(line), state->width);
		ck_assert_ptr_null(memchr(line.ptr, '\033', line.len));
	}
}

/* Every view at every size: nothing is wider than the screen, and the screen is full. */
START_TEST(test_pictures_of_every_size)
{
	static const char *const keys[] = {"", "/x", "v", "?", "p"};
	static const size_t heights[] = {1, 2, 3, 6, 11};
	struct top_frame frame = {0};

	safe_init();
	for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
		struct top_state state;

		begin_state(&state, "a \xe6\x9d\xb1\xe4\xba\xac\xe6\x9d\xb1\xe4\xba\xac x\033[2Jx "
				    "a-name-that-is-longer-than-its-column-has-room-for");
		type(&state, keys[i]);
		set_peek(&state, "{\"sets\":[{\"key\":\"\xe6\x9d\xb1\xe4\xba\xac\",\"holder\":"
				 "\"tcp:127.0.0.1:4\",\"attempt\":1,\"age_ms\":1,\"ops\":[{}]}]}");
		for (size_t width = 1; width <= 200; width++) {
			for (size_t k = 0; k < sizeof heights / sizeof heights[0]; k++) {
				top_state_resize(&state, width, heights[k]);
				require_fits(&state, &frame);
			}
		}
		top_state_fini(&state);
	}
	top_frame_fini(&frame);
}
END_TEST

static void
require_line(const struct top_frame *frame, size_t i, enum top_look look, const char *expected)
{
	struct inflight_span line = top_frame_line(frame, i);
	char text[512];

	snprintf(text, sizeof text, "%.*s", (int)line.len, line.ptr);
	ck_assert_str_eq(text, expected);
	ck_assert_int_eq(frame->lines[i].look, look);
}

START_TEST(test_picture_of_the_list)
{
	struct top_daemon daemon = {.version = "1.2",
		.uptime_ms = 61000,
		.connections = 3,
		.memory = 2048,
		.memory_max = 4096};
	struct top_sample sample = {.at_ms = 1,
		.paused = true,
		.depth = 12,
		.leased = 3,
		.waiters = 4,
		.dead = 5,
		.oldest_ms = 1500};
	struct top_frame frame = {0};
	struct top_state state;

	safe_init();
	top_state_init(&state, "unix:/x", 80, 10);
	top_model_set_daemon(&state.model, &daemon);
	set_list(&state.model, "a b");
	top_model_set_sample(find_row(&state.model, "b"), &sample);
	top_model_arrange(&state.model);
	top_state_draw(&state, &frame);
	require_line(&frame, 0, TOP_LOOK_TITLE,
		"inflightd 1.2  up 1 min 1 s  memory 2 KiB of 4 KiB  unix:/x");
	require_line(&frame, 1, TOP_LOOK_PLAIN,
		"now         connections 3  waiters 0  queues 0  groups 0  leases 0");
	require_line(&frame, 2, TOP_LOOK_PLAIN,
		"per second  requests -  enqueued -  merged -  finished -  errors -");
	require_line(&frame, 3, TOP_LOOK_HEADER,
		"  QUEUE         "
		" \u2193DEPTH    IN/s  MERGE/s  DONE/s  OLDEST  LEASED  WAITERS   DEAD");
	require_line(&frame, 4, TOP_LOOK_SELECTED,
		"P b                  12       -        -       -    1.5s       3        4      5");
	require_line(&frame, 5, TOP_LOOK_PLAIN,
		"  a                   -       -        -       -       -       -        -      -");
	require_line(&frame, 6, TOP_LOOK_PLAIN, "");
	require_line(&frame, 9, TOP_LOOK_FAINT,
		"q quit  ? help  < > sort  r reverse  / filter  p pause  v peek");
	type(&state, "j");
	top_state_draw(&state, &frame);
	ck_assert_int_eq(frame.lines[4].look, TOP_LOOK_PAUSED);
	type(&state, "/A");
	top_state_draw(&state, &frame);
	require_line(&frame, 9, TOP_LOOK_FAINT, "filter: A_");
	top_state_key(&state, TOP_KEY_ENTER);
	top_state_draw(&state, &frame);
	require_line(&frame, 9, TOP_LOOK_FAINT, "filter: A   1 of 2 queues");
	snprintf(state.lost, sizeof state.lost, "lost: \033[2Jgone");
	top_state_draw(&state, &frame);
	require_line(&frame, 9, TOP_LOOK_NOTICE, "lost: \\u001b[2Jgone");
	type(&state, "p");
	top_state_draw(&state, &frame);
	require_line(&frame, 9, TOP_LOOK_NOTICE, "pause a? y/n");
	top_frame_fini(&frame);
	top_state_fini(&state);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("cli_top");
	TCase *model = tcase_create("model");
	TCase *layout = tcase_create("layout");
	TCase *keys = tcase_create("keys");
	TCase *pictures = tcase_create("pictures");
	SRunner *runner;
	int failed;

	tcase_add_test(model, test_rates);
	tcase_add_test(model, test_daemon_rates);
	tcase_add_test(model, test_lists);
	tcase_add_test(model, test_order);
	tcase_add_test(model, test_order_by_each_column);
	tcase_add_test(model, test_selection);
	tcase_add_test(model, test_filter);
	tcase_add_test(model, test_scrolling);
	tcase_add_test(model, test_who_is_asked);
	suite_add_tcase(suite, model);
	tcase_add_test(layout, test_columns_at_every_width);
	tcase_add_test(layout, test_heights);
	tcase_add_test(layout, test_numbers);
	tcase_add_test(layout, test_rates_as_text);
	tcase_add_test(layout, test_ages_as_text);
	suite_add_tcase(suite, layout);
	tcase_add_test(keys, test_keys_of_the_list);
	tcase_add_test(keys, test_keys_of_the_filter);
	tcase_add_test(keys, test_keys_that_pause);
	tcase_add_test(keys, test_keys_that_peek);
	suite_add_tcase(suite, keys);
	tcase_set_timeout(pictures, 60);
	tcase_add_test(pictures, test_pictures_of_every_size);
	tcase_add_test(pictures, test_picture_of_the_list);
	suite_add_tcase(suite, pictures);

	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
