/* The options of `inflight bench`. */
#include <config.h>

#include <string.h>

#include "cli/bench.h"
#include "cli/report.h"
#include "cli/usage.h"
#include "cli/verb.h"

#define CONNECTIONS_DEFAULT 8
#define PIPELINE_DEFAULT    16
#define PAYLOAD_DEFAULT     64
#define JOBS_DEFAULT        100000
#define NAME_MAX_BYTES      200 /* of a queue's name, as the protocol has it */

static const struct bench_mix mixes[] = {
	{.name = "job", .summary = "enqueue, dequeue, finish", .ops = 1, .takes = true},
	{.name = "enqueue", .summary = "enqueue only", .ops = 1},
	{.name = "take", .summary = "dequeue and finish what was enqueued before", .takes = true},
	{.name = "merged",
		.summary = "many ops on few keys: enqueue all, dequeue and finish one set",
		.ops = 10,
		.keys = 100,
		.takes = true},
};

/* The mix of that name, which the table of verbs knows too. */
static const struct bench_mix *
find_mix(const char *name)
{
	const struct bench_mix *mix = mixes;

	while (name != NULL && strcmp(mix->name, name) != 0)
		mix++;
	return mix;
}

/* Fills in what the mix and the other options say; false, after a report, if they do not fit. */
static bool
complete(struct bench_options *options)
{
	size_t len = options->queue == NULL ? 1 : strlen(options->queue);

	if (len == 0 || len > NAME_MAX_BYTES) {
		report("a queue's name has 1 to 200 bytes");
		return false;
	}
	if (options->ops >= 0 && options->mix->ops == 0) {
		report("take enqueues nothing in a job: --ops does not fit");
		return false;
	}
	if (options->ops < 0)
		options->ops = options->mix->ops;
	if (options->keys < 0)
		options->keys = options->mix->keys;
	if (options->skewed && options->keys == 0) {
		report("--skewed is about the --keys that there are");
		return false;
	}
	/* What is taken must have been put there, so its number is known. */
	if (options->jobs == 0 && (options->seconds == 0 || options->ops == 0))
		options->jobs = JOBS_DEFAULT;
	return true;
}

int
run_bench(const struct common *common, const struct arguments *args)
{
	struct bench_options options = {
		.queue = arguments_text(args, "queue"),
		.mix = find_mix(arguments_text(args, "MIX")),
		.connections = arguments_number(args, "connections", CONNECTIONS_DEFAULT),
		.pipeline = arguments_number(args, "pipeline", PIPELINE_DEFAULT),
		.payload = arguments_number(args, "payload", PAYLOAD_DEFAULT),
		.keys = arguments_number(args, "keys", -1),
		.skewed = arguments_flag(args, "skewed"),
		.ops = arguments_number(args, "ops", -1),
		.jobs = arguments_number(args, "jobs", 0),
		.seconds = arguments_number(args, "seconds", 0),
		.rate = arguments_number(args, "rate", 0),
		.json = arguments_flag(args, "json") || common->format == FORMAT_JSON,
	};

	if (!complete(&options))
		return usage_wrong(args->verb);
	return bench_run(&options, common);
}
