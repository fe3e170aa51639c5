/*
 * A worker's life. It owns its places for sets, from the first step to the end, and two
 * descriptors; the handle is borrowed.
 */
#include <config.h>

#include "client/worker.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "client/handle.h"
#include "client/text.h"

#define MS_MAX         INT64_C(1000000000000) /* the most that the protocol knows as a time */
#define RETRY_DELAY_MS 1000
#define LINGER_MS      5000

/* ---- life ---------------------------------------------------------------- */

struct inflight_worker *
inflight_worker_new(struct inflight *client, inflight_handler *handler, void *arg)
{
	struct inflight_worker *worker = calloc(1, sizeof *worker);
	struct epoll_event wake = {.events = EPOLLIN};

	if (worker == NULL)
		return NULL;
	worker->client = client;
	worker->handler = handler;
	worker->handler_arg = arg;
	worker->concurrency = 1;
	worker->lease_ms = -1;
	worker->retry_delay_ms = RETRY_DELAY_MS;
	worker->linger_ms = LINGER_MS;
	worker->status = INFLIGHT_OK;
	worker->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	/* Readable from the start: the first step makes the connection. */
	worker->wake_fd = eventfd(1, EFD_CLOEXEC | EFD_NONBLOCK);
	if (worker->epoll_fd < 0 || worker->wake_fd < 0 ||
		epoll_ctl(worker->epoll_fd, EPOLL_CTL_ADD, worker->wake_fd, &wake) != 0) {
		inflight_worker_free(worker);
		return NULL;
	}
	return worker;
}

void
inflight_worker_free(struct inflight_worker *worker)
{
	if (worker == NULL)
		return;
	inflight_disconnect(worker->client);
	for (size_t i = 0; worker->sets != NULL && i < worker->concurrency; i++)
		inflight_taken_clear(&worker->sets[i]);
	free(worker->sets);
	inflight_bytes_fini(&worker->queues);
	if (worker->epoll_fd >= 0)
		close(worker->epoll_fd);
	if (worker->wake_fd >= 0)
		close(worker->wake_fd);
	free(worker);
}

/* Whether a setting may be made; says why not. */
static enum inflight_status
may_set(struct inflight_worker *worker, bool good)
{
	if (worker->sets != NULL)
		return inflight_fail(
			worker->client, INFLIGHT_INVALID, "the worker has begun", NULL);
	if (!good)
		return inflight_fail(
			worker->client, INFLIGHT_INVALID, "a worker cannot be set so", NULL);
	return INFLIGHT_OK;
}

enum inflight_status
inflight_worker_add_queue(struct inflight_worker *worker, const char *queue)
{
	struct inflight_span name = {queue, strlen(queue)};
	struct inflight_bytes *queues = &worker->queues;
	size_t len = inflight_bytes_len(queues);
	enum inflight_status status = may_set(worker,
		worker->queue_count < INFLIGHT_WORKER_QUEUES_MAX && inflight_text_is_utf8(name));

	if (status != INFLIGHT_OK)
		return status;
	inflight_bytes_add_text(queues, len == 0 ? "" : ",");
	inflight_text_quote(name, queues);
	if (queues->failed) {
		queues->end = queues->start + len;
		queues->failed = false;
		return inflight_fail(worker->client, INFLIGHT_NO_MEMORY, "out of memory", NULL);
	}
	worker->queue_count++;
	return INFLIGHT_OK;
}

enum inflight_status
inflight_worker_set_concurrency(struct inflight_worker *worker, size_t sets)
{
	enum inflight_status status =
		may_set(worker, sets >= 1 && sets <= INFLIGHT_WORKER_SETS_MAX);

	if (status == INFLIGHT_OK)
		worker->concurrency = sets;
	return status;
}

static enum inflight_status
set_time(struct inflight_worker *worker, int64_t ms, int64_t *place)
{
	enum inflight_status status = may_set(worker, ms >= 0 && ms <= MS_MAX);

	if (status == INFLIGHT_OK)
		*place = ms;
	return status;
}

enum inflight_status
inflight_worker_set_lease(struct inflight_worker *worker, int64_t lease_ms)
{
	return set_time(worker, lease_ms, &worker->lease_ms);
}

enum inflight_status
inflight_worker_set_retry_delay(struct inflight_worker *worker, int64_t delay_ms)
{
	return set_time(worker, delay_ms, &worker->retry_delay_ms);
}

enum inflight_status
inflight_worker_set_linger(struct inflight_worker *worker, int64_t linger_ms)
{
	return set_time(worker, linger_ms, &worker->linger_ms);
}

enum inflight_status
inflight_worker_set_notice(
	struct inflight_worker *worker, inflight_notice_handler *notice, void *arg)
{
	enum inflight_status status = may_set(worker, true);

	if (status == INFLIGHT_OK) {
		worker->notice = notice;
		worker->notice_arg = arg;
	}
	return status;
}

/* ---- the end ------------------------------------------------------------- */

void
inflight_worker_wake(struct inflight_worker *worker)
{
	uint64_t one = 1;
	int saved_errno = errno;

	/* It can only fail where the descriptor is readable already. */
	if (write(worker->wake_fd, &one, sizeof one) < 0)
		errno = saved_errno;
}

void
inflight_worker_stop(struct inflight_worker *worker)
{
	atomic_store(&worker->stop_asked, true);
	inflight_worker_wake(worker);
}

bool
inflight_worker_is_stopping(const struct inflight_worker *worker)
{
	return worker->stopping || atomic_load(&worker->stop_asked);
}

void
inflight_worker_end(struct inflight_worker *worker, enum inflight_status status)
{
	worker->stopping = true;
	if (worker->status == INFLIGHT_OK)
		worker->status = status;
}

void
inflight_worker_give_up(struct inflight_worker *worker, enum inflight_status status)
{
	inflight_worker_end(worker, status);
	worker->over = true;
}

enum inflight_status
inflight_worker_status(const struct inflight_worker *worker)
{
	return worker->over ? worker->status : INFLIGHT_TIMEOUT;
}

/* ---- waiting ------------------------------------------------------------- */

int
inflight_worker_fd(const struct inflight_worker *worker)
{
	return worker->epoll_fd;
}

short
inflight_worker_events(const struct inflight_worker *worker)
{
	return worker->over ? 0 : POLLIN;
}

int64_t
inflight_worker_due_ms(const struct inflight_worker *worker)
{
	int64_t due;
	int64_t left;

	if (worker->over)
		return -1;
	if (worker->sets == NULL)
		return 0;
	due = inflight_courier_due_ms(&worker->courier);
	if (due < 0)
		due = INT64_MAX;
	for (size_t i = 0; i < worker->concurrency; i++) {
		int64_t set_due = inflight_taken_due_ms(&worker->sets[i]);

		if (set_due < due)
			due = set_due;
	}
	if (worker->linger_until_ms != 0 && worker->linger_until_ms < due)
		due = worker->linger_until_ms;
	if (due == INT64_MAX)
		return -1;
	left = due - inflight_now_ms();
	return left < 0 ? 0 : left;
}
