/*
 * The verbs of the tool against a real daemon: each one once at least, as JSON and as a
 * table, and what it says where something is wrong.
 */
#include <config.h>

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/verb.h"
#include "cli_helper.h"

/* Runs it, and requires these in its standard output, up to a NULL. */
static void
require_said(const struct daemon *daemon, const char *const *words, const char *const *said)
{
	struct program program;
	int status;

	cli_start(&program, daemon, words);
	status = program_wait(&program);
	ck_assert_msg(status == 0, "%d: %s", status, stream_rest(&program.err));
	for (; *said != NULL; said++)
		require_in(stream_rest(&program.out), *said);
	program_fini(&program);
}

/* Takes a set and copies its token. */
static void
take_set(const struct daemon *daemon, const char *queue, char *ret, size_t size)
{
	struct program program;
	json_t *answer;

	cli_start(&program, daemon, WORDS("dequeue", queue, "--wait", "0"));
	ck_assert_int_eq(program_wait(&program), 0);
	answer = json_loads(stream_rest(&program.out), 0, NULL);
	snprintf(ret, size, "%s", json_string_value(json_object_get(answer, "set")));
	json_decref(answer);
	program_fini(&program);
}

/* ---- ops ----------------------------------------------------------------- */

START_TEST(test_enqueue)
{
	static const char *const no_drain[] = {"-o", "drain_timeout_ms=0", NULL};
	struct daemon daemon = {0};

	daemon_start(&daemon, no_drain);
	cli_run(&daemon, WORDS("enqueue", "q", "424", "{\"w\": 1.50}", "--op", "a"), NULL, 0,
		"{\"op\":\"a\",\"new\":true,\"depth\":1,\"width\":1}\n", "");
	cli_run(&daemon, WORDS("enqueue", "q", "424", "two words", "--op=b"), NULL, 0,
		"{\"op\":\"b\",\"new\":false,\"depth\":1,\"width\":2}\n", "");
	cli_run(&daemon, WORDS("enqueue", "q", "424", "5", "--as", "text", "--op", "c"), NULL, 0,
		NULL, "");
	cli_run(&daemon, WORDS("enqueue", "q", "424", "-", "--op", "d"), "[1,\n2]\n", 0, NULL, "");
	cli_run(&daemon, WORDS("enqueue", "q", "424", "--op", "e"), NULL, 0, NULL, "");
	cli_run(&daemon, WORDS("enqueue", "q", "424", "--op", "e", "--table"), NULL, 0,
		"op         e\nnew        no\ndepth      1\nwidth      5\nduplicate  yes\n", "");
	require_said(&daemon, WORDS("dequeue", "q"),
		WORDS("\"key\":\"424\"", "{\"op\":\"a\",\"msg\":{\"w\": 1.50}}",
			"{\"op\":\"b\",\"msg\":\"two words\"}", "{\"op\":\"c\",\"msg\":\"5\"}",
			"{\"op\":\"d\",\"msg\":[1, 2]}", "{\"op\":\"e\",\"msg\":null}"));
	cli_run(&daemon, WORDS("enqueue", "q", "k", "{", "--as", "json"), NULL, 2, "",
		"msg: not a JSON value");
	cli_run(&daemon, WORDS("enqueue", "q", "k", "--delay", "1h", "--ttl", "1d", "--wait", "0"),
		NULL, 0, NULL, "");
	require_said(&daemon, WORDS("queue", "peek", "q", "--state", "waiting", "--table"),
		WORDS("KEY  STATE    ATTEMPT", "k    waiting        0"));
	daemon_stop(&daemon);
}
END_TEST

START_TEST(test_enqueue_lines)
{
	struct daemon daemon = {0};
	static char many[8192];
	size_t len = 0;

	daemon_start(&daemon, WORDS("-o", "depth=3"));
	cli_run(&daemon, WORDS("enqueue", "q", "--lines", "--table"), "1\n2\n1\n", 0,
		"enqueued   3\nnew        2\nduplicate  0\nfailed     0\n", "");
	/* One key for all; a number is JSON unless it is to be text. */
	cli_run(&daemon, WORDS("enqueue", "r", "k", "--lines", "--as", "text"), "1\n\xff\n2", 1,
		NULL, "inflight: line 2: not valid UTF-8\n");
	require_said(&daemon, WORDS("dequeue", "r", "--lease", "0"),
		WORDS("\"msg\":\"1\"", "\"msg\":\"2\""));
	cli_run(&daemon, WORDS("enqueue", "r", "--lines", "--key-field", "user", "--as", "json"),
		"{\"user\":7}\n{\"user\":7}\n{}\n", 1, NULL, "line 3: no such member");
	/* More requests than are sent at a time, in the order of the lines; the rest is refused. */
	for (int i = 0; i < 600; i++)
		len += (size_t)snprintf(many + len, sizeof many - len, "%d\n", i % 4);
	cli_run(&daemon, WORDS("enqueue", "s", "--lines", "--table"), many, 1,
		"enqueued   450\nnew        3\nduplicate  0\nfailed     150\n",
		"inflight: line 600: saturated_depth: ");
	cli_run(&daemon, WORDS("enqueue", "q", "--lines", "--op", "x"), "", 2, "", "--op");
	cli_run(&daemon, WORDS("enqueue", "q", "k", "--lines", "--key-field", "1"), "", 2, "",
		"KEY and --key-field");
	cli_run(&daemon, WORDS("enqueue", "q", "k", "--key-field", "1"), "", 2, "", "--lines");
	daemon_stop(&daemon);
}
END_TEST

START_TEST(test_leases)
{
	struct daemon daemon = {0};
	char token[64];

	daemon_start(&daemon, NULL);
	cli_run(&daemon, WORDS("dequeue", "q", "r", "--wait", "0", "--table"), NULL, 0, "no set\n",
		"");
	cli_run(&daemon, WORDS("enqueue", "r", "k", "--op", "1"), NULL, 0, NULL, "");
	require_said(&daemon, WORDS("dequeue", "q", "r", "--release-on-close", "--table"),
		WORDS("queue    r\n", "key      k\n", "lease    30 s\n", "OP  MSG\n1   null\n"));
	/* It was only a look; the connection's end gives it back. */
	cli_run(&daemon, WORDS("dequeue", "r", "--key", "k", "--lease", "1h"), NULL, 0, NULL, "");
	require_said(&daemon, WORDS("queue", "peek", "r", "--state", "leased"),
		WORDS("\"lease_left_ms\":3"));
	cli_run(&daemon, WORDS("cancel", "r", "1"), NULL, 1, "", "op_busy: ");
	cli_run(&daemon, WORDS("enqueue", "q", "k", "--op", "2"), NULL, 0, NULL, "");
	take_set(&daemon, "q", token, sizeof token);
	cli_run(&daemon, WORDS("extend", token, "--lease", "2h"), NULL, 0,
		"{\"lease_ms\":7200000}\n", "");
	cli_run(&daemon, WORDS("release", token, "--delay", "0"), NULL, 0, "{\"released\":1}\n",
		"");
	cli_run(&daemon, WORDS("finish", token), NULL, 1, "", "\ntry: inflight extend TOKEN");
	take_set(&daemon, "q", token, sizeof token);
	cli_run(&daemon, WORDS("finish", token, "--results", "{\"2\":{\"error\":\"no\"}}"), NULL, 0,
		"{\"finished\":1,\"released\":0}\n", "");
	cli_run(&daemon, WORDS("enqueue", "q", "k", "--op", "3"), NULL, 0, NULL, "");
	take_set(&daemon, "q", token, sizeof token);
	cli_run(&daemon, WORDS("finish", token, "--error", "broken"), NULL, 0, NULL, "");
	require_said(&daemon, WORDS("queue", "stats", "q"), WORDS("\"failed\":2"));
	cli_run(&daemon, WORDS("enqueue", "q", "k", "--op", "4"), NULL, 0, NULL, "");
	cli_run(&daemon, WORDS("cancel", "q", "4"), NULL, 0, "{\"cancelled\":true}\n", "");
	cli_run(&daemon, WORDS("queue", "delete", "r", "--force"), NULL, 0, "{}\n", "");
	daemon_stop(&daemon);
}
END_TEST

/* ---- queues and groups --------------------------------------------------- */

START_TEST(test_queues)
{
	struct daemon daemon = {0};

	daemon_start(&daemon, NULL);
	require_said(&daemon,
		WORDS("queue", "create", "q", "--depth", "2", "--width=3", "--window", "1s",
			"--quiet", "10", "--exclusive", "--lease", "1m", "--max-attempts", "1"),
		WORDS("\"created\":true",
			"\"depth\":2,\"width\":3,\"window_ms\":1000,\"quiet_ms\":10,"
			"\"exclusive\":true,\"lease_ms\":60000,\"max_attempts\":1"));
	cli_run(&daemon, WORDS("queue", "create", "q", "--depth", "3"), NULL, 1, "",
		"\ntry: inflight queue update q, to change them\n");
	require_said(&daemon,
		WORDS("queue", "update", "q", "--no-exclusive", "--window=0", "--table"),
		WORDS("exclusive     no\n", "lease         1 min\n"));
	cli_run(&daemon, WORDS("queue", "pause", "q"), NULL, 0, "{}\n", "");
	cli_run(&daemon, WORDS("queue", "pause", "q", "--table"), NULL, 0, "done\n", "");
	require_said(
		&daemon, WORDS("queue", "stats", "q", "--table"), WORDS("paused         yes\n"));
	cli_run(&daemon, WORDS("queue", "resume", "q"), NULL, 0, "{}\n", "");
	cli_run(&daemon, WORDS("enqueue", "q", "k", "--op", "1"), NULL, 0, NULL, "");
	cli_run(&daemon, WORDS("queue", "close", "q"), NULL, 0, "{}\n", "");
	cli_run(&daemon, WORDS("enqueue", "q", "k"), NULL, 1, "",
		"\ntry: inflight queue open q, to take ops again\n");
	cli_run(&daemon, WORDS("queue", "open", "q"), NULL, 0, "{}\n", "");
	/* Its only attempt ends without an outcome. */
	cli_run(&daemon, WORDS("dequeue", "q", "--release-on-close"), NULL, 0, NULL, "");
	require_said(&daemon,
		WORDS("queue", "peek", "q", "--state", "dead", "--count", "5", "--key", "k"),
		WORDS("\"key\":\"k\""));
	cli_run(&daemon, WORDS("queue", "kick", "q", "--count", "9"), NULL, 0, "{\"sets\":1}\n",
		"");
	cli_run(&daemon, WORDS("queue", "purge", "q", "--state", "all"), NULL, 0,
		"{\"sets\":1,\"ops\":1}\n", "");
	cli_run(&daemon, WORDS("queue", "create", "r"), NULL, 0, NULL, "");
	cli_run(&daemon, WORDS("queue", "list"), NULL, 0, "{\"queues\":[\"q\",\"r\"]}\n", "");
	cli_run(&daemon, WORDS("queue", "list", "--after", "q", "--count", "1", "--table"), NULL, 0,
		"r\n", "");
	cli_run(&daemon, WORDS("queue", "list", "--prefix", "x", "--table"), NULL, 0, "no queues\n",
		"");
	cli_run(&daemon, WORDS("queue", "delete", "q"), NULL, 0, "{}\n", "");
	cli_run(&daemon, WORDS("queue.delete", "r", "--no-force"), NULL, 0, "{}\n", "");
	daemon_stop(&daemon);
}
END_TEST

/* More queues than are asked for at a time, in the order of their names. */
START_TEST(test_overview)
{
	struct daemon daemon = {0};
	struct program program;
	struct peer peer;
	char text[80];

	daemon_start(&daemon, NULL);
	cli_run(&daemon, WORDS("queue", "stats", "--table"), NULL, 0, "no queues\n", "");
	cli_run(&daemon, WORDS("queue", "stats"), NULL, 0, "", "");
	peer_connect(&peer, &daemon);
	for (int i = 0; i < 250; i++) {
		snprintf(text, sizeof text, "{\"method\":\"queue.create\",\"queue\":\"q%03d\"}", i);
		json_decref(peer_ask(&peer, text));
	}
	peer_close(&peer);
	cli_run(&daemon, WORDS("enqueue", "q007", "k"), NULL, 0, NULL, "");
	cli_start(&program, &daemon, WORDS("queue", "stats"));
	for (int i = 0; i < 250; i++) {
		snprintf(text, sizeof text, "{\"queue\":\"q%03d\",\"closed\":false,", i);
		require_in(stream_line(&program.out), text);
	}
	ck_assert_ptr_null(stream_line(&program.out));
	ck_assert_int_eq(program_wait(&program), 0);
	program_fini(&program);
	require_said(&daemon, WORDS("queue", "stats", "q249", "q007", "--table"),
		WORDS("QUEUE  DEPTH  READY  LEASED  DEAD  WAITERS  OLDEST_READY  ENQUEUED  ",
			"\nq249       0      0 ", "\nq007       1      1 "));
	cli_run(&daemon, WORDS("queue", "stats", "q249", "none", "--table"), NULL, 1, NULL,
		"inflight: none: no_such_queue: ");
	daemon_stop(&daemon);
}
END_TEST

START_TEST(test_groups)
{
	struct daemon daemon = {0};

	daemon_start(&daemon, NULL);
	cli_run(&daemon,
		WORDS("group", "create", "g", "--timeout", "1h", "--retain", "1h", "--no-auto",
			"--on-complete", "{\"queue\":\"sums\",\"key\":\"g\"}"),
		NULL, 0, "{}\n", "");
	cli_run(&daemon, WORDS("group", "create", "h", "--size", "0"), NULL, 0, "{}\n", "");
	cli_run(&daemon, WORDS("group", "create", "h"), NULL, 1, "", "inflight group delete h\n");
	cli_run(&daemon, WORDS("group", "add", "g", "--op", "1", "--msg", "x"), NULL, 0,
		"{\"op\":\"1\",\"outstanding\":1}\n", "");
	cli_run(&daemon, WORDS("enqueue", "q", "k", "--op", "2", "--group", "g"), NULL, 0, NULL,
		"");
	cli_run(&daemon, WORDS("group", "seal", "g"), NULL, 0, "{\"outstanding\":2}\n", "");
	cli_run(&daemon, WORDS("group", "wait", "g", "--wait", "0", "--table"), NULL, 0,
		"group        g\ndone         no\nops          2\noutstanding  2\n", "");
	cli_run(&daemon, WORDS("group", "finish", "g", "1", "--result", "3"), NULL, 0,
		"{\"outstanding\":1}\n", "");
	cli_run(&daemon, WORDS("group", "finish", "g", "2", "--error", "no"), NULL, 0,
		"{\"outstanding\":0}\n", "");
	cli_run(&daemon, WORDS("group", "wait", "g"), NULL, 0,
		"{\"group\":\"g\",\"done\":true,\"ops\":2,\"failed\":1,\"results\":[{\"op\":\"1\","
		"\"result\":3},{\"op\":\"2\",\"key\":\"k\",\"error\":\"no\"}]}\n",
		"");
	cli_run(&daemon, WORDS("group", "wait", "g", "--table"), NULL, 0,
		"group   g\ndone    yes\nops     2\nfailed  1\n\n"
		"OP  KEY  RESULT  ERROR\n1        3\n2   k            no\n",
		"");
	cli_run(&daemon, WORDS("group", "list", "--prefix", "g"), NULL, 0, "{\"groups\":[\"g\"]}\n",
		"");
	cli_run(&daemon, WORDS("group", "list", "--after", "g", "--count", "3"), NULL, 0,
		"{\"groups\":[\"h\"]}\n", "");
	cli_run(&daemon, WORDS("group", "delete", "g"), NULL, 0, "{}\n", "");
	cli_run(&daemon, WORDS("group", "wait", "gg"), NULL, 1, "", "\ntry: ");
	daemon_stop(&daemon);
}
END_TEST

/* ---- the daemon, and the table ------------------------------------------- */

START_TEST(test_daemon)
{
	struct daemon daemon = {0};

	daemon_start(&daemon, NULL);
	cli_run(&daemon, WORDS("ping", "--table"), NULL, 0, "pong  yes\n", "");
	cli_run(&daemon, WORDS("--table", "ping", "--json"), NULL, 0, "{\"pong\":true}\n", "");
	require_said(&daemon, WORDS("info", "--table"),
		WORDS("name         inflightd\n", "\n\nlimits\nmax_line         1 048 576\n"));
	require_said(&daemon, WORDS("stats", "--table"),
		WORDS("connections              1\n", "\n\nconservation\nenqueued  0\n"));
	require_said(&daemon, WORDS("methods", "--table"),
		WORDS("NAME ", "\ngroup.wait    group wait_ms "));
	require_said(&daemon, WORDS("rpc.discover"), WORDS("{\"openrpc\":\"1."));
	daemon_stop(&daemon);
}
END_TEST

static bool
gives(const struct verb_arg *rows, const char *param)
{
	for (; rows != NULL && rows->name != NULL; rows++) {
		size_t len = rows->param == NULL ? 0 : strlen(rows->param);

		if (len == 0 || strncmp(rows->param, param, len) != 0)
			continue;
		/* "queues" is what several words for "queue" are. */
		if (param[len] == '\0' || (rows->many && strcmp(param + len, "s") == 0))
			return true;
	}
	return false;
}

/* The params that the rows give must be those of the method. */
static void
require_params(const struct verb_arg *rows, const json_t *params)
{
	for (; rows != NULL && rows->name != NULL; rows++) {
		size_t i = 0;

		if (rows->param == NULL)
			continue;
		while (i < json_array_size(params) &&
			strcmp(json_string_value(json_array_get(params, i)), rows->param) != 0)
			i++;
		ck_assert_msg(i < json_array_size(params), "%s", rows->param);
	}
}

/* Every method of the daemon is a verb that takes all its params and no other. */
START_TEST(test_every_method_is_a_verb)
{
	struct daemon daemon = {0};
	struct peer peer;
	json_t *answer;
	json_t *method;
	size_t i;

	daemon_start(&daemon, NULL);
	peer_connect(&peer, &daemon);
	answer = peer_ask(&peer, "{\"method\":\"methods\"}");
	json_array_foreach(json_object_get(json_object_get(answer, "result"), "methods"), i, method)
	{
		const char *name = json_string_value(json_object_get(method, "name"));
		const json_t *params = json_object_get(method, "params");
		const struct verb *verb;
		size_t used;
		size_t place;
		json_t *param;

		verb = verb_find(1, &name, &used);
		ck_assert_msg(verb != NULL, "%s", name);
		ck_assert_str_eq(verb->method, name);
		json_array_foreach(params, place, param)
		{
			const char *word = json_string_value(param);

			ck_assert_msg(gives(verb->operands, word) || gives(verb->options, word),
				"%s %s", name, word);
		}
		require_params(verb->operands, params);
		require_params(verb->options, params);
	}
	ck_assert_uint_gt(i, 20);
	json_decref(answer);
	peer_close(&peer);
	daemon_stop(&daemon);
}
END_TEST

/* Every verb explains itself, with and without a daemon. */
START_TEST(test_help)
{
	struct daemon nowhere = {.address = "unix:/nonexistent/sock"};
	const struct verb *verb;

	for (size_t i = 0; (verb = verb_at(i)) != NULL; i++) {
		char usage[64];
		char words[64];
		char *second;

		snprintf(usage, sizeof usage, "usage: inflight %s [OPTION ...]", verb->name);
		snprintf(words, sizeof words, "%s", verb->name);
		second = strchr(words, ' ');
		if (second == NULL) {
			require_said(&nowhere, WORDS("help", words), WORDS(usage, verb->summary));
			require_said(&nowhere, WORDS(words, "--help"), WORDS(usage));
			continue;
		}
		*second++ = '\0';
		require_said(&nowhere, WORDS("help", words, second), WORDS(usage, verb->summary));
		require_said(&nowhere, WORDS(words, second, "-h"), WORDS(usage));
	}
	require_said(&nowhere, WORDS("help"), WORDS("\n  enqueue ", "\n  queue create "));
	cli_run(&nowhere, WORDS("ping", "-V"), NULL, 0, "inflight " PACKAGE_VERSION "\n", "");
	require_said(&nowhere, WORDS("help", "group"), WORDS("\n  group wait "));
}
END_TEST

/* ---- what to do next ----------------------------------------------------- */

START_TEST(test_hints)
{
	struct daemon daemon = {0};

	daemon_start(&daemon, WORDS("-o", "depth=1", "-o", "width=1", "-o", "max_groups=1"));
	cli_run(&daemon, WORDS("enqueue", "it's", "1"), NULL, 0, NULL, "");
	cli_run(&daemon, WORDS("enqueue", "it's", "2"), NULL, 1, "",
		"\ntry: inflight queue update 'it'\\''s' --depth N, for more of it\n");
	cli_run(&daemon, WORDS("enqueue", "it's", "1"), NULL, 1, "", " --width N, ");
	cli_run(&daemon, WORDS("queue", "delete", "it's"), NULL, 1, "", " --force, ");
	cli_run(&daemon, WORDS("queue", "create", "thumbs"), NULL, 0, NULL, "");
	cli_run(&daemon, WORDS("queue", "stats", "thumsb"), NULL, 1, "",
		"no_such_queue: there is no queue thumsb\ntry: thumbs, which is nearly the same\n");
	cli_run(&daemon, WORDS("queue.stats", "queue=pages"), NULL, 1, "",
		"\ntry: inflight queue list, to see which there are\n"
		"try: inflight queue create pages, to make it\n");
	cli_run(&daemon, WORDS("cancel", "thumbs", "x"), NULL, 1, "",
		"try: inflight queue peek thumbs ");
	cli_run(&daemon, WORDS("group", "create", "g"), NULL, 0, NULL, "");
	cli_run(&daemon, WORDS("group", "create", "h"), NULL, 1, "", "try: max_groups in ");
	cli_run(&daemon, WORDS("queue.lists"), NULL, 1, "", "\ntry: inflight help queue list\n");
	daemon_stop(&daemon);
}
END_TEST

START_TEST(test_hints_without_a_daemon)
{
	struct daemon nowhere = {.address = "unix:/nonexistent/sock"};

	cli_run(&nowhere, WORDS("ping"), NULL, 3, "",
		"\ntry: inflightd -l unix:/nonexistent/sock &, to start a daemon there\n"
		"try: -s ADDRESS or INFLIGHT_ADDRESS=ADDRESS, ");
	cli_run(&nowhere, WORDS("enqeue", "a", "b"), NULL, 2, "", "\ntry: inflight help enqueue\n");
	cli_run(&nowhere, WORDS("queue", "lst"), NULL, 2, "", "\ntry: inflight help queue list\n");
	cli_run(&nowhere, WORDS("queue"), NULL, 2, "", "\ntry: inflight help queue\n");
	cli_run(&nowhere, WORDS("put", "a", "b"), NULL, 2, "",
		"\ntry: inflight enqueue QUEUE KEY ");
	cli_run(&nowhere, WORDS("fail", "a"), NULL, 2, "", "\ntry: inflight finish TOKEN --error ");
	cli_run(&nowhere, WORDS("zzzzzz", "a"), NULL, 2, "", "\ntry: inflight help\n");
	cli_run(&nowhere, WORDS("dequeue", "q", "--lese", "1"), NULL, 2, "",
		"--lese: no such option\ntry: --lease\n");
	cli_run(&nowhere, WORDS("queue", "peek", "q", "--state", "raedy"), NULL, 2, "",
		"takes one of ready, waiting, leased, held, dead\ntry: ready\n");
	cli_run(&nowhere, WORDS("dequeue"), NULL, 2, "",
		"QUEUE is missing\nusage: inflight dequeue [OPTION ...] QUEUE ...\n");
	cli_run(&nowhere, WORDS("--tokn-file", "x", "ping"), NULL, 2, "", "\ntry: --token-file\n");
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("cli verbs");
	TCase *tcase = tcase_create("cli verbs");
	SRunner *runner;
	int failed;

	tcase_set_timeout(tcase, 60);
	tcase_add_test(tcase, test_enqueue);
	tcase_add_test(tcase, test_enqueue_lines);
	tcase_add_test(tcase, test_leases);
	tcase_add_test(tcase, test_queues);
	tcase_add_test(tcase, test_overview);
	tcase_add_test(tcase, test_groups);
	tcase_add_test(tcase, test_daemon);
	tcase_add_test(tcase, test_every_method_is_a_verb);
	tcase_add_test(tcase, test_help);
	tcase_add_test(tcase, test_hints);
	tcase_add_test(tcase, test_hints_without_a_daemon);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
