/*
 * `inflight top`: keys, the daemon and the clock in, pictures out. top_ask.c talks to
 * the daemon, top_keys.c knows what keys do, top_draw.c and top_views.c make pictures,
 * top_screen.c shows them.
 */
#include <config.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/report.h"
#include "cli/safe.h"
#include "cli/signals.h"
#include "cli/terminal.h"
#include "cli/top_ask.h"
#include "cli/top_screen.h"
#include "cli/top_state.h"
#include "cli/verb.h"

#define INTERVAL_MS 1000
#define ANSWER_MS   5000 /* where -t does not say */
#define TEXT_WIDTH  80   /* of --once where there is no terminal, beside the longest name */

struct top {
	struct inflight *client;
	struct top_state state;
	struct top_ask ask;
	struct top_frame frame;
};

static void
draw(struct top *top)
{
	size_t width;
	size_t height;

	top_screen_size(&width, &height);
	top_state_resize(&top->state, width, height);
	top_state_draw(&top->state, &top->frame);
	top_screen_draw(&top->frame);
}

/* Waits for a key, the daemon, a signal or the time. Returns false where the terminal has gone. */
static bool
wait_for_more(struct top *top)
{
	struct pollfd fds[2] = {
		{.fd = STDIN_FILENO, .events = POLLIN},
		{.fd = inflight_fd(top->client), .events = inflight_events(top->client)},
	};

	signals_poll(fds, 2, top_ask_due_ms(&top->ask));
	return (fds[0].revents & (POLLERR | POLLHUP | POLLNVAL)) == 0;
}

/* Whether a signal ends the program; one that stands for q does not die of it. */
static bool
is_stopped(int *ret_die_of)
{
	int last = signals_last_stop();

	if (last != 0 && last != SIGINT)
		*ret_die_of = last;
	return last != 0;
}

static int
run_screen(struct top *top)
{
	int die_of = 0;

	signals_catch();
	if (!top_screen_open())
		return STATUS_USAGE;
	do {
		uint32_t key;

		while (!top->state.quit && (key = top_screen_key()) != 0)
			top_state_key(&top->state, key);
		top_ask_step(&top->ask, now_ms());
		draw(top);
	} while (!top->state.quit && wait_for_more(top) && !is_stopped(&die_of));
	top_screen_close();
	if (die_of != 0)
		signals_die(die_of);
	return STATUS_OK;
}

/* ---- --once -------------------------------------------------------------- */

/* The columns that a name takes, with what is shown for characters that cannot be. */
static size_t
name_width(const char *name)
{
	struct inflight_bytes safe = {0};
	size_t width;

	safe_text((struct inflight_span){name, strlen(name)}, &safe);
	need_memory(&safe);
	width = safe_width(inflight_bytes_span(&safe));
	inflight_bytes_fini(&safe);
	return width;
}

/* Without a terminal the names take as much room as they need. */
static size_t
text_width(const struct top *top)
{
	const struct top_model *model = &top->state.model;
	struct terminal terminal = terminal_of(STDOUT_FILENO);
	size_t longest = 0;

	if (terminal.width > 0)
		return terminal.width;
	for (size_t i = 0; i < model->count; i++) {
		size_t width = name_width(model->rows[i]->name);

		if (width > longest)
			longest = width;
	}
	return TEXT_WIDTH + longest;
}

static int
print_once(struct top *top)
{
	top_state_resize(&top->state, text_width(top), SIZE_MAX);
	top_state_draw_whole(&top->state, &top->frame);
	for (size_t i = 0; i < top->frame.count; i++) {
		struct inflight_span line = top_frame_line(&top->frame, i);

		while (line.len > 0 && line.ptr[line.len - 1] == ' ')
			line.len--;
		fwrite(line.ptr, 1, line.len, stdout);
		putchar('\n');
	}
	if (fflush(stdout) != 0 || ferror(stdout)) {
		report("cannot write: %s", strerror(errno));
		return STATUS_USAGE;
	}
	return STATUS_OK;
}

/* Two rounds, because a rate takes two answers. */
static int
run_once(struct top *top)
{
	signals_catch();
	while (top->ask.rounds < 2) {
		struct pollfd fd;

		top_ask_step(&top->ask, now_ms());
		if (top->state.lost[0] != '\0') {
			report("%s", inflight_trouble(top->client));
			return STATUS_DAEMON;
		}
		if (top->ask.refused) {
			report("%s", top->state.notice);
			return STATUS_REFUSED;
		}
		if (top->ask.rounds == 2)
			break;
		fd.fd = inflight_fd(top->client);
		fd.events = inflight_events(top->client);
		signals_poll(&fd, 1, top_ask_due_ms(&top->ask));
		if (signals_stops() > 0)
			signals_die(signals_last_stop());
	}
	return print_once(top);
}

/* ---- the verb ------------------------------------------------------------ */

int
run_top(const struct common *common, const struct arguments *args)
{
	int64_t interval_ms = arguments_number(args, "interval", INTERVAL_MS);
	struct top top = {0};
	int result;

	top.client = client_open(common, &result);
	if (top.client == NULL)
		return result;
	top_state_init(&top.state, inflight_address(top.client), 0, 0);
	top_ask_init(&top.ask, top.client, &top.state, interval_ms,
		common->timeout_ms < 0 ? ANSWER_MS : common->timeout_ms);
	result = arguments_flag(args, "once") ? run_once(&top) : run_screen(&top);
	top_ask_fini(&top.ask);
	top_state_fini(&top.state);
	top_frame_fini(&top.frame);
	inflight_free(top.client);
	return result;
}
