/*
 * Sets as they come over the wire. The texts are gathered in one buffer, which may move while it
 * grows: until all are there a text is known by its distance from the buffer's beginning.
 */
#include <config.h>

#include "client/delivery.h"

#include <stdlib.h>
#include <string.h>

#include "client/reply.h"
#include "client/text.h"

#define NOWHERE SIZE_MAX

/* What stands where in `texts`. */
struct places {
	size_t queue;
	size_t key;
	size_t token;
	size_t *ops; /* two for each: id and group */
};

/* Adds what a string means; false where the value is no string. */
static bool
add_text(struct inflight_delivery *delivery, struct inflight_span value, size_t *ret_place,
	size_t *ret_len)
{
	size_t before = inflight_bytes_len(&delivery->texts);

	if (value.len == 0 || value.ptr[0] != '"' ||
		!inflight_text_unquote(value, &delivery->texts))
		return false;
	*ret_place = before;
	*ret_len = inflight_bytes_len(&delivery->texts) - before;
	inflight_bytes_add(&delivery->texts, "", 1);
	return true;
}

static bool
add_member(struct inflight_delivery *delivery, struct inflight_span object, const char *name,
	size_t *ret_place, size_t *ret_len)
{
	struct inflight_span value;

	return inflight_text_member(object, name, &value) &&
	       add_text(delivery, value, ret_place, ret_len);
}

static bool
read_int(struct inflight_span object, const char *name, int64_t *ret)
{
	struct inflight_span value;

	return inflight_text_member(object, name, &value) && inflight_text_int(value, ret);
}

static bool
read_op(struct inflight_delivery *delivery, struct inflight_span value, struct inflight_op *op,
	size_t *places)
{
	struct inflight_span msg = {"null", 4};

	places[1] = NOWHERE;
	if (!add_member(delivery, value, "op", &places[0], &op->id_len))
		return false;
	inflight_text_member(value, "msg", &msg);
	op->msg = msg.ptr;
	op->msg_len = msg.len;
	add_member(delivery, value, "group", &places[1], &op->group_len);
	return true;
}

static bool
read_ops(struct inflight_delivery *delivery, struct inflight_span array, size_t *places)
{
	struct inflight_walk walk;
	struct inflight_span name;
	struct inflight_span value;
	size_t i = 0;

	inflight_walk_init(&walk, array);
	for (; inflight_walk_next(&walk, &name, &value); i++) {
		if (!read_op(delivery, value, &delivery->ops[i], places + 2 * i))
			return false;
	}
	return true;
}

/* The texts stay where they are from now on, and each message ends with a NUL in its line. */
static void
settle(struct inflight_delivery *delivery, const struct places *places)
{
	const char *texts = inflight_bytes_span(&delivery->texts).ptr;

	delivery->queue = texts + places->queue;
	delivery->key = texts + places->key;
	delivery->token = texts + places->token;
	for (size_t i = 0; i < delivery->count; i++) {
		struct inflight_op *op = &delivery->ops[i];
		size_t group = places->ops[2 * i + 1];
		char *msg = (char *)(uintptr_t)op->msg;

		op->id = texts + places->ops[2 * i];
		op->group = group == NOWHERE ? NULL : texts + group;
		/* What follows is a comma or a bracket, which nobody reads any more. */
		if (msg >= delivery->reply->line &&
			msg < delivery->reply->result + delivery->reply->result_len)
			msg[op->msg_len] = '\0';
	}
}

static enum inflight_status
read_set(struct inflight_delivery *delivery, struct inflight_span result, struct places *places)
{
	struct inflight_span ops;
	size_t ignored;

	if (!add_member(delivery, result, "set", &places->token, &ignored) ||
		!add_member(delivery, result, "queue", &places->queue, &ignored) ||
		!add_member(delivery, result, "key", &places->key, &delivery->key_len) ||
		!read_int(result, "fence", &delivery->fence) ||
		!read_int(result, "attempt", &delivery->attempt) ||
		!read_int(result, "lease_ms", &delivery->lease_ms) || delivery->lease_ms < 0 ||
		!inflight_text_member(result, "ops", &ops) || ops.ptr[0] != '[')
		return INFLIGHT_GARBLED;
	delivery->count = inflight_text_count(ops);
	if (delivery->count == 0)
		return INFLIGHT_GARBLED;
	delivery->ops = calloc(delivery->count, sizeof *delivery->ops);
	places->ops = calloc(delivery->count, 2 * sizeof *places->ops);
	if (delivery->ops == NULL || places->ops == NULL)
		return INFLIGHT_NO_MEMORY;
	if (!read_ops(delivery, ops, places->ops))
		return INFLIGHT_GARBLED;
	return delivery->texts.failed ? INFLIGHT_NO_MEMORY : INFLIGHT_OK;
}

enum inflight_status
inflight_delivery_read(struct inflight_delivery *delivery, struct inflight_reply *reply)
{
	struct places places = {0};
	struct inflight_span result;
	struct inflight_span set;
	enum inflight_status status;

	*delivery = (struct inflight_delivery){.reply = reply};
	result.ptr = inflight_reply_text(reply, &result.len);
	if (inflight_text_member(result, "set", &set) && inflight_text_is(set, "null")) {
		inflight_delivery_fini(delivery);
		return INFLIGHT_OK;
	}
	status = read_set(delivery, result, &places);
	if (status == INFLIGHT_OK)
		settle(delivery, &places);
	else
		inflight_delivery_fini(delivery);
	free(places.ops);
	/* Where there is no lease there is nothing to keep. */
	if (status == INFLIGHT_OK && delivery->token[0] == '\0')
		delivery->lease_ms = 0;
	return status;
}

void
inflight_delivery_fini(struct inflight_delivery *delivery)
{
	inflight_reply_free(delivery->reply);
	inflight_bytes_fini(&delivery->texts);
	free(delivery->ops);
	*delivery = (struct inflight_delivery){0};
}
