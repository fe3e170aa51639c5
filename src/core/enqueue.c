/*
 * Enqueue and cancel: one op in, one op out.
 *
 * Enqueue first looks for a reason to refuse and only then changes anything, so a
 * refused op leaves no trace but a counter.
 */
#include <config.h>

#include "core/parts.h"

/* What an op is called and where it goes. */
struct place {
	struct span id; /* the client's, or made here */
	uint32_t key_hash;
	uint32_t id_hash;
	struct kin kin;
	struct set *set; /* joins this one; NULL: starts one */
	bool is_held;    /* the key is leased and the queue exclusive: the op is held aside */
};

/* Fills in all but the hashes, which are there. */
static void
find_place(struct queue *queue, struct span key, struct place *place)
{
	place->kin = key_find(queue, key, place->key_hash);
	place->set = place->kin.pending;
	if (place->set == NULL && queue->options.exclusive && place->kin.is_leased) {
		place->is_held = true;
		place->set = place->kin.held;
	}
}

/* Width bounds whatever the op joins, depth only what starts a set of the order. */
static enum err
check_room(struct queue *queue, const struct place *place, struct refusal *refusal)
{
	const struct queue_options *options = &queue->options;

	if (place->set != NULL && place->set->op_count >= options->width) {
		QUEUE_COUNT(queue, refused_width, 1);
		refuse(refusal, ERR_SATURATED_WIDTH);
		refusal->limit = options->width;
		return ERR_SATURATED_WIDTH;
	}
	if (place->set == NULL && !place->is_held &&
		queue->bins[BIN_PENDING]->set_count >= options->depth) {
		QUEUE_COUNT(queue, refused_depth, 1);
		refuse(refusal, ERR_SATURATED_DEPTH);
		refusal->limit = options->depth;
		return ERR_SATURATED_DEPTH;
	}
	return ERR_NONE;
}

/* A new set for the op, where it belongs. */
static void
start_set(struct queue *queue, const struct enqueue_args *args, const struct place *place,
	struct op *op)
{
	struct core *core = queue->core;
	struct set *set = set_new(core, args->key, place->key_hash);

	set_add_op(set, op);
	if (place->is_held) {
		set_place(set, queue->bins[BIN_HELD], SET_HELD);
		key_link(queue, set, &place->kin);
		return;
	}
	if (args->delay_ms > 0)
		set_open_at(core, set, time_after_ms(core->now_ns, args->delay_ms));
	set_enter_new(queue, set, set_due(queue, set), &place->kin);
}

static struct op *
add_op(struct queue *queue, const struct enqueue_args *args, const struct place *place)
{
	struct op *op = op_new(queue, place->id, place->id_hash, args->msg);

	QUEUE_COUNT(queue, enqueued, 1);
	if (place->set == NULL) {
		start_set(queue, args, place, op);
	} else {
		QUEUE_COUNT(queue, merged, 1);
		set_add_op(place->set, op);
		set_reconsider(place->set);
	}
	if (args->ttl_ms > 0)
		op_set_ttl(op, time_after_ms(queue->core->now_ns, args->ttl_ms));
	return op;
}

/* A repeat of an op that the queue still has. */
static void
answer_known(struct core *core, struct op *op, const struct enqueue_args *args,
	struct enqueue_answer *ret)
{
	*ret = (struct enqueue_answer){
		.op = op_id(op),
		.duplicate = true,
		.depth = op->set->bin->queue->bins[BIN_PENDING]->set_count,
		.width = op->set->op_count,
		.watch = args->watch ? watch_new(core, op)->id : 0,
	};
}

/* A repeat of an op that left the queue, or never was in it, but is one of the group's. */
static void
answer_member(struct core *core, const struct queue *queue, struct member *member,
	const struct enqueue_args *args, struct enqueue_answer *ret)
{
	*ret = (struct enqueue_answer){
		.op = member_id(member),
		.duplicate = true,
		.depth = queue == NULL ? 0 : queue->bins[BIN_PENDING]->set_count,
		.width = member->op == NULL ? 0 : member->op->set->op_count,
	};
	if (!args->watch)
		return;
	if (member->op != NULL)
		ret->watch = watch_new(core, member->op)->id;
	else
		ret->watch = watch_new_on_member(core, member)->id;
}

/* True where the op's id is known already and *ret says so. */
static bool
is_repeat(struct core *core, struct queue *queue, struct group *group,
	const struct enqueue_args *args, uint32_t id_hash, struct enqueue_answer *ret)
{
	struct op *op;
	struct member *member;

	op = queue == NULL ? NULL : op_find(queue, args->op, id_hash);
	if (op != NULL) {
		answer_known(core, op, args, ret);
		return true;
	}
	member = group == NULL ? NULL : member_find(group, args->op, id_hash);
	if (member == NULL)
		return false;
	answer_member(core, queue, member, args, ret);
	return true;
}

/* What the core will hold more of: the op and all that comes with it. */
static size_t
enqueue_cost(const struct core *core, const struct queue *queue, const struct enqueue_args *args,
	const struct place *place)
{
	const struct queue_options *options =
		queue == NULL ? &core->config.queue_defaults : &queue->options;
	size_t cost = core_cost(op_size(place->id.len, args->msg.len));

	if (queue == NULL)
		cost += queue_cost(args->queue.len);
	if (place->set == NULL)
		cost += core_cost(set_size(args->key.len));
	if (place->set == NULL && !place->is_held &&
		(args->delay_ms > 0 || (options->window_ms > 0 && options->width > 1)))
		cost += core_cost(sizeof(struct window));
	if (args->group.ptr != NULL || args->ttl_ms > 0 || args->watch)
		cost += core_cost(sizeof(struct op_ties));
	if (args->group.ptr != NULL)
		cost += core_cost(member_size(place->id.len, args->key.len));
	if (args->ttl_ms > 0)
		cost += core_cost(sizeof(struct ttl));
	if (args->watch)
		cost += core_cost(sizeof(struct watch));
	return cost;
}

/* Everything that can stand against a new op of an existing queue or a queue to be made. */
static enum err
check_enqueue(struct core *core, struct queue *queue, struct group *group,
	const struct enqueue_args *args, struct place *place, struct refusal *refusal)
{
	if (args->group.ptr != NULL) {
		if (group == NULL)
			return refuse(refusal, ERR_NO_SUCH_GROUP);
		if (group_may_grow(core, group, refusal) != ERR_NONE)
			return refusal->err;
	}
	if (queue != NULL && queue->closed)
		return refuse(refusal, ERR_QUEUE_CLOSED);
	if (queue != NULL) {
		find_place(queue, args->key, place);
		if (check_room(queue, place, refusal) != ERR_NONE)
			return refusal->err;
	}
	return core_is_full(core, enqueue_cost(core, queue, args, place), refusal) ? ERR_LIMIT
										   : ERR_NONE;
}

static void
join_group(struct core *core, struct group *group, struct op *op, struct span key)
{
	struct member *member = member_new(core, group, op_id(op), op->by_id.hash, key, true);

	op_join_member(core, op, member);
	group_grown(core, group);
}

/* What the op will be written to is fetched while there are other things to do. */
static void
prefetch_place(const struct queue *queue, const struct group *group, const struct place *place)
{
	if (queue != NULL) {
		map_prefetch(&queue->keys, place->key_hash);
		map_prefetch(&queue->ops, place->id_hash);
	}
	if (group != NULL)
		map_prefetch(&group->by_id, place->id_hash);
}

CORE_VERB(enqueue, enqueue_args, enqueue_answer)
{
	struct place place = {.id = args->op};
	struct queue *queue;
	struct group *group;
	struct op *op;
	char made[MADE_ID_MAX];

	core_begin(core, now_ns);
	queue = queue_find(core, args->queue);
	group = args->group.ptr == NULL ? NULL : group_find(core, args->group);
	place.key_hash = core_hash(core, args->key);
	if (args->op.ptr != NULL) {
		place.id_hash = core_hash(core, args->op);
		if (is_repeat(core, queue, group, args, place.id_hash, ret))
			return ERR_NONE;
		core_note_id(core, args->op);
	} else {
		place.id = core_make_id(core, queue, group, made, &place.id_hash);
	}
	prefetch_place(queue, group, &place);
	if (check_enqueue(core, queue, group, args, &place, refusal) != ERR_NONE)
		return refusal->err;
	if (queue == NULL) {
		queue = queue_need_or_create(core, args->queue, refusal);
		if (queue == NULL)
			return refusal->err;
	}
	queue_touch(queue);
	op = add_op(queue, args, &place);
	if (group != NULL)
		join_group(core, group, op, args->key);
	*ret = (struct enqueue_answer){
		.op = op_id(op),
		.started = place.set == NULL && !place.is_held,
		.depth = queue->bins[BIN_PENDING]->set_count,
		.width = op->set->op_count,
		.watch = args->watch ? watch_new(core, op)->id : 0,
	};
	return ERR_NONE;
}

void
enqueue_internal(struct core *core, struct span name, struct span key, struct span id,
	struct span msg, struct member *member)
{
	struct queue *queue = queue_find(core, name);
	struct enqueue_args args = {.key = key, .msg = msg};
	struct place place = {.id = id, .key_hash = core_hash(core, key)};
	struct op *op;
	char made[MADE_ID_MAX];

	if (queue == NULL) {
		queue = queue_new(core, name, &core->config.queue_defaults);
		queue->by_first_use = true;
	}
	queue_touch(queue);
	/* The message must get through: one whose id is taken goes under another. */
	if (id.ptr != NULL)
		place.id_hash = core_hash(core, id);
	if (id.ptr == NULL || op_find(queue, id, place.id_hash) != NULL)
		place.id = core_make_id(core, queue, NULL, made, &place.id_hash);
	if (member != NULL && member->outcome != OUTCOME_NONE)
		member = NULL;
	CORE_TELL(core, .kind = CORE_OP_ANNOUNCED, .queue = name, .key = key, .op = place.id,
		.group = member == NULL ? span_make(NULL, 0) : group_name(member->group));
	find_place(queue, key, &place);
	op = add_op(queue, &args, &place);
	if (member == NULL)
		return;
	op_join_member(core, op, member);
}

CORE_VERB(cancel, cancel_args, no_answer)
{
	struct queue *queue;
	struct op *op;

	(void)ret;
	queue = queue_begin(core, now_ns, args->queue, refusal);
	if (queue == NULL)
		return refusal->err;
	op = op_find(queue, args->op, core_hash(core, args->op));
	if (op == NULL)
		return refuse(refusal, ERR_NO_SUCH_OP);
	if (op->set->state == SET_LEASED)
		return refuse(refusal, ERR_OP_BUSY);
	QUEUE_COUNT(queue, cancelled, 1);
	op_end(op, OUTCOME_CANCELLED, NULL);
	return ERR_NONE;
}
