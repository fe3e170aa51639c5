/*
 * Which requests have no reply yet, and the replies that nobody took yet. An entry
 * lives from the request until its reply came; a reply from its line until it is
 * taken or the connection is made anew.
 */
#ifndef INFLIGHT_CLIENT_INBOX_H
#define INFLIGHT_CLIENT_INBOX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "inflight.h"

/* Forgets all requests and replies. */
void inflight_inbox_clear(struct inflight *client);
void inflight_inbox_fini(struct inflight *client);

/* Makes room for one more request, so that inflight_inbox_expect() cannot fail. */
bool inflight_inbox_reserve(struct inflight *client);

/* A request went out whose line has `len` bytes; ids grow. */
void inflight_inbox_expect(struct inflight *client, uint64_t id, size_t len);

/* Whether the reply of this request has not come. */
bool inflight_inbox_expects(const struct inflight *client, uint64_t id);

/* Takes a reply that came. INFLIGHT_GARBLED where nobody asked for it. */
enum inflight_status inflight_inbox_add(struct inflight *client, struct inflight_reply *reply);

/* Unlinks the reply with this id, or the first with id 0; NULL where it has not come. */
struct inflight_reply *inflight_inbox_take(struct inflight *client, uint64_t id);

#endif
