/* Sets. A set owns the reply it was read from, and its key's text. */
#include <config.h>

#include "cli/set.h"

#include <stdlib.h>
#include <string.h>

#include "cli/report.h"
#include "client/text.h"

/* New C text of a string value. */
static char *
text_of(struct inflight_span value)
{
	struct inflight_bytes text = {0};

	inflight_text_unquote(value, &text);
	inflight_bytes_add(&text, "", 1);
	need_memory(&text);
	return text.data;
}

bool
set_read(struct set *set, struct inflight_reply *reply, bool *ret_odd)
{
	struct inflight_span result;
	struct inflight_span lease;
	struct set read = {.reply = reply};

	result.ptr = inflight_reply_text(reply, &result.len);
	*ret_odd = false;
	if (inflight_text_member(result, "set", &read.token) &&
		inflight_text_is(read.token, "null"))
		return false;
	*ret_odd = true;
	if (read.token.len < 2 || read.token.ptr[0] != '"' ||
		!inflight_text_member(result, "key", &read.key) || read.key.ptr[0] != '"' ||
		!inflight_text_member(result, "ops", &read.ops) || read.ops.ptr[0] != '[' ||
		!inflight_text_member(result, "fence", &read.fence) ||
		!inflight_text_member(result, "attempt", &read.attempt) ||
		!inflight_text_member(result, "lease_ms", &lease) ||
		!inflight_text_int(lease, &read.lease_ms) || read.lease_ms < 0)
		return false;
	read.op_count = inflight_text_count(read.ops);
	if (read.op_count == 0)
		return false;
	if (read.token.len == 2)
		read.lease_ms = 0;
	read.key_text = text_of(read.key);
	*ret_odd = false;
	*set = read;
	return true;
}

void
set_clear(struct set *set)
{
	inflight_reply_free(set->reply);
	free(set->key_text);
	*set = (struct set){0};
}

static void
add_member(struct inflight_bytes *out, const char *before, struct inflight_span value)
{
	inflight_bytes_add_text(out, before);
	inflight_bytes_add_span(out, value);
}

void
set_write_input(const struct set *set, struct inflight_bytes *out)
{
	struct inflight_walk walk;
	struct inflight_span name;
	struct inflight_span op;

	inflight_walk_init(&walk, set->ops);
	while (inflight_walk_next(&walk, &name, &op)) {
		struct inflight_span value;

		if (!inflight_text_member(op, "op", &value))
			value = (struct inflight_span){"null", 4};
		add_member(out, "{\"op\":", value);
		if (!inflight_text_member(op, "msg", &value))
			value = (struct inflight_span){"null", 4};
		add_member(out, ",\"msg\":", value);
		if (inflight_text_member(op, "group", &value))
			add_member(out, ",\"group\":", value);
		add_member(out, ",\"key\":", set->key);
		inflight_bytes_add_text(out, "}\n");
	}
	need_memory(out);
}

/* Takes the next line off `output`; false where there is none. */
static bool
next_line(struct inflight_span *output, struct inflight_span *ret)
{
	const char *end;

	if (output->len == 0)
		return false;
	end = memchr(output->ptr, '\n', output->len);
	if (end == NULL)
		end = output->ptr + output->len;
	*ret = (struct inflight_span){output->ptr, (size_t)(end - output->ptr)};
	output->ptr = end;
	output->len -= ret->len;
	if (output->len > 0) {
		output->ptr++;
		output->len--;
	}
	return true;
}

static size_t
count_lines(struct inflight_span output)
{
	struct inflight_span line;
	size_t count = 0;

	while (next_line(&output, &line))
		count++;
	return count;
}

/* Adds a line as JSON: as it is, or as a string. */
static const char *
add_line(struct inflight_bytes *out, struct inflight_span line)
{
	struct inflight_span value;
	const char *wrong = inflight_text_check(line, INFLIGHT_DEPTH_MAX - 4, &value);

	if (wrong == NULL)
		inflight_bytes_add_span(out, value);
	else if (inflight_text_is_utf8(line))
		inflight_text_quote(line, out);
	else
		return "its output is not valid UTF-8";
	return NULL;
}

/* Adds {"<op>":{"result":<line>},...}. */
static const char *
add_results(const struct set *set, struct inflight_span output, struct inflight_bytes *out)
{
	struct inflight_walk walk;
	struct inflight_span name;
	struct inflight_span op;
	struct inflight_span line;
	const char *wrong = NULL;
	const char *before = "{";

	inflight_walk_init(&walk, set->ops);
	while (wrong == NULL && inflight_walk_next(&walk, &name, &op) &&
		next_line(&output, &line)) {
		struct inflight_span id;

		if (!inflight_text_member(op, "op", &id) || id.ptr[0] != '"')
			return "an op has no id";
		add_member(out, before, id);
		inflight_bytes_add_text(out, ":{\"result\":");
		wrong = add_line(out, line);
		inflight_bytes_add_text(out, "}");
		before = ",";
	}
	inflight_bytes_add_text(out, "}");
	return wrong;
}

const char *
set_finish_params(const struct set *set, struct inflight_span output, struct params *ret)
{
	struct inflight_bytes value = {0};
	struct inflight_span line;
	size_t lines = count_lines(output);
	const char *wrong = NULL;

	if (lines > 1 && lines != set->op_count)
		return "it printed neither one line, nor one for each op, nor none";
	params_begin(ret);
	params_json(ret, "set", set->token);
	if (lines == 1 && next_line(&output, &line)) {
		wrong = add_line(&value, line);
		params_json(ret, "result", inflight_bytes_span(&value));
	} else if (lines > 1) {
		wrong = add_results(set, output, &value);
		params_json(ret, "results", inflight_bytes_span(&value));
	}
	need_memory(&value);
	inflight_bytes_fini(&value);
	params_end(ret);
	return wrong;
}
