/*
 * Comparing answers with expectations. Trees are jansson's; numbers are turned
 * into marked strings first, because jansson knows neither their spelling nor
 * integers beyond 64 bits.
 */
#include <config.h>

#include "scenario/expect.h"

#include "base/alloc.h"
#include "base/check.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PATH_SIZE   200
#define NUMBER_MARK '\001'

/* One comparison: where it stands, and what went wrong. */
struct match {
	struct bindings *bindings;
	char *error;
	char path[PATH_SIZE];
};

void
bindings_cut(struct bindings *bindings, size_t count)
{
	while (bindings->count > count) {
		bindings->count--;
		free(bindings->names[bindings->count]);
		free(bindings->texts[bindings->count]);
	}
}

void
bindings_fini(struct bindings *bindings)
{
	bindings_cut(bindings, 0);
}

/* What was bound last under that name, or NULL. */
static const char *
bindings_find(const struct bindings *bindings, const char *name, size_t len)
{
	for (size_t i = bindings->count; i-- > 0;)
		if (strncmp(bindings->names[i], name, len) == 0 && bindings->names[i][len] == '\0')
			return bindings->texts[i];
	return NULL;
}

static size_t
name_length(const char *text)
{
	size_t len = 0;

	if (!isupper((unsigned char)text[0]))
		return 0;
	while (isupper((unsigned char)text[len]) || isdigit((unsigned char)text[len]) ||
		text[len] == '_')
		len++;
	return len;
}

/* Appends the copies of <N*text>; returns what follows it, NULL where `text` is no such thing. */
static const char *
expand_copies(const char *text, struct buf *out)
{
	char *star;
	unsigned long count = strtoul(text + 1, &star, 10);
	const char *end = star == text + 1 || *star != '*' ? NULL : strchr(star, '>');

	if (end == NULL || !isdigit((unsigned char)text[1]))
		return NULL;
	for (unsigned long i = 1; i <= count; i++)
		for (const char *c = star + 1; c < end; c++)
			if (*c == '#')
				buf_add_uint(out, i);
			else
				buf_add_char(out, *c);
	return end + 1;
}

bool
expect_expand(const struct bindings *bindings, const char *text, struct buf *out, char *error)
{
	while (*text != '\0') {
		size_t len = strncmp(text, "\"$", 2) == 0 ? name_length(text + 2) : 0;
		const char *after = *text == '<' ? expand_copies(text, out) : NULL;

		if (after != NULL) {
			text = after;
		} else if (len > 0 && text[2 + len] == '"') {
			const char *value = bindings_find(bindings, text + 2, len);

			if (value == NULL) {
				snprintf(error, WHY_SIZE, "$%.*s is not bound", (int)len, text + 2);
				return false;
			}
			buf_append(out, value, strlen(value));
			text += len + 3;
		} else {
			buf_add_char(out, *text++);
		}
	}
	*buf_reserve(out, 1) = '\0';
	return true;
}

static int
hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return -1;
}

bool
expect_unescape(const char *text, struct buf *out, char *error)
{
	size_t len = strlen(text);

	snprintf(error, WHY_SIZE, "bytes are told as \"...\" with \\xNN \\n \\r \\t \\\\ \\\"");
	if (len < 2 || text[0] != '"' || text[len - 1] != '"')
		return false;
	for (const char *c = text + 1; c < text + len - 1; c++) {
		if (*c != '\\') {
			buf_add_char(out, *c);
			continue;
		}
		c++;
		if (*c == 'x' && hex_digit(c[1]) >= 0 && hex_digit(c[2]) >= 0) {
			buf_add_char(out, (char)(hex_digit(c[1]) * 16 + hex_digit(c[2])));
			c += 2;
		} else if (*c == 'n' || *c == 'r' || *c == 't') {
			buf_add_char(out, *c == 'n' ? '\n' : *c == 'r' ? '\r' : '\t');
		} else if (*c == '\\' || *c == '"') {
			buf_add_char(out, *c);
		} else {
			return false;
		}
	}
	return true;
}

/* Copies a string literal; returns one past its end. */
static const char *
copy_string(const char *c, const char *end, struct buf *out)
{
	buf_add_char(out, *c++);
	while (c < end && *c != '"') {
		if (*c == '\\' && c + 1 < end)
			buf_add_char(out, *c++);
		buf_add_char(out, *c++);
	}
	if (c < end)
		buf_add_char(out, *c++);
	return c;
}

json_t *
expect_parse(const char *text, size_t len, char *error)
{
	const char *end = text + len;
	struct buf quoted;
	json_error_t why;
	json_t *tree;

	buf_init(&quoted);
	for (const char *c = text; c < end;) {
		if (*c == '"') {
			c = copy_string(c, end, &quoted);
		} else if (*c == '-' || isdigit((unsigned char)*c)) {
			buf_append(&quoted, "\"\\u0001", 7);
			while (c < end && (isdigit((unsigned char)*c) || strchr("+-.eE", *c)))
				buf_add_char(&quoted, *c++);
			buf_add_char(&quoted, '"');
		} else {
			buf_add_char(&quoted, *c++);
		}
	}
	tree = json_loadb(
		buf_span(&quoted).ptr, buf_len(&quoted), JSON_DECODE_ANY | JSON_ALLOW_NUL, &why);
	if (tree == NULL)
		snprintf(error, WHY_SIZE, "not JSON: %s", why.text);
	buf_fini(&quoted);
	return tree;
}

/* ---- comparing --------------------------------------------------------- */

static bool
is_number(const json_t *json)
{
	return json_is_string(json) && json_string_value(json)[0] == NUMBER_MARK;
}

static bool
is_uint(const json_t *json)
{
	const char *c = is_number(json) ? json_string_value(json) + 1 : "x";

	while (isdigit((unsigned char)*c))
		c++;
	return *c == '\0';
}

/* The JSON a value stands for, for messages and bindings. Returns new. */
static char *
dump(const json_t *json)
{
	char *text;
	char *copy;

	if (json == NULL)
		return xstrdup("nothing");
	if (is_number(json))
		return xstrdup(json_string_value(json) + 1);
	text = json_dumps(json, JSON_ENCODE_ANY | JSON_COMPACT);
	CHECK(text != NULL);
	copy = xstrdup(text);
	free(text);
	return copy;
}

static bool
mismatch(struct match *match, const json_t *expected, const json_t *got)
{
	char *want = dump(expected);
	char *have = dump(got);

	snprintf(match->error, WHY_SIZE, "at %s: expected %.300s, got %.300s",
		match->path[0] == '\0' ? "the top" : match->path, want, have);
	free(want);
	free(have);
	return false;
}

static void
match_bind(struct match *match, const char *name, const json_t *got)
{
	struct bindings *bindings = match->bindings;

	CHECK(bindings->count < BINDINGS_MAX);
	bindings->names[bindings->count] = xstrdup(name);
	bindings->texts[bindings->count] = dump(got);
	bindings->count++;
}

static bool
is_word(const char *text, size_t len, const char *word)
{
	return strlen(word) == len && memcmp(text, word, len) == 0;
}

/* "$string", "$uint=NAME", "$has:text" ... */
static bool
match_placeholder(struct match *match, json_t *expected, json_t *got)
{
	const char *text = json_string_value(expected) + 1;
	const char *equals = strchr(text, '=');
	size_t len = equals == NULL ? strlen(text) : (size_t)(equals - text);
	bool fits = false;

	if (strncmp(text, "has:", 4) == 0)
		return (json_is_string(got) && strstr(json_string_value(got), text + 4) != NULL) ||
		       mismatch(match, expected, got);
	if (is_word(text, len, "any"))
		fits = got != NULL;
	else if (is_word(text, len, "string"))
		fits = json_is_string(got) && !is_number(got);
	else if (is_word(text, len, "uint"))
		fits = is_uint(got);
	if (!fits)
		return mismatch(match, expected, got);
	if (equals != NULL)
		match_bind(match, equals + 1, got);
	return true;
}

static bool match_value(struct match *match, json_t *expected, json_t *got);

static bool
match_below(struct match *match, const char *step, json_t *expected, json_t *got)
{
	size_t len = strlen(match->path);
	bool fits;

	snprintf(match->path + len, PATH_SIZE - len, "%s", step);
	fits = match_value(match, expected, got);
	match->path[len] = '\0';
	return fits;
}

static bool
match_object(struct match *match, json_t *expected, json_t *got)
{
	bool open = json_object_get(expected, "...") != NULL;
	const char *name;
	json_t *value;

	if (!json_is_object(got))
		return mismatch(match, expected, got);
	json_object_foreach(expected, name, value)
	{
		char step[PATH_SIZE];

		snprintf(step, sizeof(step), ".%s", name);
		if (strcmp(name, "...") != 0 &&
			!match_below(match, step, value, json_object_get(got, name)))
			return false;
	}
	json_object_foreach(got, name, value)
	{
		if (open || json_object_get(expected, name) != NULL)
			continue;
		snprintf(match->error, WHY_SIZE, "at %s: unexpected member \"%.300s\"",
			match->path[0] == '\0' ? "the top" : match->path, name);
		return false;
	}
	return true;
}

static bool
is_ellipsis(const json_t *json)
{
	return json_is_string(json) && strcmp(json_string_value(json), "...") == 0;
}

static bool
match_array(struct match *match, json_t *expected, json_t *got)
{
	size_t count = json_array_size(expected);
	bool open = count > 0 && is_ellipsis(json_array_get(expected, count - 1));

	count -= open ? 1 : 0;
	if (!json_is_array(got) || json_array_size(got) < count ||
		(!open && json_array_size(got) != count))
		return mismatch(match, expected, got);
	for (size_t i = 0; i < count; i++) {
		char step[32];

		snprintf(step, sizeof(step), "[%zu]", i);
		if (!match_below(match, step, json_array_get(expected, i), json_array_get(got, i)))
			return false;
	}
	return true;
}

static bool
match_value(struct match *match, json_t *expected, json_t *got)
{
	if (json_is_string(expected) && json_string_value(expected)[0] == '$')
		return match_placeholder(match, expected, got);
	if (json_is_object(expected))
		return match_object(match, expected, got);
	if (json_is_array(expected))
		return match_array(match, expected, got);
	return json_equal(expected, got) || mismatch(match, expected, got);
}

/* Each expected element takes the first one left that fits. */
static bool
match_any_order(struct match *match, json_t *expected, json_t *got)
{
	json_t *left = json_copy(got);
	size_t i;
	json_t *element;
	bool fits = json_array_size(expected) == json_array_size(got);

	json_array_foreach(expected, i, element)
	{
		size_t j = 0;
		size_t bound = match->bindings->count;

		while (j < json_array_size(left) &&
			!match_value(match, element, json_array_get(left, j))) {
			bindings_cut(match->bindings, bound);
			j++;
		}
		fits = fits && j < json_array_size(left);
		json_array_remove(left, j);
	}
	json_decref(left);
	return fits || mismatch(match, expected, got);
}

bool
expect_match(struct bindings *bindings, json_t *expected, json_t *got, bool any_order, char *error)
{
	struct match match = {.bindings = bindings, .error = error};
	size_t bound = bindings->count;
	bool fits;

	if (any_order && json_is_array(expected) && json_is_array(got))
		fits = match_any_order(&match, expected, got);
	else
		fits = match_value(&match, expected, got);
	if (!fits)
		bindings_cut(bindings, bound);
	return fits;
}
