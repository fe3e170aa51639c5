/*
 * The envelope: which members of the outer object are the request's own, and
 * whether they are what they must be in the dialect it is written in.
 */
#include <config.h>

#include "command/envelope.h"

#include <stdio.h>

#include "base/check.h"

#define MESSAGE_ROOM 200

enum word { WORD_JSONRPC, WORD_METHOD, WORD_ID, WORD_PARAMS, WORD_OTHER };

/* What a flat request's params are not. */
static const struct span plain_words[] = {{"method", 6}, {"id", 2}, {"params", 6}, {NULL, 0}};

/* The members found, by word. */
struct found {
	struct member *at[WORD_OTHER];
	struct member *twice; /* one that stands there a second time */
	struct member *other; /* the first that is none of the words */
};

static enum word
word_of(const struct value *name)
{
	if (value_equals(name, SPAN("id")))
		return WORD_ID;
	if (value_equals(name, SPAN("method")))
		return WORD_METHOD;
	if (value_equals(name, SPAN("params")))
		return WORD_PARAMS;
	if (value_equals(name, SPAN("jsonrpc")))
		return WORD_JSONRPC;
	return WORD_OTHER;
}

static void
find_members(struct members *outer, struct found *ret)
{
	size_t count = outer->count < SCAN_MEMBERS_MAX ? outer->count : SCAN_MEMBERS_MAX;

	*ret = (struct found){.twice = NULL};
	for (size_t i = 0; i < count; i++) {
		struct member *member = &outer->at[i];
		enum word word = word_of(&member->name);

		if (word == WORD_OTHER) {
			if (ret->other == NULL)
				ret->other = member;
		} else if (ret->at[word] == NULL) {
			ret->at[word] = member;
		} else if (ret->twice == NULL) {
			ret->twice = member;
		}
	}
}

static bool
is_id(const struct value *value)
{
	return value->type == VALUE_STRING || value->type == VALUE_INTEGER ||
	       value->type == VALUE_REAL || value->type == VALUE_NULL;
}

/* Says what is wrong about one member, named as it was sent (in its quotes). */
static bool
wrong(char *message, const struct member *member, const char *what)
{
	struct span name = member->name.text;

	(void)snprintf(message, MESSAGE_ROOM, "%.*s %s", name.len > 100 ? 100 : (int)name.len,
		name.ptr, what);
	return false;
}

/* What both dialects ask of the envelope. */
static bool
check_common(const struct found *found, char *message)
{
	const struct member *method = found->at[WORD_METHOD];
	const struct member *id = found->at[WORD_ID];

	if (found->twice != NULL)
		return wrong(message, found->twice, "stands in the request twice");
	if (method == NULL) {
		(void)snprintf(message, MESSAGE_ROOM, "the request has no \"method\"");
		return false;
	}
	if (method->value.type != VALUE_STRING)
		return wrong(message, method, "must be a string");
	if (id != NULL && !is_id(&id->value))
		return wrong(message, id, "must be a string, a number or null");
	return true;
}

static bool
read_strict(const struct found *found, struct envelope *ret, char *message)
{
	const struct member *jsonrpc = found->at[WORD_JSONRPC];
	const struct member *id = found->at[WORD_ID];
	const struct member *params = found->at[WORD_PARAMS];

	/* For the answer, should there be anything wrong. */
	if (id != NULL && is_id(&id->value) &&
		(found->twice == NULL || word_of(&found->twice->name) != WORD_ID))
		ret->id = id->value.text;
	if (jsonrpc == NULL) {
		(void)snprintf(message, MESSAGE_ROOM, "\"jsonrpc\" must be \"2.0\" in a batch");
		ret->id = span_make(NULL, 0);
		return false;
	}
	if (!check_common(found, message))
		return false;
	if (jsonrpc->value.type != VALUE_STRING || !value_equals(&jsonrpc->value, SPAN("2.0")))
		return wrong(message, jsonrpc, "must be \"2.0\"");
	if (found->other != NULL)
		return wrong(message, found->other, "is no member of a request");
	ret->form = PARAMS_NONE;
	if (params == NULL)
		return true;
	if (params->value.type != VALUE_OBJECT && params->value.type != VALUE_ARRAY)
		return wrong(message, params, "must be an object or an array");
	ret->form = params->value.type == VALUE_OBJECT ? PARAMS_BY_NAME : PARAMS_BY_POSITION;
	return true;
}

static bool
read_plain(const struct found *found, struct envelope *ret, char *message)
{
	const struct member *id = found->at[WORD_ID];
	const struct member *params = found->at[WORD_PARAMS];

	if (!check_common(found, message))
		return false;
	if (id != NULL)
		ret->id = id->value.text;
	ret->form = found->other != NULL ? PARAMS_FLAT : PARAMS_NONE;
	if (params == NULL || params->value.type == VALUE_NULL)
		return true;
	if (params->value.type != VALUE_OBJECT && params->value.type != VALUE_ARRAY) {
		ret->id = span_make(NULL, 0);
		return wrong(message, params, "must be an object or an array");
	}
	if (found->other != NULL)
		ret->stray = found->other->name;
	ret->form = params->value.type == VALUE_OBJECT ? PARAMS_BY_NAME : PARAMS_BY_POSITION;
	return true;
}

bool
envelope_read(struct scan *scan, bool in_batch, struct envelope *ret, char *message)
{
	struct found found;
	bool good;

	find_members(&scan->outer, &found);
	*ret = (struct envelope){.strict = in_batch || found.at[WORD_JSONRPC] != NULL};
	if (scan->outer.count > SCAN_MEMBERS_MAX) {
		(void)snprintf(message, MESSAGE_ROOM, "the request has too many members");
		return false;
	}
	good = ret->strict ? read_strict(&found, ret, message) : read_plain(&found, ret, message);
	if (good)
		ret->method = found.at[WORD_METHOD]->value;
	return good;
}

/* ---- params ------------------------------------------------------------ */

/* The members of an object that was scanned before, where the scanner did not record them. */
static void
collect_members(struct value object, struct members *ret)
{
	struct member member;
	struct walk walk;

	ret->count = 0;
	walk_init(&walk, object);
	while (walk_next(&walk, &member)) {
		if (ret->count < SCAN_MEMBERS_MAX)
			ret->at[ret->count] = member;
		ret->count++;
	}
}

/* Clients of JSON-RPC 1.0 send everything as an array of one. */
static enum params_form
unwrap(struct members *elements)
{
	struct value only = elements->at[0].value;

	if (elements->count != 1)
		return PARAMS_BY_POSITION;
	if (only.type == VALUE_NULL)
		return PARAMS_NONE;
	if (only.type != VALUE_OBJECT)
		return PARAMS_BY_POSITION;
	collect_members(only, elements);
	return PARAMS_BY_NAME;
}

static bool
refuse_stray(struct value name, struct args_error *error)
{
	struct span text = name.text;

	(void)snprintf(error->message, sizeof(error->message),
		"%.*s stands beside \"params\"; use one or the other",
		text.len > 100 ? 100 : (int)text.len, text.ptr);
	error->param = name.escaped ? value_unescape(&name) : span_make(text.ptr + 1, text.len - 2);
	return false;
}

bool
envelope_params(struct scan *scan, const struct envelope *envelope, const struct arg_spec *specs,
	void (*arrange)(struct members *elements), struct arg *ret, struct args_error *error)
{
	enum params_form form = envelope->form;

	if (envelope->stray.type != VALUE_NONE)
		return refuse_stray(envelope->stray, error);
	if (form == PARAMS_BY_POSITION && !envelope->strict)
		form = unwrap(&scan->expanded);
	switch (form) {
	case PARAMS_NONE:
		return args_from_nothing(specs, ret, error);
	case PARAMS_BY_NAME:
		return args_from_object(specs, &scan->expanded, NULL, ret, error);
	case PARAMS_FLAT:
		return args_from_object(specs, &scan->outer, plain_words, ret, error);
	case PARAMS_BY_POSITION:
		if (arrange != NULL)
			arrange(&scan->expanded);
		return args_from_array(specs, &scan->expanded, ret, error);
	}
	UNREACHABLE();
}
