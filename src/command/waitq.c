/*
 * Waitqs: who waits where, and what is marked.
 *
 * When a take finds nothing, the marks that are as old as the take or older are
 * removed: a hint that came meanwhile keeps its mark, and nothing is missed. A
 * take of any key that finds nothing says so for every key.
 *
 * A bucket lives while it has links or a take for it is under way.
 */
#include <config.h>

#include <stdlib.h>

#include "base/alloc.h"
#include "base/check.h"
#include "command/service_state.h"
#include "command/waitq_state.h"

static struct span
waitq_key(const struct map_node *node)
{
	return waitq_name(container_of(node, struct waitq, node));
}

static struct span
bucket_key(const struct map_node *node)
{
	const struct bucket *bucket = container_of(node, struct bucket, node);

	return span_make(bucket->key, bucket->key_len);
}

/* ---- the waitqs -------------------------------------------------------- */

void
waitqs_init(struct waitqs *waitqs, struct service *service)
{
	waitqs->service = service;
	map_init(&waitqs->by_name, waitq_key, &service->seed);
	list_init(&waitqs->marked);
	list_init(&waitqs->gone);
	list_init(&waitqs->overdue);
	waitqs->heard = 0;
	waitqs_renew(waitqs);
}

void
waitqs_fini(struct waitqs *waitqs)
{
	CHECK(waitqs->by_name.count == 0 && list_is_empty(&waitqs->gone));
	map_fini(&waitqs->by_name);
}

struct waitq *
waitq_find(const struct waitqs *waitqs, struct span name)
{
	struct map_node *node;

	if (waitqs->by_name.count == 0)
		return NULL;
	node = map_find(&waitqs->by_name, name, map_hash(&waitqs->by_name, name));
	return node == NULL ? NULL : container_of(node, struct waitq, node);
}

struct waitq *
waitq_get(struct waitqs *waitqs, struct span name)
{
	struct waitq *waitq = waitq_find(waitqs, name);

	if (waitq != NULL)
		return waitq;
	waitq = xcalloc(1, sizeof(*waitq) + name.len);
	memcpy(waitq->name, name.ptr, name.len);
	waitq->name_len = name.len;
	waitq->waitqs = waitqs;
	list_node_init(&waitq->in_work);
	list_init(&waitq->plain);
	map_init(&waitq->buckets, bucket_key, &waitqs->service->seed);
	heap_init(&waitq->marked_by_arrival);
	list_init(&waitq->marked_by_hint);
	map_insert(&waitqs->by_name, &waitq->node, map_hash(&waitqs->by_name, name));
	return waitq;
}

void
waitq_free(struct waitq *waitq)
{
	CHECK(waitq->buckets.count == 0 && list_is_empty(&waitq->plain));
	if (!waitq->gone)
		map_remove(&waitq->waitqs->by_name, &waitq->node);
	list_remove(&waitq->in_work);
	map_fini(&waitq->buckets);
	heap_fini(&waitq->marked_by_arrival);
	free(waitq);
}

/* ---- buckets and marks ------------------------------------------------- */

static struct bucket *
bucket_find(const struct waitq *waitq, struct span key)
{
	struct map_node *node = map_find(&waitq->buckets, key, map_hash(&waitq->buckets, key));

	return node == NULL ? NULL : container_of(node, struct bucket, node);
}

static struct bucket *
bucket_get(struct waitq *waitq, struct span key)
{
	struct bucket *bucket = bucket_find(waitq, key);

	if (bucket != NULL)
		return bucket;
	bucket = xmalloc(sizeof(*bucket) + key.len);
	memcpy(bucket->key, key.ptr, key.len);
	bucket->key_len = key.len;
	bucket->waitq = waitq;
	bucket->mark = 0;
	list_init(&bucket->links);
	heap_node_init(&bucket->by_arrival, 0);
	list_node_init(&bucket->by_hint);
	map_insert(&waitq->buckets, &bucket->node, map_hash(&waitq->buckets, key));
	return bucket;
}

static void
unmark_bucket(struct bucket *bucket)
{
	bucket->mark = 0;
	heap_remove(&bucket->waitq->marked_by_arrival, &bucket->by_arrival);
	list_remove(&bucket->by_hint);
}

/* Marks the bucket, or puts it at its new place in the order of arrival. */
static void
mark_bucket(struct bucket *bucket, uint64_t mark)
{
	struct wait_link *first = first_link(&bucket->links);

	unmark_bucket(bucket);
	if (first == NULL)
		return;
	bucket->mark = mark;
	list_append(&bucket->waitq->marked_by_hint, &bucket->by_hint);
	heap_insert(&bucket->waitq->marked_by_arrival, &bucket->by_arrival,
		waiter_arrival(first->waiter), 0);
}

/* The first link of a marked bucket is another one now. */
static void
reorder_bucket(struct bucket *bucket)
{
	struct heap *heap = &bucket->waitq->marked_by_arrival;
	struct wait_link *first = first_link(&bucket->links);

	CHECK(first != NULL);
	heap_remove(heap, &bucket->by_arrival);
	heap_insert(heap, &bucket->by_arrival, waiter_arrival(first->waiter), 0);
}

static void
bucket_free_if_unused(struct bucket *bucket)
{
	if (!list_is_empty(&bucket->links) || bucket->waitq->asked_bucket == bucket)
		return;
	unmark_bucket(bucket);
	map_remove(&bucket->waitq->buckets, &bucket->node);
	free(bucket);
}

void
waitq_mark(struct wait_link *link)
{
	struct waitq *waitq = link->waitq;

	waitq->hints++;
	if (link->bucket != NULL)
		mark_bucket(link->bucket, waitq->hints);
	else
		waitq->plain_mark = waitq->hints;
}

bool
waitq_is_marked(const struct wait_link *link)
{
	return (link->bucket != NULL ? link->bucket->mark : link->waitq->plain_mark) != 0;
}

/* Every list: a hint that names no key. Costs a step for each key that is waited for. */
static void
mark_all(struct waitq *waitq)
{
	struct map_node *node;

	if (!list_is_empty(&waitq->plain))
		waitq->plain_mark = waitq->hints;
	if (waitq->buckets.count == 0)
		return;
	for (node = map_first(&waitq->buckets); node != NULL;
		node = map_next(&waitq->buckets, node))
		mark_bucket(container_of(node, struct bucket, node), waitq->hints);
}

/* ---- links ------------------------------------------------------------- */

void
waitq_link(struct waitq *waitq, struct wait_link *link, struct waiter *waiter, struct span key)
{
	link->waiter = waiter;
	link->waitq = waitq;
	link->bucket = key.ptr == NULL ? NULL : bucket_get(waitq, key);
	link->tried = false;
	list_node_init(&link->node);
	list_append(link->bucket == NULL ? &waitq->plain : &link->bucket->links, &link->node);
	waitq->links++;
}

void
waitq_unlink(struct wait_link *link)
{
	struct waitq *waitq = link->waitq;
	struct bucket *bucket = link->bucket;
	bool first;

	if (waitq->asking == link)
		waitq->asking = NULL;
	waitq->links--;
	if (bucket == NULL) {
		list_remove(&link->node);
		if (list_is_empty(&waitq->plain))
			waitq->plain_mark = 0;
		return;
	}
	first = first_link(&bucket->links) == link;
	list_remove(&link->node);
	if (list_is_empty(&bucket->links)) {
		unmark_bucket(bucket);
		bucket_free_if_unused(bucket);
	} else if (first && bucket->mark != 0) {
		reorder_bucket(bucket);
	}
}

/* The first whose waiter no take is under way for. */
static struct wait_link *
idle_link(const struct list *links)
{
	list_for_each (node, links) {
		struct wait_link *link = container_of(node, struct wait_link, node);

		if (!link->waiter->asking)
			return link;
	}
	return NULL;
}

struct wait_link *
waitq_idle_link(const struct waitq *waitq)
{
	struct wait_link *link = idle_link(&waitq->plain);
	struct map_node *node = NULL;

	if (link == NULL && waitq->buckets.count > 0)
		node = map_first(&waitq->buckets);
	while (node != NULL && link == NULL) {
		link = idle_link(&container_of(node, struct bucket, node)->links);
		node = map_next(&waitq->buckets, node);
	}
	return link;
}

struct wait_link *
waitq_next(const struct waitq *waitq)
{
	struct wait_link *plain = waitq->plain_mark == 0 ? NULL : first_link(&waitq->plain);
	struct heap_node *node = heap_min(&waitq->marked_by_arrival);
	struct wait_link *keyed;

	if (node == NULL)
		return plain;
	keyed = first_link(&container_of(node, struct bucket, by_arrival)->links);
	if (plain == NULL || node->key < waiter_arrival(plain->waiter))
		return keyed;
	return plain;
}

/* ---- takes ------------------------------------------------------------- */

void
waitq_begin_take(struct waitq *waitq, struct wait_link *link)
{
	CHECK(!waitq->busy);
	waitq->busy = true;
	waitq->asking = link;
	waitq->asked_bucket = link->bucket;
	waitq->asked_hint = waitq->hints;
}

void
waitq_answer_marks(struct waitq *waitq)
{
	struct bucket *bucket = waitq->asked_bucket;
	struct list_node *node;

	if (bucket != NULL) {
		if (bucket->mark <= waitq->asked_hint)
			unmark_bucket(bucket);
		return;
	}
	if (waitq->plain_mark <= waitq->asked_hint)
		waitq->plain_mark = 0;
	while ((node = list_first(&waitq->marked_by_hint)) != NULL) {
		bucket = container_of(node, struct bucket, by_hint);
		if (bucket->mark > waitq->asked_hint)
			return;
		unmark_bucket(bucket);
	}
}

void
waitq_end_take(struct waitq *waitq)
{
	struct bucket *bucket = waitq->asked_bucket;

	waitq->busy = false;
	waitq->asking = NULL;
	waitq->asked_bucket = NULL;
	if (bucket != NULL)
		bucket_free_if_unused(bucket);
}

/* ---- hints ------------------------------------------------------------- */

void
waitqs_ready(struct waitqs *waitqs, struct span queue, struct span key)
{
	struct waitq *waitq = waitq_find(waitqs, queue);
	struct bucket *bucket;

	waitqs->heard++;
	if (waitq == NULL)
		return;
	waitq->hints++;
	if (key.ptr == NULL) {
		mark_all(waitq);
	} else {
		if (!list_is_empty(&waitq->plain))
			waitq->plain_mark = waitq->hints;
		bucket = waitq->buckets.count == 0 ? NULL : bucket_find(waitq, key);
		if (bucket != NULL)
			mark_bucket(bucket, waitq->hints);
	}
	waitq_settle(waitq);
}

void
waitqs_gone(struct waitqs *waitqs, struct span queue)
{
	struct waitq *waitq = waitq_find(waitqs, queue);

	if (waitq == NULL)
		return;
	map_remove(&waitqs->by_name, &waitq->node);
	waitq->gone = true;
	list_remove(&waitq->in_work);
	list_append(&waitqs->gone, &waitq->in_work);
}

uint64_t
waitqs_count(const struct waitqs *waitqs, struct span queue)
{
	const struct waitq *waitq = waitq_find(waitqs, queue);

	return waitq == NULL ? 0 : waitq->links;
}
