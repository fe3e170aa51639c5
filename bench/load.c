/*
 * The load generator. Everything here lives for one load_run(). Any failure ends
 * the program with a message: half a measurement is none.
 */
#include <config.h>

#include "load.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/check.h"
#include "cli/histogram.h"
#include "process.h"
#include "socket.h"

#define READ_BYTES 262144
#define EVENTS_MAX 64

struct lane {
	enum step step;
	struct job job;
	uint64_t sent_ns;
};

struct connection {
	int fd;
	bool writing; /* epoll tells when it can be written to */
	struct buf in;
	struct buf out;
	struct lane **waiting; /* lanes in the order of their requests, a ring */
	struct lane *lanes;
	unsigned head;
	unsigned count;
};

struct run {
	const struct load *load;
	int epoll;
	struct connection *connections;
	uint64_t started; /* jobs */
	uint64_t ended;
	struct histogram latency;
};

uint64_t
now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static void
fail(const struct run *run, const char *what)
{
	fprintf(stderr, "wire_bench: %s: %s: %s\n", run->load->address, what, strerror(errno));
	exit(EXIT_FAILURE);
}

static void
lane_send(const struct run *run, struct connection *connection, struct lane *lane, uint64_t now)
{
	unsigned at = (connection->head + connection->count++) % run->load->pipeline;

	connection->waiting[at] = lane;
	lane->sent_ns = now;
	run->load->peer->request(lane->step, &lane->job, &connection->out);
}

static void
lane_start(struct run *run, struct connection *connection, struct lane *lane, uint64_t now)
{
	if (run->started == run->load->jobs)
		return;
	lane->step = run->load->first;
	lane->job.number = run->load->first_number + run->started++;
	lane_send(run, connection, lane, now);
}

static void
connection_watch(struct run *run, struct connection *connection, int call)
{
	struct epoll_event event = {
		.events = EPOLLIN | (connection->writing ? EPOLLOUT : 0),
		.data.ptr = connection,
	};

	if (epoll_ctl(run->epoll, call, connection->fd, &event) < 0)
		fail(run, "epoll_ctl");
}

static void
connection_write(struct run *run, struct connection *connection)
{
	struct span out = buf_span(&connection->out);
	bool left;

	if (out.len > 0) {
		ssize_t n = write(connection->fd, out.ptr, out.len);

		if (n < 0 && errno != EAGAIN)
			fail(run, "write");
		buf_consume(&connection->out, n < 0 ? 0 : (size_t)n);
	}
	left = buf_len(&connection->out) > 0;
	if (left != connection->writing) {
		connection->writing = left;
		connection_watch(run, connection, EPOLL_CTL_MOD);
	}
}

/* Takes the answers that are there, and lets their lanes go on. */
static void
connection_answers(struct run *run, struct connection *connection, uint64_t now)
{
	const struct load *load = run->load;

	while (connection->count > 0) {
		struct lane *lane = connection->waiting[connection->head];
		struct span in = buf_span(&connection->in);
		size_t len = load->peer->answer(lane->step, &lane->job, in.ptr, in.len);

		if (len == 0)
			return;
		buf_consume(&connection->in, len);
		connection->head = (connection->head + 1) % load->pipeline;
		connection->count--;
		histogram_add(&run->latency, now - lane->sent_ns);
		if (lane->step < load->last) {
			lane->step++;
			lane_send(run, connection, lane, now);
		} else {
			run->ended++;
			lane_start(run, connection, lane, now);
		}
	}
	CHECK(buf_len(&connection->in) == 0);
}

static void
connection_read(struct run *run, struct connection *connection)
{
	ssize_t n = read(connection->fd, buf_reserve(&connection->in, READ_BYTES), READ_BYTES);

	if (n < 0 && errno == EAGAIN)
		return;
	if (n == 0)
		errno = ECONNRESET;
	if (n <= 0)
		fail(run, "read");
	buf_commit(&connection->in, (size_t)n);
	connection_answers(run, connection, now_ns());
}

static void
connection_open(struct run *run, struct connection *connection)
{
	unsigned pipeline = run->load->pipeline;

	*connection = (struct connection){.fd = socket_connect(run->load->address)};
	if (connection->fd < 0 || fcntl(connection->fd, F_SETFL, O_NONBLOCK) < 0)
		fail(run, "connect");
	buf_init(&connection->in);
	buf_init(&connection->out);
	connection->waiting = xcalloc(pipeline, sizeof(*connection->waiting));
	connection->lanes = xcalloc(pipeline, sizeof(*connection->lanes));
	connection_watch(run, connection, EPOLL_CTL_ADD);
}

static void
connection_close(struct connection *connection)
{
	close(connection->fd);
	buf_fini(&connection->in);
	buf_fini(&connection->out);
	free(connection->waiting);
	free(connection->lanes);
}

static void
run_jobs(struct run *run)
{
	const struct load *load = run->load;
	struct epoll_event events[EVENTS_MAX];
	uint64_t now = now_ns();

	for (unsigned i = 0; i < load->connections; i++) {
		struct connection *connection = &run->connections[i];

		for (unsigned k = 0; k < load->pipeline; k++)
			lane_start(run, connection, &connection->lanes[k], now);
		connection_write(run, connection);
	}
	while (run->ended < load->jobs) {
		int count = epoll_wait(run->epoll, events, EVENTS_MAX, 10000);

		if (count == 0)
			errno = ETIMEDOUT;
		if (count == 0 || (count < 0 && errno != EINTR))
			fail(run, "no answer");
		for (int i = 0; i < count; i++) {
			struct connection *connection = events[i].data.ptr;

			if (events[i].events & (EPOLLIN | EPOLLERR | EPOLLHUP))
				connection_read(run, connection);
			connection_write(run, connection);
		}
	}
}

static double
quantile_us(const struct run *run, unsigned per_mille)
{
	return (double)histogram_quantile(&run->latency, per_mille) / 1e3;
}

/* Lets the server come to rest: what it does then was counted, and nothing else will be. */
static void
settle(void)
{
	usleep(10000);
}

void
load_run(const struct load *load, struct load_result *ret)
{
	size_t requests = (size_t)load->jobs * (size_t)(load->last - load->first + 1);
	struct run run = {
		.load = load,
		.epoll = epoll_create1(EPOLL_CLOEXEC),
		.connections = xcalloc(load->connections, sizeof(struct connection)),
	};

	for (unsigned i = 0; i < load->connections; i++)
		connection_open(&run, &run.connections[i]);
	settle();
	uint64_t cpu = process_cpu_ns(load->pid), start = now_ns();

	run_jobs(&run);
	double seconds = (double)(now_ns() - start) / 1e9;

	settle();
	double spent = (double)(process_cpu_ns(load->pid) - cpu) / 1e3;

	CHECK(run.latency.count == requests);
	*ret = (struct load_result){
		.cpu_us_per_request = spent / (double)requests,
		.cpu_us_per_job = spent / (double)load->jobs,
		.jobs_per_second = (double)load->jobs / seconds,
		.p50_us = quantile_us(&run, 500),
		.p99_us = quantile_us(&run, 990),
		.p999_us = quantile_us(&run, 999),
	};
	for (unsigned i = 0; i < load->connections; i++)
		connection_close(&run.connections[i]);
	close(run.epoll);
	free(run.connections);
}
