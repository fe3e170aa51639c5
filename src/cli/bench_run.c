/*
 * A run of `inflight bench` from its connections to its report. Everything belongs to
 * the struct here; the queue is deleted whatever happened in between.
 */
#include <config.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "cli/bench.h"
#include "cli/report.h"
#include "cli/signals.h"

#define OTHER_FDS 32 /* descriptors beside the connections */

const char *const bench_step_names[BENCH_STEPS] = {
	[BENCH_ENQUEUE] = "enqueue",
	[BENCH_DEQUEUE] = "dequeue",
	[BENCH_FINISH] = "finish",
};

uint64_t
bench_sum(const uint64_t *numbers)
{
	uint64_t sum = 0;

	for (int i = 0; i < BENCH_STEPS; i++)
		sum += numbers[i];
	return sum;
}

void
bench_tally_error(struct bench_tally *tally, const char *name)
{
	struct bench_error *errors = tally->errors;
	size_t i = 0;

	while (i < tally->error_count && strcmp(errors[i].name, name) != 0)
		i++;
	if (i == tally->error_count) {
		errors = realloc(errors, (i + 1) * sizeof *errors);
		if (errors == NULL)
			out_of_memory();
		errors[i] = (struct bench_error){.name = strdup(name)};
		if (errors[i].name == NULL)
			out_of_memory();
		tally->errors = errors;
		tally->error_count++;
	}
	errors[i].count++;
}

void
bench_tally_fini(struct bench_tally *tally)
{
	for (size_t i = 0; i < tally->error_count; i++)
		free(tally->errors[i].name);
	free(tally->errors);
}

/* ---- connections ------------------------------------------------------------- */

/* Many connections need more descriptors than a shell gives at first. */
static void
raise_descriptor_limit(int64_t connections)
{
	struct rlimit limit;
	rlim_t wanted = (rlim_t)connections + OTHER_FDS;

	if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= wanted)
		return;
	limit.rlim_cur = limit.rlim_max < wanted ? limit.rlim_max : wanted;
	setrlimit(RLIMIT_NOFILE, &limit);
}

/* All lanes are idle at first, neighbours in the list being on different connections. */
static void
make_lanes(struct bench *bench)
{
	const struct bench_options *options = bench->options;

	for (int64_t i = 0; i < options->connections; i++) {
		struct bench_connection *connection = &bench->connections[i];

		connection->waiting_end = &connection->waiting;
		connection->lanes =
			zero_alloc((size_t)options->pipeline, sizeof(struct bench_lane));
	}
	for (int64_t k = 0; k < options->pipeline; k++) {
		for (int64_t i = 0; i < options->connections; i++) {
			struct bench_lane *lane = &bench->connections[i].lanes[k];

			lane->connection = &bench->connections[i];
			*bench->idle_end = lane;
			bench->idle_end = &lane->next;
		}
	}
}

/* False, after a report, where one cannot be made. */
static bool
open_connections(struct bench *bench)
{
	const struct bench_options *options = bench->options;

	raise_descriptor_limit(options->connections);
	bench->ready_end = &bench->ready;
	bench->idle_end = &bench->idle;
	bench->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (bench->epoll < 0)
		out_of_memory();
	bench->control = client_open(bench->common, &bench->status);
	if (bench->control == NULL)
		return false;
	for (int64_t i = 0; i < options->connections; i++) {
		bench->connections[i].client = client_open(bench->common, &bench->status);
		if (bench->connections[i].client == NULL)
			return false;
	}
	make_lanes(bench);
	return true;
}

static void
close_connections(struct bench *bench)
{
	for (int64_t i = 0; i < bench->options->connections; i++) {
		inflight_free(bench->connections[i].client);
		free(bench->connections[i].lanes);
	}
	free(bench->connections);
	inflight_free(bench->control);
	close(bench->epoll);
}

/* ---- loads ------------------------------------------------------------------- */

/* Puts sets into the queue for a load that only takes; false where that did not work. */
static bool
fill(struct bench *bench)
{
	struct bench_tally *tally = zero_alloc(1, sizeof *tally);
	bool ok;

	bench->load = (struct bench_load){
		.ops = 1,
		.jobs_left = (uint64_t)bench->options->jobs,
		.end_ns = UINT64_MAX,
		.tally = tally,
	};
	bench_loop(bench);
	ok = !bench->over && tally->failed == 0;
	if (tally->failed > 0) {
		report("the queue cannot be filled: %s", tally->errors[0].name);
		bench->status = STATUS_REFUSED;
	}
	bench_tally_fini(tally);
	free(tally);
	return ok;
}

static void
measure(struct bench *bench)
{
	const struct bench_options *options = bench->options;
	struct bench_tally *tally = &bench->found;
	uint64_t daemon_before = bench_cpu_ns(bench->daemon);
	uint64_t own_before = bench_own_cpu_ns();
	uint64_t daemon_after;
	uint64_t now = now_ns();

	bench->load = (struct bench_load){
		.ops = options->ops,
		.takes = options->mix->takes,
		.jobs_left = options->jobs == 0 ? UINT64_MAX : (uint64_t)options->jobs,
		.start_ns = now,
		.end_ns = options->seconds == 0 ? UINT64_MAX
						: now + (uint64_t)options->seconds * SECOND_NS,
		.rate = (uint64_t)options->rate,
		.next_ns = now,
		.tally = tally,
	};
	bench_loop(bench);
	tally->own_cpu_ns = bench_own_cpu_ns() - own_before;
	daemon_after = bench_cpu_ns(bench->daemon);
	if (daemon_after > daemon_before)
		tally->daemon_cpu_ns = daemon_after - daemon_before;
}

/* The load between two looks at the daemon's counters; true where there is something to tell. */
static bool
run_load(struct bench *bench)
{
	struct bench_counters before = {0};
	struct bench_counters *after = &bench->counted;

	if (bench->options->ops == 0 && !fill(bench))
		return false;
	if (bench->owns_queue && !bench_queue_count(bench, &before))
		return false;
	measure(bench);
	if (!bench->owns_queue || !bench_queue_count(bench, after))
		return true;
	after->enqueued -= before.enqueued;
	after->merged -= before.merged;
	after->dequeued -= before.dequeued;
	after->finished -= before.finished;
	return true;
}

static void
tell(struct bench *bench)
{
	if (bench->options->json)
		bench_report_json(bench);
	else
		bench_report_text(bench);
	if (fflush(stdout) != 0 || ferror(stdout)) {
		report("cannot write: %s", strerror(errno));
		bench->status = STATUS_USAGE;
	}
}

static void
run_and_tell(struct bench *bench)
{
	bool measured;

	/* Jobs become due at moments finer than the kernel's usual slack. */
	prctl(PR_SET_TIMERSLACK, 1);
	bench->daemon = bench_daemon_pid(bench);
	signals_catch();
	if (!bench_queue_create(bench))
		return;
	bench_lanes_init(bench);
	measured = run_load(bench);
	bench_queue_delete(bench);
	if (measured)
		tell(bench);
	if (bench->status == STATUS_OK && bench->found.failed > 0)
		bench->status = STATUS_REFUSED;
}

int
bench_run(const struct bench_options *options, const struct common *common)
{
	struct bench *bench = zero_alloc(1, sizeof *bench);
	int status;
	int die_of;

	bench->options = options;
	bench->common = common;
	bench->keys = (struct bench_keys){
		.count = (uint64_t)options->keys,
		.skewed = options->skewed,
		.state = now_ns(),
	};
	bench->connections =
		zero_alloc((size_t)options->connections, sizeof(struct bench_connection));
	if (open_connections(bench))
		run_and_tell(bench);
	close_connections(bench);
	bench_lanes_fini(bench);
	bench_tally_fini(&bench->found);
	status = bench->status;
	die_of = bench->die_of;
	free(bench);
	if (die_of != 0)
		signals_die(die_of);
	return status;
}
