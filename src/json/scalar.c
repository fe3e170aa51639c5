/*
 * Strings, numbers and literals of a line, each to the letter of RFC 8259. Owns
 * nothing and allocates nothing.
 */
#include <config.h>

#include "json/scalar.h"

#define ENDS_IN_STRING "the line ends inside a string"

const char *
scan_fail(struct scanner *scanner, const char *at, const char *error)
{
	scanner->scan->error = error;
	scanner->scan->error_at = (size_t)(at - scanner->begin);
	return NULL;
}

/* `\uHHHH`, and its other half where it is the first of a surrogate pair. */
static const char *
scan_unicode_escape(struct scanner *scanner, const char *at)
{
	int32_t unit = text_hex4(at + 2, scanner->end);
	int32_t low;

	if (unit < 0)
		return scan_fail(scanner, at, "\\u needs four hexadecimal digits");
	if (unit < 0xd800 || unit > 0xdfff)
		return at + 6;
	if (unit > 0xdbff || scanner->end - at < 12 || at[6] != '\\' || at[7] != 'u')
		return scan_fail(scanner, at, "unpaired surrogate escape in a string");
	low = text_hex4(at + 8, scanner->end);
	if (low < 0xdc00 || low > 0xdfff)
		return scan_fail(scanner, at, "unpaired surrogate escape in a string");
	return at + 12;
}

static const char *
scan_escape(struct scanner *scanner, const char *at)
{
	if (scanner->end - at < 2)
		return scan_fail(scanner, scanner->end, ENDS_IN_STRING);
	switch (at[1]) {
	case '"':
	case '\\':
	case '/':
	case 'b':
	case 'f':
	case 'n':
	case 'r':
	case 't':
		return at + 2;
	case 'u':
		return scan_unicode_escape(scanner, at);
	}
	return scan_fail(scanner, at, "unknown escape in a string");
}

const char *
scan_any_string(struct scanner *scanner, const char *at, struct value *ret)
{
	const char *begin = at++;
	bool escaped = false;

	for (;;) {
		unsigned char c;
		size_t len;

		at = text_find_special(at, scanner->end, true);
		if (at == scanner->end)
			return scan_fail(scanner, at, ENDS_IN_STRING);
		c = (unsigned char)*at;
		if (c == '"')
			break;
		if (c == '\\') {
			escaped = true;
			if ((at = scan_escape(scanner, at)) == NULL)
				return NULL;
			continue;
		}
		if (c < ' ')
			return scan_fail(scanner, at, "control character in a string");
		/* Letters beyond ASCII mostly come in runs. */
		do {
			if ((len = utf8_sequence(at, scanner->end)) == 0)
				return scan_fail(scanner, at, "invalid UTF-8 in a string");
			at += len;
		} while (at < scanner->end && (unsigned char)*at >= 0x80);
	}
	scan_record(ret, VALUE_STRING, begin, at + 1);
	ret->escaped = escaped;
	return at + 1;
}

static inline bool
is_digit(const struct scanner *scanner, const char *at)
{
	return at < scanner->end && *at >= '0' && *at <= '9';
}

static inline const char *
scan_digits(struct scanner *scanner, const char *at)
{
	if (!is_digit(scanner, at))
		return scan_fail(scanner, at, "digit expected in a number");
	do {
		at++;
	} while (is_digit(scanner, at));
	return at;
}

/* From the minus or the first digit. */
static const char *
scan_number(struct scanner *scanner, const char *at, struct value *ret)
{
	const char *begin = at;
	enum value_type type = VALUE_INTEGER;

	if (*at == '-')
		at++;
	if (at < scanner->end && *at == '0') {
		at++;
		if (is_digit(scanner, at))
			return scan_fail(scanner, at, "leading zero in a number");
	} else if ((at = scan_digits(scanner, at)) == NULL) {
		return NULL;
	}
	if (at < scanner->end && *at == '.') {
		type = VALUE_REAL;
		if ((at = scan_digits(scanner, at + 1)) == NULL)
			return NULL;
	}
	if (at < scanner->end && (*at == 'e' || *at == 'E')) {
		type = VALUE_REAL;
		at++;
		if (at < scanner->end && (*at == '+' || *at == '-'))
			at++;
		if ((at = scan_digits(scanner, at)) == NULL)
			return NULL;
	}
	scan_record(ret, type, begin, at);
	return at;
}

static const char *
scan_literal(struct scanner *scanner, const char *at, struct span word, enum value_type type,
	struct value *ret)
{
	if ((size_t)(scanner->end - at) < word.len || memcmp(at, word.ptr, word.len) != 0)
		return scan_fail(scanner, at, "a value is expected");
	scan_record(ret, type, at, at + word.len);
	return at + word.len;
}

const char *
scan_scalar(struct scanner *scanner, const char *at, struct value *ret)
{
	if (at == scanner->end)
		return scan_fail(scanner, at, "the line ends where a value is expected");
	switch (*at) {
	case '"':
		return scan_string(scanner, at, ret);
	case '-':
	case '0':
	case '1':
	case '2':
	case '3':
	case '4':
	case '5':
	case '6':
	case '7':
	case '8':
	case '9':
		return scan_number(scanner, at, ret);
	case 'n':
		return scan_literal(scanner, at, SPAN("null"), VALUE_NULL, ret);
	case 't':
		return scan_literal(scanner, at, SPAN("true"), VALUE_TRUE, ret);
	case 'f':
		return scan_literal(scanner, at, SPAN("false"), VALUE_FALSE, ret);
	}
	return scan_fail(scanner, at, "a value is expected");
}
