/*
 * Leases: take, finish, release, extend, expire.
 *
 * A token is the fence and its keyed checksum, so it needs no table of strings and one of
 * an earlier run never fits. A lease past its deadline counts as expired even before
 * the timer has come to it: verbs look first.
 */
#include <config.h>

#include "core/machine.h"

#define TAKE_TRIES 64 /* sets that one take may pass over before it answers "none" */

/* ---- granting -------------------------------------------------------------- */

static struct owner *
owner_need(struct core *core, uint64_t id)
{
	struct span key = span_make((const char *)&id, sizeof(id));
	uint64_t hash = map_hash(&core->owners, key);
	struct map_node *node = map_find(&core->owners, key, hash);
	struct owner *owner;

	if (node != NULL)
		return container_of(node, struct owner, node);
	owner = core_alloc(core, sizeof(*owner));
	owner->id = id;
	list_init(&owner->leases);
	list_node_init(&owner->orphan_node);
	map_insert(&core->owners, &owner->node, hash);
	return owner;
}

/* The owner has left core.owners where it is an orphan, and has no leases. */
static void
owner_free(struct core *core, struct owner *owner)
{
	CHECK(list_is_empty(&owner->leases));
	if (list_is_linked(&owner->orphan_node))
		list_remove(&owner->orphan_node);
	else
		map_remove(&core->owners, &owner->node);
	core_dealloc(core, owner, sizeof(*owner));
}

static struct lease *
lease_new(struct core *core, struct set *set, const struct take_args *args, uint64_t lease_ms)
{
	struct lease *lease = core_alloc(core, sizeof(*lease));

	*lease = (struct lease){
		.set = set,
		.holder = blob_ref(args->holder),
		.fence = core->next_fence++,
		.granted_ns = core->now_ns,
		.lease_ms = lease_ms,
	};
	list_node_init(&lease->owner_node);
	if (args->owner != 0) {
		lease->owner = owner_need(core, args->owner);
		list_append(&lease->owner->leases, &lease->owner_node);
	}
	map_insert(&core->leases, &lease->by_fence,
		map_hash(&core->leases,
			span_make((const char *)&lease->fence, sizeof(lease->fence))));
	return lease;
}

static void
lease_arm(struct set *set)
{
	struct core *core = set->bin->queue->core;

	heap_remove(&core->timers, &set->timer);
	set->timer.kind = TIMER_LEASE;
	heap_insert(&core->timers, &set->timer, time_after_ms(core->now_ns, set->lease->lease_ms),
		core->next_seq++);
}

void
lease_drop(struct set *set)
{
	struct core *core = set->bin->queue->core;
	struct lease *lease = set->lease;
	struct owner *owner = lease->owner;

	set->lease = NULL;
	if (set_is_doomed(set))
		core->doomed_leases--;
	heap_remove(&core->timers, &set->timer);
	map_remove(&core->leases, &lease->by_fence);
	list_remove(&lease->owner_node);
	if (owner != NULL && list_is_empty(&owner->leases))
		owner_free(core, owner);
	blob_unref(lease->holder);
	core_dealloc(core, lease, sizeof(*lease));
}

/* Counts a delivery of every op; returns the largest count. */
static uint64_t
count_attempts(struct set *set)
{
	uint32_t attempt = 0;

	list_for_each (node, &set->ops) {
		struct op *op = container_of(node, struct op, node);

		if (op->attempts < UINT32_MAX)
			op->attempts++;
		if (op->attempts > attempt)
			attempt = op->attempts;
		if (op->ttl != NULL)
			heap_remove(&set->bin->queue->core->timers, &op->ttl->timer);
	}
	return attempt;
}

/* Ends the ops of a candidate whose time is over; true where the set went with the last. */
static bool
expire_overdue(struct set *set)
{
	struct queue *queue = set->bin->queue;
	struct list_node *next = list_first(&set->ops);

	/* Counted, because the end of an op may enqueue another here. */
	for (uint32_t left = set->op_count; left > 0; left--) {
		struct op *op = container_of(next, struct op, node);
		bool is_last = set->op_count == 1;

		next = next->next;
		if (op->ttl == NULL || op->ttl->due_ns > queue->core->now_ns)
			continue;
		QUEUE_COUNT(queue, expired, 1);
		op_end(op, OUTCOME_EXPIRED, NULL);
		if (is_last)
			return true;
	}
	return false;
}

/* The key of a candidate is leased, though the queue is exclusive: aside with it. */
static void
set_hold(struct queue *queue, struct set *set, struct busy *busy)
{
	struct set *held = busy_held(busy);

	set_leave(set);
	if (held != NULL) {
		/* Keeps the record while its only held set is out of it. */
		CHECK(busy_is_leased(busy));
		set_leave(held);
		set = set_join(queue->core, held, set);
	}
	set_enter(set, queue->bins[BIN_HELD], SET_HELD, busy);
}

static bool
is_ready_now(const struct set *set)
{
	return set->state == SET_READY || set_is_ending(set);
}

/* The next set to hand out, NULL where there is none. */
static struct set *
find_candidate(struct queue *queue, struct span key)
{
	struct bin *pending = queue->bins[BIN_PENDING];

	for (int tries = 0; tries < TAKE_TRIES; tries++) {
		struct set *set =
			key.ptr == NULL ? bin_first_ready(pending) : bin_find(pending, key);
		struct busy *busy;

		if (set == NULL || (key.ptr != NULL && !is_ready_now(set)))
			return NULL;
		if (expire_overdue(set))
			continue;
		busy = queue->options.exclusive ? busy_find(queue, set_key(set)) : NULL;
		if (!busy_is_leased(busy))
			return set;
		set_hold(queue, set, busy);
	}
	/* There may be more behind; let the waiting ones try again. */
	if (queue->core->hooks.queue_ready != NULL)
		queue->core->hooks.queue_ready(
			queue->core->hooks.arg, queue_name(queue), span_make(NULL, 0));
	return NULL;
}

/* Delivered and done: the ops have their outcome, the set stays for the answer to show. */
static void
deliver_without_lease(struct queue *queue, struct set *set)
{
	struct core *core = queue->core;

	core->next_fence++;
	QUEUE_COUNT(queue, finished, set->op_count);
	list_for_each (node, &set->ops)
		op_forget(queue, container_of(node, struct op, node));
	set_leave(set);
	core->spent = set;
	list_for_each (node, &set->ops)
		op_report(core, container_of(node, struct op, node), OUTCOME_RESULT,
			core->null_result);
	queue_note_exhausted(queue);
}

static void
grant(struct queue *queue, struct set *set, const struct take_args *args, uint64_t lease_ms)
{
	struct busy *busy = busy_need(queue, set_key(set));

	set_leave(set);
	set_enter(set, queue->bins[BIN_LEASED], SET_LEASED, busy);
	set->lease = lease_new(queue->core, set, args, lease_ms);
	lease_arm(set);
}

CORE_VERB(take, take_args, take_answer)
{
	struct queue *queue;
	struct set *set;
	uint64_t lease_ms;

	core_begin(core, now_ns);
	queue = args->create ? queue_need_or_create(core, args->queue, refusal)
			     : queue_need(core, args->queue, refusal);
	if (queue == NULL)
		return refusal->err;
	queue_touch(queue);
	if (queue->closed && queue_is_exhausted(queue))
		return refuse(refusal, ERR_QUEUE_CLOSED);
	set = queue->paused ? NULL : find_candidate(queue, args->key);
	*ret = (struct take_answer){.found = set != NULL};
	if (set == NULL)
		return ERR_NONE;
	/* One whose window a close has ended is ready from now on. */
	if (set->ready_ns > core->now_ns)
		set->ready_ns = core->now_ns;
	lease_ms = args->has_lease_ms ? args->lease_ms : queue->options.lease_ms;
	ret->attempt = count_attempts(set);
	ret->fence = core->next_fence;
	ret->lease_ms = lease_ms;
	ret->token = lease_ms == 0 ? SPAN("") : lease_token(core, ret->fence, core->token);
	QUEUE_COUNT(queue, dequeued, 1);
	if (lease_ms == 0)
		deliver_without_lease(queue, set);
	else
		grant(queue, set, args, lease_ms);
	ret->key = set_key(set);
	ret->ops = set_ops_cursor(set);
	return ERR_NONE;
}

/* ---- ending ------------------------------------------------------------------ */

/* The fence that a token names, 0 where it is none of ours. */
static uint64_t
token_fence(const struct core *core, struct span token)
{
	char made[TOKEN_MAX];
	uint64_t fence = 0;

	for (size_t i = 0; i < token.len && i < 20 && token.ptr[i] != '-'; i++) {
		if (token.ptr[i] < '0' || token.ptr[i] > '9')
			return 0;
		fence = fence * 10 + (uint64_t)(token.ptr[i] - '0');
	}
	return span_equal(lease_token(core, fence, made), token) ? fence : 0;
}

static struct recent *
recent_find(struct core *core, uint64_t fence)
{
	struct span key = span_make((const char *)&fence, sizeof(fence));
	struct map_node *node = map_find(&core->recent_map, key, map_hash(&core->recent_map, key));

	return node == NULL ? NULL : container_of(node, struct recent, by_fence);
}

static void
recent_add(struct core *core, uint64_t fence, const struct finish_answer *answer)
{
	struct recent *recent = &core->recent[core->recent_next];
	struct span key = span_make((const char *)&fence, sizeof(fence));

	core->recent_next = (core->recent_next + 1) % RECENT_FINISHES;
	if (recent->used)
		map_remove(&core->recent_map, &recent->by_fence);
	recent->used = true;
	recent->fence = fence;
	recent->finished = answer->finished;
	recent->released = answer->released;
	map_insert(&core->recent_map, &recent->by_fence, map_hash(&core->recent_map, key));
}

void
lease_expire(struct set *set)
{
	QUEUE_COUNT(set->bin->queue, lease_expired, set->op_count);
	set_give_back(set, 0, false);
}

/* The leased set of a fence, NULL where the lease is over, be it only by the clock. */
static struct set *
leased_set(struct core *core, uint64_t fence)
{
	struct span key = span_make((const char *)&fence, sizeof(fence));
	struct map_node *node = map_find(&core->leases, key, map_hash(&core->leases, key));
	struct set *set;

	if (node == NULL)
		return NULL;
	set = container_of(node, struct lease, by_fence)->set;
	if (set_is_doomed(set))
		return NULL;
	if (set->timer.key > core->now_ns)
		return set;
	lease_expire(set);
	return NULL;
}

static struct op *
op_of_set(struct set *set, struct span id)
{
	struct op *op = op_find(set->bin->queue, id);

	return op != NULL && op->set == set ? op : NULL;
}

static enum err
check_outcomes(struct set *set, const struct finish_args *args, struct refusal *refusal)
{
	for (size_t i = 0; i < args->count; i++) {
		if (op_of_set(set, args->outcomes[i].op) != NULL)
			continue;
		refuse(refusal, ERR_NO_SUCH_OP);
		refusal->culprit = args->outcomes[i].op;
		return ERR_NO_SUCH_OP;
	}
	return ERR_NONE;
}

static void
finish_op(struct op *op, enum outcome_kind kind, struct blob *json)
{
	if (kind == OUTCOME_RESULT)
		QUEUE_COUNT(op->set->bin->queue, finished, 1);
	else
		QUEUE_COUNT(op->set->bin->queue, failed, 1);
	op_end(op, kind, json);
}

/* The JSON of an outcome, the shared one where it is null. */
static struct blob *
outcome_blob(struct core *core, const struct outcome_view *outcome)
{
	if (span_equal(outcome->json, SPAN("null")))
		return blob_ref(core->null_result);
	return core_blob_new(core, outcome->json);
}

static void
finish_named(struct core *core, struct set *set, const struct finish_args *args)
{
	for (size_t i = 0; i < args->count; i++) {
		const struct op_outcome *named = &args->outcomes[i];
		struct op *op = op_of_set(set, named->op);
		struct blob *json;

		if (op == NULL) /* named twice: the first counts */
			continue;
		json = outcome_blob(core, &named->outcome);
		finish_op(op, named->outcome.kind, json);
		core_blob_unref(core, json);
	}
}

static void
finish_rest(struct core *core, struct set *set, const struct outcome_view *rest)
{
	struct blob *json = outcome_blob(core, rest);
	struct list_node *node;

	while ((node = list_first(&set->ops)) != NULL)
		finish_op(container_of(node, struct op, node), rest->kind, json);
	core_blob_unref(core, json);
}

CORE_VERB(finish, finish_args, finish_answer)
{
	uint64_t fence;
	uint64_t width;
	struct recent *recent;
	struct set *set;

	core_begin(core, now_ns);
	fence = token_fence(core, args->token);
	recent = recent_find(core, fence);
	if (recent != NULL) {
		*ret = (struct finish_answer){recent->finished, recent->released, true};
		return ERR_NONE;
	}
	set = leased_set(core, fence);
	if (set == NULL)
		return refuse(refusal, ERR_LEASE_LOST);
	if (check_outcomes(set, args, refusal) != ERR_NONE)
		return refusal->err;
	width = set->op_count;
	queue_touch(set->bin->queue);
	finish_named(core, set, args);
	if (args->rest.kind != OUTCOME_NONE)
		finish_rest(core, set, &args->rest);
	*ret = (struct finish_answer){.finished = width - set->op_count};
	if (set->op_count == 0) {
		set_finish_lease(set);
	} else {
		QUEUE_COUNT(set->bin->queue, released, set->op_count);
		ret->released = set_give_back(set, 0, false);
	}
	recent_add(core, fence, ret);
	return ERR_NONE;
}

CORE_VERB(release, release_args, release_answer)
{
	struct set *set;

	core_begin(core, now_ns);
	set = leased_set(core, token_fence(core, args->token));
	if (set == NULL)
		return refuse(refusal, ERR_LEASE_LOST);
	queue_touch(set->bin->queue);
	if (!args->undelivered)
		QUEUE_COUNT(set->bin->queue, released, set->op_count);
	*ret = (struct release_answer){
		.released = set_give_back(set, args->delay_ms, args->undelivered)};
	return ERR_NONE;
}

CORE_VERB(extend, extend_args, extend_answer)
{
	struct set *set;

	core_begin(core, now_ns);
	set = leased_set(core, token_fence(core, args->token));
	if (set == NULL)
		return refuse(refusal, ERR_LEASE_LOST);
	queue_touch(set->bin->queue);
	if (args->has_lease_ms)
		set->lease->lease_ms = args->lease_ms;
	else if (set->bin->queue->options.lease_ms != 0)
		set->lease->lease_ms = set->bin->queue->options.lease_ms;
	lease_arm(set);
	*ret = (struct extend_answer){.lease_ms = set->lease->lease_ms};
	return ERR_NONE;
}

CORE_VERB(owner_gone, owner_args, no_answer)
{
	struct span key = span_make((const char *)&args->owner, sizeof(args->owner));
	struct map_node *node;
	struct owner *owner;

	(void)ret;
	(void)refusal;
	core_begin(core, now_ns);
	node = map_find(&core->owners, key, map_hash(&core->owners, key));
	if (node == NULL)
		return ERR_NONE;
	owner = container_of(node, struct owner, node);
	map_remove(&core->owners, &owner->node);
	list_append(&core->orphans, &owner->orphan_node);
	return ERR_NONE;
}
