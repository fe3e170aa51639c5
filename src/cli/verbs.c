/* The table of verbs in the order of the help, and the options that all of them share. */
#include <config.h>

#include <string.h>

#include "cli/verb.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const struct verb *const verbs[] = {
	&verb_enqueue,
	&verb_dequeue,
	&verb_finish,
	&verb_release,
	&verb_extend,
	&verb_cancel,
	&verb_queue_create,
	&verb_queue_update,
	&verb_queue_list,
	&verb_queue_stats,
	&verb_queue_peek,
	&verb_queue_pause,
	&verb_queue_resume,
	&verb_queue_close,
	&verb_queue_open,
	&verb_queue_purge,
	&verb_queue_kick,
	&verb_queue_delete,
	&verb_group_create,
	&verb_group_add,
	&verb_group_finish,
	&verb_group_seal,
	&verb_group_wait,
	&verb_group_list,
	&verb_group_delete,
	&verb_map,
	&verb_work,
	&verb_watch,
	&verb_bench,
	&verb_top,
	&verb_ping,
	&verb_info,
	&verb_stats,
	&verb_methods,
	&verb_rpc_discover,
	&verb_completion,
	&verb_help,
};

const struct verb_arg common_options[] = {
	{.name = "address",
		.letter = 's',
		.value = "ADDRESS",
		.summary =
			"unix:PATH, tcp:HOST:PORT or tls:HOST:PORT, instead of $INFLIGHT_ADDRESS"},
	{.name = "",
		.letter = 't',
		.kind = VALUE_MS,
		.value = "MS",
		.summary = "how long to wait for the connection and for an answer"},
	{.name = "token-file",
		.completes = COMPLETES_FILE,
		.value = "FILE",
		.summary = "the token to show, instead of $INFLIGHT_TOKEN_FILE"},
	{.name = "json", .kind = VALUE_FLAG, .summary = "print results as JSON, as into a pipe"},
	{.name = "table",
		.kind = VALUE_FLAG,
		.summary = "print results as tables, as on a terminal"},
	{.name = "help", .letter = 'h', .kind = VALUE_FLAG, .summary = "explain the verb"},
	{.name = "version", .letter = 'V', .kind = VALUE_FLAG, .summary = "print the version"},
	VERB_ARGS_END,
};

size_t
verb_args_count(const struct verb_arg *rows)
{
	size_t count = 0;

	while (rows != NULL && rows[count].name != NULL)
		count++;
	return count;
}

const struct verb *
verb_at(size_t i)
{
	return i < COUNT(verbs) ? verbs[i] : NULL;
}

/* How many of the words the verb's name is; 0: it is not what they begin with. */
static size_t
match(const struct verb *verb, size_t count, const char *const *words)
{
	size_t first = strcspn(verb->name, " ");

	if (verb->method != NULL && strcmp(words[0], verb->method) == 0)
		return 1;
	if (strncmp(words[0], verb->name, first) != 0 || words[0][first] != '\0')
		return 0;
	if (verb->name[first] == '\0')
		return 1;
	return count > 1 && strcmp(words[1], verb->name + first + 1) == 0 ? 2 : 0;
}

const struct verb *
verb_find(size_t count, const char *const *words, size_t *ret_used)
{
	for (size_t i = 0; count > 0 && i < COUNT(verbs); i++) {
		size_t used = match(verbs[i], count, words);

		if (used == 0)
			continue;
		*ret_used = used;
		return verbs[i];
	}
	return NULL;
}

bool
verb_is_family(const char *word)
{
	size_t len = strlen(word);

	for (size_t i = 0; i < COUNT(verbs); i++) {
		if (strncmp(verbs[i]->name, word, len) == 0 && verbs[i]->name[len] == ' ')
			return true;
	}
	return false;
}
