/*
 * The events belong to the connection that they are part of, and are gone from the
 * loop before it is freed.
 */
#include <config.h>

#include "base/check.h"
#include "server/interest.h"

bool
interest_watch(struct connection *conn)
{
	conn->is_watched = peer_watch_add(&conn->owner->watch, conn->fd, conn);
	return conn->is_watched;
}

void
interest_unwatch(struct connection *conn)
{
	if (conn->is_watched)
		peer_watch_remove(&conn->owner->watch, conn->fd);
	conn->is_watched = false;
}

void
interest_stop_reading(struct connection *conn)
{
	list_remove(&conn->input_node);
	/* The loop does not sleep any more then, until the descriptor is closed. */
	if (event_del(&conn->read_event) < 0)
		conn->is_unmuted = true;
	conn->is_suspended = true;
}

bool
interest_read(struct connection *conn)
{
	interest_unwatch(conn);
	if (event_add(&conn->read_event, NULL) < 0)
		return false;
	conn->is_suspended = false;
	return true;
}

void
interest_stop_writing(struct connection *conn)
{
	event_del(&conn->write_event);
	conn->is_blocked = false;
	conn->owner->blocked_count--;
}

bool
interest_write(struct connection *conn)
{
	if (event_add(&conn->write_event, NULL) < 0)
		return false;
	conn->is_blocked = true;
	conn->owner->blocked_count++;
	return true;
}

static void
on_readable(evutil_socket_t fd, short what, void *arg)
{
	struct connection *conn = arg;
	struct connections *owner = conn->owner;
	bool is_greeting = conn->state == CONNECTION_GREETING;

	(void)fd;
	/* One report of the end is enough: thousands of them, again in each turn, cost the others.
	 */
	if (what & EV_CLOSED) {
		interest_stop_reading(conn);
		list_append(is_greeting ? &owner->greetable : &owner->ending, &conn->input_node);
	} else if (!list_is_linked(&conn->input_node)) {
		list_append(is_greeting ? &owner->greetable : &owner->readable, &conn->input_node);
	}
}

static void
on_writable(evutil_socket_t fd, short what, void *arg)
{
	struct connection *conn = arg;

	(void)fd;
	(void)what;
	conn->is_blocked = false;
	conn->is_stuck = false;
	conn->owner->blocked_count--;
	if (conn->state == CONNECTION_GREETING)
		list_append(&conn->owner->greetable, &conn->input_node);
	else
		list_append(&conn->owner->writable, &conn->output_node);
}

void
interest_init(struct connection *conn)
{
	struct event_base *base = conn->owner->loop->base;

	conn->is_suspended = true;
	CHECK(event_assign(&conn->read_event, base, conn->fd, EV_READ | EV_CLOSED | EV_PERSIST,
		      on_readable, conn) == 0);
	CHECK(event_assign(&conn->write_event, base, conn->fd, EV_WRITE, on_writable, conn) == 0);
}
