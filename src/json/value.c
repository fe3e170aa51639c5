/*
 * Values of text that was scanned before: walking a container, undoing escapes,
 * reading numbers. Everything here relies on the text being valid JSON and stays
 * inside it; owns nothing.
 */
#include <config.h>

#include "json/scan.h"
#include "json/text.h"
#include "base/check.h"

const char *
value_type_name(enum value_type type)
{
	switch (type) {
	case VALUE_NONE:
		return "nothing";
	case VALUE_NULL:
		return "null";
	case VALUE_FALSE:
		return "false";
	case VALUE_TRUE:
		return "true";
	case VALUE_INTEGER:
		return "an integer";
	case VALUE_REAL:
		return "a real number";
	case VALUE_STRING:
		return "a string";
	case VALUE_ARRAY:
		return "an array";
	case VALUE_OBJECT:
		return "an object";
	}
	UNREACHABLE();
}

/* Behind the string that begins at `at`. */
static const char *
skip_string(const char *at, const char *end, bool *ret_escaped)
{
	bool escaped = false;

	at++;
	for (;;) {
		at = text_find_special(at, end, false);
		CHECK(at < end);
		if (*at == '"')
			break;
		escaped = true;
		at += 2;
	}
	*ret_escaped = escaped;
	return at + 1;
}

/* Behind the container that begins at `at`. */
static const char *
skip_container(const char *at, const char *end)
{
	size_t depth = 0;
	bool escaped;

	do {
		CHECK(at < end);
		switch (*at) {
		case '"':
			at = skip_string(at, end, &escaped);
			continue;
		case '{':
		case '[':
			depth++;
			break;
		case '}':
		case ']':
			depth--;
			break;
		}
		at++;
	} while (depth > 0);
	return at;
}

/* Behind the number that begins at `at`. */
static const char *
skip_number(const char *at, const char *end, enum value_type *ret_type)
{
	enum value_type type = VALUE_INTEGER;

	for (; at < end; at++) {
		if (*at == '.' || *at == 'e' || *at == 'E')
			type = VALUE_REAL;
		else if ((*at < '0' || *at > '9') && *at != '-' && *at != '+')
			break;
	}
	*ret_type = type;
	return at;
}

static struct value
value_at(const char *at, const char *end)
{
	struct value value = {VALUE_NONE, false, {at, 0}};
	const char *behind;

	CHECK(at < end);
	switch (*at) {
	case '"':
		value.type = VALUE_STRING;
		behind = skip_string(at, end, &value.escaped);
		break;
	case '{':
	case '[':
		value.type = *at == '{' ? VALUE_OBJECT : VALUE_ARRAY;
		behind = skip_container(at, end);
		break;
	case 'n':
		value.type = VALUE_NULL;
		behind = at + 4;
		break;
	case 't':
		value.type = VALUE_TRUE;
		behind = at + 4;
		break;
	case 'f':
		value.type = VALUE_FALSE;
		behind = at + 5;
		break;
	default:
		behind = skip_number(at, end, &value.type);
	}
	CHECK(behind > at && behind <= end);
	value.text.len = (size_t)(behind - at);
	return value;
}

struct value
value_of(struct span text)
{
	const char *end = text.ptr + text.len;

	return value_at(text_skip_space(text.ptr, end), end);
}

void
walk_init(struct walk *walk, struct value container)
{
	CHECK(container.type == VALUE_OBJECT || container.type == VALUE_ARRAY);
	CHECK(container.text.len >= 2);
	walk->at = container.text.ptr + 1;
	walk->end = container.text.ptr + container.text.len - 1;
	walk->object = container.type == VALUE_OBJECT;
}

bool
walk_next(struct walk *walk, struct member *ret)
{
	const char *at = text_skip_space(walk->at, walk->end);

	if (at == walk->end)
		return false;
	if (*at == ',')
		at = text_skip_space(at + 1, walk->end);
	if (walk->object) {
		ret->name = value_at(at, walk->end);
		at = text_skip_space(at + ret->name.text.len, walk->end);
		CHECK(at < walk->end && *at == ':');
		at = text_skip_space(at + 1, walk->end);
	} else {
		ret->name = (struct value){VALUE_NONE, false, {NULL, 0}};
	}
	ret->value = value_at(at, walk->end);
	walk->at = at + ret->value.text.len;
	return true;
}

/*
 * What the escape at `at` means, as UTF-8, which is never longer than the escape.
 * Returns where the text goes on.
 */
static const char *
decode_escape(const char *at, const char *end, char out[4], size_t *ret_len)
{
	static const char letters[] = "bfnrt";
	static const char meanings[] = "\b\f\n\r\t";
	const char *letter;
	uint32_t code;

	CHECK(end - at >= 2);
	if (at[1] == 'u') {
		code = (uint32_t)text_hex4(at + 2, end);
		at += 6;
		if (code >= 0xd800 && code <= 0xdbff) {
			code = 0x10000 + ((code - 0xd800) << 10);
			code += (uint32_t)text_hex4(at + 2, end) - 0xdc00;
			at += 6;
		}
		CHECK(at <= end);
		*ret_len = utf8_encode(code, out);
		return at;
	}
	letter = strchr(letters, at[1]);
	out[0] = letter == NULL ? at[1] : meanings[letter - letters];
	*ret_len = 1;
	return at + 2;
}

/* The first backslash in [at, end), or `end`. */
static const char *
find_escape(const char *at, const char *end)
{
	const char *found = memchr(at, '\\', (size_t)(end - at));

	return found == NULL ? end : found;
}

bool
value_equals_decoded(const struct value *string, struct span word)
{
	struct span text = value_inner(string);
	struct span rest = word;
	const char *at = text.ptr;
	const char *end = text.ptr + text.len;

	while (at < end) {
		const char *stop = find_escape(at, end);
		struct span run = span_make(at, (size_t)(stop - at));
		char escape[4];

		if (run.len == 0) {
			run.ptr = escape;
			stop = decode_escape(at, end, escape, &run.len);
		}
		if (!span_starts_with(rest, run))
			return false;
		rest = span_make(rest.ptr + run.len, rest.len - run.len);
		at = stop;
	}
	return rest.len == 0;
}

bool
value_decode(const struct value *string, char *buf, size_t size, struct span *ret)
{
	struct span text = value_inner(string);
	const char *at = text.ptr;
	const char *end = text.ptr + text.len;
	size_t len = 0;
	bool fits = true;

	if (!string->escaped) {
		*ret = text;
		return true;
	}
	while (at < end && fits) {
		char escape[4];
		const char *from = at;
		size_t add;

		if (*at == '\\') {
			from = escape;
			at = decode_escape(at, end, escape, &add);
		} else {
			add = utf8_sequence(at, end);
			at += add;
		}
		fits = add <= size - len;
		if (fits) {
			memcpy(buf + len, from, add);
			len += add;
		}
	}
	*ret = span_make(buf, len);
	return fits;
}

struct span
value_undo_escapes(struct value *string)
{
	struct span text = value_inner(string);
	/* The bytes are the request's own line, which whoever scanned it may write to. */
	char *begin = (char *)text.ptr;
	char *to = begin;
	const char *at = text.ptr;
	const char *end = text.ptr + text.len;

	while (at < end) {
		const char *stop = find_escape(at, end);
		char escape[4];
		size_t len;

		memmove(to, at, (size_t)(stop - at));
		to += stop - at;
		at = stop;
		if (at == end)
			break;
		at = decode_escape(at, end, escape, &len);
		memcpy(to, escape, len);
		to += len;
	}
	text.len = (size_t)(to - begin);
	string->escaped = false;
	string->text.len = text.len + 2;
	return text;
}

bool
value_uint(const struct value *integer, uint64_t *ret)
{
	uint64_t number = 0;

	CHECK(integer->type == VALUE_INTEGER);
	for (size_t i = 0; i < integer->text.len; i++) {
		char c = integer->text.ptr[i];

		if (c == '-' || __builtin_mul_overflow(number, UINT64_C(10), &number) ||
			__builtin_add_overflow(number, (uint64_t)(c - '0'), &number))
			return false;
	}
	*ret = number;
	return true;
}
