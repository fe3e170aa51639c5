/* Params as text. The buffer belongs to the caller's struct. */
#include <config.h>

#include "cli/params.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cli/report.h"
#include "client/text.h"
#include "inflight.h"

/*
 * The params that are text whatever they look like: a queue may be called 123 and a key may be
 * true. An integer key is the same key as the string of its digits, so nothing is lost.
 */
static const char *const text_params[] = {
	"after", "group", "key", "op", "prefix", "queue", "set", "state", "token"};

void
params_begin(struct params *params)
{
	inflight_bytes_clear(&params->text);
	inflight_bytes_add_text(&params->text, "{");
}

void
params_end(struct params *params)
{
	inflight_bytes_add_text(&params->text, "}");
	need_memory(&params->text);
}

void
params_fini(struct params *params)
{
	inflight_bytes_fini(&params->text);
}

static void
add_name(struct params *params, struct inflight_span name)
{
	if (inflight_bytes_len(&params->text) > 1)
		inflight_bytes_add_text(&params->text, ",");
	inflight_text_quote(name, &params->text);
	inflight_bytes_add_text(&params->text, ":");
}

static struct inflight_span
span_of(const char *text)
{
	return (struct inflight_span){text, strlen(text)};
}

void
params_string(struct params *params, const char *name, struct inflight_span value)
{
	add_name(params, span_of(name));
	inflight_text_quote(value, &params->text);
}

void
params_text(struct params *params, const char *name, const char *value)
{
	params_string(params, name, span_of(value));
}

void
params_int(struct params *params, const char *name, int64_t value)
{
	char digits[24];

	snprintf(digits, sizeof digits, "%" PRId64, value);
	params_json(params, name, span_of(digits));
}

void
params_json(struct params *params, const char *name, struct inflight_span value)
{
	add_name(params, span_of(name));
	inflight_bytes_add_span(&params->text, value);
}

bool
params_read_file(const char *path, struct inflight_bytes *out)
{
	bool standard = strcmp(path, "-") == 0;
	FILE *file = standard ? stdin : fopen(path, "re");
	size_t len;

	if (file == NULL) {
		report("cannot read %s: %s", path, strerror(errno));
		return false;
	}
	do {
		char *room = inflight_bytes_reserve(out, 65536);

		need_memory(out);
		len = fread(room, 1, 65536, file);
		out->end += len;
	} while (len > 0);
	if (ferror(file)) {
		report("cannot read %s: %s", path, strerror(errno));
		if (!standard)
			fclose(file);
		return false;
	}
	if (!standard)
		fclose(file);
	return true;
}

static bool
is_text_param(struct inflight_span name)
{
	for (size_t i = 0; i < sizeof text_params / sizeof text_params[0]; i++) {
		if (inflight_text_is(name, text_params[i]))
			return true;
	}
	return false;
}

bool
params_value(struct params *params, struct inflight_span name, struct inflight_span value,
	enum params_as as)
{
	struct inflight_span json;
	const char *wrong = "text";

	if (as != AS_TEXT)
		wrong = inflight_text_check(value, INFLIGHT_DEPTH_MAX - 2, &json);
	if (wrong == NULL) {
		add_name(params, name);
		inflight_bytes_add_span(&params->text, json);
		return true;
	}
	if (as != AS_JSON && inflight_text_is_utf8(value)) {
		add_name(params, name);
		inflight_text_quote(value, &params->text);
		return true;
	}
	report("%.*s: %s", (int)name.len, name.ptr, as == AS_JSON ? wrong : "not valid UTF-8");
	return false;
}

bool
params_argument(struct params *params, const char *argument)
{
	const char *equals = strchr(argument, '=');
	struct inflight_bytes content = {0};
	struct inflight_span name;
	struct inflight_span value;
	enum params_as as = AS_FITTING;
	bool is_json;
	bool is_file;
	bool ok;

	if (equals == NULL || equals == argument || !inflight_text_is_utf8(span_of(argument)))
		return report("%s: an argument has the form name=value", argument), false;
	is_json = equals[-1] == ':';
	name = (struct inflight_span){argument, (size_t)(equals - argument) - is_json};
	value = span_of(equals + 1);
	is_file = value.len > 0 && value.ptr[0] == '@';
	if (is_file) {
		if (!params_read_file(value.ptr + 1, &content)) {
			inflight_bytes_fini(&content);
			return false;
		}
		value = inflight_bytes_span(&content);
		if (!is_json && value.len > 0 && value.ptr[value.len - 1] == '\n')
			value.len--;
	}
	if (is_json)
		as = AS_JSON;
	else if (is_file || is_text_param(name))
		as = AS_TEXT;
	ok = params_value(params, name, value, as);
	inflight_bytes_fini(&content);
	return ok;
}
