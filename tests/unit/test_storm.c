/*
 * A storm: random requests of several peers, cut into random pieces, read late or
 * in parts, with peers lost and half-closed at any moment and time passing. After
 * every step the service checks itself; at the end
 *   - every request with an id of a peer that stayed was answered exactly once,
 *   - nothing of a peer that is gone is left,
 *   - (now and then) no dequeue of any key waited while a set was ready,
 *   - each op that was taken in is still there, or was finished: none is lost.
 *
 * STORM_SEED repeats a run, STORM_ROUNDS makes more of them.
 */
#include <config.h>

#include "peer.h"

#define PEERS 6
#define STEPS 400
#define IDS   4096

struct storm_peer {
	struct session *session;
	unsigned next_id;
	unsigned char answers[IDS];
	char partial[65536]; /* what was read of a line that has not ended */
	size_t partial_len;
	char tokens[8][64]; /* of sets it was given */
	unsigned token_count;
};

static struct world world;
static char where[64]; /* the seed, for the message of a failed test */
static struct storm_peer peers[PEERS];
static uint64_t state;
static uint64_t finished; /* ops, as the answers say */
static bool keyed;        /* some dequeues name a key */

static unsigned
roll(unsigned sides)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (unsigned)((state >> 33) % sides);
}

static void
peer_open(struct storm_peer *peer)
{
	memset(peer, 0, sizeof(*peer));
	peer->session = peer_new(&world, "unix:1");
}

/* ---- what peers say ---------------------------------------------------- */

static void
take_token(struct storm_peer *peer, char *out, size_t size)
{
	if (peer->token_count == 0)
		(void)snprintf(out, size, "1-none");
	else
		(void)snprintf(out, size, "%s", peer->tokens[--peer->token_count]);
}

static const char *
word(const char *const *words)
{
	unsigned count = 0;

	while (words[count] != NULL)
		count++;
	return words[roll(count)];
}

/* The method and params of one random request. */
static void
make_call(struct storm_peer *peer, char *out, size_t size)
{
	static const char *const queues[] = {"a", "b", "c", NULL};
	static const char *const admin[] = {"queue.pause", "queue.resume", "queue.close",
		"queue.open", "queue.stats", "queue.peek", NULL};
	static const char *const group[] = {"group.create", "group.add", "group.seal", "group.wait",
		"group.wait", "group.delete", NULL};
	const char *queue = word(queues);
	char token[64];

	switch (roll(9)) {
	case 0:
	case 1:
		(void)snprintf(out, size,
			"\"method\":\"enqueue\",\"params\":{\"queue\":\"%s\",\"key\":%u%s}", queue,
			roll(4), roll(3) == 0 ? ",\"wait_ms\":50" : "");
		return;
	case 2:
	case 3:
		(void)snprintf(out, size,
			"\"method\":\"dequeue\",\"params\":{\"queue\":\"%s\",\"wait_ms\":%u%s%s}",
			queue, roll(2) * 40, keyed && roll(3) == 0 ? ",\"key\":2" : "",
			roll(4) == 0 ? ",\"release_on_close\":true" : "");
		return;
	case 4:
		(void)snprintf(out, size,
			"\"method\":\"dequeue\",\"params\":{\"queues\":[\"%s\",\"a\",\"%s\"],"
			"\"wait_ms\":%u}",
			queue, word(queues), roll(60));
		return;
	case 5:
	case 6:
		take_token(peer, token, sizeof(token));
		(void)snprintf(out, size, "\"method\":\"%s\",\"params\":[\"%s\"]",
			roll(4) == 0 ? "release" : "finish", token);
		return;
	case 7:
		(void)snprintf(
			out, size, "\"method\":\"%s\",\"params\":[\"%s\"]", word(admin), queue);
		return;
	default:
		(void)snprintf(
			out, size, "\"method\":\"%s\",\"params\":[\"g%u\"]", word(group), roll(2));
		return;
	}
}

static size_t
make_line(struct storm_peer *peer, char *line, size_t size)
{
	unsigned count = roll(5) == 0 ? 1 + roll(4) : 0;
	size_t len = 0;
	char call[300];

	if (count == 0) {
		make_call(peer, call, sizeof(call));
		if (peer->next_id >= IDS || roll(10) == 0)
			return (size_t)snprintf(line, size, "{%s}\n", call);
		return (size_t)snprintf(line, size, "{%s\"id\":%u,%s}\n",
			roll(2) == 0 ? "\"jsonrpc\":\"2.0\"," : "", peer->next_id++, call);
	}
	for (unsigned i = 0; i < count; i++) {
		make_call(peer, call, sizeof(call));
		if (peer->next_id < IDS)
			len += (size_t)snprintf(line + len, size - len,
				"%c{\"jsonrpc\":\"2.0\",\"id\":%u,%s}", i == 0 ? '[' : ',',
				peer->next_id++, call);
	}
	return len == 0 ? 0 : len + (size_t)snprintf(line + len, size - len, "]\n");
}

static void
peer_talk(struct storm_peer *peer)
{
	char line[2000];
	size_t len = make_line(peer, line, sizeof(line));
	size_t cut = roll(3) == 0 && len > 0 ? roll((unsigned)len) : len;

	peer_send(peer->session, line, cut);
	if (roll(2) == 0)
		(void)service_turn(world.service);
	peer_send(peer->session, line + cut, len - cut);
}

/* ---- what they read ---------------------------------------------------- */

static void
note_token(struct storm_peer *peer, const char *text)
{
	const char *end = strchr(text, '"');

	ck_assert_ptr_nonnull(end);
	if (end > text && peer->token_count < 8)
		(void)snprintf(
			peer->tokens[peer->token_count++], 64, "%.*s", (int)(end - text), text);
}

/* Every `"id":N` of an answer; messages of these requests hold none. */
static void
read_line(struct storm_peer *peer, const char *line)
{
	const char *at;

	for (at = line; (at = strstr(at, "\"id\":")) != NULL; at += 5) {
		if (at[5] != 'n')
			peer->answers[strtoul(at + 5, NULL, 10)]++;
	}
	for (at = line; (at = strstr(at, "\"set\":\"")) != NULL; at += 7)
		note_token(peer, at + 7);
	for (at = line; (at = strstr(at, "{\"finished\":")) != NULL; at += 12) {
		if (strstr(at, "\"duplicate\"") == NULL)
			finished += strtoul(at + 12, NULL, 10);
	}
}

static void
peer_listen(struct storm_peer *peer, size_t most)
{
	struct span out = buf_span(session_output(peer->session));
	size_t len = out.len < most ? out.len : most;

	for (size_t i = 0; i < len; i++) {
		ck_assert_uint_lt(peer->partial_len, sizeof(peer->partial) - 1);
		peer->partial[peer->partial_len++] = out.ptr[i];
		if (out.ptr[i] == '\n') {
			peer->partial[peer->partial_len] = '\0';
			read_line(peer, peer->partial);
			peer->partial_len = 0;
		}
	}
	session_sent(peer->session, len);
}

static void
check_answers(const struct storm_peer *peer)
{
	for (unsigned id = 0; id < peer->next_id; id++)
		ck_assert_msg(peer->answers[id] == 1, "%s: id %u: %u answers", where, id,
			peer->answers[id]);
}

/* ---- the storm --------------------------------------------------------- */

/* The peer stops talking, and reads to the end. */
static void
peer_half_close(struct storm_peer *peer)
{
	session_eof(peer->session);
	for (int i = 0; !session_is_finished(peer->session); i++) {
		ck_assert_int_lt(i, 1000);
		(void)service_turn(world.service);
		peer_listen(peer, SIZE_MAX);
	}
	check_answers(peer);
	session_close(peer->session);
}

static void
step(void)
{
	struct storm_peer *peer = &peers[roll(PEERS)];

	switch (roll(20)) {
	case 0:
		session_close(peer->session);
		peer_open(peer);
		break;
	case 1:
		peer_half_close(peer);
		peer_open(peer);
		break;
	case 2:
		world.now_ns += ms_to_ns(roll(30));
		break;
	case 3:
	case 4:
		peer_listen(peer, roll(300));
		break;
	case 5:
	case 6:
		peer_listen(peer, SIZE_MAX);
		break;
	default:
		peer_talk(peer);
		break;
	}
	service_begin(world.service, world.now_ns);
	if (roll(3) != 0)
		(void)service_turn(world.service);
	service_check(world.service);
	while (service_pop_dirty(world.service) != NULL)
		continue;
}

static uint64_t
number_after(const char *text, const char *name)
{
	const char *at = strstr(text, name);

	ck_assert_msg(at != NULL, "no %s in %s", name, text);
	return strtoull(at + strlen(name), NULL, 10);
}

/* The answer to one line of a peer that asks nothing else; to be freed. */
static char *
ask(const char *method, const char *queue)
{
	struct session *observer = peer_new(&world, "unix:9");
	char line[200];
	char *text;

	if (queue == NULL)
		(void)snprintf(line, sizeof(line), "{\"method\":\"%s\"}\n", method);
	else
		(void)snprintf(line, sizeof(line), "{\"method\":\"%s\",\"queue\":\"%s\"}\n", method,
			queue);
	peer_say(observer, line);
	world_run(&world);
	text = peer_read(observer);
	session_close(observer);
	return text;
}

static const char *const all_queues[] = {"a", "b", "c"};

/* With nothing left to do, nobody who takes any set waits beside one that is ready. */
static void
check_nobody_is_forgotten(void)
{
	for (size_t i = 0; i < 3; i++) {
		char *text = ask("queue.stats", all_queues[i]);

		if (strstr(text, "\"paused\":false") != NULL &&
			number_after(text, "\"waiters\":") > 0)
			ck_assert_msg(number_after(text, "\"ready\":") == 0, "%s: %s", where, text);
		free(text);
	}
}

/* Everything that was enqueued is in a queue, or finished. */
static void
check_conservation(void)
{
	uint64_t present = 0;
	uint64_t done;
	char *text;

	for (size_t i = 0; i < 3; i++) {
		free(ask("queue.create", all_queues[i]));
		text = ask("queue.stats", all_queues[i]);
		present += number_after(text, "\"ops\":");
		ck_assert_uint_eq(number_after(text, "\"waiters\":"), 0);
		free(text);
	}
	text = ask("stats", NULL);
	done = number_after(text, "\"finished\":");
	ck_assert_uint_eq(number_after(text, "\"waiters\":"), 0);
	ck_assert_uint_eq(number_after(text, "\"enqueued\":"), present + done);
	ck_assert_uint_ge(done, finished); /* some answers were lost with their peers */
	free(text);
}

static void
storm(uint64_t seed, bool slow)
{
	state = seed * UINT64_C(0x9E3779B97F4A7C15) + 1;
	finished = 0;
	keyed = seed % 2 == 0;
	world_prepare(&world, slow);
	world.config.max_parked = 6;
	world.config.core.queue_defaults.lease_ms = 200;
	world.config.core.queue_defaults.exclusive = seed % 3 == 0;
	world_start(&world);
	for (int i = 0; i < PEERS; i++)
		peer_open(&peers[i]);
	for (int i = 0; i < STEPS; i++) {
		step();
		if (i % 20 == 0)
			world_run(&world);
		if (i % 20 == 0 && !keyed)
			check_nobody_is_forgotten();
	}
	for (int i = 0; i < PEERS; i++)
		peer_half_close(&peers[i]);
	world_run(&world);
	check_conservation();
	world_end(&world);
}

static uint64_t
from_environment(const char *name, uint64_t otherwise)
{
	const char *text = getenv(name);

	return text == NULL ? otherwise : strtoull(text, NULL, 10);
}

START_TEST(storms)
{
	uint64_t seed = from_environment("STORM_SEED", 1);
	uint64_t rounds = from_environment("STORM_ROUNDS", 25);

	for (uint64_t i = 0; i < rounds; i++) {
		(void)snprintf(
			where, sizeof(where), "STORM_SEED=%llu", (unsigned long long)(seed + i));
		storm(seed + i, _i != 0);
	}
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("storm");
	TCase *tcase = tcase_create("storm");
	SRunner *runner;
	int failed;

	tcase_set_timeout(tcase, 0);
	tcase_add_loop_test(tcase, storms, 0, 2);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
