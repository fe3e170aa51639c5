/* The options of `inflight work`. */
#include <config.h>

#include "cli/verb.h"
#include "cli/work.h"

#define RETRY_DEFAULT_MS 1000

int
run_work(const struct common *common, const struct arguments *args)
{
	struct work_options options = {
		.queue = arguments_text(args, "QUEUE"),
		.command = (char **)(uintptr_t)arguments_rest(args),
		.slots = arguments_number(args, "jobs", 1),
		.lease_ms = arguments_number(args, "lease", -1),
		.retry_delay_ms = arguments_number(args, "retry-delay", RETRY_DEFAULT_MS),
		.no_retry = arguments_flag(args, "no-retry"),
		.once = arguments_flag(args, "once"),
		.drain = arguments_flag(args, "drain"),
		.no_progress = arguments_flag(args, "no-progress"),
	};
	struct inflight *client;
	int result;

	if (options.once)
		options.slots = 1;
	client = client_open(common, &result);
	if (client == NULL)
		return result;
	result = work_run(client, &options);
	inflight_free(client);
	return result;
}
