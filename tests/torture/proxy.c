/*
 * The fault proxy. Each connection has its own dice, thrown from the seed and its number:
 * most are only split and delayed now and then, some are cut, reset or half closed after
 * so many bytes, some are slow readers.
 */
#include <config.h>

#include "torture/torture.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#define BUFFER 65536

/* Bytes from one side to the other. */
struct flow {
	char data[BUFFER];
	size_t head, tail;
	uint64_t held_until_ns;
	bool ended, end_told;
};

struct relay {
	int fds[2];           /* the client's, the daemon's */
	struct flow flows[2]; /* from fds[0] to fds[1] and back */
	struct random random;
	uint64_t bytes, fatal_at; /* the byte at which the fault strikes */
	enum fault fatal;
	bool dead;
	struct relay *next;
};

struct proxy {
	int listener, epoll;
	struct sockaddr_in daemon;
	struct board *board;
	struct relay *relays;
	uint64_t seed, number;
};

static void
count(struct proxy *proxy, enum fault fault)
{
	__atomic_fetch_add(&proxy->board->faults[fault], 1, __ATOMIC_RELAXED);
}

static void
relay_kill(struct relay *relay, bool reset)
{
	struct linger linger = {.l_onoff = 1};

	for (int side = 0; side < 2; side++) {
		if (reset)
			(void)setsockopt(
				relay->fds[side], SOL_SOCKET, SO_LINGER, &linger, sizeof(linger));
		close(relay->fds[side]);
	}
	relay->dead = true;
}

static void
watch(struct proxy *proxy, struct relay *relay, int side)
{
	struct epoll_event event = {.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET};

	event.data.ptr = relay;
	if (epoll_ctl(proxy->epoll, EPOLL_CTL_ADD, relay->fds[side], &event) < 0)
		torture_fail("epoll_ctl");
}

static void
accept_one(struct proxy *proxy)
{
	static const enum fault fatal[] = {FAULT_CUT, FAULT_RESET, FAULT_HALF};
	int fd = accept4(proxy->listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	int other = fd < 0 ? -1 : socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	struct relay *relay = fd < 0 || other < 0 ? NULL : calloc(1, sizeof(*relay));

	if (relay == NULL) {
		if (fd >= 0)
			close(fd);
		return;
	}
	(void)connect(other, (const struct sockaddr *)&proxy->daemon, sizeof(proxy->daemon));
	relay->fds[0] = fd;
	relay->fds[1] = other;
	relay->random.state = proxy->seed + ++proxy->number;
	relay->fatal = fatal[random_below(&relay->random, 3)];
	relay->fatal_at = random_below(&relay->random, 4) == 0
				  ? UINT64_MAX
				  : 1 + random_below(&relay->random, 4 * 1024 * 1024);
	relay->next = proxy->relays;
	proxy->relays = relay;
	watch(proxy, relay, 0);
	watch(proxy, relay, 1);
}

static bool
is_passing(void)
{
	return errno == EAGAIN || errno == EINTR || errno == ENOTCONN || errno == EINPROGRESS;
}

/* Reads what fits; false where that side is broken. */
static bool
take_in(struct relay *relay, int from)
{
	struct flow *flow = &relay->flows[from];
	ssize_t len;

	if (flow->head == flow->tail)
		flow->head = flow->tail = 0;
	if (flow->ended || flow->tail == BUFFER)
		return true;
	len = recv(relay->fds[from], flow->data + flow->tail, BUFFER - flow->tail, 0);
	if (len > 0)
		flow->tail += (size_t)len;
	else if (len == 0)
		flow->ended = true;
	return len >= 0 || is_passing();
}

/* How much may be passed on now. */
static size_t
portion(struct proxy *proxy, struct relay *relay, int from, uint64_t now_ns)
{
	struct flow *flow = &relay->flows[from];
	size_t len = flow->tail - flow->head;

	if (len == 0 || flow->held_until_ns > now_ns)
		return 0;
	if (proxy->board->calm)
		return len;
	if (random_below(&relay->random, 400) == 0) {
		bool slow = from == 1 && random_below(&relay->random, 3) == 0;

		count(proxy, slow ? FAULT_THROTTLE : FAULT_DELAY);
		flow->held_until_ns = now_ns + (slow ? 300 : 1 + random_below(&relay->random, 20)) *
						       UINT64_C(1000000);
		return 0;
	}
	if (random_below(&relay->random, 8) == 0) {
		count(proxy, FAULT_SPLIT);
		return 1 + random_below(&relay->random, (unsigned)len);
	}
	return len;
}

static bool
pass_on(struct proxy *proxy, struct relay *relay, int from, uint64_t now_ns)
{
	struct flow *flow = &relay->flows[from];
	size_t len = portion(proxy, relay, from, now_ns);
	ssize_t sent = 0;

	if (len > 0)
		sent = send(relay->fds[!from], flow->data + flow->head, len, MSG_NOSIGNAL);
	if (sent < 0)
		return is_passing();
	flow->head += (size_t)sent;
	relay->bytes += (uint64_t)sent;
	if (flow->ended && flow->head == flow->tail && !flow->end_told) {
		flow->end_told = true;
		(void)shutdown(relay->fds[!from], SHUT_WR);
	}
	return true;
}

/* The connection's own fate; false where that ends it. */
static bool
survives(struct proxy *proxy, struct relay *relay)
{
	if (proxy->board->calm || relay->bytes < relay->fatal_at)
		return true;
	count(proxy, relay->fatal);
	relay->fatal_at = UINT64_MAX;
	if (relay->fatal == FAULT_HALF) {
		relay->flows[0].ended = true;
		relay->flows[0].tail = relay->flows[0].head;
		return true;
	}
	relay_kill(relay, relay->fatal == FAULT_RESET);
	return false;
}

static void
serve(struct proxy *proxy, struct relay *relay, uint64_t now_ns)
{
	for (int from = 0; from < 2 && !relay->dead; from++) {
		if (!take_in(relay, from) || !pass_on(proxy, relay, from, now_ns)) {
			relay_kill(relay, false);
			return;
		}
		if (!survives(proxy, relay))
			return;
	}
	if (relay->flows[0].end_told && relay->flows[1].end_told)
		relay_kill(relay, false);
}

static void
reap(struct proxy *proxy)
{
	struct relay **link = &proxy->relays;

	while (*link != NULL) {
		struct relay *relay = *link;

		if (relay->dead) {
			*link = relay->next;
			free(relay);
		} else {
			link = &relay->next;
		}
	}
}

static void
turn(struct proxy *proxy)
{
	struct epoll_event events[64];
	int ready = epoll_wait(proxy->epoll, events, 64, 1);
	uint64_t now_ns = torture_now_ns();

	for (int i = 0; i < ready; i++)
		if (events[i].data.ptr == NULL)
			accept_one(proxy);
	/* The relays are few: each is looked at, whatever it is that lets it go on. */
	for (struct relay *relay = proxy->relays; relay != NULL; relay = relay->next)
		serve(proxy, relay, now_ns);
	reap(proxy);
}

int
proxy_main(const char *address, uint16_t port, uint64_t seed, const char *board)
{
	struct proxy proxy = {.board = board_map(board), .seed = seed};
	struct sockaddr_in at = {.sin_family = AF_INET};
	struct epoll_event event = {.events = EPOLLIN};
	socklen_t len = sizeof(at);

	proxy.daemon = at;
	proxy.daemon.sin_port = htons(port);
	(void)inet_pton(AF_INET, "127.0.0.1", &proxy.daemon.sin_addr);
	(void)inet_pton(AF_INET, address, &at.sin_addr);
	proxy.epoll = epoll_create1(EPOLL_CLOEXEC);
	proxy.listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (proxy.epoll < 0 || proxy.listener < 0 ||
		bind(proxy.listener, (struct sockaddr *)&at, sizeof(at)) < 0 ||
		listen(proxy.listener, 128) < 0 ||
		getsockname(proxy.listener, (struct sockaddr *)&at, &len) < 0 ||
		epoll_ctl(proxy.epoll, EPOLL_CTL_ADD, proxy.listener, &event) < 0)
		torture_fail("the proxy cannot listen");
	printf("%u\n", (unsigned)ntohs(at.sin_port));
	fflush(stdout);
	for (;;)
		turn(&proxy);
}
