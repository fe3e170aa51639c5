/*
 * The late engine. It owns the memory engine it wraps; the calls it keeps belong
 * to those who submitted them and leave the list before they are executed.
 */
#include <config.h>

#include "scenario/engine_delayed.h"

#include "base/alloc.h"
#include "base/check.h"
#include "base/list.h"

#include <stdlib.h>

struct delayed {
	struct engine engine; /* first, so that the two convert */
	struct engine *inner;
	struct call *calls; /* in the order submitted */
	uint64_t random;
};

static struct delayed *
delayed_of(const struct engine *engine)
{
	return container_of(engine, struct delayed, engine);
}

/* splitmix64: any state is a good one. */
static uint64_t
delayed_random(struct delayed *delayed)
{
	uint64_t z = delayed->random += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

static void
delayed_submit(struct engine *engine, struct call *call)
{
	struct call **tail = &delayed_of(engine)->calls;

	while (*tail != NULL)
		tail = &(*tail)->next;
	call->next = NULL;
	*tail = call;
}

/* May that call go next? Only where none of its origin stands before it. */
static bool
delayed_is_first(const struct call *calls, const struct call *call)
{
	while (calls != call && calls->origin != call->origin)
		calls = calls->next;
	return calls == call;
}

/* Unlinks one of the calls that may go next, each as likely as the other. */
static struct call *
delayed_pick(struct delayed *delayed, struct call **calls)
{
	struct call **chosen = NULL;
	struct call *call;
	uint64_t seen = 0;

	for (struct call **link = calls; *link != NULL; link = &(*link)->next)
		if (delayed_is_first(*calls, *link) && delayed_random(delayed) % ++seen == 0)
			chosen = link;
	CHECK(chosen != NULL);
	call = *chosen;
	*chosen = call->next;
	call->next = NULL;
	return call;
}

static bool
delayed_tick(struct engine *engine, uint64_t now_ns, unsigned budget)
{
	struct delayed *delayed = delayed_of(engine);
	struct call *calls = delayed->calls;
	struct call **tail = &calls;
	uint64_t count = 0;
	bool more = delayed->inner->ops->tick(delayed->inner, now_ns, budget);

	/* What is submitted meanwhile stays for another turn. */
	delayed->calls = NULL;
	for (const struct call *call = calls; call != NULL; call = call->next)
		count++;
	count = delayed_random(delayed) % (count + 1);
	for (; count > 0; count--)
		engine_submit(delayed->inner, delayed_pick(delayed, &calls));
	while (*tail != NULL)
		tail = &(*tail)->next;
	*tail = delayed->calls;
	delayed->calls = calls;
	return more || calls != NULL;
}

static uint64_t
delayed_next_due(const struct engine *engine)
{
	const struct delayed *delayed = delayed_of(engine);

	return delayed->calls != NULL ? 0 : delayed->inner->ops->next_due(delayed->inner);
}

static void
delayed_configure(struct engine *engine, const struct core_config *config)
{
	struct delayed *delayed = delayed_of(engine);

	delayed->inner->ops->configure(delayed->inner, config);
}

static void
delayed_check(const struct engine *engine)
{
	const struct delayed *delayed = delayed_of(engine);

	delayed->inner->ops->check(delayed->inner);
}

static void
delayed_free(struct engine *engine)
{
	struct delayed *delayed = delayed_of(engine);

	CHECK(delayed->calls == NULL);
	delayed->inner->ops->free(delayed->inner);
	free(delayed);
}

static const struct engine_ops delayed_ops = {
	.name = "delayed",
	.immediate = false,
	.submit = delayed_submit,
	.tick = delayed_tick,
	.next_due = delayed_next_due,
	.configure = delayed_configure,
	.check = delayed_check,
	.free = delayed_free,
};

struct engine *
engine_delayed_new(const struct core_config *config, const struct core_seed *seed,
	const struct core_hooks *hooks)
{
	struct delayed *delayed = xcalloc(1, sizeof(*delayed));

	delayed->engine.ops = &delayed_ops;
	delayed->inner = engine_memory_new(config, seed, hooks);
	delayed->random = seed->hash.k0;
	return &delayed->engine;
}

struct engine *
engine_delayed_inner(const struct engine *engine)
{
	return delayed_of(engine)->inner;
}
