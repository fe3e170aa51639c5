/*
 * Watches peers for their end while nothing is read from them.
 *
 * libevent's EV_CLOSED is not used for this: a reset, or a Unix peer that closes
 * with replies unread, comes from epoll as an error, which libevent reports as
 * readable and writable only. An event for EV_CLOSED alone then never fires, and
 * the loop spins. So the watched descriptors stand in an epoll set of their own, which the
 * loop watches as one.
 */
#ifndef INFLIGHT_SERVER_PEER_WATCH_H
#define INFLIGHT_SERVER_PEER_WATCH_H

#include <stdbool.h>
#include <stddef.h>

struct event;
struct event_base;

struct peer_watch {
	struct event *event;
	int epoll_fd;
	bool is_ready; /* some peer has ended */
};

/* False: nothing is left behind, `error` (256 bytes) says why. */
bool peer_watch_init(struct peer_watch *watch, struct event_base *base, char *error);
void peer_watch_fini(struct peer_watch *watch);

/* Tells of each descriptor at most once; `arg` is handed back. False: errno says why. */
bool peer_watch_add(struct peer_watch *watch, int fd, void *arg);

/*
 * Should the system fail to do that, the descriptor stays until it is closed: it may be told of
 * once more, and cannot be added again.
 */
void peer_watch_remove(struct peer_watch *watch, int fd);

/*
 * The args of up to `max` descriptors whose peer sends no more, closed or was
 * reset. They stay in the set, silent, until they are removed.
 */
size_t peer_watch_take(struct peer_watch *watch, void **args, size_t max);

#endif
