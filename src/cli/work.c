/* The options of `inflight work`. */
#include <config.h>

#include <getopt.h>
#include <string.h>

#include "cli/report.h"
#include "cli/work.h"
#include "client/text.h"

#define SLOTS_MAX        256 /* each has two descriptors while its command runs */
#define RETRY_DEFAULT_MS 1000

static const struct option long_options[] = {
	{"jobs", required_argument, NULL, 'j'},
	{"lease", required_argument, NULL, 'l'},
	{"retry-delay", required_argument, NULL, 'r'},
	{"no-retry", no_argument, NULL, 'n'},
	{"once", no_argument, NULL, 'o'},
	{"drain", no_argument, NULL, 'd'},
	TOKEN_FILE_OPTION,
	{NULL, 0, NULL, 0},
};

static bool
take_option(struct work_options *options, struct common *common, int option, const char *value)
{
	switch (option) {
	case 'j':
		if (parse_count(value, SLOTS_MAX, &options->slots) && options->slots > 0)
			return true;
		report("%s: -j takes a number from 1 to %d", value, SLOTS_MAX);
		return false;
	case 'l':
		return take_number("--lease", value, MS_MAX, &options->lease_ms);
	case 'r':
		return take_number("--retry-delay", value, MS_MAX, &options->retry_delay_ms);
	case 'n':
		options->no_retry = true;
		return true;
	case 'o':
		options->once = true;
		return true;
	case 'd':
		options->drain = true;
		return true;
	default:
		return common_option(common, option, value);
	}
}

/*
 * Reads options and queue in any order. What follows the queue and "--", or the queue and the first
 * word that is no option, is the command, whose own options are not looked at.
 */
static bool
take_arguments(struct work_options *options, struct common *common, int argc, char **argv)
{
	int option;

	optind = 0;
	for (;;) {
		option = getopt_long(argc, argv, "+s:t:j:", long_options, NULL);
		if (option != -1) {
			if (!take_option(options, common, option, optarg))
				return false;
		} else if (options->queue == NULL && optind < argc) {
			bool command_next = strcmp(argv[optind - 1], "--") == 0;

			options->queue = argv[optind++];
			if (command_next)
				break;
		} else {
			break;
		}
	}
	options->command = argv + optind;
	if (options->queue != NULL && options->command[0] != NULL)
		return true;
	report("work takes a queue and a command");
	return false;
}

int
verb_work(const struct common *outer, int argc, char **argv)
{
	struct work_options options = {
		.slots = 1, .lease_ms = -1, .retry_delay_ms = RETRY_DEFAULT_MS};
	struct common common = *outer;
	struct inflight *client;
	int result;

	if (!take_arguments(&options, &common, argc, argv))
		return usage_error();
	if (!inflight_text_is_utf8((struct inflight_span){options.queue, strlen(options.queue)})) {
		report("the queue's name is not valid UTF-8");
		return STATUS_USAGE;
	}
	if (options.once)
		options.slots = 1;
	client = client_open(&common, &result);
	if (client == NULL)
		return result;
	result = work_run(client, &options);
	inflight_free(client);
	return result;
}
