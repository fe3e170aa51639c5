/*
 * Authentication of the real programs: which files the daemon takes, whom a socket vouches
 * for, what SIGHUP changes, what other hosts can reach, what the log does not tell, and
 * where the tool has its token from.
 */
#include <config.h>

#include "cli_helper.h"

#include <check.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define LIST   "{\"method\":\"queue.list\"}"
#define LISTED "{\"result\":{\"queues\":[]},\"error\":null}"
#define PUBLIC "listen=tcp:0.0.0.0:0"

/* A token and its line for the file, as --make-token prints them. */
struct token {
	char text[128];
	char line[128];
};

static void
make_token(struct token *ret)
{
	const char *argv[] = {harness_inflightd(), "--make-token", NULL};
	struct program program;

	ck_assert_int_eq(program_run(&program, argv, NULL), 0);
	snprintf(ret->text, sizeof(ret->text), "%s", stream_line(&program.out));
	snprintf(ret->line, sizeof(ret->line), "%s", stream_line(&program.out));
	ck_assert_str_eq(stream_rest(&program.out), "");
	ck_assert_uint_eq(strlen(ret->text), 64);
	program_fini(&program);
}

/* The auth file in the daemon's folder, as the daemon wants it. */
static const char *
write_rules(struct daemon *daemon, const char *content)
{
	static char path[160];

	if (daemon->dir[0] == '\0')
		daemon_prepare(daemon);
	snprintf(path, sizeof(path), "%s", daemon_file(daemon, "auth", content));
	ck_assert_int_eq(chmod(path, 0600), 0);
	return path;
}

/* One principal with that token, and that role. */
static const char *
rules_for(const struct token *token, const char *role)
{
	static char text[400];

	snprintf(text, sizeof(text), "[somebody]\nrole = %s\n%s\n", role, token->line);
	return text;
}

static void
start_with(struct daemon *daemon, const char *rules)
{
	static char set[200];
	const char *args[] = {"-o", set, "-o", "auth_timeout_ms=0", NULL};

	snprintf(set, sizeof(set), "auth_file=%s", write_rules(daemon, rules));
	daemon_start(daemon, args);
}

static void
show(struct peer *peer, const struct token *token, const char *answer)
{
	char line[200];

	snprintf(line, sizeof(line), "{\"method\":\"auth\",\"token\":\"%s\"}", token->text);
	peer_talk(peer, line, answer);
}

#define IS_READER "{\"result\":{\"name\":\"somebody\",\"roles\":[\"reader\"]},\"error\":null}"

static void
reload(struct daemon *daemon, const char *rules, const char *message)
{
	write_rules(daemon, rules);
	program_signal(&daemon->program, SIGHUP);
	stream_find(&daemon->program.err, message);
}

/* ---- who is let in ------------------------------------------------------- */

START_TEST(test_token)
{
	struct daemon daemon = {0};
	struct token token;
	struct token other;
	struct peer peer;

	make_token(&token);
	make_token(&other);
	ck_assert_str_ne(token.text, other.text);
	start_with(&daemon, rules_for(&token, "reader"));
	peer_connect_tcp(&peer, &daemon);
	peer_ask_refused(&peer, LIST, "unauthorized");
	show(&peer, &other,
		"{\"result\":null,\"error\":\"unauthorized: auth: nobody has that token\"}");
	show(&peer, &token, IS_READER);
	peer_talk(&peer, LIST, LISTED);
	peer_close(&peer);
	stream_find(&daemon.program.err, "tokens=1");
	daemon_stop(&daemon);
}
END_TEST

/* The socket vouches for its user, and TCP for nobody. */
START_TEST(test_user)
{
	struct daemon daemon = {0};
	char rules[100];
	struct peer peer;

	snprintf(
		rules, sizeof(rules), "[me]\nrole = reader\nuid = %lu\n", (unsigned long)geteuid());
	start_with(&daemon, rules);
	peer_connect(&peer, &daemon);
	peer_talk(&peer, LIST, LISTED);
	peer_ask_refused(&peer, "{\"method\":\"queue.create\",\"queue\":\"q\"}", "unauthorized");
	peer_close(&peer);
	peer_connect_tcp(&peer, &daemon);
	peer_ask_refused(&peer, LIST, "unauthorized");
	peer_close(&peer);
	snprintf(
		rules, sizeof(rules), "[me]\nrole = reader\ngid = %lu\n", (unsigned long)getegid());
	reload(&daemon, rules, "info: reloaded");
	peer_connect(&peer, &daemon);
	peer_talk(&peer, LIST, LISTED);
	peer_close(&peer);
	daemon_stop(&daemon);
}
END_TEST

START_TEST(test_strangers)
{
	struct daemon daemon = {0};
	struct token token;
	char set[200];
	const char *args[] = {
		"-o", set, "-o", "max_unauthenticated=1", "-o", "auth_timeout_ms=300", NULL};
	struct peer first;
	struct peer second;

	make_token(&token);
	snprintf(set, sizeof(set), "auth_file=%s",
		write_rules(&daemon, rules_for(&token, "reader")));
	daemon_start(&daemon, args);
	peer_connect(&first, &daemon);
	peer_talk(&first, "{\"method\":\"ping\"}", "{\"result\":{\"pong\":true},\"error\":null}");
	peer_connect(&second, &daemon);
	require_in(peer_line(&second), "max_unauthenticated");
	ck_assert_ptr_null(peer_line(&second));
	peer_close(&second);
	require_in(peer_line(&first), "auth_timeout_ms");
	ck_assert_ptr_null(peer_line(&first));
	peer_close(&first);
	/* There is room again, and for one that is known there is no end of it. */
	for (int i = 0; i < 2; i++) {
		peer_connect(i == 0 ? &first : &second, &daemon);
		show(i == 0 ? &first : &second, &token, IS_READER);
	}
	peer_close(&first);
	peer_close(&second);
	daemon_stop(&daemon);
}
END_TEST

/* ---- the file ------------------------------------------------------------ */

START_TEST(test_bad_files)
{
	static const struct {
		const char *content;
		mode_t mode;
		const char *needle;
	} cases[] = {
		{"[a]\nrole = admin\nuid = 0\n", 0644, "permissions 0644; at most 0640"},
		{"[a]\nrole = admin\nuid = 0\n", 0620, "permissions 0620; at most 0640"},
		{"[a]\nrole = king\n", 0600, "/auth:2: the roles are"},
		{"[a]\nrole = admin\ntoken = secret\n", 0600,
			"/auth:3: a token is written sha256:"},
		{"", 0600, "there is no section"},
	};
	struct daemon daemon = {0};
	char set[200];

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *argv[] = {harness_inflightd(), "-l", "tcp:127.0.0.1:0", "-o", set,
			i % 2 == 0 ? "-t" : NULL, NULL};
		struct program program;
		const char *path = write_rules(&daemon, cases[i].content);
		char *message;

		ck_assert_int_eq(chmod(path, cases[i].mode), 0);
		snprintf(set, sizeof(set), "auth_file=%s", path);
		ck_assert_int_eq(program_run(&program, argv, NULL), 1);
		message = stream_rest(&program.err);
		require_in(message, cases[i].needle);
		ck_assert_ptr_null(strstr(message, "secret"));
		ck_assert_ptr_eq(strchr(message, '\n'), message + strlen(message) - 1);
		program_fini(&program);
	}
	daemon_discard(&daemon);
}
END_TEST

START_TEST(test_reload)
{
	struct daemon daemon = {0};
	struct token old;
	struct token fresh;
	struct peer peer;

	make_token(&old);
	make_token(&fresh);
	start_with(&daemon, rules_for(&old, "reader"));
	peer_connect_tcp(&peer, &daemon);
	show(&peer, &old, IS_READER);
	/* A mistake leaves the old rules in force, and the log tells where it is. */
	reload(&daemon, "[somebody]\nrole = nobody\n", "/auth:2: the roles are");
	peer_talk(&peer, LIST, LISTED);
	reload(&daemon, rules_for(&fresh, "reader"), "info: reloaded");
	peer_ask_refused(&peer, LIST, "unauthorized");
	show(&peer, &old,
		"{\"result\":null,\"error\":\"unauthorized: auth: nobody has that token\"}");
	show(&peer, &fresh, IS_READER);
	peer_talk(&peer, LIST, LISTED);
	peer_close(&peer);
	daemon_stop(&daemon);
}
END_TEST

/* ---- what other hosts can reach ------------------------------------------ */

START_TEST(test_reachable_address)
{
	struct daemon daemon = {0};
	const char *args[] = {"-c", NULL, NULL};
	char conf[400];
	char path[160];

	snprintf(path, sizeof(path), "%s", write_rules(&daemon, "[a]\nrole = admin\nuid = 0\n"));
	snprintf(conf, sizeof(conf), "%s\nauth_file = %s\n", PUBLIC, path);
	args[1] = daemon_file(&daemon, "conf", conf);
	daemon_start_bare(&daemon, args, NULL);
	require_in(stream_line(&daemon.program.out), "ready tcp:0.0.0.0:");
	stream_find(&daemon.program.err, "is ready");
	/* It goes on to ask who is there, whatever the configuration says now. */
	daemon_file(&daemon, "conf", "listen=tcp:127.0.0.1:0\n");
	program_signal(&daemon.program, SIGHUP);
	require_in(stream_find(&daemon.program.err, "not reloaded: "),
		"can be reached from other hosts, and nothing would authenticate them");
	daemon_file(&daemon, "conf", PUBLIC "\n");
	program_signal(&daemon.program, SIGHUP);
	require_in(stream_find(&daemon.program.err, "not reloaded: "), "set auth_file");
	daemon_stop(&daemon);
}
END_TEST

/* ---- the log ------------------------------------------------------------- */

/* Neither tokens, right or wrong, nor payloads nor results are in it, at its most talkative. */
START_TEST(test_log_keeps_secrets)
{
	struct daemon daemon = {0};
	struct token token;
	struct token wrong;
	const char *secrets[] = {token.text, wrong.text, "a-payload", "a-result"};
	char set[200];
	const char *args[] = {"-o", set, "-o", "log_level=debug", "-o", "max_line=200", NULL};
	struct peer peer;
	char *log;

	make_token(&token);
	make_token(&wrong);
	snprintf(set, sizeof(set), "auth_file=%s",
		write_rules(&daemon, rules_for(&token, "producer, worker")));
	daemon_start(&daemon, args);
	peer_connect(&peer, &daemon);
	show(&peer, &wrong,
		"{\"result\":null,\"error\":\"unauthorized: auth: nobody has that token\"}");
	show(&peer, &token,
		"{\"result\":{\"name\":\"somebody\",\"roles\":[\"producer\",\"worker\"]},"
		"\"error\":null}");
	json_decref(peer_ask(&peer, "{\"method\":\"enqueue\",\"queue\":\"q\",\"key\":1,"
				    "\"msg\":\"a-payload\"}"));
	json_decref(peer_ask(&peer, "{\"method\":\"group.create\",\"group\":\"g\"}"));
	json_decref(peer_ask(&peer, "{\"method\":\"group.add\",\"group\":\"g\",\"op\":1}"));
	json_decref(peer_ask(&peer, "{\"method\":\"group.finish\",\"group\":\"g\",\"op\":1,"
				    "\"result\":\"a-result\"}"));
	json_decref(
		peer_ask(&peer, "{\"method\":\"enqueue\",\"queue\":\"q\",\"msg\":\"a-payload\"}"));
	json_decref(peer_ask(&peer, "{\"a-payload\""));
	peer_close(&peer);
	program_signal(&daemon.program, SIGTERM);
	ck_assert_int_eq(program_wait(&daemon.program), 0);
	log = stream_rest(&daemon.program.err);
	require_in(log, "tokens=1");
	for (size_t i = 0; i < sizeof(secrets) / sizeof(secrets[0]); i++)
		ck_assert_ptr_null(strstr(log, secrets[i]));
	daemon_discard(&daemon);
}
END_TEST

/* ---- the tool ------------------------------------------------------------ */

START_TEST(test_tool)
{
	struct daemon daemon = {0};
	struct token token;
	char path[160];
	char text[300];

	make_token(&token);
	start_with(&daemon, rules_for(&token, "reader"));
	/* What --make-token printed will do as a file. */
	snprintf(text, sizeof(text), "%s\n%s\n", token.text, token.line);
	snprintf(path, sizeof(path), "%s", daemon_file(&daemon, "token", text));
	cli_run(&daemon, WORDS("queue.list"), NULL, 1, "",
		"unauthorized: a peer that is not known");
	cli_run(&daemon, WORDS("queue.list"), NULL, 1, "", "\ntry: --token-file FILE");
	cli_run(&daemon, WORDS("--token-file", path, "queue.list"), NULL, 0, "{\"queues\":[]}\n",
		"");
	/* A method that the tool has no verb for is explained by the daemon. */
	cli_run(&daemon, WORDS("help", "auth"), NULL, 0, NULL, "");
	setenv("INFLIGHT_TOKEN_FILE", path, 1);
	setenv("INFLIGHT_TOKEN", "wrong", 1);
	cli_run(&daemon, WORDS("queue.list"), NULL, 0, "{\"queues\":[]}\n", "");
	cli_run(&daemon, WORDS("map", "q"), "1\n", 1, "", "may not call");
	cli_run(&daemon, WORDS("map", "--token-file", "/dev/null", "q"), "1\n", 2, "",
		"/dev/null: the token is not 1 to 200 bytes");
	unsetenv("INFLIGHT_TOKEN_FILE");
	cli_run(&daemon, WORDS("queue.list"), NULL, 3, "", "auth: nobody has that token");
	setenv("INFLIGHT_TOKEN", token.text, 1);
	cli_run(&daemon, WORDS("queue.list"), NULL, 0, "{\"queues\":[]}\n", "");
	cli_run(&daemon, WORDS("--token-file", "/nonexistent", "queue.list"), NULL, 2, "",
		"/nonexistent: No such file");
	/* A daemon that asks nobody takes any. */
	daemon_stop(&daemon);
	daemon_start(&daemon, NULL);
	cli_run(&daemon, WORDS("ping"), NULL, 0, "{\"pong\":true}\n", "");
	daemon_stop(&daemon);
}
END_TEST

/* A producer and a worker, each with what it needs and no more. */
START_TEST(test_map_and_work)
{
	struct daemon daemon = {0};
	struct program worker;
	struct token producing;
	struct token working;
	char rules[500];

	make_token(&producing);
	make_token(&working);
	snprintf(rules, sizeof(rules),
		"[p]\nrole = producer\nqueues = sums\n%s\n[w]\nrole = worker\nqueues = sums\n%s\n",
		producing.line, working.line);
	start_with(&daemon, rules);
	setenv("INFLIGHT_TOKEN", working.text, 1);
	cli_start_sums(&worker, &daemon, "1");
	setenv("INFLIGHT_TOKEN", producing.text, 1);
	cli_run(&daemon, WORDS("map", "sums"), "1 2\n", 0, NULL, "");
	program_signal(&worker, SIGTERM);
	cli_end(&worker, 0, NULL, NULL);
	unsetenv("INFLIGHT_TOKEN");
	daemon_stop(&daemon);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("authentication");
	TCase *tests = tcase_create("authentication");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_set_timeout(tests, 4 * process_timeout_ms() / 1000);
	tcase_add_test(tests, test_token);
	tcase_add_test(tests, test_user);
	tcase_add_test(tests, test_strangers);
	tcase_add_test(tests, test_bad_files);
	tcase_add_test(tests, test_reload);
	tcase_add_test(tests, test_reachable_address);
	tcase_add_test(tests, test_log_keeps_secrets);
	tcase_add_test(tests, test_tool);
	tcase_add_test(tests, test_map_and_work);
	suite_add_tcase(suite, tests);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
