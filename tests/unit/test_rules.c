/*
 * What the rules are made of: digests, patterns, who has which credential.
 */
#include <config.h>

#include <check.h>
#include <stdio.h>
#include <stdlib.h>

#include "auth/rules.h"

/* ---- digests ----------------------------------------------------------- */

/* From the standard's own examples. */
START_TEST(known_digests)
{
	static const struct {
		const char *text;
		const char *hex;
	} cases[] = {
		{"", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
		{"abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct digest digest = digest_of(span_str(cases[i].text));
		char hex[DIGEST_HEX_CHARS + 1];

		digest_format(&digest, hex);
		ck_assert_str_eq(hex, cases[i].hex);
	}
}
END_TEST

START_TEST(digests_are_64_digits)
{
	char hex[DIGEST_HEX_CHARS + 2];
	struct digest digest;

	memset(hex, 'a', sizeof(hex));
	ck_assert(!digest_parse(span_make(hex, 0), &digest));
	ck_assert(!digest_parse(span_make(hex, 63), &digest));
	ck_assert(digest_parse(span_make(hex, 64), &digest));
	ck_assert(!digest_parse(span_make(hex, 65), &digest));
	for (size_t at = 0; at < 64; at++) {
		static const char wrong[] = "/:@G`g \xff";

		for (size_t i = 0; i < sizeof(wrong); i++) {
			hex[at] = wrong[i];
			ck_assert(!digest_parse(span_make(hex, 64), &digest));
		}
		hex[at] = at % 2 == 0 ? 'F' : '0';
		ck_assert(digest_parse(span_make(hex, 64), &digest));
		ck_assert_uint_eq(digest.bytes[at / 2], at % 2 == 0 ? 0xfa : 0xf0);
	}
}
END_TEST

/* The place is told right wherever it is, and whichever bit makes the difference. */
START_TEST(finding_digests)
{
	struct digest table[9];
	struct digest wanted;

	for (size_t i = 0; i < 9; i++) {
		char text[8];

		snprintf(text, sizeof(text), "%zu", i);
		table[i] = digest_of(span_str(text));
	}
	for (size_t count = 0; count <= 9; count++) {
		for (size_t i = 0; i < 9; i++)
			ck_assert_uint_eq(
				digest_find(table, count, &table[i]), i < count ? i : count);
	}
	for (size_t bit = 0; bit < DIGEST_SIZE * 8; bit++) {
		wanted = table[4];
		wanted.bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
		ck_assert_uint_eq(digest_find(table, 9, &wanted), 9);
	}
}
END_TEST

/* ---- patterns ---------------------------------------------------------- */

static struct patterns patterns;

static bool
matches(const char *pattern, const char *name)
{
	bool match;

	ck_assert_ptr_null(patterns_add(&patterns, span_str(pattern)));
	match = patterns_match(&patterns, span_str(name));
	patterns_fini(&patterns);
	return match;
}

static bool
covers(const char *pattern, const char *prefix)
{
	bool match;

	ck_assert_ptr_null(patterns_add(&patterns, span_str(pattern)));
	match = patterns_cover(&patterns, span_str(prefix));
	patterns_fini(&patterns);
	return match;
}

START_TEST(names_and_patterns)
{
	ck_assert(matches("a", "a"));
	ck_assert(!matches("a", "ab"));
	ck_assert(!matches("ab", "a"));
	ck_assert(!matches("a", "A"));
	ck_assert(matches("ab*", "ab"));
	ck_assert(matches("ab*", "abc"));
	ck_assert(matches("ab*", "ab*"));
	ck_assert(!matches("ab*", "a"));
	ck_assert(!matches("ab*", "aab"));
	ck_assert(matches("*", "a"));
	ck_assert(matches("*", "*"));
	ck_assert(covers("*", ""));
	ck_assert(covers("ab*", "ab"));
	ck_assert(covers("ab*", "abc"));
	ck_assert(!covers("ab*", "a"));
	ck_assert(!covers("ab*", ""));
	ck_assert(!covers("ab", "ab"));
}
END_TEST

START_TEST(wrong_patterns)
{
	char text[PATTERN_MAX_BYTES + 2];

	memset(text, 'a', sizeof(text));
	ck_assert_ptr_nonnull(patterns_add(&patterns, span_str("")));
	ck_assert_ptr_nonnull(patterns_add(&patterns, span_str("a*b")));
	ck_assert_ptr_nonnull(patterns_add(&patterns, span_str("**")));
	ck_assert_ptr_nonnull(patterns_add(&patterns, span_make(text, PATTERN_MAX_BYTES + 1)));
	ck_assert_uint_eq(patterns.count, 0);
	ck_assert_ptr_null(patterns_add(&patterns, span_make(text, PATTERN_MAX_BYTES - 1)));
	ck_assert_ptr_null(patterns_add(&patterns, span_make(text, PATTERN_MAX_BYTES)));
	text[PATTERN_MAX_BYTES] = '*';
	ck_assert_ptr_null(patterns_add(&patterns, span_make(text, PATTERN_MAX_BYTES + 1)));
	ck_assert_uint_eq(patterns.count, 3);
	patterns_fini(&patterns);
}
END_TEST

/* ---- rules ------------------------------------------------------------- */

START_TEST(credentials_belong_to_one)
{
	struct auth_rules *rules = rules_new();
	struct principal *a = rules_add(rules, SPAN("a"));
	struct principal *b = rules_add(rules, SPAN("b"));
	struct digest digest = digest_of(SPAN("token"));
	struct digest other = digest_of(SPAN("other"));

	ck_assert_ptr_null(rules_add(rules, SPAN("a")));
	ck_assert_ptr_null(rules_add_token(rules, a, &digest));
	ck_assert_ptr_eq(rules_add_token(rules, b, &digest), a);
	ck_assert_ptr_eq(rules_add_token(rules, a, &digest), a);
	ck_assert_ptr_null(rules_add_uid(rules, b, 7));
	ck_assert_ptr_eq(rules_add_uid(rules, a, 7), b);
	ck_assert_ptr_null(rules_add_gid(rules, a, 7));
	ck_assert_ptr_eq(rules_add_gid(rules, b, 7), a);
	ck_assert_ptr_null(rules_add_certificate(rules, b, SPAN("c")));
	ck_assert_ptr_eq(rules_add_certificate(rules, a, SPAN("c")), b);
	ck_assert_ptr_eq(rules_by_token(rules, &digest), a);
	ck_assert_ptr_null(rules_by_token(rules, &other));
	rules_free(rules);
}
END_TEST

START_TEST(most_tokens)
{
	struct auth_rules *rules = rules_new();
	struct principal *principal = rules_add(rules, SPAN("a"));

	for (unsigned i = 0; i < RULES_MAX_TOKENS; i++) {
		struct digest digest;

		ck_assert(rules_has_room_for_token(rules));
		digest = digest_of(span_make((const char *)&i, sizeof(i)));
		ck_assert_ptr_null(rules_add_token(rules, principal, &digest));
	}
	ck_assert(!rules_has_room_for_token(rules));
	rules_free(rules);
}
END_TEST

START_TEST(most_principals)
{
	struct auth_rules *rules = rules_new();
	char name[16];

	for (unsigned i = 0; i < RULES_MAX_PRINCIPALS; i++) {
		snprintf(name, sizeof(name), "p%u", i);
		ck_assert_ptr_nonnull(rules_add(rules, span_str(name)));
	}
	ck_assert_ptr_null(rules_add(rules, SPAN("one more")));
	ck_assert_uint_eq(rules_count(rules), RULES_MAX_PRINCIPALS);
	rules_free(rules);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("rules");
	TCase *tests = tcase_create("rules");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_set_timeout(tests, 60);
	tcase_add_test(tests, known_digests);
	tcase_add_test(tests, digests_are_64_digits);
	tcase_add_test(tests, finding_digests);
	tcase_add_test(tests, names_and_patterns);
	tcase_add_test(tests, wrong_patterns);
	tcase_add_test(tests, credentials_belong_to_one);
	tcase_add_test(tests, most_tokens);
	tcase_add_test(tests, most_principals);
	suite_add_tcase(suite, tests);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
