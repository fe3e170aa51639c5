/* One request and its answer: any method of the daemon, with name=value arguments. */
#include <config.h>

#include <stdio.h>
#include <string.h>

#include "cli/hint.h"
#include "cli/params.h"
#include "cli/report.h"
#include "cli/request.h"
#include "cli/verb.h"

int
call_method(const struct common *common, const char *method, int argc, char **argv)
{
	struct params params = {0};
	struct common as_json = *common;
	int result = STATUS_USAGE;
	bool ok = true;

	/* What is called by the name of its method is called by a program. */
	if (as_json.format == FORMAT_FITTING)
		as_json.format = FORMAT_JSON;
	params_begin(&params);
	for (int i = 0; i < argc && ok; i++)
		ok = params_argument(&params, argv[i]);
	params_end(&params);
	if (ok)
		result = request_run(&as_json, method, &params);
	params_fini(&params);
	return result;
}

int
call_unknown(const struct common *common, int argc, char **argv)
{
	/* Words without a "=" are those of somebody who means a verb. */
	for (int i = 1; i < argc; i++) {
		if (strchr(argv[i], '=') != NULL)
			continue;
		if (verb_is_family(argv[0]))
			report("%s %s: no such verb", argv[0], argv[1]);
		else
			report("%s: no such verb; a method takes name=value", argv[0]);
		hint_verb(argv[0], argv[1]);
		return STATUS_USAGE;
	}
	if (verb_is_family(argv[0])) {
		report("%s: a verb is missing", argv[0]);
		report_try("inflight help %s", argv[0]);
		return STATUS_USAGE;
	}
	return call_method(common, argv[0], argc - 1, argv + 1);
}
