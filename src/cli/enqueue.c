/* `inflight enqueue`: one op, or one for each line of standard input. */
#include <config.h>

#include <string.h>

#include "cli/enqueue_lines.h"
#include "cli/params.h"
#include "cli/report.h"
#include "cli/request.h"
#include "cli/usage.h"
#include "cli/verb.h"

static enum params_as
payload_kind(const struct arguments *args)
{
	const char *as = arguments_text(args, "as");

	if (as == NULL || strcmp(as, "auto") == 0)
		return AS_FITTING;
	return strcmp(as, "json") == 0 ? AS_JSON : AS_TEXT;
}

static int
enqueue_one(const struct common *common, const struct arguments *args)
{
	struct params params = {0};
	int result = STATUS_USAGE;
	bool ok;

	params_begin(&params);
	ok = request_params(args, payload_kind(args), &params);
	params_end(&params);
	if (ok)
		result = request_run(common, args->verb->method, &params);
	params_fini(&params);
	return result;
}

int
run_enqueue(const struct common *common, const struct arguments *args)
{
	if (arguments_flag(args, "lines"))
		return enqueue_lines(common, args, payload_kind(args));
	if (arguments_text(args, "key-field") != NULL) {
		report("--key-field is for --lines");
		return usage_wrong(args->verb);
	}
	return enqueue_one(common, args);
}
