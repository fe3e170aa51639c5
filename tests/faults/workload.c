/*
 * See workload.h. Peers ask again over a new connection when one is lost, so all that
 * they ask may be repeated: ops have ids, and leases end with their connection.
 */
#include <config.h>

#include "faults/workload.h"

#include <check.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define OPS_MAX     64
#define BIG_BYTES   300000
#define SHORT_BYTES 3000 /* of a big message where each byte takes a call */
#define TRIES_MAX   200
#define QUEUES      "[\"q\",\"q2\",\"qg\",\"big\",\"half\",\"reset\"]"

enum state { UNSURE, OWED, DONE };

struct op {
	char id[16];
	enum state state;
};

enum side { UNIX, TCP };

struct link {
	struct stream in; /* fd -1: not connected */
	enum side side;
};

struct work {
	struct rig *rig;
	struct op ops[OPS_MAX];
	size_t op_count;
	struct link a; /* enqueues */
	struct link b; /* enqueues over TCP, and waits for a group */
	struct link w; /* dequeues */
	struct link p; /* dequeues before there is something */
};

/* ---- links --------------------------------------------------------------- */

static bool
link_connect(struct rig *rig, struct link *link)
{
	struct sockaddr_un un = {.sun_family = AF_UNIX};
	struct sockaddr_in in = {.sin_family = AF_INET};
	bool is_unix = link->side == UNIX;
	int fd = socket(is_unix ? AF_UNIX : AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int rc;

	ck_assert_int_ge(fd, 0);
	snprintf(un.sun_path, sizeof(un.sun_path), "%s", rig->daemon.unix_path);
	in.sin_port = htons((uint16_t)rig->daemon.port);
	in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	rc = is_unix ? connect(fd, (const struct sockaddr *)&un, sizeof(un))
		     : connect(fd, (const struct sockaddr *)&in, sizeof(in));
	if (rc != 0) {
		rig->is_gone = true;
		close(fd);
		return false;
	}
	/* What is sent in two pieces must not wait for the daemon's acknowledgement between them.
	 */
	if (!is_unix)
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
	stream_init(&link->in, fd);
	return true;
}

static void
link_close(struct link *link)
{
	stream_fini(&link->in);
}

static bool
link_send(struct rig *rig, struct link *link, const char *data, size_t len)
{
	rig->sent_bytes += len;
	while (len > 0) {
		ssize_t n = send(link->in.fd, data, len, MSG_NOSIGNAL);

		if (n < 0)
			return false;
		data += n;
		len -= (size_t)n;
	}
	return true;
}

/* Sends a line, connecting before that where need be. */
static bool
tell(struct work *work, struct link *link, const char *line)
{
	if (link->in.fd < 0 && !link_connect(work->rig, link))
		return false;
	return link_send(work->rig, link, line, strlen(line)) &&
	       link_send(work->rig, link, "\n", 1);
}

/* The next answer; NULL where the connection was lost, or nothing was done. */
static char *
hear(struct work *work, struct link *link)
{
	char *line;

	if (link->in.fd < 0)
		return NULL;
	line = stream_line(&link->in);
	/* There was no memory for the request. */
	if (line != NULL && strstr(line, "\"unavailable\"") != NULL)
		return NULL;
	/* A part of a line is no answer: the connection ended in it. */
	if (line != NULL && line[strlen(line) - 1] == '}')
		return line;
	link_close(link);
	work->rig->lost++;
	return NULL;
}

/* The answer; again over a new connection where one was lost. NULL: the daemon is gone. */
static json_t *
ask(struct work *work, struct link *link, const char *line)
{
	for (int i = 0; i < TRIES_MAX; i++) {
		char *answer;
		json_t *value;

		tell(work, link, line);
		if (work->rig->is_gone)
			return NULL;
		answer = hear(work, link);
		if (answer == NULL)
			continue;
		if (strstr(answer, "max_connections") != NULL) {
			link_close(link);
			poll(NULL, 0, 5);
			continue;
		}
		value = json_loads(answer, JSON_DECODE_ANY, NULL);
		rig_require(work->rig, value != NULL, "not JSON: %s", answer);
		return value;
	}
	rig_require(work->rig, false, "never answered: %.80s", line);
	return NULL;
}

static void
do_ask(struct work *work, struct link *link, const char *line)
{
	json_decref(ask(work, link, line));
}

/* ---- the account --------------------------------------------------------- */

static struct op *
find_op(struct work *work, const char *id)
{
	for (size_t i = 0; i < work->op_count; i++) {
		if (strcmp(work->ops[i].id, id) == 0)
			return &work->ops[i];
	}
	ck_abort_msg("an op that nobody sent: %s", id);
}

static struct op *
add_op(struct work *work, const char *id)
{
	struct op *op = &work->ops[work->op_count++];

	ck_assert_uint_le(work->op_count, OPS_MAX);
	*op = (struct op){.state = UNSURE};
	snprintf(op->id, sizeof(op->id), "%s", id);
	return op;
}

static void
enqueue(struct work *work, struct link *link, const char *queue, const char *key, const char *id,
	const char *more)
{
	struct op *op = add_op(work, id);
	size_t size = 256 + strlen(more);
	char *line = malloc(size);
	json_t *answer;

	ck_assert_ptr_nonnull(line);
	snprintf(line, size,
		"{\"method\":\"enqueue\",\"queue\":\"%s\",\"key\":\"%s\",\"op\":\"%s\"%s}", queue,
		key, id, more);
	answer = ask(work, link, line);
	free(line);
	if (json_is_object(json_object_get(answer, "result")))
		op->state = OWED;
	json_decref(answer);
}

/* Ends a set; its ops are done where that is acknowledged. */
static void
finish(struct work *work, struct link *link, json_t *set)
{
	const char *token = json_string_value(json_object_get(set, "set"));
	char line[320];
	json_t *answer;
	json_t *op;
	size_t i;

	snprintf(line, sizeof(line), "{\"method\":\"finish\",\"set\":\"%s\"}", token);
	answer = ask(work, link, line);
	if (json_is_object(json_object_get(answer, "result"))) {
		json_array_foreach(json_object_get(set, "ops"), i, op)
		{
			const char *id = json_string_value(json_object_get(op, "op"));
			struct op *known = find_op(work, id);

			rig_require(work->rig, known->state != DONE, "%s came twice", id);
			known->state = DONE;
		}
	}
	json_decref(answer);
}

/* The result of an answer to a dequeue; NULL where there is no set. Takes the answer. */
static json_t *
take_set(json_t *answer)
{
	json_t *result = json_object_get(answer, "result");

	if (json_is_string(json_object_get(result, "set")))
		json_incref(result);
	else
		result = NULL;
	json_decref(answer);
	return result;
}

static bool
finish_next(struct work *work, const char *queue)
{
	char line[160];
	json_t *set;

	snprintf(line, sizeof(line),
		"{\"method\":\"dequeue\",\"queue\":\"%s\",\"wait_ms\":0,\"release_on_close\":true}",
		queue);
	set = take_set(ask(work, &work->w, line));
	if (set == NULL)
		return false;
	finish(work, &work->w, set);
	json_decref(set);
	return true;
}

/* ---- the work ------------------------------------------------------------ */

static void
work_plain(struct work *work)
{
	static const char three[] =
		"{\"method\":\"enqueue\",\"queue\":\"q\",\"key\":\"k4\",\"op\":\"b1\"}\n"
		"{\"method\":\"enqueue\",\"queue\":\"q\",\"key\":\"k5\",\"op\":\"b2\"}\n"
		"{\"method\":\"enqueue\",\"queue\":\"q\",\"key\":\"k4\",\"op\":\"b3\"}";
	static const char *const ids[] = {"b1", "b2", "b3"};
	char line[320];
	json_t *set;

	enqueue(work, &work->a, "q", "k1", "a1", "");
	enqueue(work, &work->a, "q", "k2", "a2", ",\"msg\":{\"w\":640}");
	enqueue(work, &work->a, "q", "k1", "a3", "");
	tell(work, &work->b, three);
	for (size_t i = 0; i < 3; i++) {
		struct op *op = add_op(work, ids[i]);

		if (hear(work, &work->b) != NULL)
			op->state = OWED;
	}
	finish_next(work, "q");
	set = take_set(ask(work, &work->w,
		"{\"method\":\"dequeue\",\"queue\":\"q\",\"release_on_close\":true}"));
	if (set != NULL) {
		snprintf(line, sizeof(line), "{\"method\":\"release\",\"set\":\"%s\"}",
			json_string_value(json_object_get(set, "set")));
		do_ask(work, &work->w, line);
		json_decref(set);
	}
	/* This one is still leased when its connection closes. */
	do_ask(work, &work->w,
		"{\"method\":\"dequeue\",\"queue\":\"q\",\"release_on_close\":true}");
}

static void
work_parked(struct work *work)
{
	static const char parked[] = "{\"method\":\"dequeue\",\"queue\":\"q2\",\"wait_ms\":60000,"
				     "\"release_on_close\":true}";
	json_t *set;
	char *line;

	tell(work, &work->p, parked);
	enqueue(work, &work->a, "q2", "k", "p1", "");
	line = hear(work, &work->p);
	set = take_set(line == NULL ? ask(work, &work->p, parked) : json_loads(line, 0, NULL));
	if (set != NULL)
		finish(work, &work->p, set);
	json_decref(set);
}

static void
work_group(struct work *work)
{
	static const char wait[] = "{\"method\":\"group.wait\",\"group\":\"g\",\"wait_ms\":60000}";
	json_t *answer;
	char *line;

	do_ask(work, &work->a, "{\"method\":\"group.create\",\"group\":\"g\",\"size\":2}");
	enqueue(work, &work->a, "qg", "1", "g1", ",\"group\":\"g\"");
	enqueue(work, &work->a, "qg", "2", "g2", ",\"group\":\"g\"");
	tell(work, &work->b, wait);
	for (int i = 0; i < TRIES_MAX && !work->rig->is_gone; i++) {
		if (find_op(work, "g1")->state == DONE && find_op(work, "g2")->state == DONE)
			break;
		finish_next(work, "qg");
	}
	line = hear(work, &work->b);
	answer = line == NULL ? ask(work, &work->b, wait) : json_loads(line, 0, NULL);
	rig_require(work->rig,
		work->rig->is_gone ||
			json_is_true(json_object_get(json_object_get(answer, "result"), "done")),
		"the group is not complete");
	json_decref(answer);
}

/* A message that does not fit into the buffer of a socket, to a peer that reads late. */
static void
work_big(struct work *work)
{
	static const char peek[] = "{\"method\":\"queue.peek\",\"queue\":\"big\"}";
	size_t bytes = work->rig->fault.error == FAULT_SHORT && work->rig->fault.times > 100
			       ? SHORT_BYTES
			       : BIG_BYTES;
	char *more = malloc(bytes + 32);

	ck_assert_ptr_nonnull(more);
	memset(more, 'x', bytes);
	memcpy(more, ",\"msg\":\"", 8);
	memcpy(more + bytes, "\"", 2);
	enqueue(work, &work->b, "big", "k", "big", more);
	free(more);
	tell(work, &work->w, peek);
	do_ask(work, &work->a, "{\"method\":\"ping\"}");
	if (hear(work, &work->w) == NULL)
		do_ask(work, &work->w, peek);
}

static void
work_half_closed(struct work *work)
{
	static const char both[] =
		"{\"method\":\"enqueue\",\"queue\":\"half\",\"key\":1,\"op\":\"h1\"}\n"
		"{\"method\":\"enqueue\",\"queue\":\"half\",\"key\":1,\"op\":\"h2\"}";
	static const char *const ids[] = {"h1", "h2"};

	for (int side = UNIX; side <= TCP; side++) {
		struct link link = {.in = {.fd = -1}, .side = (enum side)side};

		if (tell(work, &link, both))
			shutdown(link.in.fd, SHUT_WR);
		for (size_t i = 0; i < 2; i++) {
			struct op *op = side == UNIX ? add_op(work, ids[i]) : find_op(work, ids[i]);

			if (hear(work, &link) != NULL)
				op->state = OWED;
		}
		if (link.in.fd >= 0)
			ck_assert_ptr_null(stream_line(&link.in));
		link_close(&link);
	}
}

/* One that speaks another protocol: it is told so, and the daemon ends first. */
static void
work_foreign(struct work *work)
{
	for (int side = UNIX; side <= TCP; side++) {
		struct link link = {.in = {.fd = -1}, .side = (enum side)side};

		tell(work, &link, "GET / HTTP/1.1");
		if (hear(work, &link) != NULL)
			ck_assert_ptr_null(stream_line(&link.in));
		link_close(&link);
	}
}

static void
reset(struct link *link)
{
	static const struct linger now = {.l_onoff = 1};

	if (link->in.fd >= 0)
		setsockopt(link->in.fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
	link_close(link);
}

/* One that waits and resets; one that sends more than is read from it while it waits. */
static void
work_rude(struct work *work)
{
	static const char wait[] = "{\"method\":\"enqueue\",\"queue\":\"reset\",\"key\":1,\"op\":"
				   "\"r1\",\"wait_ms\":60000}";
	static const char parked[] =
		"{\"method\":\"dequeue\",\"queue\":\"empty\",\"wait_ms\":60000}";
	struct link rude = {.in = {.fd = -1}, .side = TCP};
	struct link full = {.in = {.fd = -1}, .side = TCP};
	static char blank[50000];

	memset(blank, '\n', sizeof(blank));
	memcpy(blank, "{\"method\":\"ping\"}", 17);
	add_op(work, "r1");
	tell(work, &rude, wait);
	tell(work, &full, parked);
	if (full.in.fd >= 0 && work->rig->fault.times < 100)
		link_send(work->rig, &full, blank, sizeof(blank));
	do_ask(work, &work->a, "{\"method\":\"ping\"}");
	do_ask(work, &work->w, "{\"method\":\"ping\"}");
	reset(&rude);
	reset(&full);
}

/* More than max_connections. */
static void
work_crowd(struct work *work)
{
	struct link links[8];

	for (size_t i = 0; i < 8; i++) {
		links[i] = (struct link){.in = {.fd = -1}, .side = i % 2 == 0 ? UNIX : TCP};
		tell(work, &links[i], "{\"method\":\"ping\"}");
	}
	for (size_t i = 0; i < 8; i++) {
		hear(work, &links[i]);
		link_close(&links[i]);
	}
}

/* ---- the end ------------------------------------------------------------- */

static json_int_t
ask_number(struct work *work, struct link *link, const char *name)
{
	json_t *answer = ask(work, link, "{\"method\":\"stats\"}");
	json_int_t value =
		json_integer_value(json_object_get(json_object_get(answer, "result"), name));

	json_decref(answer);
	return value;
}

static void
wait_for(struct work *work, struct link *link, const char *name, json_int_t value)
{
	json_int_t last = -1;

	for (int ms = 0; ms < 5000; ms += 2) {
		last = ask_number(work, link, name);
		if (last == value || work->rig->is_gone)
			return;
		poll(NULL, 0, 2);
	}
	rig_require(work->rig, false, "%s stays %lld", name, (long long)last);
}

static void
collect(struct work *work, struct link *link)
{
	static const char next[] = "{\"method\":\"dequeue\",\"queues\":" QUEUES
				   ",\"wait_ms\":0,\"release_on_close\":true}";
	json_t *set;

	/* A connection that is lost meanwhile gives its set back, perhaps a moment later. */
	do {
		wait_for(work, link, "leases", 0);
		while ((set = take_set(ask(work, link, next))) != NULL) {
			finish(work, link, set);
			json_decref(set);
		}
	} while (!work->rig->is_gone && ask_number(work, link, "leases") != 0);
}

static void
require_balance(struct work *work, struct link *link)
{
	static const char *const out[] = {
		"finished", "failed", "died", "expired", "cancelled", "purged", "deleted"};
	json_t *answer = ask(work, link, "{\"method\":\"stats\"}");
	json_t *stats = json_object_get(answer, "result");
	json_int_t in = json_integer_value(json_object_get(stats, "enqueued"));
	json_int_t sum = 0;
	json_int_t done = 0;

	if (work->rig->is_gone)
		return;
	for (size_t i = 0; i < sizeof(out) / sizeof(out[0]); i++)
		sum += json_integer_value(json_object_get(stats, out[i]));
	for (size_t i = 0; i < work->op_count; i++) {
		const struct op *op = &work->ops[i];

		rig_require(work->rig, op->state != OWED, "op %s was lost", op->id);
		done += op->state == DONE;
	}
	rig_require(
		work->rig, in == sum, "%lld ops went in, %lld out", (long long)in, (long long)sum);
	rig_require(work->rig, in == done, "%lld ops went in, %lld were seen", (long long)in,
		(long long)done);
	json_decref(answer);
}

/* Ends the daemon while one waits, who is answered. */
static void
end(struct work *work, struct link *c, struct link *d)
{
	struct rig *rig = work->rig;

	rig->turns = (uint64_t)ask_number(work, c, "turns");
	tell(work, d, "{\"method\":\"dequeue\",\"queue\":\"q\",\"wait_ms\":60000}");
	/* The one that waits may be lost as well. */
	for (int ms = 0; ms < 100 && ask_number(work, c, "waiters") != 1; ms++)
		poll(NULL, 0, 1);
	program_signal(&rig->daemon.program, SIGTERM);
	if (hear(work, d) != NULL)
		stream_rest(&d->in);
	if (c->in.fd >= 0)
		stream_rest(&c->in);
	link_close(c);
	link_close(d);
}

void
workload_run(struct rig *rig)
{
	struct work work = {.rig = rig,
		.a = {.in = {.fd = -1}, .side = UNIX},
		.b = {.in = {.fd = -1}, .side = TCP},
		.w = {.in = {.fd = -1}, .side = UNIX},
		.p = {.in = {.fd = -1}, .side = TCP}};
	struct link c = {.in = {.fd = -1}, .side = UNIX};
	struct link d = {.in = {.fd = -1}, .side = TCP};

	work_plain(&work);
	work_parked(&work);
	work_group(&work);
	work_big(&work);
	program_signal(&rig->daemon.program, SIGHUP);
	work_half_closed(&work);
	work_foreign(&work);
	work_rude(&work);
	work_crowd(&work);
	link_close(&work.a);
	link_close(&work.b);
	link_close(&work.w);
	link_close(&work.p);
	if (!rig->is_gone)
		rig_require_descriptors(rig);
	do_ask(&work, &d, "{\"method\":\"ping\"}");
	collect(&work, &c);
	if (!rig->is_gone) {
		require_balance(&work, &c);
		end(&work, &c, &d);
	}
	link_close(&c);
	link_close(&d);
}

void
workload_brief(struct rig *rig)
{
	struct work work = {.rig = rig};
	struct link c = {.in = {.fd = -1}, .side = UNIX};
	struct link d = {.in = {.fd = -1}, .side = TCP};

	do_ask(&work, &c, "{\"method\":\"ping\"}");
	do_ask(&work, &d, "{\"method\":\"ping\"}");
	link_close(&c);
	link_close(&d);
	if (rig->is_gone)
		return;
	rig_require_descriptors(rig);
	program_signal(&rig->daemon.program, SIGTERM);
}
