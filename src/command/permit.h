/*
 * May this peer do that? The one place that decides it: between reading the params of
 * a call and running it, so that what is refused has changed nothing.
 */
#ifndef INFLIGHT_COMMAND_PERMIT_H
#define INFLIGHT_COMMAND_PERMIT_H

#include "command/command.h"

#define PERMIT_MESSAGE_SIZE 512

/*
 * Has the peer of the session a role that the command asks for, and do its patterns match every
 * queue and group that is named in the args? False: `message` names method, principal, and what is
 * missing. Leaves the args as they are.
 */
bool permit_check(struct session *session, const struct command *command, const struct arg *args,
	char *message);

#endif
