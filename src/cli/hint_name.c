/* See hint_name.h. What is asked for is asked on the connection that had the error. */
#include <config.h>

#include "cli/hint_name.h"

#include <stdio.h>
#include <string.h>

#include "cli/nearest.h"
#include "cli/params.h"
#include "cli/report.h"
#include "client/text.h"

#define ASK_MS    1000 /* a hint is not worth a longer wait */
#define NAMES_MAX 1000

/* Writes the name as a word that a shell reads as it is. */
static void
write_word(const char *name, char ret[HINT_NAME_SIZE])
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "0123456789_-./:,@%+";
	bool quoted = name[strspn(name, plain)] != '\0' || name[0] == '-' || name[0] == '\0';
	size_t at = 0;

	if (quoted)
		ret[at++] = '\'';
	/* An apostrophe takes four bytes. */
	for (; *name != '\0' && at + 6 < HINT_NAME_SIZE; name++) {
		if (*name == '\'')
			at += (size_t)snprintf(ret + at, HINT_NAME_SIZE - at, "'\\''");
		else
			ret[at++] = *name;
	}
	if (quoted)
		ret[at++] = '\'';
	ret[at] = '\0';
}

/* The string in this member of the params; false where there is none. */
static bool
take_name(struct inflight_span params, const char *kind, struct inflight_bytes *ret)
{
	struct inflight_span value;

	if (!inflight_text_member(params, kind, &value) || !inflight_text_unquote(value, ret))
		return false;
	inflight_bytes_add(ret, "", 1);
	need_memory(ret);
	return true;
}

void
hint_name_of(struct inflight_span params, char ret[HINT_NAME_SIZE])
{
	struct inflight_bytes name = {0};

	if (take_name(params, "queue", &name) || take_name(params, "group", &name))
		write_word(inflight_bytes_span(&name).ptr, ret);
	else
		snprintf(ret, HINT_NAME_SIZE, "NAME");
	inflight_bytes_fini(&name);
}

/* The names as strings of C one behind the other in `ret`; the nearest is noted. */
static void
offer_names(struct inflight_span list, struct inflight_bytes *ret, struct nearest *nearest)
{
	struct inflight_span none;
	struct inflight_span element;
	struct inflight_walk walk;
	struct inflight_span names;

	inflight_walk_init(&walk, list);
	while (inflight_walk_next(&walk, &none, &element)) {
		inflight_text_unquote(element, ret);
		inflight_bytes_add(ret, "", 1);
	}
	need_memory(ret);
	names = inflight_bytes_span(ret);
	for (size_t at = 0; at < names.len; at += strlen(names.ptr + at) + 1)
		nearest_offer(nearest, names.ptr + at);
}

void
hint_name(struct inflight *client, struct inflight_span params, const char *kind)
{
	bool is_queue = strcmp(kind, "queue") == 0;
	struct inflight_bytes given = {0};
	struct inflight_bytes names = {0};
	struct inflight_reply *reply = NULL;
	struct inflight_span list;
	struct nearest nearest = {0};
	char ask[32];
	char word[HINT_NAME_SIZE];

	if (!take_name(params, kind, &given)) {
		inflight_bytes_fini(&given);
		return;
	}
	nearest.given = inflight_bytes_span(&given).ptr;
	snprintf(ask, sizeof ask, "{\"count\":%d}", NAMES_MAX);
	if (inflight_call_text(client, is_queue ? "queue.list" : "group.list", ask, strlen(ask),
		    ASK_MS, &reply) == INFLIGHT_OK &&
		(list.ptr = inflight_reply_text(reply, &list.len)) != NULL &&
		inflight_text_member(list, is_queue ? "queues" : "groups", &list))
		offer_names(list, &names, &nearest);
	if (nearest.best != NULL) {
		write_word(nearest.best, word);
		report_try("%s, which is nearly the same", word);
	} else {
		write_word(nearest.given, word);
		report_try("inflight %s list, to see which there are", kind);
		report_try("inflight %s create %s, to make it", kind, word);
	}
	inflight_reply_free(reply);
	inflight_bytes_fini(&given);
	inflight_bytes_fini(&names);
}
