/*
 * Owns the event of the guest's descriptor, not the descriptor.
 */
#include <config.h>

#include "server/hosting.h"

#include <event2/event.h>

#include "base/check.h"
#include "base/clock.h"
#include "server/guest.h"
#include "server/loop.h"

static void
on_ready(evutil_socket_t fd, short what, void *arg)
{
	struct hosting *hosting = arg;

	(void)fd;
	(void)what;
	hosting->is_ready = true;
}

bool
hosting_begin(struct hosting *hosting, struct loop *loop, const struct guest *guest)
{
	struct event *event =
		event_new(loop->base, guest->fd, EV_READ | EV_PERSIST, on_ready, hosting);

	CHECK(hosting->guest == NULL);
	if (event == NULL)
		return false;
	if (event_add(event, NULL) < 0) {
		event_free(event);
		return false;
	}
	*hosting = (struct hosting){.guest = guest, .event = event};
	return true;
}

void
hosting_end(struct hosting *hosting)
{
	if (hosting->event != NULL)
		event_free(hosting->event);
	*hosting = (struct hosting){.guest = NULL};
}

bool
hosting_turn(struct hosting *hosting, uint64_t now_ns)
{
	const struct guest *guest = hosting->guest;

	if (guest == NULL)
		return false;
	if (!hosting->is_ready && !hosting->has_more && guest->next_due(guest->arg) > now_ns)
		return false;
	hosting->is_ready = false;
	hosting->has_more = guest->turn(guest->arg, now_ns);
	return hosting->has_more;
}

uint64_t
hosting_next_due(const struct hosting *hosting)
{
	const struct guest *guest = hosting->guest;

	return guest == NULL ? TIME_NEVER : guest->next_due(guest->arg);
}
