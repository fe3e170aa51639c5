/* What the daemon's answers do to the entries and portions of `inflight map`. */
#include <config.h>

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/hint.h"
#include "cli/map_run.h"
#include "cli/report.h"
#include "cli/signals.h"
#include "client/text.h"

static bool
error_is(const struct inflight_reply *reply, const char *name)
{
	return strcmp(inflight_reply_name(reply), name) == 0;
}

static void
entry_over(struct map *map, struct entry *entry)
{
	entry->portion->unaccepted--;
	map->entry_count--;
	free(entry->params);
	*entry = (struct entry){0};
}

/* The queue is full for now: like a full pipe, that is no failure. */
static void
entry_refused(struct map *map, struct entry *entry)
{
	entry->request = 0;
	map->refused_count++;
	if (map->again_at_ms == 0) {
		map->again_at_ms = now_ms() + map->backoff_ms;
		map->backoff_ms = map->backoff_ms * 2 < BACKOFF_LAST_MS ? map->backoff_ms * 2
									: BACKOFF_LAST_MS;
	}
}

/* Whether workers will make room for it. */
static bool
is_full_for_now(const struct inflight_reply *reply)
{
	const char *data = inflight_reply_data(reply);
	struct inflight_span limit;

	if (error_is(reply, "limit") && data != NULL &&
		inflight_text_member((struct inflight_span){data, strlen(data)}, "limit", &limit))
		return inflight_text_is(limit, "\"max_memory\"");
	return error_is(reply, "saturated_depth") || error_is(reply, "saturated_width") ||
	       error_is(reply, "unavailable");
}

static void
answer_entry(struct map *map, struct entry *entry, const struct inflight_reply *reply)
{
	char what[32];

	if (!inflight_reply_is_error(reply)) {
		map->backoff_ms = BACKOFF_FIRST_MS;
		entry_over(map, entry);
		return;
	}
	if (is_full_for_now(reply)) {
		entry_refused(map, entry);
		return;
	}
	snprintf(what, sizeof what, "line %" PRIu64, entry->line);
	map->failed++;
	if (error_is(reply, "group_sealed") && map->options->timeout_ms > 0)
		report("%s: timeout: the time was over before the queue took it", what);
	else
		report_error(what, reply);
	/* What is wrong with one line says nothing about the next; the rest will not go away. */
	if (!error_is(reply, "group_sealed") && !error_is(reply, "invalid_params") &&
		!error_is(reply, "line_too_long")) {
		hint_queue_error(map->client, "enqueue", map->options->queue, reply);
		map_stop(map, STATUS_REFUSED);
	}
	entry_over(map, entry);
}

static void
output_failed(struct map *map)
{
	/* A reader that has gone wants to hear nothing, as other tools of a pipe behave. */
	if (errno == EPIPE)
		map->die_of = SIGPIPE;
	else
		report("cannot write: %s", strerror(errno));
	map_stop(map, STATUS_USAGE);
}

/* The oldest portion is complete: out with its results. */
static void
finish_oldest(struct map *map, struct inflight_span result)
{
	struct portion *portion = map->portions;
	bool written = map_print_results(
		result, portion->first_line, portion->count, map->options->raw, &map->failed);

	if (!written)
		output_failed(map);
	inflight_forget(map->client, map_send_group(map, "group.delete", portion));
	map->portions = portion->next;
	if (map->portions == NULL)
		map->newest = NULL;
	map->portion_count--;
	map->done += portion->count;
	map->ended = 0;
	map->ahead -= portion->bytes;
	free(portion->group);
	free(portion);
	if (map->portions != NULL && map->portions->state == PORTION_SEALED)
		map_wait(map, map->portions);
}

/* Notes how many lines of the portion have an outcome; the wait's result tells who has none. */
static void
note_ended(struct map *map, const struct portion *portion, struct inflight_span result)
{
	struct inflight_span value;
	int64_t outstanding;

	if (inflight_text_member(result, "outstanding", &value) &&
		inflight_text_int(value, &outstanding) && outstanding >= 0 &&
		(uint64_t)outstanding <= portion->count)
		map->ended = portion->count - (uint64_t)outstanding;
}

static void
answer_wait(struct map *map, struct portion *portion, const struct inflight_reply *reply)
{
	struct inflight_span result;
	struct inflight_span done;

	result.ptr = inflight_reply_text(reply, &result.len);
	if (!inflight_text_member(result, "done", &done)) {
		report("group.wait: an answer without \"done\"");
		map_stop(map, STATUS_DAEMON);
	} else if (inflight_text_is(done, "true")) {
		finish_oldest(map, result);
	} else {
		note_ended(map, portion, result);
		map_wait(map, portion);
	}
}

static void
answer_portion(struct map *map, struct portion *portion, const struct inflight_reply *reply)
{
	/* A group whose time is over has sealed itself. */
	bool sealed_itself = portion->state == PORTION_SEALING && error_is(reply, "group_sealed");

	portion->request = 0;
	if (inflight_reply_is_error(reply) && !sealed_itself) {
		report_error(portion->group, reply);
		hint_queue_error(map->client, "map", map->options->queue, reply);
		map_stop(map, STATUS_REFUSED);
		return;
	}
	switch (portion->state) {
	case PORTION_CREATING:
		portion->state = PORTION_FILLING;
		break;
	case PORTION_SEALING:
		portion->state = PORTION_SEALED;
		if (portion == map->portions)
			map_wait(map, portion);
		break;
	case PORTION_WAITING:
		answer_wait(map, portion, reply);
		break;
	case PORTION_FILLING:
	case PORTION_SEALED:
		break; /* no request of theirs is under way */
	}
}

void
map_answer(struct map *map, struct inflight_reply *reply)
{
	uint64_t id = inflight_reply_id(reply);
	struct portion *portion = map->portions;

	while (portion != NULL && portion->request != id)
		portion = portion->next;
	if (id == 0) {
		report_error(NULL, reply);
		map_stop(map, STATUS_REFUSED);
	} else if (portion != NULL) {
		answer_portion(map, portion, reply);
	} else {
		for (int64_t i = 0; i < map->options->window; i++) {
			struct entry *entry = &map->entries[i];

			if (entry->params != NULL && entry->request == id) {
				answer_entry(map, entry, reply);
				break;
			}
		}
	}
	inflight_reply_free(reply);
}
