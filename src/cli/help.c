/* `inflight help`: the verbs of the table, and the methods that only the daemon knows. */
#include <config.h>

#include <stdio.h>
#include <string.h>

#include "cli/report.h"
#include "cli/safe.h"
#include "cli/show.h"
#include "cli/usage.h"
#include "cli/verb.h"

/* A param is told by its name, or by an object that has one. */
static void
print_param(const json_t *param)
{
	const char *name = json_string_value(param);

	if (name == NULL)
		name = json_string_value(json_object_get(param, "name"));
	if (name != NULL) {
		putchar(' ');
		safe_print(stdout, (struct inflight_span){name, strlen(name)});
		fputs("=...", stdout);
	}
}

/* Prints the method named `only`; false where there is none. */
static bool
print_method(const json_t *methods, const char *only)
{
	size_t i;
	json_t *method;

	json_array_foreach(methods, i, method)
	{
		const char *name = json_string_value(json_object_get(method, "name"));
		const char *summary = json_string_value(json_object_get(method, "summary"));
		size_t place;
		json_t *param;

		if (name == NULL || strcmp(only, name) != 0)
			continue;
		printf("usage: inflight %s", name);
		json_array_foreach(json_object_get(method, "params"), place, param)
			print_param(param);
		fputs("\n\n", stdout);
		if (summary != NULL)
			safe_print(stdout, (struct inflight_span){summary, strlen(summary)});
		putchar('\n');
		return true;
	}
	return false;
}

static int
show_method(const struct inflight_reply *reply, const char *name)
{
	json_t *result = inflight_reply_result(reply);
	bool found;

	if (inflight_reply_is_error(reply)) {
		report_error(NULL, reply);
		return STATUS_REFUSED;
	}
	found = print_method(json_object_get(result, "methods"), name);
	json_decref(result);
	if (found)
		return show_end();
	report("%s: no verb of the tool, and no method of the daemon", name);
	report_try("inflight help");
	return STATUS_REFUSED;
}

/* A daemon may have methods that this tool has no verb for. */
static int
ask_daemon(const struct common *common, const char *name)
{
	struct inflight_reply *reply;
	enum inflight_status status;
	int result;
	struct inflight *client = client_open(common, &result);

	if (client == NULL)
		return result;
	status = inflight_call(client, "methods", NULL, common->timeout_ms, &reply);
	if (status == INFLIGHT_OK) {
		result = show_method(reply, name);
		inflight_reply_free(reply);
	} else {
		result = report_status(client, status);
	}
	inflight_free(client);
	return result;
}

/* The verbs that begin with this word: "queue". */
static void
print_family(const char *word)
{
	const struct verb *verb;
	size_t len = strlen(word);

	printf("usage: inflight %s VERB ...\n\nverbs; inflight help %s VERB tells more:\n", word,
		word);
	for (size_t i = 0; (verb = verb_at(i)) != NULL; i++) {
		if (strncmp(verb->name, word, len) == 0 && verb->name[len] == ' ')
			printf("  %-14s  %s\n", verb->name, verb->summary);
	}
}

int
run_help(const struct common *common, const struct arguments *args)
{
	const char *const *words = arguments_rest(args);
	size_t count = args->operand_count;
	const struct verb *verb;
	size_t used = 0;

	if (count == 0) {
		usage_print_all(stdout);
		return show_end();
	}
	verb = verb_find(count, words, &used);
	if (verb != NULL && used == count) {
		usage_print_verb(stdout, verb);
		return show_end();
	}
	if (count == 1 && verb_is_family(words[0])) {
		print_family(words[0]);
		return show_end();
	}
	if (count == 1 && verb == NULL)
		return ask_daemon(common, words[0]);
	report("%s %s: no such verb", words[0], words[1]);
	return usage_wrong(args->verb);
}
