/*
 * What the clients of the soak do. Each loses its connection now and then, by its own
 * will or not, and goes on with a new one; each may be killed in any line of this file.
 */
#include <config.h>

#include "soak/peer.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PIPELINE   32 /* requests sent together */
#define GROUP_OPS  8
#define WAIT_MS    1000
#define IDLE_MS    5
#define CALLS_KEYS 20
#define QUEUES     7

struct actor {
	struct shared *shared;
	struct client *client;
	const struct target *target;
	struct peer peer;
	uint64_t random;
	uint64_t began_ms; /* of the second for which `spent` counts */
	uint64_t spent;
};

/* ---- small things -------------------------------------------------------- */

static uint64_t
draw(struct actor *actor, uint64_t below)
{
	actor->random ^= actor->random << 13;
	actor->random ^= actor->random >> 7;
	actor->random ^= actor->random << 17;
	return actor->random % below;
}

static void
idle(void)
{
	poll(NULL, 0, IDLE_MS);
}

static void
need_connection(struct actor *actor)
{
	while (actor->peer.fd < 0 &&
		!peer_connect(&actor->peer, actor->target, draw(actor, 2) == 0))
		idle();
}

static void
mark(struct actor *actor, uint64_t op, enum op_mark with)
{
	unsigned char before = atomic_fetch_or(&actor->shared->ops[op], (unsigned char)with);

	if (with == OP_DONE && (before & OP_SENT) == 0)
		die("op %llu was delivered and never sent", (unsigned long long)op);
	if (with == OP_DONE && (before & (OP_DONE | OP_CANCELLED)) != 0)
		die("op %llu was finished twice, or after it was cancelled",
			(unsigned long long)op);
}

/* Not more than is asked for in a second, and nothing while all rest. */
static void
keep_pace(struct actor *actor, uint64_t ops)
{
	uint64_t most = atomic_load(&actor->shared->ops_per_second);

	actor->spent += ops;
	while (most > 0 && actor->spent >= most) {
		if (now_ms() - actor->began_ms >= 1000) {
			actor->began_ms = now_ms();
			actor->spent = 0;
		} else {
			idle();
		}
	}
	while (atomic_load(&actor->shared->rests))
		idle();
}

static uint64_t
new_op(struct actor *actor, enum op_mark with)
{
	uint64_t op = atomic_fetch_add(&actor->shared->next_op, 1);

	if (op >= OPS_MAX)
		die("more ops than the ledger has room for");
	mark(actor, op, OP_SENT | with);
	return op;
}

static bool
note_enqueued(struct actor *actor, uint64_t op, const char *answer)
{
	if (!is_result(answer)) {
		atomic_fetch_add(&actor->shared->refusals, answer != NULL);
		return false;
	}
	mark(actor, op, OP_ACCEPTED);
	atomic_fetch_add(&actor->shared->enqueues, 1);
	return true;
}

/* ---- producers ----------------------------------------------------------- */

static void
say_enqueue(struct actor *actor, uint64_t op, uint64_t kind)
{
	static const char *const queues[] = {"plain", "windows", "exclusive", "mortal", "delayed"};
	char more[64] = "";

	if (kind == 3)
		snprintf(more, sizeof(more), ",\"ttl_ms\":%llu",
			(unsigned long long)(1 + draw(actor, 60)));
	if (kind == 4)
		snprintf(more, sizeof(more), ",\"delay_ms\":%llu",
			(unsigned long long)draw(actor, 50));
	peer_say(&actor->peer,
		"{\"id\":1,\"method\":\"enqueue\",\"queue\":\"%s\",\"key\":%llu,\"op\":%llu,"
		"\"msg\":{\"n\":%llu,\"text\":\"%.*s\"}%s}",
		queues[kind], (unsigned long long)draw(actor, kind == 0 ? 1000000 : 500),
		(unsigned long long)op, (unsigned long long)op, (int)draw(actor, 60),
		"............................................................", more);
}

/* From the request to the answer nobody knows, as with finish(). */
static void
cancel(struct actor *actor, uint64_t op)
{
	struct client *client = actor->client;
	const char *answer;

	client->ops[0] = op;
	atomic_store(&client->in_doubt, 1);
	answer = peer_ask(&actor->peer,
		"{\"id\":2,\"method\":\"cancel\",\"queue\":\"plain\",\"op\":%llu}",
		(unsigned long long)op);
	if (is_result(answer))
		mark(actor, op, OP_CANCELLED);
	else if (answer == NULL)
		mark(actor, op, OP_UNKNOWN);
	atomic_store(&client->in_doubt, 0);
}

static void
produce(struct actor *actor)
{
	uint64_t ops[PIPELINE];
	uint64_t count = 1 + draw(actor, PIPELINE);
	bool is_refused = false;

	for (uint64_t i = 0; i < count; i++) {
		uint64_t kind = draw(actor, 5);

		ops[i] = new_op(actor, kind == 3 ? OP_MORTAL : 0);
		say_enqueue(actor, ops[i], kind);
	}
	peer_flush(&actor->peer);
	for (uint64_t i = 0; i < count; i++)
		is_refused |= !note_enqueued(actor, ops[i], peer_line(&actor->peer));
	if (draw(actor, 16) == 0)
		cancel(actor, ops[0]);
	if (draw(actor, 500) == 0)
		peer_close(&actor->peer);
	keep_pace(actor, count);
	if (is_refused)
		idle();
}

/* ---- workers ------------------------------------------------------------- */

/* The ops of a set, from the answer; how many there are. */
static uint32_t
read_set(const char *line, uint64_t *ops)
{
	uint32_t count = 0;

	for (const char *at = line; (at = strstr(at, "{\"op\":\"")) != NULL; at++) {
		if (count == SET_MAX)
			die("a set is wider than its queue");
		ops[count++] = strtoull(at + 7, NULL, 10);
		if (strstr(at, "\"msg\":{\"n\":") != NULL &&
			(uint64_t)number_in(at, "n") != ops[count - 1])
			die("op %llu has another's message", (unsigned long long)ops[count - 1]);
	}
	return count;
}

/* From here to the answer nobody knows; who finds this client dead reads it there. */
static void
finish(struct actor *actor, const char *token, uint32_t count)
{
	struct client *client = actor->client;
	const char *answer;

	atomic_store(&client->in_doubt, count);
	answer = peer_ask(&actor->peer,
		"{\"id\":4,\"method\":\"finish\",\"set\":\"%s\",\"result\":\"ok\"}", token);
	if (is_result(answer)) {
		if (number_in(answer, "finished") != count)
			die("%u ops were to be finished: %s", count, answer);
		for (uint32_t i = 0; i < count; i++)
			mark(actor, client->ops[i], OP_DONE);
		atomic_fetch_add(&actor->shared->finishes, count);
	} else if (answer != NULL && strstr(answer, "lease_lost") != NULL) {
		atomic_fetch_add(&actor->shared->lost_leases, 1);
	} else if (answer != NULL) {
		die("finish: %s", answer);
	} else {
		for (uint32_t i = 0; i < count; i++)
			mark(actor, client->ops[i], OP_UNKNOWN);
	}
	atomic_store(&client->in_doubt, 0);
}

/* All queues, each as likely to be the first. */
static void
list_queues(struct actor *actor, char *list, size_t size)
{
	static const char *const queues[QUEUES] = {
		"plain", "windows", "exclusive", "mortal", "delayed", "calls", "grouped"};
	size_t first = draw(actor, QUEUES);
	size_t used = 0;

	for (size_t i = 0; i < QUEUES; i++)
		used += (size_t)snprintf(list + used, size - used, "%s\"%s\"", i == 0 ? "" : ",",
			queues[(first + i) % QUEUES]);
}

static void
work(struct actor *actor)
{
	struct client *client = actor->client;
	char queues[128];
	char token[64];
	const char *line, *at;
	uint32_t count;

	list_queues(actor, queues, sizeof(queues));
	line = peer_ask(&actor->peer,
		"{\"id\":3,\"method\":\"dequeue\",\"queues\":[%s],\"wait_ms\":%d,"
		"\"release_on_close\":%s}",
		queues, WAIT_MS, draw(actor, 2) == 0 ? "true" : "false");
	at = line == NULL ? NULL : strstr(line, "\"set\":\"");
	if (at == NULL)
		return;
	snprintf(token, sizeof(token), "%.*s", (int)strcspn(at + 7, "\""), at + 7);
	count = read_set(line, client->ops);
	switch (draw(actor, 400)) {
	case 0: /* left to expire */
		return;
	case 1:
		peer_close(&actor->peer);
		return;
	case 2:
	case 3:
	case 4:
	case 5:
		peer_ask(&actor->peer, "{\"id\":5,\"method\":\"release\",\"set\":\"%s\"}", token);
		return;
	case 6:
		peer_ask(&actor->peer, "{\"id\":6,\"method\":\"extend\",\"set\":\"%s\"}", token);
		break;
	default:
		break;
	}
	finish(actor, token, count);
}

/* ---- those who wait ------------------------------------------------------ */

/* Many callers of few keys: they share executions. */
static void
call(struct actor *actor)
{
	uint64_t op = new_op(actor, 0);
	const char *answer = peer_ask(&actor->peer,
		"{\"id\":7,\"method\":\"enqueue\",\"queue\":\"calls\",\"key\":%llu,\"op\":%llu,"
		"\"msg\":{\"n\":%llu},\"wait_ms\":%d}",
		(unsigned long long)draw(actor, CALLS_KEYS), (unsigned long long)op,
		(unsigned long long)op, WAIT_MS);

	if (note_enqueued(actor, op, answer) && strstr(answer, "\"done\":true") != NULL) {
		if (strstr(answer, "\"result\":\"ok\"") == NULL)
			die("a call was answered with another result: %s", answer);
		atomic_fetch_add(&actor->shared->calls_done, 1);
	}
	keep_pace(actor, 1);
}

static void
wait_for_group(struct actor *actor, const char *group, int64_t ops)
{
	const char *answer;

	do
		answer = peer_ask(&actor->peer,
			"{\"id\":8,\"method\":\"group.wait\",\"group\":\"%s\",\"wait_ms\":%d}",
			group, WAIT_MS);
	while (is_result(answer) && strstr(answer, "\"done\":false") != NULL);
	if (!is_result(answer))
		return;
	if (number_in(answer, "ops") != ops)
		die("a group of %lld: %.300s", (long long)ops, answer);
	atomic_fetch_add(&actor->shared->groups_done, 1);
}

static void
group(struct actor *actor)
{
	static unsigned number;
	uint64_t ops[GROUP_OPS];
	int64_t count = 0;
	char name[32];

	snprintf(name, sizeof(name), "g%ld-%u", (long)getpid(), number++);
	if (!is_result(peer_ask(&actor->peer,
		    "{\"id\":9,\"method\":\"group.create\",\"group\":\"%s\",\"timeout_ms\":20000,"
		    "\"retain_ms\":1000}",
		    name)))
		return;
	for (int i = 0; i < GROUP_OPS; i++) {
		ops[i] = new_op(actor, 0);
		peer_say(&actor->peer,
			"{\"id\":10,\"method\":\"enqueue\",\"queue\":\"grouped\",\"key\":%llu,"
			"\"op\":%llu,\"group\":\"%s\",\"msg\":{\"n\":%llu}}",
			(unsigned long long)draw(actor, 1000), (unsigned long long)ops[i], name,
			(unsigned long long)ops[i]);
	}
	peer_flush(&actor->peer);
	for (int i = 0; i < GROUP_OPS; i++)
		count += note_enqueued(actor, ops[i], peer_line(&actor->peer));
	if (is_result(peer_ask(
		    &actor->peer, "{\"id\":11,\"method\":\"group.seal\",\"group\":\"%s\"}", name)))
		wait_for_group(actor, name, count);
	keep_pace(actor, GROUP_OPS);
}

void
client_run(struct shared *shared, struct client *client, const struct target *target)
{
	static void (*const play[ROLE_COUNT])(struct actor * actor) = {
		[ROLE_PRODUCER] = produce,
		[ROLE_WORKER] = work,
		[ROLE_CALLER] = call,
		[ROLE_GROUPER] = group,
	};
	struct actor actor = {.shared = shared, .client = client, .target = target};

	actor.random = (uint64_t)getpid() * UINT64_C(0x9e3779b97f4a7c15) + now_ms();
	actor.began_ms = now_ms();
	peer_init(&actor.peer);
	keep_pace(&actor, 0);
	for (;;) {
		need_connection(&actor);
		play[client->role](&actor);
	}
}
