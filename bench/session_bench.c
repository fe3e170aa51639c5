/*
 * Measures the way of a request through the protocol in process: the lines that the load
 * generator sends are fed to a session, many in one go as a pipelining peer sends them, on a
 * service with the engine in memory; the answers are read as the peer would read them. No
 * socket, no kernel: what is told is the price of scanning, arguments, the engine and replies.
 *
 * Only exchange() is measured, so its instructions can be counted too:
 *
 *	valgrind --tool=callgrind --toggle-collect=exchange bench/session_bench -c put
 *
 * which is the same from run to run, whatever else the machine does.
 */
#include <config.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/check.h"
#include "command/session.h"
#include "peer.h"
#include "process.h"
#include "report.h"

static const char usage[] =
	"usage: session_bench [-r ROUNDS] [-n JOBS] [-d DEPTH] [-p PIPELINE] [-c STEP] [-j FILE]\n"
	"  -r ROUNDS    rounds of everything (3)\n"
	"  -n JOBS      jobs of a round (200000)\n"
	"  -d DEPTH     jobs that wait all the time (1000)\n"
	"  -p PIPELINE  requests that arrive together (128)\n"
	"  -c STEP      measures only put, take or ack\n"
	"  -j FILE      writes the results there as JSON\n";

#define STEPS 3

static const char *const step_names[STEPS] = {"put", "take", "ack"};

struct options {
	unsigned rounds;
	uint64_t jobs;
	uint64_t depth;
	unsigned pipeline;
	const char *only;
	const char *json;
};

struct bench {
	const struct options *options;
	const struct peer *peer;
	struct service *service;
	struct session *session;
	struct job *jobs; /* those of one go */
	uint64_t next_number;
	uint64_t now_ns;
	struct buf in;
	struct buf out;
	uint64_t spent_ns[STEPS];
};

static void
flush(struct bench *bench)
{
	struct session *session;

	while ((session = service_pop_dirty(bench->service)) != NULL) {
		struct span output = buf_span(session_output(session));

		buf_add(&bench->out, output);
		session_sent(session, output.len);
	}
}

static void
let_work(struct bench *bench)
{
	bench->now_ns += 1000;
	service_begin(bench->service, bench->now_ns);
	session_feed(bench->session, bench->in.data, buf_len(&bench->in));
	while (service_turn(bench->service))
		flush(bench);
	flush(bench);
}

/* The same under a name of its own: what is measured. */
static void __attribute__((noinline)) exchange(struct bench *bench)
{
	let_work(bench);
}

static void
read_answers(struct bench *bench, enum step step)
{
	for (unsigned i = 0; i < bench->options->pipeline; i++) {
		struct span out = buf_span(&bench->out);
		size_t len = bench->peer->answer(step, &bench->jobs[i], out.ptr, out.len);

		CHECK(len > 0);
		buf_consume(&bench->out, len);
	}
	CHECK(buf_len(&bench->out) == 0);
}

/* One step of as many jobs as arrive together. */
static void
do_step(struct bench *bench, enum step step, bool measured)
{
	const char *only = bench->options->only;

	buf_truncate(&bench->in, 0);
	for (unsigned i = 0; i < bench->options->pipeline; i++)
		bench->peer->request(step, &bench->jobs[i], &bench->in);
	if (measured && (only == NULL || strcmp(only, step_names[step]) == 0)) {
		uint64_t start = cpu_ns();

		exchange(bench);
		bench->spent_ns[step] += cpu_ns() - start;
	} else {
		let_work(bench);
	}
	read_answers(bench, step);
}

static void
number_jobs(struct bench *bench)
{
	for (unsigned i = 0; i < bench->options->pipeline; i++)
		bench->jobs[i].number = bench->next_number++;
}

/* Jobs from coming to going while as many others wait as there are at the beginning. */
static void
do_jobs(struct bench *bench, uint64_t jobs, bool measured)
{
	for (uint64_t done = 0; done < jobs; done += bench->options->pipeline) {
		number_jobs(bench);
		for (enum step step = STEP_PUT; step <= STEP_ACK; step++)
			do_step(bench, step, measured);
	}
}

static void
bench_init(struct bench *bench, const struct options *options)
{
	struct core_seed seed = {{1, 2}, {3, 4}, "benching", 1};
	struct service_config config;

	*bench = (struct bench){.options = options, .peer = peer_find("inflightd")};
	bench->jobs = xcalloc(options->pipeline, sizeof(*bench->jobs));
	service_config_init(&config);
	config.core.queue_defaults.depth = UINT64_C(1000000000);
	config.core.max_memory = 0;
	bench->service = service_new(&config, &seed, engine_memory_new, bench->now_ns);
	bench->session = session_new(bench->service, "bench", NULL);
}

static void
bench_fini(struct bench *bench)
{
	session_close(bench->session);
	service_free(bench->service);
	buf_fini(&bench->in);
	buf_fini(&bench->out);
	free(bench->jobs);
}

static void
run_round(const struct options *options, struct report *report)
{
	struct bench bench;
	char name[80];

	bench_init(&bench, options);
	for (uint64_t waiting = 0; waiting < options->depth; waiting += options->pipeline) {
		number_jobs(&bench);
		do_step(&bench, STEP_PUT, false);
	}
	/* Once through the queue first: then the memory is as it is after hours. */
	do_jobs(&bench, options->depth, false);
	do_jobs(&bench, options->jobs, true);
	for (int step = 0; step < STEPS; step++) {
		if (options->only != NULL && strcmp(options->only, step_names[step]) != 0)
			continue;
		snprintf(name, sizeof(name), "session %s, %u in one go", step_names[step],
			options->pipeline);
		report_add(
			report, name, "ns", (double)bench.spent_ns[step] / (double)options->jobs);
	}
	bench_fini(&bench);
}

static bool
parse(int argc, char **argv, struct options *ret)
{
	int letter;

	while ((letter = getopt(argc, argv, "r:n:d:p:c:j:")) != -1) {
		switch (letter) {
		case 'r':
			ret->rounds = (unsigned)strtoul(optarg, NULL, 10);
			break;
		case 'n':
			ret->jobs = strtoull(optarg, NULL, 10);
			break;
		case 'd':
			ret->depth = strtoull(optarg, NULL, 10);
			break;
		case 'p':
			ret->pipeline = (unsigned)strtoul(optarg, NULL, 10);
			break;
		case 'c':
			ret->only = optarg;
			break;
		case 'j':
			ret->json = optarg;
			break;
		default:
			return false;
		}
	}
	return optind == argc && ret->rounds > 0 && ret->pipeline > 0 && ret->jobs > 0;
}

int
main(int argc, char **argv)
{
	struct options options = {.rounds = 3, .jobs = 200000, .depth = 1000, .pipeline = 128};
	struct report report;

	if (!parse(argc, argv, &options)) {
		fputs(usage, stderr);
		return 2;
	}
	report_init(&report);
	for (unsigned round = 0; round < options.rounds; round++)
		run_round(&options, &report);
	return report_finish(&report, "session_bench", options.json);
}
