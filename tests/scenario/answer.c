/*
 * Answers and what is wanted of them; see answer.h. The numbers of the errors
 * are written down here once more, from the contract, not taken from the code.
 */
#include <config.h>

#include "scenario/answer.h"

#include "base/alloc.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
	const char *name;
	const char *code; /* with the mark of a number */
} codes[] = {
	{"parse_error", "\001-32700"},
	{"invalid_request", "\001-32600"},
	{"line_too_long", "\001-32600"},
	{"batch_too_large", "\001-32600"},
	{"method_not_found", "\001-32601"},
	{"invalid_params", "\001-32602"},
	{"internal", "\001-32603"},
	{"saturated_depth", "\001-32001"},
	{"saturated_width", "\001-32002"},
	{"queue_closed", "\001-32003"},
	{"no_such_queue", "\001-32004"},
	{"queue_exists", "\001-32005"},
	{"queue_busy", "\001-32006"},
	{"lease_lost", "\001-32007"},
	{"no_such_op", "\001-32008"},
	{"op_busy", "\001-32009"},
	{"no_such_group", "\001-32011"},
	{"group_exists", "\001-32012"},
	{"group_sealed", "\001-32013"},
	{"limit", "\001-32020"},
	{"draining", "\001-32021"},
	{"unauthorized", "\001-32030"},
	{"unavailable", "\001-32040"},
	{"unknown_outcome", "\001-32041"},
};

static bool
fail(char *error, const char *what)
{
	snprintf(error, WHY_SIZE, "%s", what);
	return false;
}

/* ---- the form of answers ----------------------------------------------- */

static const char *
string_of(const json_t *object, const char *name)
{
	return json_string_value(json_object_get(object, name));
}

static bool
is_error_number(const char *name, const char *code)
{
	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++)
		if (strcmp(codes[i].name, name) == 0)
			return strcmp(codes[i].code, code) == 0;
	return false;
}

static bool
check_strict(const json_t *json, char *error)
{
	const json_t *failure = json_object_get(json, "error");
	const json_t *data = json_object_get(failure, "data");
	const char *code = string_of(failure, "code");

	if (json_object_size(json) != 3 || json_object_get(json, "id") == NULL ||
		strcmp(string_of(json, "jsonrpc"), "2.0") != 0)
		return fail(error, "not the form of a strict answer");
	if (failure == NULL)
		return json_is_object(json_object_get(json, "result")) ||
		       fail(error, "a result that is no object");
	if (json_object_size(failure) != 3 || code == NULL ||
		string_of(failure, "message") == NULL || string_of(data, "code") == NULL)
		return fail(error, "not the form of a strict error");
	return is_error_number(string_of(data, "code"), code) ||
	       fail(error, "the error's number is not that of its name");
}

static bool
check_plain(const json_t *json, char *error)
{
	const json_t *result = json_object_get(json, "result");
	const json_t *failure = json_object_get(json, "error");
	size_t size = json_object_get(json, "id") == NULL ? 2 : 3;

	if (json_object_size(json) != size || result == NULL || failure == NULL)
		return fail(error, "not the form of a plain answer");
	if (json_is_object(result) && json_is_null(failure))
		return true;
	if (json_is_null(result) && json_is_string(failure) &&
		strstr(json_string_value(failure), ": ") != NULL)
		return true;
	return fail(error, "neither a plain result nor a plain error");
}

static bool
check_one(const json_t *json, char *error)
{
	if (!json_is_object(json))
		return fail(error, "not an object");
	if (json_is_string(json_object_get(json, "jsonrpc")))
		return check_strict(json, error);
	return check_plain(json, error);
}

static bool
check_form(const json_t *json, char *error)
{
	size_t i;
	json_t *element;

	if (!json_is_array(json))
		return check_one(json, error);
	if (json_array_size(json) == 0)
		return fail(error, "an empty batch for an answer");
	json_array_foreach(json, i, element) if (!check_one(element, error)) return false;
	return true;
}

struct answer *
answer_new(struct span line, char *error)
{
	json_t *json = expect_parse(line.ptr, line.len, error);
	struct answer *answer;

	if (json == NULL)
		return NULL;
	if (!check_form(json, error)) {
		json_decref(json);
		return NULL;
	}
	answer = xcalloc(1, sizeof(*answer));
	list_node_init(&answer->node);
	answer->line = xstrndup(line.ptr, line.len);
	answer->json = json;
	return answer;
}

void
answer_free(struct answer *answer)
{
	free(answer->line);
	json_decref(answer->json);
	free(answer);
}

/* ---- what is wanted ---------------------------------------------------- */

bool
wanted_init(struct wanted *wanted, const struct step *step, const char *text, char *error)
{
	const char *end = text;

	*wanted = (struct wanted){.kind = step->kind};
	if (step->id != NULL) {
		wanted->id = expect_parse(step->id, strlen(step->id), error);
		if (wanted->id == NULL)
			return false;
	}
	if (step->kind != STEP_ERROR) {
		wanted->json = expect_parse(text, strlen(text), error);
		if (wanted->json == NULL)
			wanted_fini(wanted);
		else if (step->kind == STEP_ANSWER)
			wanted->id = json_incref(json_object_get(wanted->json, "id"));
		return wanted->json != NULL;
	}
	while (isalpha((unsigned char)*end) || *end == '_')
		end++;
	wanted->name = xstrndup(text, (size_t)(end - text));
	wanted->message = xstrdup(*end == ' ' ? end + 1 : end);
	return true;
}

void
wanted_fini(struct wanted *wanted)
{
	json_decref(wanted->json);
	json_decref(wanted->id);
	free(wanted->name);
	free(wanted->message);
	*wanted = (struct wanted){.kind = wanted->kind};
}

/* A strict answer to what nobody could read has the id null. */
static bool
has_no_id(const struct answer *answer)
{
	const json_t *id = json_object_get(answer->json, "id");

	return id == NULL || (json_is_null(id) && json_object_get(answer->json, "jsonrpc") != NULL);
}

bool
wanted_may_be(const struct wanted *wanted, const struct answer *answer)
{
	if (wanted->kind == STEP_ANSWER && json_is_array(wanted->json))
		return json_is_array(answer->json);
	if (wanted->id == NULL)
		return json_is_object(answer->json) && has_no_id(answer);
	return json_equal(wanted->id, json_object_get(answer->json, "id")) != 0;
}

static bool
match_error(const struct wanted *wanted, const struct answer *answer, char *error)
{
	const json_t *failure = json_object_get(answer->json, "error");
	const char *name = json_string_value(failure);
	const char *message;
	size_t len = strlen(wanted->name);

	if (json_is_object(failure)) {
		name = string_of(json_object_get(failure, "data"), "code");
		message = string_of(failure, "message");
		if (strcmp(name, wanted->name) != 0)
			return fail(error, "another error");
	} else {
		if (name == NULL || strncmp(name, wanted->name, len) != 0 ||
			strncmp(name + len, ": ", 2) != 0)
			return fail(error, "another error");
		message = name + len + 2;
	}
	return strstr(message, wanted->message) != NULL ||
	       fail(error, "the message does not contain what is wanted");
}

bool
wanted_match(const struct wanted *wanted, struct bindings *bindings, const struct answer *answer,
	bool any_order, char *error)
{
	if (wanted->kind == STEP_ANSWER)
		return expect_match(bindings, wanted->json, answer->json, any_order, error);
	if (!wanted_may_be(wanted, answer))
		return fail(error, "another id");
	if (wanted->kind == STEP_ERROR)
		return match_error(wanted, answer, error);
	return expect_match(
		bindings, wanted->json, json_object_get(answer->json, "result"), false, error);
}
