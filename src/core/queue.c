/*
 * A queue's life: made by queue.create or by first use, forgotten when idle,
 * deleted. Its sets are set.c's, its ops op.c's business.
 *
 * A deleted queue leaves the map at once; the structure itself lives until the
 * reaper has worked off its four bins.
 */
#include <config.h>

#include <string.h>

#include "base/alloc.h"
#include "core/parts.h"

static struct span
set_key_of(const struct map_node *node)
{
	return set_key(container_of(node, struct set, by_key));
}

static struct span
op_key_of(const struct map_node *node)
{
	return op_id(container_of(node, struct op, by_id));
}

struct queue *
queue_find(struct core *core, struct span name)
{
	struct queue *last = core->last_queue;
	struct map_node *node;

	/* Who works on a queue mostly goes on with it. */
	if (last != NULL && span_equal(queue_name(last), name))
		return last;
	node = map_find(&core->queues, name, map_hash(&core->queues, name));
	if (node != NULL)
		core->last_queue = container_of(node, struct queue, node);
	return node == NULL ? NULL : core->last_queue;
}

struct queue *
queue_new(struct core *core, struct span name, const struct queue_options *options)
{
	struct queue *queue = core_alloc(core, sizeof(*queue) + name.len);

	memset(queue, 0, sizeof(*queue));
	queue->core = core;
	queue->options = *options;
	queue->name_len = (uint16_t)name.len;
	memcpy(queue->name, name.ptr, name.len);
	for (int kind = 0; kind < BIN_KINDS; kind++)
		queue->bins[kind] = bin_new(queue, (enum bin_kind)kind);
	map_init_in(&queue->keys, set_key_of, &core->seed.hash, &core->pool);
	map_init_in(&queue->ops, op_key_of, &core->seed.hash, &core->pool);
	heap_node_init(&queue->idle_timer, TIMER_QUEUE_IDLE);
	list_node_init(&queue->closing_node);
	list_node_init(&queue->kicking_node);
	map_insert(&core->queues, &queue->node, map_hash(&core->queues, name));
	index_insert(&core->queue_names, queue_name(queue), queue);
	queue->touched_ns = core->now_ns;
	return queue;
}

/* The queue has left the map; its bins are doomed and worked off, or empty. */
void
queue_free(struct queue *queue)
{
	struct core *core = queue->core;

	CHECK(queue->ops.count == 0 && queue->keys.count == 0);
	map_fini(&queue->ops);
	map_fini(&queue->keys);
	core_dealloc(core, queue, sizeof(*queue) + queue->name_len);
}

bool
queue_is_empty(const struct queue *queue)
{
	for (int kind = 0; kind < BIN_KINDS; kind++)
		if (queue->bins[kind]->set_count != 0)
			return false;
	return true;
}

/* Nothing waiting, ready, held or leased: a closed queue is done then. */
bool
queue_is_exhausted(const struct queue *queue)
{
	return queue->bins[BIN_PENDING]->set_count == 0 && queue->bins[BIN_HELD]->set_count == 0 &&
	       queue->bins[BIN_LEASED]->set_count == 0;
}

void
queue_note_exhausted(struct queue *queue)
{
	struct core_hooks *hooks = &queue->core->hooks;

	if (queue->closed && queue_is_exhausted(queue) && hooks->queue_ready != NULL)
		hooks->queue_ready(hooks->arg, queue_name(queue), span_make(NULL, 0));
}

static void
queue_arm_idle(struct queue *queue, uint64_t from_ns)
{
	struct core *core = queue->core;

	if (core->config.queue_idle_ms == 0 || !queue->by_first_use || queue->gone)
		return;
	heap_insert(&core->timers, &queue->idle_timer,
		time_after_ms(from_ns, core->config.queue_idle_ms), core->next_seq++);
}

/* The timer stays where it is; when it fires, it looks at touched_ns. */
void
queue_touch(struct queue *queue)
{
	queue->touched_ns = queue->core->now_ns;
	if (!heap_is_linked(&queue->idle_timer))
		queue_arm_idle(queue, queue->touched_ns);
}

static void
queue_unlink(struct queue *queue)
{
	struct core *core = queue->core;

	if (core->last_queue == queue)
		core->last_queue = NULL;
	map_remove(&core->queues, &queue->node);
	index_remove(&core->queue_names, queue_name(queue));
	heap_remove(&core->timers, &queue->idle_timer);
	list_remove(&queue->closing_node);
	list_remove(&queue->kicking_node);
}

void
queue_dispose(struct queue *queue, enum outcome_kind doom)
{
	queue_unlink(queue);
	for (int kind = 0; kind < BIN_KINDS; kind++)
		bin_doom(queue->bins[kind], doom);
	queue->gone = true;
	if (queue->doomed_bins == 0)
		queue_free(queue);
}

void
queue_forget_if_idle(struct queue *queue)
{
	struct core *core = queue->core;
	struct core_hooks *hooks = &core->hooks;
	uint64_t due = time_after_ms(queue->touched_ns, core->config.queue_idle_ms);

	if (core->config.queue_idle_ms == 0)
		return;
	if (due > core->now_ns) {
		queue_arm_idle(queue, queue->touched_ns);
		return;
	}
	if (!queue_is_empty(queue) || (hooks->queue_in_use != NULL &&
					      hooks->queue_in_use(hooks->arg, queue_name(queue)))) {
		queue_arm_idle(queue, core->now_ns);
		return;
	}
	CORE_TELL(core, .kind = CORE_QUEUE_FORGOTTEN, .queue = queue_name(queue));
	queue_dispose(queue, OUTCOME_DELETED);
}

struct queue *
queue_need(struct core *core, struct span name, struct refusal *refusal)
{
	struct queue *queue = queue_find(core, name);

	if (queue == NULL)
		refuse(refusal, ERR_NO_SUCH_QUEUE);
	return queue;
}

size_t
queue_cost(size_t name_len)
{
	return core_cost(sizeof(struct queue) + name_len) +
	       BIN_KINDS * core_cost(sizeof(struct bin));
}

bool
queue_may_be_made(struct core *core, size_t name_len, struct refusal *refusal)
{
	if (core->queues.count >= core->config.max_queues) {
		core->refused_queues++;
		refuse_limit(refusal, "max_queues", core->config.max_queues);
		return false;
	}
	return !core_is_full(core, queue_cost(name_len), refusal);
}

struct queue *
queue_begin(struct core *core, uint64_t now_ns, struct span name, struct refusal *refusal)
{
	struct queue *queue;

	core_begin(core, now_ns);
	queue = queue_need(core, name, refusal);
	if (queue != NULL)
		queue_touch(queue);
	return queue;
}

struct queue *
queue_need_or_create(struct core *core, struct span name, struct refusal *refusal)
{
	struct queue *queue = queue_find(core, name);

	if (queue != NULL)
		return queue;
	if (!core->config.auto_create) {
		refuse(refusal, ERR_NO_SUCH_QUEUE);
		return NULL;
	}
	if (!queue_may_be_made(core, name.len, refusal))
		return NULL;
	queue = queue_new(core, name, &core->config.queue_defaults);
	queue->by_first_use = true;
	queue_touch(queue);
	return queue;
}
