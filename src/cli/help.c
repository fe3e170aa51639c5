/* `inflight help`: the tool's own verbs, and the methods as the daemon tells them. */
#include <config.h>

#include <stdio.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/report.h"

void
print_usage(void)
{
	fputs("usage: inflight [-s ADDRESS] [-t MS] METHOD [name=value ...]\n"
	      "       inflight [-s ADDRESS] map [--key-field N|NAME] [--group NAME] [--json] "
	      "[--raw]\n"
	      "                [--timeout MS] [--window N] QUEUE\n"
	      "       inflight [-s ADDRESS] work [-j N] [--lease MS] [--retry-delay MS] "
	      "[--no-retry]\n"
	      "                [--once | --drain] QUEUE -- COMMAND [ARGUMENT ...]\n"
	      "       inflight [-s ADDRESS] bench [OPTION ...] [job | enqueue | take | merged]\n"
	      "       inflight [-s ADDRESS] help [METHOD]\n"
	      "       inflight -h | -V\n"
	      "\n"
	      "  METHOD  any method of the daemon; inflight help lists them\n"
	      "  map     sends lines from standard input through a queue, prints the results\n"
	      "  work    runs a command for each set of a queue\n"
	      "  bench   puts load on the daemon and tells how long requests took\n"
	      "\n"
	      "  -s ADDRESS  unix:PATH or tcp:HOST:PORT, instead of $INFLIGHT_ADDRESS\n"
	      "  -t MS       how long to wait for the connection and for an answer\n"
	      "  --token-file FILE  the token to show, instead of $INFLIGHT_TOKEN_FILE\n",
		stdout);
}

/* A param is told by its name, or by an object that has one. */
static void
print_param(const json_t *param)
{
	const char *name = json_string_value(param);

	if (name == NULL)
		name = json_string_value(json_object_get(param, "name"));
	if (name != NULL)
		printf(" %s", name);
}

/* Prints the methods, or the one named `only`; returns how many there were. */
static int
print_methods(const json_t *methods, const char *only)
{
	int count = 0;
	size_t i;
	json_t *method;

	json_array_foreach(methods, i, method)
	{
		const char *name = json_string_value(json_object_get(method, "name"));
		const char *summary = json_string_value(json_object_get(method, "summary"));
		size_t place;
		json_t *param;

		if (name == NULL || (only != NULL && strcmp(only, name) != 0))
			continue;
		printf("  %s", name);
		json_array_foreach(json_object_get(method, "params"), place, param)
			print_param(param);
		printf("\n      %s\n", summary == NULL ? "" : summary);
		count++;
	}
	return count;
}

static int
show_methods(const struct inflight_reply *reply, const char *only)
{
	json_t *result = inflight_reply_result(reply);
	int count;

	if (inflight_reply_is_error(reply)) {
		report_error(NULL, reply);
		return STATUS_REFUSED;
	}
	if (only == NULL)
		printf("\nmethods of the daemon, with their params:\n");
	count = print_methods(json_object_get(result, "methods"), only);
	json_decref(result);
	if (only != NULL && count == 0) {
		report("the daemon has no method %s", only);
		return STATUS_REFUSED;
	}
	return STATUS_OK;
}

int
verb_help(const struct common *common, int argc, char **argv)
{
	struct inflight_reply *reply;
	enum inflight_status status;
	struct inflight *client;
	int result;

	if (argc > 2)
		return usage_error();
	if (argc == 1)
		print_usage();
	fflush(stdout);
	client = client_open(common, &result);
	if (client == NULL)
		return result;
	status = inflight_call(client, "methods", NULL, common->timeout_ms, &reply);
	if (status == INFLIGHT_OK) {
		result = show_methods(reply, argv[1]);
		inflight_reply_free(reply);
	} else {
		result = report_status(client, status);
	}
	inflight_free(client);
	return result;
}
