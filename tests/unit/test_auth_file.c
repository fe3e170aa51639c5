/*
 * The auth file: what may stand in it, and what is said about what may not.
 */
#include <config.h>

#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "auth_fixture.h"

static char error[INI_ERROR_SIZE];

static struct auth_rules *
parse(const char *text)
{
	struct auth_rules *rules;
	struct buf file;

	buf_init(&file);
	auth_text(&file, text);
	rules = auth_file_parse("test.auth", &file, error);
	buf_fini(&file);
	return rules;
}

static void
require_wrong(const char *text, const char *message)
{
	struct auth_rules *rules = parse(text);

	ck_assert_msg(rules == NULL, "taken: %s", text);
	ck_assert_msg(strncmp(error, "test.auth:", 10) == 0 && strstr(error, message) != NULL,
		"\"%s\" is not in \"%s\"", message, error);
	ck_assert_ptr_null(strchr(error, '\n'));
}

static struct principal *
find_token(const struct auth_rules *rules, const char *token)
{
	struct digest digest = digest_of(span_str(token));

	return rules_by_token(rules, &digest);
}

/* ---- good files -------------------------------------------------------- */

START_TEST(all_keys)
{
	struct auth_rules *rules = auth_rules_of("# a comment\n"
						 "[render-worker]\n"
						 "token = one\n"
						 "token = two\n"
						 "  role = producer,\tworker\n"
						 "role = reader\n"
						 "queues = thumbs* , mail\n"
						 "queues = more\n"
						 "groups = g*\n"
						 "uid = 1000, 1001\n"
						 "gid = 33\n"
						 "certificate = worker.example\n"
						 "; another\n"
						 "[A.b_c@d-9]\n"
						 "token = three\n"
						 "role = admin\n");
	const struct principal *worker = find_token(rules, "one");
	struct peer_identity identity = {.has_cred = true, .uid = 1001};

	ck_assert_ptr_nonnull(worker);
	ck_assert_str_eq(worker->name, "render-worker");
	ck_assert_ptr_eq(find_token(rules, "two"), worker);
	ck_assert_uint_eq(worker->roles, ROLE_PRODUCER | ROLE_WORKER | ROLE_READER);
	ck_assert_uint_eq(worker->queues.count, 3);
	ck_assert(patterns_match(&worker->queues, SPAN("thumbs-9")));
	ck_assert(patterns_match(&worker->queues, SPAN("mail")));
	ck_assert(!patterns_match(&worker->queues, SPAN("mails")));
	ck_assert(patterns_match(&worker->queues, SPAN("more")));
	ck_assert(!patterns_match(&worker->groups, SPAN("mail")));
	ck_assert_ptr_eq(rules_by_identity(rules, &identity), worker);
	identity = (struct peer_identity){.has_cred = true, .gid = 33};
	ck_assert_ptr_eq(rules_by_identity(rules, &identity), worker);
	identity = (struct peer_identity){.certificate = "worker.example"};
	ck_assert_ptr_eq(rules_by_identity(rules, &identity), worker);
	ck_assert_str_eq(find_token(rules, "three")->name, "A.b_c@d-9");
	ck_assert(patterns_match(&find_token(rules, "three")->queues, SPAN("any")));
	ck_assert(patterns_cover(&find_token(rules, "three")->groups, SPAN("")));
	rules_free(rules);
}
END_TEST

START_TEST(names_of_users)
{
	struct auth_rules *rules =
		auth_rules_of("[a]\nuid = root\ngid = root\nrole = admin\n[b]\nuid = 4294967294\n"
			      "role = admin\n");
	struct peer_identity identity = {.has_cred = true, .uid = 0, .gid = 5};

	ck_assert_str_eq(rules_by_identity(rules, &identity)->name, "a");
	identity.uid = 4294967294;
	ck_assert_str_eq(rules_by_identity(rules, &identity)->name, "b");
	rules_free(rules);
}
END_TEST

START_TEST(the_sample)
{
	struct auth_rules *rules;
	struct stat st;
	struct buf text;

	buf_init(&text);
	if (!ini_file_load(SRCDIR "/conf/auth.sample", &text, &st, error))
		ck_abort_msg("%s", error);
	rules = auth_file_parse("auth.sample", &text, error);
	ck_assert_msg(rules != NULL, "%s", error);
	ck_assert_uint_ge(rules_count(rules), 3);
	rules_free(rules);
	buf_fini(&text);
}
END_TEST

/* ---- bad files --------------------------------------------------------- */

START_TEST(sections)
{
	char text[128];

	require_wrong("", "there is no section");
	require_wrong("# nothing\n", "there is no section");
	require_wrong("role = admin\n[a]\n", ":1: before the first section stands \"role\"");
	require_wrong("[a]\nrole = admin\ntoken = t\n[a]\nrole = admin\n",
		":4: there is a section already for \"a\"");
	require_wrong("[a]\nrole = admin\ntoken = t\n[b\n", ":4: a section is written [NAME]");
	require_wrong("[]\n", ":1: a section is written");
	require_wrong("[\n", ":1: a section is written");
	require_wrong("[a b]\n", ":1: a section is written");
	require_wrong("[a\xc3\xa9]\n", "not \"[a\\xc3\\xa9]\"");
	for (int len = AUTH_NAME_MAX - 1; len <= AUTH_NAME_MAX + 1; len++) {
		struct auth_rules *rules;

		snprintf(text, sizeof(text), "[%0*d]\nrole = admin\ntoken = t\n", len, 0);
		rules = parse(text);
		ck_assert_int_eq(rules != NULL, len <= AUTH_NAME_MAX);
		rules_free(rules);
	}
}
END_TEST

START_TEST(what_a_section_needs)
{
	require_wrong("\n[a]\ntoken = t\n\n[b]\n", ":2: no role is given to \"a\"");
	require_wrong("\n[a]\ntoken = t\n\n", ":2: no role is given to \"a\"");
	require_wrong("[a]\nrole = admin\n[b]\nrole = admin\ntoken = t\n",
		":1: neither token, uid, gid nor certificate is given to \"a\"");
	require_wrong("[b]\nrole = admin\ntoken = t\n[a]\nrole = admin\n",
		":4: neither token, uid, gid nor certificate is given to \"a\"");
}
END_TEST

START_TEST(wrong_values)
{
	require_wrong("[a]\nroles = admin\n", ":2: there is no key \"roles\"");
	require_wrong("[a]\nrole = root\n", ":2: the roles are producer, worker, reader and admin, "
					    "not \"root\"");
	require_wrong("[a]\nrole = Admin\n", "not \"Admin\"");
	require_wrong("[a]\nrole = admin,\n", ":2: something is missing in the list of \"role\"");
	require_wrong("[a]\nrole =\n", "something is missing in the list of \"role\"");
	require_wrong("[a]\nqueues = a*b\n", ":2: the * of a pattern stands at its end or not at "
					     "all \"a*b\"");
	require_wrong("[a]\nqueues = a,,b\n", "something is missing");
	require_wrong("[a]\nuid = nobody-has-this-name\n",
		":2: there is no user \"nobody-has-this-name\"");
	require_wrong("[a]\ngid = nobody-has-this-name\n",
		":2: there is no group \"nobody-has-this-name\"");
	require_wrong("[a]\nuid = 4294967295\n", "there is no user \"4294967295\"");
	require_wrong("[a]\nuid = 18446744073709551616\n", "there is no user");
	require_wrong("[a]\nuid = -1\n", "there is no user \"-1\"");
	require_wrong("[a]\nadmin\n", ":2: neither KEY = VALUE nor [NAME]");
}
END_TEST

START_TEST(given_twice)
{
	require_wrong("[a]\nrole = admin\ntoken = t\n[b]\nrole = admin\ntoken = t\n",
		":6: this token is given to a already");
	require_wrong("[a]\nrole = admin\nuid = 7\n[b]\nuid = 7\n",
		":5: this user is given to a already");
	require_wrong("[a]\nrole = admin\ngid = 7\n[b]\ngid = 7\n",
		":5: this group is given to a already");
	require_wrong("[a]\nrole = admin\ncertificate = x\n[b]\ncertificate = x\n",
		":5: this certificate is given to a already");
}
END_TEST

/* What stands there may be the token itself, so it is not repeated. */
START_TEST(wrong_tokens)
{
	static const char *const lines[] = {"a-secret", "sha256:a-secret",
		"sha512:5555555555555555555555555555555555555555555555555555555555555555",
		"sha256:555555555555555555555555555555555555555555555555555555555555555",
		"sha256:55555555555555555555555555555555555555555555555555555555555555555",
		"sha256:555555555555555555555555555555555555555555555555555555555555555g",
		"sha256: 5555555555555555555555555555555555555555555555555555555555555555",
		"SHA256:5555555555555555555555555555555555555555555555555555555555555555"};

	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		char text[128];

		/* No blank behind the name, so that it stands in the file as it is here. */
		snprintf(text, sizeof(text), "[a]\ntoken=%s\n", lines[i]);
		require_wrong(text, ":2: a token is written sha256: and the 64 hexadecimal digits");
		ck_assert_ptr_null(strstr(error, "secret"));
		ck_assert_ptr_null(strstr(error, "5555"));
	}
}
END_TEST

START_TEST(too_many_tokens)
{
	for (int more = 0; more < 2; more++) {
		struct auth_rules *rules;
		struct buf text;

		buf_init(&text);
		buf_add(&text, SPAN("[a]\nrole = admin\n"));
		for (int i = 0; i < RULES_MAX_TOKENS + more; i++) {
			char line[96];

			snprintf(line, sizeof(line), "token = sha256:%08x%056x\n",
				(unsigned)i * 65537, 0);
			buf_add(&text, span_str(line));
		}
		rules = auth_file_parse("test.auth", &text, error);
		ck_assert_int_eq(rules != NULL, more == 0);
		if (more > 0)
			ck_assert_str_eq(error, "test.auth:4099: there are more than 4096 tokens");
		rules_free(rules);
		buf_fini(&text);
	}
}
END_TEST

/* ---- the file itself --------------------------------------------------- */

START_TEST(permissions)
{
	static const char text[] = "[a]\nrole = admin\nuid = 0\n";
	char path[] = "/tmp/test_auth_file.XX" /* in two pieces, as the lint wants it */
		      "XXXX";
	int fd = mkstemp(path);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	for (mode_t mode = 0; mode <= 0777; mode++) {
		bool safe = (mode & 0037) == 0;
		struct auth_rules *rules;

		if ((mode & 0400) == 0)
			continue;
		ck_assert_int_eq(fchmod(fd, mode), 0);
		rules = auth_file_read(path, error);
		ck_assert_msg((rules != NULL) == safe, "%o: %s", (unsigned)mode, error);
		if (!safe)
			ck_assert_ptr_nonnull(strstr(error, "at most 0640 is safe"));
		rules_free(rules);
	}
	close(fd);
	unlink(path);
	ck_assert_ptr_null(auth_file_read(path, error));
	ck_assert_ptr_nonnull(strstr(error, "No such file"));
	ck_assert_ptr_null(auth_file_read("/tmp", error));
	ck_assert_ptr_nonnull(strstr(error, "not a regular file"));
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("auth file");
	TCase *tests = tcase_create("auth file");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_set_timeout(tests, 60);
	tcase_add_test(tests, all_keys);
	tcase_add_test(tests, names_of_users);
	tcase_add_test(tests, the_sample);
	tcase_add_test(tests, sections);
	tcase_add_test(tests, what_a_section_needs);
	tcase_add_test(tests, wrong_values);
	tcase_add_test(tests, given_twice);
	tcase_add_test(tests, wrong_tokens);
	tcase_add_test(tests, too_many_tokens);
	tcase_add_test(tests, permissions);
	suite_add_tcase(suite, tests);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
