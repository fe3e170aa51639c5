/*
 * The machine as a whole: its life, its memory account and its crank.
 *
 * core_free() takes everything apart in one go; while the daemon runs nothing is
 * ever freed in bulk except by the reaper (reap.c), slice by slice.
 */
#include <config.h>

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "core/parts.h"

void *
core_alloc(struct core *core, size_t size)
{
	core->bytes += core_cost(size);
	return pool_alloc(&core->pool, size);
}

void
core_dealloc(struct core *core, void *ptr, size_t size)
{
	CHECK(core->bytes >= core_cost(size));
	core->bytes -= core_cost(size);
	pool_free(&core->pool, ptr, size);
}

struct blob *
core_blob_new(struct core *core, struct span bytes)
{
	core->bytes += core_blob_cost(bytes.len);
	return blob_new(bytes);
}

void
core_blob_unref(struct core *core, struct blob *blob)
{
	if (blob == NULL)
		return;
	if (blob->refs == 1) {
		CHECK(core->bytes >= core_blob_cost(blob->len));
		core->bytes -= core_blob_cost(blob->len);
	}
	blob_unref(blob);
}

void
core_config_init(struct core_config *config)
{
	*config = (struct core_config){
		.queue_defaults =
			{
				.depth = 65536,
				.width = 1024,
				.lease_ms = 30000,
			},
		.auto_create = true,
		.queue_idle_ms = 3600000,
		.max_queues = 10000,
		.max_groups = 100000,
		.max_group_ops = 100000,
		.max_memory = UINT64_C(1) << 30,
	};
}

static struct span
queue_key_of(const struct map_node *node)
{
	return queue_name(container_of(node, struct queue, node));
}

static struct span
group_key_of(const struct map_node *node)
{
	return group_name(container_of(node, struct group, node));
}

static struct span
number_span(const uint64_t *number)
{
	return span_make((const char *)number, sizeof(*number));
}

/* The finaliser of MurmurHash3: every bit of the number moves every bit of the hash. */
static uint32_t
number_hash(uint64_t number)
{
	number = (number ^ number >> 33) * UINT64_C(0xff51afd7ed558ccd);
	number = (number ^ number >> 33) * UINT64_C(0xc4ceb9fe1a85ec53);
	return (uint32_t)(number ^ number >> 33);
}

struct map_node *
number_find(const struct map *map, uint64_t number)
{
	return map_find(map, number_span(&number), number_hash(number));
}

void
number_insert(struct map *map, struct map_node *node, uint64_t number)
{
	map_insert(map, node, number_hash(number));
}

static struct span
lease_key_of(const struct map_node *node)
{
	const struct lease *lease = container_of(node, struct lease, by_fence);

	return number_span(&lease->fence);
}

static struct span
owner_key_of(const struct map_node *node)
{
	const struct owner *owner = container_of(node, struct owner, node);

	return number_span(&owner->id);
}

static struct span
watch_key_of(const struct map_node *node)
{
	const struct watch *watch = container_of(node, struct watch, node);

	return number_span(&watch->id);
}

static void
core_init_maps(struct core *core)
{
	const struct siphash_key *seed = &core->seed.hash;

	map_init_in(&core->queues, queue_key_of, seed, &core->pool);
	map_init_in(&core->groups, group_key_of, seed, &core->pool);
	map_init_in(&core->leases, lease_key_of, seed, &core->pool);
	map_init_in(&core->owners, owner_key_of, seed, &core->pool);
	map_init_in(&core->watches, watch_key_of, seed, &core->pool);
	index_init(&core->queue_names, seed->k0);
	index_init(&core->group_names, seed->k1);
}

struct core *
core_new(const struct core_config *config, const struct core_seed *seed,
	const struct core_hooks *hooks)
{
	struct core *core = xcalloc(1, sizeof(*core));

	CHECK(seed->first_fence > 0); /* 0 is the fence of no lease */
	core->config = *config;
	core->seed = *seed;
	core->hooks = *hooks;
	core->next_fence = seed->first_fence;
	core->next_op = 1;
	core->next_seq = 1;
	core->next_watch = 1;
	pool_init(&core->pool);
	core_init_maps(core);
	heap_init(&core->timers);
	list_init(&core->closing);
	list_init(&core->kicking);
	list_init(&core->orphans);
	list_init(&core->doomed_bins);
	list_init(&core->doomed_groups);
	list_init(&core->completed_groups);
	buf_init(&core->scratch);
	core->recent = xcalloc(RECENT_FINISHES, sizeof(*core->recent));
	core->recent_chains = xcalloc(RECENT_CHAINS, sizeof(*core->recent_chains));
	core->null_result = core_blob_new(core, SPAN("null"));
	return core;
}

static void
core_doom_everything(struct core *core)
{
	struct map_node *node;

	while ((node = map_first(&core->queues)) != NULL) {
		struct queue *queue = container_of(node, struct queue, node);

		core_queue_delete(core, core->now_ns,
			&(struct queue_delete_args){.queue = queue_name(queue), .force = true},
			&(struct no_answer){0}, &(struct refusal){0});
	}
	while ((node = map_first(&core->groups)) != NULL)
		group_forget(core, container_of(node, struct group, node));
}

void
core_free(struct core *core)
{
	static const struct core_hooks silent = {0};
	struct map_node *node;
	bool more;

	if (core == NULL)
		return;
	core->hooks = silent;
	core_begin(core, core->now_ns);
	core_doom_everything(core);
	do
		more = core_tick(core, core->now_ns, UINT32_MAX / 2);
	while (more);
	while ((node = map_first(&core->watches)) != NULL)
		watch_free(core, container_of(node, struct watch, node));
	CHECK(core->owners.count == 0); /* an owner goes with its last lease */
	core_blob_unref(core, core->polled);
	core_blob_unref(core, core->null_result);
	CHECK(core->bytes == 0);
	map_fini(&core->queues);
	map_fini(&core->groups);
	map_fini(&core->leases);
	map_fini(&core->owners);
	map_fini(&core->watches);
	index_fini(&core->queue_names);
	index_fini(&core->group_names);
	heap_fini(&core->timers);
	buf_fini(&core->scratch);
	free(core->recent);
	free(core->recent_chains);
	free(core->peeked);
	pool_fini(&core->pool);
	free(core);
}

void
core_configure(struct core *core, const struct core_config *config)
{
	core->config = *config;
}

void
core_begin(struct core *core, uint64_t now_ns)
{
	struct set *spent = core->spent;

	if (now_ns > core->now_ns)
		core->now_ns = now_ns;
	if (core->polled != NULL) {
		core_blob_unref(core, core->polled);
		core->polled = NULL;
	}
	if (spent == NULL)
		return;
	core->spent = NULL;
	while (spent->ops != NULL) {
		struct op *op = spent->ops;

		set_remove_op(spent, op);
		op_free(core, op);
	}
	set_free(core, spent);
}

bool
core_is_full(struct core *core, size_t cost, struct refusal *refusal)
{
	uint64_t limit = core->config.max_memory;

	if (limit == 0 || core->bytes + cost <= limit)
		return false;
	core->refused_memory++;
	refuse_limit(refusal, "max_memory", limit);
	return true;
}

enum err
refuse(struct refusal *refusal, enum err err)
{
	*refusal = (struct refusal){.err = err};
	return err;
}

enum err
refuse_limit(struct refusal *refusal, const char *name, uint64_t value)
{
	*refusal = (struct refusal){.err = ERR_LIMIT, .limit_name = name, .limit = value};
	return ERR_LIMIT;
}

/* Does what one timer asks for; it is out of the heap already. Returns its cost in steps. */
static unsigned
core_fire(struct core *core, struct heap_node *timer)
{
	struct set *set;

	switch ((enum timer_kind)timer->kind) {
	case TIMER_WINDOW:
		set = container_of(timer, struct set, place);
		if (!set_is_doomed(set))
			set_end_window(set);
		return 1;
	case TIMER_LEASE: {
		set = container_of(timer, struct lease, timer)->set;
		unsigned cost = 1 + set->op_count / 8;

		if (!set_is_doomed(set))
			lease_expire(set);
		return cost;
	}
	case TIMER_TTL:
		op_expire(container_of(timer, struct ttl, timer)->op);
		return 1;
	case TIMER_GROUP_TIMEOUT:
		group_time_out(core, container_of(timer, struct group, timer));
		return 1;
	case TIMER_GROUP_RETAIN:
		group_retire(core, container_of(timer, struct group, timer));
		return 1;
	case TIMER_QUEUE_IDLE:
		queue_forget_if_idle(container_of(timer, struct queue, idle_timer));
		return 1;
	}
	UNREACHABLE();
}

static bool
core_is_due(const struct core *core)
{
	const struct heap_node *timer = heap_min(&core->timers);

	return timer != NULL && timer->key <= core->now_ns;
}

static void
core_fire_due(struct core *core, unsigned *budget)
{
	while (*budget > 0 && core_is_due(core)) {
		struct heap_node *timer = heap_min(&core->timers);
		unsigned cost;

		heap_remove(&core->timers, timer);
		cost = core_fire(core, timer);
		*budget -= cost < *budget ? cost : *budget;
	}
}

static bool
core_has_backlog(const struct core *core)
{
	return !list_is_empty(&core->closing) || !list_is_empty(&core->kicking) ||
	       !list_is_empty(&core->orphans) || !list_is_empty(&core->doomed_bins) ||
	       !list_is_empty(&core->doomed_groups);
}

/* Each kind of work has its own share, so that none starves the others. */
bool
core_tick(struct core *core, uint64_t now_ns, unsigned budget)
{
	unsigned shares[6];
	bool more;

	core_begin(core, now_ns);
	for (size_t i = 0; i < 6; i++)
		shares[i] = budget / 6 + 1;
	core_fire_due(core, &shares[0]);
	reap_windows(core, &shares[1]);
	reap_orphans(core, &shares[2]);
	reap_bins(core, &shares[3]);
	reap_groups(core, &shares[4]);
	reap_kicks(core, &shares[5]);
	CHECK(core_is_conserved(core));
	more = core_is_due(core) || core_has_backlog(core);
	CORE_TELL(core, .kind = CORE_TICKED, .more = more);
	return more;
}

uint64_t
core_next_due(const struct core *core)
{
	const struct heap_node *timer = heap_min(&core->timers);

	if (core_has_backlog(core))
		return 0;
	return timer == NULL ? TIME_NEVER : timer->key;
}
