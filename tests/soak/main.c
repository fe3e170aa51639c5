/*
 * The soak's parent: starts all, disturbs all, judges at the end. It owns the daemon,
 * its folder, and the clients.
 *
 *   HOURS=0.5 tests/soak/soak     for so long; OPS=n: n ops sent a second, else as many as
 *                                 can be; CSV=file: where the samples go (soak.csv)
 *
 * Every so often all producers rest until nothing is left inside: what the daemon's
 * memory is then must not grow, and no descriptor may be left.
 */
#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "soak/sampler.h"

#define TICK_MS        20
#define KILL_MS        200 /* five a second */
#define STOP_MS        2000
#define STOPPED_MS     1500 /* longer than a lease */
#define SAMPLE_MS      5000
#define REST_MS        60000
#define RELOAD_MS      60000
#define MEMORY_MS      300000
#define DESCRIPTORS_MS 300000
#define DRAIN_MS       120000 /* then something is stuck inside */
#define DESCRIPTORS    200    /* that the daemon may have */
#define DRIFT_MAX      0.01   /* of its memory in an hour ... */
#define DRIFT_SLACK    524288 /* ... or so many bytes in all: pages that a peak touched first stay */
#define DRIFT_HOURS    0.2    /* a run must have lasted to be judged by it */

/* What happens every so often, in a short run at least four times. */
struct episode {
	uint64_t period_ms;
	uint64_t next_ms;
	unsigned count;
};

enum { KILL, STOP, SAMPLE, REST, RELOAD, MEMORY, HANDLES, EPISODES };

struct soak {
	struct shared *shared;
	struct target target;
	struct sampler sampler;
	struct episode episodes[EPISODES];
	char dir[64];
	pid_t daemon;
	pid_t hog; /* 0: none */
	uint64_t start_ms;
	uint64_t end_ms;
	uint64_t random;
	unsigned client_count;
	int64_t own_descriptors; /* of the daemon, beyond its connections; -1: not known yet */
	unsigned worst_faults;
};

static pid_t started_daemon; /* for die() */

uint64_t
now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

void
die(const char *format, ...)
{
	va_list args;

	fputs("soak: ", stderr);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
	if (started_daemon > 0)
		kill(started_daemon, SIGKILL);
	_exit(EXIT_FAILURE);
}

/* ---- the daemon ---------------------------------------------------------- */

static void
exec_daemon(const struct soak *soak, int out)
{
	static const struct rlimit descriptors = {DESCRIPTORS, DESCRIPTORS};
	const char *program = getenv("INFLIGHTD");
	char address[128], log[128], config[128];
	int fd;

	snprintf(address, sizeof(address), "unix:%s/sock", soak->dir);
	snprintf(log, sizeof(log), "%s/log", soak->dir);
	snprintf(config, sizeof(config), "%s/conf", soak->dir);
	fd = open(log, O_WRONLY | O_CREAT | O_APPEND, 0600);
	if (fd < 0 || dup2(fd, STDERR_FILENO) < 0 || dup2(out, STDOUT_FILENO) < 0 ||
		setrlimit(RLIMIT_NOFILE, &descriptors) != 0)
		_exit(126);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	close(fd);
	execl(program == NULL ? "./inflightd" : program, "inflightd", "-c", config, "-l", address,
		"-l", "tcp:127.0.0.1:0", (char *)NULL);
	_exit(127);
}

static void
write_config(const struct soak *soak)
{
	char path[128];
	FILE *file;

	snprintf(path, sizeof(path), "%s/conf", soak->dir);
	file = fopen(path, "we");
	if (file == NULL)
		die("cannot write %s", path);
	fputs("max_memory = 32M\nlease_ms = 1000\ndepth = 2000\nwidth = 256\n"
	      "drain_timeout_ms = 1000\nlog_level = warning\n"
	      "[queue windows]\nwindow_ms = 40\nquiet_ms = 10\n"
	      "[queue exclusive]\nexclusive = yes\n"
	      "[queue mortal]\nwindow_ms = 30\n",
		file);
	if (fclose(file) != 0)
		die("cannot write %s", path);
}

static void
start_daemon(struct soak *soak)
{
	char line[256];
	FILE *ready;
	int fds[2];

	snprintf(soak->dir, sizeof(soak->dir), "/tmp/inflight-soak.XXXXXX");
	if (mkdtemp(soak->dir) == NULL || pipe2(fds, O_CLOEXEC) != 0)
		die("no folder, or no pipe");
	write_config(soak);
	soak->daemon = fork();
	if (soak->daemon == 0)
		exec_daemon(soak, fds[1]);
	started_daemon = soak->daemon;
	close(fds[1]);
	ready = fdopen(fds[0], "r");
	for (int i = 0; i < 2; i++) {
		if (ready == NULL || fgets(line, sizeof(line), ready) == NULL)
			die("the daemon did not start, see %s/log", soak->dir);
	}
	soak->target.port = (int)strtol(strrchr(line, ':') + 1, NULL, 10);
	snprintf(soak->target.unix_path, sizeof(soak->target.unix_path), "%s/sock", soak->dir);
}

/* ---- clients ------------------------------------------------------------- */

static uint64_t
draw(struct soak *soak, uint64_t below)
{
	soak->random ^= soak->random << 13;
	soak->random ^= soak->random >> 7;
	soak->random ^= soak->random << 17;
	return soak->random % below;
}

static void
start_client(struct soak *soak, struct client *client)
{
	pid_t pid;

	fflush(NULL);
	pid = fork();
	if (pid < 0)
		die("fork: %s", strerror(errno));
	if (pid > 0) {
		client->is_stopped = false;
		client->pid = pid; /* the child must not write here, where it is 0 */
		return;
	}
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	started_daemon = 0;
	client_run(soak->shared, client, &soak->target);
}

static void
start_clients(struct soak *soak)
{
	static const unsigned counts[ROLE_COUNT] = {
		[ROLE_PRODUCER] = 4, [ROLE_WORKER] = 5, [ROLE_CALLER] = 3, [ROLE_GROUPER] = 2};

	for (int role = 0; role < ROLE_COUNT; role++) {
		for (unsigned i = 0; i < counts[role]; i++) {
			struct client *client = &soak->shared->clients[soak->client_count++];

			client->role = (enum role)role;
			start_client(soak, client);
		}
	}
}

/* What the dead one had sent and nobody heard the answer of. */
static void
bury(struct soak *soak, struct client *client)
{
	uint32_t count = atomic_exchange(&client->in_doubt, 0);

	for (uint32_t i = 0; i < count; i++)
		atomic_fetch_or(&soak->shared->ops[client->ops[i]], OP_UNKNOWN);
}

static struct client *
find_client(struct soak *soak, pid_t pid)
{
	for (unsigned i = 0; i < soak->client_count; i++) {
		if (soak->shared->clients[i].pid == pid)
			return &soak->shared->clients[i];
	}
	return NULL;
}

/* The dead are replaced; whoever was not killed has found something wrong, and said it. */
static void
reap(struct soak *soak, bool replace)
{
	struct client *client;
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		if (pid == soak->daemon) {
			started_daemon = 0;
			die("the daemon ended, status %d; see %s/log", status, soak->dir);
		}
		if (pid == soak->hog)
			soak->hog = 0;
		else if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGKILL)
			die("a client found something wrong");
		if (pid != soak->hog && status != 0 && !WIFSIGNALED(status))
			die("something went wrong");
		client = find_client(soak, pid);
		if (client == NULL)
			continue;
		bury(soak, client);
		if (replace)
			start_client(soak, client);
	}
}

static void
let_go_on(struct soak *soak)
{
	for (unsigned i = 0; i < soak->client_count; i++) {
		struct client *client = &soak->shared->clients[i];

		if (!client->is_stopped || now_ms() < client->goes_on_ms)
			continue;
		client->is_stopped = false;
		kill(client->pid, SIGCONT);
	}
}

static void
stop_worker(struct soak *soak)
{
	struct client *client = &soak->shared->clients[draw(soak, soak->client_count)];

	if (client->role != ROLE_WORKER || client->is_stopped)
		return;
	client->is_stopped = true;
	client->goes_on_ms = now_ms() + STOPPED_MS;
	kill(client->pid, SIGSTOP);
}

/* ---- episodes ------------------------------------------------------------ */

static void
start_hog(struct soak *soak, void (*hog)(const struct target *target))
{
	if (soak->hog != 0)
		return;
	fflush(NULL);
	soak->hog = fork();
	if (soak->hog != 0)
		return;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	started_daemon = 0;
	hog(&soak->target);
}

/* Until nothing is inside; the last look is the sample. */
static void
drain(struct soak *soak, struct sample *ret)
{
	uint64_t end_ms = now_ms() + DRAIN_MS;

	atomic_store(&soak->shared->rests, true);
	do {
		poll(NULL, 0, TICK_MS);
		let_go_on(soak);
		reap(soak, true);
		sampler_look(&soak->sampler, ret);
		if (now_ms() > end_ms)
			die("%lld ops and %lld leases are stuck inside", (long long)ret->inside,
				(long long)ret->leases);
	} while (ret->inside != 0 || ret->leases != 0 || soak->hog != 0);
}

static void
rest(struct soak *soak)
{
	struct sample sample;
	int64_t own;

	drain(soak, &sample);
	sampler_rest(&soak->sampler, &sample);
	atomic_store(&soak->shared->rests, false);
	/* A connection that just ended is not closed in the same moment. */
	own = sample.descriptors - sample.connections;
	if (soak->own_descriptors < 0 || own < soak->own_descriptors)
		soak->own_descriptors = own;
}

static void
happen(struct soak *soak, int episode)
{
	struct sample sample;

	switch (episode) {
	case KILL:
		kill(soak->shared->clients[draw(soak, soak->client_count)].pid, SIGKILL);
		return;
	case STOP:
		stop_worker(soak);
		return;
	case SAMPLE:
		sampler_look(&soak->sampler, &sample);
		return;
	case REST:
		rest(soak);
		return;
	case RELOAD:
		kill(soak->daemon, SIGHUP);
		return;
	case MEMORY:
		start_hog(soak, hog_memory);
		return;
	case HANDLES:
		start_hog(soak, hog_descriptors);
		return;
	default:
		return;
	}
}

static void
plan(struct soak *soak)
{
	static const uint64_t periods[EPISODES] = {[KILL] = KILL_MS,
		[STOP] = STOP_MS,
		[SAMPLE] = SAMPLE_MS,
		[REST] = REST_MS,
		[RELOAD] = RELOAD_MS,
		[MEMORY] = MEMORY_MS,
		[HANDLES] = DESCRIPTORS_MS};
	uint64_t most = (soak->end_ms - soak->start_ms) / 4 + 1;

	for (int i = 0; i < EPISODES; i++) {
		struct episode *episode = &soak->episodes[i];

		episode->period_ms = periods[i] < most ? periods[i] : most;
		/* Not all at the same moment. */
		episode->next_ms =
			soak->start_ms + episode->period_ms * (uint64_t)(i + 1) / (EPISODES + 1);
	}
}

static void
run(struct soak *soak)
{
	while (now_ms() < soak->end_ms) {
		poll(NULL, 0, TICK_MS);
		reap(soak, true);
		let_go_on(soak);
		for (int i = 0; i < EPISODES; i++) {
			struct episode *episode = &soak->episodes[i];

			if (now_ms() < episode->next_ms)
				continue;
			episode->next_ms += episode->period_ms;
			episode->count++;
			happen(soak, i);
		}
	}
}

/* ---- the end ------------------------------------------------------------- */

static void
end_clients(struct soak *soak)
{
	for (unsigned i = 0; i < soak->client_count; i++)
		kill(soak->shared->clients[i].pid, SIGKILL);
	for (unsigned i = 0; i < soak->client_count; i++)
		waitpid(soak->shared->clients[i].pid, NULL, 0);
	for (unsigned i = 0; i < soak->client_count; i++)
		bury(soak, &soak->shared->clients[i]);
}

/* Each op that was accepted is done, or cancelled, or may be, or it could expire. */
static bool
judge_ops(const struct soak *soak, const struct sample *last)
{
	uint64_t count = atomic_load(&soak->shared->next_op);
	uint64_t lost = 0;
	int64_t expired = 0;

	for (uint64_t op = 0; op < count; op++) {
		unsigned char marks = atomic_load(&soak->shared->ops[op]);

		if ((marks & OP_ACCEPTED) == 0 ||
			(marks & (OP_DONE | OP_CANCELLED | OP_UNKNOWN)) != 0)
			continue;
		if ((marks & OP_MORTAL) != 0)
			expired++;
		else if (lost++ == 0)
			fprintf(stderr, "soak: op %llu was lost\n", (unsigned long long)op);
	}
	printf("ops: %llu sent, %llu accepted, %llu finished, %llu refused, %llu lost\n",
		(unsigned long long)count, (unsigned long long)atomic_load(&soak->shared->enqueues),
		(unsigned long long)atomic_load(&soak->shared->finishes),
		(unsigned long long)atomic_load(&soak->shared->refusals), (unsigned long long)lost);
	printf("expired: %lld by the ledger, %lld by the daemon\n", (long long)expired,
		(long long)last->expired);
	/* It may also have been one that was sent, and nobody heard whether it was accepted. */
	return lost == 0 && expired <= last->expired;
}

static bool
judge_memory(const struct soak *soak)
{
	double hours = (double)(soak->end_ms - soak->start_ms) / 3600000;
	double drift, error, last, grown;

	if (!sampler_drift(&soak->sampler, &drift, &error)) {
		puts("memory: too short a run to tell whether it grows");
		return true;
	}
	last = (double)soak->sampler.rests[soak->sampler.rest_count - 1].rss_bytes;
	grown = drift * hours * last;
	printf("memory: %.1f MB at the last rest of %zu, growth %+.2f %% an hour (+-%.2f), %.0f "
	       "kB\n",
		last / 1e6, soak->sampler.rest_count, drift * 100, error * 100, grown / 1e3);
	/* Where the line is steeper than chance explains. */
	return hours < DRIFT_HOURS || drift - error < DRIFT_MAX || grown < DRIFT_SLACK;
}

static bool
judge_end(struct soak *soak)
{
	char path[128], line[1024];
	unsigned errors = 0;
	int status;
	FILE *log;

	started_daemon = 0;
	kill(soak->daemon, SIGTERM);
	if (waitpid(soak->daemon, &status, 0) != soak->daemon || status != 0)
		printf("the daemon ended with status %d\n", status);
	snprintf(path, sizeof(path), "%s/log", soak->dir);
	log = fopen(path, "re");
	while (log != NULL && fgets(line, sizeof(line), log) != NULL) {
		if (strncmp(line, "error: ", 7) == 0 && errors++ == 0)
			printf("the log: %s", line);
	}
	if (log != NULL)
		fclose(log);
	return status == 0 && errors == 0;
}

static void
print_load(const struct soak *soak, const struct sample *last)
{
	const struct episode *episodes = soak->episodes;
	double seconds = (double)(now_ms() - soak->start_ms) / 1000;

	printf("load: %.0f s, %.0f ops/s, %lld sets delivered, %lld turns, the longest %lld us\n",
		seconds, (double)last->enqueued / seconds, (long long)last->dequeued,
		(long long)last->turns, (long long)last->turn_max_us);
	printf("clients: %u killed, %u stops, %llu leases lost, %llu calls, %llu groups\n",
		episodes[KILL].count, episodes[STOP].count,
		(unsigned long long)atomic_load(&soak->shared->lost_leases),
		(unsigned long long)atomic_load(&soak->shared->calls_done),
		(unsigned long long)atomic_load(&soak->shared->groups_done));
	printf("episodes: %u reloads, %u of no memory, %u of no descriptors, %u rests\n",
		episodes[RELOAD].count, episodes[MEMORY].count, episodes[HANDLES].count,
		episodes[REST].count);
}

/* Only the sampler is left: as many descriptors as at the first rest, beyond connections. */
static bool
judge_descriptors(struct soak *soak, struct sample *ret)
{
	uint64_t end_ms = now_ms() + DRAIN_MS;
	int64_t own;

	do {
		poll(NULL, 0, TICK_MS);
		sampler_look(&soak->sampler, ret);
		own = ret->descriptors - ret->connections;
	} while ((ret->connections > 1 || own > soak->own_descriptors) && now_ms() < end_ms);
	printf("descriptors: %lld beyond connections, %lld at rests; %lld connections\n",
		(long long)own, (long long)soak->own_descriptors, (long long)ret->connections);
	return own <= soak->own_descriptors && ret->connections == 1;
}

static void
remove_folder(const struct soak *soak)
{
	static const char *const names[] = {"log", "conf", "sock"};
	char path[128];

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", soak->dir, names[i]);
		unlink(path);
	}
	rmdir(soak->dir);
}

static bool
judge(struct soak *soak)
{
	struct sample last;
	bool good;

	drain(soak, &last);
	end_clients(soak);
	/* Those that were killed may have left some behind. */
	good = judge_descriptors(soak, &last);
	print_load(soak, &last);
	good &= judge_ops(soak, &last);
	good &= judge_memory(soak);
	good &= judge_end(soak);
	puts(good ? "good" : "NOT good");
	if (good)
		remove_folder(soak);
	return good;
}

int
main(void)
{
	const char *hours = getenv("HOURS");
	const char *ops = getenv("OPS");
	const char *csv = getenv("CSV");
	static struct soak soak = {.own_descriptors = -1};

	setvbuf(stdout, NULL, _IOLBF, 0);
	soak.shared = mmap(NULL, sizeof(*soak.shared), PROT_READ | PROT_WRITE,
		MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (soak.shared == MAP_FAILED)
		die("no memory for the ledger");
	if (ops != NULL)
		atomic_store(&soak.shared->ops_per_second, strtoull(ops, NULL, 10) / 4 + 1);
	soak.random = now_ms() * UINT64_C(0x9e3779b97f4a7c15) + 1;
	start_daemon(&soak);
	soak.start_ms = now_ms();
	soak.end_ms = soak.start_ms +
		      (uint64_t)(strtod(hours == NULL ? "0.0015" : hours, NULL) * 3600000);
	sampler_init(&soak.sampler, csv == NULL ? "soak.csv" : csv, soak.daemon, &soak.target,
		soak.start_ms);
	plan(&soak);
	start_clients(&soak);
	run(&soak);
	return judge(&soak) ? EXIT_SUCCESS : EXIT_FAILURE;
}
