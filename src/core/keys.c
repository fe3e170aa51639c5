/*
 * Keys: all sets of one key form a ring, and the queue's map knows the first of it. A set
 * that is alone, as most are, stays where it is while it is taken and comes back.
 *
 * The ring begins with the pending set and the held one. Then come the dead ones and the
 * leased ones, each oldest first; the oldest of the dead knows the newest. So a look at the
 * first three and at the last tells where everything is.
 *
 * Pending and held sets that were thrown away leave the ring at the latest when somebody
 * looks: from then on only the reaper knows them. Dead ones stay until it comes to them.
 */
#include <config.h>

#include "core/parts.h"

static struct set *
twin_of(struct list_node *node)
{
	return container_of(node, struct set, twins);
}

int
key_rank(const struct set *set)
{
	switch ((enum set_state)set->state) {
	case SET_WAITING:
	case SET_READY:
		return 0;
	case SET_HELD:
		return 1;
	case SET_DEAD:
		return 2;
	case SET_LEASED:
		return 3;
	}
	UNREACHABLE();
}

static bool
is_pending(const struct set *set)
{
	return set->state == SET_WAITING || set->state == SET_READY;
}

static bool
is_out_of_sight(const struct set *set)
{
	return set_is_doomed(set) && (is_pending(set) || set->state == SET_HELD);
}

static struct set *
find_first(const struct queue *queue, struct span key, uint32_t hash)
{
	struct map_node *node = map_find(&queue->keys, key, hash);

	return node == NULL ? NULL : container_of(node, struct set, by_key);
}

/* The first of a ring that is neither pending nor held; the first of all where all are. */
static struct set *
first_aside(struct set *first)
{
	struct set *set = first;

	if (is_pending(set))
		set = twin_of(set->twins.next);
	if (set->state == SET_HELD)
		set = twin_of(set->twins.next);
	return set;
}

/* A dead set is about to leave its ring of several. */
static void
dead_unlink(const struct queue *queue, struct set *set)
{
	struct set *first = find_first(queue, set_key(set), set->by_key.hash);
	struct set *oldest;

	CHECK(first != NULL);
	oldest = first_aside(first);
	if (oldest->newest_dead == set)
		oldest->newest_dead = twin_of(set->twins.prev);
	else if (oldest == set)
		twin_of(set->twins.next)->newest_dead = set->newest_dead;
}

void
key_unlink(struct queue *queue, struct set *set)
{
	struct set *next = twin_of(set->twins.next);

	if (set_is_alone(set))
		map_remove(&queue->keys, &set->by_key);
	else if (set->key_place != KEY_UNKNOWN && set->state == SET_DEAD)
		dead_unlink(queue, set);
	if (set->key_place == KEY_FIRST && next != set) {
		map_replace(&queue->keys, &set->by_key, &next->by_key);
		next->key_place = KEY_FIRST;
	}
	if (set->state == SET_DEAD)
		set->newest_dead = NULL;
	list_remove(&set->twins);
	set->key_place = KEY_UNKNOWN;
}

struct kin
key_find(struct queue *queue, struct span key, uint32_t hash)
{
	struct kin kin = {0};
	struct set *first, *second;

	while ((first = find_first(queue, key, hash)) != NULL && is_out_of_sight(first))
		key_unlink(queue, first);
	if (first == NULL)
		return kin;
	second = twin_of(first->twins.next);
	if (is_pending(first) && is_out_of_sight(second)) {
		key_unlink(queue, second);
		second = twin_of(first->twins.next);
	}
	kin.first = first;
	kin.pending = is_pending(first) ? first : NULL;
	kin.held = first->state == SET_HELD ? first : second->state == SET_HELD ? second : NULL;
	kin.is_leased = twin_of(first->twins.prev)->state == SET_LEASED;
	return kin;
}

/* Puts a set before another of the ring of its kin. */
static void
ring_insert(struct queue *queue, struct set *set, const struct kin *kin, struct set *before)
{
	/* What is put before the first is the last of the ring, unless it ranks before it. */
	bool is_first = before == kin->first && key_rank(set) < key_rank(before);

	list_insert_before(&before->twins, &set->twins);
	set->key_place = is_first ? KEY_FIRST : KEY_TWIN;
	if (!is_first)
		return;
	map_replace(&queue->keys, &before->by_key, &set->by_key);
	before->key_place = KEY_TWIN;
}

void
key_link(struct queue *queue, struct set *set, const struct kin *kin)
{
	struct set *before = kin->first;

	CHECK(kin->pending == NULL || !is_pending(set));
	CHECK(kin->held == NULL || set->state != SET_HELD);
	if (set->state == SET_DEAD)
		set->newest_dead = set;
	if (before == NULL) {
		map_insert(&queue->keys, &set->by_key, set->by_key.hash);
		set->key_place = KEY_FIRST;
		return;
	}
	if (set->state == SET_HELD && kin->pending != NULL)
		before = twin_of(before->twins.next);
	if (set->state == SET_DEAD) {
		struct set *oldest = first_aside(before);

		before = oldest;
		if (oldest->state == SET_DEAD) {
			before = twin_of(oldest->newest_dead->twins.next);
			oldest->newest_dead = set;
			set->newest_dead = NULL;
		}
	}
	ring_insert(queue, set, kin, before);
}

void
key_hold(struct queue *queue, struct set *set)
{
	struct kin kin = set_kin(queue, set);

	CHECK(kin.is_leased);
	if (kin.held != NULL) {
		set_leave(kin.held);
		set = set_join(queue->core, kin.held, set);
	}
	set_enter(set, queue->bins[BIN_HELD], SET_HELD);
}

struct set *
key_oldest(const struct kin *kin, enum set_state state)
{
	struct set *set = kin->first == NULL ? NULL : first_aside(kin->first);

	if (set != NULL && set->state == SET_DEAD && state == SET_LEASED)
		set = twin_of(set->newest_dead->twins.next);
	return set != NULL && set->state == (uint8_t)state ? set : NULL;
}
