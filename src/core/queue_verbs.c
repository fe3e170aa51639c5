/*
 * The verbs on a queue as a whole: its options, its gates, its end.
 */
#include <config.h>

#include "core/parts.h"

/* One row for each option: where it stands, which bit says that it was given. */
struct option_place {
	const char *name;
	enum queue_option_bit bit;
	size_t offset;
};

static const struct option_place option_places[] = {
	{"depth", QUEUE_DEPTH, offsetof(struct queue_options, depth)},
	{"width", QUEUE_WIDTH, offsetof(struct queue_options, width)},
	{"window_ms", QUEUE_WINDOW, offsetof(struct queue_options, window_ms)},
	{"quiet_ms", QUEUE_QUIET, offsetof(struct queue_options, quiet_ms)},
	{"lease_ms", QUEUE_LEASE, offsetof(struct queue_options, lease_ms)},
	{"max_attempts", QUEUE_ATTEMPTS, offsetof(struct queue_options, max_attempts)},
};
#define OPTION_PLACES (sizeof(option_places) / sizeof(option_places[0]))

static uint64_t *
option_at(struct queue_options *options, const struct option_place *place)
{
	return (uint64_t *)(void *)((char *)options + place->offset);
}

static void
options_merge(struct queue_options *into, const struct queue_configure_args *args)
{
	struct queue_options given = args->options;

	for (size_t i = 0; i < OPTION_PLACES; i++)
		if (args->given & option_places[i].bit)
			*option_at(into, &option_places[i]) = *option_at(&given, &option_places[i]);
	if (args->given & QUEUE_EXCLUSIVE)
		into->exclusive = given.exclusive;
}

/* The name of a given option that differs, NULL where all agree. */
static const char *
options_differ(struct queue_options now, const struct queue_configure_args *args)
{
	struct queue_options given = args->options;

	for (size_t i = 0; i < OPTION_PLACES; i++)
		if ((args->given & option_places[i].bit) &&
			*option_at(&now, &option_places[i]) !=
				*option_at(&given, &option_places[i]))
			return option_places[i].name;
	if ((args->given & QUEUE_EXCLUSIVE) && now.exclusive != given.exclusive)
		return "exclusive";
	return NULL;
}

CORE_VERB(queue_create, queue_configure_args, queue_configure_answer)
{
	struct queue *queue;
	struct queue_options options = core->config.queue_defaults;
	const char *differs;

	core_begin(core, now_ns);
	queue = queue_find(core, args->queue);
	if (queue == NULL) {
		if (!queue_may_be_made(core, args->queue.len, refusal))
			return refusal->err;
		options_merge(&options, args);
		queue_new(core, args->queue, &options);
		*ret = (struct queue_configure_answer){.created = true, .options = options};
		return ERR_NONE;
	}
	differs = options_differ(queue->options, args);
	if (differs != NULL) {
		refuse(refusal, ERR_QUEUE_EXISTS);
		refusal->culprit = span_str(differs);
		return ERR_QUEUE_EXISTS;
	}
	/* Asked for by name, it is no longer one that came by itself and goes by itself. */
	queue->by_first_use = false;
	heap_remove(&core->timers, &queue->idle_timer);
	*ret = (struct queue_configure_answer){.created = false, .options = queue->options};
	return ERR_NONE;
}

CORE_VERB(queue_update, queue_configure_args, queue_configure_answer)
{
	struct queue *queue;

	queue = queue_begin(core, now_ns, args->queue, refusal);
	if (queue == NULL)
		return refusal->err;
	options_merge(&queue->options, args);
	*ret = (struct queue_configure_answer){.created = false, .options = queue->options};
	return ERR_NONE;
}

CORE_VERB(queue_close, queue_args, no_answer)
{
	struct queue *queue;

	(void)ret;
	queue = queue_begin(core, now_ns, args->queue, refusal);
	if (queue == NULL)
		return refusal->err;
	if (queue->closed)
		return ERR_NONE;
	queue->closed = true;
	bin_end_windows(queue->bins[BIN_PENDING]);
	queue_note_exhausted(queue);
	return ERR_NONE;
}

CORE_VERB(queue_open, queue_args, no_answer)
{
	struct queue *queue;

	(void)ret;
	queue = queue_begin(core, now_ns, args->queue, refusal);
	if (queue == NULL)
		return refusal->err;
	queue->closed = false;
	return ERR_NONE;
}

CORE_VERB(queue_delete, queue_delete_args, no_answer)
{
	struct queue *queue;
	struct core_hooks *hooks = &core->hooks;

	(void)ret;
	core_begin(core, now_ns);
	queue = queue_need(core, args->queue, refusal);
	if (queue == NULL)
		return refusal->err;
	if (!args->force && !queue_is_empty(queue))
		return refuse(refusal, ERR_QUEUE_BUSY);
	for (int kind = 0; kind < BIN_KINDS; kind++)
		QUEUE_COUNT(queue, deleted, queue->bins[kind]->op_count);
	if (hooks->queue_gone != NULL)
		hooks->queue_gone(hooks->arg, queue_name(queue));
	queue_dispose(queue, OUTCOME_DELETED);
	return ERR_NONE;
}

CORE_VERB(queue_pause, queue_args, no_answer)
{
	struct queue *queue;

	(void)ret;
	queue = queue_begin(core, now_ns, args->queue, refusal);
	if (queue == NULL)
		return refusal->err;
	queue->paused = true;
	return ERR_NONE;
}

CORE_VERB(queue_resume, queue_args, no_answer)
{
	struct queue *queue;
	struct core_hooks *hooks = &core->hooks;

	(void)ret;
	queue = queue_begin(core, now_ns, args->queue, refusal);
	if (queue == NULL)
		return refusal->err;
	queue->paused = false;
	if (hooks->queue_ready != NULL)
		hooks->queue_ready(hooks->arg, queue_name(queue), span_make(NULL, 0));
	return ERR_NONE;
}

/* Replaces one bin by an empty one; what was in it is ended by the reaper. */
static void
queue_purge_bin(struct queue *queue, enum bin_kind kind, struct counted_answer *ret)
{
	struct bin *bin = queue->bins[kind];

	if (bin->set_count == 0)
		return;
	ret->sets += bin->set_count;
	ret->ops += bin->op_count;
	QUEUE_COUNT(queue, purged, bin->op_count);
	queue->bins[kind] = bin_new(queue, kind);
	bin_doom(bin, OUTCOME_PURGED);
}

CORE_VERB(queue_purge, queue_purge_args, counted_answer)
{
	struct queue *queue;

	queue = queue_begin(core, now_ns, args->queue, refusal);
	if (queue == NULL)
		return refusal->err;
	*ret = (struct counted_answer){0};
	if (args->scope == PURGE_PENDING || args->scope == PURGE_ALL)
		queue_purge_bin(queue, BIN_PENDING, ret);
	if (args->scope == PURGE_HELD || args->scope == PURGE_ALL)
		queue_purge_bin(queue, BIN_HELD, ret);
	if (args->scope == PURGE_DEAD || args->scope == PURGE_ALL)
		queue_purge_bin(queue, BIN_DEAD, ret);
	queue_note_exhausted(queue);
	return ERR_NONE;
}

CORE_VERB(queue_kick, queue_kick_args, counted_answer)
{
	struct queue *queue;
	uint64_t sets = 0;

	queue = queue_begin(core, now_ns, args->queue, refusal);
	if (queue == NULL)
		return refusal->err;
	while (sets < args->count && queue->bins[BIN_DEAD]->set_count > 0) {
		struct list_node *oldest = list_first(&queue->bins[BIN_DEAD]->sets);

		set_revive(container_of(oldest, struct set, place.link));
		sets++;
	}
	*ret = (struct counted_answer){.sets = sets};
	return ERR_NONE;
}
