/* The options of `inflight map`. */
#include <config.h>

#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "cli/map.h"
#include "cli/report.h"
#include "client/text.h"

#define WINDOW_DEFAULT 256
#define WINDOW_MAX     10000

static const struct option long_options[] = {
	{"key-field", required_argument, NULL, 'k'},
	{"group", required_argument, NULL, 'g'},
	{"json", no_argument, NULL, 'j'},
	{"raw", no_argument, NULL, 'r'},
	{"timeout", required_argument, NULL, 'T'},
	{"window", required_argument, NULL, 'w'},
	TOKEN_FILE_OPTION,
	{NULL, 0, NULL, 0},
};

/* A field is told by its number; everything else is the name of a member. */
static bool
take_key_field(struct map_options *options, const char *value)
{
	options->key_field = NULL;
	options->key_number = 0;
	if (parse_count(value, 1000000, &options->key_number)) {
		if (options->key_number > 0)
			return true;
	} else if (value[0] != '\0') {
		options->key_field = value;
		return true;
	}
	report("--key-field takes the number of a field, from 1, or the name of a member");
	return false;
}

static bool
take_option(struct map_options *options, struct common *common, int option, const char *value)
{
	switch (option) {
	case 'k':
		return take_key_field(options, value);
	case 'g':
		options->group = value;
		return true;
	case 'j':
		options->json = true;
		return true;
	case 'r':
		options->raw = true;
		return true;
	case 'T':
		return take_number("--timeout", value, MS_MAX, &options->timeout_ms);
	case 'w':
		if (!take_number("--window", value, WINDOW_MAX, &options->window))
			return false;
		if (options->window == 0)
			options->window = 1;
		return true;
	default:
		return common_option(common, option, value);
	}
}

static bool
names_are_text(const struct map_options *options)
{
	const char *names[] = {options->queue, options->group, options->key_field};

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		if (names[i] != NULL && !inflight_text_is_utf8((struct inflight_span){
						names[i], strlen(names[i])})) {
			report("a name is not valid UTF-8");
			return false;
		}
	}
	return true;
}

int
verb_map(const struct common *outer, int argc, char **argv)
{
	struct map_options options = {.window = WINDOW_DEFAULT};
	struct common common = *outer;
	struct inflight *client;
	int option;
	int result;

	/* The verb stands in argv[0]; options may stand before and behind the queue. */
	optind = 0;
	while ((option = getopt_long(argc, argv, "+s:t:", long_options, NULL)) != -1 ||
		(options.queue == NULL && optind < argc)) {
		if (option == -1)
			options.queue = argv[optind++];
		else if (!take_option(&options, &common, option, optarg))
			return usage_error();
	}
	if (options.queue == NULL || optind < argc) {
		report("map takes one queue");
		return usage_error();
	}
	if (!names_are_text(&options))
		return STATUS_USAGE;
	client = client_open(&common, &result);
	if (client == NULL)
		return result;
	result = map_run(client, &options);
	inflight_free(client);
	return result;
}
