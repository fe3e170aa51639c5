/*
 * The scanner against jansson, over every short sequence of the pieces JSON is
 * made of and over samples with a few bytes changed.
 */
#include <config.h>

#include <check.h>
#include <stdlib.h>

#include "fuzz/json_compare.h"
#include "json/scan.h"

#include "json_samples.h"

#define SEQUENCE_MAX 4
#define CHANGED      400000

static void
assert_agree(struct span line)
{
	const char *verdict = json_compare(line);

	if (verdict != NULL)
		ck_abort_msg("%s: %.*s", verdict, (int)line.len, line.ptr);
}

START_TEST(samples)
{
	for (size_t i = 0; i < VALID_COUNT; i++)
		assert_agree(span_str(valid_samples[i]));
	for (size_t i = 0; i < INVALID_COUNT; i++)
		assert_agree(span_str(invalid_samples[i].text));
}
END_TEST

START_TEST(sequences_of_pieces)
{
	static const char *const pieces[] = {"{", "}", "[", "]", ",", ":", "\"", "\"a\"", "0", "12",
		"-", ".", "e", "+", "true", " ", "\\", "\\ud800", "\\udc00", "\xc3", "\xa4"};
	const size_t n = sizeof pieces / sizeof *pieces;
	char text[64];

	for (size_t len = 0, count = 1; len <= SEQUENCE_MAX; len++, count *= n) {
		for (size_t i = 0; i < count; i++) {
			size_t used = 0;

			for (size_t j = 0, rest = i; j < len; j++, rest /= n) {
				struct span piece = span_str(pieces[rest % n]);

				memcpy(text + used, piece.ptr, piece.len);
				used += piece.len;
			}
			assert_agree(span_make(text, used));
		}
	}
}
END_TEST

static uint64_t state = UINT64_C(0x9e3779b97f4a7c15);

/* xorshift64: the same numbers in every run. */
static size_t
number_below(size_t bound)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (size_t)(state >> 11) % bound;
}

static struct span
any_sample(void)
{
	size_t i = number_below(VALID_COUNT + INVALID_COUNT);

	return span_str(i < VALID_COUNT ? valid_samples[i] : invalid_samples[i - VALID_COUNT].text);
}

/* Changes a byte, takes one out, or puts one in. */
static size_t
change(char *text, size_t len)
{
	static const char bytes[] = "{}[],:\"\\/u0123456789-+.eEabdfnrtsl \t\n\r\v\x1f\x7f\x80\xbf"
				    "\xc2\xe0\xed\xf0\xf4\xff";
	char byte = bytes[number_below(sizeof bytes)]; /* the NUL at the end, too */
	size_t at = number_below(len + 1);

	switch (number_below(3)) {
	case 0:
		memmove(text + at + 1, text + at, len - at);
		text[at] = byte;
		return len + 1;
	case 1:
		if (at == len)
			return len;
		memmove(text + at, text + at + 1, len - at - 1);
		return len - 1;
	}
	if (at < len)
		text[at] = byte;
	return len;
}

START_TEST(changed_samples)
{
	char text[1024];

	for (size_t i = 0; i < CHANGED; i++) {
		struct span head = any_sample();
		struct span tail = any_sample();
		size_t len = head.len;

		memcpy(text, head.ptr, head.len);
		if (number_below(4) == 0) {
			len = number_below(head.len + 1);
			memcpy(text + len, tail.ptr, tail.len);
			len += tail.len;
		}
		for (size_t changes = number_below(4); changes > 0; changes--)
			len = change(text, len);
		assert_agree(span_make(text, len));
	}
}
END_TEST

START_TEST(documented_differences)
{
	static const char *const only_ours[] = {"9223372036854775808", "-9223372036854775809",
		"1e400", "-1e400", "[1e999]", "{\"a\\u0000b\":1}"};
	struct scan scan;
	char deep[2 * (SCAN_DEPTH_MAX + 1)];

	for (size_t i = 0; i < sizeof only_ours / sizeof *only_ours; i++) {
		ck_assert(scan_line(span_str(only_ours[i]), NULL, &scan));
		assert_agree(span_str(only_ours[i]));
	}
	memset(deep, '[', SCAN_DEPTH_MAX + 1);
	memset(deep + SCAN_DEPTH_MAX + 1, ']', SCAN_DEPTH_MAX + 1);
	ck_assert(!scan_line(span_make(deep, sizeof deep), NULL, &scan));
	assert_agree(span_make(deep, sizeof deep));
	assert_agree(span_make(deep + 1, sizeof deep - 2));
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("scan_diff");
	TCase *tcase = tcase_create("scan_diff");
	SRunner *runner;
	int failed;

	tcase_set_timeout(tcase, 120);
	tcase_add_test(tcase, samples);
	tcase_add_test(tcase, sequences_of_pieces);
	tcase_add_test(tcase, changed_samples);
	tcase_add_test(tcase, documented_differences);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? 0 : 1;
}
