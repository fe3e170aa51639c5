/*
 * Every sequence of a dozen kinds of events, up to a depth: three clients, two keys,
 * one exclusive queue with few attempts. Core and naive model answer each event alike, no hint is
 * missing, and after each sequence they show the same queue, dead list and counters.
 *
 * Only the sequences of the full depth are played: the shorter ones are their beginnings. Memory is
 * saved before each event, so the sequences that begin alike play their beginning once. DEPTH says
 * how deep; the default takes half a minute. On a difference the sequence is printed, ready
 * for a unit test.
 */
#include <config.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "model/model.h"
#include "sim/arena.h"

#define DEPTH_DEFAULT 6
#define DEPTH_MAX     12
#define LINE          64

/* The parts of a play that events change, and what they allocated. */
struct saved {
	struct rig rig;
	char model[sizeof(struct model)]; /* without its groups */
	unsigned next_op;
	char *arena;
	size_t room;
};

struct play {
	struct rig rig;
	struct model model;
	unsigned depth;
	unsigned digits[DEPTH_MAX]; /* the sequence: kinds of events */
	char said[DEPTH_MAX][LINE]; /* what was asked, for the report */
	unsigned next_op;
	struct saved saved[DEPTH_MAX]; /* the state before each event */
	unsigned long long count;      /* sequences that were played to their end */
};

/* ---- the events -------------------------------------------------------- */

/* The live lease that was granted last, or first; a stale or unknown fence where there is none. */
static unsigned long long
lease_of(struct play *play, bool last)
{
	unsigned long long found = 0;

	list_for_each (node, &play->model.sets) {
		const struct m_set *set = SET(node);

		if (set->state == SET_LEASED &&
			(found == 0 || (last ? set->fence > found : set->fence < found)))
			found = set->fence;
	}
	return found != 0 ? found : 1;
}

static void
event_enqueue(struct play *play, char *line, const char *key)
{
	snprintf(line, LINE, "enqueue q %s o%u", key, play->next_op++);
}

/* To the moment when something is due: a lease, a window, a ttl. */
static void
pass(struct play *play)
{
	uint64_t next = model_next(&play->model);

	if (next == TIME_NEVER)
		return;
	play->rig.now_ns = next;
	model_pass(&play->model, next);
	rig_settle(&play->rig);
}

static bool
event_write(struct play *play, unsigned kind, char *line)
{
	switch (kind) {
	case 0:
		event_enqueue(play, line, "k0");
		return true;
	case 1:
		event_enqueue(play, line, "k1");
		return true;
	case 2: /* the first client's lease is bound to it */
		snprintf(line, LINE, "take q owner=1");
		return true;
	case 3: /* the second wants one key */
		snprintf(line, LINE, "take q key=k0 owner=2");
		return true;
	case 4: /* the third's lease outlives it */
		snprintf(line, LINE, "take q lease=9");
		return true;
	case 5:
		snprintf(line, LINE, "finish %llu result=7", lease_of(play, true));
		return true;
	case 6: /* the first op ends, the others go back */
		snprintf(line, LINE, "finish %llu o0!8", lease_of(play, false));
		return true;
	case 7:
		snprintf(line, LINE, "release %llu", lease_of(play, false));
		return true;
	case 8:
		snprintf(line, LINE, "owner_gone 1");
		return true;
	case 9:
		snprintf(line, LINE, "kick q");
		return true;
	case 10: /* the last op that was enqueued */
		snprintf(line, LINE, "cancel q o%u", play->next_op > 0 ? play->next_op - 1 : 0);
		return true;
	default:
		snprintf(line, LINE, "(time passes)");
		return false;
	}
}

#define KINDS 12

/* ---- both sides -------------------------------------------------------- */

static void
give_up(const struct play *play, unsigned events, const char *what, const char *core,
	const char *model)
{
	for (unsigned i = 0; i < events; i++)
		printf("  %s\n", play->said[i]);
	printf("%s\n   core: %s\n  model: %s\n", what, core, model);
	fflush(stdout);
	ck_abort_msg("core and model differ");
}

static void
both(struct play *play, unsigned events, const char *command)
{
	const char *core = rig_do(&play->rig, command);
	const char *model = model_do(&play->model, command);

	if (strcmp(core, model) != 0)
		give_up(play, events, command, core, model);
}

static void
check_hints(struct play *play, unsigned events)
{
	const char *told = rig_hooks(&play->rig);
	const char *missing = model_missing_hint(&play->model, told);

	if (missing != NULL)
		give_up(play, events, "a hint is missing", told, missing);
}

/* Sets that the gauges do not know of are looked for now and then only. */
static void
compare(struct play *play)
{
	static const char *const looks[] = {"peek q ready +age", "peek q waiting +age",
		"peek q held +age", "peek q leased +age", "peek q dead +age"};
	bool all = play->count % 16 == 0;
	struct queue_stats_answer stats = {.closed = false};
	struct refusal refusal;
	uint64_t sets[sizeof(looks) / sizeof(looks[0])];

	(void)core_queue_stats(play->rig.core, play->rig.now_ns, &(struct queue_args){SPAN("q")},
		&stats, &refusal);
	sets[0] = stats.gauges.ready;
	sets[1] = stats.gauges.waiting;
	sets[2] = stats.gauges.held;
	sets[3] = stats.gauges.leased;
	sets[4] = stats.gauges.dead;
	both(play, play->depth, "stats q");
	for (size_t i = 0; i < sizeof(looks) / sizeof(looks[0]); i++)
		if (all || sets[i] > 0)
			both(play, play->depth, looks[i]);
	if (all)
		both(play, play->depth, "totals");
}

/* model_init() without its groups, which are large and never used here. */
static void
model_renew(struct model *model, const struct core_config *config, uint64_t now)
{
	memset(model, 0, offsetof(struct model, groups));
	memset(model->watches, 0, sizeof(*model) - offsetof(struct model, watches));
	buf_init(&model->out.said);
	buf_init(&model->musts);
	list_init(&model->sets);
	model->config = *config;
	model->now = now;
	model->seq = model->next_fence = model->next_op = model->next_watch = model->next_uid = 1;
}

static void
begin(struct play *play)
{
	struct core_config config;

	core_config_init(&config);
	config.queue_defaults.exclusive = true;
	config.queue_defaults.max_attempts = 2;
	config.queue_defaults.lease_ms = 10;
	config.queue_defaults.width = 2;
	config.queue_defaults.depth = 2;
	rig_init_with(&play->rig, &config);
	model_renew(&play->model, &config, play->rig.now_ns);
}

/* ---- there and back ---------------------------------------------------- */

#define GROUPS_AT     offsetof(struct model, groups)
#define GROUPS_BEHIND offsetof(struct model, watches)

static void
save(const struct play *play, struct saved *saved)
{
	const char *model = (const char *)&play->model;

	if (arena_size() > saved->room) {
		saved->room = 2 * arena_size();
		saved->arena = arena_outside(saved->arena, saved->room);
	}
	saved->rig = play->rig;
	saved->next_op = play->next_op;
	memcpy(saved->model, model, GROUPS_AT);
	memcpy(saved->model + GROUPS_BEHIND, model + GROUPS_BEHIND,
		sizeof(play->model) - GROUPS_BEHIND);
	arena_save(saved->arena);
}

static void
go_back(struct play *play, const struct saved *saved)
{
	char *model = (char *)&play->model;

	play->rig = saved->rig;
	play->next_op = saved->next_op;
	memcpy(model, saved->model, GROUPS_AT);
	memcpy(model + GROUPS_BEHIND, saved->model + GROUPS_BEHIND,
		sizeof(play->model) - GROUPS_BEHIND);
	arena_restore(saved->arena);
}

static void
event(struct play *play, unsigned place)
{
	if (event_write(play, play->digits[place], play->said[place]))
		both(play, place + 1, play->said[place]);
	else
		pass(play);
	rig_settle(&play->rig);
	model_pass(&play->model, play->rig.now_ns);
	check_hints(play, place + 1);
}

/* Counts up the digits. Returns the first that has changed; depth: that was the last sequence. */
static unsigned
advance(struct play *play)
{
	for (unsigned i = play->depth; i-- > 0;) {
		if (++play->digits[i] < KINDS)
			return i;
		play->digits[i] = 0;
	}
	return play->depth;
}

/* From one sequence to the next only what differs is played again. */
static void
play_all(struct play *play)
{
	unsigned place = 0;

	save(play, &play->saved[0]);
	do {
		go_back(play, &play->saved[place]);
		for (unsigned i = place; i < play->depth; i++) {
			if (i > place)
				save(play, &play->saved[i]);
			event(play, i);
		}
		compare(play);
		play->count++;
		place = advance(play);
	} while (place < play->depth);
}

START_TEST(every_sequence)
{
	const char *text = getenv("DEPTH");
	struct play *play = calloc(1, sizeof(*play));
	clock_t begun = clock();
	double seconds;

	ck_assert_ptr_nonnull(play);
	play->depth =
		text == NULL || *text == '\0' ? DEPTH_DEFAULT : (unsigned)strtoul(text, NULL, 10);
	ck_assert_uint_ge(play->depth, 1);
	ck_assert_uint_le(play->depth, DEPTH_MAX);
	arena_begin();
	begin(play);
	play_all(play);
	arena_end();
	seconds = (double)(clock() - begun) / CLOCKS_PER_SEC;
	printf("exhaustive: %llu sequences of %u events in %.1f s, %.0f per second\n", play->count,
		play->depth, seconds, (double)play->count / (seconds > 0 ? seconds : 1));
}
END_TEST

int
main(void)
{
	const TTest *const tests[] = {every_sequence};

	return rig_main("exhaustive", RIG_TESTS(tests));
}
