/*
 * See pinger.h. The latencies are counted by microseconds in memory that both
 * processes share.
 */
#include <config.h>

#include "scale/pinger.h"

#include <check.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define CLIENTS  100
#define TICK_MS  1
#define PER_TICK 10      /* so each client asks every ten milliseconds */
#define SLOTS    1000000 /* microseconds; the last stands for all that took longer */

#define PING "{\"id\":1,\"method\":\"ping\"}\n"
#define PONG "{\"id\":1,\"result\":{\"pong\":true},\"error\":null}\n"

struct pinger {
	pid_t pid;
	_Atomic bool stops;
	unsigned slots[SLOTS];
};

struct client {
	uint64_t sent_us; /* 0: nothing is asked */
	size_t heard;     /* bytes of the answer */
};

static uint64_t
now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

static void
ask(struct pollfd *fd, struct client *client)
{
	if (client->sent_us != 0)
		return; /* it still waits */
	client->sent_us = now_us();
	client->heard = 0;
	if (send(fd->fd, PING, strlen(PING), MSG_NOSIGNAL) != (ssize_t)strlen(PING))
		_exit(1);
}

static void
hear(struct pinger *pinger, struct pollfd *fd, struct client *client)
{
	char bytes[sizeof(PONG)];
	ssize_t n = recv(fd->fd, bytes, sizeof(bytes), 0);
	uint64_t took_us;

	if (n <= 0)
		_exit(1);
	client->heard += (size_t)n;
	if (client->heard < strlen(PONG))
		return;
	took_us = now_us() - client->sent_us;
	pinger->slots[took_us < SLOTS ? took_us : SLOTS - 1]++;
	client->sent_us = 0;
}

static unsigned
count_waiting(const struct client *clients)
{
	unsigned count = 0;

	for (int i = 0; i < CLIENTS; i++)
		count += clients[i].sent_us != 0;
	return count;
}

/* The connections of the test are not to live on here. */
static void
close_others(const struct pollfd *fds)
{
	long limit = sysconf(_SC_OPEN_MAX);
	bool *is_own = calloc((size_t)limit, sizeof(*is_own));

	if (is_own == NULL)
		_exit(1);
	for (int i = 0; i < CLIENTS; i++)
		is_own[fds[i].fd] = true;
	for (int fd = STDERR_FILENO + 1; fd < limit; fd++)
		if (!is_own[fd])
			close(fd);
	free(is_own);
}

static void __attribute__((noreturn)) run(struct pinger *pinger, struct pollfd *fds)
{
	static struct client clients[CLIENTS];
	unsigned next = 0;
	uint64_t due_us = now_us();

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	close_others(fds);
	while (!pinger->stops || count_waiting(clients) > 0) {
		uint64_t now = now_us();

		if (now >= due_us && !pinger->stops) {
			for (int i = 0; i < PER_TICK; i++, next = (next + 1) % CLIENTS)
				ask(&fds[next], &clients[next]);
			due_us = now + TICK_MS * 1000;
		}
		if (poll(fds, CLIENTS, TICK_MS) < 0 && errno != EINTR)
			_exit(1);
		for (int i = 0; i < CLIENTS; i++)
			if (fds[i].revents != 0)
				hear(pinger, &fds[i], &clients[i]);
	}
	_exit(0);
}

struct pinger *
pinger_start(const struct daemon *daemon)
{
	struct pinger *pinger = mmap(
		NULL, sizeof(*pinger), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	struct pollfd fds[CLIENTS];
	struct peer peer;
	pid_t pid;

	ck_assert_ptr_ne(pinger, MAP_FAILED);
	for (int i = 0; i < CLIENTS; i++) {
		peer_connect(&peer, daemon);
		fds[i] = (struct pollfd){.fd = peer.in.fd, .events = POLLIN};
	}
	pid = fork();
	ck_assert_int_ge(pid, 0);
	if (pid == 0)
		run(pinger, fds);
	pinger->pid = pid; /* of this process only: the memory is shared */
	for (int i = 0; i < CLIENTS; i++)
		close(fds[i].fd);
	return pinger;
}

/* The latency that so many of a thousand pings do not exceed. */
static unsigned
quantile(const struct pinger *pinger, unsigned long pings, unsigned thousandths)
{
	unsigned long seen = 0;

	for (unsigned us = 0; us < SLOTS; us++) {
		seen += pinger->slots[us];
		if (seen * 1000 >= pings * thousandths)
			return us;
	}
	return SLOTS;
}

void
pinger_stop(struct pinger *pinger, struct pinger_figures *ret)
{
	int status;

	pinger->stops = true;
	ck_assert_int_eq(waitpid(pinger->pid, &status, 0), pinger->pid);
	ck_assert_int_eq(status, 0);
	*ret = (struct pinger_figures){0};
	for (unsigned us = 0; us < SLOTS; us++)
		ret->pings += pinger->slots[us];
	ret->p50_us = quantile(pinger, ret->pings, 500);
	ret->p99_us = quantile(pinger, ret->pings, 990);
	ret->max_us = quantile(pinger, ret->pings, 1000);
	munmap(pinger, sizeof(*pinger));
}
