/*
 * A guest: something else that is served on the server's loop, in a turn of its own kind, at
 * addresses of its own. The server listens and accepts for it; connections are the guest's.
 */
#ifndef INFLIGHT_SERVER_GUEST_H
#define INFLIGHT_SERVER_GUEST_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

struct guest {
	void *arg;
	int fd; /* is readable when the guest has something to do; the guest's own */

	/* Takes `fd`, a connected non-blocking socket. */
	void (*accept)(void *arg, int fd, const struct sockaddr *peer, socklen_t len);

	/*
	 * Its part of a turn, after the service's and before answers are written: what its
	 * descriptor, its time or what it left in the last one calls for. True where more is left.
	 */
	bool (*turn)(void *arg, uint64_t now_ns);

	/* When it wants a turn without any event; 0: in the next one, TIME_NEVER: not at all. */
	uint64_t (*next_due)(void *arg);
};

#endif
