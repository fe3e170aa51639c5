/*
 * The engine in memory: a core, and every call answered before submit() returns.
 * What is in it is gone with the process.
 */
#include <config.h>

#include <stdlib.h>

#include "base/alloc.h"
#include "base/list.h"
#include "engine/engine.h"

struct engine_memory {
	struct engine engine;
	struct core *core;
};

static struct core *
core_of(const struct engine *engine)
{
	return container_of(engine, struct engine_memory, engine)->core;
}

/*
 * One runner for each verb: the core's function with the call's members for its
 * arguments and its answer.
 */
#define RUNNER(name, in, out)                                                                   \
	static enum err run_##name(struct core *core, struct call *call)                        \
	{                                                                                       \
		return core_##name(                                                             \
			core, call->now_ns, &call->args.in, &call->answer.out, &call->refusal); \
	}

RUNNER(queue_create, queue_configure, queue_configure)
RUNNER(queue_update, queue_configure, queue_configure)
RUNNER(queue_close, queue, none)
RUNNER(queue_open, queue, none)
RUNNER(queue_delete, queue_delete, none)
RUNNER(queue_pause, queue, none)
RUNNER(queue_resume, queue, none)
RUNNER(queue_purge, queue_purge, counted)
RUNNER(queue_kick, queue_kick, counted)
RUNNER(queue_peek, queue_peek, queue_peek)
RUNNER(queue_stats, queue, queue_stats)
RUNNER(queue_list, list, list)
RUNNER(enqueue, enqueue, enqueue)
RUNNER(take, take, take)
RUNNER(finish, finish, finish)
RUNNER(release, release, release)
RUNNER(extend, extend, extend)
RUNNER(cancel, cancel, none)
RUNNER(watch_poll, watch, watch)
RUNNER(watch_drop, watch, none)
RUNNER(owner_gone, owner, none)
RUNNER(group_create, group_create, none)
RUNNER(group_add, group_add, group_op)
RUNNER(group_finish, group_finish, group_op)
RUNNER(group_seal, group, group_op)
RUNNER(group_poll, group, group)
RUNNER(group_delete, group, none)
RUNNER(group_list, list, list)
RUNNER(stats, none, stats)

typedef enum err runner_fn(struct core *core, struct call *call);

static runner_fn *const runners[] = {
	[VERB_QUEUE_CREATE] = run_queue_create,
	[VERB_QUEUE_UPDATE] = run_queue_update,
	[VERB_QUEUE_CLOSE] = run_queue_close,
	[VERB_QUEUE_OPEN] = run_queue_open,
	[VERB_QUEUE_DELETE] = run_queue_delete,
	[VERB_QUEUE_PAUSE] = run_queue_pause,
	[VERB_QUEUE_RESUME] = run_queue_resume,
	[VERB_QUEUE_PURGE] = run_queue_purge,
	[VERB_QUEUE_KICK] = run_queue_kick,
	[VERB_QUEUE_PEEK] = run_queue_peek,
	[VERB_QUEUE_STATS] = run_queue_stats,
	[VERB_QUEUE_LIST] = run_queue_list,
	[VERB_ENQUEUE] = run_enqueue,
	[VERB_TAKE] = run_take,
	[VERB_FINISH] = run_finish,
	[VERB_RELEASE] = run_release,
	[VERB_EXTEND] = run_extend,
	[VERB_CANCEL] = run_cancel,
	[VERB_WATCH_POLL] = run_watch_poll,
	[VERB_WATCH_DROP] = run_watch_drop,
	[VERB_OWNER_GONE] = run_owner_gone,
	[VERB_GROUP_CREATE] = run_group_create,
	[VERB_GROUP_ADD] = run_group_add,
	[VERB_GROUP_FINISH] = run_group_finish,
	[VERB_GROUP_SEAL] = run_group_seal,
	[VERB_GROUP_POLL] = run_group_poll,
	[VERB_GROUP_DELETE] = run_group_delete,
	[VERB_GROUP_LIST] = run_group_list,
	[VERB_STATS] = run_stats,
};

static void
memory_submit(struct engine *engine, struct call *call)
{
	call->refusal = (struct refusal){.err = ERR_NONE};
	call->refusal.err = runners[call->verb](core_of(engine), call);
	call->done(call);
}

static bool
memory_tick(struct engine *engine, uint64_t now_ns, unsigned budget)
{
	return core_tick(core_of(engine), now_ns, budget);
}

static uint64_t
memory_next_due(const struct engine *engine)
{
	return core_next_due(core_of(engine));
}

static void
memory_configure(struct engine *engine, const struct core_config *config)
{
	core_configure(core_of(engine), config);
}

static void
memory_check(const struct engine *engine)
{
	core_check(core_of(engine));
}

static void
memory_free(struct engine *engine)
{
	struct engine_memory *memory = container_of(engine, struct engine_memory, engine);

	core_free(memory->core);
	free(memory);
}

static const struct engine_ops memory_ops = {
	.name = "memory",
	.immediate = true,
	.submit = memory_submit,
	.tick = memory_tick,
	.next_due = memory_next_due,
	.configure = memory_configure,
	.check = memory_check,
	.free = memory_free,
};

struct engine *
engine_memory_new(const struct core_config *config, const struct core_seed *seed,
	const struct core_hooks *hooks)
{
	struct engine_memory *memory = xcalloc(1, sizeof(*memory));

	memory->engine.ops = &memory_ops;
	memory->core = core_new(config, seed, hooks);
	return &memory->engine;
}
