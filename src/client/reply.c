/* Reads replies and tells what stands in them. */
#include <config.h>

#include "client/reply.h"

#include <stdlib.h>
#include <string.h>

#include "client/text.h"
#include "client/text_scan.h"

/* What a string value means as new C text. One with a NUL inside is cut there. */
static char *
plain_text(struct inflight_span value)
{
	struct inflight_bytes text = {0};

	if (!inflight_text_unquote(value, &text))
		return NULL;
	inflight_bytes_add(&text, "", 1);
	if (text.failed) {
		inflight_bytes_fini(&text);
		return NULL;
	}
	return text.data;
}

/* Ends a text inside the reply's own line, which nobody reads again beyond that. */
static const char *
end_text(struct inflight_span value)
{
	char *text = (char *)(uintptr_t)value.ptr;

	text[value.len] = '\0';
	return text;
}

/* Reads {"code":...,"message":...,"data":{"code":...}}. */
static enum inflight_status
read_error(struct inflight_reply *reply, struct inflight_span error)
{
	struct inflight_span code;
	struct inflight_span message;
	struct inflight_span data;
	struct inflight_span name;

	if (!inflight_text_member(error, "code", &code) || !inflight_text_int(code, &reply->code) ||
		!inflight_text_member(error, "message", &message) || message.ptr[0] != '"')
		return INFLIGHT_GARBLED;
	reply->is_error = true;
	reply->message = plain_text(message);
	if (reply->message == NULL)
		return INFLIGHT_NO_MEMORY;
	if (!inflight_text_member(error, "data", &data))
		return INFLIGHT_OK;
	if (inflight_text_member(data, "code", &name) && name.ptr[0] == '"') {
		reply->name = plain_text(name);
		if (reply->name == NULL)
			return INFLIGHT_NO_MEMORY;
	}
	reply->data = end_text(data);
	return INFLIGHT_OK;
}

static enum inflight_status
read_reply(struct inflight_reply *reply, struct inflight_span line)
{
	struct inflight_span value;
	struct inflight_span version;
	struct inflight_span id;
	struct inflight_span result = {NULL, 0};
	struct inflight_span error = {NULL, 0};
	int64_t number = 0;

	if (inflight_text_check(line, INFLIGHT_SCAN_DEPTH_MAX, &value) != NULL)
		return INFLIGHT_GARBLED;
	if (!inflight_text_member(value, "jsonrpc", &version) ||
		!inflight_text_is(version, "\"2.0\"") || !inflight_text_member(value, "id", &id))
		return INFLIGHT_GARBLED;
	inflight_text_member(value, "result", &result);
	inflight_text_member(value, "error", &error);
	if ((result.ptr == NULL) == (error.ptr == NULL))
		return INFLIGHT_GARBLED;
	if (inflight_text_is(id, "null")) {
		/* Only an error can be without an address. */
		if (error.ptr == NULL)
			return INFLIGHT_GARBLED;
	} else if (!inflight_text_int(id, &number) || number <= 0) {
		return INFLIGHT_GARBLED;
	}
	reply->id = (uint64_t)number;
	if (error.ptr != NULL)
		return read_error(reply, error);
	reply->result_len = result.len;
	reply->result = end_text(result);
	return INFLIGHT_OK;
}

enum inflight_status
inflight_reply_parse(struct inflight_span line, struct inflight_reply **ret)
{
	struct inflight_reply *reply = calloc(1, sizeof *reply);
	enum inflight_status status = INFLIGHT_NO_MEMORY;

	if (reply == NULL)
		return status;
	reply->line = malloc(line.len + 1);
	if (reply->line != NULL) {
		memcpy(reply->line, line.ptr, line.len);
		reply->line[line.len] = '\0';
		status = read_reply(reply, (struct inflight_span){reply->line, line.len});
	}
	if (status != INFLIGHT_OK) {
		inflight_reply_free(reply);
		return status;
	}
	*ret = reply;
	return INFLIGHT_OK;
}

void
inflight_reply_free(struct inflight_reply *reply)
{
	if (reply == NULL)
		return;
	free(reply->line);
	free(reply->name);
	free(reply->message);
	free(reply);
}

uint64_t
inflight_reply_id(const struct inflight_reply *reply)
{
	return reply->id;
}

bool
inflight_reply_is_error(const struct inflight_reply *reply)
{
	return reply->is_error;
}

const char *
inflight_reply_text(const struct inflight_reply *reply, size_t *ret_len)
{
	if (reply->result != NULL && ret_len != NULL)
		*ret_len = reply->result_len;
	return reply->result;
}

json_t *
inflight_reply_result(const struct inflight_reply *reply)
{
	if (reply->result == NULL)
		return NULL;
	return json_loadb(reply->result, reply->result_len, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
}

int64_t
inflight_reply_code(const struct inflight_reply *reply)
{
	return reply->code;
}

const char *
inflight_reply_name(const struct inflight_reply *reply)
{
	return reply->name == NULL ? "" : reply->name;
}

const char *
inflight_reply_message(const struct inflight_reply *reply)
{
	return reply->message == NULL ? "" : reply->message;
}

const char *
inflight_reply_data(const struct inflight_reply *reply)
{
	return reply->data;
}
