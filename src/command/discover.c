/*
 * rpc.discover: the OpenRPC document, made from the rows of the commands. The
 * one place in this folder that builds a tree.
 */
#include <config.h>

#include <jansson.h>

#include "base/alloc.h"
#include "base/check.h"
#include "command/command.h"
#include "command/gate.h"

#define OPENRPC_VERSION "1.2.6"

/* Errors any request may be answered with are told once for each method too. */
#define COMMON_ERRORS (ERR_BIT(ERR_INVALID_REQUEST) | ERR_BIT(ERR_INVALID_PARAMS))

/* With strings of our own, jansson's functions return NULL or -1 only where memory is out. */
static json_t *
must(json_t *json)
{
	if (json == NULL)
		out_of_memory();
	return json;
}

static void
put(json_t *object, const char *name, json_t *value)
{
	if (json_object_set_new(object, name, value) != 0)
		out_of_memory();
}

static void
push(json_t *array, json_t *value)
{
	if (json_array_append_new(array, value) != 0)
		out_of_memory();
}

static json_t *
type_schema(const char *type)
{
	return must(json_pack("{s:s}", "type", type));
}

/* ---- params ------------------------------------------------------------ */

static json_t *
string_schema(int shortest, int longest)
{
	return must(json_pack(
		"{s:s, s:i, s:i}", "type", "string", "minLength", shortest, "maxLength", longest));
}

/* A string, or an integer that stands for its digits. */
static json_t *
id_schema(int longest)
{
	return must(json_pack(
		"{s:[o, o]}", "oneOf", string_schema(1, longest), type_schema("integer")));
}

static json_t *
number_schema(const struct arg_spec *arg)
{
	return must(json_pack("{s:s, s:I, s:I}", "type", "integer", "minimum", (json_int_t)arg->min,
		"maximum", (json_int_t)arg->max));
}

static json_t *
word_schema(const struct arg_spec *arg)
{
	json_t *words = must(json_array());

	for (const char *const *word = arg->words; *word != NULL; word++)
		push(words, must(json_string(*word)));
	return must(json_pack("{s:s, s:o}", "type", "string", "enum", words));
}

static json_t *
names_schema(void)
{
	return must(json_pack("{s:s, s:o, s:i, s:i}", "type", "array", "items",
		string_schema(1, NAME_MAX_BYTES), "minItems", 1, "maxItems", 64));
}

/* An object with just that member. */
static json_t *
outcome_schema(const char *member)
{
	return must(json_pack("{s:s, s:{s:{}}, s:[s], s:b}", "type", "object", "properties", member,
		"required", member, "additionalProperties", 0));
}

static json_t *
outcomes_schema(void)
{
	return must(json_pack("{s:s, s:{s:[o, o]}}", "type", "object", "additionalProperties",
		"oneOf", outcome_schema("result"), outcome_schema("error")));
}

static json_t *simple_schema(const struct arg_spec *arg);

/* An object with the members of a table; they are simple, so this nests once. */
static json_t *
members_schema(const struct arg_spec *members)
{
	json_t *properties = must(json_object());
	json_t *required = must(json_array());

	for (const struct arg_spec *arg = members; arg->name != NULL; arg++) {
		put(properties, arg->name, simple_schema(arg));
		if (arg->required)
			push(required, must(json_string(arg->name)));
	}
	return must(json_pack("{s:s, s:o, s:o, s:b}", "type", "object", "properties", properties,
		"required", required, "additionalProperties", 0));
}

static json_t *
simple_schema(const struct arg_spec *arg)
{
	switch (arg->type) {
	case ARG_NAME:
	case ARG_TOKEN:
		return string_schema(1, NAME_MAX_BYTES);
	case ARG_TEXT:
		return string_schema(0, NAME_MAX_BYTES);
	case ARG_KEY:
		return id_schema(KEY_MAX_BYTES);
	case ARG_ID:
		return id_schema(NAME_MAX_BYTES);
	case ARG_MS:
	case ARG_COUNT:
		return number_schema(arg);
	case ARG_BOOL:
		return type_schema("boolean");
	case ARG_WORD:
		return word_schema(arg);
	case ARG_NAMES:
		return names_schema();
	case ARG_OUTCOMES:
		return outcomes_schema();
	case ARG_JSON:
	case ARG_OBJECT: /* see param_schema() */
		return must(json_object());
	}
	UNREACHABLE();
}

static json_t *
param_schema(const struct arg_spec *arg)
{
	json_t *schema =
		arg->type == ARG_OBJECT ? members_schema(arg->members) : simple_schema(arg);

	if (arg->fallback != NULL)
		put(schema, "default", must(json_loads(arg->fallback, JSON_DECODE_ANY, NULL)));
	return schema;
}

static json_t *
params_of(const struct command *command)
{
	json_t *params = must(json_array());

	for (const struct arg_spec *arg = command->args; arg->name != NULL; arg++)
		push(params, must(json_pack("{s:s, s:s*, s:b, s:o}", "name", arg->name,
				     "description", arg->summary, "required", (int)arg->required,
				     "schema", param_schema(arg))));
	return params;
}

/* ---- results ----------------------------------------------------------- */

static json_t *result_schema(const struct result_member *members, int depth);

static json_t *
member_schema(const struct result_member *member, int depth)
{
	switch (member->type) {
	case MEMBER_STRING:
		return type_schema("string");
	case MEMBER_STRING_OR_NULL:
		return must(json_pack("{s:[s, s]}", "type", "string", "null"));
	case MEMBER_INTEGER:
		return type_schema("integer");
	case MEMBER_BOOL:
		return type_schema("boolean");
	case MEMBER_JSON:
		return must(json_object());
	case MEMBER_STRINGS:
		return must(
			json_pack("{s:s, s:{s:s}}", "type", "array", "items", "type", "string"));
	case MEMBER_OBJECT:
		return result_schema(member->members, depth + 1);
	case MEMBER_OBJECTS:
		return must(json_pack("{s:s, s:o}", "type", "array", "items",
			result_schema(member->members, depth + 1)));
	}
	UNREACHABLE();
}

/* Tables nest as deep as we wrote them, three levels. */
static json_t *
result_schema(const struct result_member *members, int depth)
{
	json_t *properties = must(json_object());
	json_t *required = must(json_array());

	CHECK(depth < 4);
	for (const struct result_member *member = members; member->name != NULL; member++) {
		put(properties, member->name, member_schema(member, depth));
		if (!member->optional)
			push(required, must(json_string(member->name)));
	}
	return must(json_pack("{s:s, s:o, s:o}", "type", "object", "properties", properties,
		"required", required));
}

/* ---- the document ------------------------------------------------------ */

static json_t *
errors_of(const struct command *command, bool is_open)
{
	uint32_t errors = command->errors | COMMON_ERRORS;
	json_t *list = must(json_array());

	if (!is_open && (command->permit & PERMIT_ANYONE) == 0)
		errors |= ERR_BIT(ERR_UNAUTHORIZED);
	for (int err = ERR_NONE + 1; err < ERR_COUNT; err++) {
		const char *name = err_name((enum err)err);

		if ((errors & ERR_BIT(err)) != 0)
			push(list, must(json_pack("{s:i, s:s, s:{s:s}}", "code",
					   err_code((enum err)err), "message", name, "data", "code",
					   name)));
	}
	return list;
}

static json_t *
method_of(const struct command *command, bool is_open)
{
	return must(json_pack("{s:s, s:s, s:s, s:o, s:{s:s, s:o}, s:o}", "name", command->name,
		"summary", command->summary, "paramStructure", "either", "params",
		params_of(command), "result", "name", "result", "schema",
		result_schema(command->result, 0), "errors", errors_of(command, is_open)));
}

static int
append(const char *data, size_t len, void *arg)
{
	buf_append(arg, data, len);
	return 0;
}

void
discover_write(struct buf *out, const struct service *service)
{
	json_t *methods = must(json_array());
	const struct command *command;
	json_t *document;

	for (size_t i = 0; (command = command_at(i)) != NULL; i++)
		if (command_is_offered(command, service))
			push(methods, method_of(command, gate_is_open(service)));
	document = must(json_pack("{s:s, s:{s:s, s:s, s:s}, s:o}", "openrpc", OPENRPC_VERSION,
		"info", "title", "inflightd", "version", PACKAGE_VERSION, "description",
		"A coalescing queue daemon: JSON-RPC 2.0, one request or batch on a line.",
		"methods", methods));
	if (json_dump_callback(document, append, out, JSON_COMPACT) != 0)
		out_of_memory();
	json_decref(document);
}
