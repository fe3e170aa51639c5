/*
 * Sessions: framing, dialects, batches, limits, the ends of connections. What
 * needs no byte-level view is in the scenarios.
 */
#include <config.h>

#include "peer.h"

#define PONG            "{\"result\":{\"pong\":true},\"error\":null}\n"
#define PING            "{\"method\":\"ping\"}\n"
#define STRICT(id)      "{\"jsonrpc\":\"2.0\",\"id\":" id ",\"method\":\"ping\"}"
#define STRICT_PONG(id) "{\"jsonrpc\":\"2.0\",\"id\":" id ",\"result\":{\"pong\":true}}"
#define TOO_LONG                                                                   \
	"{\"jsonrpc\":\"2.0\",\"id\":null,\"error\":{\"code\":-32600,\"message\":" \
	"\"the line is longer than max_line\",\"data\":{\"code\":\"line_too_long\"}}}\n"

static struct world world;
static struct session *peer;

static void
start(int slow)
{
	world_prepare(&world, slow != 0);
	world_start(&world);
	peer = peer_new(&world, "unix:1");
}

static void
finish(void)
{
	session_close(peer);
	world_end(&world);
}

/* ---- framing ----------------------------------------------------------- */

START_TEST(lines_split_at_every_byte)
{
	static const char text[] = PING "\r\n  \n\n{\"method\":\"ping\",\"id\":2}\r\n" PING;
	static const char answers[] =
		PONG "{\"id\":2,\"result\":{\"pong\":true},\"error\":null}\n" PONG;

	for (size_t at = 0; at < sizeof(text); at++) {
		start(_i);
		peer_send(peer, text, at);
		world_run(&world);
		peer_send(peer, text + at, sizeof(text) - 1 - at);
		world_run(&world);
		peer_expect(peer, answers);
		ck_assert_uint_eq(session_bytes(peer), 0);
		finish();
	}
}
END_TEST

START_TEST(lines_byte_by_byte)
{
	static const char text[] = PING PING;

	start(_i);
	for (size_t at = 0; at < sizeof(text) - 1; at++)
		peer_send(peer, text + at, 1);
	world_run(&world);
	peer_expect(peer, PONG PONG);
	finish();
}
END_TEST

/* A line of exactly `len` bytes: a ping with white space at its end. */
static void
send_line(size_t len, const char *end, size_t piece)
{
	size_t total = len + strlen(end);
	char *line = xmalloc(total + 1);

	memset(line, ' ', len);
	memcpy(line, "{\"method\":\"ping\"}", 17);
	memcpy(line + len, end, strlen(end) + 1);
	for (size_t at = 0; at < total; at += piece)
		peer_send(peer, line + at, total - at < piece ? total - at : piece);
	free(line);
}

START_TEST(line_length_limit)
{
	static const char *const ends[] = {"\n", "\r\n"};
	static const size_t pieces[] = {1, 7, 1000};

	world_prepare(&world, false);
	world.config.max_line = 100;
	world_start(&world);
	for (size_t e = 0; e < 2; e++) {
		for (size_t p = 0; p < 3; p++) {
			peer = peer_new(&world, "unix:1");
			send_line(99, ends[e], pieces[p]);
			send_line(100, ends[e], pieces[p]);
			send_line(101, ends[e], pieces[p]);
			send_line(5000, ends[e], pieces[p]);
			peer_say(peer, PING);
			world_run(&world);
			peer_expect(peer, PONG PONG TOO_LONG TOO_LONG PONG);
			session_close(peer);
		}
	}
	world_end(&world);
}
END_TEST

START_TEST(long_lines_are_not_kept)
{
	char piece[1000];

	world_prepare(&world, false);
	world.config.max_line = 2000;
	world_start(&world);
	peer = peer_new(&world, "unix:1");
	memset(piece, ' ', sizeof(piece));
	for (int i = 0; i < 1000; i++) {
		peer_send(peer, piece, sizeof(piece));
		ck_assert_uint_le(session_bytes(peer), 8192);
	}
	session_eof(peer);
	world_run(&world);
	peer_expect(peer, TOO_LONG);
	ck_assert(session_is_finished(peer));
	finish();
}
END_TEST

START_TEST(first_byte_guard)
{
	for (int byte = 0; byte < 256; byte++) {
		char text[] = "?{\"method\":\"ping\"}\n" PING;
		bool good = byte == ' ' || byte == '\t' || byte == '\r' || byte == '\n';
		char *answer;

		if (byte == '{' || byte == '[')
			continue;
		start(0);
		text[0] = (char)byte;
		peer_say(peer, text);
		if (byte == 0)
			peer_send(peer, "\0" PING, sizeof(PING));
		world_run(&world);
		answer = peer_read(peer);
		if (good) {
			ck_assert_str_eq(answer, PONG PONG);
			ck_assert(session_wants_input(peer));
		} else {
			ck_assert_ptr_nonnull(strstr(answer, "\"code\":\"parse_error\""));
			ck_assert_ptr_eq(strchr(answer, '\n') + 1, answer + strlen(answer));
			ck_assert(session_is_finished(peer));
			ck_assert(!session_wants_input(peer));
		}
		free(answer);
		finish();
	}
}
END_TEST

START_TEST(guard_looks_at_the_first_byte_only)
{
	unsigned lines;

	start(0);
	peer_say(peer, PING "GET / HTTP/1.1\r\n" PING);
	world_run(&world);
	ck_assert_uint_eq(peer_count(peer, "parse_error", &lines), 1);
	ck_assert_uint_eq(lines, 3);
	finish();
}
END_TEST

START_TEST(unterminated_end)
{
	unsigned lines;

	start(_i);
	peer_say(peer, PING "{\"method\":\"ping\"}");
	session_eof(peer);
	world_run(&world);
	ck_assert(!session_is_finished(peer));
	ck_assert_uint_eq(peer_count(peer, "input ended inside a line", &lines), 1);
	ck_assert_uint_eq(lines, 2);
	ck_assert(session_is_finished(peer));
	finish();

	start(_i);
	peer_say(peer, PING " \r");
	session_eof(peer);
	world_run(&world);
	peer_expect(peer, PONG);
	ck_assert(session_is_finished(peer));
	finish();
}
END_TEST

START_TEST(end_without_a_byte)
{
	start(_i);
	session_eof(peer);
	world_run(&world);
	ck_assert_ptr_eq(service_pop_dirty(world.service), peer);
	ck_assert(session_is_finished(peer));
	finish();
}
END_TEST

/* ---- dialects and ids -------------------------------------------------- */

START_TEST(strict_ids_verbatim)
{
	static const char *const ids[] = {"1", "-0", "1e400", "12345678901234567890123",
		"\"a\\u0041\"", "null", "\"\"",
		"\"a rather long id that does not fit where short ones are kept meanwhile\""};
	char line[300];
	char answer[300];

	start(_i);
	for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
		(void)snprintf(line, sizeof(line),
			"{\"id\":%s,\"method\":\"ping\",\"jsonrpc\":\"2.0\"}\n", ids[i]);
		(void)snprintf(answer, sizeof(answer),
			"{\"jsonrpc\":\"2.0\",\"id\":%s,\"result\":{\"pong\":true}}\n", ids[i]);
		peer_say(peer, line);
		world_run(&world);
		peer_expect(peer, answer);
	}
	finish();
}
END_TEST

START_TEST(parked_ids_verbatim)
{
	static const char *const ids[] = {"1.50", "\"x\"",
		"\"a rather long id that does not fit where short ones are kept meanwhile\""};
	char line[300];
	char answer[300];

	start(_i);
	for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
		(void)snprintf(line, sizeof(line),
			"{\"id\":%s,\"method\":\"dequeue\",\"params\":[\"q\",50],\"jsonrpc\":\"2."
			"0\"}\n",
			ids[i]);
		(void)snprintf(answer, sizeof(answer),
			"{\"jsonrpc\":\"2.0\",\"id\":%s,\"result\":{\"set\":null}}\n", ids[i]);
		peer_say(peer, line);
		world_run(&world);
		peer_expect(peer, "");
		world_pass(&world, 50);
		peer_expect(peer, answer);
	}
	finish();
}
END_TEST

START_TEST(notifications)
{
	start(_i);
	peer_say(peer, "{\"jsonrpc\":\"2.0\",\"method\":\"ping\"}\n"
		       "{\"jsonrpc\":\"2.0\",\"method\":\"nothing\"}\n"
		       "{\"jsonrpc\":\"2.0\",\"method\":\"ping\",\"params\":{\"x\":1}}\n"
		       "{\"jsonrpc\":\"2.0\",\"method\":\"enqueue\",\"params\":[\"q\",\"k\"]}\n"
		       "{\"jsonrpc\":\"2.0\",\"method\":\"enqueue\","
		       "\"params\":{\"queue\":\"q\",\"key\":\"k\",\"wait_ms\":1000}}\n"
		       "{\"jsonrpc\":\"2.0\",\"method\":\"dequeue\",\"params\":[\"q\"]}\n"
		       "{\"jsonrpc\":\"2.0\",\"method\":\"group.wait\",\"params\":[\"g\"]}\n");
	world_run(&world);
	peer_expect(peer, "");
	peer_say(peer, "{\"method\":\"queue.purge\",\"queue\":\"q\"}\n");
	world_run(&world);
	peer_expect(peer, "{\"result\":{\"sets\":1,\"ops\":2},\"error\":null}\n");
	finish();
}
END_TEST

/* What is no request: {line, id in the answer}. */
static const char *const no_requests[][2] = {
	{"{}", "null"},
	{"{\"id\":1}", "null"},
	{"{\"id\":1,\"method\":5}", "null"},
	{"{\"id\":{},\"method\":\"ping\"}", "null"},
	{"{\"id\":1,\"id\":2,\"method\":\"ping\"}", "null"},
	{"{\"id\":1,\"method\":\"ping\",\"params\":5}", "null"},
	{"5", "null"},
	{"[]", "null"},
	{"{\"jsonrpc\":\"2.0\",\"id\":1}", "1"},
	{"{\"jsonrpc\":\"1.0\",\"id\":1,\"method\":\"ping\"}", "1"},
	{"{\"jsonrpc\":2.0,\"id\":\"x\",\"method\":\"ping\"}", "\"x\""},
	{"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\",\"extra\":1}", "1"},
	{"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\",\"params\":null}", "1"},
	{"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\",\"method\":\"ping\"}", "1"},
	{"{\"jsonrpc\":\"2.0\",\"id\":1,\"id\":1,\"method\":\"ping\"}", "null"},
	{"{\"jsonrpc\":\"2.0\",\"id\":[],\"method\":\"ping\"}", "null"},
	{"{\"jsonrpc\":\"2.0\",\"method\":\"ping\",\"params\":7}", "null"},
	{"{\"jsonrpc\":\"2.0\",\"jsonrpc\":\"2.0\",\"id\":3,\"method\":\"ping\"}", "3"},
};

START_TEST(what_is_no_request)
{
	const char *const *row = no_requests[_i];
	char start_of_answer[100];
	char *answer;

	start(0);
	peer_say(peer, row[0]);
	if (row[0][0] == '5') { /* not the first line of a connection */
		session_close(peer);
		peer = peer_new(&world, "unix:2");
		peer_say(peer, PING "5");
		session_sent(peer, strlen(PONG));
	}
	peer_say(peer, "\n");
	world_run(&world);
	(void)snprintf(start_of_answer, sizeof(start_of_answer),
		"{\"jsonrpc\":\"2.0\",\"id\":%s,\"error\":{\"code\":-32600,", row[1]);
	answer = peer_read(peer);
	ck_assert_msg(strncmp(answer, start_of_answer, strlen(start_of_answer)) == 0, "%s: %s",
		row[0], answer);
	free(answer);
	finish();
}
END_TEST

START_TEST(plain_params)
{
	static const char *const lines[] = {
		"{\"method\":\"queue.close\",\"queue\":\"q\"}\n",
		"{\"method\":\"queue.close\",\"params\":{\"queue\":\"q\"}}\n",
		"{\"method\":\"queue.close\",\"params\":[\"q\"]}\n",
		"{\"method\":\"queue.close\",\"params\":[{\"queue\":\"q\"}]}\n",
		"{\"method\":\"queue.close\",\"params\":null,\"queue\":\"q\"}\n",
	};

	start(_i);
	peer_say(peer, "{\"method\":\"queue.create\",\"queue\":\"q\"}\n");
	world_run(&world);
	free(peer_read(peer));
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		peer_say(peer, lines[i]);
		world_run(&world);
		peer_expect(peer, "{\"result\":{},\"error\":null}\n");
	}
	peer_say(peer, "{\"method\":\"ping\",\"params\":[null],\"id\":0}\n"
		       "{\"method\":\"ping\",\"params\":[],\"x\":1}\n");
	world_run(&world);
	peer_expect(peer, "{\"id\":0,\"result\":{\"pong\":true},\"error\":null}\n"
			  "{\"result\":null,\"error\":\"invalid_params: \\\"x\\\" stands beside "
			  "\\\"params\\\"; use one or the other\"}\n");
	finish();
}
END_TEST

/* ---- batches ----------------------------------------------------------- */

START_TEST(batches)
{
	start(_i);
	peer_say(peer, "[" STRICT("1") "," STRICT(
			       "2") "]\n"
				    "[{\"jsonrpc\":\"2.0\",\"method\":\"ping\"}]\n"
				    "[{\"jsonrpc\":\"2.0\",\"method\":\"ping\"}," STRICT(
					    "3") "]\n"
						 "[1,{\"method\":\"ping\",\"id\":4}]\n");
	world_run(&world);
	peer_expect(peer,
		"[" STRICT_PONG("1") "," STRICT_PONG(
			"2") "]\n"
			     "[" STRICT_PONG("3") "]\n"
						  "[{\"jsonrpc\":\"2.0\",\"id\":null,\"error\":{"
						  "\"code\":-32600,\"message\":"
						  "\"a member of a batch must be an "
						  "object\",\"data\":{\"code\":"
						  "\"invalid_request\"}}},{\"jsonrpc\":\"2.0\","
						  "\"id\":null,\"error\":{\"code\":"
						  "-32600,\"message\":\"\\\"jsonrpc\\\" must be "
						  "\\\"2.0\\\" in a batch\",\"data\":"
						  "{\"code\":\"invalid_request\"}}}]\n");
	finish();
}
END_TEST

START_TEST(batch_size_limit)
{
	for (unsigned size = 2; size <= 4; size++) {
		char *answer;

		world_prepare(&world, false);
		world.config.max_batch = 3;
		world_start(&world);
		peer = peer_new(&world, "unix:1");
		peer_say(peer, "[");
		for (unsigned i = 0; i < size; i++)
			peer_say(peer, i == 0 ? STRICT("7") : "," STRICT("7"));
		peer_say(peer, "]\n");
		world_run(&world);
		answer = peer_read(peer);
		if (size <= 3)
			ck_assert_int_eq(strncmp(answer, "[{", 2), 0);
		else
			ck_assert_ptr_nonnull(strstr(answer, "\"code\":\"batch_too_large\""));
		free(answer);
		finish();
	}
}
END_TEST

START_TEST(batch_waits_for_nothing)
{
	unsigned lines;

	start(_i);
	peer_say(peer,
		"[{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"dequeue\",\"params\":[\"q\"]},"
		"{\"jsonrpc\":\"2.0\",\"id\":2,\"method\":\"enqueue\",\"params\":"
		"{\"queue\":\"q\",\"key\":1,\"wait_ms\":9}},"
		"{\"jsonrpc\":\"2.0\",\"id\":3,\"method\":\"dequeue\",\"params\":[\"q\"]}]\n");
	world_run(&world);
	ck_assert_uint_eq(peer_count(peer, "\"done\":false", &lines), 1);
	ck_assert_uint_eq(lines, 1);
	finish();
}
END_TEST

/* A set in a batch's answer that was never written goes back. */
START_TEST(batch_undelivered)
{
	struct session *other;

	start(_i);
	peer_say(peer,
		"[{\"jsonrpc\":\"2.0\",\"id\":2,\"method\":\"enqueue\",\"params\":"
		"[\"q\",1]},"
		"{\"jsonrpc\":\"2.0\",\"id\":3,\"method\":\"dequeue\",\"params\":[\"q\"]}]\n");
	world_run(&world);
	ck_assert_uint_gt(buf_len(session_output(peer)), 0);
	session_close(peer);
	other = peer_new(&world, "unix:2");
	peer_say(other, "{\"method\":\"dequeue\",\"queue\":\"q\"}\n");
	world_run(&world);
	ck_assert_uint_eq(peer_count(other, "\"attempt\":1,", NULL), 1);
	session_close(other);
	world_end(&world);
}
END_TEST

/* ---- order and shares -------------------------------------------------- */

START_TEST(plain_without_id_holds_back)
{
	start(_i);
	peer_say(peer, "{\"method\":\"dequeue\",\"queue\":\"q\",\"wait_ms\":100}\n" PING
		       "{\"method\":\"ping\",\"id\":1}\n");
	world_run(&world);
	peer_expect(peer, "");
	ck_assert(!session_wants_input(peer));
	world_pass(&world, 100);
	peer_expect(peer, "{\"result\":{\"set\":null},\"error\":null}\n" PONG
			  "{\"id\":1,\"result\":{\"pong\":true},\"error\":null}\n");
	ck_assert(session_wants_input(peer));
	finish();
}
END_TEST

START_TEST(held_back_at_the_end)
{
	start(_i);
	peer_say(peer, "{\"method\":\"dequeue\",\"queue\":\"q\",\"wait_ms\":100}\n"
		       "{\"method\":\"dequeue\",\"queue\":\"q\",\"wait_ms\":100}\n" PING);
	session_eof(peer);
	world_run(&world);
	peer_expect(peer, "{\"result\":{\"set\":null},\"error\":null}\n"
			  "{\"result\":{\"set\":null},\"error\":null}\n" PONG);
	ck_assert(session_is_finished(peer));
	finish();
}
END_TEST

/* What waits with an id gets what comes later on the same connection, also at its end. */
START_TEST(half_close_with_parked_dequeue)
{
	start(_i);
	peer_say(peer,
		"{\"method\":\"dequeue\",\"queue\":\"q\",\"id\":1}\n"
		"{\"method\":\"dequeue\",\"queue\":\"q\",\"id\":2}\n"
		"{\"method\":\"enqueue\",\"queue\":\"q\",\"key\":5,\"op\":\"a\",\"id\":3}\n");
	session_eof(peer);
	world_run(&world);
	ck_assert_ptr_nonnull(strstr(buf_span(session_output(peer)).ptr, "{\"id\":1,"));
	ck_assert_uint_eq(peer_count(peer, "\"op\":\"a\"", NULL), 2);
	ck_assert(session_is_finished(peer));
	finish();
}
END_TEST

START_TEST(share_of_a_turn)
{
	unsigned lines;

	start(0);
	for (int i = 0; i < 400; i++)
		peer_say(peer, PING);
	ck_assert(!session_wants_input(peer));
	(void)peer_count(peer, "pong", &lines);
	ck_assert_uint_eq(lines, 128);
	ck_assert(service_turn(world.service));
	ck_assert(service_turn(world.service));
	(void)peer_count(peer, "pong", &lines);
	ck_assert_uint_eq(lines, 128);
	world_run(&world);
	(void)peer_count(peer, "pong", &lines);
	ck_assert_uint_eq(lines, 144);
	ck_assert(session_wants_input(peer));
	ck_assert_uint_eq(session_bytes(peer), 0);
	finish();
}
END_TEST

START_TEST(backlog_stops_and_goes_on)
{
	unsigned lines;
	unsigned total = 0;

	start(_i);
	for (int i = 0; i < 200; i++)
		peer_say(peer, "{\"method\":\"methods\",\"id\":1}\n");
	world_run(&world);
	ck_assert(!session_wants_input(peer));
	ck_assert(!session_is_overrun(peer));
	ck_assert_uint_lt(buf_len(session_output(peer)), 512 * 1024);
	do {
		(void)peer_count(peer, "summary", &lines);
		total += lines;
		world_run(&world);
	} while (lines > 0);
	ck_assert_uint_eq(total, 200);
	ck_assert(session_wants_input(peer));
	finish();
}
END_TEST

/* What a peer asks for in one go never cuts it off, however little it may leave unread. */
START_TEST(backlog_below_max_output)
{
	unsigned lines;
	unsigned total = 0;

	world_prepare(&world, _i != 0);
	world.config.max_output = 1000;
	world_start(&world);
	peer = peer_new(&world, "unix:1");
	for (int i = 0; i < 60; i++)
		peer_say(peer, "{\"method\":\"info\",\"id\":1}\n");
	do {
		world_run(&world);
		ck_assert(!session_is_overrun(peer));
		(void)peer_count(peer, "limits", &lines);
		total += lines;
	} while (lines > 0);
	ck_assert_uint_eq(total, 60);
	finish();
}
END_TEST

/* ---- limits ------------------------------------------------------------ */

START_TEST(parked_limit)
{
	unsigned lines;

	world_prepare(&world, _i != 0);
	world.config.max_parked = 2;
	world_start(&world);
	peer = peer_new(&world, "unix:1");
	peer_say(peer, "{\"method\":\"group.create\",\"group\":\"g\",\"id\":0}\n"
		       "{\"method\":\"dequeue\",\"queue\":\"q\",\"id\":1}\n");
	world_run(&world);
	(void)peer_count(peer, "", &lines);
	ck_assert_uint_eq(lines, 1);
	peer_say(peer, "{\"method\":\"group.wait\",\"group\":\"g\",\"id\":2}\n");
	world_run(&world);
	peer_expect(peer, "");
	peer_say(peer, "{\"method\":\"dequeue\",\"queue\":\"q\",\"id\":3}\n"
		       "{\"method\":\"group.wait\",\"group\":\"g\",\"id\":4}\n"
		       "{\"method\":\"enqueue\",\"queue\":\"e\",\"key\":1,\"wait_ms\":9,\"id\":5}\n"
		       "{\"method\":\"dequeue\",\"queue\":\"q\",\"wait_ms\":0,\"id\":6}\n"
		       "{\"method\":\"queue.purge\",\"queue\":\"e\",\"id\":7}\n");
	world_run(&world);
	ck_assert_uint_eq(peer_count(peer, "limit: ", &lines), 3);
	ck_assert_uint_eq(lines, 5);
	finish();
}
END_TEST

START_TEST(overrun)
{
	struct session *other;
	char msg[20000];

	world_prepare(&world, false);
	world.config.max_output = 100000;
	world.config.max_line = 1000000;
	world_start(&world);
	peer = peer_new(&world, "unix:1");
	other = peer_new(&world, "unix:2");
	memset(msg, '1', sizeof(msg));
	for (int i = 0; i < 7; i++) {
		char line[100];

		(void)snprintf(line, sizeof(line),
			"{\"method\":\"dequeue\",\"queue\":\"q\",\"id\":%d}\n", i);
		peer_say(peer, line);
	}
	world_run(&world);
	for (int i = 0; i < 7; i++) {
		char line[100];

		ck_assert_int_eq(session_is_overrun(peer), i > 5);
		(void)snprintf(line, sizeof(line),
			"{\"method\":\"enqueue\",\"queue\":\"q\",\"key\":%d,\"msg\":", i);
		peer_say(other, line);
		peer_send(other, msg, sizeof(msg));
		peer_say(other, "}\n");
		world_run(&world);
	}
	ck_assert(session_is_overrun(peer));
	session_close(peer);
	(void)peer_count(other, "", NULL);
	peer_say(other, "{\"method\":\"queue.stats\",\"queue\":\"q\"}\n");
	world_run(&world);
	ck_assert_uint_eq(peer_count(other, "\"ready\":7,", NULL), 1);
	session_close(other);
	world_end(&world);
}
END_TEST

/* ---- ends of connections ----------------------------------------------- */

/* Two sets answered, the first one's line written, then the peer is lost. */
START_TEST(undelivered_goes_back)
{
	struct session *other;
	struct span out;
	size_t first;

	start(_i);
	peer_say(peer, "{\"method\":\"enqueue\",\"queue\":\"q\",\"key\":1,\"id\":1}\n"
		       "{\"method\":\"enqueue\",\"queue\":\"q\",\"key\":2,\"id\":2}\n");
	world_run(&world);
	free(peer_read(peer));
	peer_say(peer, "{\"method\":\"dequeue\",\"queue\":\"q\",\"id\":3}\n"
		       "{\"method\":\"dequeue\",\"queue\":\"q\",\"id\":4}\n");
	world_run(&world);
	out = buf_span(session_output(peer));
	first = (size_t)((const char *)memchr(out.ptr, '\n', out.len) - out.ptr) + 1;
	session_sent(peer, first);
	session_sent(peer, out.len - first - 1); /* all but its newline */
	session_close(peer);

	other = peer_new(&world, "unix:2");
	peer_say(other, "{\"method\":\"dequeue\",\"queue\":\"q\",\"id\":5}\n"
			"{\"method\":\"dequeue\",\"queue\":\"q\",\"id\":6,\"wait_ms\":0}\n");
	world_run(&world);
	out = buf_span(session_output(other));
	ck_assert_ptr_nonnull(memmem(out.ptr, out.len, "\"key\":\"2\",\"attempt\":1,", 22));
	ck_assert_uint_eq(peer_count(other, "\"set\":null", NULL), 1);
	session_close(other);
	world_end(&world);
}
END_TEST

START_TEST(release_on_close)
{
	struct session *other;

	start(_i);
	peer_say(peer, "{\"method\":\"enqueue\",\"queue\":\"q\",\"key\":1}\n"
		       "{\"method\":\"dequeue\",\"queue\":\"q\",\"release_on_close\":true}\n"
		       "{\"method\":\"enqueue\",\"queue\":\"q\",\"key\":2}\n"
		       "{\"method\":\"dequeue\",\"queue\":\"q\"}\n");
	world_run(&world);
	free(peer_read(peer));
	session_close(peer);
	other = peer_new(&world, "unix:2");
	peer_say(other, "{\"method\":\"dequeue\",\"queue\":\"q\"}\n"
			"{\"method\":\"dequeue\",\"queue\":\"q\",\"wait_ms\":0}\n");
	world_run(&world);
	ck_assert_ptr_nonnull(
		strstr(buf_span(session_output(other)).ptr, "\"key\":\"1\",\"attempt\":2,"));
	ck_assert_uint_eq(peer_count(other, "\"set\":null", NULL), 1);
	session_close(other);
	world_end(&world);
}
END_TEST

/* Whatever is under way when the peer is lost ends without harm, and without loss. */
START_TEST(lost_with_calls_under_way)
{
	static const char text[] =
		"{\"method\":\"enqueue\",\"queue\":\"q\",\"key\":1,\"id\":1}\n"
		"{\"method\":\"dequeue\",\"queue\":\"q\",\"id\":2}\n"
		"{\"method\":\"dequeue\",\"queues\":[\"a\",\"q\",\"b\"],\"key\":5,\"id\":3}\n"
		"{\"method\":\"enqueue\",\"queue\":\"w\",\"key\":1,\"wait_ms\":1000,\"id\":4}\n"
		"{\"method\":\"group.create\",\"group\":\"g\",\"id\":5}\n"
		"{\"method\":\"group.wait\",\"group\":\"g\",\"id\":6}\n"
		"[{\"jsonrpc\":\"2.0\",\"method\":\"dequeue\",\"params\":[\"q\"],\"id\":7}]\n";
	struct session *other;

	for (int turns = 0; turns < 8; turns++) {
		start(_i);
		peer_say(peer, text);
		for (int i = 0; i < turns; i++)
			(void)service_turn(world.service);
		session_close(peer);
		world_run(&world);
		other = peer_new(&world, "unix:2");
		peer_say(other, "{\"method\":\"dequeue\",\"queue\":\"q\"}\n"
				"{\"method\":\"stats\"}\n");
		world_run(&world);
		ck_assert_ptr_nonnull(
			strstr(buf_span(session_output(other)).ptr, "\"attempt\":1,"));
		ck_assert_uint_eq(peer_count(other, "\"waiters\":0,", NULL), 1);
		session_close(other);
		world_end(&world);
	}
}
END_TEST

START_TEST(service_ends_with_everything_under_way)
{
	start(_i);
	peer_say(peer,
		"{\"method\":\"dequeue\",\"queue\":\"q\",\"id\":2}\n"
		"{\"method\":\"enqueue\",\"queue\":\"w\",\"key\":1,\"wait_ms\":1000,\"id\":4}\n"
		"{\"method\":\"enqueue\",\"queue\":\"q\",\"key\":1}\n");
	world_end(&world);
}
END_TEST

/* ---- draining ---------------------------------------------------------- */

START_TEST(drain)
{
	unsigned lines;

	start(_i);
	peer_say(peer,
		"{\"method\":\"enqueue\",\"queue\":\"q\",\"key\":1,\"id\":1}\n"
		"{\"method\":\"dequeue\",\"queue\":\"q\",\"id\":2}\n"
		"{\"method\":\"dequeue\",\"queue\":\"q\",\"id\":3}\n"
		"{\"method\":\"enqueue\",\"queue\":\"w\",\"key\":1,\"wait_ms\":999,\"id\":4}\n");
	world_run(&world);
	(void)peer_count(peer, "", &lines);
	ck_assert_uint_eq(lines, 2);
	service_drain(world.service);
	world_run(&world);
	ck_assert_uint_eq(peer_count(peer, "\"set\":null", &lines), 1);
	ck_assert_uint_eq(lines, 2);
	ck_assert(!service_is_drained(world.service));
	peer_say(peer,
		"{\"method\":\"enqueue\",\"queue\":\"q\",\"key\":1}\n"
		"{\"method\":\"dequeue\",\"queue\":\"q\"}\n" PING
		"[{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"dequeue\",\"params\":[\"q\"]}]\n");
	world_run(&world);
	ck_assert_uint_eq(peer_count(peer, "draining", &lines), 3);
	ck_assert_uint_eq(lines, 4);
	ck_assert_uint_eq(service_next_due(world.service), START_NS + ms_to_ns(5000));
	world_pass(&world, 4999);
	ck_assert(!service_is_drained(world.service));
	world_pass(&world, 1);
	ck_assert(service_is_drained(world.service));
	finish();
}
END_TEST

START_TEST(drain_ends_with_the_last_lease)
{
	char line[200];
	char *answer;
	char *token;

	start(_i);
	peer_say(peer, "{\"method\":\"enqueue\",\"queue\":\"q\",\"key\":1}\n");
	world_run(&world);
	free(peer_read(peer));
	peer_say(peer, "{\"method\":\"dequeue\",\"queue\":\"q\"}\n");
	world_run(&world);
	answer = peer_read(peer);
	token = strstr(answer, "\"set\":\"") + 7;
	*strchr(token, '"') = '\0';
	service_drain(world.service);
	world_run(&world);
	ck_assert(!service_is_drained(world.service));
	(void)snprintf(line, sizeof(line), "{\"method\":\"finish\",\"set\":\"%s\"}\n", token);
	peer_say(peer, line);
	world_run(&world);
	ck_assert(service_is_drained(world.service));
	peer_expect(peer, "{\"result\":{\"finished\":1,\"released\":0},\"error\":null}\n");
	free(answer);
	finish();
}
END_TEST

START_TEST(refused_connection)
{
	struct buf out;

	start(0);
	buf_init(&out);
	service_refuse_connection(world.service, &out);
	ck_assert_int_eq(buf_span(&out).ptr[buf_len(&out) - 1], '\n');
	ck_assert_ptr_nonnull(memmem(buf_span(&out).ptr, buf_len(&out),
		"\"limit\":\"max_connections\",\"value\":10000", 39));
	buf_fini(&out);
	finish();
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("session");
	TCase *tcase = tcase_create("session");
	SRunner *runner;
	int failed;

	tcase_set_timeout(tcase, 60);
	tcase_add_loop_test(tcase, lines_split_at_every_byte, 0, 2);
	tcase_add_loop_test(tcase, lines_byte_by_byte, 0, 2);
	tcase_add_test(tcase, line_length_limit);
	tcase_add_test(tcase, long_lines_are_not_kept);
	tcase_add_test(tcase, first_byte_guard);
	tcase_add_test(tcase, guard_looks_at_the_first_byte_only);
	tcase_add_loop_test(tcase, unterminated_end, 0, 2);
	tcase_add_loop_test(tcase, end_without_a_byte, 0, 2);
	tcase_add_loop_test(tcase, strict_ids_verbatim, 0, 2);
	tcase_add_loop_test(tcase, parked_ids_verbatim, 0, 2);
	tcase_add_loop_test(tcase, notifications, 0, 2);
	tcase_add_loop_test(
		tcase, what_is_no_request, 0, (int)(sizeof(no_requests) / sizeof(no_requests[0])));
	tcase_add_loop_test(tcase, plain_params, 0, 2);
	tcase_add_loop_test(tcase, batches, 0, 2);
	tcase_add_test(tcase, batch_size_limit);
	tcase_add_loop_test(tcase, batch_waits_for_nothing, 0, 2);
	tcase_add_loop_test(tcase, batch_undelivered, 0, 2);
	tcase_add_loop_test(tcase, plain_without_id_holds_back, 0, 2);
	tcase_add_loop_test(tcase, held_back_at_the_end, 0, 2);
	tcase_add_loop_test(tcase, half_close_with_parked_dequeue, 0, 2);
	tcase_add_test(tcase, share_of_a_turn);
	tcase_add_loop_test(tcase, backlog_stops_and_goes_on, 0, 2);
	tcase_add_loop_test(tcase, backlog_below_max_output, 0, 2);
	tcase_add_loop_test(tcase, parked_limit, 0, 2);
	tcase_add_test(tcase, overrun);
	tcase_add_loop_test(tcase, undelivered_goes_back, 0, 2);
	tcase_add_loop_test(tcase, release_on_close, 0, 2);
	tcase_add_loop_test(tcase, lost_with_calls_under_way, 0, 2);
	tcase_add_loop_test(tcase, service_ends_with_everything_under_way, 0, 2);
	tcase_add_loop_test(tcase, drain, 0, 2);
	tcase_add_loop_test(tcase, drain_ends_with_the_last_lease, 0, 2);
	tcase_add_test(tcase, refused_connection);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
