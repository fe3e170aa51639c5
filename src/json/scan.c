/*
 * The scanner, as far as containers go. Two levels are recorded, the members of the outer object
 * and those of the one member to expand, each by a loop of its own; what lies deeper is only
 * checked, by one loop that remembers with a bit for each open container whether it is an object.
 *
 * Owns nothing and allocates nothing.
 */
#include <config.h>

#include "json/scan.h"
#include "json/scalar.h"

static inline const char *
skip_space(const struct scanner *scanner, const char *at)
{
	return text_skip_space(at, scanner->end);
}

/* Does a container begin here? */
static inline bool
opens(const struct scanner *scanner, const char *at)
{
	return at < scanner->end && (*at == '{' || *at == '[');
}

/* Does the container end here? */
static inline bool
closes(const struct scanner *scanner, const char *at, bool object)
{
	return at < scanner->end && *at == (object ? '}' : ']');
}

/* Says why no name, or no colon behind one, begins at `at`. */
static const char *__attribute__((cold, noinline))
refuse_name(struct scanner *scanner, const char *at, const char *error)
{
	return scan_fail(
		scanner, at, at == scanner->end ? "the line ends inside an object" : error);
}

/* A member's name and its colon, up to where the value begins. */
static inline const char *
scan_name(struct scanner *scanner, const char *at, struct value *ret)
{
	if (at == scanner->end || *at != '"')
		return refuse_name(scanner, at, "expected a member name");
	if ((at = scan_string(scanner, at, ret)) == NULL)
		return NULL;
	at = skip_space(scanner, at);
	if (at == scanner->end || *at != ':')
		return refuse_name(scanner, at, "expected ':' after a member name");
	return skip_space(scanner, at + 1);
}

static const char *__attribute__((cold, noinline))
refuse_comma(struct scanner *scanner, const char *at, bool object)
{
	if (at == scanner->end)
		return scan_fail(scanner, at,
			object ? "the line ends inside an object"
			       : "the line ends inside an array");
	return scan_fail(scanner, at, object ? "expected ',' or '}'" : "expected ',' or ']'");
}

/* The comma between two members or elements, up to where the next one begins. */
static inline const char *
scan_comma(struct scanner *scanner, const char *at, bool object)
{
	if (at == scanner->end || *at != ',')
		return refuse_comma(scanner, at, object);
	return skip_space(scanner, at + 1);
}

/*
 * A container that is not recorded, from its bracket, with `depth` others around
 * it. Bit N of `kinds` says whether the container with N around it is an object.
 */
static const char *__attribute__((noinline))
scan_nested(struct scanner *scanner, const char *at, size_t depth)
{
	uint64_t kinds[SCAN_DEPTH_MAX / 64] = {0};
	const size_t outside = depth;
	bool object = false;
	struct value ignored;

	for (;;) {
		if (opens(scanner, at)) {
			if (depth == SCAN_DEPTH_MAX)
				return scan_fail(scanner, at, SCAN_ERROR_DEPTH);
			object = *at == '{';
			kinds[depth / 64] &= ~(UINT64_C(1) << depth % 64);
			kinds[depth / 64] |= (uint64_t)object << depth % 64;
			depth++;
			at = skip_space(scanner, at + 1);
			if (!closes(scanner, at, object)) {
				if (object && (at = scan_name(scanner, at, &ignored)) == NULL)
					return NULL;
				continue;
			}
		} else {
			if ((at = scan_scalar(scanner, at, &ignored)) == NULL)
				return NULL;
			at = skip_space(scanner, at);
		}
		while (closes(scanner, at, object)) {
			at++;
			if (--depth == outside)
				return at;
			object = kinds[(depth - 1) / 64] >> (depth - 1) % 64 & 1;
			at = skip_space(scanner, at);
		}
		if ((at = scan_comma(scanner, at, object)) == NULL)
			return NULL;
		if (object && (at = scan_name(scanner, at, &ignored)) == NULL)
			return NULL;
	}
}

static inline void
begin_container(const char *at, struct value *ret)
{
	scan_record(ret, *at == '{' ? VALUE_OBJECT : VALUE_ARRAY, at, at);
}

static const char *
scan_other_value(struct scanner *scanner, const char *at, size_t depth, struct value *ret)
{
	if (!opens(scanner, at))
		return scan_scalar(scanner, at, ret);
	begin_container(at, ret);
	if ((at = scan_nested(scanner, at, depth)) == NULL)
		return NULL;
	ret->text.len = (size_t)(at - ret->text.ptr);
	return at;
}

/* Any value, with `depth` containers around it; inline is a string, as most are. */
static inline const char *
scan_value(struct scanner *scanner, const char *at, size_t depth, struct value *ret)
{
	if (at < scanner->end && *at == '"')
		return scan_string(scanner, at, ret);
	return scan_other_value(scanner, at, depth, ret);
}

/* Where the next member is recorded: those beyond the last place are counted only. */
static inline struct member *
next_member(struct members *members, struct member *spare)
{
	size_t place = members->count++;

	return place < SCAN_MEMBERS_MAX ? &members->at[place] : spare;
}

/* After a recorded value: behind the closing bracket (*ret_closed), or where the next begins. */
static inline const char *
scan_separator(struct scanner *scanner, const char *at, bool object, bool *ret_closed)
{
	at = skip_space(scanner, at);
	*ret_closed = closes(scanner, at, object);
	return *ret_closed ? at + 1 : scan_comma(scanner, at, object);
}

/* The container to expand, with the outer object around it. */
static const char *
scan_expanded(struct scanner *scanner, const char *at, struct value *ret)
{
	struct members *members = &scanner->scan->expanded;
	struct member spare;
	bool object = *at == '{';
	bool closed;

	begin_container(at, ret);
	members->count = 0; /* a repeated member counts as it stands last */
	at = skip_space(scanner, at + 1);
	closed = closes(scanner, at, object);
	if (closed)
		at++;
	while (!closed) {
		struct member *member = next_member(members, &spare);

		member->name.type = VALUE_NONE;
		if (object && (at = scan_name(scanner, at, &member->name)) == NULL)
			return NULL;
		if ((at = scan_value(scanner, at, 2, &member->value)) == NULL)
			return NULL;
		if ((at = scan_separator(scanner, at, object, &closed)) == NULL)
			return NULL;
	}
	ret->text.len = (size_t)(at - ret->text.ptr);
	return at;
}

static const char *
scan_outer(struct scanner *scanner, const char *at, struct span expand)
{
	struct scan *scan = scanner->scan;
	struct member spare;
	bool closed;

	begin_container(at, &scan->root);
	at = skip_space(scanner, at + 1);
	closed = closes(scanner, at, true);
	if (closed)
		at++;
	while (!closed) {
		struct member *member = next_member(&scan->outer, &spare);

		if ((at = scan_name(scanner, at, &member->name)) == NULL)
			return NULL;
		if (expand.ptr != NULL && opens(scanner, at) && value_equals(&member->name, expand))
			at = scan_expanded(scanner, at, &member->value);
		else
			at = scan_value(scanner, at, 1, &member->value);
		if (at == NULL || (at = scan_separator(scanner, at, true, &closed)) == NULL)
			return NULL;
	}
	scan->root.text.len = (size_t)(at - scan->root.text.ptr);
	return at;
}

bool
scan_line_for(struct span line, struct span expand, struct scan *ret)
{
	struct scanner scanner = {line.ptr, line.ptr + line.len, ret};
	const char *at = skip_space(&scanner, line.ptr);

	ret->outer.count = 0;
	ret->expanded.count = 0;
	ret->error = NULL;
	ret->error_at = 0;
	if (at < scanner.end && *at == '{')
		at = scan_outer(&scanner, at, expand);
	else
		at = scan_value(&scanner, at, 0, &ret->root);
	if (at != NULL) {
		at = skip_space(&scanner, at);
		if (at == scanner.end)
			return true;
		scan_fail(&scanner, at, "text after the value");
	}
	ret->root.type = VALUE_NONE;
	ret->outer.count = 0;
	ret->expanded.count = 0;
	return false;
}
