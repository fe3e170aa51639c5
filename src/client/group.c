/* A group's ops. Each owns its texts; outcomes stay in the reply that brought them. */
#include <config.h>

#include "client/group.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/handle.h"
#include "client/text.h"

#define MS_MAX INT64_C(1000000000000) /* the most that the protocol knows as a time */

/* An id is the group's name, a dash and the index in decimal. */
#define OP_ID_SIZE (INFLIGHT_ID_SIZE + 24)

struct inflight_group *
inflight_group_new(struct inflight *client)
{
	struct inflight_group *group = calloc(1, sizeof *group);

	if (group == NULL)
		return NULL;
	group->client = client;
	if (inflight_make_id(client, group->name) == INFLIGHT_OK)
		return group;
	free(group);
	return NULL;
}

static void
op_fini(struct group_op *op)
{
	free(op->id);
	free(op->queue);
	free(op->key);
	inflight_bytes_fini(&op->params);
	inflight_bytes_fini(&op->refusal);
}

void
inflight_group_free(struct inflight_group *group)
{
	if (group == NULL)
		return;
	for (size_t i = 0; i < group->count; i++)
		op_fini(&group->ops[i]);
	free(group->ops);
	inflight_reply_free(group->reply);
	free(group);
}

const char *
inflight_group_name(const struct inflight_group *group)
{
	return group->name;
}

enum inflight_status
inflight_group_set_timeout(struct inflight_group *group, int64_t timeout_ms)
{
	if (group->begun || timeout_ms < 0 || timeout_ms > MS_MAX)
		return inflight_fail(group->client, INFLIGHT_INVALID,
			"group: sent already, or no such time", NULL);
	group->timeout_ms = timeout_ms;
	return INFLIGHT_OK;
}

size_t
inflight_group_count(const struct inflight_group *group)
{
	return group->count;
}

size_t
inflight_group_failed(const struct inflight_group *group)
{
	size_t failed = 0;

	for (size_t i = 0; i < group->count; i++)
		failed += group->ops[i].state != INFLIGHT_OP_RESULT &&
			  group->ops[i].state != INFLIGHT_OP_PENDING;
	return failed;
}

enum inflight_status
inflight_group_outcome(
	const struct inflight_group *group, size_t index, struct inflight_outcome *ret)
{
	const struct group_op *op;

	if (index >= group->count)
		return inflight_fail(group->client, INFLIGHT_INVALID, "no such op", NULL);
	op = &group->ops[index];
	*ret = (struct inflight_outcome){.op = op->id,
		.queue = op->queue,
		.key = op->key,
		.tag = op->tag,
		.state = op->state,
		.json = op->json,
		.json_len = op->json_len};
	return INFLIGHT_OK;
}

/* ---- adding -------------------------------------------------------------- */

static bool
reserve(struct inflight_group *group)
{
	size_t capacity = group->capacity == 0 ? 16 : 2 * group->capacity;
	struct group_op *ops;

	if (group->count < group->capacity)
		return true;
	ops = realloc(group->ops, capacity * sizeof *ops);
	if (ops == NULL)
		return false;
	group->ops = ops;
	group->capacity = capacity;
	return true;
}

static bool
make_params(const struct inflight_group *group, const char *msg, struct group_op *op)
{
	struct inflight_span value = {"null", 4};

	if (msg != NULL && inflight_text_check((struct inflight_span){msg, strlen(msg)},
				   INFLIGHT_DEPTH_MAX - 2, &value) != NULL)
		return false;
	if (!inflight_text_add_string(&op->params, "{\"queue\":", op->queue) ||
		!inflight_text_add_string(&op->params, ",\"key\":", op->key))
		return false;
	inflight_bytes_add_text(&op->params, ",\"op\":\"");
	inflight_bytes_add_text(&op->params, op->id);
	inflight_bytes_add_text(&op->params, "\",\"group\":\"");
	inflight_bytes_add_text(&op->params, group->name);
	inflight_bytes_add_text(&op->params, "\",\"msg\":");
	inflight_bytes_add_span(&op->params, value);
	inflight_bytes_add_text(&op->params, "}");
	return true;
}

enum inflight_status
inflight_group_add(struct inflight_group *group, const char *queue, const char *key,
	const char *msg, void *tag, size_t *ret_index)
{
	struct group_op op = {
		.id = malloc(OP_ID_SIZE), .queue = strdup(queue), .key = strdup(key), .tag = tag};
	bool memory = op.id != NULL && op.queue != NULL && op.key != NULL && reserve(group);
	bool good = true;

	if (memory) {
		snprintf(op.id, OP_ID_SIZE, "%s-%zu", group->name, group->count);
		good = make_params(group, msg, &op);
	}
	if (group->begun || !memory || !good || op.params.failed) {
		bool scarce = !group->begun && good;

		op_fini(&op);
		return scarce ? inflight_fail(
					group->client, INFLIGHT_NO_MEMORY, "out of memory", NULL)
			      : inflight_fail(group->client, INFLIGHT_INVALID,
					"group: sent already, not UTF-8, or msg is no JSON", NULL);
	}
	if (ret_index != NULL)
		*ret_index = group->count;
	group->ops[group->count++] = op;
	return INFLIGHT_OK;
}

/* ---- outcomes ------------------------------------------------------------ */

enum inflight_status
inflight_group_refused(
	struct inflight_group *group, size_t index, const struct inflight_reply *reply)
{
	struct group_op *op = &group->ops[index];
	const char *code = inflight_reply_name(reply);
	const char *message = inflight_reply_message(reply);
	struct inflight_span json;

	op->state = INFLIGHT_OP_REFUSED;
	inflight_text_add_string(&op->refusal, "{\"code\":", code);
	inflight_text_add_string(&op->refusal, ",\"message\":", message);
	inflight_bytes_add_text(&op->refusal, "}");
	inflight_bytes_add(&op->refusal, "", 1);
	if (op->refusal.failed)
		return inflight_fail(group->client, INFLIGHT_NO_MEMORY, "out of memory", NULL);
	json = inflight_bytes_span(&op->refusal);
	op->json = json.ptr;
	op->json_len = json.len - 1;
	return INFLIGHT_OK;
}

/* The op that an id of this group's names, or NULL: others may put ops into a group as well. */
static struct group_op *
find_op(struct inflight_group *group, struct inflight_span quoted)
{
	size_t name = strlen(group->name);
	char digits[24];
	char *end;
	unsigned long index;

	/* Quotes, the name, a dash, and at least one digit. */
	if (quoted.len < name + 4 || quoted.len - name - 3 >= sizeof digits ||
		memcmp(quoted.ptr + 1, group->name, name) != 0 || quoted.ptr[name + 1] != '-')
		return NULL;
	memcpy(digits, quoted.ptr + name + 2, quoted.len - name - 3);
	digits[quoted.len - name - 3] = '\0';
	errno = 0;
	index = strtoul(digits, &end, 10);
	if (errno != 0 || *end != '\0' || index >= group->count)
		return NULL;
	return &group->ops[index];
}

static void
take_outcome(struct inflight_group *group, struct inflight_span object)
{
	struct inflight_span id;
	struct inflight_span value;
	struct group_op *op = inflight_text_member(object, "op", &id) ? find_op(group, id) : NULL;

	if (op == NULL || op->state != INFLIGHT_OP_PENDING)
		return;
	if (inflight_text_member(object, "error", &value))
		op->state = INFLIGHT_OP_ERROR;
	else if (inflight_text_member(object, "result", &value))
		op->state = INFLIGHT_OP_RESULT;
	else
		return;
	op->json = value.ptr;
	op->json_len = value.len;
}

void
inflight_group_lost(struct inflight_group *group)
{
	for (size_t i = 0; i < group->count; i++) {
		if (group->ops[i].state == INFLIGHT_OP_PENDING)
			group->ops[i].state = INFLIGHT_OP_UNKNOWN;
	}
	group->gone = true;
}

enum inflight_status
inflight_group_take_outcomes(struct inflight_group *group, struct inflight_reply *reply)
{
	struct inflight_walk walk;
	struct inflight_span result;
	struct inflight_span name;
	struct inflight_span value;

	group->reply = reply;
	result.ptr = inflight_reply_text(reply, &result.len);
	if (!inflight_text_member(result, "results", &value))
		return inflight_fail(
			group->client, INFLIGHT_GARBLED, "group.wait", "no results came");
	inflight_walk_init(&walk, value);
	while (inflight_walk_next(&walk, &name, &value))
		take_outcome(group, value);
	/* Only now, because the walk looks at what follows a value. */
	for (size_t i = 0; i < group->count; i++) {
		struct group_op *op = &group->ops[i];

		if (op->state == INFLIGHT_OP_RESULT || op->state == INFLIGHT_OP_ERROR)
			((char *)(uintptr_t)op->json)[op->json_len] = '\0';
	}
	inflight_group_lost(group);
	group->gone = false;
	return INFLIGHT_OK;
}
