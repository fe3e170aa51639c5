/*
 * Finish: every op of a leased set gets its outcome or goes back. The last
 * RECENT_FINISHES of them are remembered, so that a repeat is answered as the
 * first one was.
 */
#include <config.h>

#include "core/note.h"
#include "core/parts.h"

/*
 * The ring of recent finishes is indexed by chains, one for each value of a fence's low bits.
 * Fences are given out one after the other, so most chains have one entry, and neighbours
 * are neighbours here too.
 */
static uint32_t *
chain_of(struct core *core, uint64_t fence)
{
	return &core->recent_chains[fence % RECENT_CHAINS];
}

static const struct recent *
recent_find(struct core *core, uint64_t fence)
{
	uint32_t at = *chain_of(core, fence);

	while (at != 0 && core->recent[at - 1].fence != fence)
		at = core->recent[at - 1].next;
	return at == 0 ? NULL : &core->recent[at - 1];
}

/* Takes the entry out of its chain, which is the last of it: older ones are gone. */
static void
recent_forget(struct core *core, uint32_t number)
{
	uint32_t *link = chain_of(core, core->recent[number - 1].fence);

	while (*link != number) {
		CHECK(*link != 0);
		link = &core->recent[*link - 1].next;
	}
	*link = core->recent[number - 1].next;
}

static void
recent_add(struct core *core, uint64_t fence, const struct finish_answer *answer)
{
	uint32_t number = core->recent_next + 1;
	uint32_t *chain = chain_of(core, fence);

	if (core->recent[number - 1].fence != 0) /* no lease has fence 0 */
		recent_forget(core, number);
	core->recent[number - 1] = (struct recent){
		.fence = fence,
		.finished = (uint32_t)answer->finished,
		.released = (uint32_t)answer->released,
		.next = *chain,
	};
	*chain = number;
	core->recent_next = number % RECENT_FINISHES;
}

static struct op *
op_of_set(struct set *set, struct span id)
{
	struct op *op = op_find(set->bin->queue, id, core_hash(set->bin->queue->core, id));

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

	while (set->ops != NULL)
		finish_op(set->ops, rest->kind, json);
	core_blob_unref(core, json);
}

/* No lease has that fence: it was finished lately, or is lost. */
static enum err
answer_repeat(struct core *core, uint64_t fence, struct finish_answer *ret, struct refusal *refusal)
{
	const struct recent *recent = recent_find(core, fence);

	if (recent == NULL)
		return refuse(refusal, ERR_LEASE_LOST);
	*ret = (struct finish_answer){recent->finished, recent->released, true};
	return ERR_NONE;
}

/* All that the end of a set touches is fetched at once, instead of one after the other. */
static void
prefetch_end(const struct set *set)
{
	const struct queue *queue = set->bin->queue;

	map_prefetch(&queue->keys, set->by_key.hash);
	__builtin_prefetch(set->place.link.prev);
	__builtin_prefetch(set->place.link.next);
	__builtin_prefetch(set->lease->timer.link.prev);
	__builtin_prefetch(set->lease->timer.link.next);
	if (set->ops != NULL)
		map_prefetch(&queue->ops, set->ops->by_id.hash);
}

CORE_VERB(finish, finish_args, finish_answer)
{
	uint64_t fence;
	uint64_t width;
	struct set *set;

	core_begin(core, now_ns);
	fence = token_fence(core, args->token);
	set = leased_set(core, fence);
	if (set == NULL)
		return answer_repeat(core, fence, ret, refusal);
	prefetch_end(set);
	if (check_outcomes(set, args, refusal) != ERR_NONE)
		return refusal->err;
	width = set->op_count;
	queue_touch(set->bin->queue);
	finish_named(core, set, args);
	if (args->rest.kind != OUTCOME_NONE)
		finish_rest(core, set, &args->rest);
	note_finish(set->bin->queue, set->lease);
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
