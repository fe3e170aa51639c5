/*
 * A worker inside of libevent: two events for the worker, and a timer for the work of each set,
 * which here is to wait for as many milliseconds as its first message says.
 *
 *	cc worker_libevent.c $(pkg-config --cflags --libs libinflight libevent_core) -o
 *worker_libevent
 *	./worker_libevent naps
 */
#include <inflight.h>

#include <event2/event.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#define SETS 16 /* at a time */

struct app {
	struct event_base *base;
	struct inflight_worker *worker;
	struct event
		*readable; /* the worker's descriptor, the same from the beginning to the end */
	struct event *due;
};

static struct timeval
timeval_of(int64_t ms)
{
	struct timeval time = {.tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000};

	return time;
}

/* Something has come, or it is time. */
static void
go_on(evutil_socket_t fd, short events, void *arg)
{
	struct app *app = arg;
	struct timeval time;
	int64_t due;

	(void)fd;
	(void)events;
	if (!inflight_worker_step(app->worker)) {
		event_base_loopbreak(app->base);
		return;
	}
	due = inflight_worker_due_ms(app->worker);
	if (due < 0) {
		evtimer_del(app->due);
		return;
	}
	time = timeval_of(due);
	evtimer_add(app->due, &time);
}

static void
stop(evutil_socket_t number, short events, void *arg)
{
	struct app *app = arg;

	(void)number;
	(void)events;
	inflight_worker_stop(app->worker);
}

/* A set has slept enough. Ending it makes the worker's descriptor readable. */
static void
wake(evutil_socket_t fd, short events, void *arg)
{
	struct inflight_taken *set = arg;

	(void)fd;
	(void)events;
	event_free(inflight_taken_data(set));
	inflight_taken_finish(set, inflight_taken_is_lost(set) ? "\"late\"" : "\"awake\"");
}

static void
sleep_for(struct inflight_taken *set, void *arg)
{
	struct app *app = arg;
	struct event *timer = evtimer_new(app->base, wake, set);
	struct timeval time = timeval_of(strtoll(inflight_taken_op(set, 0)->msg, NULL, 10));

	if (timer == NULL || evtimer_add(timer, &time) != 0) {
		inflight_taken_release(set, 1000);
		return;
	}
	inflight_taken_attach(set, timer);
}

int
main(int argc, char **argv)
{
	struct app app = {.base = event_base_new()};
	struct inflight *client = inflight_new(NULL);
	struct event *terminated;
	enum inflight_status status;

	if (client != NULL && app.base != NULL)
		app.worker = inflight_worker_new(client, sleep_for, &app);
	if (argc != 2 || app.worker == NULL) {
		fprintf(stderr, "usage: worker_libevent QUEUE\n");
		return 2;
	}
	terminated = evsignal_new(app.base, SIGTERM, stop, &app);
	inflight_worker_add_queue(app.worker, argv[1]);
	inflight_worker_set_concurrency(app.worker, SETS);
	app.readable = event_new(
		app.base, inflight_worker_fd(app.worker), EV_READ | EV_PERSIST, go_on, &app);
	app.due = evtimer_new(app.base, go_on, &app);
	event_add(app.readable, NULL);
	event_add(terminated, NULL);
	event_base_dispatch(app.base);

	status = inflight_worker_status(app.worker);
	event_free(app.readable);
	event_free(app.due);
	event_free(terminated);
	event_base_free(app.base);
	inflight_worker_free(app.worker);
	inflight_free(client);
	return status == INFLIGHT_OK ? 0 : 1;
}
