/*
 * The loop of `inflight map`: reads lines, keeps a window of enqueues on their way,
 * seals and waits for portions, and gives everything back when it is stopped.
 */
#include <config.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "cli/map_run.h"
#include "cli/progress.h"
#include "cli/report.h"
#include "cli/signals.h"
#include "client/text.h"

#define PORTION_LINES 1000     /* results are printed after so many lines at the latest */
#define PORTIONS_MAX  64       /* portions without an outcome: beyond that no line is read */
#define AHEAD_MAX     33554432 /* bytes of lines in all portions, but where all go into one group */
#define QUIET_MS      200      /* input that pauses so long ends a portion */
#define WAIT_MS       60000    /* one long poll for outcomes */
#define LOOK_MS       500      /* the same, where somebody wants to see progress */
#define RETAIN_MS     86400000 /* an early portion may take that long before a later one is read */
#define LINE_MAX_HERE 1048576  /* where the daemon does not say what its longest line is */
#define SETTLE_MS     2000     /* to clean up at the end */

uint64_t
map_send(struct map *map, const char *method)
{
	struct inflight_span text = inflight_bytes_span(&map->params.text);
	enum inflight_status status;
	uint64_t id = 0;

	if (map->lost)
		return 0;
	status = inflight_send_text(map->client, method, text.ptr, text.len, &id);
	if (status != INFLIGHT_OK) {
		map->lost = status != INFLIGHT_INVALID;
		map_stop(map, report_status(map->client, status));
		return 0;
	}
	return id;
}

uint64_t
map_send_group(struct map *map, const char *method, const struct portion *portion)
{
	params_begin(&map->params);
	params_text(&map->params, "group", portion->group);
	params_end(&map->params);
	return map_send(map, method);
}

void
map_wait(struct map *map, struct portion *portion)
{
	params_begin(&map->params);
	params_text(&map->params, "group", portion->group);
	params_int(&map->params, "wait_ms", progress_is_on() ? LOOK_MS : WAIT_MS);
	params_end(&map->params);
	portion->state = PORTION_WAITING;
	portion->request = map_send(map, "group.wait");
}

static char *
portion_group(struct map *map)
{
	const char *name = map->options->group;
	size_t size = 64;
	char *group;

	if (name != NULL) {
		group = strdup(name);
	} else {
		group = malloc(size);
		if (group != NULL)
			snprintf(group, size, "map-%s-%" PRIu64, map->prefix, map->portion_serial);
	}
	if (group == NULL)
		out_of_memory();
	return group;
}

/* Makes a portion for the lines from the next one on. */
static void
begin_portion(struct map *map)
{
	struct portion *portion = zero_alloc(1, sizeof *portion);

	map->portion_serial++;
	portion->group = portion_group(map);
	portion->first_line = map->line + 1;
	if (map->newest == NULL)
		map->portions = portion;
	else
		map->newest->next = portion;
	map->newest = portion;
	map->portion_count++;

	params_begin(&map->params);
	params_text(&map->params, "group", portion->group);
	if (map->options->timeout_ms > 0)
		params_int(&map->params, "timeout_ms", map->options->timeout_ms);
	params_int(&map->params, "retain_ms", RETAIN_MS);
	params_end(&map->params);
	portion->request = map_send(map, "group.create");
}

static void
line_fails(struct map *map, const char *why)
{
	report("line %" PRIu64 ": %s", map->line, why);
	map->failed++;
}

/* Enqueues the line that was just counted. */
static void
enqueue_line(struct map *map, struct inflight_span line)
{
	struct portion *portion = map->newest;
	struct entry *entry = map->entries;
	struct inflight_span params;
	const char *wrong;
	char op[64];

	snprintf(op, sizeof op, "%s-%" PRIu64, map->prefix, map->line);
	wrong = map_line_params(map->options, line, portion->group, op, &map->params);
	if (wrong != NULL) {
		line_fails(map, wrong);
		return;
	}
	while (entry->params != NULL)
		entry++;
	params = inflight_bytes_span(&map->params.text);
	entry->params = malloc(params.len);
	if (entry->params == NULL)
		out_of_memory();
	memcpy(entry->params, params.ptr, params.len);
	entry->params_len = params.len;
	entry->line = map->line;
	entry->portion = portion;
	entry->request = map_send(map, "enqueue");
	map->entry_count++;
	portion->unaccepted++;
}

/* Whether the lines under way are enough for the memory of both sides, few as they may be. */
static bool
is_far_ahead(const struct map *map)
{
	return map->ahead >= AHEAD_MAX && map->options->group == NULL;
}

static void
take_line(struct map *map, struct inflight_span line, bool too_long)
{
	map->line++;
	map->newest->count++;
	map->newest->bytes += line.len;
	map->ahead += line.len;
	map->line_at_ms = now_ms();
	if (too_long)
		line_fails(map, "longer than the daemon takes");
	else
		enqueue_line(map, line);
	if (map->newest->count >= map->portion_lines || is_far_ahead(map))
		map->newest->full = true;
}

/* Takes lines as far as the window allows; returns whether more input is wanted. */
static bool
take_lines(struct map *map)
{
	while (!map->over && map->refused_count == 0 &&
		map->entry_count < (size_t)map->options->window) {
		struct inflight_span line;
		enum input_state state = input_peek(&map->input, &line);
		struct portion *newest = map->newest;

		if (state == INPUT_HUNGRY)
			return true;
		if (state == INPUT_OVER) {
			if (newest != NULL)
				newest->full = true;
			return false;
		}
		if (newest == NULL || newest->full) {
			if (map->portion_count < PORTIONS_MAX && !is_far_ahead(map))
				begin_portion(map);
			return false;
		}
		if (newest->state == PORTION_CREATING)
			return false;
		take_line(map, line, state == INPUT_TOO_LONG);
		input_take(&map->input, line);
	}
	return false;
}

/* Sends again what was refused, once its time has come. */
static void
send_refused(struct map *map)
{
	if (map->refused_count == 0 || now_ms() < map->again_at_ms)
		return;
	map->again_at_ms = 0;
	map->refused_count = 0;
	for (int64_t i = 0; i < map->options->window && !map->over; i++) {
		struct entry *entry = &map->entries[i];

		if (entry->params == NULL || entry->request != 0)
			continue;
		inflight_bytes_clear(&map->params.text);
		inflight_bytes_add(&map->params.text, entry->params, entry->params_len);
		need_memory(&map->params.text);
		entry->request = map_send(map, "enqueue");
	}
}

/* Seals every full portion whose lines are all in the queue. */
static void
seal_portions(struct map *map, bool hungry)
{
	struct portion *newest = map->newest;

	/* A pause of the input is a good moment to show what is there. */
	if (hungry && newest != NULL && newest->count > 0 && map->options->group == NULL &&
		now_ms() >= map->line_at_ms + QUIET_MS && map->portion_count < PORTIONS_MAX)
		newest->full = true;
	for (struct portion *at = map->portions; at != NULL && !map->over; at = at->next) {
		if (at->state == PORTION_FILLING && at->full && at->unaccepted == 0) {
			at->state = PORTION_SEALING;
			at->request = map_send_group(map, "group.seal", at);
		}
	}
}

static void
take_answers(struct map *map)
{
	enum inflight_status status = INFLIGHT_OK;
	struct inflight_reply *reply;

	while (!map->over) {
		status = inflight_receive(map->client, 0, 0, &reply);
		if (status != INFLIGHT_OK)
			break;
		map_answer(map, reply);
	}
	if (!map->over && status != INFLIGHT_TIMEOUT) {
		map->lost = true;
		map_stop(map, report_status(map->client, status));
	}
}

/* Waits for input, the daemon, a signal or the time to send again. */
static void
wait_for_more(struct map *map, bool hungry)
{
	struct pollfd fds[2] = {
		{.fd = inflight_fd(map->client), .events = inflight_events(map->client)},
		{.fd = hungry ? STDIN_FILENO : -1, .events = POLLIN},
	};
	int64_t deadline_ms = -1;

	if (map->refused_count > 0)
		deadline_ms = map->again_at_ms;
	else if (map->newest != NULL && !map->newest->full)
		deadline_ms = map->line_at_ms + QUIET_MS;
	if (deadline_ms >= 0 && map->refused_count == 0 && deadline_ms <= now_ms())
		deadline_ms = -1;
	if (progress_due_ms() >= 0 && (deadline_ms < 0 || progress_due_ms() < deadline_ms))
		deadline_ms = progress_due_ms();
	signals_poll(fds, 2, deadline_ms);
	if (signals_stops() > 0) {
		map->die_of = signals_last_stop();
		map_stop(map, STATUS_OK);
	} else if (fds[1].revents != 0 && !input_read(&map->input)) {
		map_stop(map, STATUS_USAGE);
	}
}

static void
show_progress(const struct map *map)
{
	struct progress progress = {.noun = "lines",
		.done = map->done + map->ended,
		.total = map->line,
		.growing = !map->input.ended || inflight_bytes_len(&map->input.bytes) > 0,
		.failed = map->failed};

	progress_draw(&progress);
}

/* Asks the daemon for the limits that matter here. */
static void
ask_limits(struct map *map)
{
	struct inflight_reply *reply;
	int64_t line_max = 0;
	int64_t group_max = 0;
	enum inflight_status status = inflight_call(map->client, "info", NULL, SETTLE_MS, &reply);

	if (status == INFLIGHT_OK) {
		json_t *info = inflight_reply_result(reply);
		const json_t *limits = json_object_get(info, "limits");

		line_max = json_integer_value(json_object_get(limits, "max_line"));
		group_max = json_integer_value(json_object_get(limits, "max_group_ops"));
		json_decref(info);
		inflight_reply_free(reply);
	}
	map->input.line_max = line_max > 0 ? (size_t)line_max : LINE_MAX_HERE;
	map->portion_lines = PORTION_LINES;
	if (group_max > 0 && group_max < PORTION_LINES)
		map->portion_lines = (uint64_t)group_max;
	if (map->options->group != NULL)
		map->portion_lines = UINT64_MAX;
}

/* Takes the groups out of the daemon and waits until it has said so. */
static void
clean_up(struct map *map)
{
	struct inflight_reply *reply;
	int64_t end_ms = now_ms() + SETTLE_MS;

	for (struct portion *at = map->portions; at != NULL; at = at->next)
		inflight_forget(map->client, map_send_group(map, "group.delete", at));
	while (!map->lost && inflight_outstanding(map->client) > 0 && now_ms() < end_ms) {
		if (inflight_receive(map->client, 0, end_ms - now_ms(), &reply) != INFLIGHT_OK)
			break;
		inflight_reply_free(reply);
	}
	while (map->portions != NULL) {
		struct portion *portion = map->portions;

		map->portions = portion->next;
		free(portion->group);
		free(portion);
	}
	for (int64_t i = 0; i < map->options->window; i++)
		free(map->entries[i].params);
	free(map->entries);
	inflight_bytes_fini(&map->input.bytes);
	params_fini(&map->params);
}

int
map_run(struct inflight *client, const struct map_options *options)
{
	struct map map = {.client = client, .options = options, .backoff_ms = BACKOFF_FIRST_MS};
	uint64_t random = 0;

	if (getrandom(&random, sizeof random, 0) != sizeof random)
		random = (uint64_t)now_ms() << 20 ^ (uint64_t)getpid();
	snprintf(map.prefix, sizeof map.prefix, "%016" PRIx64, random);
	map.entries = zero_alloc((size_t)options->window, sizeof *map.entries);
	signals_catch();
	if (!options->no_progress)
		progress_begin();
	ask_limits(&map);
	while (!map.over) {
		struct inflight_span line;
		bool hungry;

		take_answers(&map);
		send_refused(&map);
		hungry = take_lines(&map);
		seal_portions(&map, hungry);
		if (!map.over && map.portions == NULL &&
			input_peek(&map.input, &line) == INPUT_OVER)
			break;
		show_progress(&map);
		if (!map.over)
			wait_for_more(&map, hungry);
	}
	progress_end();
	clean_up(&map);
	if (map.die_of != 0)
		signals_die(map.die_of);
	return map.status != STATUS_OK ? map.status : map.failed > 0 ? STATUS_REFUSED : STATUS_OK;
}
