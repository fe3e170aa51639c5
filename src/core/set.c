/*
 * Sets: made, moved between bins, joined. A set stands in exactly one bin from
 * set_place() to set_displace(); its counts there are kept by these two and by whoever
 * adds or removes a single op.
 */
#include <config.h>

#include <string.h>

#include "core/parts.h"

size_t
set_size(size_t key_len)
{
	return offsetof(struct set, key) + key_len;
}

struct set *
set_new(struct core *core, struct span key, uint32_t key_hash)
{
	struct set *set = core_alloc(core, set_size(key.len));

	/* Field by field: to clear a hundred bytes first would cost more than all else here. */
	set->bin = NULL;
	heap_node_init(&set->place, TIMER_WINDOW);
	set->place.tie = core->next_seq++;
	list_node_init(&set->twins);
	set->ops = NULL;
	set->window = NULL;
	set->created_ns = core->now_ns;
	set->by_key.hash = key_hash;
	set->op_count = 0;
	set->key_len = (uint16_t)key.len;
	set->state = SET_WAITING;
	set->key_place = KEY_UNKNOWN;
	memcpy(set->key, key.ptr, key.len);
	return set;
}

void
set_free(struct core *core, struct set *set)
{
	CHECK(set->bin == NULL && set->op_count == 0 && set->key_place == KEY_UNKNOWN);
	set_drop_window(core, set);
	core_dealloc(core, set, set_size(set->key_len));
}

/* ---- windows ------------------------------------------------------------------------ */

static struct window *
need_window(struct core *core, struct set *set)
{
	struct window *window = set->window;

	if (window != NULL)
		return window;
	window = core_alloc(core, sizeof(*window));
	*window = (struct window){.set = set};
	list_node_init(&window->node);
	set->window = window;
	return window;
}

void
set_drop_window(struct core *core, struct set *set)
{
	if (set->window == NULL)
		return;
	core_dealloc(core, set->window, sizeof(*set->window));
	set->window = NULL;
}

uint64_t
set_open_ns(const struct set *set)
{
	return set->window == NULL ? 0 : set->window->open_ns;
}

void
set_open_at(struct core *core, struct set *set, uint64_t open_ns)
{
	if (open_ns != 0 || set->window != NULL)
		need_window(core, set)->open_ns = open_ns;
}

/* ---- in and out of bins ---------------------------------------------------------------- */

void
set_place(struct set *set, struct bin *bin, enum set_state state)
{
	CHECK(set->bin == NULL);
	set->bin = bin;
	set->state = (unsigned)state & 15;
	bin->set_count++;
	bin->op_count += set->op_count;
	if (state == SET_WAITING) {
		struct window *window = need_window(bin->queue->core, set);

		window->era = bin->era;
		list_append(&bin->waiting, &window->node);
		bin->waiting_count++;
	} else if (state == SET_READY) {
		heap_insert(&bin->ready, &set->place, set->place.key, set->place.tie);
	} else {
		list_append(&bin->sets, &set->place.link);
	}
}

/* What set_place() did, but for the counts of all sets and ops. */
static void
unlink_from_bin(struct set *set)
{
	struct bin *bin = set->bin;

	if (set->state == SET_READY) {
		heap_remove(&bin->ready, &set->place);
		return;
	}
	if (set->state != SET_WAITING) {
		list_remove(&set->place.link);
		return;
	}
	heap_remove(&bin->queue->core->timers, &set->place);
	list_remove(&set->window->node);
	if (set_is_ending(set))
		bin->ending_count--;
	else
		bin->waiting_count--;
}

void
set_displace(struct set *set)
{
	struct bin *bin = set->bin;

	unlink_from_bin(set);
	if (set->window != NULL)
		set->window->has_returned = false;
	bin->set_count--;
	bin->op_count -= set->op_count;
	set->bin = NULL;
}

void
set_enter(struct set *set, struct bin *bin, enum set_state state)
{
	struct kin kin = set_kin(bin->queue, set);

	set_place(set, bin, state);
	key_link(bin->queue, set, &kin);
}

void
set_leave(struct set *set)
{
	key_unlink(set->bin->queue, set);
	set_displace(set);
}

/* ---- getting ready ------------------------------------------------------------------------ */

static void
tell_ready(struct queue *queue, const struct set *set)
{
	struct core_hooks *hooks = &queue->core->hooks;

	if (hooks->queue_ready != NULL)
		hooks->queue_ready(hooks->arg, queue_name(queue), set_key(set));
}

/* Since when a set that gets ready now is so: a timer that fires late does not cost its place. */
static uint64_t
ready_since(const struct core *core, uint64_t due_ns)
{
	return due_ns == 0 || due_ns > core->now_ns ? core->now_ns : due_ns;
}

void
set_become_ready(struct set *set)
{
	struct bin *bin = set->bin;
	struct core *core = bin->queue->core;

	CHECK(set->state == SET_WAITING);
	unlink_from_bin(set);
	set_drop_window(core, set);
	set->state = SET_READY;
	heap_insert(&bin->ready, &set->place, ready_since(core, set->place.key), set->place.tie);
	tell_ready(bin->queue, set);
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
	heap_remove(&core->timers, &set->place);
	set->place.key = due_ns;
	if (due_ns <= core->now_ns || set->bin->queue->closed)
		set_become_ready(set);
	else
		heap_insert(&core->timers, &set->place, due_ns, set->place.tie);
}

/* Into the pending bin, where its kin is seen to. */
static void
place_pending(struct queue *queue, struct set *set, uint64_t due_ns)
{
	struct core *core = queue->core;
	struct bin *bin = queue->bins[BIN_PENDING];

	if (due_ns > core->now_ns && !queue->closed) {
		set_place(set, bin, SET_WAITING);
		heap_insert(&core->timers, &set->place, due_ns, set->place.tie);
		return;
	}
	set_drop_window(core, set);
	set->place.key = ready_since(core, due_ns);
	set_place(set, bin, SET_READY);
	tell_ready(queue, set);
}

void
set_enter_new(struct queue *queue, struct set *set, uint64_t due_ns, const struct kin *kin)
{
	place_pending(queue, set, due_ns);
	key_link(queue, set, kin);
}

uint64_t
set_due(const struct queue *queue, const struct set *set)
{
	const struct queue_options *options = &queue->options;
	uint64_t now = queue->core->now_ns;
	uint64_t open = set_open_ns(set);
	uint64_t due = time_after_ms(set->created_ns, options->window_ms);

	if (options->quiet_ms > 0 && options->window_ms > 0) {
		uint64_t quiet = time_after_ms(now, options->quiet_ms);

		due = quiet < due ? quiet : due;
	}
	if (set->op_count >= options->width)
		due = now;
	return due > open ? due : open;
}

void
set_reconsider(struct set *set)
{
	const struct queue_options *options = &set->bin->queue->options;

	if (set->state != SET_WAITING || set_is_ending(set) || set->window->has_returned)
		return;
	if (options->quiet_ms > 0 || set->op_count >= options->width)
		set_wait_until(set, set_due(set->bin->queue, set));
}

/* ---- ops ----------------------------------------------------------------------------------- */

/* Puts ring `b` behind ring `a`. */
static void
rings_join(struct op *a, struct op *b)
{
	struct op *last = b->prev;

	b->prev = a->prev;
	a->prev->next = b;
	last->next = a;
	a->prev = last;
}

void
set_add_op(struct set *set, struct op *op)
{
	op->set = set;
	op->next = op->prev = op;
	if (set->ops == NULL)
		set->ops = op;
	else
		rings_join(set->ops, op);
	set->op_count++;
	if (set->bin != NULL)
		set->bin->op_count++;
}

void
set_remove_op(struct set *set, struct op *op)
{
	if (set->ops == op)
		set->ops = op->next == op ? NULL : op->next;
	op->prev->next = op->next;
	op->next->prev = op->prev;
	set->op_count--;
	if (set->bin != NULL)
		set->bin->op_count--;
}

/* All ops of `from`, in order, to one end of `to`. */
static void
set_move_ops(struct set *to, struct set *from, bool to_front)
{
	struct op *op = from->ops;

	for (uint32_t left = from->op_count; left > 0; left--, op = op->next)
		op->set = to;
	if (to->ops != NULL && from->ops != NULL)
		rings_join(to->ops, from->ops);
	if (to->ops == NULL || (to_front && from->ops != NULL))
		to->ops = from->ops;
	to->op_count += from->op_count;
	from->ops = NULL;
	from->op_count = 0;
}

/* ---- two of one key ------------------------------------------------------------------------- */

void
set_absorb(struct set *set, struct set *from)
{
	bool is_older = from->created_ns != set->created_ns ? from->created_ns < set->created_ns
							    : from->place.tie < set->place.tie;

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
	back->place.key = front->place.key;
	back->place.tie = front->place.tie;
	set_open_at(core, back, set_open_ns(front));
	set_free(core, front);
	return back;
}

/* One that is there joins the one that comes; the older of the two places is kept. */
static struct set *
join_pending(struct queue *queue, struct set *set)
{
	struct set *there = set_kin(queue, set).pending;

	if (there == NULL)
		return set;
	set_leave(there);
	if (set_is_before(there, set)) {
		set->place.key = there->place.key;
		set->place.tie = there->place.tie;
	}
	return set_join(queue->core, set, there);
}

void
set_enter_pending(struct queue *queue, struct set *set)
{
	struct core *core = queue->core;

	/* One that is known by its key is alone there: nothing to join, nothing to link. */
	if (set->key_place == KEY_UNKNOWN)
		set = join_pending(queue, set);
	if (set_open_ns(set) > core->now_ns && !queue->closed) {
		set->window->has_returned = true;
		place_pending(queue, set, set->window->open_ns);
	} else {
		set_drop_window(core, set);
		set_place(set, queue->bins[BIN_PENDING], SET_READY);
		tell_ready(queue, set);
	}
	if (set->key_place == KEY_UNKNOWN) {
		struct kin kin = set_kin(queue, set);

		key_link(queue, set, &kin);
	}
}
