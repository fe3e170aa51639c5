/*
 * What the page of the HTTP listener is made of, and what it asks for: rows of figures that are
 * those of the wire, a page at a time; sets that stay small however big their messages are; and to
 * whom.
 */
#include <config.h>

#include "http.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void
ask(struct peer *peer, const char *line)
{
	json_t *answer = peer_ask(peer, line);

	ck_assert_msg(json_is_null(json_object_get(answer, "error")), "%s", line);
	json_decref(answer);
}

/* Queues of that prefix and four digits. */
static void
make_queues(struct peer *peer, const char *prefix, int count)
{
	char line[100];

	for (int i = 0; i < count; i++) {
		snprintf(line, sizeof(line), "{\"method\":\"queue.create\",\"queue\":\"%s%04d\"}",
			prefix, i);
		ask(peer, line);
	}
}

/* The cell of a row under that heading; borrowed. */
static const json_t *
cell(const json_t *rows, size_t i, const char *column)
{
	const json_t *columns = json_object_get(rows, "columns");
	const json_t *row = json_array_get(json_object_get(rows, "rows"), i);

	ck_assert_uint_eq(json_array_size(columns), json_array_size(row));
	for (size_t at = 0; at < json_array_size(columns); at++) {
		if (strcmp(json_string_value(json_array_get(columns, at)), column) == 0)
			return json_array_get(row, at);
	}
	ck_abort_msg("there is no column %s", column);
}

static size_t
row_count(const json_t *rows)
{
	return json_array_size(json_object_get(rows, "rows"));
}

/* ---- rows ------------------------------------------------------------------- */

/* All names are told once, in their order, on as many pages as it takes. */
START_TEST(test_pages)
{
	struct daemon daemon = {0};
	int port = http_start(&daemon, NULL);
	struct peer peer;
	char path[100] = "/api/look/queues?prefix=q&count=250";
	char name[20];
	int told = 0;

	peer_connect(&peer, &daemon);
	make_queues(&peer, "q", 600);
	make_queues(&peer, "r", 2);
	for (int page = 0; page < 3; page++) {
		json_t *rows = http_get_json(port, path, 200);
		const char *next = json_string_value(json_object_get(rows, "next"));

		ck_assert_uint_eq(row_count(rows), page < 2 ? 250 : 100);
		for (size_t i = 0; i < row_count(rows); i++) {
			snprintf(name, sizeof(name), "q%04d", told++);
			ck_assert_str_eq(json_string_value(cell(rows, i, "queue")), name);
		}
		ck_assert_int_eq(next == NULL, page == 2);
		snprintf(path, sizeof(path), "/api/look/queues?prefix=q&count=250&after=%s",
			next == NULL ? "" : next);
		json_decref(rows);
	}
	peer_close(&peer);
	daemon_stop(&daemon);
}
END_TEST

/* What has the same name is the same as in the answer to queue.stats. */
static void
require_stats(const json_t *rows, struct peer *peer)
{
	json_t *answer = peer_ask(peer, "{\"method\":\"queue.stats\",\"queue\":\"q\"}");
	const json_t *stats = json_object_get(answer, "result");
	const json_t *columns = json_object_get(rows, "columns");
	size_t same = 0;

	for (size_t i = 0; i < json_array_size(columns); i++) {
		const char *name = json_string_value(json_array_get(columns, i));
		const json_t *value = json_object_get(stats, name);

		if (value == NULL || strstr(name, "_ms") != NULL)
			continue; /* time goes on between the two */
		ck_assert_msg(json_equal(value, cell(rows, 0, name)), "%s", name);
		same++;
	}
	ck_assert_uint_eq(same, 22);
	json_decref(answer);
}

START_TEST(test_queue_row)
{
	struct daemon daemon = {0};
	int port = http_start(&daemon, NULL);
	struct peer peer;
	json_t *rows;

	peer_connect(&peer, &daemon);
	ask(&peer, "{\"method\":\"queue.create\",\"queue\":\"q\",\"depth\":7,\"width\":2,"
		   "\"lease_ms\":60000,\"max_attempts\":5,\"exclusive\":true}");
	for (int i = 0; i < 4; i++)
		ask(&peer, i % 2 == 0 ? "{\"method\":\"enqueue\",\"queue\":\"q\",\"key\":1}"
				      : "{\"method\":\"enqueue\",\"queue\":\"q\",\"key\":2}");
	ask(&peer, "{\"method\":\"dequeue\",\"queue\":\"q\"}");
	ask(&peer, "{\"method\":\"enqueue\",\"queue\":\"q\",\"key\":1}");
	peer_ask_refused(
		&peer, "{\"method\":\"enqueue\",\"queue\":\"q\",\"key\":2}", "saturated_width");
	rows = http_get_json(port, "/api/look/queues", 200);
	require_stats(rows, &peer);
	ck_assert_int_eq(json_integer_value(cell(rows, 0, "held")), 1);
	ck_assert_int_eq(json_integer_value(cell(rows, 0, "max_depth")), 7);
	ck_assert_int_eq(json_integer_value(cell(rows, 0, "max_width")), 2);
	ck_assert_int_eq(json_integer_value(cell(rows, 0, "lease_ms")), 60000);
	ck_assert_int_eq(json_integer_value(cell(rows, 0, "max_attempts")), 5);
	ck_assert(json_is_true(cell(rows, 0, "exclusive")));
	json_decref(rows);
	peer_close(&peer);
	daemon_stop(&daemon);
}
END_TEST

START_TEST(test_group_rows)
{
	struct daemon daemon = {0};
	int port = http_start(&daemon, NULL);
	struct peer peer;
	json_t *rows;

	peer_connect(&peer, &daemon);
	ask(&peer, "{\"method\":\"group.create\",\"group\":\"a\"}");
	ask(&peer, "{\"method\":\"group.create\",\"group\":\"b\",\"size\":3}");
	ask(&peer, "{\"method\":\"group.add\",\"group\":\"b\",\"op\":\"1\"}");
	ask(&peer, "{\"method\":\"group.add\",\"group\":\"b\",\"op\":\"2\"}");
	ask(&peer, "{\"method\":\"group.finish\",\"group\":\"b\",\"op\":\"1\",\"error\":0}");
	ask(&peer, "{\"method\":\"group.create\",\"group\":\"c\"}");
	ask(&peer, "{\"method\":\"group.seal\",\"group\":\"c\"}");
	rows = http_get_json(port, "/api/look/groups", 200);
	ck_assert_uint_eq(row_count(rows), 3);
	ck_assert(json_is_null(cell(rows, 0, "size")));
	ck_assert(json_is_false(cell(rows, 0, "sealed")));
	ck_assert_int_eq(json_integer_value(cell(rows, 1, "size")), 3);
	ck_assert_int_eq(json_integer_value(cell(rows, 1, "ops")), 2);
	ck_assert_int_eq(json_integer_value(cell(rows, 1, "outstanding")), 1);
	ck_assert_int_eq(json_integer_value(cell(rows, 1, "failed")), 1);
	ck_assert(json_is_true(cell(rows, 2, "sealed")));
	ck_assert(json_is_true(cell(rows, 2, "done")));
	json_decref(rows);
	peer_close(&peer);
	daemon_stop(&daemon);
}
END_TEST

/* ---- sets ------------------------------------------------------------------- */

/* Enqueues five ops of a key, with messages of 300 times that character. */
static void
enqueue_big(struct peer *peer, int key, const char *character)
{
	char msg[1000] = "";
	char line[1200];

	for (int i = 0; i < 300; i++)
		memcpy(msg + strlen(msg), character, strlen(character) + 1);
	snprintf(line, sizeof(line),
		"{\"method\":\"enqueue\",\"queue\":\"q\",\"key\":%d,\"msg\":\"%s\"}", key, msg);
	for (int i = 0; i < 5; i++)
		ask(peer, line);
}

/* The first op of a set shows that many bytes of the message, of so many. */
static void
require_cut(const json_t *sets, size_t i, size_t shown, json_int_t bytes)
{
	const json_t *set = json_array_get(json_object_get(sets, "sets"), i);
	const json_t *ops = json_object_get(set, "ops");
	const json_t *op = json_array_get(ops, 0);

	ck_assert_int_eq(json_integer_value(json_object_get(set, "width")), 5);
	ck_assert_uint_eq(json_array_size(ops), 3);
	ck_assert_uint_eq(json_string_length(json_object_get(op, "msg")), shown);
	ck_assert_int_eq(json_integer_value(json_object_get(op, "msg_bytes")), bytes);
}

START_TEST(test_sets)
{
	struct daemon daemon = {0};
	int port = http_start(&daemon, NULL);
	struct peer peer;
	json_t *sets;

	peer_connect(&peer, &daemon);
	enqueue_big(&peer, 0, "m");
	enqueue_big(&peer, 1, "é"); /* the quote in front makes them stand on odd places */
	enqueue_big(&peer, 2, "€");
	for (int i = 3; i < 25; i++)
		enqueue_big(&peer, i, "m");
	sets = http_get_json(port, "/api/look/sets?queue=q", 200);
	ck_assert_uint_eq(json_array_size(json_object_get(sets, "sets")), 20);
	require_cut(sets, 0, 240, 302);
	require_cut(sets, 1, 239, 602);
	require_cut(sets, 2, 238, 902);
	json_decref(sets);
	ask(&peer, "{\"method\":\"dequeue\",\"queue\":\"q\"}");
	sets = http_get_json(port, "/api/look/sets?queue=q&state=leased&count=100", 200);
	ck_assert_uint_eq(json_array_size(json_object_get(sets, "sets")), 1);
	require_in(json_string_value(json_object_get(
			   json_array_get(json_object_get(sets, "sets"), 0), "holder")),
		"unix:");
	json_decref(sets);
	sets = http_get_json(port, "/api/look/sets?queue=q&state=dead", 200);
	ck_assert_uint_eq(json_array_size(json_object_get(sets, "sets")), 0);
	json_decref(sets);
	peer_close(&peer);
	daemon_stop(&daemon);
}
END_TEST

START_TEST(test_errors)
{
	static const struct {
		const char *path;
		int status;
	} cases[] = {
		{"/api/look/queues?count=1000", 200},
		{"/api/look/queues?count=1001", 400},
		{"/api/look/queues?count=0", 400},
		{"/api/look/queues?count=", 400},
		{"/api/look/queues?count=1x", 400},
		{"/api/look/queues?count=99999999999999999999999", 400},
		{"/api/look/queues?count=1&count=1", 400},
		{"/api/look/queues?queue=q", 400},
		{"/api/look/queues?after=%ff", 200},
		{"/api/look/sets", 400},
		{"/api/look/sets?queue=", 400},
		{"/api/look/sets?queue=none", 404},
		{"/api/look/sets?queue=q0000%00", 404},
		{"/api/look/sets?queue=q0000&count=100", 200},
		{"/api/look/sets?queue=q0000&count=101", 400},
		{"/api/look/sets?queue=q0000&state=gone", 400},
		{"/api/look/groups?state=ready", 400},
	};
	struct daemon daemon = {0};
	int port = http_start(&daemon, NULL);
	struct peer peer;
	char path[300];

	peer_connect(&peer, &daemon);
	make_queues(&peer, "q", 1);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		json_decref(http_get_json(port, cases[i].path, cases[i].status));
	/* A name has 200 bytes at most. */
	for (int len = 200; len <= 201; len++) {
		snprintf(path, sizeof(path), "/api/look/sets?queue=%0*d", len, 0);
		json_decref(http_get_json(port, path, len == 200 ? 404 : 400));
		snprintf(path, sizeof(path), "/api/look/queues?after=%0*d", len, 0);
		json_decref(http_get_json(port, path, len == 200 ? 200 : 400));
	}
	peer_close(&peer);
	daemon_stop(&daemon);
}
END_TEST

/* ---- to whom ----------------------------------------------------------------- */

static json_t *
read_as_reader(int port, const char *path, int status)
{
	struct answer answer = http_get(port, path, "Authorization: Bearer " READER "\r\n");
	json_t *json = json_loads(answer.body, 0, NULL);

	ck_assert_msg(answer.status == status, "%s: %d %s", path, answer.status, answer.body);
	http_free(&answer);
	return json;
}

/* Whoever may see some names is not told that there are others, not even by where a page ends. */
START_TEST(test_reader)
{
	struct daemon daemon = {0};
	char set[200];
	char auth[400];
	const char *args[] = {"-o", set, NULL};
	const char *path;
	struct peer peer;
	json_t *rows;
	int port;

	daemon_prepare(&daemon);
	snprintf(auth, sizeof(auth),
		"[reader]\nrole = reader\nqueues = m*, z*\ngroups = m*\ntoken = "
		"sha256:" READER_DIGEST "\n[all]\nrole = admin\nuid = %u\n",
		(unsigned)getuid());
	path = daemon_file(&daemon, "auth", auth);
	ck_assert_int_eq(chmod(path, 0600), 0);
	snprintf(set, sizeof(set), "auth_file=%s", path);
	port = http_start(&daemon, args);
	peer_connect(&peer, &daemon);
	make_queues(&peer, "a", 600);
	make_queues(&peer, "m", 3);
	make_queues(&peer, "n", 600);
	make_queues(&peer, "z", 1);
	rows = read_as_reader(port, "/api/look/queues?count=3", 200);
	ck_assert_uint_eq(row_count(rows), 3);
	ck_assert_str_eq(json_string_value(json_object_get(rows, "next")), "m0002");
	json_decref(rows);
	rows = read_as_reader(port, "/api/look/queues?count=3&after=m0002", 200);
	ck_assert_uint_eq(row_count(rows), 1);
	ck_assert_str_eq(json_string_value(cell(rows, 0, "queue")), "z0000");
	ck_assert_ptr_null(json_object_get(rows, "next"));
	json_decref(rows);
	json_decref(read_as_reader(port, "/api/look/sets?queue=m0001", 200));
	json_decref(read_as_reader(port, "/api/look/sets?queue=n0001", 403));
	json_decref(read_as_reader(port, "/api/look/sets?queue=none", 403));
	ask(&peer, "{\"method\":\"group.create\",\"group\":\"m\"}");
	ask(&peer, "{\"method\":\"group.create\",\"group\":\"z\"}");
	rows = read_as_reader(port, "/api/look/groups", 200);
	ck_assert_uint_eq(row_count(rows), 1);
	json_decref(rows);
	http_require(port, "/api/look/queues", 401, "token");
	http_require(port, "/", 200, "<!doctype html>");
	peer_close(&peer);
	daemon_stop(&daemon);
}
END_TEST

/* ---- the page ------------------------------------------------------------------ */

START_TEST(test_page)
{
	struct daemon daemon = {0};
	int port = http_start(&daemon, NULL);
	struct answer answer = http_get(port, "/", "");
	const char *policy;

	ck_assert_int_eq(answer.status, 200);
	ck_assert_str_eq(http_header(&answer, "Content-Type"), "text/html; charset=utf-8");
	ck_assert_str_eq(http_header(&answer, "Cache-Control"), "no-store");
	ck_assert_str_eq(http_header(&answer, "X-Content-Type-Options"), "nosniff");
	ck_assert_str_eq(http_header(&answer, "Referrer-Policy"), "no-referrer");
	policy = http_header(&answer, "Content-Security-Policy");
	require_in(policy, "default-src 'none'; script-src 'sha256-");
	require_in(policy, "='; style-src 'sha256-");
	ck_assert_ptr_null(strstr(policy, "unsafe"));
	require_in(answer.headers, "; connect-src 'self'; ");
	require_in(answer.headers, "; base-uri 'none'; form-action 'none'; frame-ancestors 'none'");
	/* It is all in one, and without what an older policy would have let pass. */
	ck_assert_ptr_null(strstr(answer.body, "src="));
	ck_assert_ptr_null(strstr(answer.body, " style="));
	ck_assert_ptr_null(strstr(answer.body, "innerHTML"));
	require_in(answer.body, "</html>\n");
	http_free(&answer);
	daemon_stop(&daemon);
}
END_TEST

/* Peers that go while their looks are under way leave nothing behind. */
START_TEST(test_gone)
{
	struct daemon daemon = {0};
	int port = http_start(&daemon, NULL);
	struct peer peer;

	peer_connect(&peer, &daemon);
	make_queues(&peer, "q", 1000);
	for (int i = 0; i < 20; i++) {
		int fd = http_connect(port);

		http_send(
			fd, "GET /api/look/queues?count=1000 HTTP/1.1\r\nHost: localhost\r\n\r\n");
		if (i % 2 == 0)
			http_send(fd, "GET /api/look/sets?queue=q0001 HTTP/1.1\r\n");
		close(fd);
	}
	http_require(port, "/healthz", 200, "ok");
	peer_close(&peer);
	daemon_stop(&daemon);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("look");
	TCase *tcase = tcase_create("look");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_set_timeout(tcase, 4 * process_timeout_ms() / 1000);
	tcase_add_test(tcase, test_pages);
	tcase_add_test(tcase, test_queue_row);
	tcase_add_test(tcase, test_group_rows);
	tcase_add_test(tcase, test_sets);
	tcase_add_test(tcase, test_errors);
	tcase_add_test(tcase, test_reader);
	tcase_add_test(tcase, test_page);
	tcase_add_test(tcase, test_gone);
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
