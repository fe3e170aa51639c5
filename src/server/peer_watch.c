/*
 * The watch owns its epoll set and the event on it, not the descriptors in it.
 */
#include <config.h>

#include <errno.h>
#include <event2/event.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "server/peer_watch.h"

#define TAKE_MAX   64
#define ERROR_SIZE 256

static void
on_ready(evutil_socket_t fd, short what, void *arg)
{
	struct peer_watch *watch = arg;

	(void)fd;
	(void)what;
	watch->is_ready = true;
}

bool
peer_watch_init(struct peer_watch *watch, struct event_base *base, char *error)
{
	*watch = (struct peer_watch){.epoll_fd = epoll_create1(EPOLL_CLOEXEC)};
	if (watch->epoll_fd >= 0)
		watch->event =
			event_new(base, watch->epoll_fd, EV_READ | EV_PERSIST, on_ready, watch);
	if (watch->event == NULL || event_add(watch->event, NULL) < 0) {
		snprintf(error, ERROR_SIZE, "cannot watch peers: %s", strerror(errno));
		peer_watch_fini(watch);
		return false;
	}
	return true;
}

void
peer_watch_fini(struct peer_watch *watch)
{
	if (watch->event != NULL)
		event_free(watch->event);
	if (watch->epoll_fd >= 0)
		close(watch->epoll_fd);
	*watch = (struct peer_watch){.epoll_fd = -1};
}

bool
peer_watch_add(struct peer_watch *watch, int fd, void *arg)
{
	struct epoll_event event = {.events = EPOLLRDHUP | EPOLLONESHOT, .data.ptr = arg};

	return epoll_ctl(watch->epoll_fd, EPOLL_CTL_ADD, fd, &event) == 0;
}

void
peer_watch_remove(struct peer_watch *watch, int fd)
{
	(void)epoll_ctl(watch->epoll_fd, EPOLL_CTL_DEL, fd, NULL);
}

size_t
peer_watch_take(struct peer_watch *watch, void **args, size_t max)
{
	struct epoll_event events[TAKE_MAX];
	int count;

	if (!watch->is_ready)
		return 0;
	count = epoll_wait(watch->epoll_fd, events, max < TAKE_MAX ? (int)max : TAKE_MAX, 0);
	if (count <= 0) {
		watch->is_ready = false;
		return 0;
	}
	for (int i = 0; i < count; i++)
		args[i] = events[i].data.ptr;
	return (size_t)count;
}
