/*
 * Blocking sockets, one request at a time. Failures end the program.
 */
#include <config.h>

#include "probes.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "load.h"
#include "process.h"
#include "socket.h"

static void
fail(const char *what)
{
	fprintf(stderr, "wire_bench: %s: %s\n", what, strerror(errno));
	exit(EXIT_FAILURE);
}

static int
must_connect(const char *address)
{
	int fd = socket_connect(address);

	if (fd < 0)
		fail(address);
	return fd;
}

static void
must_write(int fd, struct span bytes)
{
	if (write(fd, bytes.ptr, bytes.len) != (ssize_t)bytes.len)
		fail("write");
}

/* One answer of one line. */
static struct span
must_read(int fd, char *text, size_t size)
{
	size_t len = 0;

	do {
		ssize_t n = read(fd, text + len, size - len);

		if (n <= 0)
			fail("read");
		len += (size_t)n;
	} while (text[len - 1] != '\n' && len < size);
	return span_make(text, len);
}

double
probe_job_bytes(const struct peer *peer, const char *address, pid_t pid, uint64_t jobs)
{
	struct load load = {
		.peer = peer,
		.address = address,
		.pid = pid,
		.connections = 8,
		.pipeline = 16,
		.first = STEP_PUT,
		.last = STEP_PUT,
		.jobs = jobs,
		.first_number = UINT64_C(1) << 32,
	};
	struct load_result result;
	uint64_t before = process_resident(pid);

	load_run(&load, &result);
	double bytes = ((double)process_resident(pid) - (double)before) / (double)jobs;

	load.first = STEP_TAKE;
	load.last = peer->last;
	load_run(&load, &result);
	return bytes;
}

double
probe_connection_bytes(const struct peer *peer, const char *address, pid_t pid,
	unsigned connections, double *ret_parked)
{
	int *fds = xcalloc(connections, sizeof(*fds));
	uint64_t before = process_resident(pid), idle, parked;
	char text[4096];

	for (unsigned i = 0; i < connections; i++) {
		fds[i] = must_connect(address);
		must_write(fds[i], span_str(peer->ping));
		must_read(fds[i], text, sizeof(text));
	}
	idle = process_resident(pid);
	for (unsigned i = 0; i < connections && strcmp(peer->kind, "inflightd") == 0; i++)
		must_write(fds[i], SPAN("{\"id\":1,\"method\":\"dequeue\",\"params\":{\"queue\":"
					"\"empty\",\"wait_ms\":600000}}\n"));
	usleep(100000);
	parked = process_resident(pid);
	for (unsigned i = 0; i < connections; i++)
		close(fds[i]);
	free(fds);
	usleep(100000);
	*ret_parked = ((double)parked - (double)before) / connections;
	return ((double)idle - (double)before) / connections;
}

static int
compare_doubles(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double
median(double *samples, unsigned count)
{
	qsort(samples, count, sizeof(*samples), compare_doubles);
	double middle = samples[count / 2];

	free(samples);
	return middle;
}

static double
since_us(uint64_t start)
{
	return (double)(now_ns() - start) / 1e3;
}

double
probe_round_trip(const struct peer *peer, const char *address, unsigned times)
{
	double *samples = xcalloc(times, sizeof(*samples));
	int fd = must_connect(address);
	struct buf out;
	char text[4096];

	buf_init(&out);
	for (unsigned i = 0; i < times; i++) {
		struct job job = {.number = i};

		buf_truncate(&out, 0);
		peer->request(STEP_PUT, &job, &out);
		/* As long a pause as the waiting worker has below. */
		usleep(200);
		uint64_t start = now_ns();

		must_write(fd, buf_span(&out));
		must_read(fd, text, sizeof(text));
		samples[i] = since_us(start);
	}
	buf_fini(&out);
	close(fd);
	return median(samples, times);
}

double
probe_wake_up(const char *address, unsigned times)
{
	const struct peer *peer = peer_find("inflightd");
	double *samples = xcalloc(times, sizeof(*samples));
	int worker = must_connect(address), maker = must_connect(address);
	char text[4096];
	struct buf out;

	buf_init(&out);
	for (unsigned i = 0; i < times; i++) {
		struct job job = {.number = i};

		must_write(worker, SPAN("{\"id\":1,\"method\":\"dequeue\",\"params\":{\"queue\":"
					"\"bench\"}}\n"));
		buf_truncate(&out, 0);
		peer->request(STEP_PUT, &job, &out);
		usleep(200);
		uint64_t start = now_ns();

		must_write(maker, buf_span(&out));
		struct span set = must_read(worker, text, sizeof(text));

		samples[i] = since_us(start);
		peer->answer(STEP_TAKE, &job, set.ptr, set.len);
		must_read(maker, text, sizeof(text));
		buf_truncate(&out, 0);
		peer->request(STEP_ACK, &job, &out);
		must_write(worker, buf_span(&out));
		set = must_read(worker, text, sizeof(text));
		peer->answer(STEP_ACK, &job, set.ptr, set.len);
	}
	buf_fini(&out);
	close(worker);
	close(maker);
	return median(samples, times);
}
