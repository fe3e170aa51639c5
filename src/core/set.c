/*
 * Sets: made, moved between bins, joined. A set stands in exactly one bin from
 * set_enter() to set_leave(); its counts there are kept by these two and by whoever
 * adds or removes a single op.
 */
#include <config.h>

#include <string.h>

#include "core/parts.h"

size_t
set_size(size_t key_len)
{
	return sizeof(struct set) + key_len;
}

struct set *
set_new(struct core *core, struct span key, uint64_t created_ns)
{
	struct set *set = core_alloc(core, set_size(key.len));

	memset(set, 0, sizeof(*set));
	list_node_init(&set->node);
	list_init(&set->ops);
	heap_node_init(&set->timer, TIMER_WINDOW);
	set->created_ns = created_ns;
	set->seq = core->next_seq++;
	set->key_len = (uint16_t)key.len;
	memcpy(set->key, key.ptr, key.len);
	return set;
}

void
set_free(struct core *core, struct set *set)
{
	CHECK(set->bin == NULL && set->op_count == 0);
	core_dealloc(core, set, set_size(set->key_len));
}

/* The lists and maps that go with a state. */
static void
set_link(struct set *set)
{
	struct bin *bin = set->bin;

	switch ((enum set_state)set->state) {
	case SET_WAITING:
		set->era = bin->era;
		list_append(&bin->waiting, &set->node);
		bin->waiting_count++;
		break;
	case SET_READY:
		bin_insert_ready(bin, set);
		break;
	case SET_LEASED:
		list_append(&bin->sets, &set->node);
		list_append(&set->busy->leased, &set->same_key);
		break;
	case SET_HELD:
		list_append(&bin->sets, &set->node);
		set->busy->held = set;
		break;
	case SET_DEAD:
		list_append(&bin->sets, &set->node);
		list_append(&set->busy->dead, &set->same_key);
		break;
	}
}

void
set_enter(struct set *set, struct bin *bin, enum set_state state, struct busy *busy)
{
	CHECK(set->bin == NULL);
	set->bin = bin;
	set->state = (uint8_t)state;
	set->busy = busy;
	if (state != SET_WAITING)
		set->has_returned = false;
	bin->set_count++;
	bin->op_count += set->op_count;
	if (bin->kind == BIN_PENDING)
		map_insert(&bin->by_key, &set->by_key, map_hash(&bin->by_key, set_key(set)));
	set_link(set);
}

static void
set_uncount_waiting(struct set *set)
{
	if (set_is_ending(set))
		set->bin->ending_count--;
	else
		set->bin->waiting_count--;
}

/* The timer of a ready set is its place in `returned`; of any other, a deadline. */
static void
set_unlink_timer(struct set *set)
{
	if (set->state == SET_READY)
		heap_remove(&set->bin->returned, &set->timer);
	else
		heap_remove(&set->bin->queue->core->timers, &set->timer);
}

static void
set_unlink_busy(struct set *set)
{
	struct busy *busy = set->busy;

	set->busy = NULL;
	if (set->state == SET_LEASED || set->state == SET_DEAD)
		list_remove(&set->same_key);
	else if (busy->held == set)
		busy->held = NULL;
	busy_free_if_idle(set->bin->queue, busy);
}

void
set_leave(struct set *set)
{
	struct bin *bin = set->bin;

	set_unlink_timer(set);
	list_remove(&set->node);
	if (set->state == SET_WAITING)
		set_uncount_waiting(set);
	if (bin->kind == BIN_PENDING)
		map_remove(&bin->by_key, &set->by_key);
	if (set->busy != NULL)
		set_unlink_busy(set);
	bin->set_count--;
	bin->op_count -= set->op_count;
	set->bin = NULL;
}

void
set_become_ready(struct set *set)
{
	struct bin *bin = set->bin;
	struct core *core = bin->queue->core;

	CHECK(set->state == SET_WAITING);
	set_unlink_timer(set);
	list_remove(&set->node);
	set_uncount_waiting(set);
	set->state = SET_READY;
	set->open_ns = 0;
	set->has_returned = false;
	/* A timer that fires late does not cost the set its place. */
	if (set->ready_ns == 0 || set->ready_ns > core->now_ns)
		set->ready_ns = core->now_ns;
	bin_insert_ready(bin, set);
	if (core->hooks.queue_ready != NULL)
		core->hooks.queue_ready(core->hooks.arg, queue_name(bin->queue), set_key(set));
}

void
set_end_window(struct set *set)
{
	struct queue *queue = set->bin->queue;

	CORE_TELL(queue->core, .kind = CORE_SET_READY, .queue = queue_name(queue),
		.key = set_key(set));
	set_become_ready(set);
}

void
set_wait_until(struct set *set, uint64_t due_ns)
{
	struct core *core = set->bin->queue->core;

	CHECK(set->state == SET_WAITING);
	set->ready_ns = due_ns;
	heap_remove(&core->timers, &set->timer);
	if (due_ns <= core->now_ns || set->bin->queue->closed) {
		set_become_ready(set);
		return;
	}
	set->timer.kind = TIMER_WINDOW;
	heap_insert(&core->timers, &set->timer, due_ns, set->seq);
}

uint64_t
set_due(const struct set *set, const struct queue_options *options)
{
	uint64_t now = set->bin->queue->core->now_ns;
	uint64_t due = time_after_ms(set->created_ns, options->window_ms);

	if (options->quiet_ms > 0 && options->window_ms > 0) {
		uint64_t quiet = time_after_ms(now, options->quiet_ms);

		due = quiet < due ? quiet : due;
	}
	if (set->op_count >= options->width)
		due = now;
	return due > set->open_ns ? due : set->open_ns;
}

void
set_add_op(struct set *set, struct op *op)
{
	op->set = set;
	list_append(&set->ops, &op->node);
	set->op_count++;
	if (set->bin != NULL)
		set->bin->op_count++;
}

void
set_reconsider(struct set *set)
{
	const struct queue_options *options = &set->bin->queue->options;

	if (set->state != SET_WAITING || set_is_ending(set) || set->has_returned)
		return;
	if (options->quiet_ms > 0 || set->op_count >= options->width)
		set_wait_until(set, set_due(set, options));
}

/* All ops of `from`, in order, to one end of `to`. */
static void
set_move_ops(struct set *to, struct set *from, bool to_front)
{
	struct list moved;

	list_init(&moved);
	list_for_each (node, &from->ops)
		container_of(node, struct op, node)->set = to;
	list_splice(&moved, &from->ops);
	if (to_front) {
		list_splice(&moved, &to->ops);
		list_splice(&to->ops, &moved);
	} else {
		list_splice(&to->ops, &moved);
	}
	to->op_count += from->op_count;
	from->op_count = 0;
}

void
set_absorb(struct set *set, struct set *from)
{
	bool is_older = from->created_ns != set->created_ns ? from->created_ns < set->created_ns
							    : from->seq < set->seq;

	set->bin->op_count += from->op_count;
	if (is_older)
		set->created_ns = from->created_ns;
	set_move_ops(set, from, is_older);
	set_free(set->bin->queue->core, from);
	set_reconsider(set);
}

struct set *
set_join(struct core *core, struct set *front, struct set *back)
{
	CHECK(front->bin == NULL && back->bin == NULL);
	if (front->op_count >= back->op_count) {
		set_move_ops(front, back, false);
		set_free(core, back);
		return front;
	}
	set_move_ops(back, front, true);
	back->created_ns = front->created_ns;
	back->ready_ns = front->ready_ns;
	back->open_ns = front->open_ns;
	back->seq = front->seq;
	set_free(core, front);
	return back;
}

void
set_enter_pending(struct queue *queue, struct set *set)
{
	struct core *core = queue->core;
	struct bin *bin = queue->bins[BIN_PENDING];
	struct set *there = bin_find(bin, set_key(set));

	if (there != NULL) {
		set_leave(there);
		if (set_is_before(there, set)) {
			set->ready_ns = there->ready_ns;
			set->seq = there->seq;
		}
		set = set_join(core, set, there);
	}
	if (set->open_ns > core->now_ns && !queue->closed) {
		set->has_returned = true;
		set_enter(set, bin, SET_WAITING, NULL);
		set_wait_until(set, set->open_ns);
		return;
	}
	set->open_ns = 0;
	set_enter(set, bin, SET_READY, NULL);
	if (core->hooks.queue_ready != NULL)
		core->hooks.queue_ready(core->hooks.arg, queue_name(queue), set_key(set));
}
