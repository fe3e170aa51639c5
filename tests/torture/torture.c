/*
 * torture: starts everything, lets it fail for MINUTES (default: some seconds), ends it in
 * order and compares. SEED repeats the dice, though not the scheduler's. Whatever it made,
 * processes, namespaces, rules and files, goes with it, whichever way it ends.
 */
#include <config.h>

#include "torture/torture.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <netinet/in.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "audit/history.h"

#define ARGS 12

static struct torture *running; /* for the way out */
static volatile sig_atomic_t is_told_to_end;

uint64_t
torture_now_ns(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * UINT64_C(1000000000) + (uint64_t)now.tv_nsec;
}

void
torture_fail(const char *what)
{
	fprintf(stderr, "torture: %s: %s\n", what, strerror(errno));
	exit(2);
}

struct board *
board_map(const char *path)
{
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	void *board;

	if (fd < 0 || ftruncate(fd, sizeof(struct board)) < 0)
		torture_fail(path);
	board = mmap(NULL, sizeof(struct board), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (board == MAP_FAILED)
		torture_fail("mmap");
	close(fd);
	return board;
}

/* ---- the way out ---- */

static void
clean_up(void)
{
	struct torture *t = running;

	if (t == NULL)
		return;
	running = NULL;
	for (unsigned i = 0; i < CLIENTS; i++)
		(void)end_process(&t->clients[i], SIGKILL);
	(void)end_process(&t->proxy, SIGKILL);
	(void)end_process(&t->daemon, SIGKILL);
	network_close(&t->network);
	for (unsigned i = 0; i < CLIENTS; i++)
		(void)unlink(t->logs[i]);
	(void)unlink(t->board_path);
	(void)unlink(t->clock);
	if (getenv("TORTURE_KEEP") == NULL)
		(void)unlink(t->stream);
	(void)rmdir(t->dir);
}

/* ---- faults ------------------------------------------------------------------------------- */

static void
hog(const struct torture *t)
{
	char port[16];
	const char *argv[ARGS];
	unsigned n = network_prefix(&t->network, true, argv);
	pid_t pid;

	(void)snprintf(port, sizeof(port), "%u", (unsigned)t->daemon_port);
	argv[n++] = t->self;
	argv[n++] = "hog";
	argv[n++] = port;
	argv[n] = NULL;
	pid = start_process(t, argv, NULL, false);
	torture_sleep_ms(400);
	(void)end_process(&pid, SIGKILL);
}

static bool
jump_clock(struct torture *t)
{
	FILE *file = t->clock_shim == NULL ? NULL : fopen(t->clock, "w");

	if (file == NULL)
		return false;
	fprintf(file, "%+d\n", (int)random_below(&t->random, 63072000) - 31536000);
	fclose(file);
	return true;
}

static bool
strike(struct torture *t, enum fault fault)
{
	unsigned victim = random_below(&t->random, CLIENTS);

	switch (fault) {
	case FAULT_KILL:
		(void)end_process(&t->clients[victim], SIGKILL);
		start_client(t, victim);
		return true;
	case FAULT_STOP:
		(void)kill(t->clients[victim], SIGSTOP);
		torture_sleep_ms(t->quick ? 50 : 400);
		(void)kill(t->clients[victim], SIGCONT);
		return true;
	case FAULT_RELOAD:
		return kill(t->daemon, SIGHUP) == 0;
	case FAULT_HOG:
		hog(t);
		return true;
	case FAULT_CLOCK:
		return jump_clock(t);
	case FAULT_LOSS:
	case FAULT_REJECT:
	case FAULT_LINK:
	case FAULT_RATE:
	case FAULT_SS_KILL:
		return network_fault(&t->network, fault, &t->random);
	case FAULT_CUT:
	case FAULT_RESET:
	case FAULT_HALF:
	case FAULT_SPLIT:
	case FAULT_DELAY:
	case FAULT_THROTTLE:
	case FAULT_COUNT:
		return false; /* the proxy's */
	}
	return false;
}

static bool
is_alive(pid_t pid)
{
	return waitpid(pid, NULL, WNOHANG) == 0;
}

static void
torture(struct torture *t, uint64_t end_ns)
{
	static const enum fault common[] = {FAULT_KILL, FAULT_KILL, FAULT_KILL, FAULT_STOP,
		FAULT_SS_KILL, FAULT_REJECT, FAULT_CLOCK};
	static const enum fault rare[] = {
		FAULT_LOSS, FAULT_LINK, FAULT_RATE, FAULT_HOG, FAULT_RELOAD};

	while (torture_now_ns() < end_ns && !is_told_to_end) {
		enum fault fault = random_below(&t->random, 8) == 0
					   ? rare[random_below(&t->random, 5)]
					   : common[random_below(&t->random, 7)];

		if (strike(t, fault))
			__atomic_fetch_add(&t->board->faults[fault], 1, __ATOMIC_RELAXED);
		if (!is_alive(t->daemon)) {
			t->daemon = 0;
			torture_fail("the daemon has ended by itself");
		}
		torture_sleep_ms(t->quick ? 20 : 100);
	}
}

/* ---- the end ------------------------------------------------------------------------------- */

/* In order: clients, daemon, proxy. The daemon drains and must end well. */
static bool
wind_up(struct torture *t)
{
	int status;

	t->board->calm = true;
	torture_sleep_ms(300);
	for (unsigned i = 0; i < CLIENTS; i++)
		(void)end_process(&t->clients[i], SIGTERM);
	torture_sleep_ms(600); /* what is leased expires */
	status = end_process(&t->daemon, SIGTERM);
	(void)end_process(&t->proxy, SIGKILL);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return true;
	printf("torture: the daemon ended with status %d\n", status);
	return false;
}

static bool
check_stream(const struct torture *t)
{
	struct history *h = calloc(1, sizeof(*h));
	bool good;

	if (h == NULL)
		torture_fail("out of memory");
	history_init(h, "stream");
	good = history_read(h, t->stream) && history_end(h);
	history_report(h);
	history_fini(h);
	free(h);
	return good;
}

static void
report(const struct torture *t)
{
	static const char *const names[FAULT_COUNT] = {"cut", "reset", "half_close", "split",
		"delay", "throttle", "kill", "stop", "reload", "hog", "loss", "reject", "link",
		"rate", "ss_kill", "clock"};
	const struct board *board = t->board;

	printf("torture: seed %" PRIu64 ": %" PRIu64 " requests, %" PRIu64 " answers, %" PRIu64
	       " connections; faults:",
		t->seed, board->requests, board->answers, board->connections);
	for (int i = 0; i < FAULT_COUNT; i++)
		printf(" %" PRIu64 " %s", board->faults[i], names[i]);
	printf("\n");
	if (!t->network.isolated)
		printf("torture: WITHOUT namespaces (%s): no fault of the network was tried\n",
			t->network.why_not);
}

static void
prepare(struct torture *t)
{
	const char *tmp = getenv("TMPDIR");

	(void)snprintf(t->dir, sizeof(t->dir), "%s/torture-XXXXXX", tmp == NULL ? "/tmp" : tmp);
	if (mkdtemp(t->dir) == NULL)
		torture_fail(t->dir);
	(void)snprintf(t->board_path, sizeof(t->board_path), "%s/board", t->dir);
	(void)snprintf(t->stream, sizeof(t->stream), "%s/stream", t->dir);
	(void)snprintf(t->clock, sizeof(t->clock), "%s/clock", t->dir);
	for (unsigned i = 0; i < CLIENTS; i++)
		(void)snprintf(t->logs[i], sizeof(t->logs[i]), "%s/log-%u", t->dir, i);
	running = t;
	t->board = board_map(t->board_path);
	(void)jump_clock(t);
	network_open(&t->network);
}

static int
torture_main(struct torture *t, uint64_t seconds)
{
	const char *logs[CLIENTS];
	bool good;

	prepare(t);
	start_daemon(t);
	start_proxy(t);
	for (unsigned i = 0; i < CLIENTS; i++) {
		start_client(t, i);
		logs[i] = t->logs[i];
	}
	torture(t, torture_now_ns() + seconds * UINT64_C(1000000000));
	good = wind_up(t);
	report(t);
	good &= check_stream(t);
	good &= compare_logs(t->stream, logs, CLIENTS) == 0;
	if (t->board->answers == 0) {
		printf("torture: nobody got an answer\n");
		good = false;
	}
	printf("torture: %s\n", good ? "no violation" : "VIOLATIONS");
	clean_up();
	return good ? 0 : 1;
}

/* A second run, whose daemon sees the time of day jump. */
static int
torture_clock(struct torture *t, uint64_t seconds)
{
	t->clock_shim = "./tests/torture/clock.so";
	if (access(t->clock_shim, R_OK) != 0)
		torture_fail(t->clock_shim);
	return torture_main(t, seconds);
}

static void
on_signal(int signo)
{
	(void)signo;
	is_told_to_end = 1;
}

static uint64_t
number_or(const char *text, uint64_t fallback)
{
	return text == NULL || text[0] == '\0' ? fallback : strtoull(text, NULL, 10);
}

int
main(int argc, char **argv)
{
	static struct torture t;
	struct sigaction action = {.sa_handler = on_signal};
	uint64_t minutes = number_or(getenv("MINUTES"), 0);
	int status;

	if (argc == 6 && strcmp(argv[1], "proxy") == 0)
		return proxy_main(
			argv[2], (uint16_t)number_or(argv[3], 0), number_or(argv[4], 0), argv[5]);
	if (argc == 7 && strcmp(argv[1], "client") == 0)
		return client_main(argv[2], (uint16_t)number_or(argv[3], 0), number_or(argv[4], 0),
			argv[5], argv[6]);
	if (argc == 3 && strcmp(argv[1], "hog") == 0)
		return hog_main((uint16_t)number_or(argv[2], 0));
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	setvbuf(stdout, NULL, _IOLBF, 0);
	t.self = argv[0];
	t.quick = minutes == 0;
	t.seed = number_or(getenv("SEED"), torture_now_ns());
	t.random.state = t.seed;
	t.network.why_not = t.quick ? "the short run does without" : NULL;
	printf("torture: seed %" PRIu64 "\n", t.seed);
	(void)atexit(clean_up);
	status = torture_main(&t, t.quick ? 3 : minutes * 60);
	if (status == 0 && !is_told_to_end)
		status = torture_clock(&t, t.quick ? 1 : minutes * 12);
	return status;
}
