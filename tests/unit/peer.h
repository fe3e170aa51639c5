/*
 * A service on a clock that only the test moves, and peers that talk to it. With
 * `slow` its engine carries calls out a turn later, as one with a journal or a
 * network behind it would, and what it has to say is behind the times: that there
 * was nothing is told when the calls after it were carried out too.
 */
#ifndef INFLIGHT_TESTS_UNIT_PEER_H
#define INFLIGHT_TESTS_UNIT_PEER_H

#include <check.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/list.h"
#include "command/service.h"
#include "command/session.h"

#define START_NS UINT64_C(1000000000)

/* ---- the slow engine --------------------------------------------------- */

/* An answer that is told late, and to whom. */
struct late {
	struct call *call;
	void (*done)(struct call *call);
};

struct slow_engine {
	struct engine engine;
	struct engine *inner;
	struct call *first;
	struct call **last;
	struct late *late;
	size_t late_count;
};

static inline struct slow_engine *
slow_of(const struct engine *engine)
{
	return container_of(engine, struct slow_engine, engine);
}

static inline void
slow_submit(struct engine *engine, struct call *call)
{
	struct slow_engine *slow = slow_of(engine);

	call->next = NULL;
	*slow->last = call;
	slow->last = &call->next;
}

/* Is the answer one that may have become untrue meanwhile, and points to nothing? */
static inline bool
slow_is_nothing(struct call *call)
{
	if (call->refusal.err != ERR_NONE)
		return false;
	if (call->verb == VERB_TAKE)
		return !call->answer.take.found;
	if (call->verb == VERB_WATCH_POLL)
		return call->answer.watch.outcome.kind == OUTCOME_NONE;
	if (call->verb != VERB_GROUP_POLL || call->answer.group.done)
		return false;
	call->answer.group.group = call->args.group.group;
	return true;
}

static inline void
slow_carried_out(struct call *call)
{
	(void)call;
}

static inline void
slow_carry_out(struct slow_engine *slow, struct call *call)
{
	struct late late = {call, call->done};

	if (call->verb != VERB_TAKE && call->verb != VERB_WATCH_POLL &&
		call->verb != VERB_GROUP_POLL) {
		engine_submit(slow->inner, call);
		return;
	}
	call->done = slow_carried_out;
	engine_submit(slow->inner, call);
	call->done = late.done;
	if (!slow_is_nothing(call)) {
		late.done(call);
		return;
	}
	slow->late = xrealloc(slow->late, (slow->late_count + 1) * sizeof(late));
	slow->late[slow->late_count++] = late;
}

/* Carries out what had been submitted before this turn. */
static inline bool
slow_tick(struct engine *engine, uint64_t now_ns, unsigned budget)
{
	struct slow_engine *slow = slow_of(engine);
	struct call *call = slow->first;
	bool more = slow->inner->ops->tick(slow->inner, now_ns, budget);

	slow->first = NULL;
	slow->last = &slow->first;
	while (call != NULL) {
		struct call *next = call->next;

		slow_carry_out(slow, call);
		call = next;
	}
	for (size_t i = 0; i < slow->late_count; i++)
		slow->late[i].done(slow->late[i].call);
	slow->late_count = 0;
	return more || slow->first != NULL;
}

static inline uint64_t
slow_next_due(const struct engine *engine)
{
	struct slow_engine *slow = slow_of(engine);

	return slow->first != NULL ? 0 : slow->inner->ops->next_due(slow->inner);
}

static inline void
slow_configure(struct engine *engine, const struct core_config *config)
{
	struct slow_engine *slow = slow_of(engine);

	slow->inner->ops->configure(slow->inner, config);
}

static inline void
slow_check(const struct engine *engine)
{
	struct slow_engine *slow = slow_of(engine);

	slow->inner->ops->check(slow->inner);
}

static inline void
slow_free(struct engine *engine)
{
	struct slow_engine *slow = slow_of(engine);

	ck_assert(slow->first == NULL && slow->late_count == 0);
	free(slow->late);
	slow->inner->ops->free(slow->inner);
	free(slow);
}

static const struct engine_ops slow_ops = {
	.name = "slow",
	.immediate = false,
	.submit = slow_submit,
	.tick = slow_tick,
	.next_due = slow_next_due,
	.configure = slow_configure,
	.check = slow_check,
	.free = slow_free,
};

static inline struct engine *
engine_slow_new(const struct core_config *config, const struct core_seed *seed,
	const struct core_hooks *hooks)
{
	struct slow_engine *slow = xcalloc(1, sizeof(*slow));

	slow->engine.ops = &slow_ops;
	slow->inner = engine_memory_new(config, seed, hooks);
	slow->last = &slow->first;
	return &slow->engine;
}

/* ---- the service ------------------------------------------------------- */

struct world {
	struct service_config config;
	struct service *service;
	uint64_t now_ns;
	bool slow;
};

/* Change `config` between the two. */
static inline void
world_prepare(struct world *world, bool slow)
{
	service_config_init(&world->config);
	world->now_ns = START_NS;
	world->slow = slow;
	world->service = NULL;
}

static inline void
world_start(struct world *world)
{
	struct core_seed seed = {{1, 2}, {3, 4}, "testtest", 1};

	world->service = service_new(&world->config, &seed,
		world->slow ? engine_slow_new : engine_memory_new, world->now_ns);
}

/* Turns until nothing is left to do. */
static inline void
world_run(struct world *world)
{
	unsigned turns = 0;
	bool more;

	do {
		service_begin(world->service, world->now_ns);
		more = service_turn(world->service);
		service_check(world->service);
		ck_assert_uint_lt(++turns, 10000);
	} while (more || service_next_due(world->service) == 0);
}

static inline void
world_pass(struct world *world, uint64_t ms)
{
	world->now_ns += ms_to_ns(ms);
	service_begin(world->service, world->now_ns);
	world_run(world);
}

static inline void
world_end(struct world *world)
{
	service_free(world->service);
}

/* ---- peers ------------------------------------------------------------- */

static inline struct session *
peer_new(struct world *world, const char *name)
{
	return session_new(world->service, name, NULL);
}

/* The bytes, in memory of their own so that a sanitizer sees every step beyond. */
static inline void
peer_send(struct session *peer, const char *text, size_t len)
{
	char *copy = xmalloc(len == 0 ? 1 : len);

	memcpy(copy, text, len);
	session_feed(peer, copy, len);
	free(copy);
}

static inline void
peer_say(struct session *peer, const char *text)
{
	peer_send(peer, text, strlen(text));
}

/* What the peer reads now, as a string for the caller to free. */
static inline char *
peer_read(struct session *peer)
{
	struct span out = buf_span(session_output(peer));
	char *text = xstrndup(out.ptr, out.len);

	session_sent(peer, out.len);
	return text;
}

/* The peer reads exactly that. */
static inline void
peer_expect(struct session *peer, const char *expected)
{
	char *text = peer_read(peer);

	ck_assert_str_eq(text, expected);
	free(text);
}

/* How many lines the peer reads, and how many of them contain `word`. */
static inline unsigned
peer_count(struct session *peer, const char *word, unsigned *ret_lines)
{
	char *text = peer_read(peer);
	unsigned count = 0;
	unsigned lines = 0;

	for (char *line = text, *end; (end = strchr(line, '\n')) != NULL; line = end + 1) {
		*end = '\0';
		lines++;
		if (strstr(line, word) != NULL)
			count++;
	}
	free(text);
	if (ret_lines != NULL)
		*ret_lines = lines;
	return count;
}

#endif
