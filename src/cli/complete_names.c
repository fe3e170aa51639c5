/* See complete_names.h. The connection lives for one question. */
#include <config.h>

#include "cli/complete_names.h"

#include <stdio.h>
#include <string.h>

#include "cli/params.h"
#include "cli/report.h"
#include "cli/safe.h"
#include "client/text.h"

#define NAMES_MAX 200 /* more than anybody reads */

static void
tell_names(struct inflight_span list, void (*found)(void *arg, const char *name), void *arg)
{
	struct inflight_bytes name = {0};
	struct inflight_span none;
	struct inflight_span element;
	struct inflight_walk walk;

	inflight_walk_init(&walk, list);
	while (inflight_walk_next(&walk, &none, &element)) {
		inflight_bytes_clear(&name);
		inflight_text_unquote(element, &name);
		/* What a shell would show as it is must not control the terminal. */
		if (!safe_is(inflight_bytes_span(&name)))
			continue;
		inflight_bytes_add(&name, "", 1);
		need_memory(&name);
		found(arg, inflight_bytes_span(&name).ptr);
	}
	inflight_bytes_fini(&name);
}

static void
ask(struct inflight *client, const char *kind, const struct params *params,
	void (*found)(void *arg, const char *name), void *arg)
{
	struct inflight_span text = inflight_bytes_span(&params->text);
	struct inflight_reply *reply = NULL;
	struct inflight_span list;
	char method[32];
	char member[32];

	snprintf(method, sizeof method, "%s.list", kind);
	snprintf(member, sizeof member, "%ss", kind);
	if (inflight_call_text(client, method, text.ptr, text.len, COMPLETE_NAMES_MS, &reply) ==
			INFLIGHT_OK &&
		(list.ptr = inflight_reply_text(reply, &list.len)) != NULL &&
		inflight_text_member(list, member, &list))
		tell_names(list, found, arg);
	inflight_reply_free(reply);
}

void
complete_names(const struct common *common, const char *kind, const char *prefix,
	void (*found)(void *arg, const char *name), void *arg)
{
	struct params params = {0};
	struct inflight *client;
	int status;

	if (!inflight_text_is_utf8((struct inflight_span){prefix, strlen(prefix)}))
		return;
	client = client_open(common, &status);
	if (client == NULL)
		return;
	params_begin(&params);
	params_text(&params, "prefix", prefix);
	params_int(&params, "count", NAMES_MAX);
	params_end(&params);
	ask(client, kind, &params, found, arg);
	params_fini(&params);
	inflight_free(client);
}
