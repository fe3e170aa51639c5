/*
 * The core against the naive model: random commands, a clock that moves in small
 * steps, every answer compared, and after each step gauges, hints and core_check().
 *
 * INFLIGHT_SEED is the first seed, INFLIGHT_STEPS how many steps to do; each seed is good for
 * RUN_STEPS of them, with a core of its own. On a difference the last commands are printed, ready
 * for a unit test.
 */
#include <config.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "model.h"
#include "script.h"

#define RUN_STEPS 2000
#define HISTORY   60

struct run {
	struct rig rig;
	struct model model;
	struct script script;
	uint64_t seed, step;
	bool closed_late; /* windows that a close ended may not be worked off yet */
	char history[HISTORY][1024];
	uint64_t history_next;
};

static void
remember(struct run *run, const char *what)
{
	snprintf(run->history[run->history_next++ % HISTORY], sizeof(run->history[0]), "%s", what);
}

static void
give_up(struct run *run, const char *what, const char *core, const char *model)
{
	uint64_t from = run->history_next > HISTORY ? run->history_next - HISTORY : 0;

	for (uint64_t i = from; i < run->history_next; i++)
		printf("  %s\n", run->history[i % HISTORY]);
	printf("seed %llu step %llu: %s\n   core: %s\n  model: %s\n", (unsigned long long)run->seed,
		(unsigned long long)run->step, what, core, model);
	fflush(stdout);
	ck_abort_msg("core and model differ");
}

/* The same command to both. */
static void
both(struct run *run, const char *command)
{
	const char *core = rig_do(&run->rig, command);
	const char *model = model_do(&run->model, command);

	if (strcmp(core, model) != 0)
		give_up(run, command, core, model);
}

static void
check_hints(struct run *run)
{
	const char *told = rig_hooks(&run->rig);
	const char *missing = model_missing_hint(&run->model, told);

	if (missing != NULL)
		give_up(run, "a hint is missing", told, missing);
}

static void
compare_all(struct run *run)
{
	static const char *const states[] = {"waiting", "leased", "held", "dead", "ready"};
	char command[64];

	for (int q = 0; q < SCRIPT_QUEUES; q++) {
		snprintf(command, sizeof(command), "stats q%d", q);
		both(run, command);
		for (int s = 0; s < (run->closed_late ? 4 : 5); s++) {
			snprintf(command, sizeof(command), "peek q%d %s +age", q, states[s]);
			both(run, command);
		}
	}
	for (int g = 0; g < SCRIPT_GROUPS; g++) {
		snprintf(command, sizeof(command), "gpoll g%d", g);
		both(run, command);
	}
	both(run, "totals");
	both(run, "queues");
	both(run, "groups");
}

static void
settle(struct run *run)
{
	rig_settle(&run->rig);
	run->closed_late = false;
}

/* To the moment when something is due, just before it, or somewhere. */
static void
pass(struct run *run)
{
	uint64_t now = run->rig.now_ns;
	uint64_t next = model_next(&run->model);
	char text[32];

	settle(run);
	if (next <= now || next > now + 1000 * NS_PER_MS || script_below(&run->script, 4) == 0)
		next = now + script_below(&run->script, 20) * NS_PER_MS;
	else
		next = next - now > 1 ? next - script_below(&run->script, 2) : next;
	snprintf(text, sizeof(text), "+%llu ns", (unsigned long long)(next - now));
	remember(run, text);
	run->rig.now_ns = next;
	model_pass(&run->model, next);
	rig_settle(&run->rig);
}

/* Where the order among sets is not the protocol's until windows are worked off. */
static bool
needs_order(const char *command)
{
	static const char *const verbs[] = {
		"take", "peek", "purge", "delete", "finish", "release", "kick", "owner_gone"};

	for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++)
		if (strncmp(command, verbs[i], strlen(verbs[i])) == 0)
			return strstr(command, " key=") == NULL;
	return false;
}

/* What makes something due at once: a lease extended by 0, a ttl that ran out while leased. */
static bool
may_be_due_now(const char *command)
{
	return strncmp(command, "extend", 6) == 0 || strstr(command, "+undelivered") != NULL;
}

static void
command(struct run *run)
{
	const char *text = script_next(&run->script, &run->model);

	if (run->closed_late && needs_order(text))
		settle(run);
	remember(run, text);
	run->model.told_late = false;
	both(run, text);
	run->closed_late |= strncmp(text, "close", 5) == 0;
	if (may_be_due_now(text))
		model_pass(&run->model, run->rig.now_ns);
	if (run->model.told_late || may_be_due_now(text) || strncmp(text, "owner_gone", 10) == 0 ||
		script_below(&run->script, 3) == 0)
		settle(run);
	else if (script_below(&run->script, 2) == 0)
		core_tick(run->rig.core, run->rig.now_ns, (unsigned)script_below(&run->script, 12));
}

static void
run_seed(uint64_t seed, uint64_t steps)
{
	struct run *run = calloc(1, sizeof(*run));
	struct core_config config;

	NEED(run != NULL);
	run->seed = run->script.random = seed;
	script_config(&run->script, &config);
	rig_init_with(&run->rig, &config);
	model_init(&run->model, &config, run->rig.now_ns);
	for (run->step = 0; run->step < steps; run->step++) {
		if (script_below(&run->script, 4) == 0)
			pass(run);
		else
			command(run);
		check_hints(run);
		if (run->step % 8 == 0 || run->rig.hooks.tail > 0)
			compare_all(run);
	}
	model_fini(&run->model);
	rig_fini(&run->rig);
	free(run);
}

static uint64_t
number_of(const char *name, uint64_t otherwise)
{
	const char *text = getenv(name);

	return text == NULL ? otherwise : strtoull(text, NULL, 10);
}

START_TEST(core_and_model_agree)
{
	uint64_t first = number_of("INFLIGHT_SEED", 1);
	uint64_t steps = number_of("INFLIGHT_STEPS", 200000);
	uint64_t seed = first;

	for (uint64_t done = 0; done < steps; done += RUN_STEPS)
		run_seed(seed++, steps - done < RUN_STEPS ? steps - done : RUN_STEPS);
	printf("model: %llu steps, seeds %llu to %llu\n", (unsigned long long)steps,
		(unsigned long long)first, (unsigned long long)seed - 1);
}
END_TEST

int
main(void)
{
	const TTest *const tests[] = {core_and_model_agree};

	return rig_main("model", RIG_TESTS(tests));
}
