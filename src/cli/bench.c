/* The options of `inflight bench`. */
#include <config.h>

#include <getopt.h>
#include <string.h>

#include "cli/bench.h"
#include "cli/report.h"
#include "client/text.h"

#define CONNECTIONS_DEFAULT 8
#define CONNECTIONS_MAX     10000
#define PIPELINE_DEFAULT    16
#define PIPELINE_MAX        1000
#define PAYLOAD_DEFAULT     64
#define PAYLOAD_MAX         67108864
#define JOBS_DEFAULT        100000
#define JOBS_MAX            1000000000000
#define SECONDS_MAX         604800
#define RATE_MAX            1000000
#define OPS_MAX             10000
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

static const struct option long_options[] = {
	{"connections", required_argument, NULL, 'c'},
	{"jobs", required_argument, NULL, 'n'},
	{"json", no_argument, NULL, 'j'},
	{"keys", required_argument, NULL, 'k'},
	{"ops", required_argument, NULL, 'o'},
	{"payload", required_argument, NULL, 'b'},
	{"pipeline", required_argument, NULL, 'p'},
	{"queue", required_argument, NULL, 'q'},
	{"rate", required_argument, NULL, 'r'},
	{"seconds", required_argument, NULL, 'd'},
	{"skewed", no_argument, NULL, 'w'},
	TOKEN_FILE_OPTION,
	{NULL, 0, NULL, 0},
};

/* A number that is not 0. */
static bool
take_positive(const char *option, const char *value, int64_t max, int64_t *ret)
{
	int64_t number;

	if (parse_count(value, max, &number) && number > 0) {
		*ret = number;
		return true;
	}
	report("%s: %s takes a number from 1 to %lld", value, option, (long long)max);
	return false;
}

static bool
take_option(struct bench_options *options, struct common *common, int option, const char *value)
{
	switch (option) {
	case 'c':
		return take_positive("-c", value, CONNECTIONS_MAX, &options->connections);
	case 'n':
		return take_positive("-n", value, JOBS_MAX, &options->jobs);
	case 'j':
		options->json = true;
		return true;
	case 'k':
		return take_number("--keys", value, JOBS_MAX, &options->keys);
	case 'o':
		return take_positive("--ops", value, OPS_MAX, &options->ops);
	case 'b':
		return take_number("--payload", value, PAYLOAD_MAX, &options->payload);
	case 'p':
		return take_positive("-p", value, PIPELINE_MAX, &options->pipeline);
	case 'q':
		options->queue = value;
		return true;
	case 'r':
		return take_positive("--rate", value, RATE_MAX, &options->rate);
	case 'd':
		return take_positive("-d", value, SECONDS_MAX, &options->seconds);
	case 'w':
		options->skewed = true;
		return true;
	default:
		return common_option(common, option, value);
	}
}

static bool
take_mix(struct bench_options *options, const char *name)
{
	for (size_t i = 0; i < sizeof mixes / sizeof mixes[0]; i++) {
		if (strcmp(mixes[i].name, name) == 0) {
			options->mix = &mixes[i];
			return true;
		}
	}
	report("%s: bench knows job, enqueue, take and merged", name);
	return false;
}

/* Fills in what the mix and the other options say; false, after a report, if they do not fit. */
static bool
complete(struct bench_options *options)
{
	size_t len = options->queue == NULL ? 1 : strlen(options->queue);

	if (len == 0 || len > NAME_MAX_BYTES ||
		(options->queue != NULL &&
			!inflight_text_is_utf8((struct inflight_span){options->queue, len}))) {
		report("a queue's name has 1 to 200 bytes of valid UTF-8");
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
verb_bench(const struct common *outer, int argc, char **argv)
{
	struct bench_options options = {
		.mix = &mixes[0],
		.connections = CONNECTIONS_DEFAULT,
		.pipeline = PIPELINE_DEFAULT,
		.payload = PAYLOAD_DEFAULT,
		.keys = -1,
		.ops = -1,
	};
	struct common common = *outer;
	bool has_mix = false;
	int option;

	/* The verb stands in argv[0]; options may stand before and behind the mix. */
	optind = 0;
	while ((option = getopt_long(argc, argv, "+s:t:c:n:p:d:", long_options, NULL)) != -1 ||
		(!has_mix && optind < argc)) {
		if (option != -1) {
			if (!take_option(&options, &common, option, optarg))
				return usage_error();
		} else {
			has_mix = true;
			if (!take_mix(&options, argv[optind++]))
				return usage_error();
		}
	}
	if (optind < argc) {
		report("bench takes one mix");
		return usage_error();
	}
	if (!complete(&options))
		return usage_error();
	return bench_run(&options, &common);
}
