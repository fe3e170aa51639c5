/*
 * What `inflight bench` asks on a connection of its own, before and after the load: its
 * queue, the daemon's counters, and which process the daemon is.
 */
#include <config.h>

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "cli/bench.h"
#include "cli/report.h"

#define CALL_MS     10000      /* for an answer, where -t does not say */
#define NO_BOUND    1000000000 /* the largest depth and width there are */
#define MANAGER_PID 1

static int64_t
call_ms(const struct bench *bench)
{
	return bench->common->timeout_ms < 0 ? CALL_MS : bench->common->timeout_ms;
}

/* A request; NULL, after a report, where it was not answered or refused. */
static struct inflight_reply *
ask(struct bench *bench, const char *method, struct params *params)
{
	struct inflight_span text = {NULL, 0};
	struct inflight_reply *reply;
	enum inflight_status status;

	if (params != NULL)
		text = inflight_bytes_span(&params->text);
	status = inflight_call_text(
		bench->control, method, text.ptr, text.len, call_ms(bench), &reply);
	if (status != INFLIGHT_OK) {
		bench->status = report_status(bench->control, status);
		return NULL;
	}
	if (!inflight_reply_is_error(reply))
		return reply;
	report_error(bench->queue, reply);
	bench->status = STATUS_REFUSED;
	inflight_reply_free(reply);
	return NULL;
}

static void
begin_params(const struct bench *bench, struct params *params)
{
	params_begin(params);
	params_text(params, "queue", bench->queue);
}

bool
bench_queue_create(struct bench *bench)
{
	struct params params = {0};
	struct inflight_reply *reply;
	uint32_t random = 0;

	if (bench->options->queue != NULL) {
		snprintf(bench->queue, sizeof bench->queue, "%s", bench->options->queue);
		return true;
	}
	if (getrandom(&random, sizeof random, GRND_NONBLOCK) != sizeof random)
		random = (uint32_t)time(NULL);
	snprintf(bench->queue, sizeof bench->queue, "bench-%ld-%08" PRIx32, (long)getpid(), random);
	begin_params(bench, &params);
	params_int(&params, "depth", NO_BOUND);
	params_int(&params, "width", NO_BOUND);
	params_end(&params);
	reply = ask(bench, "queue.create", &params);
	params_fini(&params);
	bench->owns_queue = reply != NULL;
	inflight_reply_free(reply);
	return bench->owns_queue;
}

void
bench_queue_delete(struct bench *bench)
{
	struct params params = {0};
	struct inflight_reply *reply = NULL;

	if (!bench->owns_queue)
		return;
	begin_params(bench, &params);
	params_json(&params, "force", (struct inflight_span){"true", 4});
	params_end(&params);
	if (inflight_is_connected(bench->control) ||
		inflight_connect(bench->control, call_ms(bench)) == INFLIGHT_OK)
		reply = ask(bench, "queue.delete", &params);
	if (reply == NULL)
		report("the queue %s could not be deleted", bench->queue);
	inflight_reply_free(reply);
	params_fini(&params);
}

static int64_t
member_int(const json_t *object, const char *name)
{
	return json_integer_value(json_object_get(object, name));
}

bool
bench_queue_count(struct bench *bench, struct bench_counters *ret)
{
	struct params params = {0};
	struct inflight_reply *reply;
	json_t *stats;

	begin_params(bench, &params);
	params_end(&params);
	reply = ask(bench, "queue.stats", &params);
	params_fini(&params);
	if (reply == NULL)
		return false;
	stats = inflight_reply_result(reply);
	*ret = (struct bench_counters){
		.enqueued = member_int(stats, "enqueued"),
		.merged = member_int(stats, "merged"),
		.dequeued = member_int(stats, "dequeued"),
		.finished = member_int(stats, "finished"),
	};
	json_decref(stats);
	inflight_reply_free(reply);
	return true;
}

/* Whether the process has the daemon's name. */
static bool
is_inflightd(pid_t pid)
{
	char path[64];
	char name[32] = "";
	FILE *file;

	snprintf(path, sizeof path, "/proc/%ld/comm", (long)pid);
	file = fopen(path, "re");
	if (file == NULL)
		return false;
	if (fgets(name, sizeof name, file) == NULL)
		name[0] = '\0';
	fclose(file);
	return strcmp(name, "inflightd\n") == 0;
}

pid_t
bench_daemon_pid(struct bench *bench)
{
	struct ucred peer = {0};
	socklen_t len = sizeof peer;
	struct inflight_reply *reply;
	json_t *info;
	pid_t pid;

	if (getsockopt(inflight_fd(bench->control), SOL_SOCKET, SO_PEERCRED, &peer, &len) != 0 ||
		peer.pid <= 0)
		return 0;
	reply = ask(bench, "info", NULL);
	if (reply == NULL)
		return 0;
	info = inflight_reply_result(reply);
	pid = (pid_t)member_int(info, "pid");
	json_decref(info);
	inflight_reply_free(reply);
	if (pid == peer.pid)
		return pid;
	/* A service manager that made the socket is its peer for ever. */
	return peer.pid == MANAGER_PID && pid > 0 && is_inflightd(pid) ? pid : 0;
}

uint64_t
bench_cpu_ns(pid_t pid)
{
	unsigned long long spent = 0;
	char path[64];
	char text[64];
	FILE *file;

	if (pid == 0)
		return 0;
	snprintf(path, sizeof path, "/proc/%ld/schedstat", (long)pid);
	file = fopen(path, "re");
	if (file == NULL)
		return 0;
	if (fgets(text, sizeof text, file) != NULL)
		spent = strtoull(text, NULL, 10);
	fclose(file);
	return spent;
}

uint64_t
bench_own_cpu_ns(void)
{
	struct timespec spent;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &spent);
	return (uint64_t)spent.tv_sec * 1000000000 + (uint64_t)spent.tv_nsec;
}
