/* The options of `inflight map`. */
#include <config.h>

#include "cli/map.h"
#include "cli/report.h"
#include "cli/usage.h"
#include "cli/verb.h"

#define WINDOW_DEFAULT 256

bool
map_take_key_field(struct map_options *options, const char *value)
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

int
run_map(const struct common *common, const struct arguments *args)
{
	const char *key_field = arguments_text(args, "key-field");
	struct map_options options = {
		.queue = arguments_text(args, "QUEUE"),
		.group = arguments_text(args, "group"),
		.json = arguments_flag(args, "json"),
		.raw = arguments_flag(args, "raw"),
		.timeout_ms = arguments_number(args, "timeout", 0),
		.window = arguments_number(args, "window", WINDOW_DEFAULT),
		.no_progress = arguments_flag(args, "no-progress"),
	};
	struct inflight *client;
	int result;

	if (key_field != NULL && !map_take_key_field(&options, key_field))
		return usage_wrong(args->verb);
	if (options.window == 0)
		options.window = 1;
	client = client_open(common, &result);
	if (client == NULL)
		return result;
	result = map_run(client, &options);
	inflight_free(client);
	return result;
}
