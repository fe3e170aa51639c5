/* See hint.h. Nothing is kept. */
#include <config.h>

#include "cli/hint.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cli/hint_name.h"
#include "cli/nearest.h"
#include "cli/params.h"
#include "cli/report.h"
#include "cli/verb.h"
#include "client/text.h"

#define SERVICE_ADDRESS "unix:/run/inflightd/inflightd.sock"

/* What helps after an error. "*" stands for the queue or the group of the request. */
struct remedy {
	const char *error;
	const char *first;
	const char *second; /* NULL: none */
};

static const struct remedy remedies[] = {
	{"saturated_depth", "inflight work * -- COMMAND, for workers that make room",
		"inflight queue update * --depth N, for more of it"},
	{"saturated_width", "inflight work * -- COMMAND, for workers that take the set",
		"inflight queue update * --width N, for larger ones"},
	{"queue_closed", "inflight queue open *, to take ops again", NULL},
	{"queue_exists", "inflight queue create *, without options, to see those that it has",
		"inflight queue update *, to change them"},
	{"queue_busy", "inflight queue stats *, to see what is in it",
		"inflight queue delete * --force, to end that with the error deleted"},
	{"lease_lost", "inflight dequeue QUEUE: a set whose lease is over goes back",
		"inflight extend TOKEN, before the lease is over"},
	{"no_such_op", "inflight queue peek * --count 1000, to see which there are", NULL},
	{"op_busy", "again when its lease is over: inflight queue peek * --state leased", NULL},
	{"group_exists", "another name, or inflight group delete *", NULL},
	{"group_sealed", "another group: inflight group create NAME", NULL},
	{"draining", "again when the daemon was started anew", NULL},
	{"unavailable", "again: nothing was changed", NULL},
	{"unknown_outcome", "again with the same op id: then nothing happens twice", NULL},
	{"line_too_long", "a shorter message, or a larger max_line in inflightd.conf(5)", NULL},
	{"batch_too_large", "a shorter batch, or a larger max_batch in inflightd.conf(5)", NULL},
	{"unauthorized", "--token-file FILE, with the token of a principal that may do this",
		"inflightd-auth(5), for how the daemon knows them"},
};

/* Prints a remedy with the name where it belongs. */
static void
print_remedy(const char *text, const char *name)
{
	const char *star = strchr(text, '*');

	if (star == NULL)
		report_try("%s", text);
	else
		report_try("%.*s%s%s", (int)(star - text), text, name, star + 1);
}

static void
hint_limit(const struct inflight_reply *reply)
{
	const char *data = inflight_reply_data(reply);
	struct inflight_span limit;

	if (data == NULL ||
		!inflight_text_member(
			(struct inflight_span){data, strlen(data)}, "limit", &limit) ||
		limit.len < 2)
		return;
	report_try("%.*s in inflightd.conf(5); inflight info shows the limits", (int)limit.len - 2,
		limit.ptr + 1);
}

void
hint_error(struct inflight *client, const char *method, struct inflight_span params,
	const struct inflight_reply *reply)
{
	const char *error = inflight_reply_name(reply);
	char name[HINT_NAME_SIZE];

	if (strcmp(error, "no_such_queue") == 0) {
		hint_name(client, params, "queue");
	} else if (strcmp(error, "no_such_group") == 0) {
		hint_name(client, params, "group");
	} else if (strcmp(error, "method_not_found") == 0) {
		hint_verb(method, NULL);
	} else if (strcmp(error, "limit") == 0) {
		hint_limit(reply);
	} else if (strcmp(error, "invalid_params") == 0) {
		report_try("inflight help %s", method);
	}
	for (size_t i = 0; i < sizeof remedies / sizeof remedies[0]; i++) {
		if (strcmp(error, remedies[i].error) != 0)
			continue;
		hint_name_of(params, name);
		print_remedy(remedies[i].first, name);
		if (remedies[i].second != NULL)
			print_remedy(remedies[i].second, name);
	}
}

void
hint_queue_error(struct inflight *client, const char *method, const char *queue,
	const struct inflight_reply *reply)
{
	struct params params = {0};

	params_begin(&params);
	params_text(&params, "queue", queue);
	params_end(&params);
	hint_error(client, method, inflight_bytes_span(&params.text), reply);
	params_fini(&params);
}

void
hint_status(const struct inflight *client, enum inflight_status status)
{
	const char *address = inflight_address(client);
	const char *trouble = inflight_trouble(client);

	switch (status) {
	case INFLIGHT_UNREACHABLE:
		if (strstr(trouble, strerror(EACCES)) != NULL) {
			report_try("as a user of the group that socket_group in inflightd.conf(5) "
				   "names");
			break;
		}
		if (strcmp(address, SERVICE_ADDRESS) == 0)
			report_try("systemctl start inflightd, where it is installed as a service");
		if (strncmp(address, "unix:", 5) == 0 || strncmp(address, "tcp:", 4) == 0)
			report_try("inflightd -l %s &, to start a daemon there", address);
		else
			report_try("INFLIGHT_TLS_CA=FILE, if it is the certificate that is not "
				   "believed");
		report_try("-s ADDRESS or INFLIGHT_ADDRESS=ADDRESS, where another one listens");
		break;
	case INFLIGHT_TIMEOUT:
		report_try("a longer -t MS");
		break;
	case INFLIGHT_UNAUTHORIZED:
		report_try("--token-file FILE or INFLIGHT_TOKEN_FILE=FILE, with a token that the "
			   "daemon knows");
		break;
	case INFLIGHT_GARBLED:
		report_try("-s ADDRESS or INFLIGHT_ADDRESS=ADDRESS: %s is no inflightd", address);
		break;
	case INFLIGHT_OK:
	case INFLIGHT_INVALID:
	case INFLIGHT_NO_MEMORY:
	case INFLIGHT_CLOSED:
	case INFLIGHT_UNKNOWN_OUTCOME:
	case INFLIGHT_REFUSED:
		break;
	}
}

/* ---- verbs --------------------------------------------------------------- */

/* The words of other queues for what a verb here does. */
static const char *
verb_elsewhere(const char *word)
{
	static const struct {
		const char *word;
		const char *verb;
	} words[] = {
		{"ack", "finish TOKEN"},
		{"bury", "finish TOKEN --error VALUE"},
		{"complete", "finish TOKEN"},
		{"done", "finish TOKEN"},
		{"fail", "finish TOKEN --error VALUE"},
		{"get", "dequeue QUEUE"},
		{"list", "queue list"},
		{"nack", "release TOKEN"},
		{"peek", "queue peek QUEUE"},
		{"pop", "dequeue QUEUE"},
		{"publish", "enqueue QUEUE KEY PAYLOAD"},
		{"push", "enqueue QUEUE KEY PAYLOAD"},
		{"put", "enqueue QUEUE KEY PAYLOAD"},
		{"requeue", "release TOKEN"},
		{"reserve", "dequeue QUEUE"},
		{"submit", "enqueue QUEUE KEY PAYLOAD"},
		{"take", "dequeue QUEUE"},
		{"touch", "extend TOKEN"},
	};

	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
		if (strcmp(word, words[i].word) == 0)
			return words[i].verb;
	}
	return NULL;
}

void
hint_verb(const char *first, const char *second)
{
	const char *elsewhere = verb_elsewhere(first);
	char words[128];
	struct nearest nearest = {.given = words};
	const struct verb *verb;

	snprintf(words, sizeof words, "%s%s%s", first, second == NULL ? "" : " ",
		second == NULL ? "" : second);
	for (size_t i = 0; (verb = verb_at(i)) != NULL; i++)
		nearest_offer(&nearest, verb->name);
	if (nearest.best == NULL) {
		nearest.given = first;
		for (size_t i = 0; (verb = verb_at(i)) != NULL; i++)
			nearest_offer(&nearest, verb->method == NULL ? verb->name : verb->method);
	}
	if (nearest.best != NULL)
		report_try("inflight help %s", nearest.best);
	else if (elsewhere != NULL)
		report_try("inflight %s", elsewhere);
	else if (verb_is_family(first))
		report_try("inflight help %s", first);
	else
		report_try("inflight help");
}
