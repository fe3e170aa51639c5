/*
 * TLS at the daemon's tls: addresses: who is let in, what becomes of handshakes that are
 * cut, slow or none at all, and how requests travel in records.
 */
#include <config.h>

#include <check.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tls/daemon.h"

#define PING  "{\"method\":\"ping\",\"id\":1}"
#define PONG  "{\"id\":1,\"result\":{\"pong\":true},\"error\":null}"
#define STATS "{\"method\":\"stats\"}"

/* Handshakes that came to nothing so far, as another peer is told. */
static json_int_t
refused(struct tls_daemon *tls)
{
	struct peer peer;
	json_int_t count;

	peer_connect(&peer, &tls->daemon);
	count = peer_ask_number(&peer, STATS, "refused_handshakes");
	peer_close(&peer);
	return count;
}

/* Waits until there are so many. The daemon may not have seen the last one's end yet. */
static void
await_refused(struct tls_daemon *tls, json_int_t count)
{
	json_int_t seen;

	while ((seen = refused(tls)) < count)
		continue;
	ck_assert_int_eq(seen, count);
}

static void
require_served(const struct tls_daemon *tls, const struct tls_client_wish *wish)
{
	struct tls_peer peer;

	ck_assert(tls_peer_open(&peer, tls, wish));
	tls_peer_talk(&peer, PING, PONG);
	tls_peer_close(&peer);
}

/* In TLS 1.3 the client is done before it hears that it was turned away. */
static void
require_refused(const struct tls_daemon *tls, const struct tls_client_wish *wish)
{
	struct tls_peer peer;

	if (tls_peer_open(&peer, tls, wish)) {
		tls_client_send(peer.client, PING "\n", strlen(PING "\n"));
		ck_assert_ptr_null(tls_peer_line(&peer));
	}
	tls_peer_close(&peer);
}

/* ---- who is let in --------------------------------------------------------- */

START_TEST(test_versions)
{
	static const char *const args[] = {"-o", "tls_min_version=1.3", NULL};
	struct tls_client_wish wish = {.version = TLS1_2_VERSION};
	struct tls_daemon tls;

	tls_daemon_start(&tls, false, NULL);
	wish.authority = &tls.authority;
	require_served(&tls, &wish);
	wish.version = TLS1_3_VERSION;
	require_served(&tls, &wish);
	tls_daemon_stop(&tls);

	tls_daemon_start(&tls, false, args);
	wish.authority = &tls.authority;
	require_served(&tls, &wish);
	wish.version = TLS1_2_VERSION;
	require_refused(&tls, &wish);
	await_refused(&tls, 1);
	tls_daemon_stop(&tls);
}
END_TEST

START_TEST(test_mutual)
{
	static const int versions[] = {TLS1_2_VERSION, TLS1_3_VERSION};
	struct certificate_wish other = {.common_name = "the authority", .is_authority = true};
	struct certificate_wish worker = {.common_name = "worker-7"};
	struct certificate_wish expired = {.common_name = "worker-8", .has_expired = true};
	struct tls_client_wish wish = {.version = versions[_i]};
	struct certificate stranger;
	struct certificate certificate;
	struct tls_daemon tls;

	tls_daemon_start(&tls, true, NULL);
	worker.issuer = expired.issuer = &tls.authority;
	certificate = certificate_make(&worker);
	wish.own = &certificate;
	require_served(&tls, &wish);
	certificate_fini(&certificate);

	wish.own = NULL;
	require_refused(&tls, &wish);
	await_refused(&tls, 1);

	certificate = certificate_make(&expired);
	wish.own = &certificate;
	require_refused(&tls, &wish);
	await_refused(&tls, 2);
	certificate_fini(&certificate);

	stranger = certificate_make(&other);
	worker.issuer = &stranger;
	certificate = certificate_make(&worker);
	require_refused(&tls, &wish);
	await_refused(&tls, 3);
	certificate_fini(&certificate);
	certificate_fini(&stranger);
	tls_daemon_stop(&tls);
}
END_TEST

/* Whom a certificate names, as the log tells it. */
START_TEST(test_identity)
{
	static const char *const args[] = {"-o", "log_level=debug", NULL};
	static const struct {
		struct certificate_wish wish;
		const char *told;
	} cases[] = {
		{{.common_name = "worker-7"}, "certificate=worker-7"},
		{{.common_name = "a", .alternative_names = "DNS:b"}, "certificate=a"},
		{{.alternative_names = "DNS:one.example,DNS:two"}, "certificate=one.example"},
		{{.alternative_names = "IP:127.0.0.1,email:a@b.example"},
			"certificate=a@b.example"},
		{{.alternative_names = "URI:spiffe://a/b"}, "certificate=spiffe://a/b"},
		{{.common_name = "a", .second_name = "b"}, "certificate=\"\""},
		{{.common_name = "a\nb", .alternative_names = "DNS:c"}, "certificate=\"\""},
		{{.alternative_names = "IP:127.0.0.1"}, "certificate=\"\""},
	};
	struct certificate_wish wish = cases[_i].wish;
	struct tls_client_wish client = {0};
	struct certificate certificate;
	struct tls_daemon tls;

	tls_daemon_start(&tls, true, args);
	wish.issuer = &tls.authority;
	certificate = certificate_make(&wish);
	client.own = &certificate;
	require_served(&tls, &client);
	require_in(stream_find(&tls.daemon.program.err, "version=TLSv1.3"), cases[_i].told);
	certificate_fini(&certificate);
	tls_daemon_stop(&tls);
}
END_TEST
#define IDENTITIES 8

/* ---- what is no handshake --------------------------------------------------- */

/* A peer that speaks plainly to the port: the one line that it gets. */
START_TEST(test_plain_to_tls)
{
	static const char *const texts[] = {PING "\n",
		"GET / HTTP/1.1\r\nHost: a\r\n\r\n" PING "\n", "\r\n" PING "\n", "\x80\x2e\x01"};
	struct tls_daemon tls;

	tls_daemon_start(&tls, false, NULL);
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct stream stream;
		int fd = tls_daemon_connect(&tls);

		ck_assert_int_gt(send(fd, texts[i], strlen(texts[i]), MSG_NOSIGNAL), 0);
		stream_init(&stream, fd);
		require_in(stream_line(&stream), "TLS is spoken here");
		ck_assert_ptr_null(stream_line(&stream));
		stream_fini(&stream);
		ck_assert_int_eq(refused(&tls), (json_int_t)i + 1);
	}
	tls_daemon_stop(&tls);
}
END_TEST

/* The bytes with which a client begins. */
static void
make_hello(const struct tls_client_wish *wish, struct tls_client **ret, int fd, struct buf *out)
{
	*ret = tls_client_new(fd, wish);
	buf_init(out);
	ck_assert(tls_client_step(*ret, out));
	ck_assert_uint_gt(buf_len(out), 100);
}

START_TEST(test_tls_to_plain)
{
	struct tls_client_wish wish = {0};
	struct tls_client *client;
	struct daemon daemon = {0};
	struct peer peer;
	struct buf hello;

	daemon_start(&daemon, NULL);
	peer_connect_tcp(&peer, &daemon);
	make_hello(&wish, &client, -1, &hello);
	peer_send_bytes(&peer, buf_span(&hello).ptr, buf_len(&hello));
	require_in(peer_line(&peer), "parse_error");
	ck_assert_ptr_null(peer_line(&peer));
	peer_close(&peer);
	peer_connect(&peer, &daemon);
	ck_assert_int_eq(peer_ask_number(&peer, STATS, "refused_protocol"), 1);
	peer_close(&peer);
	tls_client_free(client);
	buf_fini(&hello);
	daemon_stop(&daemon);
}
END_TEST

/*
 * Sends the first `len` bytes of the client's flight number `flight` and closes; returns
 * false where the flight has no more than that.
 */
static bool
cut_handshake(struct tls_daemon *tls, const struct tls_client_wish *wish, int flight, size_t len)
{
	int fd = tls_daemon_connect(tls);
	struct tls_client *client = tls_client_new(fd, wish);
	bool is_cut = false;

	for (int i = 0; i <= flight; i++) {
		struct buf out;
		struct span bytes;

		buf_init(&out);
		tls_client_step(client, &out);
		bytes = buf_span(&out);
		if (i == flight && len < bytes.len) {
			is_cut = true;
			bytes.len = len;
		}
		if (bytes.len > 0)
			send(fd, bytes.ptr, bytes.len, MSG_NOSIGNAL);
		buf_fini(&out);
	}
	tls_client_free(client);
	close(fd);
	return is_cut;
}

START_TEST(test_cut_at_every_byte)
{
	struct certificate_wish worker = {.common_name = "worker-7"};
	struct tls_client_wish wish = {.version = _i < 2 ? TLS1_3_VERSION : TLS1_2_VERSION};
	struct certificate certificate;
	struct tls_daemon tls;
	json_int_t cuts = 0;

	tls_daemon_start(&tls, true, NULL);
	worker.issuer = &tls.authority;
	certificate = certificate_make(&worker);
	wish.own = &certificate;
	while (cut_handshake(&tls, &wish, _i % 2, (size_t)cuts))
		cuts++;
	ck_assert_int_gt(cuts, 100);
	/* After the whole of its first flight a client is not done yet, after its second it is. */
	await_refused(&tls, _i % 2 == 0 ? cuts + 1 : cuts);
	require_served(&tls, &wish);
	certificate_fini(&certificate);
	tls_daemon_stop(&tls);
}
END_TEST

/* Every byte of the first flight comes alone and is read before the next is sent. */
START_TEST(test_hello_in_single_bytes)
{
	struct tls_client_wish wish = {0};
	struct tls_client *client;
	struct tls_daemon tls;
	struct peer other;
	struct buf hello;
	int fd;

	tls_daemon_start(&tls, false, NULL);
	peer_connect(&other, &tls.daemon);
	fd = tls_daemon_connect(&tls);
	make_hello(&wish, &client, fd, &hello);
	for (size_t i = 0; i < buf_len(&hello); i++) {
		ck_assert_int_eq(send(fd, buf_span(&hello).ptr + i, 1, MSG_NOSIGNAL), 1);
		peer_talk(&other, PING, PONG);
	}
	ck_assert(tls_client_handshake(client));
	ck_assert_int_eq(refused(&tls), 0);
	tls_client_free(client);
	close(fd);
	buf_fini(&hello);
	peer_close(&other);
	tls_daemon_stop(&tls);
}
END_TEST

/* A peer that says nothing, or stops in the middle, has to go in time; others do not. */
START_TEST(test_slow_handshake)
{
	static const char *const args[] = {"-o", "handshake_timeout_ms=60", NULL};
	struct tls_client_wish wish = {0};
	struct tls_client *client;
	struct tls_daemon tls;
	struct tls_peer done;
	struct buf hello;
	char byte;
	int silent;
	int stopped;

	tls_daemon_start(&tls, false, args);
	ck_assert(tls_peer_open(&done, &tls, &wish));
	silent = tls_daemon_connect(&tls);
	stopped = tls_daemon_connect(&tls);
	make_hello(&wish, &client, stopped, &hello);
	ck_assert_int_eq(send(stopped, buf_span(&hello).ptr, 50, MSG_NOSIGNAL), 50);
	ck_assert_int_le(recv(silent, &byte, 1, 0), 0);
	ck_assert_int_le(recv(stopped, &byte, 1, 0), 0);
	ck_assert_int_eq(refused(&tls), 2);
	tls_peer_talk(&done, PING, PONG);
	tls_peer_close(&done);
	tls_client_free(client);
	buf_fini(&hello);
	close(silent);
	close(stopped);
	tls_daemon_stop(&tls);
}
END_TEST

/* ---- requests in records ------------------------------------------------------ */

START_TEST(test_records)
{
	static const char request[] = "{\"method\":\"enqueue\",\"queue\":\"q\",\"key\":\"k\"}\n";
	struct tls_client_wish wish = {0};
	struct tls_daemon tls;
	struct tls_peer peer;
	struct buf many;

	tls_daemon_start(&tls, false, NULL);
	ck_assert(tls_peer_open(&peer, &tls, &wish));
	for (size_t i = 0; i < strlen(request); i++)
		ck_assert(tls_client_send(peer.client, request + i, 1));
	require_in(tls_peer_line(&peer), "\"width\":1");
	/* As much as a record holds, and more. */
	buf_init(&many);
	while (buf_len(&many) < 40000)
		buf_append(&many, PING "\n", strlen(PING "\n"));
	ck_assert(tls_client_send(peer.client, buf_span(&many).ptr, buf_len(&many)));
	for (size_t i = 0; i < buf_len(&many) / strlen(PING "\n"); i++)
		ck_assert_str_eq(tls_peer_line(&peer), PONG);
	buf_fini(&many);
	tls_peer_close(&peer);
	tls_daemon_stop(&tls);
}
END_TEST

/* What is decrypted already, behind a request that holds back the others, is not forgotten. */
START_TEST(test_nothing_stalls)
{
	static const char hold[] = "{\"method\":\"dequeue\",\"queue\":\"q\",\"wait_ms\":30}\n";
	enum { LINES = 30000, HOLDS = 4 };
	struct tls_client_wish wish = {0};
	struct tls_daemon tls;
	struct tls_peer peer;
	struct buf many;

	tls_daemon_start(&tls, false, NULL);
	ck_assert(tls_peer_open(&peer, &tls, &wish));
	buf_init(&many);
	for (int k = 0; k < HOLDS; k++) {
		buf_append(&many, hold, strlen(hold));
		for (int i = 0; i < LINES / HOLDS; i++)
			buf_append(&many, PING "\n", strlen(PING "\n"));
	}
	ck_assert(tls_client_send(peer.client, buf_span(&many).ptr, buf_len(&many)));
	for (int k = 0; k < HOLDS; k++) {
		require_in(tls_peer_line(&peer), "\"set\":null");
		for (int i = 0; i < LINES / HOLDS; i++)
			ck_assert_str_eq(tls_peer_line(&peer), PONG);
	}
	buf_fini(&many);
	tls_peer_close(&peer);
	tls_daemon_stop(&tls);
}
END_TEST

/* An answer of 8 MB waits for its reader; others are served meanwhile. */
START_TEST(test_slow_reader)
{
	static const char *const args[] = {"-o", "max_output=16M", NULL};
	enum { OPS = 40, BYTES = 200000 };
	struct tls_client_wish wish = {0};
	char *request = malloc(BYTES + 100);
	struct tls_daemon tls;
	struct tls_peer peer;
	struct peer other;
	int at;

	tls_daemon_start(&tls, false, args);
	ck_assert(tls_peer_open(&peer, &tls, &wish));
	at = snprintf(
		request, 100, "{\"method\":\"enqueue\",\"queue\":\"q\",\"key\":\"k\",\"msg\":\"");
	memset(request + at, 'x', BYTES);
	memcpy(request + at + BYTES, "\"}", 3);
	for (int i = 0; i < OPS; i++)
		tls_peer_talk(&peer, request, "\"op\":");
	peer_connect(&other, &tls.daemon);
	ck_assert(tls_client_send(peer.client, "{\"method\":\"dequeue\",\"queue\":\"q\"}\n", 33));
	for (int i = 0; i < 1000; i++)
		peer_talk(&other, PING, PONG);
	ck_assert_uint_gt(strlen(tls_peer_line(&peer)), OPS * BYTES);
	tls_peer_talk(&peer, PING, PONG);
	peer_close(&other);
	tls_peer_close(&peer);
	free(request);
	tls_daemon_stop(&tls);
}
END_TEST

/* With TLS's own end or without: what came whole is executed, a line that was cut is not. */
START_TEST(test_ends)
{
	static const char lines[] = PING "\n"
					 "{\"method\":\"enqueue\",\"queue\":\"cut\",\"key\":\"k\"";
	struct tls_client_wish wish = {.version = _i < 2 ? TLS1_3_VERSION : TLS1_2_VERSION};
	struct tls_daemon tls;
	struct tls_peer peer;

	tls_daemon_start(&tls, false, NULL);
	ck_assert(tls_peer_open(&peer, &tls, &wish));
	ck_assert(tls_client_send(peer.client, lines, strlen(lines)));
	if (_i % 2 == 0)
		tls_client_end(peer.client);
	else
		shutdown(peer.fd, SHUT_WR);
	ck_assert_str_eq(tls_peer_line(&peer), PONG);
	require_in(tls_peer_line(&peer), "input ended inside a line");
	/* The daemon ends as TLS wants it. */
	ck_assert_int_eq(tls_client_receive(peer.client, (char[1]){0}, 1), 0);
	tls_peer_close(&peer);
	require_served(&tls, &wish);
	tls_daemon_stop(&tls);
}
END_TEST

START_TEST(test_too_many)
{
	static const char *const args[] = {"-o", "max_connections=2", NULL};
	struct tls_client_wish wish = {0};
	struct tls_daemon tls;
	struct tls_peer peer;
	struct tls_peer late;
	struct peer other;

	tls_daemon_start(&tls, false, args);
	ck_assert(tls_peer_open(&peer, &tls, &wish));
	peer_connect(&other, &tls.daemon);
	peer_talk(&other, PING, PONG);
	ck_assert(!tls_peer_open(&late, &tls, &wish));
	tls_peer_close(&late);
	ck_assert_int_eq(peer_ask_number(&other, STATS, "refused_connections"), 1);
	peer_close(&other);
	tls_peer_talk(&peer, PING, PONG);
	tls_peer_close(&peer);
	tls_daemon_stop(&tls);
}
END_TEST

/* ---- new certificates ----------------------------------------------------------- */

/* The common name of the certificate that the daemon shows. */
static void
require_shown(const struct tls_daemon *tls, const char *name)
{
	struct tls_client_wish wish = {0};
	struct tls_peer peer;
	char found[64] = "";
	X509 *shown;

	ck_assert(tls_peer_open(&peer, tls, &wish));
	shown = SSL_get1_peer_certificate(tls_client_ssl(peer.client));
	ck_assert_ptr_nonnull(shown);
	X509_NAME_get_text_by_NID(
		X509_get_subject_name(shown), NID_commonName, found, sizeof(found));
	ck_assert_str_eq(found, name);
	X509_free(shown);
	tls_peer_talk(&peer, PING, PONG);
	tls_peer_close(&peer);
}

/* Sends SIGHUP and talks on until the log has the outcome. */
static void
reload(struct tls_daemon *tls, struct tls_peer *running, const char *outcome)
{
	program_signal(&tls->daemon.program, SIGHUP);
	for (int i = 0; i < 200; i++)
		tls_peer_talk(running, PING, PONG);
	stream_find(&tls->daemon.program.err, outcome);
	tls_peer_talk(running, PING, PONG);
}

START_TEST(test_reload)
{
	struct tls_client_wish wish = {0};
	struct certificate_wish fresh = {.common_name = "the daemon, renewed"};
	struct certificate renewed;
	struct tls_daemon tls;
	struct tls_peer running;

	tls_daemon_start(&tls, false, NULL);
	ck_assert(tls_peer_open(&running, &tls, &wish));
	require_shown(&tls, "the daemon");
	fresh.issuer = &tls.authority;
	renewed = certificate_make(&fresh);
	certificate_write(&renewed, tls.certificate_path, tls.key_path);
	reload(&tls, &running, "info: reloaded");
	require_shown(&tls, "the daemon, renewed");

	/* A certificate that does not fit its key, then none at all. */
	certificate_write(&tls.own, tls.certificate_path, NULL);
	reload(&tls, &running, "not reloaded: tls_key: ");
	require_shown(&tls, "the daemon, renewed");
	daemon_file(&tls.daemon, "certificate.pem", "nonsense\n");
	reload(&tls, &running, "not reloaded: tls_certificate: ");
	require_shown(&tls, "the daemon, renewed");
	ck_assert_int_eq(unlink(tls.certificate_path), 0);
	reload(&tls, &running, "No such file or directory");
	require_shown(&tls, "the daemon, renewed");

	tls_peer_close(&running);
	certificate_fini(&renewed);
	tls_daemon_stop(&tls);
}
END_TEST

/* ---- what cannot start ------------------------------------------------------------ */

/* Runs the daemon with those options, in `files`' folder; it must end with 1 and say why. */
static void
require_unusable(const char *const *args, const char *why)
{
	const char *argv[16] = {harness_inflightd()};
	struct program program;

	for (size_t i = 0; args[i] != NULL; i++)
		argv[i + 1] = args[i];
	ck_assert_int_eq(program_run(&program, argv, NULL), 1);
	require_in(stream_rest(&program.err), why);
	program_fini(&program);
}

START_TEST(test_unusable)
{
	char certificate[160];
	char key[160];
	char other[160];
	char authority[160];
	struct tls_daemon tls;

	tls_daemon_start(&tls, false, NULL);
	snprintf(certificate, sizeof(certificate), "tls_certificate=%s", tls.certificate_path);
	snprintf(key, sizeof(key), "tls_key=%s", tls.key_path);
	snprintf(other, sizeof(other), "tls_key=%s", tls.certificate_path);
	snprintf(authority, sizeof(authority), "tls_client_ca=%s", tls.authority_path);
#define UNUSABLE(why, ...) require_unusable((const char *[]){__VA_ARGS__, NULL}, why)
	UNUSABLE("needs tls_certificate and tls_key", "-l", "tls:127.0.0.1:0");
	UNUSABLE("tls_key is missing", "-o", certificate);
	UNUSABLE("tls_certificate is missing", "-o", key);
	UNUSABLE("tls_certificate and tls_key are missing", "-o", authority);
	UNUSABLE("tls_key: ", "-t", "-o", certificate, "-o", other);
	UNUSABLE("tls_client_ca: ", "-t", "-o", certificate, "-o", key, "-o",
		"tls_client_ca=/nonexistent");
	UNUSABLE("can be reached from other hosts", "-t", "-l", "tls:0.0.0.0:0", "-o", certificate,
		"-o", key);
	UNUSABLE("can be reached from other hosts", "-t", "-l", "tcp:0.0.0.0:0", "-o", certificate,
		"-o", key, "-o", authority);
#undef UNUSABLE
	tls_daemon_stop(&tls);
}
END_TEST

/* ---- a socket that was passed in ------------------------------------------- */

START_TEST(test_passed_socket)
{
	struct tls_client_wish wish = {.authority = NULL};
	struct tls_daemon tls;
	char certificate[160];
	char key[160];
	char ready[64];
	const char *const args[] = {"-o", certificate, "-o", key, NULL};

	tls_daemon_prepare(&tls);
	snprintf(certificate, sizeof(certificate), "tls_certificate=%s", tls.certificate_path);
	snprintf(key, sizeof(key), "tls_key=%s", tls.key_path);
	tls.port = daemon_start_passing(&tls.daemon, args, "tls");
	snprintf(ready, sizeof(ready), "ready tls:127.0.0.1:%d", tls.port);
	daemon_require_ready(&tls.daemon, ready);
	wish.authority = &tls.authority;
	require_served(&tls, &wish);
	tls_daemon_stop(&tls);

	/* Without a certificate nothing is served there, and least of all in the clear. */
	tls_daemon_prepare(&tls);
	daemon_start_passing(&tls.daemon, NULL, "tls");
	ck_assert_int_eq(program_wait(&tls.daemon.program), 1);
	require_in(stream_rest(&tls.daemon.program.err), "TLS needs tls_certificate");
	daemon_discard(&tls.daemon);
	certificate_fini(&tls.own);
	certificate_fini(&tls.authority);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("tls");
	TCase *tcase = tcase_create("tls");
	SRunner *runner;
	int failed;

	tcase_set_timeout(tcase, 120);
	tcase_add_test(tcase, test_versions);
	tcase_add_loop_test(tcase, test_mutual, 0, 2);
	tcase_add_loop_test(tcase, test_identity, 0, IDENTITIES);
	tcase_add_test(tcase, test_plain_to_tls);
	tcase_add_test(tcase, test_tls_to_plain);
	tcase_add_loop_test(tcase, test_cut_at_every_byte, 0, 4);
	tcase_add_test(tcase, test_hello_in_single_bytes);
	tcase_add_test(tcase, test_slow_handshake);
	tcase_add_test(tcase, test_records);
	tcase_add_test(tcase, test_nothing_stalls);
	tcase_add_test(tcase, test_slow_reader);
	tcase_add_loop_test(tcase, test_ends, 0, 4);
	tcase_add_test(tcase, test_too_many);
	tcase_add_test(tcase, test_reload);
	tcase_add_test(tcase, test_unusable);
	tcase_add_test(tcase, test_passed_socket);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
