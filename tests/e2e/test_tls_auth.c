/*
 * Who a peer is by its certificate: the auth file's rules for it, reload, and what is
 * bounded while the handshake has not proved anything yet.
 */
#include <config.h>

#include <check.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tls/daemon.h"

#define ENQUEUE "{\"method\":\"enqueue\",\"queue\":\"q\",\"key\":\"k\"}"
#define DEQUEUE "{\"method\":\"dequeue\",\"queue\":\"q\",\"wait_ms\":0}"
#define LIST    "{\"method\":\"queue.list\"}"
#define PING    "{\"method\":\"ping\"}"
#define RULES                                           \
	"[render]\ncertificate = worker-7\nrole = %s\n" \
	"[here]\nuid = %u\nrole = admin\n"

/* The file in the daemon's folder, with that role for worker-7. */
static void
write_rules(struct tls_daemon *tls, const char *role)
{
	char text[200];

	snprintf(text, sizeof(text), RULES, role, (unsigned)getuid());
	ck_assert_int_eq(chmod(daemon_file(&tls->daemon, "auth", text), 0600), 0);
}

static void
start(struct tls_daemon *tls, bool is_mutual, const char *more)
{
	char set[200];
	const char *args[] = {"-o", set, "-o", "auth_timeout_ms=0", "-o", more, NULL};

	tls_daemon_prepare(tls);
	write_rules(tls, "worker");
	snprintf(set, sizeof(set), "auth_file=%s/auth", tls->daemon.dir);
	tls_daemon_run(tls, is_mutual, args);
}

/* A peer that shows a certificate of the authority in that name. */
static void
open_as(struct tls_peer *peer, const struct tls_daemon *tls, const char *name)
{
	struct certificate_wish wish = {.common_name = name, .issuer = &tls->authority};
	struct certificate own = certificate_make(&wish);
	struct tls_client_wish client = {.own = &own};

	ck_assert(tls_peer_open(peer, tls, &client));
	tls_peer_talk(peer, PING, "\"pong\":true");
	certificate_fini(&own);
}

START_TEST(test_certificate_gives_the_role)
{
	struct tls_daemon tls;
	struct tls_peer known;
	struct tls_peer other;

	start(&tls, true, "log_level=info");
	open_as(&known, &tls, "worker-7");
	tls_peer_talk(&known, DEQUEUE, "\"set\":null");
	tls_peer_talk(&known, ENQUEUE, "render may not call enqueue");
	/* The same authority, but no rule. */
	open_as(&other, &tls, "worker-8");
	tls_peer_talk(&other, DEQUEUE, "unauthorized");
	tls_peer_talk(&other, LIST, "unauthorized");

	write_rules(&tls, "producer");
	program_signal(&tls.daemon.program, SIGHUP);
	stream_find(&tls.daemon.program.err, "info: reloaded");
	tls_peer_talk(&known, ENQUEUE, "\"new\":true");
	tls_peer_talk(&known, DEQUEUE, "render may not call dequeue");
	tls_peer_talk(&other, ENQUEUE, "unauthorized");
	tls_peer_close(&other);
	tls_peer_close(&known);
	tls_daemon_stop(&tls);
}
END_TEST

/* A peer in its handshake is not known yet; one that the system vouches for still comes in. */
START_TEST(test_handshakes_are_strangers)
{
	struct tls_daemon tls;
	struct tls_client_wish wish = {0};
	struct tls_peer late;
	struct peer local;
	int silent;

	start(&tls, true, "max_unauthenticated=1");
	silent = tls_daemon_connect(&tls);
	peer_connect(&local, &tls.daemon);
	/* Accepted in the order of their coming, so the silent one is there by its answer. */
	ck_assert(!tls_peer_open(&late, &tls, &wish));
	tls_peer_close(&late);
	ck_assert_int_eq(
		peer_ask_number(&local, "{\"method\":\"stats\"}", "refused_unauthenticated"), 1);
	close(silent);
	peer_close(&local);
	tls_daemon_stop(&tls);
}
END_TEST

/* Tokens authenticate as well, so that addresses which others reach need no authorities then. */
START_TEST(test_reachable_with_either)
{
	struct tls_daemon tls;
	char certificate[160];
	char key[160];
	char authority[160];
	char rules[160];

	start(&tls, false, "log_level=info");
	snprintf(certificate, sizeof(certificate), "tls_certificate=%s", tls.certificate_path);
	snprintf(key, sizeof(key), "tls_key=%s", tls.key_path);
	snprintf(authority, sizeof(authority), "tls_client_ca=%s", tls.authority_path);
	snprintf(rules, sizeof(rules), "auth_file=%s/auth", tls.daemon.dir);
	for (int i = 0; i < 4; i++) {
		const char *argv[] = {harness_inflightd(), "-t", "-l", "tls:0.0.0.0:0", "-o",
			certificate, "-o", key, "-o", (i & 1) != 0 ? rules : "log_level=info", "-o",
			(i & 2) != 0 ? authority : "log_level=info", NULL};
		struct program program;

		ck_assert_int_eq(program_run(&program, argv, NULL), i == 0 ? 1 : 0);
		require_in(stream_rest(&program.err),
			i == 0 ? "set auth_file, use tls: with tls_client_ca" : "is good");
		program_fini(&program);
	}
	tls_daemon_stop(&tls);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("tls and authentication");
	TCase *tcase = tcase_create("tls and authentication");
	SRunner *runner;
	int failed;

	tcase_set_timeout(tcase, 120);
	tcase_add_test(tcase, test_certificate_gives_the_role);
	tcase_add_test(tcase, test_handshakes_are_strangers);
	tcase_add_test(tcase, test_reachable_with_either);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
