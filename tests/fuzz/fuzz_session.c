/*
 * Fuzz target: any bytes from three peers. Bytes below 9, which no JSON holds, are
 * what happens between the pieces: turns, time, reads, ends of connections, new rules. The
 * first byte of the input chooses the engine, whether peers are asked who they are, and whether
 * the run is audited: then every record of the audit stream must follow from those before, and
 * at the end the statistics must agree with it about how many ops came and how many are left.
 *
 * Every answer must be one line of JSON, and the service must find itself sound
 * after each turn and end with nothing left. Each input is played twice, the second
 * time with each piece cut in two, at a place that the input says: that changes nothing in
 * what is answered.
 */
#include <config.h>

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "audit/listener.h"
#include "auth/rules.h"
#include "base/alloc.h"
#include "base/check.h"
#include "base/clock.h"
#include "command/service.h"
#include "command/session.h"
#include "json/scan.h"
#include "scenario/engine_delayed.h"

#define PEERS 3

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum event {
	EVENT_TURN,
	EVENT_TIME,
	EVENT_NEXT_PEER,
	EVENT_READ,
	EVENT_READ_SOME,
	EVENT_LOSE,
	EVENT_HALF_CLOSE,
	EVENT_DRAIN,
	EVENT_NEW_RULES,
	EVENTS,
};

struct play {
	struct service *service;
	struct listener *listener; /* NULL: the run is not audited */
	struct session *peers[PEERS];
	bool cut[PEERS]; /* read up to the middle of a line */
	size_t speaking;
	uint64_t now_ns;
	bool draining;
	unsigned rules;          /* which are in force; 0: none */
	size_t cut_at;           /* of each piece; 0: not at all */
	struct buf heard[PEERS]; /* all that was answered to each */
};

#define RULES_KINDS 3

/* Tokens are the names; what they give differs in the second kind of rules. */
static struct auth_rules *
make_rules(unsigned kind)
{
	static const char *const names[] = {"a", "p", "w"};
	static const unsigned roles[][3] = {{ROLE_ADMIN, ROLE_PRODUCER, ROLE_WORKER},
		{ROLE_READER, ROLE_PRODUCER | ROLE_WORKER, ROLE_WORKER}};
	struct auth_rules *rules = rules_new();

	for (size_t i = 0; i < 3; i++) {
		struct principal *principal = rules_add(rules, span_str(names[i]));
		struct digest digest = digest_of(span_str(names[i]));

		principal->roles = roles[kind - 1][i];
		CHECK(patterns_add(&principal->queues, kind == 1 ? SPAN("*") : SPAN("q*")) == NULL);
		CHECK(patterns_add(&principal->groups, SPAN("*")) == NULL);
		CHECK(rules_add_token(rules, principal, &digest) == NULL);
	}
	return rules;
}

static void
use_rules(struct play *play, unsigned kind)
{
	play->rules = kind;
	service_authenticate(play->service, kind == 0 ? NULL : make_rules(kind));
}

static void
turn(struct play *play)
{
	service_begin(play->service, play->now_ns);
	(void)service_turn(play->service);
	service_check(play->service);
	CHECK(play->listener == NULL || listener_is_content(play->listener));
	while (service_pop_dirty(play->service) != NULL)
		continue;
	CHECK(!play->draining || service_next_due(play->service) != UINT64_MAX ||
		service_is_drained(play->service));
}

/* What is to be written is whole lines, but for the rest of one that was cut. */
static void
check_output(struct span out, bool cut)
{
	struct scan scan;
	const char *end;

	while ((end = memchr(out.ptr, '\n', out.len)) != NULL) {
		size_t len = (size_t)(end - out.ptr);

		CHECK(cut || scan_line(span_make(out.ptr, len), NULL, &scan));
		cut = false;
		out = span_make(end + 1, out.len - len - 1);
	}
	CHECK(out.len == 0);
}

/* Reads `len` bytes of the output, or all. */
static void
read_output(struct play *play, size_t peer, size_t len)
{
	struct session *session = play->peers[peer];
	struct span out = buf_span(session_output(session));

	check_output(out, play->cut[peer]);
	len = out.len < len ? out.len : len;
	buf_append(&play->heard[peer], out.ptr, len);
	if (len > 0)
		play->cut[peer] = out.ptr[len - 1] != '\n';
	session_sent(session, len);
}

static void
half_close(struct play *play, size_t peer)
{
	struct session *session = play->peers[peer];

	session_eof(session);
	for (int i = 0; !session_is_finished(session) && !session_is_overrun(session); i++) {
		CHECK(i < 10000);
		play->now_ns += NS_PER_MS;
		turn(play);
		read_output(play, peer, SIZE_MAX);
	}
	session_close(session);
}

static void
begin(struct play *play, size_t peer)
{
	play->peers[peer] = session_new(play->service, "unix:1", NULL);
	play->cut[peer] = false;
}

static void
happen(struct play *play, enum event event)
{
	size_t peer = play->speaking;

	switch (event) {
	case EVENT_TURN:
		turn(play);
		return;
	case EVENT_TIME:
		play->now_ns += ms_to_ns(1000);
		return;
	case EVENT_NEXT_PEER:
		play->speaking = (peer + 1) % PEERS;
		return;
	case EVENT_READ:
		read_output(play, peer, SIZE_MAX);
		return;
	case EVENT_READ_SOME:
		read_output(play, peer, 50);
		return;
	case EVENT_LOSE:
		session_close(play->peers[peer]);
		begin(play, peer);
		return;
	case EVENT_HALF_CLOSE:
		half_close(play, peer);
		begin(play, peer);
		return;
	case EVENT_DRAIN:
		service_drain(play->service);
		play->draining = true;
		return;
	case EVENT_NEW_RULES:
		use_rules(play, (play->rules + 1) % RULES_KINDS);
		return;
	case EVENTS:
		break;
	}
	UNREACHABLE();
}

/* In memory of just its size, so that a sanitizer sees its end. */
static void
feed_part(struct play *play, const uint8_t *data, size_t size)
{
	char *copy;

	if (size == 0)
		return;
	copy = xmalloc(size);
	memcpy(copy, data, size);
	session_feed(play->peers[play->speaking], copy, size);
	free(copy);
}

static void
feed(struct play *play, const uint8_t *data, size_t size)
{
	size_t first = play->cut_at % size;

	feed_part(play, data, first);
	feed_part(play, data + first, size - first);
}

/* ---- the end ------------------------------------------------------------- */

/* The number after that text; the text is there. */
static uint64_t
number_after(struct span heard, const char *text)
{
	const char *at = memmem(heard.ptr, heard.len, text, strlen(text));
	uint64_t number = 0;

	CHECK(at != NULL);
	for (at += strlen(text); *at >= '0' && *at <= '9'; at++)
		number = 10 * number + (uint64_t)(*at - '0');
	return number;
}

/* What `stats` tells of ops is what the audit stream told. */
static void
check_account(struct play *play)
{
	char ask[] = "{\"method\":\"stats\"}\n";
	struct buf *answers = &play->heard[0];
	size_t before = buf_len(answers);
	struct span heard;

	use_rules(play, 0);
	begin(play, 0);
	session_feed(play->peers[0], ask, sizeof(ask) - 1);
	half_close(play, 0);
	buf_add_char(answers, '\n');
	heard = buf_span(answers);
	heard = span_make(heard.ptr + before, heard.len - before);
	CHECK(number_after(heard, "\"conservation\":{\"enqueued\":") ==
		listener_enqueued(play->listener));
	CHECK(number_after(heard, "\"alive\":") == listener_alive(play->listener));
	buf_truncate(answers, before);
}

static void
play_fini(struct play *play)
{
	turn(play);
	for (size_t i = 0; i < PEERS; i++)
		half_close(play, i);
	if (play->listener != NULL)
		check_account(play);
	service_free(play->service);
	CHECK(play->listener == NULL || listener_end(play->listener));
}

/* ---- a run --------------------------------------------------------------- */

/* What bits of the first byte mean; the others say where pieces are cut. */
enum { DELAYED = 1, ASKS = 2, AUDITED = 4 };

static void
play_init(struct play *play, unsigned choice)
{
	struct core_seed seed = {{1, 2}, {3, 4}, "fuzzfuzz", 1};
	struct service_config config;

	service_config_init(&config);
	config.max_line = 4096;
	config.max_batch = 8;
	config.max_parked = 4;
	config.max_output = 4096;
	config.core.max_queues = 4;
	config.core.max_groups = 4;
	config.core.max_group_ops = 16;
	config.core.max_memory = UINT64_C(1) << 20;
	*play = (struct play){.now_ns = ms_to_ns(1000)};
	for (size_t i = 0; i < PEERS; i++)
		buf_init(&play->heard[i]);
	if ((choice & AUDITED) != 0) {
		play->listener = listener_new("stream");
		config.audit = listener_sink(play->listener);
	}
	play->service = service_new(&config, &seed,
		(choice & DELAYED) != 0 ? engine_delayed_new : engine_memory_new, play->now_ns);
	use_rules(play, (choice & ASKS) != 0 ? 1 : 0);
	for (size_t i = 0; i < PEERS; i++)
		begin(play, i);
}

/* Leaves what each peer was answered in `play`. */
static void
play_input(struct play *play, const uint8_t *data, size_t size, size_t cut_at)
{
	size_t at = 1;

	play_init(play, data[0]);
	play->cut_at = cut_at;
	while (at < size) {
		size_t end = at;

		while (end < size && data[end] >= EVENTS)
			end++;
		if (end > at)
			feed(play, data + at, end - at);
		if (end < size)
			happen(play, (enum event)data[end]);
		at = end + 1;
	}
	play_fini(play);
}

/* Statistics tell how many bytes came so far, which is not the same when they come in parts. */
static bool
tells_bytes(struct span heard)
{
	static const char name[] = "bytes_in";

	return heard.len > 0 && memmem(heard.ptr, heard.len, name, sizeof(name) - 1) != NULL;
}

static void
check_same(const struct buf *whole, const struct buf *cut)
{
	CHECK(tells_bytes(buf_span(whole)) || span_equal(buf_span(whole), buf_span(cut)));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct play whole;
	struct play cut;

	if (size == 0)
		return 0;
	play_input(&whole, data, size, 0);
	play_input(&cut, data, size, 1 + (data[0] >> 1));
	for (size_t i = 0; i < PEERS; i++) {
		check_same(&whole.heard[i], &cut.heard[i]);
		buf_fini(&whole.heard[i]);
		buf_fini(&cut.heard[i]);
	}
	return 0;
}
