/* See core_rig_many.h. */
#include <config.h>

#include "core_rig_many.h"

#include <stdio.h>

void
rig_fill(struct rig *rig, int count, int per_set)
{
	char key[24];
	char id[24];

	for (int i = 0; i < count; i++) {
		struct enqueue_args args = {.queue = SPAN("q"), .msg = SPAN("null")};
		struct enqueue_answer answer;
		struct refusal refusal;

		args.key = span_make(key, (size_t)snprintf(key, sizeof(key), "k%d", i / per_set));
		args.op = span_make(id, (size_t)snprintf(id, sizeof(id), "o%d", i));
		NEED(core_enqueue(rig->core, rig->now_ns, &args, &answer, &refusal) == ERR_NONE);
	}
}

void
rig_make(struct rig *rig, const char *options)
{
	char command[200];

	rig_init(rig);
	rig->config.max_memory = 0;
	rig_configure(rig);
	snprintf(command, sizeof(command), "create q depth=2000000 width=2000000 %s", options);
	rig_do(rig, command);
}

void
rig_take_all(struct rig *rig, int count, uint64_t owner)
{
	for (int i = 0; i < count; i++) {
		const struct take_args args = {.queue = SPAN("q"), .owner = owner};
		struct take_answer answer;
		struct refusal refusal;

		NEED(core_take(rig->core, rig->now_ns, &args, &answer, &refusal) == ERR_NONE);
		NEED(answer.found);
	}
}

void
rig_tick_through(struct rig *rig, int steps)
{
	const int share = RIG_BUDGET / 5 + 1;
	int ticks = 1;

	while (core_tick(rig->core, rig->now_ns, RIG_BUDGET))
		ticks++;
	NEED(ticks >= steps / share);
	NEED(ticks <= 3 * steps / share + 10);
	buf_truncate(&rig->hooks, 0);
	core_check(rig->core);
}

void
rig_expect_stats(struct rig *rig, const char *stats)
{
	ck_assert_str_eq(rig_do_unchecked(rig, "stats q +gauges"), stats);
}
