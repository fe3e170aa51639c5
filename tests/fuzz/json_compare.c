/*
 * Builds jansson's values from what the walk over a scanned line tells, and
 * compares them with what jansson itself reads. Nothing outlives a call.
 */
#include <config.h>

#include "json_compare.h"

#include <ctype.h>
#include <jansson.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "base/check.h"
#include "json/scan.h"

/* An open container: what is left of it, and the value under way. */
struct level {
	struct walk walk;
	json_t *made;
};

/* The text of a string, with a NUL behind it. */
static char *
decoded(struct value string, size_t *ret_len)
{
	size_t size = string.text.len;
	char *text = xmalloc(size);
	struct span span;

	CHECK(value_decode(&string, text, size, &span));
	memmove(text, span.ptr, span.len);
	text[span.len] = '\0';
	*ret_len = span.len;
	return text;
}

static json_t *
make_number(struct value value)
{
	char *text = xstrndup(value.text.ptr, value.text.len);
	json_t *made = value.type == VALUE_INTEGER ? json_integer(strtoll(text, NULL, 10))
						   : json_real(strtod(text, NULL));

	free(text);
	return made;
}

/* The value, an empty one for a container. */
static json_t *
make_value(struct value value)
{
	json_t *made = NULL;
	char *text;
	size_t len;

	switch (value.type) {
	case VALUE_NULL:
		return json_null();
	case VALUE_FALSE:
		return json_false();
	case VALUE_TRUE:
		return json_true();
	case VALUE_INTEGER:
	case VALUE_REAL:
		return make_number(value);
	case VALUE_STRING:
		text = decoded(value, &len);
		made = json_stringn_nocheck(text, len);
		free(text);
		return made;
	case VALUE_ARRAY:
		return json_array();
	case VALUE_OBJECT:
		return json_object();
	case VALUE_NONE:
		break;
	}
	UNREACHABLE();
}

/* Puts a member into its container, a repeated one over the one before it as jansson does. */
static void
put(json_t *container, const struct member *member, json_t *made)
{
	char *name;
	size_t len;

	if (json_is_array(container)) {
		CHECK(member->name.type == VALUE_NONE);
		CHECK(json_array_append(container, made) == 0);
		return;
	}
	name = decoded(member->name, &len);
	CHECK(json_object_set_nocheck(container, name, made) == 0);
	free(name);
}

/* The whole tree below a value that was scanned. */
static json_t *
make_tree(struct value root)
{
	struct level levels[SCAN_DEPTH_MAX];
	json_t *tree = make_value(root);
	size_t depth = 0;

	if (json_is_array(tree) || json_is_object(tree)) {
		walk_init(&levels[0].walk, root);
		levels[depth++].made = tree;
	}
	while (depth > 0) {
		struct level *level = &levels[depth - 1];
		struct member member;
		json_t *made;

		if (!walk_next(&level->walk, &member)) {
			depth--;
			continue;
		}
		made = make_value(member.value);
		put(level->made, &member, made);
		if (json_is_array(made) || json_is_object(made)) {
			CHECK(depth < SCAN_DEPTH_MAX);
			walk_init(&levels[depth].walk, member.value);
			levels[depth++].made = made; /* the container above keeps it alive */
		}
		json_decref(made);
	}
	return tree;
}

static const char *
compare_trees(struct value root, const json_t *want)
{
	json_t *got = make_tree(root);
	bool same = json_equal(got, want);

	json_decref(got);
	return same ? NULL : "what the walk reads is not what jansson reads";
}

/* May the scanner refuse the line although jansson does not? */
static bool
may_refuse(struct span line, const struct scan *scan)
{
	size_t at = scan->error_at;

	if (strcmp(scan->error, SCAN_ERROR_DEPTH) == 0)
		return true;
	return at > 0 && at < line.len && line.ptr[at] == '\0' &&
	       isalnum((unsigned char)line.ptr[at - 1]) != 0;
}

const char *
json_compare(struct span line)
{
	json_error_t error;
	json_t *tree = json_loadb(line.ptr, line.len, JSON_DECODE_ANY | JSON_ALLOW_NUL, &error);
	struct scan scan;
	bool accepted = scan_line(line, "params", &scan);
	const char *verdict = NULL;

	if (tree == NULL) {
		enum json_error_code code = json_error_code(&error);

		if (accepted && code != json_error_numeric_overflow &&
			code != json_error_null_byte_in_key)
			verdict = "the scanner accepts what jansson refuses";
		return verdict;
	}
	if (accepted)
		verdict = compare_trees(scan.root, tree);
	else if (!may_refuse(line, &scan))
		verdict = "the scanner refuses what jansson accepts";
	json_decref(tree);
	return verdict;
}
