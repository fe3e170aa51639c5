/*
 * A worker's loop. Handlers are called from hand_out() only, so nothing that they say changes what
 * is being walked over.
 */
#include <config.h>

#include "client/worker.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "client/handle.h"

#define ROUNDS 4 /* in one step, so that a busy daemon does not keep the loop here */

static size_t
count_sets(const struct inflight_worker *worker, enum set_state state)
{
	size_t count = 0;

	for (size_t i = 0; i < worker->concurrency; i++)
		count += worker->sets[i].state == state;
	return count;
}

/*
 * Ends the long polls when no set is wanted any more: the daemon answers them as if their wait
 * were over. A set that is on its way comes all the same, and is released.
 */
static void
end_polls(struct inflight_worker *worker)
{
	if (!worker->stopping || worker->client->state == LINK_NONE || worker->client->send_over ||
		count_sets(worker, SET_ASKING) == 0)
		return;
	inflight_send_end(worker->client);
}

static bool
is_connected(const struct inflight_worker *worker)
{
	return worker->client->state == LINK_OPEN && worker->client->auth_id == 0;
}

static void
look_if_over(struct inflight_worker *worker)
{
	size_t busy = count_sets(worker, SET_WORKING) + count_sets(worker, SET_TAKEN);

	if (worker->over || !worker->stopping || busy > 0)
		return;
	if (count_sets(worker, SET_IDLE) == worker->concurrency) {
		worker->over = true;
		return;
	}
	if (is_connected(worker)) {
		worker->linger_until_ms = 0;
		return;
	}
	if (worker->linger_until_ms == 0)
		worker->linger_until_ms = inflight_now_ms() + worker->linger_ms;
	if (inflight_is_over(worker->linger_until_ms))
		inflight_worker_give_up(worker, INFLIGHT_UNREACHABLE);
}

/* ---- steps --------------------------------------------------------------- */

void
inflight_worker_tell(struct inflight_worker *worker, enum inflight_notice notice,
	struct inflight_taken *set, const char *text)
{
	if (worker->notice != NULL)
		worker->notice(notice, set, text, worker->notice_arg);
}

static void
tell_connection(struct inflight_worker *worker)
{
	if (worker->courier.losses != worker->losses_told && !worker->disconnected) {
		worker->disconnected = true;
		inflight_worker_tell(worker, INFLIGHT_NOTICE_DISCONNECTED, NULL,
			inflight_trouble(worker->client));
	}
	worker->losses_told = worker->courier.losses;
	if (worker->disconnected && is_connected(worker)) {
		worker->disconnected = false;
		inflight_worker_tell(
			worker, INFLIGHT_NOTICE_CONNECTED, NULL, inflight_address(worker->client));
	}
}

static bool
begin(struct inflight_worker *worker)
{
	if (worker->sets != NULL)
		return true;
	if (worker->queue_count == 0) {
		inflight_fail(worker->client, INFLIGHT_INVALID, "a worker without a queue", NULL);
		inflight_worker_give_up(worker, INFLIGHT_INVALID);
		return false;
	}
	if (worker->blocking)
		worker->concurrency = 1;
	worker->sets = calloc(worker->concurrency, sizeof *worker->sets);
	if (worker->sets == NULL) {
		inflight_fail(worker->client, INFLIGHT_NO_MEMORY, "out of memory", NULL);
		inflight_worker_give_up(worker, INFLIGHT_NO_MEMORY);
		return false;
	}
	for (size_t i = 0; i < worker->concurrency; i++)
		worker->sets[i].worker = worker;
	inflight_courier_init(&worker->courier, worker->client, true);
	inflight_backoff_init(&worker->not_now, worker->courier.backoff.first_ms,
		worker->courier.backoff.last_ms);
	return true;
}

/* Moves everything once, but for handlers. */
static void
move(struct inflight_worker *worker)
{
	worker->moving = true;
	worker->again = false;
	if (atomic_load(&worker->stop_asked))
		inflight_worker_end(worker, INFLIGHT_OK);
	for (size_t i = 0; i < worker->concurrency; i++)
		inflight_taken_go_on(&worker->sets[i]);
	inflight_courier_step(&worker->courier);
	for (size_t i = 0; i < worker->concurrency; i++)
		inflight_taken_take_answers(&worker->sets[i]);
	tell_connection(worker);
	end_polls(worker);
	look_if_over(worker);
	worker->moving = false;
}

static void
hand_out(struct inflight_worker *worker)
{
	for (size_t i = 0; i < worker->concurrency; i++) {
		struct inflight_taken *set = &worker->sets[i];

		if (set->state != SET_TAKEN)
			continue;
		if (inflight_worker_is_stopping(worker)) {
			inflight_taken_give_back(set, 0);
			continue;
		}
		set->state = SET_WORKING;
		worker->handler(set, worker->handler_arg);
		/* Nobody else will end it. */
		if (worker->blocking && set->state == SET_WORKING)
			inflight_taken_give_back(set, worker->retry_delay_ms);
	}
}

/* Lets the user's descriptor tell of the connection as it is now. */
static void
watch(struct inflight_worker *worker)
{
	short events = inflight_events(worker->client);
	int fd = inflight_fd(worker->client);
	struct epoll_event event = {
		.events = (events & POLLIN ? EPOLLIN : 0) | (events & POLLOUT ? EPOLLOUT : 0)};

	/* A descriptor that was closed has left by itself. */
	if (fd < 0 || epoll_ctl(worker->epoll_fd, EPOLL_CTL_MOD, fd, &event) == 0)
		return;
	if (epoll_ctl(worker->epoll_fd, EPOLL_CTL_ADD, fd, &event) == 0)
		return;
	inflight_fail(worker->client, INFLIGHT_NO_MEMORY, "epoll", strerror(errno));
	inflight_worker_give_up(worker, INFLIGHT_NO_MEMORY);
}

bool
inflight_worker_step(struct inflight_worker *worker)
{
	uint64_t count;

	if (worker->over || worker->inside || !begin(worker))
		return !worker->over;
	if (read(worker->wake_fd, &count, sizeof count) < 0)
		count = 0;
	worker->inside = true;
	worker->again = true;
	for (int round = 0; worker->again && !worker->over && round < ROUNDS; round++) {
		move(worker);
		hand_out(worker);
	}
	worker->inside = false;
	if (worker->again)
		inflight_worker_wake(worker);
	watch(worker);
	return !worker->over;
}

bool
inflight_worker_beat(struct inflight_taken *set)
{
	struct inflight_worker *worker = set->worker;
	bool inside = worker->inside;

	worker->inside = true;
	for (int round = 0; !worker->over && !worker->moving && round < 2; round++)
		move(worker);
	worker->inside = inside;
	watch(worker);
	return !inflight_taken_is_lost(set);
}

enum inflight_status
inflight_worker_run(struct inflight_worker *worker)
{
	worker->blocking = true;
	while (inflight_worker_step(worker)) {
		struct pollfd poll_fd = {.fd = worker->epoll_fd, .events = POLLIN};
		int64_t due = inflight_worker_due_ms(worker);

		/* A signal ends the wait early, which is harmless. */
		poll(&poll_fd, 1, due > INT_MAX ? INT_MAX : (int)due);
	}
	return inflight_worker_status(worker);
}
