/*
 * The rig's verbs on queues, and the lists and statistics.
 */
#include <config.h>

#include "core_rig_verbs.h"

/* ---- verbs ------------------------------------------------------------------- */

static void
configure_args(struct words *words, struct queue_configure_args *ret)
{
	static const struct {
		const char *name;
		unsigned bit;
	} rows[] = {{"depth", QUEUE_DEPTH}, {"width", QUEUE_WIDTH}, {"window", QUEUE_WINDOW},
		{"quiet", QUEUE_QUIET}, {"lease", QUEUE_LEASE}, {"attempts", QUEUE_ATTEMPTS},
		{"exclusive", QUEUE_EXCLUSIVE}};

	*ret = (struct queue_configure_args){.queue = words_at(words, 1)};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (words_flag(words, rows[i].name))
			ret->given |= rows[i].bit;
	ret->options = (struct queue_options){
		.depth = words_number(words, "depth", 0),
		.width = words_number(words, "width", 0),
		.window_ms = words_number(words, "window", 0),
		.quiet_ms = words_number(words, "quiet", 0),
		.lease_ms = words_number(words, "lease", 0),
		.max_attempts = words_number(words, "attempts", 0),
		.exclusive = words_number(words, "exclusive", 0) != 0,
	};
}

static void
run_create(struct rig *rig, struct words *words)
{
	struct queue_configure_args args;
	struct queue_configure_answer answer;

	configure_args(words, &args);
	CALL(rig, queue_create, &args, &answer);
	say(rig, answer.created ? "created" : "there");
	say_options(rig, &answer.options);
}

static void
run_update(struct rig *rig, struct words *words)
{
	struct queue_configure_args args;
	struct queue_configure_answer answer;

	configure_args(words, &args);
	CALL(rig, queue_update, &args, &answer);
	NEED(!answer.created);
	say(rig, "now");
	say_options(rig, &answer.options);
}

#define SIMPLE_QUEUE_VERB(name)                                                             \
	static void run_##name(struct rig *rig, struct words *words)                        \
	{                                                                                   \
		struct no_answer answer;                                                    \
                                                                                            \
		CALL(rig, queue_##name, &(struct queue_args){words_at(words, 1)}, &answer); \
		say(rig, "ok");                                                             \
	}

SIMPLE_QUEUE_VERB(close)
SIMPLE_QUEUE_VERB(open)
SIMPLE_QUEUE_VERB(pause)
SIMPLE_QUEUE_VERB(resume)

static void
run_delete(struct rig *rig, struct words *words)
{
	struct no_answer answer;
	struct queue_delete_args args = {words_at(words, 1), words_flag(words, "force")};

	CALL(rig, queue_delete, &args, &answer);
	say(rig, "ok");
}

static void
run_purge(struct rig *rig, struct words *words)
{
	static const char *const scopes[] = {"pending", "held", "dead", "all"};
	struct counted_answer answer;
	struct queue_purge_args args = {words_at(words, 1), PURGE_PENDING};

	for (size_t i = 0; i < 4; i++)
		if (span_equal(words_at(words, 2), span_str(scopes[i])))
			args.scope = (enum purge_scope)i;
	CALL(rig, queue_purge, &args, &answer);
	say(rig, "%llu/%llu", (unsigned long long)answer.sets, (unsigned long long)answer.ops);
}

static void
run_kick(struct rig *rig, struct words *words)
{
	struct counted_answer answer;
	struct queue_kick_args args = {words_at(words, 1), words_number_at(words, 2, 1)};

	CALL(rig, queue_kick, &args, &answer);
	say(rig, "%llu", (unsigned long long)answer.sets);
}

static void
run_peek(struct rig *rig, struct words *words)
{
	struct queue_peek_answer answer;
	struct queue_peek_args args = {
		.queue = words_at(words, 1),
		.state = SET_READY,
		.key = words_span(words, "key"),
		.count = words_number(words, "count", 1000),
	};

	for (int state = 0; state < SET_STATE_COUNT; state++)
		if (span_equal(words_at(words, 2), span_str(set_state_name(state))))
			args.state = (enum set_state)state;
	CALL(rig, queue_peek, &args, &answer);
	say_sets(rig, answer.sets, words_flag(words, "age"));
}

static void
run_stats(struct rig *rig, struct words *words)
{
	struct queue_stats_answer answer;

	CALL(rig, queue_stats, &(struct queue_args){words_at(words, 1)}, &answer);
	say_gauges(rig, &answer.gauges);
	if (!words_flag(words, "gauges"))
		say_counters(rig, &answer.counters);
	if (answer.closed)
		say(rig, " closed");
	if (answer.paused)
		say(rig, " paused");
}

static void
run_totals(struct rig *rig, struct words *words)
{
	struct stats_answer answer;

	(void)words;
	CALL(rig, stats, &(struct no_args){0}, &answer);
	say(rig, "q%llu g%llu l%llu", (unsigned long long)answer.queues,
		(unsigned long long)answer.groups, (unsigned long long)answer.leases);
	say_counters(rig, &answer.counters);
	say(rig, " refused m%llu q%llu g%llu o%llu", (unsigned long long)answer.refused_memory,
		(unsigned long long)answer.refused_queues,
		(unsigned long long)answer.refused_groups,
		(unsigned long long)answer.refused_group_ops);
}

static struct list_args
list_args(struct words *words)
{
	return (struct list_args){
		.prefix = words_span(words, "prefix"),
		.after = words_span(words, "after"),
		.count = words_number(words, "count", 100),
	};
}

static void
run_queues(struct rig *rig, struct words *words)
{
	struct list_args args = list_args(words);
	struct list_answer answer;

	CALL(rig, queue_list, &args, &answer);
	say_names(rig, answer.names);
}

const struct rig_verb rig_queue_verbs[] = {
	{"create", run_create}, /* created depth=10 ...; there depth=10 ... */
	{"update", run_update}, /* now depth=10 ... */
	{"close", run_close},   /* ok */
	{"open", run_open},
	{"pause", run_pause},
	{"resume", run_resume},
	{"delete", run_delete}, /* q [+force] */
	{"purge", run_purge},   /* q scope: SETS/OPS */
	{"kick", run_kick},     /* q count: SETS */
	{"peek", run_peek},     /* q state [key=k count=n +age]: sets */
	{"stats", run_stats},   /* q [+gauges]: numbers, closed, paused */
	{"totals", run_totals}, /* q1 g0 l0 counters refused m0 q0 g0 o0 */
	{"queues", run_queues}, /* [prefix=p after=a count=n]: names */
	{NULL, NULL},
};
