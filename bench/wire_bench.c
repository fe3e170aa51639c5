/*
 * Measures servers that run already: every cell (connections x pipeline) and mode
 * against each of them in turn, round after round, so that whatever else the machine
 * does meets all of them alike. bench/run starts the servers and this program.
 */
#include <config.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "load.h"
#include "probes.h"
#include "process.h"
#include "ratios.h"
#include "report.h"
#include "socket.h"

static const char usage[] =
	"usage: wire_bench [-r ROUNDS] [-n JOBS] [-c CELL]... [-m MODE] [-b JOBS] [-j FILE]\n"
	"                  -s KIND,PID,ADDRESS [-s ...]\n"
	"       wire_bench -p\n"
	"  -s  a server: inflightd, echo, beanstalkd, redis-list or redis-merge\n"
	"  -r  rounds (3)\n"
	"  -n  jobs of a run without pipelining (10000); pipelined four times as many\n"
	"  -c  only that cell, as in 50x1\n"
	"  -m  only that mode: put, take or all; none for no load at all\n"
	"  -b  measures bytes too, with so many jobs waiting\n"
	"  -j  writes the results there as JSON\n"
	"  -p  prints a port that is free just now\n";

#define SERVERS_MAX 16
#define CELLS_MAX   16

/* The server has the first core, this program the second. */
#define SERVER_CORE 0
#define LOAD_CORE   1

struct server {
	const struct peer *peer;
	const char *kind;
	const char *address;
	const char *wire; /* "tcp" or "unix" */
	pid_t pid;
};

struct cell {
	unsigned connections;
	unsigned pipeline;
};

struct options {
	struct server servers[SERVERS_MAX];
	size_t server_count;
	struct cell cells[CELLS_MAX];
	size_t cell_count;
	unsigned rounds;
	uint64_t jobs;
	uint64_t memory_jobs;
	const char *mode;
	const char *json;
};

static const struct cell all_cells[] = {
	{1, 1},
	{8, 1},
	{50, 1},
	{1, 16},
	{1, 64},
	{1, 128},
	{8, 16},
};

/* ---- one run ------------------------------------------------------------- */

static void
add(struct report *report, const struct server *server, struct cell cell, const char *mode,
	const struct load_result *result)
{
	char name[80];

	snprintf(name, sizeof(name), "%ux%u %s %s %s", cell.connections, cell.pipeline, mode,
		server->wire, server->kind);
	report_add(report, name, "cpu us/request", result->cpu_us_per_request);
	report_add(report, name, "cpu us/job", result->cpu_us_per_job);
	report_add(report, name, "jobs/s", result->jobs_per_second);
	report_add(report, name, "p50 us", result->p50_us);
	report_add(report, name, "p99 us", result->p99_us);
	report_add(report, name, "p999 us", result->p999_us);
}

static void
run_mode(const struct options *options, struct report *report, const struct server *server,
	struct cell cell, const char *mode, enum step first, enum step last)
{
	struct load load = {
		.peer = server->peer,
		.address = server->address,
		.pid = server->pid,
		.connections = cell.connections,
		.pipeline = cell.pipeline,
		.first = first,
		.last = last,
		.jobs = options->jobs * (cell.pipeline > 1 ? 4 : 1),
		.first_number = 1,
	};
	struct load_result result;

	load_run(&load, &result);
	add(report, server, cell, mode, &result);
}

/* Leaves the server as empty as it was. */
static void
run_cell(const struct options *options, struct report *report, const struct server *server,
	struct cell cell)
{
	const char *only = options->mode;
	enum step last = server->peer->last;

	if (only == NULL || strcmp(only, "put") == 0 || strcmp(only, "take") == 0) {
		run_mode(options, report, server, cell, "put", STEP_PUT, STEP_PUT);
		if (last > STEP_PUT)
			run_mode(options, report, server, cell, "take", STEP_TAKE, last);
	}
	if (last > STEP_PUT && (only == NULL || strcmp(only, "all") == 0))
		run_mode(options, report, server, cell, "all", STEP_PUT, last);
}

static void
run_round(const struct options *options, struct report *report)
{
	for (size_t c = 0; c < options->cell_count; c++) {
		for (size_t s = 0; s < options->server_count; s++)
			run_cell(options, report, &options->servers[s], options->cells[c]);
	}
}

/* Takes the jobs that a probe has put. */
static void
drain(const struct server *server, uint64_t jobs)
{
	struct load load = {
		.peer = server->peer,
		.address = server->address,
		.pid = server->pid,
		.connections = 1,
		.pipeline = 1,
		.first = STEP_TAKE,
		.last = server->peer->last,
		.jobs = jobs,
	};
	struct load_result result;

	if (server->peer->last > STEP_PUT)
		load_run(&load, &result);
}

static void
probe_times(struct report *report, const struct server *server, const char *name, unsigned times)
{
	report_add(report, name, "us round trip",
		probe_round_trip(server->peer, server->address, times));
	drain(server, times);
	if (strcmp(server->kind, "inflightd") == 0)
		report_add(report, name, "us wake-up", probe_wake_up(server->address, times));
}

static void
probe_bytes(struct report *report, const struct server *server, const char *name,
	unsigned connections, uint64_t jobs)
{
	double parked;

	report_add(report, name, "bytes/connection",
		probe_connection_bytes(
			server->peer, server->address, server->pid, connections, &parked));
	if (strcmp(server->kind, "inflightd") == 0)
		report_add(report, name, "bytes/parked", parked);
	if (server->peer->last > STEP_PUT)
		report_add(report, name, "bytes/job",
			probe_job_bytes(server->peer, server->address, server->pid, jobs));
}

static void
run_probes(const struct options *options, struct report *report)
{
	uint64_t jobs = options->memory_jobs;
	unsigned connections = jobs < 1000 ? (unsigned)jobs : 1000;
	pid_t last = 0;

	/* Bytes first, and once for a process: freed memory would be used again. */
	for (size_t i = 0; i < options->server_count; i++) {
		const struct server *server = &options->servers[i];

		if (server->pid != last)
			probe_bytes(report, server, server->kind, connections, jobs);
		last = server->pid;
	}
	for (size_t i = 0; i < options->server_count; i++) {
		const struct server *server = &options->servers[i];
		char name[80];

		snprintf(name, sizeof(name), "%s %s", server->wire, server->kind);
		probe_times(report, server, name, connections);
	}
}

/* ---- options ------------------------------------------------------------- */

static bool
add_server(struct options *options, char *text)
{
	char *pid = strchr(text, ','), *address = pid == NULL ? NULL : strchr(pid + 1, ',');
	struct server *server = &options->servers[options->server_count];

	if (address == NULL || options->server_count == SERVERS_MAX)
		return false;
	*pid++ = '\0';
	*address++ = '\0';
	*server = (struct server){
		.peer = peer_find(text),
		.kind = text,
		.address = address,
		.wire = strncmp(address, "unix:", 5) == 0 ? "unix" : "tcp",
		.pid = (pid_t)strtol(pid, NULL, 10),
	};
	options->server_count++;
	return server->peer != NULL && server->pid > 0;
}

static bool
add_cell(struct options *options, const char *text)
{
	char *end;
	unsigned long connections = strtoul(text, &end, 10);
	unsigned long pipeline = *end == 'x' ? strtoul(end + 1, NULL, 10) : 0;

	if (connections < 1 || connections > 10000 || pipeline < 1 || pipeline > 10000 ||
		options->cell_count == CELLS_MAX)
		return false;
	options->cells[options->cell_count++] =
		(struct cell){(unsigned)connections, (unsigned)pipeline};
	return true;
}

static int
print_port(void)
{
	unsigned port;

	if (socket_listen("tcp:127.0.0.1:0", &port) < 0)
		return EXIT_FAILURE;
	printf("%u\n", port);
	return EXIT_SUCCESS;
}

static bool
parse(int argc, char **argv, struct options *ret)
{
	int letter;

	while ((letter = getopt(argc, argv, "s:r:n:c:m:b:j:p")) != -1) {
		switch (letter) {
		case 's':
			if (!add_server(ret, optarg))
				return false;
			break;
		case 'r':
			ret->rounds = (unsigned)strtoul(optarg, NULL, 10);
			break;
		case 'n':
			ret->jobs = strtoull(optarg, NULL, 10);
			break;
		case 'c':
			if (!add_cell(ret, optarg))
				return false;
			break;
		case 'm':
			ret->mode = optarg;
			break;
		case 'b':
			ret->memory_jobs = strtoull(optarg, NULL, 10);
			break;
		case 'j':
			ret->json = optarg;
			break;
		case 'p':
			exit(print_port());
		default:
			return false;
		}
	}
	return optind == argc && ret->server_count > 0 && ret->rounds > 0 && ret->jobs > 0;
}

static void
prepare(const struct options *options)
{
	for (size_t i = 0; i < options->server_count; i++) {
		const struct server *server = &options->servers[i];

		if (server->peer->prepare != NULL)
			server->peer->prepare(server->address);
		if (!process_pin(server->pid, SERVER_CORE))
			fprintf(stderr, "wire_bench: %s is not pinned: %s\n", server->kind,
				strerror(errno));
	}
	if (!process_pin(0, LOAD_CORE))
		fprintf(stderr, "wire_bench: not pinned: %s\n", strerror(errno));
}

int
main(int argc, char **argv)
{
	struct options options = {.rounds = 3, .jobs = 10000};
	struct report report;

	if (!parse(argc, argv, &options)) {
		fputs(usage, stderr);
		return 2;
	}
	if (options.cell_count == 0) {
		options.cell_count = sizeof(all_cells) / sizeof(all_cells[0]);
		memcpy(options.cells, all_cells, sizeof(all_cells));
	}
	report_init(&report);
	prepare(&options);
	/* Before the load: memory that it leaves behind would be used again. */
	if (options.memory_jobs > 0)
		run_probes(&options, &report);
	for (unsigned round = 0; round < options.rounds; round++)
		run_round(&options, &report);
	ratios_add(&report);
	return report_finish(&report, "wire_bench", options.json);
}
