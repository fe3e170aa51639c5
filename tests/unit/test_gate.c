/*
 * The gate: who a peer is without its saying so, what is bounded for one that nobody knows, and
 * what new rules do to those who are there. What a peer sees of auth is in the scenarios.
 */
#include <config.h>

#include "auth_fixture.h"
#include "command/gate.h"
#include "peer.h"

#define PING      "{\"method\":\"ping\"}\n"
#define PONG      "{\"result\":{\"pong\":true},\"error\":null}\n"
#define LIST      "{\"method\":\"queue.list\"}\n"
#define LISTED    "{\"result\":{\"queues\":[]},\"error\":null}\n"
#define AUTH(t)   "{\"method\":\"auth\",\"token\":\"" t "\"}\n"
#define DEQUEUE   "{\"method\":\"dequeue\",\"queue\":\"q\",\"id\":1}\n"
#define NOTHING   "{\"id\":1,\"result\":{\"set\":null},\"error\":null}\n"
#define WORKER    "[worker]\nrole = worker\ntoken = w\n"
#define READER    "[reader]\nrole = reader\ntoken = r\n"
#define IS_READER "{\"result\":{\"name\":\"reader\",\"roles\":[\"reader\"]},\"error\":null}\n"
#define IS_WORKER "{\"result\":{\"name\":\"worker\",\"roles\":[\"worker\"]},\"error\":null}\n"

static struct world world;
static struct session *peer;

static void
start(const char *rules)
{
	world_prepare(&world, false);
	world_start(&world);
	if (rules != NULL)
		service_authenticate(world.service, auth_rules_of(rules));
	peer = peer_new(&world, "unix:1");
}

static void
finish(void)
{
	session_close(peer);
	world_end(&world);
}

static void
talk(const char *line, const char *answer)
{
	peer_say(peer, line);
	world_run(&world);
	peer_expect(peer, answer);
}

static void
require_refused(const char *line, const char *word)
{
	unsigned lines;

	peer_say(peer, line);
	world_run(&world);
	ck_assert_uint_eq(peer_count(peer, word, &lines), 1);
	ck_assert_uint_eq(lines, 1);
}

static void
new_rules(const char *rules)
{
	service_authenticate(world.service, rules == NULL ? NULL : auth_rules_of(rules));
	world_run(&world);
}

/* ---- who is who -------------------------------------------------------- */

START_TEST(by_identity)
{
	static const char rules[] = "[user]\nuid = 1000\nrole = reader\n"
				    "[group]\ngid = 33\nrole = reader\n"
				    "[host]\ncertificate = host.example\nrole = reader\n";
	static const struct {
		struct peer_identity identity;
		bool known;
	} cases[] = {
		{{.has_cred = true, .uid = 1000, .gid = 1}, true},
		{{.has_cred = true, .uid = 1001, .gid = 33}, true},
		{{.has_cred = true, .uid = 33, .gid = 1000}, false},
		{{.has_cred = false, .uid = 1000, .gid = 33}, false},
		{{.certificate = "host.example"}, true},
		{{.certificate = "host.example2"}, false},
		{{.certificate = "other", .has_cred = true, .uid = 1000}, true},
		{{.has_cred = false}, false},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		start(rules);
		session_identify(peer, &cases[i].identity);
		if (cases[i].known)
			talk(LIST, LISTED);
		else
			require_refused(LIST, "unauthorized");
		finish();
	}
}
END_TEST

/* A handshake tells later than the accept who is there. */
START_TEST(identified_later)
{
	struct peer_identity identity = {.certificate = "host"};

	start("[host]\ncertificate = host\nrole = reader\n");
	require_refused(LIST, "unauthorized");
	session_identify(peer, &identity);
	talk(LIST, LISTED);
	finish();
}
END_TEST

/* A token says more than the socket does. */
START_TEST(token_over_identity)
{
	struct peer_identity identity = {.has_cred = true, .uid = 7};

	start("[user]\nuid = 7\nrole = producer\n" READER);
	session_identify(peer, &identity);
	require_refused(LIST, "user may not call");
	talk(AUTH("r"), IS_READER);
	talk(LIST, LISTED);
	finish();
}
END_TEST

/* ---- strangers --------------------------------------------------------- */

static void
send_blanks(size_t len)
{
	char *blanks = xmalloc(len);

	memset(blanks, ' ', len);
	peer_send(peer, blanks, len);
	free(blanks);
	world_run(&world);
}

/* What waits behind a wrong token is not kept without bound. */
START_TEST(backlog)
{
	for (size_t over = 0; over < 2; over++) {
		char *text = xmalloc(GATE_BACKLOG_MAX + 200);
		size_t len;

		start(WORKER);
		strcpy(text, AUTH("wrong"));
		len = strlen(text);
		memset(text + len, ' ', GATE_BACKLOG_MAX + over);
		text[len + GATE_BACKLOG_MAX + over - 1] = '\n';
		peer_send(peer, text, len + GATE_BACKLOG_MAX + over);
		world_pass(&world, GATE_DELAY_MS);
		ck_assert_uint_eq(peer_count(peer, "too much was sent", NULL), over);
		ck_assert_int_eq(session_is_finished(peer), over == 1);
		free(text);
		finish();
	}
}
END_TEST

START_TEST(long_lines_of_strangers_are_not_kept)
{
	start(WORKER);
	for (int i = 0; i < 100; i++) {
		send_blanks(1000);
		ck_assert_uint_le(session_bytes(peer), 16384);
	}
	ck_assert_uint_eq(peer_count(peer, "line_too_long", NULL), 1);
	finish();
}
END_TEST

START_TEST(room_for_strangers)
{
	struct peer_identity stranger = {.has_cred = true, .uid = 1};
	struct peer_identity known = {.has_cred = true, .uid = 2};
	struct session *others[3];

	start("[known]\nuid = 2\nrole = worker\n" READER);
	world.config.max_unauthenticated = 3;
	service_configure(world.service, &world.config);
	for (size_t i = 0; i < 2; i++) {
		ck_assert(service_has_room(world.service, &stranger, 0));
		others[i] = peer_new(&world, "unix:2");
	}
	ck_assert(!service_has_room(world.service, &stranger, 0));
	ck_assert(service_has_room(world.service, &known, 0));
	talk(AUTH("r"), IS_READER);
	ck_assert(service_has_room(world.service, &stranger, 0));
	ck_assert(!service_has_room(world.service, &stranger, 1));
	ck_assert(service_has_room(world.service, &known, 1));
	others[2] = peer_new(&world, "unix:3");
	ck_assert(!service_has_room(world.service, &stranger, 0));
	session_close(others[0]);
	ck_assert(service_has_room(world.service, &stranger, 0));
	session_close(others[1]);
	session_close(others[2]);
	finish();
}
END_TEST

START_TEST(open_has_room_for_all)
{
	struct peer_identity stranger = {.has_cred = false};

	start(NULL);
	world.config.max_unauthenticated = 1;
	service_configure(world.service, &world.config);
	ck_assert(service_has_room(world.service, &stranger, 0));
	world_pass(&world, 1000000);
	talk(PING, PONG);
	finish();
}
END_TEST

/* A peer that closes while its wrong token is not answered yet leaves nothing behind. */
START_TEST(closed_in_the_delay)
{
	start(WORKER);
	peer_say(peer, AUTH("wrong"));
	session_close(peer);
	world_pass(&world, GATE_DELAY_MS);
	peer = peer_new(&world, "unix:2");
	finish();
}
END_TEST

/* ---- new rules --------------------------------------------------------- */

/* What waits and is allowed as before goes on waiting. */
START_TEST(same_rights_go_on)
{
	start(WORKER);
	talk(AUTH("w"), IS_WORKER);
	talk(DEQUEUE, "");
	new_rules("[other]\nrole = admin\ntoken = x\n" WORKER);
	peer_expect(peer, "");
	world_pass(&world, 30000);
	peer_expect(peer, NOTHING);
	finish();
}
END_TEST

/* Every way in which the rights of a token can change ends what waits. */
START_TEST(other_rights_end_waits)
{
	static const char *const rules[] = {
		"[reader]\nrole = reader\ntoken = r\n",
		"[worker]\nrole = worker, reader\ntoken = w\n",
		"[worker2]\nrole = worker\ntoken = w\n",
		"[worker]\nrole = worker\ntoken = w\nqueues = p\n",
		"[worker]\nrole = worker\ntoken = w\ngroups = p*\n",
		"[worker]\nrole = worker\ntoken = another\n",
	};

	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
		start(WORKER);
		talk(AUTH("w"), IS_WORKER);
		talk(DEQUEUE, "");
		new_rules(rules[i]);
		peer_expect(peer, NOTHING);
		finish();
	}
}
END_TEST

START_TEST(revoked)
{
	start(WORKER READER);
	talk(AUTH("r"), IS_READER);
	talk(LIST, LISTED);
	new_rules(WORKER);
	require_refused(LIST, "a peer that is not known");
	/* From then on it has as long as a new one. */
	world_pass(&world, 1999);
	peer_expect(peer, "");
	world_pass(&world, 1);
	ck_assert_uint_eq(peer_count(peer, "auth_timeout_ms", NULL), 1);
	ck_assert(session_is_finished(peer));
	finish();
}
END_TEST

/* The next request is looked at by the new rules, before any turn. */
START_TEST(at_once)
{
	start(READER);
	talk(AUTH("r"), IS_READER);
	service_authenticate(world.service, auth_rules_of(WORKER));
	peer_say(peer, LIST);
	ck_assert_uint_eq(peer_count(peer, "unauthorized", NULL), 1);
	world_run(&world);
	finish();
}
END_TEST

START_TEST(closing_and_opening)
{
	start(NULL);
	talk(DEQUEUE, "");
	new_rules(READER);
	peer_expect(peer, NOTHING);
	require_refused(LIST, "unauthorized");
	talk(AUTH("r"), IS_READER);
	new_rules(NULL);
	talk(DEQUEUE, "");
	world_pass(&world, 29999);
	peer_expect(peer, "");
	finish();
}
END_TEST

/* All of many are looked up, some in each turn. */
START_TEST(many_sessions)
{
	struct session *peers[500];
	unsigned turns = 0;

	start(WORKER);
	for (size_t i = 0; i < 500; i++) {
		peers[i] = peer_new(&world, "unix:2");
		peer_say(peers[i], AUTH("w") DEQUEUE);
	}
	world_run(&world);
	service_authenticate(world.service, auth_rules_of(READER));
	while (service_turn(world.service))
		turns++;
	ck_assert_uint_ge(turns, 2);
	for (size_t i = 0; i < 500; i++) {
		ck_assert_uint_eq(peer_count(peers[i], "\"set\":null", NULL), 1);
		session_close(peers[i]);
	}
	finish();
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("gate");
	TCase *tests = tcase_create("gate");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_test(tests, by_identity);
	tcase_add_test(tests, identified_later);
	tcase_add_test(tests, token_over_identity);
	tcase_add_test(tests, backlog);
	tcase_add_test(tests, long_lines_of_strangers_are_not_kept);
	tcase_add_test(tests, room_for_strangers);
	tcase_add_test(tests, open_has_room_for_all);
	tcase_add_test(tests, closed_in_the_delay);
	tcase_add_test(tests, same_rights_go_on);
	tcase_add_test(tests, other_rights_end_waits);
	tcase_add_test(tests, revoked);
	tcase_add_test(tests, at_once);
	tcase_add_test(tests, closing_and_opening);
	tcase_add_test(tests, many_sessions);
	suite_add_tcase(suite, tests);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
