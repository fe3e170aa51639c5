/* The rows of the verbs about the daemon, and of those that the tool alone has. */
#include <config.h>

#include "cli/bench.h"
#include "cli/map.h"
#include "cli/top_state.h"
#include "cli/verb.h"
#include "cli/verb_rows.h"
#include "cli/work.h"

/* ---- the daemon ---------------------------------------------------------- */

const struct verb verb_ping = {
	.name = "ping",
	.method = "ping",
	.summary = "ask whether the daemon is there",
	.run = run_method,
};

const struct verb verb_info = {
	.name = "info",
	.method = "info",
	.summary = "show what the daemon is, and its limits",
	.run = run_method,
};

const struct verb verb_stats = {
	.name = "stats",
	.method = "stats",
	.summary = "show the statistics of the daemon",
	.run = run_method,
};

const struct verb verb_methods = {
	.name = "methods",
	.method = "methods",
	.summary = "list the methods of the daemon with their params",
	.run = run_method,
};

const struct verb verb_rpc_discover = {
	.name = "rpc.discover",
	.method = "rpc.discover",
	.summary = "print the daemon's description of itself, an OpenRPC document",
	.run = run_method,
};

/* ---- watch ---------------------------------------------------------------- */

static const struct verb_arg watch_operands[] = {
	QUEUE_OPERAND,
	VERB_ARGS_END,
};

static const struct verb_arg watch_options[] = {
	{.name = "interval",
		.kind = VALUE_MS,
		.min = 1,
		.value = "MS",
		.summary = "from one to the next; 1 second"},
	{.name = "count",
		.kind = VALUE_COUNT,
		.min = 1,
		.value = "N",
		.summary = "end after so many; without it a signal ends it"},
	VERB_ARGS_END,
};

const struct verb verb_watch = {
	.name = "watch",
	.summary = "follow the statistics of a queue",
	.operands = watch_operands,
	.options = watch_options,
	.run = run_watch,
};

/* ---- map and work -------------------------------------------------------- */

static const struct verb_arg queue_operands[] = {
	QUEUE_OPERAND,
	VERB_ARGS_END,
};

static const struct verb_arg map_options[] = {
	{.name = "group",
		.value = "NAME",
		.summary = "all lines go into one new group of this name"},
	{.name = "json", .kind = VALUE_FLAG, .summary = "the lines are JSON values"},
	{.name = "key-field",
		.value = "N|NAME",
		.summary = "the key is this field, or this member, of the line"},
	{.name = "raw",
		.kind = VALUE_FLAG,
		.summary = "print results that are strings without quotes and escapes"},
	{.name = "timeout",
		.kind = VALUE_MS,
		.value = "MS",
		.summary = "a line without an outcome by then fails"},
	{.name = "window",
		.kind = VALUE_COUNT,
		.max = MAP_WINDOW_MAX,
		.value = "N",
		.summary = "most requests under way; 256"},
	{.name = "no-progress",
		.kind = VALUE_FLAG,
		.summary = "no progress line on standard error, where that is a terminal"},
	VERB_ARGS_END,
};

const struct verb verb_map = {
	.name = "map",
	.summary = "send lines from standard input through a queue, print the results",
	.operands = queue_operands,
	.options = map_options,
	.run = run_map,
};

static const struct verb_arg work_operands[] = {
	QUEUE_OPERAND,
	{.name = "COMMAND",
		.verbatim = true,
		.completes = COMPLETES_COMMAND,
		.summary = "what to run for each set, with its arguments"},
	VERB_ARGS_END,
};

static const struct verb_arg work_options[] = {
	{.name = "jobs",
		.letter = 'j',
		.kind = VALUE_COUNT,
		.min = 1,
		.max = WORK_JOBS_MAX,
		.value = "N",
		.summary = "commands at a time; 1"},
	{.name = "lease",
		.kind = VALUE_MS,
		.value = "MS",
		.summary = "length of the leases instead of the queue's"},
	{.name = "retry-delay",
		.kind = VALUE_MS,
		.value = "MS",
		.summary = "what failed is not ready again before that time; 1 second"},
	{.name = "no-retry",
		.kind = VALUE_FLAG,
		.summary = "what failed is finished with an error instead"},
	{.name = "once", .kind = VALUE_FLAG, .summary = "end after one set"},
	{.name = "drain", .kind = VALUE_FLAG, .summary = "end when no set is ready"},
	{.name = "no-progress",
		.kind = VALUE_FLAG,
		.summary = "no progress line on standard error, where that is a terminal"},
	VERB_ARGS_END,
};

const struct verb verb_work = {
	.name = "work",
	.summary = "run a command for each set of a queue",
	.operands = work_operands,
	.options = work_options,
	.run = run_work,
};

/* ---- bench --------------------------------------------------------------- */

static const char *const bench_mixes[] = {"job", "enqueue", "take", "merged", NULL};

static const struct verb_arg bench_operands[] = {
	{.name = "MIX",
		.kind = VALUE_WORD,
		.words = bench_mixes,
		.optional = true,
		.summary =
			"what a job is: job (enqueue, dequeue, finish), enqueue, take (dequeue and "
			"finish what was enqueued before), merged (many ops on few keys); job"},
	VERB_ARGS_END,
};

static const struct verb_arg bench_options[] = {
	{.name = "connections",
		.letter = 'c',
		.kind = VALUE_COUNT,
		.min = 1,
		.max = BENCH_CONNECTIONS_MAX,
		.value = "N",
		.summary = "connections; 8"},
	{.name = "seconds",
		.letter = 'd',
		.kind = VALUE_COUNT,
		.min = 1,
		.max = BENCH_SECONDS_MAX,
		.value = "N",
		.summary = "begin no job after that time"},
	{.name = "json", .kind = VALUE_FLAG, .summary = "print the report as JSON, times in us"},
	{.name = "keys",
		.kind = VALUE_COUNT,
		.max = BENCH_JOBS_MAX,
		.value = "N",
		.summary = "distinct keys; 0 gives each op one of its own"},
	{.name = "jobs",
		.letter = 'n',
		.kind = VALUE_COUNT,
		.min = 1,
		.max = BENCH_JOBS_MAX,
		.value = "N",
		.summary = "jobs; 100000 where -d is not given"},
	{.name = "ops",
		.kind = VALUE_COUNT,
		.min = 1,
		.max = BENCH_OPS_MAX,
		.value = "N",
		.summary = "ops that a job enqueues"},
	{.name = "pipeline",
		.letter = 'p',
		.kind = VALUE_COUNT,
		.min = 1,
		.max = BENCH_PIPELINE_MAX,
		.value = "N",
		.summary = "requests under way on each connection; 16"},
	{.name = "payload",
		.kind = VALUE_COUNT,
		.max = BENCH_PAYLOAD_MAX,
		.value = "BYTES",
		.summary = "size of each op's message; 64"},
	{.name = "queue",
		.completes = COMPLETES_QUEUE,
		.value = "NAME",
		.summary = "use this queue, which nobody needs, and do not delete it"},
	{.name = "rate",
		.kind = VALUE_COUNT,
		.min = 1,
		.max = BENCH_RATE_MAX,
		.value = "N",
		.summary = "jobs that become due in a second; without it each follows the last"},
	{.name = "skewed",
		.kind = VALUE_FLAG,
		.summary = "four of five ops have a key of the first fifth, and so on"},
	VERB_ARGS_END,
};

const struct verb verb_bench = {
	.name = "bench",
	.summary = "put load on the daemon and tell how long requests took",
	.operands = bench_operands,
	.options = bench_options,
	.run = run_bench,
};

/* ---- completion ---------------------------------------------------------- */

static const char *const completion_shells[] = {"bash", "zsh", "fish", "words", NULL};

static const struct verb_arg completion_operands[] = {
	{.name = "SHELL",
		.kind = VALUE_WORD,
		.words = completion_shells,
		.summary = "bash, zsh or fish; or words, which is what their scripts ask"},
	{.name = "WORD",
		.optional = true,
		.verbatim = true,
		.summary = "for words: a command line up to the word to complete"},
	VERB_ARGS_END,
};

const struct verb verb_completion = {
	.name = "completion",
	.summary = "print the script that lets a shell complete the words of the tool",
	.operands = completion_operands,
	.run = run_completion,
};

/* ---- top ----------------------------------------------------------------- */

static const struct verb_arg top_options[] = {
	{.name = "interval",
		.letter = 'd',
		.kind = VALUE_MS,
		.min = TOP_INTERVAL_MIN_MS,
		.value = "MS",
		.summary = "time from one look to the next; 1 second"},
	{.name = "once", .kind = VALUE_FLAG, .summary = "print what is there now as text, and end"},
	VERB_ARGS_END,
};

const struct verb verb_top = {
	.name = "top",
	.summary = "show the queues as they are now, with keys to sort, pause and look into them",
	.options = top_options,
	.run = run_top,
};

/* ---- help ---------------------------------------------------------------- */

static const struct verb_arg help_operands[] = {
	{.name = "VERB",
		.optional = true,
		.many = true,
		.completes = COMPLETES_VERB,
		.summary = "a verb, or a method of the daemon"},
	VERB_ARGS_END,
};

const struct verb verb_help = {
	.name = "help",
	.summary = "explain a verb, or list them",
	.operands = help_operands,
	.run = run_help,
};
