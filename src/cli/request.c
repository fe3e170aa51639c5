/* See request.h. The connection lives for one request. */
#include <config.h>

#include "cli/request.h"

#include <stdio.h>
#include <string.h>

#include "cli/hint.h"
#include "cli/report.h"
#include "cli/show.h"
#include "cli/value.h"
#include "cli/verb.h"
#include "client/text.h"

/* ---- params -------------------------------------------------------------- */

static struct inflight_span
span_of(const char *text)
{
	return (struct inflight_span){text, strlen(text)};
}

/* A value that may be JSON; "-" is what standard input has. */
static bool
add_json(struct params *params, const char *name, const char *value, enum params_as as)
{
	struct inflight_bytes content = {0};
	struct inflight_span text = span_of(value);
	bool ok = true;

	if (strcmp(value, "-") == 0) {
		ok = params_read_file(value, &content);
		text = inflight_bytes_span(&content);
		/* The last line end is the file's, not the text's. */
		if (text.len > 0 && text.ptr[text.len - 1] == '\n')
			text.len--;
	}
	ok = ok && params_value(params, span_of(name), text, as);
	inflight_bytes_fini(&content);
	return ok;
}

static bool
add_value(struct params *params, const struct verb_arg *row, const char *value, enum params_as as)
{
	int64_t number = 0;

	switch (row->kind) {
	case VALUE_TEXT:
	case VALUE_WORD:
		params_text(params, row->param, value);
		return true;
	case VALUE_JSON:
		return add_json(params, row->param, value, as);
	case VALUE_COUNT:
	case VALUE_MS:
		value_number(row, value, &number);
		params_int(params, row->param, number);
		return true;
	case VALUE_FLAG:
		params_json(params, row->param, span_of(value));
		return true;
	}
	return false;
}

/* Several names where the method takes one go into the param of the plural: queue, queues. */
static void
add_names(struct params *params, const char *param, const char *const *names)
{
	struct inflight_bytes list = {0};
	char plural[32];

	snprintf(plural, sizeof plural, "%ss", param);
	for (size_t i = 0; names[i] != NULL; i++) {
		inflight_bytes_add_text(&list, i == 0 ? "[" : ",");
		inflight_text_quote(span_of(names[i]), &list);
	}
	inflight_bytes_add_text(&list, "]");
	need_memory(&list);
	params_json(params, plural, inflight_bytes_span(&list));
	inflight_bytes_fini(&list);
}

static bool
add_operands(const struct arguments *args, enum params_as as, struct params *params)
{
	const struct verb_arg *rows = args->verb->operands;

	for (size_t i = 0; i < args->operand_count; i++) {
		if (rows[i].many && args->operand_count > i + 1) {
			add_names(params, rows[i].param, args->operands + i);
			return true;
		}
		if (!add_value(params, &rows[i], args->operands[i], as))
			return false;
	}
	return true;
}

bool
request_options(const struct arguments *args, enum params_as as, struct params *params)
{
	const struct verb_arg *rows = args->verb->options;

	for (size_t i = 0; rows != NULL && rows[i].name != NULL; i++) {
		if (args->options[i] == NULL || rows[i].param == NULL)
			continue;
		if (!add_value(params, &rows[i], args->options[i], as))
			return false;
	}
	return true;
}

bool
request_params(const struct arguments *args, enum params_as as, struct params *params)
{
	return add_operands(args, as, params) && request_options(args, as, params);
}

/* ---- the request --------------------------------------------------------- */

int
request_show(const struct common *common, struct inflight *client, const char *method,
	const struct params *params, const struct inflight_reply *reply)
{
	struct inflight_span result;

	result.ptr = inflight_reply_text(reply, &result.len);
	if (result.ptr != NULL)
		return show_result(common->format, result);
	report_error(NULL, reply);
	hint_error(client, method, inflight_bytes_span(&params->text), reply);
	return STATUS_REFUSED;
}

int
request_run(const struct common *common, const char *method, const struct params *params)
{
	struct inflight_span text = inflight_bytes_span(&params->text);
	struct inflight_reply *reply;
	enum inflight_status status;
	int result;
	struct inflight *client = client_open(common, &result);

	if (client == NULL)
		return result;
	status = inflight_call_text(client, method, text.ptr, text.len, common->timeout_ms, &reply);
	if (status == INFLIGHT_OK) {
		result = request_show(common, client, method, params, reply);
		inflight_reply_free(reply);
	} else {
		result = report_status(client, status);
		hint_status(client, status);
	}
	inflight_free(client);
	return result;
}

int
run_method(const struct common *common, const struct arguments *args)
{
	struct params params = {0};
	int result = STATUS_USAGE;
	bool ok;

	params_begin(&params);
	ok = request_params(args, AS_FITTING, &params);
	params_end(&params);
	if (ok)
		result = request_run(common, args->verb->method, &params);
	params_fini(&params);
	return result;
}
