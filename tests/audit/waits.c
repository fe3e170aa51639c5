/*
 * Peers and their waits: who came first is served first, nobody sleeps while there is
 * something for him, and the dead get nothing.
 */
#include <config.h>

#include "audit/history.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

static const struct siphash_key seed = {9, 10};

static struct span
conn_key(const struct map_node *node)
{
	return number_span(&container_of(node, struct conn, node)->id);
}

static struct span
wait_key(const struct map_node *node)
{
	return number_span(&container_of(node, struct wait, node)->id);
}

void
waits_init(struct history *h)
{
	map_init(&h->conns, conn_key, &seed);
	map_init(&h->waits, wait_key, &seed);
	heap_init(&h->wait_timers);
}

static struct conn *
conn_find(struct history *h, uint64_t id)
{
	struct map_node *node = past_number_find(&h->conns, id);

	return node == NULL ? NULL : container_of(node, struct conn, node);
}

static struct conn *
conn_make(struct history *h, uint64_t id)
{
	struct conn *conn = xcalloc(1, sizeof(*conn));

	conn->id = id;
	past_number_insert(&h->conns, &conn->node, id);
	return conn;
}

/* It is remembered as long as it waits. */
static void
conn_let_go(struct history *h, struct conn *conn)
{
	if (!conn->gone || conn->waits > 0)
		return;
	map_remove(&h->conns, &conn->node);
	free(conn);
}

void
conn_event(struct history *h, struct span event)
{
	uint64_t id = get_number(h, "conn");
	struct conn *conn = conn_find(h, id);

	if (is_word(event, "open")) {
		if (conn != NULL)
			violation(h, RULE_RECORD, "connection %llu is open already",
				(unsigned long long)id);
		conn = conn_make(h, id);
		h->counts.conns++;
	} else if (conn == NULL) {
		violation(h, RULE_RECORD, "there is no connection %llu", (unsigned long long)id);
	} else if (is_word(event, "eof")) {
		conn->eof = true;
	} else if (is_word(event, "rights")) {
		conn->rights_seq = h->seq;
	} else {
		conn->eof = true;
		if (conn->ended_seq == 0)
			conn->ended_seq = h->seq;
	}
	if (conn != NULL && is_word(event, "gone")) {
		conn->gone = true;
		conn_let_go(h, conn);
	}
}

/* ---- waits -------------------------------------------------------------------------- */

static void
link_place(struct wait *wait, struct wait_place *place)
{
	struct queue *queue = place->queue;

	if (queue != NULL)
		list_append(wait->key == NULL ? &queue->plain_waits : &queue->keyed_waits,
			&place->node);
}

/* Waits of a queue that is not there yet. They are few, and queues are made rarely. */
void
waits_queue_made(struct history *h, struct queue *queue)
{
	list_for_each (node, &h->homeless) {
		struct wait_place *place = container_of(node, struct wait_place, node);

		if (!is_word(span_make(queue->name, queue->len), place->name))
			continue;
		list_remove(&place->node);
		place->queue = queue;
		link_place(place->wait, place);
	}
}

/* Those who wait for it are refused soon; a new queue of that name is none of theirs. */
void
waits_queue_gone(struct queue *queue)
{
	struct list *const lists[] = {&queue->plain_waits, &queue->keyed_waits};

	for (size_t i = 0; i < 2; i++) {
		struct list_node *node;

		while ((node = list_pop(lists[i])) != NULL)
			container_of(node, struct wait_place, node)->queue = NULL;
	}
}

static struct wait *
wait_make(struct history *h, struct conn *conn, size_t count)
{
	struct wait *wait = xcalloc(1, sizeof(*wait) + count * sizeof(wait->places[0]));

	wait->id = get_number(h, "wait");
	wait->seq = h->seq;
	wait->until_ns = get_number(h, "until");
	wait->conn = conn;
	wait->key = text_copy(get_text(h, "key"));
	wait->for_set = is_word(get_text(h, "for"), "set");
	heap_node_init(&wait->timer, TIMER_WAIT);
	if (wait->until_ns != NEVER)
		heap_insert(&h->wait_timers, &wait->timer, wait->until_ns, wait->id);
	past_number_insert(&h->waits, &wait->node, wait->id);
	conn->waits++;
	h->counts.waits++;
	return wait;
}

static size_t
count_queues(struct history *h)
{
	struct member queue;
	struct walk walk;
	size_t count = 0;

	/* They are read again: what is escaped in them must stay so. */
	if (get_array(h, "queues", &walk))
		while (walk_next(&walk, &queue))
			count++;
	return count;
}

void
wait_begun(struct history *h)
{
	struct conn *conn = conn_find(h, get_number(h, "conn"));
	struct wait *wait;
	struct walk walk;
	struct span name;

	if (conn == NULL && !h->immediate) {
		/* What was under way when the peer went comes back: nobody waits, but for that. */
		conn = conn_make(h, get_number(h, "conn"));
		conn->eof = conn->gone = true;
	}
	if (conn == NULL || past_number_find(&h->waits, get_number(h, "wait")) != NULL) {
		violation(h, RULE_RECORD, "a wait of nobody, or twice");
		return;
	}
	wait = wait_make(h, conn, count_queues(h));
	(void)get_array(h, "queues", &walk);
	while (next_text(&walk, &name)) {
		struct wait_place *place = &wait->places[wait->count++];

		place->wait = wait;
		place->name = text_copy(name);
		place->queue = past_queue_find(h, name);
		if (place->queue == NULL)
			list_append(&h->homeless, &place->node);
		else
			link_place(wait, place);
	}
}

static void
wait_free(struct history *h, struct wait *wait)
{
	struct conn *conn = wait->conn;

	for (size_t i = 0; i < wait->count; i++) {
		list_remove(&wait->places[i].node);
		free(wait->places[i].name);
	}
	heap_remove(&h->wait_timers, &wait->timer);
	map_remove(&h->waits, &wait->node);
	free(wait->key);
	free(wait);
	conn->waits--;
	conn_let_go(h, conn);
}

void
waits_fini(struct history *h)
{
	struct map_node *node;

	while ((node = map_first(&h->waits)) != NULL)
		wait_free(h, container_of(node, struct wait, node));
	while ((node = map_first(&h->conns)) != NULL) {
		struct conn *conn = container_of(node, struct conn, node);

		conn->gone = true;
		conn_let_go(h, conn);
	}
	map_fini(&h->waits);
	map_fini(&h->conns);
	heap_fini(&h->wait_timers);
}

/* The one that came first of those that a set of that key would do for. */
static struct wait *
first_wait(struct queue *queue, struct span key)
{
	struct list_node *plain = list_first(&queue->plain_waits);
	struct wait *first =
		plain == NULL ? NULL : container_of(plain, struct wait_place, node)->wait;

	list_for_each (node, &queue->keyed_waits) {
		struct wait *wait = container_of(node, struct wait_place, node)->wait;

		if (first != NULL && first->id < wait->id)
			return first;
		if (is_word(key, wait->key))
			return wait;
	}
	return first;
}

static void
check_served(struct history *h, const struct wait *wait)
{
	struct wait *first;

	if (!h->granted.any || h->granted.conn != wait->conn->id) {
		violation(h, RULE_WAITERS, "it was served, but nothing was granted to it");
		return;
	}
	h->granted.any = false;
	h->counts.served++;
	if (!h->immediate)
		return;
	if (wait->conn->ended_seq > wait->seq && h->granted.ready_since > wait->conn->ended_seq)
		violation(h, RULE_DEAD_PEER,
			"a set was granted to connection %llu, which has ended",
			(unsigned long long)wait->conn->id);
	first = first_wait(h->granted.queue, span_make(h->granted.key, h->granted.key_len));
	if (first != NULL && first->id < wait->id)
		violation(h, RULE_WAITERS, "wait %llu was served before wait %llu",
			(unsigned long long)wait->id, (unsigned long long)first->id);
}

static void
check_over(struct history *h, const struct wait *wait)
{
	if (wait->until_ns != NEVER && wait->until_ns > h->now_ns && !h->draining &&
		!wait->conn->eof && wait->seq > wait->conn->rights_seq)
		violation(h, RULE_EARLY, "wait %llu ended before its time",
			(unsigned long long)wait->id);
}

void
wait_ended(struct history *h)
{
	struct map_node *node = past_number_find(&h->waits, get_number(h, "wait"));
	struct span how = get_text(h, "how");
	struct wait *wait;

	if (node == NULL) {
		violation(h, RULE_RECORD, "a wait ends that has not begun");
		return;
	}
	wait = container_of(node, struct wait, node);
	if (is_word(how, "done") && wait->for_set)
		check_served(h, wait);
	else if (is_word(how, "over"))
		check_over(h, wait);
	else if (is_word(how, "gone") && !wait->conn->gone)
		violation(h, RULE_RECORD, "connection %llu is there",
			(unsigned long long)wait->conn->id);
	wait_free(h, wait);
}

void
granted_directly(struct history *h)
{
	struct conn *conn = conn_find(h, h->granted.conn);
	struct wait *first;

	h->granted.any = false;
	if (!h->immediate)
		return;
	if (conn == NULL || conn->gone)
		violation(h, RULE_DEAD_PEER, "a set was granted to connection %llu, which is gone",
			(unsigned long long)h->granted.conn);
	first = first_wait(h->granted.queue, span_make(h->granted.key, h->granted.key_len));
	if (first != NULL)
		violation(h, RULE_WAITERS, "wait %llu came before, and was passed over",
			(unsigned long long)first->id);
}

/* ---- the end of a turn ---------------------------------------------------------------- */

static bool
is_free(const struct queue *queue, const struct key *key)
{
	return !queue->options.exclusive || key->leased == 0;
}

static void
check_asleep(struct history *h, struct queue *queue)
{
	struct list_node *plain = list_first(&queue->plain_waits);
	struct set *set = past_set_first_ready(queue);
	bool exhausted = queue->pending + queue->held + queue->leased == 0;

	if (queue->closed && exhausted && (plain != NULL || !list_is_empty(&queue->keyed_waits)))
		violation(h, RULE_ASLEEP, "somebody waits at queue %.*s, which is closed and empty",
			(int)queue->len, queue->name);
	if (queue->paused || set == NULL)
		return;
	if (plain != NULL && is_free(queue, set->key))
		violation(h, RULE_ASLEEP, "wait %llu sleeps, but key %.*s of queue %.*s is ready",
			(unsigned long long)container_of(plain, struct wait_place, node)->wait->id,
			(int)set->key->len, set->key->name, (int)queue->len, queue->name);
	list_for_each (node, &queue->keyed_waits) {
		const struct wait *wait = container_of(node, struct wait_place, node)->wait;
		const struct key *key = past_key_find(queue, span_str(wait->key));

		if (key != NULL && key->pending != NULL && key->pending->place != WAITING &&
			is_free(queue, key))
			violation(h, RULE_ASLEEP, "wait %llu sleeps, but its key is ready",
				(unsigned long long)wait->id);
	}
}

/* Connections that are gone leave with their last wait; they are looked at here. */
void
turn_ended(struct history *h)
{
	bool settled = !get_flag(h, "more") && get_number(h, "calls") == 0;
	const struct heap_node *next = heap_min(&h->wait_timers);
	struct list_node *node;

	h->counts.turns++;
	if (!settled)
		return;
	while ((node = list_pop(&h->touched)) != NULL)
		check_asleep(h, container_of(node, struct queue, touched));
	if (next != NULL && next->key <= h->now_ns && !h->draining)
		violation(
			h, RULE_LATE, "wait %llu should have ended", (unsigned long long)next->tie);
}

void
ticked(struct history *h)
{
	const struct heap_node *next = heap_min(&h->timers);

	h->counts.ticks++;
	if (get_flag(h, "more"))
		return;
	if (next != NULL && next->key <= h->now_ns)
		violation(h, RULE_LATE, "a timer of kind %u was due at %llu", (unsigned)next->kind,
			(unsigned long long)next->key);
	if (h->doomed_ops > 0 || h->ending_sets > 0 || h->orphans > 0)
		violation(h, RULE_LOSS, "%llu ops, %llu sets, %llu leases are left to end",
			(unsigned long long)h->doomed_ops, (unsigned long long)h->ending_sets,
			(unsigned long long)h->orphans);
}
