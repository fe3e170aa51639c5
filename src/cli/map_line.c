/* What a line becomes: its key, its msg, the params of its enqueue. */
#include <config.h>

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cli/map.h"
#include "cli/report.h"
#include "client/text.h"

#define KEY_MAX 1024 /* the protocol's longest key */

static const char NO_MEMBER[] = "no such member";

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* The field with this number, counted from 1, as awk counts. */
static bool
find_field(struct inflight_span line, int64_t number, struct inflight_span *ret)
{
	const char *at = line.ptr;
	const char *end = line.ptr + line.len;

	for (;;) {
		const char *from;

		while (at < end && is_blank(*at))
			at++;
		if (at == end)
			return false;
		from = at;
		while (at < end && !is_blank(*at))
			at++;
		if (--number == 0) {
			*ret = (struct inflight_span){from, (size_t)(at - from)};
			return true;
		}
	}
}

/* Takes the key out of a line that is a JSON object. */
static const char *
member_key(struct inflight_span line, const char *name, struct inflight_bytes *key)
{
	struct inflight_span object;
	struct inflight_span value;
	const char *wrong = inflight_text_check(line, INFLIGHT_DEPTH_MAX, &object);

	if (wrong != NULL)
		return wrong;
	if (!inflight_text_member(object, name, &value))
		return NO_MEMBER;
	if (inflight_text_unquote(value, key))
		return NULL;
	if (strspn(value.ptr, "-0123456789") < value.len)
		return "its key is neither a string nor a whole number";
	inflight_bytes_add_span(key, value);
	return NULL;
}

/* A key of its own for what cannot be one itself: two hashes of the bytes, in the manner of FNV. */
static void
hash_key(struct inflight_bytes *key)
{
	struct inflight_span bytes = inflight_bytes_span(key);
	uint64_t first = UINT64_C(0xcbf29ce484222325);
	uint64_t second = UINT64_C(0x84222325cbf29ce4);
	char text[64];

	for (size_t i = 0; i < bytes.len; i++) {
		first = (first ^ (unsigned char)bytes.ptr[i]) * UINT64_C(0x100000001b3);
		second = (second + (unsigned char)bytes.ptr[i]) * UINT64_C(0x100000001b3);
		second ^= second >> 29;
	}
	snprintf(text, sizeof text, "hash-%016" PRIx64 "%016" PRIx64, first, second);
	inflight_bytes_clear(key);
	inflight_bytes_add_text(key, text);
}

const char *
map_line_key(
	const struct map_options *options, struct inflight_span line, struct inflight_bytes *key)
{
	if (options->key_field != NULL) {
		const char *wrong = member_key(line, options->key_field, key);

		if (wrong != NULL)
			return wrong;
	} else {
		if (options->key_number > 0 && !find_field(line, options->key_number, &line))
			return "no such field";
		inflight_bytes_add_span(key, line);
	}
	if (inflight_bytes_len(key) == 0 || inflight_bytes_len(key) > KEY_MAX)
		hash_key(key);
	return NULL;
}

const char *
map_line_params(const struct map_options *options, struct inflight_span line, const char *group,
	const char *op, struct params *ret)
{
	struct inflight_bytes key = {0};
	struct inflight_span msg = line;
	const char *wrong = NULL;

	if (!inflight_text_is_utf8(line))
		wrong = "not valid UTF-8";
	else if (options->json)
		wrong = inflight_text_check(line, INFLIGHT_DEPTH_MAX - 2, &msg);
	if (wrong == NULL)
		wrong = map_line_key(options, line, &key);
	if (wrong == NULL) {
		params_begin(ret);
		params_text(ret, "queue", options->queue);
		params_string(ret, "key", inflight_bytes_span(&key));
		params_text(ret, "op", op);
		params_text(ret, "group", group);
		if (options->json)
			params_json(ret, "msg", msg);
		else
			params_string(ret, "msg", msg);
		params_end(ret);
	}
	need_memory(&key);
	inflight_bytes_fini(&key);
	return wrong;
}
