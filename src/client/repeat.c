/* The table of methods that may be repeated, and the pauses. Nothing here owns anything. */
#include <config.h>

#include "client/repeat.h"

#include <stdbool.h>
#include <string.h>
#include <sys/random.h>

#include "client/text.h"

#define WAIT_MS 30000 /* how long the daemon waits where wait_ms is not given */
#define NOWHERE (-1)

struct row {
	const char *method;
	enum inflight_repeat repeat;
	int wait_at; /* where wait_ms stands among params by position */
	int64_t wait_ms;
};

/* What is not in the table is not repeated, and does not wait. */
static const struct row rows[] = {
	{"auth", INFLIGHT_REPEAT_HARMLESS, NOWHERE, 0},
	/* One whose answer was lost leaves a lease that expires, and its set comes again. */
	{"dequeue", INFLIGHT_REPEAT_HARMLESS, 1, WAIT_MS},
	/* With the id of its op: the daemon tells a repeat by it. */
	{"enqueue", INFLIGHT_REPEAT_NEVER, 7, 0},
	{"extend", INFLIGHT_REPEAT_SAFE, NOWHERE, 0},
	{"finish", INFLIGHT_REPEAT_SAFE, NOWHERE, 0},
	{"group.add", INFLIGHT_REPEAT_SAFE, NOWHERE, 0},
	{"group.finish", INFLIGHT_REPEAT_SAFE, NOWHERE, 0},
	{"group.list", INFLIGHT_REPEAT_HARMLESS, NOWHERE, 0},
	{"group.seal", INFLIGHT_REPEAT_SAFE, NOWHERE, 0},
	{"group.wait", INFLIGHT_REPEAT_HARMLESS, 1, WAIT_MS},
	{"info", INFLIGHT_REPEAT_HARMLESS, NOWHERE, 0},
	{"methods", INFLIGHT_REPEAT_HARMLESS, NOWHERE, 0},
	{"ping", INFLIGHT_REPEAT_HARMLESS, NOWHERE, 0},
	{"queue.close", INFLIGHT_REPEAT_SAFE, NOWHERE, 0},
	{"queue.create", INFLIGHT_REPEAT_SAFE, NOWHERE, 0},
	{"queue.list", INFLIGHT_REPEAT_HARMLESS, NOWHERE, 0},
	{"queue.open", INFLIGHT_REPEAT_SAFE, NOWHERE, 0},
	{"queue.pause", INFLIGHT_REPEAT_SAFE, NOWHERE, 0},
	{"queue.peek", INFLIGHT_REPEAT_HARMLESS, NOWHERE, 0},
	{"queue.resume", INFLIGHT_REPEAT_SAFE, NOWHERE, 0},
	{"queue.stats", INFLIGHT_REPEAT_HARMLESS, NOWHERE, 0},
	{"queue.update", INFLIGHT_REPEAT_SAFE, NOWHERE, 0},
	{"release", INFLIGHT_REPEAT_SAFE, NOWHERE, 0},
	{"rpc.discover", INFLIGHT_REPEAT_HARMLESS, NOWHERE, 0},
	{"stats", INFLIGHT_REPEAT_HARMLESS, NOWHERE, 0},
};

#define ENQUEUE_OP_AT 3

static const struct row *
find_row(const char *method)
{
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		if (strcmp(rows[i].method, method) == 0)
			return &rows[i];
	}
	return NULL;
}

/* A param by its name, or by position; null stands for one that is not given. */
static bool
find_param(struct inflight_span params, const char *name, int position, struct inflight_span *ret)
{
	struct inflight_walk walk;
	struct inflight_span ignored;
	bool found = false;

	if (params.len == 0)
		return false;
	if (params.ptr[0] == '{') {
		found = inflight_text_member(params, name, ret);
	} else {
		inflight_walk_init(&walk, params);
		for (int i = 0; i <= position; i++)
			found = inflight_walk_next(&walk, &ignored, ret);
	}
	return found && !inflight_text_is(*ret, "null");
}

void
inflight_repeat_look(
	const char *method, struct inflight_span params, struct inflight_repeat_facts *ret)
{
	const struct row *row = find_row(method);
	struct inflight_span value;
	int64_t wait_ms;

	*ret = (struct inflight_repeat_facts){.repeat = INFLIGHT_REPEAT_NEVER};
	if (row == NULL)
		return;
	ret->repeat = row->repeat;
	ret->wait_ms = row->wait_ms;
	if (strcmp(method, "enqueue") == 0 && find_param(params, "op", ENQUEUE_OP_AT, &value))
		ret->repeat = INFLIGHT_REPEAT_SAFE;
	if (row->wait_at != NOWHERE && find_param(params, "wait_ms", row->wait_at, &value) &&
		inflight_text_int(value, &wait_ms) && wait_ms >= 0) {
		ret->wait = value;
		ret->wait_ms = wait_ms;
	}
}

void
inflight_backoff_init(struct inflight_backoff *backoff, int64_t first_ms, int64_t last_ms)
{
	*backoff = (struct inflight_backoff){
		.first_ms = first_ms, .last_ms = last_ms, .pause_ms = first_ms};
	/* Where there is none, the clients of one machine pause alike, which is no mistake. */
	if (getrandom(&backoff->chance, sizeof backoff->chance, GRND_NONBLOCK) < 0)
		backoff->chance = (uint64_t)(uintptr_t)backoff;
	backoff->chance |= 1;
}

int64_t
inflight_backoff_next(struct inflight_backoff *backoff)
{
	int64_t half = backoff->pause_ms / 2;
	int64_t rest = backoff->pause_ms - half;
	int64_t pause;

	/* Any generator will do: nobody gains by knowing the pause. This is an xorshift. */
	backoff->chance ^= backoff->chance << 13;
	backoff->chance ^= backoff->chance >> 7;
	backoff->chance ^= backoff->chance << 17;
	pause = half + (int64_t)(backoff->chance % (uint64_t)(rest + 1));
	backoff->pause_ms =
		backoff->pause_ms > backoff->last_ms / 2 ? backoff->last_ms : 2 * backoff->pause_ms;
	return pause;
}

void
inflight_backoff_reset(struct inflight_backoff *backoff)
{
	backoff->pause_ms = backoff->first_ms;
}
