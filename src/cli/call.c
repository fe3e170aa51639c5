/* One request and its answer: every method of the daemon is a verb of the tool. */
#include <config.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/params.h"
#include "cli/report.h"

/* Prints the result as one line, or reports the error. */
static int
show_reply(const struct inflight_reply *reply)
{
	size_t len;
	const char *text = inflight_reply_text(reply, &len);

	if (text == NULL) {
		report_error(NULL, reply);
		return STATUS_REFUSED;
	}
	fwrite(text, 1, len, stdout);
	putchar('\n');
	if (fflush(stdout) != 0 || ferror(stdout)) {
		report("cannot write: %s", strerror(errno));
		return STATUS_USAGE;
	}
	return STATUS_OK;
}

static int
call(const struct common *common, const char *method, const struct params *params)
{
	struct inflight_span text = inflight_bytes_span(&params->text);
	struct inflight_reply *reply;
	enum inflight_status status;
	int result;
	struct inflight *client = client_open(common, &result);

	if (client == NULL)
		return result;
	status = inflight_call_text(client, method, text.ptr, text.len, common->timeout_ms, &reply);
	if (status == INFLIGHT_OK) {
		result = show_reply(reply);
		inflight_reply_free(reply);
	} else {
		result = report_status(client, status);
	}
	inflight_free(client);
	return result;
}

int
verb_call(const struct common *common, int argc, char **argv)
{
	struct params params = {0};
	int result = STATUS_USAGE;
	bool ok = true;

	params_begin(&params);
	for (int i = 1; i < argc && ok; i++)
		ok = params_argument(&params, argv[i]);
	params_end(&params);
	if (ok)
		result = call(common, argv[0], &params);
	params_fini(&params);
	return result;
}
