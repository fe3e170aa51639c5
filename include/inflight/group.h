/*
 * Scatter and gather: ops spread over queues in one group, and all their outcomes. Included by
 * <inflight.h>.
 *
 *	struct inflight_group *group = inflight_group_new(client);
 *	inflight_group_add(group, "thumbs", "424", "{\"w\":640}", NULL, NULL);
 *	...
 *	status = inflight_group_wait(group, 60000);
 *	for (size_t i = 0; i < inflight_group_count(group); i++)
 *		... inflight_group_outcome(group, i, &outcome) ...
 *
 * What is exact, and what is not: every op is in its queue once, however often the connection is
 * lost and the op sent again, because the daemon knows its id as long as the group is there; the
 * group completes once; and one outcome counts for each op, the first. The work behind an op is
 * done at least once: a worker that loses its lease is followed by another one. A daemon that
 * starts again knows nothing of the group, which is told as INFLIGHT_UNKNOWN_OUTCOME.
 *
 * Lost connections are survived where the handle has inflight_set_retry(). The handle is borrowed
 * for the group's life and may be used between the calls, not within them.
 */
#ifndef INFLIGHT_GROUP_H
#define INFLIGHT_GROUP_H

#include <inflight.h>

#ifdef __cplusplus
extern "C" {
#endif

struct inflight_group;

enum inflight_op_state {
	INFLIGHT_OP_PENDING, /* no outcome yet */
	INFLIGHT_OP_RESULT,  /* a worker's result */
	INFLIGHT_OP_ERROR,   /* a worker's error; or one of the daemon's, such as {"code":"expired"}
			      */
	INFLIGHT_OP_REFUSED, /* the daemon did not take the op; it will not be executed */
	INFLIGHT_OP_UNKNOWN, /* the daemon does not know the group any more */
};

/* Texts end with a NUL and belong to the group. */
struct inflight_outcome {
	const char *op; /* the id */
	const char *queue;
	const char *key;
	void *tag; /* as it was given to inflight_group_add() */
	enum inflight_op_state state;
	/* The result or the error, JSON; refused: {"code":"saturated_depth","message":"..."}. */
	const char *json; /* NULL: pending or unknown */
	size_t json_len;
};

/* Returns a new group with a name of its own, NULL where there is no memory. Nothing is sent. */
struct inflight_group *inflight_group_new(struct inflight *client);

/* Frees it with all outcomes; the daemon goes on with what it has. NULL is harmless. */
void inflight_group_free(struct inflight_group *group);

/* Its name at the daemon; belongs to the group. */
const char *inflight_group_name(const struct inflight_group *group);

/*
 * For how many ms after its creation the daemon waits for outcomes before it gives those that are
 * missing the error timeout; 0, as without this call: for ever. INFLIGHT_INVALID: no such time, or
 * the group was sent already.
 */
enum inflight_status inflight_group_set_timeout(struct inflight_group *group, int64_t timeout_ms);

/*
 * Adds an op; nothing is sent yet. The texts are borrowed; `msg` is JSON (NULL: null). `tag` comes
 * back with the outcome. `ret_index` (may be NULL) is told its index, which counts from 0.
 * INFLIGHT_INVALID: no UTF-8, no JSON, or the group was sent already; INFLIGHT_NO_MEMORY.
 */
enum inflight_status inflight_group_add(struct inflight_group *group, const char *queue,
	const char *key, const char *msg, void *tag, size_t *ret_index);

/*
 * Creates the group, enqueues the ops, many at a time, and seals it, at most for `timeout_ms`
 * (negative: for ever). An op that the daemon refuses (its queue is full, say) is no failure of
 * this call: its outcome says so, and the group is of the others. After any other status than
 * INFLIGHT_OK the call may be made again, and goes on where it was. INFLIGHT_REFUSED: the daemon
 * answered an error to the group as a whole, see inflight_trouble(). INFLIGHT_UNKNOWN_OUTCOME: it
 * does not know the group any more, or a lost answer may not be asked for again.
 */
enum inflight_status inflight_group_send(struct inflight_group *group, int64_t timeout_ms);

/*
 * Sends the group where that was not done, and waits for all outcomes. INFLIGHT_TIMEOUT: not all
 * are there; the call may be made again. Otherwise as inflight_group_send().
 */
enum inflight_status inflight_group_wait(struct inflight_group *group, int64_t timeout_ms);

size_t inflight_group_count(const struct inflight_group *group);

/* Ops that have an outcome other than a result. */
size_t inflight_group_failed(const struct inflight_group *group);

/* Writes the outcome of an op; INFLIGHT_INVALID: no such index. */
enum inflight_status inflight_group_outcome(
	const struct inflight_group *group, size_t index, struct inflight_outcome *ret);

#ifdef __cplusplus
}
#endif

#endif
