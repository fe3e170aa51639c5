/*
 * The loop owns the event base, the timer's descriptor and its event; all of them
 * live as long as the loop.
 */
#include <config.h>

#include <errno.h>
#include <event2/event.h>
#include <stdio.h>
#include <string.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "base/check.h"
#include "base/clock.h"
#include "base/log.h"
#include "server/loop.h"

#define NS_PER_S   UINT64_C(1000000000)
#define ERROR_SIZE 256

/* What libevent has to say would else be written to standard error in a form of its own. */
static void
log_libevent(int severity, const char *text)
{
	enum log_level level = severity == EVENT_LOG_ERR    ? LOG_LEVEL_ERROR
			       : severity == EVENT_LOG_WARN ? LOG_LEVEL_WARNING
							    : LOG_LEVEL_DEBUG;

	LOG(level, "libevent", LOG_TEXT("said", text));
}

static struct event_base *
make_base(void)
{
	struct event_config *config = event_config_new();
	struct event_base *base = NULL;

	if (config == NULL)
		return NULL;
	/* One thread, and an environment that cannot choose another poller. */
	if (event_config_set_flag(config, EVENT_BASE_FLAG_NOLOCK | EVENT_BASE_FLAG_IGNORE_ENV) ==
			0 &&
		event_config_require_features(config, EV_FEATURE_O1) == 0)
		base = event_base_new_with_config(config);
	event_config_free(config);
	return base;
}

static void
on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct loop *loop = arg;
	uint64_t expirations;

	(void)what;
	if (read(fd, &expirations, sizeof(expirations)) == (ssize_t)sizeof(expirations))
		loop->armed_ns = TIME_NEVER;
}

bool
loop_init(struct loop *loop, char *error)
{
	*loop = (struct loop){.timer_fd = -1, .armed_ns = TIME_NEVER};
	event_set_log_callback(log_libevent);
	loop->base = make_base();
	if (loop->base == NULL) {
		snprintf(error, ERROR_SIZE, "cannot make an event loop (libevent %s, epoll): %s",
			event_get_version(), strerror(errno));
		return false;
	}
	loop->timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
	if (loop->timer_fd >= 0)
		loop->timer =
			event_new(loop->base, loop->timer_fd, EV_READ | EV_PERSIST, on_timer, loop);
	if (loop->timer == NULL || event_add(loop->timer, NULL) < 0) {
		snprintf(error, ERROR_SIZE, "cannot make a timer: %s", strerror(errno));
		loop_fini(loop);
		return false;
	}
	return true;
}

void
loop_fini(struct loop *loop)
{
	if (loop->timer != NULL)
		event_free(loop->timer);
	if (loop->timer_fd >= 0)
		close(loop->timer_fd);
	if (loop->base != NULL)
		event_base_free(loop->base);
	*loop = (struct loop){.timer_fd = -1, .armed_ns = TIME_NEVER};
}

bool
loop_poll(struct loop *loop, bool more)
{
	/*
	 * EVLOOP_NONBLOCK alone goes round until nothing is active, which never comes to
	 * pass where callbacks only note what there is to do and the descriptor stays ready.
	 */
	int flags = more ? EVLOOP_ONCE | EVLOOP_NONBLOCK : EVLOOP_ONCE;

	if (event_base_loop(loop->base, flags) >= 0)
		return true;
	log_error("the event loop failed: %s", strerror(errno));
	return false;
}

void
loop_wake_at(struct loop *loop, uint64_t due_ns)
{
	struct itimerspec when = {0};

	if (due_ns >= loop->armed_ns)
		return;
	/* A zero would switch the timer off. */
	when.it_value.tv_sec = (time_t)(due_ns / NS_PER_S);
	when.it_value.tv_nsec = due_ns == 0 ? 1 : (long)(due_ns % NS_PER_S);
	CHECK(timerfd_settime(loop->timer_fd, TFD_TIMER_ABSTIME, &when, NULL) == 0);
	loop->armed_ns = due_ns;
}
