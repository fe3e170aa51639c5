/*
 * Roles come from the command's row, names from the rows of its args. A set is proved by
 * its token: finish, release and extend name no queue.
 */
#include <config.h>

#include "command/permit.h"

#include <stdio.h>

#include "base/check.h"
#include "command/gate.h"
#include "command/session_state.h"

/* One question, while it is being answered. */
struct asking {
	const struct principal *principal;
	const struct command *command;
	char *message;
};

/* ---- names ------------------------------------------------------------- */

static bool
refuse_name(const struct asking *asking, enum arg_subject subject, bool is_prefix, struct span name)
{
	const char *kind = subject == SUBJECT_QUEUE ? "queue" : "group";

	if (is_prefix)
		(void)snprintf(asking->message, PERMIT_MESSAGE_SIZE,
			"%s may not call %s for all %ss that begin with \"%.*s\"; a longer prefix "
			"may be one of its own",
			asking->principal->name, asking->command->name, kind, (int)name.len,
			name.ptr);
	else
		(void)snprintf(asking->message, PERMIT_MESSAGE_SIZE,
			"%s may not call %s here: %s %.*s is none of its %ss",
			asking->principal->name, asking->command->name, kind, (int)name.len,
			name.ptr, kind);
	return false;
}

static bool
permit_name(const struct asking *asking, const struct arg_spec *spec, struct span name)
{
	const struct principal *principal = asking->principal;
	const struct patterns *patterns =
		spec->subject == SUBJECT_QUEUE ? &principal->queues : &principal->groups;
	bool is_prefix = spec->type == ARG_TEXT;

	if (is_prefix ? patterns_cover(patterns, name) : patterns_match(patterns, name))
		return true;
	return refuse_name(asking, spec->subject, is_prefix, name);
}

/* A name inside of a value, which is decoded aside: the command is to read the value itself. */
static bool
permit_value(const struct asking *asking, const struct arg_spec *spec, const struct value *value)
{
	char room[ARGS_NAME_MAX];
	struct span name;

	CHECK(value_decode(value, room, sizeof(room), &name));
	return permit_name(asking, spec, name);
}

static bool
permit_names(const struct asking *asking, const struct arg_spec *spec, struct value names)
{
	struct member member;
	struct walk walk;

	walk_init(&walk, names);
	while (walk_next(&walk, &member)) {
		if (!permit_value(asking, spec, &member.value))
			return false;
	}
	return true;
}

/* The members of an ARG_OBJECT that are names by its table. */
static bool
permit_members(const struct asking *asking, const struct arg_spec *members, struct value object)
{
	struct member member;
	struct walk walk;

	walk_init(&walk, object);
	while (walk_next(&walk, &member)) {
		for (const struct arg_spec *spec = members; spec->name != NULL; spec++) {
			if (spec->subject != SUBJECT_NONE && args_is_row(spec, &member.name) &&
				!permit_value(asking, spec, &member.value))
				return false;
		}
	}
	return true;
}

static bool
permit_arg(const struct asking *asking, const struct arg_spec *spec, const struct arg *arg)
{
	/* No prefix is the shortest: that of all names. */
	if (spec->subject != SUBJECT_NONE && spec->type == ARG_TEXT)
		return permit_name(asking, spec, arg->given ? arg->text : SPAN(""));
	if (!arg->given)
		return true;
	if (spec->type == ARG_OBJECT)
		return permit_members(asking, spec->members, arg->value);
	if (spec->subject == SUBJECT_NONE)
		return true;
	if (spec->type == ARG_NAMES)
		return permit_names(asking, spec, arg->value);
	return permit_name(asking, spec, arg->text);
}

/* ---- roles ------------------------------------------------------------- */

static bool
refuse_role(const struct asking *asking)
{
	char roles[64] = "";
	size_t len = 0;

	for (unsigned i = 0; i < ROLE_COUNT; i++) {
		if (((asking->command->permit | ROLE_ADMIN) & (1u << i)) != 0)
			len += (size_t)snprintf(roles + len, sizeof(roles) - len, "%s%s",
				len == 0 ? "" : " or ", role_name(i));
	}
	(void)snprintf(asking->message, PERMIT_MESSAGE_SIZE,
		"%s may not call %s: it takes the role %s", asking->principal->name,
		asking->command->name, roles);
	return false;
}

bool
permit_check(struct session *session, const struct command *command, const struct arg *args,
	char *message)
{
	struct asking asking = {gate_principal(session), command, message};

	if ((command->permit & PERMIT_ANYONE) != 0)
		return true;
	if (asking.principal == NULL) {
		(void)snprintf(message, PERMIT_MESSAGE_SIZE,
			"a peer that is not known may not call %s: show a token with auth first",
			command->name);
		return false;
	}
	if ((asking.principal->roles & (command->permit | ROLE_ADMIN)) == 0)
		return refuse_role(&asking);
	for (size_t i = 0; command->args[i].name != NULL; i++) {
		if (!permit_arg(&asking, &command->args[i], &args[i]))
			return false;
	}
	return true;
}
