/*
 * What the scanner takes for text: every code point, every boundary of UTF-8,
 * every surrogate escape.
 */
#include <config.h>

#include <check.h>
#include <stdio.h>

#include "json/scan.h"
#include "json/text.h"

static struct scan scan;

static bool
accepts(const char *inner, size_t len)
{
	char text[64]; /* the longest inner text here is 12 bytes */

	text[0] = text[len + 1] = '"';
	memcpy(text + 1, inner, len);
	return scan_line(span_make(text, len + 2), NULL, &scan);
}

/* The plain arithmetic of UTF-8, with nothing checked. */
static size_t
encode(uint32_t code, unsigned char *out)
{
	size_t len = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
	static const unsigned char leads[] = {0, 0, 0xc0, 0xe0, 0xf0};

	for (size_t i = len; i-- > 1; code >>= 6)
		out[i] = 0x80 | (code & 0x3f);
	out[0] = leads[len] | (unsigned char)code;
	return len;
}

START_TEST(every_code_point)
{
	for (uint32_t code = 0; code <= 0x10ffff + 1; code++) {
		bool fine = code >= ' ' && code != '"' && code != '\\' && code <= 0x10ffff &&
			    (code < 0xd800 || code > 0xdfff);
		unsigned char bytes[4];
		size_t len = encode(code, bytes);

		if (accepts((const char *)bytes, len) != fine)
			ck_abort_msg("U+%04X", (unsigned int)code);
	}
}
END_TEST

/* Decodes by the definition: what is decoded must encode to the same bytes. */
static bool
is_utf8(const unsigned char *at, size_t len)
{
	while (len > 0) {
		size_t need = *at < 0x80 ? 1 : *at < 0xe0 ? 2 : *at < 0xf0 ? 3 : 4;
		static const uint32_t masks[] = {0, 0x7f, 0x1f, 0x0f, 0x07};
		uint32_t code = *at & masks[need];
		unsigned char again[4];

		if (len < need)
			return false;
		for (size_t i = 1; i < need; i++)
			code = code << 6 | (at[i] & 0x3f);
		if (code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff))
			return false;
		if (encode(code, again) != need || memcmp(at, again, need) != 0)
			return false;
		at += need;
		len -= need;
	}
	return true;
}

START_TEST(every_sequence_of_boundary_bytes)
{
	static const unsigned char edges[] = {'a', 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0,
		0xc1, 0xc2, 0xdf, 0xe0, 0xe1, 0xec, 0xed, 0xee, 0xef, 0xf0, 0xf1, 0xf3, 0xf4, 0xf5,
		0xf7, 0xf8, 0xff};
	const size_t n = sizeof edges;

	for (size_t i = 0; i < n * n * n * n; i++) {
		unsigned char bytes[4] = {
			edges[i / n / n / n], edges[i / n / n % n], edges[i / n % n], edges[i % n]};

		for (size_t len = 1; len <= 4; len++) {
			if (accepts((const char *)bytes, len) != is_utf8(bytes, len))
				ck_abort_msg("%02x %02x %02x %02x, %zu bytes", bytes[0], bytes[1],
					bytes[2], bytes[3], len);
		}
	}
}
END_TEST

START_TEST(every_pair_of_bytes)
{
	for (unsigned int i = 0x8000; i <= 0xffff; i++) {
		unsigned char bytes[2] = {(unsigned char)(i >> 8), (unsigned char)i};
		bool fine = is_utf8(bytes, 2) && bytes[1] >= ' ' && bytes[1] != '"';

		if (accepts((const char *)bytes, 2) != fine)
			ck_abort_msg("%04x", i);
	}
}
END_TEST

START_TEST(every_unicode_escape)
{
	char text[16];

	for (unsigned int unit = 0; unit <= 0xffff; unit++) {
		bool fine = unit < 0xd800 || unit > 0xdfff;

		snprintf(text, sizeof text, unit & 1 ? "\\u%04x" : "\\u%04X", unit);
		if (accepts(text, 6) != fine)
			ck_abort_msg("%s", text);
	}
}
END_TEST

START_TEST(surrogate_pairs)
{
	static const unsigned int units[] = {0x0000, 0x0041, 0xd7ff, 0xd800, 0xd801, 0xdbfe, 0xdbff,
		0xdc00, 0xdc01, 0xdffe, 0xdfff, 0xe000, 0xffff};
	const size_t n = sizeof units / sizeof *units;
	char text[32];

	for (size_t i = 0; i < n * n; i++) {
		unsigned int first = units[i / n];
		unsigned int second = units[i % n];
		bool first_plain = first < 0xd800 || first > 0xdfff;
		bool second_plain = second < 0xd800 || second > 0xdfff;
		bool pair =
			first >= 0xd800 && first <= 0xdbff && second >= 0xdc00 && second <= 0xdfff;

		snprintf(text, sizeof text, "\\u%04x\\u%04x", first, second);
		if (accepts(text, 12) != (pair || (first_plain && second_plain)))
			ck_abort_msg("%s", text);
	}
	for (unsigned int high = 0xd800; high <= 0xdbff; high++) {
		snprintf(text, sizeof text, "\\u%04x\\u%04x", high, 0xdc00 + (high & 0x3ff));
		ck_assert(accepts(text, 12));
		/* Cut anywhere, it is no pair. */
		if (accepts(text, high % 12))
			ck_assert_uint_eq(high % 12, 0);
	}
}
END_TEST

START_TEST(nothing_is_no_sequence)
{
	static const char text[] = "a";

	ck_assert_uint_eq(utf8_sequence(text, text), 0);
	ck_assert_uint_eq(utf8_sequence(text, text + 1), 1);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("scan_text");
	TCase *tcase = tcase_create("scan_text");
	SRunner *runner;
	int failed;

	tcase_set_timeout(tcase, 60);
	tcase_add_test(tcase, every_code_point);
	tcase_add_test(tcase, every_sequence_of_boundary_bytes);
	tcase_add_test(tcase, every_pair_of_bytes);
	tcase_add_test(tcase, every_unicode_escape);
	tcase_add_test(tcase, surrogate_pairs);
	tcase_add_test(tcase, nothing_is_no_sequence);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? 0 : 1;
}
