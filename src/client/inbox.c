/* The requests without a reply and the replies not taken; both hang in the handle. */
#include <config.h>

#include "client/inbox.h"

#include <stdlib.h>
#include <string.h>

#include "client/handle.h"
#include "client/reply.h"

/* A request without a reply. */
struct pending {
	uint64_t id;
	size_t len; /* of its line */
	bool forgotten;
};

void
inflight_inbox_clear(struct inflight *client)
{
	client->pending_count = 0;
	client->gone_id = client->last_id;
	while (client->arrived != NULL) {
		struct inflight_reply *reply = client->arrived;

		client->arrived = reply->next;
		inflight_reply_free(reply);
	}
	client->arrived_end = &client->arrived;
	client->strays = 0;
}

void
inflight_inbox_fini(struct inflight *client)
{
	inflight_inbox_clear(client);
	free(client->pending);
	client->pending = NULL;
}

size_t
inflight_outstanding(const struct inflight *client)
{
	return client->pending_count - (client->auth_id != 0 ? 1 : 0);
}

/* The place of a pending request, or -1. */
static ptrdiff_t
find_pending(const struct inflight *client, uint64_t id)
{
	size_t low = 0;
	size_t high = client->pending_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (client->pending[middle].id < id)
			low = middle + 1;
		else
			high = middle;
	}
	return low < client->pending_count && client->pending[low].id == id ? (ptrdiff_t)low : -1;
}

static void
remove_pending(struct inflight *client, size_t place)
{
	struct pending *at = client->pending + place;

	client->pending_count--;
	memmove(at, at + 1, (client->pending_count - place) * sizeof *at);
}

bool
inflight_inbox_reserve(struct inflight *client)
{
	size_t capacity = client->pending_capacity == 0 ? 16 : client->pending_capacity * 2;
	struct pending *pending;

	if (client->pending_count < client->pending_capacity)
		return true;
	pending = realloc(client->pending, capacity * sizeof *pending);
	if (pending == NULL)
		return false;
	client->pending = pending;
	client->pending_capacity = capacity;
	return true;
}

void
inflight_inbox_expect(struct inflight *client, uint64_t id, size_t len)
{
	client->pending[client->pending_count++] = (struct pending){.id = id, .len = len};
}

bool
inflight_inbox_expects(const struct inflight *client, uint64_t id)
{
	return find_pending(client, id) >= 0;
}

/* Takes `*at` out of the list of replies. */
static struct inflight_reply *
unlink_reply(struct inflight *client, struct inflight_reply **at)
{
	struct inflight_reply *reply = *at;

	*at = reply->next;
	if (*at == NULL)
		client->arrived_end = at;
	reply->next = NULL;
	return reply;
}

/*
 * Which request an error without an id is about: too long a line was the longest one; anything
 * else (the daemon has too many connections, say) is told to who waits longest.
 */
static size_t
guess_pending(const struct inflight *client, const struct inflight_reply *reply)
{
	size_t place = 0;

	if (strcmp(inflight_reply_name(reply), "line_too_long") != 0)
		return 0;
	for (size_t i = 1; i < client->pending_count; i++) {
		if (client->pending[i].len > client->pending[place].len)
			place = i;
	}
	return place;
}

/* Finds the requests of errors without an id, as far as there are requests. */
static void
address_strays(struct inflight *client)
{
	struct inflight_reply **at = &client->arrived;

	while (*at != NULL && client->pending_count > 0) {
		struct inflight_reply *reply = *at;
		bool forgotten = false;

		if (reply->id == 0) {
			size_t place = guess_pending(client, reply);

			reply->id = client->pending[place].id;
			forgotten = client->pending[place].forgotten;
			remove_pending(client, place);
			client->strays--;
		}
		if (forgotten)
			inflight_reply_free(unlink_reply(client, at));
		else
			at = &reply->next;
	}
}

enum inflight_status
inflight_inbox_add(struct inflight *client, struct inflight_reply *reply)
{
	if (reply->id == 0) {
		reply->is_stray = true;
		client->strays++;
	} else {
		ptrdiff_t place = find_pending(client, reply->id);
		bool wanted = place >= 0 && !client->pending[place].forgotten;

		if (place >= 0)
			remove_pending(client, (size_t)place);
		if (!wanted) {
			inflight_reply_free(reply);
			return place < 0 ? INFLIGHT_GARBLED : INFLIGHT_OK;
		}
	}
	*client->arrived_end = reply;
	client->arrived_end = &reply->next;
	return INFLIGHT_OK;
}

struct inflight_reply *
inflight_inbox_take(struct inflight *client, uint64_t id)
{
	if (client->strays > 0)
		address_strays(client);
	for (struct inflight_reply **at = &client->arrived; *at != NULL; at = &(*at)->next) {
		if (id != 0 && (*at)->id != id)
			continue;
		if ((*at)->id == 0)
			client->strays--;
		return unlink_reply(client, at);
	}
	return NULL;
}

void
inflight_forget(struct inflight *client, uint64_t id)
{
	ptrdiff_t place = find_pending(client, id);

	if (place >= 0)
		client->pending[place].forgotten = true;
	else if (id != 0)
		inflight_reply_free(inflight_inbox_take(client, id));
}
