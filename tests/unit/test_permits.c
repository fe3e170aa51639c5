/*
 * Who may call what: every method of the table with every role, and without any. The
 * expectations stand here once more, so that a method or a permission that
 * comes in must be thought of twice. A refused call leaves no trace, in whatever form.
 */
#include <config.h>

#include <stdarg.h>

#include "auth_fixture.h"
#include "command/command.h"
#include "peer.h"

static const char rules_text[] = "[producer]\nrole = producer\ntoken = p\n"
				 "[worker]\nrole = worker\ntoken = w\n"
				 "[reader]\nrole = reader\ntoken = r\n"
				 "[admin]\nrole = admin\ntoken = a\n"
				 "[elsewhere]\nrole = admin\nqueues = x*\ngroups = x*\ntoken = e\n";

/* Tokens of who is tried; "-" shows none. */
static const char everybody[] = "pwra-";

struct row {
	const char *method;
	const char *allowed; /* those of `everybody` who may */
	bool changes;        /* what looking shows is not the same afterwards */
	const char *params;  /* SET stands for a set that is leased */
};

static const struct row rows[] = {
	{"auth", "pwra-", false, "\"token\":\"a\""},
	{"cancel", "pa", true, "\"queue\":\"q\",\"op\":\"o2\""},
	{"dequeue", "wa", true, "\"queue\":\"q\",\"wait_ms\":0"},
	{"enqueue", "pa", true, "\"queue\":\"q\",\"key\":3,\"group\":\"g\""},
	{"extend", "wa", true, "\"set\":\"SET\""},
	{"finish", "wa", true, "\"set\":\"SET\""},
	{"group.add", "pa", true, "\"group\":\"g\""},
	{"group.create", "pa", true, "\"group\":\"new\""},
	{"group.delete", "pa", true, "\"group\":\"h\""},
	{"group.finish", "pwa", true, "\"group\":\"g\",\"op\":\"o1\""},
	{"group.list", "ra", false, ""},
	{"group.seal", "pa", true, "\"group\":\"h\""},
	{"group.wait", "pra", false, "\"group\":\"g\",\"wait_ms\":0"},
	{"info", "pwra", false, ""},
	{"methods", "pwra-", false, ""},
	{"ping", "pwra-", false, ""},
	{"queue.close", "a", true, "\"queue\":\"q\""},
	{"queue.create", "a", true, "\"queue\":\"new\""},
	{"queue.delete", "a", true, "\"queue\":\"c\""},
	{"queue.kick", "a", true, "\"queue\":\"d\""},
	{"queue.list", "ra", false, ""},
	{"queue.open", "a", true, "\"queue\":\"c\""},
	{"queue.pause", "a", true, "\"queue\":\"q\""},
	{"queue.peek", "ra", false, "\"queue\":\"q\""},
	{"queue.purge", "a", true, "\"queue\":\"q\""},
	{"queue.resume", "a", true, "\"queue\":\"c\""},
	{"queue.stats", "ra", false, "\"queue\":\"q\""},
	{"queue.update", "a", true, "\"queue\":\"q\",\"depth\":77"},
	{"release", "wa", true, "\"set\":\"SET\""},
	{"rpc.discover", "pwra", false, ""},
	{"stats", "ra", false, ""},
};

#define ROW_COUNT (sizeof(rows) / sizeof(rows[0]))

static struct world world;
static struct session *admin;
static char set[64];

/* What the peer is answered, for the caller to free. */
__attribute__((format(printf, 2, 3))) static char *
ask(struct session *peer, const char *format, ...)
{
	char line[512];
	va_list args;

	va_start(args, format);
	vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	peer_say(peer, line);
	peer_say(peer, "\n");
	world_run(&world);
	return peer_read(peer);
}

static void
tell(const char *line)
{
	char *answer = ask(admin, "%s", line);

	ck_assert_msg(strstr(answer, "\"error\":null") != NULL, "%s", answer);
	free(answer);
}

static struct session *
peer_of(char token)
{
	struct session *peer = peer_new(&world, "unix:9");

	if (token != '-')
		free(ask(peer, "{\"method\":\"auth\",\"token\":\"%c\"}", token));
	return peer;
}

/* Takes the set of key 1 of that queue. */
static void
take_set(const char *queue)
{
	char *answer = ask(admin, "{\"method\":\"dequeue\",\"queue\":\"%s\",\"key\":1}", queue);
	const char *at = strstr(answer, "\"set\":\"");

	ck_assert_ptr_nonnull(at);
	snprintf(set, sizeof(set), "%.*s", (int)strcspn(at + 7, "\""), at + 7);
	free(answer);
}

/* Something of every kind, so that each method that changes anything has something to change. */
static void
start(void)
{
	world_prepare(&world, false);
	world_start(&world);
	service_authenticate(world.service, auth_rules_of(rules_text));
	admin = peer_of('a');
	tell("{\"method\":\"queue.create\",\"queue\":\"c\"}");
	tell("{\"method\":\"queue.close\",\"queue\":\"c\"}");
	tell("{\"method\":\"queue.pause\",\"queue\":\"c\"}");
	tell("{\"method\":\"queue.create\",\"queue\":\"d\",\"max_attempts\":1}");
	tell("{\"method\":\"enqueue\",\"queue\":\"d\",\"key\":1}");
	take_set("d");
	free(ask(admin, "{\"method\":\"release\",\"set\":\"%s\"}", set));
	tell("{\"method\":\"group.create\",\"group\":\"g\"}");
	tell("{\"method\":\"group.create\",\"group\":\"h\"}");
	tell("{\"method\":\"enqueue\",\"queue\":\"q\",\"key\":1,\"op\":\"o1\",\"group\":\"g\"}");
	tell("{\"method\":\"enqueue\",\"queue\":\"q\",\"key\":2,\"op\":\"o2\"}");
	take_set("q");
	world_pass(&world, 10);
}

static void
finish(void)
{
	session_close(admin);
	world_end(&world);
}

/* All that can be seen of queues and groups, as text for the caller to free. */
static char *
look(void)
{
	static const char *const lines[] = {
		"{\"method\":\"queue.list\"}",
		"{\"method\":\"group.list\"}",
		"{\"method\":\"queue.stats\",\"queue\":\"q\"}",
		"{\"method\":\"queue.stats\",\"queue\":\"c\"}",
		"{\"method\":\"queue.stats\",\"queue\":\"d\"}",
		"{\"method\":\"queue.update\",\"queue\":\"q\"}",
		"{\"method\":\"queue.peek\",\"queue\":\"q\",\"count\":9}",
		"{\"method\":\"queue.peek\",\"queue\":\"q\",\"state\":\"leased\"}",
		"{\"method\":\"group.wait\",\"group\":\"g\",\"wait_ms\":0}",
		"{\"method\":\"group.wait\",\"group\":\"h\",\"wait_ms\":0}",
	};
	struct buf all;
	char *text;

	buf_init(&all);
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		char *answer = ask(admin, "%s", lines[i]);

		buf_add(&all, span_str(answer));
		free(answer);
	}
	text = xstrndup(buf_span(&all).ptr, buf_len(&all));
	buf_fini(&all);
	return text;
}

/* The row's params with the set in them. */
static void
write_params(const struct row *row, char *out, size_t size)
{
	const char *at = strstr(row->params, "SET");

	if (at == NULL)
		snprintf(out, size, "%s", row->params);
	else
		snprintf(out, size, "%.*s%s%s", (int)(at - row->params), row->params, set, at + 3);
}

/* In every form it is refused, and nothing has happened. */
static void
require_refused(struct session *peer, const struct row *row, const char *params)
{
	char *before = look();
	char *after;
	char *answers[4];

	answers[0] = ask(
		peer, "{\"method\":\"%s\"%s%s}", row->method, params[0] == '\0' ? "" : ",", params);
	answers[1] = ask(peer, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"%s\",\"params\":{%s}}",
		row->method, params);
	answers[2] = ask(peer, "[{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"%s\",\"params\":{%s}}]",
		row->method, params);
	answers[3] = ask(peer, "{\"jsonrpc\":\"2.0\",\"method\":\"%s\",\"params\":{%s}}",
		row->method, params);
	after = look();
	for (size_t i = 0; i < 3; i++) {
		ck_assert_msg(strstr(answers[i], "unauthorized") != NULL &&
				      strstr(answers[i], row->method) != NULL,
			"%s: %s", row->method, answers[i]);
		free(answers[i]);
	}
	ck_assert_str_eq(answers[3], "");
	free(answers[3]);
	ck_assert_msg(strcmp(before, after) == 0, "%s\nbefore: %s\nafter: %s", row->method, before,
		after);
	free(before);
	free(after);
}

static void
require_allowed(struct session *peer, const struct row *row, const char *params)
{
	char *before = look();
	char *answer = ask(
		peer, "{\"method\":\"%s\"%s%s}", row->method, params[0] == '\0' ? "" : ",", params);
	char *after = look();

	ck_assert_msg(strstr(answer, "\"error\":null") != NULL, "%s: %.200s", row->method, answer);
	ck_assert_msg((strcmp(before, after) != 0) == row->changes, "%s: changes %d\n%.300s",
		row->method, row->changes, after);
	free(before);
	free(answer);
	free(after);
}

START_TEST(each_method_with_each_role)
{
	const struct row *row = &rows[_i];

	for (const char *who = everybody; *who != '\0'; who++) {
		struct session *peer;
		char params[256];

		start();
		peer = peer_of(*who);
		write_params(row, params, sizeof(params));
		if (strchr(row->allowed, *who) != NULL)
			require_allowed(peer, row, params);
		else
			require_refused(peer, row, params);
		session_close(peer);
		finish();
	}
}
END_TEST

/* Does the method name a queue or a group, or all of them? */
static bool
has_names(const struct row *row)
{
	return strstr(row->params, "\"queue\"") != NULL ||
	       strstr(row->params, "\"group\"") != NULL || strstr(row->method, ".list") != NULL;
}

START_TEST(each_method_with_names_of_others)
{
	const struct row *row = &rows[_i];
	struct session *peer;

	if (!has_names(row))
		return;
	start();
	peer = peer_of('e');
	require_refused(peer, row, row->params);
	session_close(peer);
	finish();
}
END_TEST

START_TEST(the_table_is_complete)
{
	const struct command *command;
	size_t count = 0;

	for (; (command = command_at(count)) != NULL; count++) {
		ck_assert_uint_lt(count, ROW_COUNT);
		ck_assert_str_eq(command->name, rows[count].method);
	}
	ck_assert_uint_eq(count, ROW_COUNT);
}
END_TEST

static void
check_subjects(const struct arg_spec *specs)
{
	for (; specs->name != NULL; specs++) {
		bool is_queue = strncmp(specs->name, "queue", 5) == 0;
		bool is_group = strcmp(specs->name, "group") == 0;

		if (is_queue)
			ck_assert_int_eq(specs->subject, SUBJECT_QUEUE);
		else if (is_group)
			ck_assert_int_eq(specs->subject, SUBJECT_GROUP);
		else
			ck_assert(specs->type != ARG_NAME && specs->type != ARG_NAMES);
		if (specs->type == ARG_OBJECT)
			check_subjects(specs->members);
	}
}

/* No name is a param that nobody looks at. */
START_TEST(all_names_have_a_subject)
{
	const struct command *command;

	for (size_t i = 0; (command = command_at(i)) != NULL; i++)
		check_subjects(command->args);
}
END_TEST

/* Where nobody is asked, there is nothing to be refused, and no auth. */
START_TEST(open_to_all)
{
	struct session *peer;
	char *answer;

	world_prepare(&world, false);
	world_start(&world);
	peer = peer_new(&world, "unix:1");
	answer = ask(peer, "{\"method\":\"queue.create\",\"queue\":\"q\"}");
	ck_assert_ptr_nonnull(strstr(answer, "\"created\":true"));
	free(answer);
	answer = ask(peer, "{\"method\":\"auth\",\"token\":\"a\"}");
	ck_assert_ptr_nonnull(strstr(answer, "method_not_found: there is no method auth, because "
					     "no authentication is configured"));
	free(answer);
	answer = ask(peer, "{\"method\":\"methods\"}");
	ck_assert_ptr_null(strstr(answer, "\"auth\""));
	free(answer);
	answer = ask(peer, "{\"method\":\"rpc.discover\"}");
	ck_assert_ptr_null(strstr(answer, "-32030"));
	free(answer);
	session_close(peer);
	world_end(&world);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("permits");
	TCase *tests = tcase_create("permits");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_loop_test(tests, each_method_with_each_role, 0, (int)ROW_COUNT);
	tcase_add_loop_test(tests, each_method_with_names_of_others, 0, (int)ROW_COUNT);
	tcase_add_test(tests, the_table_is_complete);
	tcase_add_test(tests, all_names_have_a_subject);
	tcase_add_test(tests, open_to_all);
	suite_add_tcase(suite, tests);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
