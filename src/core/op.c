/*
 * Ops: made, found by id, ended. An op ends exactly once: its group and whoever
 * watches it are told, then it is freed. A dead op was told already and stays in the
 * dead list until it is kicked, purged or dropped.
 */
#include <config.h>

#include <string.h>

#include "core/parts.h"

size_t
op_size(size_t id_len, size_t msg_len)
{
	return offsetof(struct op, bytes) + id_len + msg_len;
}

struct op *
op_new(struct queue *queue, struct span id, uint32_t id_hash, struct span msg)
{
	struct op *op = core_alloc(queue->core, op_size(id.len, msg.len));

	memset(op, 0, offsetof(struct op, bytes));
	op->next = op->prev = op;
	op->id_len = (uint8_t)id.len;
	op->msg_len = (uint32_t)msg.len;
	memcpy(op->bytes, id.ptr, id.len);
	memcpy(op->bytes + id.len, msg.ptr, msg.len);
	map_insert(&queue->ops, &op->by_id, id_hash);
	queue->core->live_ops++;
	return op;
}

/*
 * An op of a doomed bin is as good as gone: it is ended on the spot, so that its id
 * is free again and its outcome is told before anything newer.
 */
struct op *
op_find(struct queue *queue, struct span id, uint32_t id_hash)
{
	struct map_node *node = map_find(&queue->ops, id, id_hash);
	struct op *op;

	if (node == NULL)
		return NULL;
	op = container_of(node, struct op, by_id);
	if (!set_is_doomed(op->set))
		return op;
	op_end(op, op->set->bin->doom, NULL);
	return NULL;
}

struct op_ties *
op_need_ties(struct core *core, struct op *op)
{
	if (op->ties == NULL) {
		op->ties = core_alloc(core, sizeof(*op->ties));
		*op->ties = (struct op_ties){0};
	}
	return op->ties;
}

void
op_join_member(struct core *core, struct op *op, struct member *member)
{
	op_need_ties(core, op)->member = member;
	member->op = op;
}

void
op_set_ttl(struct op *op, uint64_t due_ns)
{
	struct core *core = op->set->bin->queue->core;
	struct ttl *ttl = core_alloc(core, sizeof(*ttl));

	heap_node_init(&ttl->timer, TIMER_TTL);
	ttl->op = op;
	ttl->due_ns = due_ns;
	op_need_ties(core, op)->ttl = ttl;
	heap_insert(&core->timers, &ttl->timer, due_ns, core->next_seq++);
}

static void
op_free_ttl(struct core *core, struct op *op)
{
	struct ttl *ttl = op_ttl(op);

	if (ttl == NULL)
		return;
	op->ties->ttl = NULL;
	heap_remove(&core->timers, &ttl->timer);
	core_dealloc(core, ttl, sizeof(*ttl));
}

void
op_drop_ttl(struct op *op)
{
	if (op->ties != NULL)
		op_free_ttl(op->set->bin->queue->core, op);
}

void
op_report(struct core *core, struct op *op, enum outcome_kind kind, struct blob *json)
{
	struct op_ties *ties = op->ties;
	struct member *member;

	if (op->reported)
		return;
	op->reported = true;
	if (ties == NULL)
		return;
	watch_settle_all(core, &ties->watches, kind, json);
	member = ties->member;
	if (member == NULL)
		return;
	member->op = NULL;
	member_settle(core, member, kind, json);
}

void
op_forget(struct queue *queue, struct op *op)
{
	map_remove(&queue->ops, &op->by_id);
	op_free_ttl(queue->core, op);
}

void
op_free(struct core *core, struct op *op)
{
	if (op->ties != NULL)
		core_dealloc(core, op->ties, sizeof(*op->ties));
	core_dealloc(core, op, op_size(op->id_len, op->msg_len));
}

/* What a worker or a cancel said about the op is no news. */
static void
op_tell_end(const struct queue *queue, const struct op *op, enum outcome_kind kind)
{
	const struct member *member = op->reported || op->ties == NULL ? NULL : op->ties->member;
	struct span group = span_make(NULL, 0);

	if (member != NULL && !member->group->doomed)
		group = group_name(member->group);
	if (kind == OUTCOME_RESULT || kind == OUTCOME_ERROR || kind == OUTCOME_CANCELLED)
		return;
	CORE_TELL(queue->core, .kind = CORE_OP_ENDED, .queue = queue_name(queue), .op = op_id(op),
		.group = group, .how = kind);
}

/*
 * The op leaves set and maps before anyone is told: completing a group may enqueue
 * an op, here too, and must find the queue as it is without this one.
 */
void
op_end(struct op *op, enum outcome_kind kind, struct blob *json)
{
	struct set *set = op->set;
	struct queue *queue = set->bin->queue;

	op_tell_end(queue, op, kind);
	if (!set_is_doomed(set))
		queue->core->live_ops--;
	set_remove_op(set, op);
	op_forget(queue, op);
	if (set->op_count == 0 && set->state != SET_LEASED && !set_is_doomed(set)) {
		set_leave(set);
		set_free(queue->core, set);
		queue_note_exhausted(queue);
	}
	op_report(queue->core, op, kind, json);
	op_free(queue->core, op);
}

void
op_expire(struct op *op)
{
	struct bin *bin = op->set->bin;

	if (bin->doom != OUTCOME_NONE) {
		op_end(op, bin->doom, NULL);
		return;
	}
	QUEUE_COUNT(bin->queue, expired, 1);
	op_end(op, OUTCOME_EXPIRED, NULL);
}
