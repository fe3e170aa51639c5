/*
 * libinflight and the tool at tls: addresses of the real daemon: whom they believe, what they
 * show, and how an event loop drives a handshake.
 */
#include <config.h>

#include <check.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli_helper.h"
#include "inflight.h"
#include "tls/daemon.h"

#define LONG_MS 60000

/* A handle for the daemon's port under that name of its host. */
static struct inflight *
new_client(const struct tls_daemon *tls, const char *host)
{
	char address[64];

	snprintf(address, sizeof(address), "tls:%s:%d", host, tls->port);
	return inflight_new(address);
}

static void
require_ping(struct inflight *client)
{
	struct inflight_reply *reply;

	ck_assert_int_eq(inflight_call(client, "ping", NULL, LONG_MS, &reply), INFLIGHT_OK);
	ck_assert(!inflight_reply_is_error(reply));
	inflight_reply_free(reply);
}

START_TEST(test_whom_it_believes)
{
	struct certificate_wish wish = {.common_name = "another", .is_authority = true};
	struct certificate other = certificate_make(&wish);
	struct tls_daemon tls;
	struct inflight *client;
	char path[160];

	tls_daemon_start(&tls, false, NULL);
	snprintf(path, sizeof(path), "%s/other.pem", tls.daemon.dir);
	certificate_write(&other, path, NULL);
	for (int i = 0; i < 2; i++) {
		client = new_client(&tls, i == 0 ? "localhost" : "127.0.0.1");
		/* Not one of the system's authorities, nor that one. */
		ck_assert_int_eq(inflight_connect(client, LONG_MS), INFLIGHT_UNREACHABLE);
		require_in(inflight_trouble(client), "certificate");
		ck_assert_int_eq(inflight_set_tls(client, path, NULL, NULL), INFLIGHT_OK);
		ck_assert_int_eq(inflight_connect(client, LONG_MS), INFLIGHT_UNREACHABLE);
		ck_assert_int_eq(
			inflight_set_tls(client, tls.authority_path, NULL, NULL), INFLIGHT_OK);
		ck_assert_int_eq(inflight_connect(client, LONG_MS), INFLIGHT_OK);
		require_ping(client);
		/* A file that cannot be used changes nothing. */
		ck_assert_int_eq(
			inflight_set_tls(client, "/nonexistent", NULL, NULL), INFLIGHT_INVALID);
		require_in(inflight_trouble(client), "/nonexistent: No such file");
		require_ping(client);
		inflight_free(client);
	}
	/* The certificate is another host's. */
	client = new_client(&tls, "127.0.0.2");
	ck_assert_int_eq(inflight_set_tls(client, tls.authority_path, NULL, NULL), INFLIGHT_OK);
	ck_assert_int_eq(inflight_connect(client, LONG_MS), INFLIGHT_UNREACHABLE);
	inflight_free(client);
	certificate_fini(&other);
	tls_daemon_stop(&tls);
}
END_TEST

START_TEST(test_host_name_must_match)
{
	struct certificate_wish wish = {
		.common_name = "localhost", .alternative_names = "DNS:elsewhere.example"};
	struct certificate own;
	struct tls_daemon tls;
	struct inflight *client;

	tls_daemon_prepare(&tls);
	wish.issuer = &tls.authority;
	own = certificate_make(&wish);
	certificate_write(&own, tls.certificate_path, tls.key_path);
	tls_daemon_run(&tls, false, NULL);
	client = new_client(&tls, "localhost");
	ck_assert_int_eq(inflight_set_tls(client, tls.authority_path, NULL, NULL), INFLIGHT_OK);
	ck_assert_int_eq(inflight_connect(client, LONG_MS), INFLIGHT_UNREACHABLE);
	require_in(inflight_trouble(client), "hostname mismatch");
	inflight_free(client);
	certificate_fini(&own);
	tls_daemon_stop(&tls);
}
END_TEST

START_TEST(test_mutual)
{
	struct certificate_wish wish = {.common_name = "worker-7"};
	struct certificate own;
	struct inflight_reply *reply;
	struct tls_daemon tls;
	struct inflight *client;
	enum inflight_status status;
	char certificate[160];
	char key[160];

	tls_daemon_start(&tls, true, NULL);
	wish.issuer = &tls.authority;
	own = certificate_make(&wish);
	snprintf(certificate, sizeof(certificate), "%s/own.pem", tls.daemon.dir);
	snprintf(key, sizeof(key), "%s/own.key", tls.daemon.dir);
	certificate_write(&own, certificate, key);
	client = new_client(&tls, "localhost");
	ck_assert_int_eq(
		inflight_set_tls(client, tls.authority_path, certificate, NULL), INFLIGHT_INVALID);
	ck_assert_int_eq(
		inflight_set_tls(client, tls.authority_path, certificate, key), INFLIGHT_OK);
	ck_assert_int_eq(inflight_connect(client, LONG_MS), INFLIGHT_OK);
	require_ping(client);
	/* Without one: in TLS 1.3 that shows at the first answer only. */
	ck_assert_int_eq(inflight_set_tls(client, tls.authority_path, NULL, NULL), INFLIGHT_OK);
	status = inflight_connect(client, LONG_MS);
	if (status == INFLIGHT_OK)
		status = inflight_call(client, "ping", NULL, LONG_MS, &reply);
	ck_assert(status == INFLIGHT_CLOSED || status == INFLIGHT_UNREACHABLE);
	inflight_free(client);

	setenv("INFLIGHT_TLS_CA", tls.authority_path, 1);
	setenv("INFLIGHT_TLS_CERTIFICATE", certificate, 1);
	setenv("INFLIGHT_TLS_KEY", key, 1);
	snprintf(tls.daemon.address, sizeof(tls.daemon.address), "tls:localhost:%d", tls.port);
	cli_run(&tls.daemon, WORDS("ping"), NULL, 0, "{\"pong\":true}\n", "");
	setenv("INFLIGHT_TLS_KEY", "/nonexistent", 1);
	cli_run(&tls.daemon, WORDS("ping"), NULL, 2, "", "/nonexistent");
	certificate_fini(&own);
	tls_daemon_stop(&tls);
}
END_TEST

/* Nothing waits but poll(); answers much larger than a record come whole. */
START_TEST(test_event_loop)
{
	/* The set is taken and never finished. */
	static const char *const args[] = {"-o", "drain_timeout_ms=0", NULL};
	enum { OPS = 40, BYTES = 100000 };
	struct tls_daemon tls;
	struct inflight *client;
	struct inflight_reply *reply;
	char *params = malloc(BYTES + 100);
	enum inflight_status status;
	uint64_t id = 0;
	int at;

	tls_daemon_start(&tls, false, args);
	client = new_client(&tls, "localhost");
	ck_assert_int_eq(inflight_set_tls(client, tls.authority_path, NULL, NULL), INFLIGHT_OK);
	ck_assert_int_eq(inflight_connect_start(client), INFLIGHT_OK);
	at = snprintf(params, 100, "{\"queue\":\"q\",\"key\":\"k\",\"msg\":\"");
	memset(params + at, 'x', BYTES);
	strcpy(params + at + BYTES, "\"}");
	for (int i = 0; i < OPS; i++)
		ck_assert_int_eq(inflight_send_text(client, "enqueue", params, strlen(params), &id),
			INFLIGHT_OK);
	ck_assert_int_eq(
		inflight_send_text(client, "dequeue", "{\"queue\":\"q\"}", 13, &id), INFLIGHT_OK);
	for (int got = 0; got < OPS + 1;) {
		size_t len = 0;

		status = inflight_receive(client, 0, 0, &reply);
		if (status == INFLIGHT_TIMEOUT) {
			struct pollfd pollfd = {
				.fd = inflight_fd(client), .events = inflight_events(client)};

			ck_assert_int_eq(poll(&pollfd, 1, LONG_MS), 1);
			continue;
		}
		ck_assert_int_eq(status, INFLIGHT_OK);
		ck_assert(inflight_reply_text(reply, &len) != NULL);
		if (inflight_reply_id(reply) == id)
			ck_assert_uint_gt(len, (size_t)OPS * BYTES);
		inflight_reply_free(reply);
		got++;
	}
	ck_assert_int_eq(inflight_send_end(client), INFLIGHT_OK);
	inflight_free(client);
	free(params);
	tls_daemon_stop(&tls);
}
END_TEST

static void
stop_when_large(struct inflight_taken *set, void *arg)
{
	inflight_worker_stop(*(struct inflight_worker **)arg);
	ck_assert_uint_eq(inflight_taken_op(set, 0)->msg_len, 300002);
	ck_assert(inflight_worker_beat(set));
	ck_assert_int_eq(inflight_taken_finish(set, NULL), INFLIGHT_OK);
}

/* What TLS holds already no descriptor tells of; the end of the sending half is TLS's own. */
START_TEST(test_worker)
{
	char *msg = malloc(300003);
	struct inflight_worker *worker;
	struct inflight_reply *reply;
	struct tls_daemon tls;
	struct inflight *client;

	memset(msg, 'x', 300002);
	msg[0] = msg[300001] = '"';
	msg[300002] = '\0';
	tls_daemon_start(&tls, false, NULL);
	client = new_client(&tls, "localhost");
	ck_assert_int_eq(inflight_set_tls(client, tls.authority_path, NULL, NULL), INFLIGHT_OK);
	ck_assert_int_eq(inflight_set_retry(client, 1, 10, LONG_MS), INFLIGHT_OK);
	ck_assert_int_eq(
		inflight_enqueue(client, "q", "k", msg, NULL, LONG_MS, &reply), INFLIGHT_OK);
	inflight_reply_free(reply);
	worker = inflight_worker_new(client, stop_when_large, &worker);
	ck_assert_int_eq(inflight_worker_add_queue(worker, "q"), INFLIGHT_OK);
	ck_assert_int_eq(inflight_worker_run(worker), INFLIGHT_OK);
	inflight_worker_free(worker);
	inflight_free(client);
	free(msg);
	tls_daemon_stop(&tls);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("client with TLS");
	TCase *tcase = tcase_create("client with TLS");
	SRunner *runner;
	int failed;

	tcase_set_timeout(tcase, 120);
	tcase_add_test(tcase, test_whom_it_believes);
	tcase_add_test(tcase, test_host_name_must_match);
	tcase_add_test(tcase, test_mutual);
	tcase_add_test(tcase, test_event_loop);
	tcase_add_test(tcase, test_worker);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
