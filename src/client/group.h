/*
 * Inside of a group, shared by its files: group.c has the ops and their outcomes, group_send.c
 * brings them to the daemon and waits.
 */
#ifndef INFLIGHT_CLIENT_GROUP_H
#define INFLIGHT_CLIENT_GROUP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "client/bytes.h"
#include "inflight.h"

struct group_op {
	char *id;
	char *queue;
	char *key;
	void *tag;
	struct inflight_bytes params; /* of its enqueue, until the daemon has answered that */
	enum inflight_op_state state;
	struct inflight_bytes refusal; /* refused: the error */
	const char *json;              /* in the refusal, or in the group's reply */
	size_t json_len;
};

struct inflight_group {
	struct inflight *client;
	char name[INFLIGHT_ID_SIZE];
	int64_t timeout_ms;
	struct group_op *ops;
	size_t count;
	size_t capacity;
	bool begun;   /* something was sent */
	bool created; /* the daemon has said so */
	bool sealed;
	bool gone;                    /* the daemon does not know the group any more */
	struct inflight_reply *reply; /* with the outcomes; NULL before they came */
};

/* The daemon's answer to an enqueue that it did not take. */
enum inflight_status inflight_group_refused(
	struct inflight_group *group, size_t index, const struct inflight_reply *reply);

/* Takes a reply with all outcomes; INFLIGHT_GARBLED where it makes no sense. */
enum inflight_status
inflight_group_take_outcomes(struct inflight_group *group, struct inflight_reply *reply);

/* The outcomes that are not there will not come. */
void inflight_group_lost(struct inflight_group *group);

#endif
