/*
 * The table of commands, in byte order of the names, and the index that finds one.
 */
#include <config.h>

#include "command/command.h"
#include "command/gate.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const struct command *const commands[] = {
	&command_auth,
	&command_cancel,
	&command_dequeue,
	&command_enqueue,
	&command_extend,
	&command_finish,
	&command_group_add,
	&command_group_create,
	&command_group_delete,
	&command_group_finish,
	&command_group_list,
	&command_group_seal,
	&command_group_wait,
	&command_info,
	&command_methods,
	&command_ping,
	&command_queue_close,
	&command_queue_create,
	&command_queue_delete,
	&command_queue_kick,
	&command_queue_list,
	&command_queue_open,
	&command_queue_pause,
	&command_queue_peek,
	&command_queue_purge,
	&command_queue_resume,
	&command_queue_stats,
	&command_queue_update,
	&command_release,
	&command_rpc_discover,
	&command_stats,
};

static const char *const reserved[] = {"subscribe"};

const struct arg_spec command_no_args[] = {ARGS_END};
const struct result_member command_no_result[] = {RESULT_END};
const struct result_member command_ops_result[] = {
	{.name = "op", .type = MEMBER_STRING},
	{.name = "msg", .type = MEMBER_JSON},
	{.name = "group", .type = MEMBER_STRING, .optional = true},
	RESULT_END,
};

/* Tells names apart that peers send often; for the others it may be the same. */
static size_t
place_of(struct span name)
{
	const unsigned char *text = (const unsigned char *)name.ptr;

	return (name.len * 5 + text[0] * 3 + text[name.len - 1]) % COMMAND_PLACES;
}

void
command_index_init(struct command_index *index)
{
	*index = (struct command_index){.at = {NULL}};
	for (size_t i = 0; i < COUNT(commands); i++) {
		const struct command *command = commands[i];
		size_t place = place_of(span_make(command->name, command->name_len));

		while (index->at[place] != NULL)
			place = (place + 1) % COMMAND_PLACES;
		index->at[place] = command;
	}
}

const struct command *
command_find(const struct command_index *index, struct span name)
{
	const struct command *command;

	if (name.len == 0)
		return NULL;
	for (size_t place = place_of(name); (command = index->at[place]) != NULL;
		place = (place + 1) % COMMAND_PLACES) {
		if (span_equal(name, span_make(command->name, command->name_len)))
			return command;
	}
	return NULL;
}

bool
command_is_offered(const struct command *command, const struct service *service)
{
	return (command->flags & COMMAND_AUTH) == 0 || !gate_is_open(service);
}

bool
command_is_reserved(struct span name)
{
	for (size_t i = 0; i < COUNT(reserved); i++) {
		if (span_equal(name, span_str(reserved[i])))
			return true;
	}
	return false;
}

const struct command *
command_at(size_t i)
{
	return i < COUNT(commands) ? commands[i] : NULL;
}
