/*
 * The HTTP listener of the real daemon: what is served and what is not, to whom, that it says
 * when the daemon drains, and that its peers take nothing from those of the queues.
 */
#include <config.h>

#include "http.h"

#include <check.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define ENQUEUE "{\"method\":\"enqueue\",\"queue\":\"q\",\"key\":\"k\",\"msg\":1}"
#define TAKE    "{\"method\":\"dequeue\",\"queue\":\"q\",\"wait_ms\":0}"

/* One request, as it stands, and the answer to it. */
static struct answer
ask(int port, const char *text)
{
	int fd = http_connect(port);

	http_send(fd, text);
	return http_read(fd);
}

static void
require_status(int port, const char *request, int status)
{
	struct answer answer = ask(port, request);

	ck_assert_msg(answer.status == status, "%s: %d %s", request, answer.status, answer.body);
	http_free(&answer);
}

/* ---- what is served ------------------------------------------------------- */

START_TEST(test_health)
{
	struct daemon daemon = {0};
	int port = http_start(&daemon, NULL);

	http_require(port, "/healthz", 200, "ok\n");
	http_require(port, "/readyz", 200, "ready\n");
	http_require(port, "//", 404, "");
	http_require(port, "/healthz/", 404, "");
	http_require(port, "/metrics?x=1", 200,
		"inflightd_build_info{version=\"" PACKAGE_VERSION "\"} 1");
	daemon_stop(&daemon);
}
END_TEST

START_TEST(test_methods)
{
	struct daemon daemon = {0};
	int port = http_start(&daemon, NULL);
	static const char *const methods[] = {"POST", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE"};
	struct answer answer;
	char request[200];

	for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++) {
		snprintf(request, sizeof(request),
			"%s /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
			methods[i]);
		answer = ask(port, request);
		ck_assert_int_eq(answer.status, 405);
		ck_assert_str_eq(http_header(&answer, "Allow"), "GET, HEAD");
		http_free(&answer);
	}
	answer =
		ask(port, "HEAD /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
	ck_assert_int_eq(answer.status, 200);
	ck_assert_str_eq(http_header(&answer, "Content-Length"), "3");
	ck_assert_str_eq(answer.body, "");
	http_free(&answer);
	answer =
		ask(port, "HEAD /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
	ck_assert_int_eq(answer.status, 200);
	ck_assert_str_eq(answer.body, "");
	http_free(&answer);
	require_status(port,
		"GET /healthz HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\n\r\nx", 413);
	require_status(port,
		"GET /healthz HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n",
		413);
	daemon_stop(&daemon);
}
END_TEST

/* Several requests on one connection, all at once. */
START_TEST(test_pipelined)
{
	struct daemon daemon = {0};
	int port = http_start(&daemon, NULL);
	struct answer answer =
		ask(port, "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"
			  "GET /api/stats HTTP/1.1\r\nHost: localhost\r\n\r\n"
			  "GET /readyz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");

	ck_assert_int_eq(answer.status, 200);
	require_in(answer.body, "ok\nHTTP/1.1 200 OK");
	require_in(answer.body, "\"conservation\":");
	require_in(answer.body, "\r\n\r\nready\n");
	http_free(&answer);
	daemon_stop(&daemon);
}
END_TEST

START_TEST(test_api)
{
	struct daemon daemon = {0};
	int port = http_start(&daemon, NULL);
	struct peer peer;
	json_t *json;

	peer_connect(&peer, &daemon);
	peer_ask_number(&peer, ENQUEUE, "depth");
	peer_ask_number(&peer, "{\"method\":\"enqueue\",\"queue\":\"a/b ?\\\"\\\\\",\"key\":\"k\"}",
		"depth");
	json = http_get_json(port, "/api/queues", 200);
	ck_assert_uint_eq(json_array_size(json_object_get(json, "queues")), 2);
	json_decref(json);
	json = http_get_json(port, "/api/queues?count=1&after=a&prefix=q", 200);
	ck_assert_str_eq(json_string_value(json_object_get(
				 json_array_get(json_object_get(json, "queues"), 0), "queue")),
		"q");
	json_decref(json);
	json = http_get_json(port, "/api/queue?queue=a%2Fb%20%3F%22%5C", 200);
	ck_assert_int_eq(json_integer_value(json_object_get(json, "depth")), 1);
	json_decref(json);
	json = http_get_json(port, "/api/peek?queue=q&count=5&state=ready&key=k", 200);
	ck_assert_uint_eq(json_array_size(json_object_get(json, "sets")), 1);
	json_decref(json);
	json = http_get_json(port, "/api/info", 200);
	ck_assert_str_eq(json_string_value(json_object_get(json, "version")), PACKAGE_VERSION);
	json_decref(json);
	json = http_get_json(port, "/api/groups", 200);
	ck_assert_uint_eq(json_array_size(json_object_get(json, "groups")), 0);
	json_decref(json);
	/* It is no connection to anybody, and left nothing behind. */
	ck_assert_int_eq(peer_ask_number(&peer, "{\"method\":\"stats\"}", "connections"), 1);
	peer_close(&peer);
	daemon_stop(&daemon);
}
END_TEST

START_TEST(test_api_errors)
{
	static const struct {
		const char *path;
		int status;
		const char *body;
	} cases[] = {
		{"/api/queue?queue=none", 404, "{\"error\":\"no_such_queue: "},
		{"/api/queue", 400, "{\"error\":\"invalid_params: "},
		{"/api/queue?queue=a&queue=b", 400, "{\"error\":\"invalid_params: "},
		{"/api/queue?queue=%00", 400, "{\"error\":\"invalid_params: "},
		{"/api/queue?queue=%ff", 404, "{\"error\":\"no_such_queue: "},
		{"/api/queue?queue=a&method=stats", 400, "not known"},
		{"/api/queues?count=1001", 400, "{\"error\":\"invalid_params: "},
		{"/api/queues?count=-1", 400, "{\"error\":\"invalid_params: "},
		{"/api/queues?count=x", 400, "{\"error\":\"invalid_params: "},
		{"/api/queues?count=99999999999999999999", 400, "{\"error\":\"invalid_params: "},
		{"/api/group?group=none", 404, "{\"error\":\"no_such_group: "},
		{"/api/group?group=none&wait_ms=100000", 400, "not known"},
		{"/api/peek?queue=none&state=none", 400, "{\"error\":\"invalid_params: "},
		{"/api", 404, ""},
		{"/api/", 404, ""},
	};
	struct daemon daemon = {0};
	int port = http_start(&daemon, NULL);

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		http_require(port, cases[i].path, cases[i].status, cases[i].body);
	daemon_stop(&daemon);
}
END_TEST

/* More queues than a session executes requests in one turn. */
START_TEST(test_api_many)
{
	struct daemon daemon = {0};
	int port = http_start(&daemon, NULL);
	struct peer peer;
	char line[100];
	json_t *json;

	peer_connect(&peer, &daemon);
	for (int i = 0; i < 1001; i++) {
		snprintf(
			line, sizeof(line), "{\"method\":\"queue.create\",\"queue\":\"q%04d\"}", i);
		json_decref(peer_ask(&peer, line));
	}
	json = http_get_json(port, "/api/queues?count=1000", 200);
	ck_assert_uint_eq(json_array_size(json_object_get(json, "queues")), 1000);
	json_decref(json);
	json = http_get_json(port, "/api/queues?after=q0999&count=1000", 200);
	ck_assert_uint_eq(json_array_size(json_object_get(json, "queues")), 1);
	json_decref(json);
	peer_close(&peer);
	daemon_stop(&daemon);
}
END_TEST

/* ---- to whom --------------------------------------------------------------- */

START_TEST(test_hosts)
{
	static const struct {
		const char *host;
		int status;
	} cases[] = {
		{"localhost", 200},
		{"LOCALHOST:9747", 200},
		{"127.0.0.1:1", 200},
		{"[::1]", 200},
		{"[::1]:80", 200},
		{"evil.example", 403},
		{"localhost.evil.example", 403},
		{"127.0.0.1.evil.example:80", 403},
		{"[evil]:80", 403},
		{"127.0.0.1:80x", 403},
		{":80", 403},
		{"", 403},
	};
	struct daemon daemon = {0};
	int port = http_start(&daemon, NULL);
	char request[200];

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		snprintf(request, sizeof(request),
			"GET /api/stats HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n",
			cases[i].host);
		require_status(port, request, cases[i].status);
	}
	/* HTTP/1.0 knows no such header, and no browser speaks it. */
	require_status(port, "GET /api/stats HTTP/1.0\r\n\r\n", 200);
	daemon_stop(&daemon);
}
END_TEST

/* Three principals with these tokens; the reader has the queues that begin with "a". */
static const char *
auth_file(struct daemon *daemon)
{
	const char *path;

	daemon_prepare(daemon);
	path = daemon_file(daemon, "auth",
		"[reader]\nrole = reader\nqueues = a*\ntoken = sha256:" READER_DIGEST "\n"
		"[worker]\nrole = worker\ntoken = sha256:" WORKER_DIGEST "\n"
		"[admin]\nrole = admin\ntoken = sha256:" ADMIN_DIGEST "\n");
	ck_assert_int_eq(chmod(path, 0600), 0);
	return path;
}

static int
status_with(int port, const char *path, const char *header)
{
	struct answer answer = http_get(port, path, header);
	int status = answer.status;

	if (status == 401)
		ck_assert_str_eq(
			http_header(&answer, "WWW-Authenticate"), "Bearer realm=\"inflightd\"");
	http_free(&answer);
	return status;
}

START_TEST(test_tokens)
{
	struct daemon daemon = {0};
	char set[200];
	const char *args[] = {"-o", set, NULL};
	int port;

	snprintf(set, sizeof(set), "auth_file=%s", auth_file(&daemon));
	port = http_start(&daemon, args);
	ck_assert_int_eq(status_with(port, "/healthz", ""), 200);
	ck_assert_int_eq(status_with(port, "/readyz", ""), 200);
	ck_assert_int_eq(status_with(port, "/nothing", ""), 404);
	ck_assert_int_eq(status_with(port, "/metrics", ""), 401);
	ck_assert_int_eq(status_with(port, "/api/stats", "Authorization: Basic eDp5\r\n"), 401);
	ck_assert_int_eq(status_with(port, "/api/stats", "Authorization: Bearer nobody\r\n"), 401);
	ck_assert_int_eq(
		status_with(port, "/api/stats", "Authorization: Bearer " WORKER "\r\n"), 403);
	ck_assert_int_eq(
		status_with(port, "/api/stats", "Authorization: bearer " READER "\r\n"), 200);
	ck_assert_int_eq(
		status_with(port, "/metrics", "Authorization: Bearer " READER "\r\n"), 200);
	/* Names are looked at as on the wire. */
	ck_assert_int_eq(
		status_with(port, "/api/queue?queue=a1", "Authorization: Bearer " READER "\r\n"),
		404);
	ck_assert_int_eq(
		status_with(port, "/api/queue?queue=b1", "Authorization: Bearer " READER "\r\n"),
		403);
	ck_assert_int_eq(
		status_with(port, "/api/queues", "Authorization: Bearer " READER "\r\n"), 403);
	ck_assert_int_eq(
		status_with(port, "/api/queues?prefix=a", "Authorization: Bearer " READER "\r\n"),
		200);
	daemon_stop(&daemon);
}
END_TEST

/* Neither what is shown nor what is told is logged, in whatever form; each line is whole. */
START_TEST(test_log_keeps_secrets)
{
	static const char *const formats[] = {
		"log_format=text", "log_format=keys", "log_format=json"};
	static const char *const secrets[] = {READER, ADMIN, "wrong-token", "a-payload"};
	struct daemon daemon = {0};
	char set[200];
	const char *args[] = {"-o", set, "-o", formats[_i], "-o", "log_level=debug", NULL};
	struct peer peer;
	json_t *json;
	const char *log;
	int port;

	snprintf(set, sizeof(set), "auth_file=%s", auth_file(&daemon));
	port = http_start(&daemon, args);
	peer_connect(&peer, &daemon);
	json_decref(peer_ask(&peer, "{\"method\":\"auth\",\"token\":\"" ADMIN "\"}"));
	json_decref(peer_ask(&peer,
		"{\"method\":\"enqueue\",\"queue\":\"a1\",\"key\":1,\"msg\":\"a-payload\"}"));
	ck_assert_int_eq(
		status_with(port, "/metrics", "Authorization: Bearer wrong-token\r\n"), 401);
	ck_assert_int_eq(
		status_with(port, "/api/peek?queue=a1", "Authorization: Bearer " READER "\r\n"),
		200);
	require_status(port, "nonsense a-payload wrong-token\r\n\r\n", 400);
	peer_close(&peer);
	program_signal(&daemon.program, SIGTERM);
	ck_assert_int_eq(program_wait(&daemon.program), 0);
	log = stream_rest(&daemon.program.err);
	require_in(log, "connected");
	for (size_t i = 0; i < sizeof(secrets) / sizeof(secrets[0]); i++)
		ck_assert_msg(strstr(log, secrets[i]) == NULL, "%s: %s", secrets[i], log);
	for (const char *line = log; _i == 2 && *line != '\0'; line = strchr(line, '\n') + 1) {
		json = json_loads(line, JSON_DISABLE_EOF_CHECK | JSON_REJECT_DUPLICATES, NULL);
		ck_assert_msg(json_is_string(json_object_get(json, "msg")), "%s", line);
		json_decref(json);
	}
	daemon_discard(&daemon);
}
END_TEST

/* What of other hosts' is refused, and what is no address for this. */
START_TEST(test_addresses)
{
	static const struct {
		const char *set;
		const char *message;
	} cases[] = {
		{"http_listen=http:0.0.0.0:0", "can be reached from other hosts"},
		{"http_listen=http:[::]:0", "can be reached from other hosts"},
		{"http_listen=tcp:127.0.0.1:0", "is not of the form http:HOST:PORT"},
		{"http_listen=unix:/tmp/x", "is not of the form http:HOST:PORT"},
		{"http_listen=http:name.example:80", "neither an IP address nor localhost"},
		{"listen=http:127.0.0.1:0", "is for HTTP: say http_listen"},
	};
	struct program program;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *argv[] = {harness_inflightd(), "-t", "-o", cases[i].set, NULL};

		ck_assert_int_eq(program_run(&program, argv, NULL), 1);
		require_in(stream_rest(&program.err), cases[i].message);
		program_fini(&program);
	}
}
END_TEST

/* ---- the drain, and peers that are slow ------------------------------------- */

START_TEST(test_drain)
{
	static const char *const args[] = {"-o", "drain_timeout_ms=60000", NULL};
	struct daemon daemon = {0};
	int port = http_start(&daemon, args);
	struct peer peer;
	json_t *taken;
	char line[200];

	peer_connect(&peer, &daemon);
	peer_ask_number(&peer, ENQUEUE, "depth");
	taken = peer_ask(&peer, TAKE);
	snprintf(line, sizeof(line), "{\"method\":\"finish\",\"set\":\"%s\"}",
		json_string_value(json_object_get(json_object_get(taken, "result"), "set")));
	json_decref(taken);
	program_signal(&daemon.program, SIGTERM);
	stream_find(&daemon.program.err, "draining");
	http_require(port, "/readyz", 503, "draining");
	http_require(port, "/healthz", 200, "ok");
	http_require(port, "/metrics", 200, "\ninflightd_draining 1\n");
	peer_send(&peer, line);
	daemon_ended(&daemon, 0);
	peer_close(&peer);
}
END_TEST

/* As many as may be that send nothing: work goes on, others are closed, and time frees them. */
START_TEST(test_slow)
{
	static const char *const args[] = {
		"-o", "max_http_connections=3", "-o", "http_timeout_ms=300", NULL};
	struct daemon daemon = {0};
	int port = http_start(&daemon, args);
	struct stream streams[3];
	struct peer peer;

	peer_connect(&peer, &daemon);
	for (int i = 0; i < 3; i++) {
		int fd = http_connect(port);

		if (i > 0)
			http_send(fd, i == 1 ? "GET /hea" : "GET /healthz HTTP/1.1\r\nX-Long: ");
		stream_init(&streams[i], fd);
	}
	peer_ask_number(&peer, ENQUEUE, "depth");
	/* All three are closed without a word of any kind of success. */
	for (int i = 0; i < 3; i++) {
		ck_assert_ptr_null(strstr(stream_rest(&streams[i]), " 200 "));
		stream_fini(&streams[i]);
	}
	http_require(port, "/healthz", 200, "ok\n");
	peer_close(&peer);
	daemon_stop(&daemon);
}
END_TEST

/* A head that does not end is refused when it has the size that is kept of one. */
START_TEST(test_big_head)
{
	struct daemon daemon = {0};
	int port = http_start(&daemon, NULL);
	char line[1024];
	struct answer answer;
	int fd = http_connect(port);

	http_send(fd, "GET /healthz HTTP/1.1\r\nHost: localhost\r\n");
	memset(line, 'x', sizeof(line));
	memcpy(line, "X: ", 3);
	memcpy(line + sizeof(line) - 3, "\r\n", 3);
	for (int i = 0; i < 31; i++)
		http_send(fd, line);
	http_send(fd, "X: x\r\nConnection: close\r\n\r\n");
	answer = http_read(fd);
	ck_assert_msg(answer.status == 431 || answer.status == 413, "%d", answer.status);
	http_free(&answer);
	daemon_stop(&daemon);
}
END_TEST

/* Connections that are open, and one that is read from slowly, do not keep the daemon. */
START_TEST(test_end)
{
	struct daemon daemon = {0};
	int port = http_start(&daemon, NULL);
	int idle = http_connect(port);
	int busy = http_connect(port);

	for (int i = 0; i < 50; i++)
		http_send(busy, "GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n");
	http_require(port, "/healthz", 200, "ok\n");
	daemon_stop(&daemon);
	close(idle);
	close(busy);
}
END_TEST

/* ---- a socket that was passed in -------------------------------------------- */

START_TEST(test_passed_socket)
{
	static const char *const args[] = {"-l", "tcp:127.0.0.1:0", NULL};
	struct daemon daemon = {0};
	char ready[64];
	int port;

	daemon_prepare(&daemon);
	port = daemon_start_passing(&daemon, args, "http");
	snprintf(ready, sizeof(ready), "ready http:127.0.0.1:%d", port);
	daemon_require_ready(&daemon, ready);
	require_in(stream_line(&daemon.program.out), "ready tcp:127.0.0.1:");
	http_require(port, "/readyz", 200, "ready\n");
	daemon_stop(&daemon);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("http");
	TCase *tcase = tcase_create("http");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_set_timeout(tcase, 4 * process_timeout_ms() / 1000);
	tcase_add_test(tcase, test_health);
	tcase_add_test(tcase, test_methods);
	tcase_add_test(tcase, test_pipelined);
	tcase_add_test(tcase, test_api);
	tcase_add_test(tcase, test_api_errors);
	tcase_add_test(tcase, test_api_many);
	tcase_add_test(tcase, test_hosts);
	tcase_add_test(tcase, test_tokens);
	tcase_add_loop_test(tcase, test_log_keeps_secrets, 0, 3);
	tcase_add_test(tcase, test_addresses);
	tcase_add_test(tcase, test_drain);
	tcase_add_test(tcase, test_slow);
	tcase_add_test(tcase, test_big_head);
	tcase_add_test(tcase, test_end);
	tcase_add_test(tcase, test_passed_socket);
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
