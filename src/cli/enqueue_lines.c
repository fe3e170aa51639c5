/* See enqueue_lines.h. Requests and their lines stand in a ring, the oldest first. */
#include <config.h>

#include "cli/enqueue_lines.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cli/hint.h"
#include "cli/map.h"
#include "cli/report.h"
#include "cli/request.h"
#include "cli/show.h"
#include "cli/usage.h"
#include "cli/verb.h"
#include "client/text.h"

#define WINDOW 256 /* most requests without an answer */
#define LINE_MAX_HERE                                                               \
	(64 * 1024 * 1024) /* what no daemon takes; it says itself what is too long \
			    */

struct pending {
	uint64_t id;
	uint64_t line;
};

struct lines {
	const struct common *common;
	const struct arguments *args;
	enum params_as as;
	struct map_options keys; /* how a line's key is found */
	struct inflight *client;
	struct input input;
	struct params params;
	struct pending pending[WINDOW];
	size_t first;
	size_t count; /* of them */
	uint64_t line;
	uint64_t enqueued;
	uint64_t new_sets;
	uint64_t duplicates;
	uint64_t failed; /* refused, or not sent at all */
};

static void
line_fails(struct lines *lines, const char *why)
{
	report("line %" PRIu64 ": %s", lines->line, why);
	lines->failed++;
}

static bool
has(struct inflight_span result, const char *name)
{
	struct inflight_span value;

	return inflight_text_member(result, name, &value) && inflight_text_is(value, "true");
}

static int
take_reply(struct lines *lines, uint64_t line, const struct inflight_reply *reply)
{
	struct inflight_span result;
	char what[40];

	result.ptr = inflight_reply_text(reply, &result.len);
	if (result.ptr == NULL) {
		snprintf(what, sizeof what, "line %" PRIu64, line);
		report_error(what, reply);
		if (lines->failed++ == 0)
			hint_error(lines->client, "enqueue",
				inflight_bytes_span(&lines->params.text), reply);
		return STATUS_OK;
	}
	lines->enqueued++;
	lines->new_sets += has(result, "new");
	lines->duplicates += has(result, "duplicate");
	return show_wants_table(lines->common->format) ? STATUS_OK : show_json(result);
}

/* Takes answers, the oldest first, until no more than `left` are outstanding. */
static int
take_replies(struct lines *lines, size_t left)
{
	int result = STATUS_OK;

	while (lines->count > left && result == STATUS_OK) {
		const struct pending *oldest = &lines->pending[lines->first];
		struct inflight_reply *reply;
		enum inflight_status status = inflight_receive(
			lines->client, oldest->id, lines->common->timeout_ms, &reply);

		if (status != INFLIGHT_OK) {
			result = report_status(lines->client, status);
			hint_status(lines->client, status);
			break;
		}
		result = take_reply(lines, oldest->line, reply);
		inflight_reply_free(reply);
		lines->first = (lines->first + 1) % WINDOW;
		lines->count--;
	}
	return result;
}

/* Makes the params of a line's op; false, after a report, where the line cannot be one. */
static bool
make_params(struct lines *lines, struct inflight_span line)
{
	const char *key = arguments_text(lines->args, "KEY");
	struct inflight_bytes made = {0};
	const char *wrong = NULL;
	bool ok = false;

	if (!inflight_text_is_utf8(line))
		wrong = "not valid UTF-8";
	else if (key != NULL)
		inflight_bytes_add_text(&made, key);
	else
		wrong = map_line_key(&lines->keys, line, &made);
	need_memory(&made);
	if (wrong != NULL) {
		line_fails(lines, wrong);
	} else {
		params_begin(&lines->params);
		params_text(&lines->params, "queue", arguments_text(lines->args, "QUEUE"));
		params_string(&lines->params, "key", inflight_bytes_span(&made));
		ok = params_value(
			     &lines->params, (struct inflight_span){"msg", 3}, line, lines->as) &&
		     request_options(lines->args, lines->as, &lines->params);
		params_end(&lines->params);
		lines->failed += !ok;
	}
	inflight_bytes_fini(&made);
	return ok;
}

static int
send_line(struct lines *lines, struct inflight_span line)
{
	struct inflight_span text;
	enum inflight_status status;
	struct pending *pending;
	int result;

	lines->line++;
	if (!make_params(lines, line))
		return STATUS_OK;
	result = take_replies(lines, WINDOW - 1);
	if (result != STATUS_OK)
		return result;
	pending = &lines->pending[(lines->first + lines->count) % WINDOW];
	pending->line = lines->line;
	text = inflight_bytes_span(&lines->params.text);
	status = inflight_send_text(lines->client, "enqueue", text.ptr, text.len, &pending->id);
	if (status != INFLIGHT_OK)
		return report_status(lines->client, status);
	lines->count++;
	return STATUS_OK;
}

/* Sends what is there; before it has to wait for more, what was sent is answered. */
static int
send_lines(struct lines *lines)
{
	int result = STATUS_OK;

	while (result == STATUS_OK) {
		struct inflight_span line;

		switch (input_peek(&lines->input, &line)) {
		case INPUT_LINE:
			result = send_line(lines, line);
			input_take(&lines->input, line);
			break;
		case INPUT_TOO_LONG:
			lines->line++;
			line_fails(lines, "longer than any daemon takes");
			input_take(&lines->input, line);
			break;
		case INPUT_HUNGRY:
			result = take_replies(lines, 0);
			if (result == STATUS_OK && !input_read(&lines->input))
				result = STATUS_USAGE;
			break;
		case INPUT_OVER:
			return take_replies(lines, 0);
		}
	}
	return result;
}

/* On a terminal nobody wants to read a thousand results. */
static int
show_sums(const struct lines *lines)
{
	char text[160];
	int len = snprintf(text, sizeof text,
		"{\"enqueued\":%" PRIu64 ",\"new\":%" PRIu64 ",\"duplicate\":%" PRIu64
		",\"failed\":%" PRIu64 "}",
		lines->enqueued, lines->new_sets, lines->duplicates, lines->failed);

	return show_result(FORMAT_TABLE, (struct inflight_span){text, (size_t)len});
}

static int
run(struct lines *lines)
{
	int result;

	lines->client = client_open(lines->common, &result);
	if (lines->client == NULL)
		return result;
	result = send_lines(lines);
	if (result == STATUS_OK && show_wants_table(lines->common->format))
		result = show_sums(lines);
	inflight_free(lines->client);
	inflight_bytes_fini(&lines->input.bytes);
	params_fini(&lines->params);
	return result == STATUS_OK && lines->failed > 0 ? STATUS_REFUSED : result;
}

int
enqueue_lines(const struct common *common, const struct arguments *args, enum params_as as)
{
	const char *key_field = arguments_text(args, "key-field");
	struct lines lines = {
		.common = common,
		.args = args,
		.as = as,
		.input = {.line_max = LINE_MAX_HERE},
	};

	if (key_field != NULL && !map_take_key_field(&lines.keys, key_field))
		return usage_wrong(args->verb);
	if (arguments_text(args, "PAYLOAD") != NULL || arguments_text(args, "op") != NULL) {
		report("with --lines neither PAYLOAD nor --op can be given");
		return usage_wrong(args->verb);
	}
	if (key_field != NULL && arguments_text(args, "KEY") != NULL) {
		report("KEY and --key-field cannot both be given");
		return usage_wrong(args->verb);
	}
	return run(&lines);
}
