/*
 * The processes of the torture: started on the right side of the network, ended by their
 * number.
 */
#include <config.h>

#include "torture/torture.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define DAEMON_FILES 120 /* descriptors: what the hog exhausts */
#define ARGS         40

/* Starts a program; *out, where wanted, is the reading end of its standard output. */
pid_t
start_process(const struct torture *t, const char *const *argv, int *out, bool is_daemon)
{
	int pipe_fds[2] = {-1, -1};
	struct rlimit files = {DAEMON_FILES, DAEMON_FILES};
	pid_t pid;

	if (out != NULL && pipe2(pipe_fds, O_CLOEXEC) < 0)
		torture_fail("pipe");
	pid = fork();
	if (pid < 0)
		torture_fail("fork");
	if (pid == 0) {
		/* Nobody outlives the torture, even where that is killed. */
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (out != NULL)
			(void)dup2(pipe_fds[1], STDOUT_FILENO);
		if (is_daemon)
			(void)setrlimit(RLIMIT_NOFILE, &files);
		if (is_daemon && t->clock_shim != NULL) {
			(void)setenv("LD_PRELOAD", t->clock_shim, 1);
			(void)setenv("TORTURE_CLOCK", t->clock, 1);
		}
		execvp(argv[0], (char *const *)argv);
		_exit(127);
	}
	if (out != NULL) {
		close(pipe_fds[1]);
		*out = pipe_fds[0];
	}
	return pid;
}

/* The number at the end of the first line that the program writes. */
static uint16_t
read_port(int fd)
{
	FILE *file = fdopen(fd, "r");
	char line[200] = "";
	const char *colon;

	if (file == NULL || fgets(line, sizeof(line), file) == NULL)
		torture_fail("a program did not start");
	fclose(file);
	colon = strrchr(line, ':');
	return (uint16_t)strtoul(colon == NULL ? line : colon + 1, NULL, 10);
}

void
start_daemon(struct torture *t)
{
	const char *program = getenv("INFLIGHTD");
	char stream[PATH_SIZE + 16];
	const char *argv[ARGS];
	unsigned n = network_prefix(&t->network, true, argv);
	int out;
	static const char *const options[] = {"-l", "tcp:127.0.0.1:0", "-o", "audit_replies=yes",
		"-o", "lease_ms=300", "-o", "depth=150", "-o", "width=8", "-o", "log_level=error",
		"-o", "max_attempts=4", "-o", "queue_idle_ms=400", "-o", "max_memory=64M"};

	(void)snprintf(stream, sizeof(stream), "audit=%s", t->stream);
	argv[n++] = program == NULL ? "./inflightd" : program;
	for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++)
		argv[n++] = options[i];
	argv[n++] = "-o";
	argv[n++] = stream;
	argv[n] = NULL;
	t->daemon = start_process(t, argv, &out, true);
	t->daemon_port = read_port(out);
}

void
start_proxy(struct torture *t)
{
	char port[16], seed[32];
	const char *argv[ARGS];
	unsigned n = network_prefix(&t->network, true, argv);
	int out;

	(void)snprintf(port, sizeof(port), "%u", (unsigned)t->daemon_port);
	(void)snprintf(seed, sizeof(seed), "%" PRIu64, t->seed);
	argv[n++] = t->self;
	argv[n++] = "proxy";
	argv[n++] = t->network.address;
	argv[n++] = port;
	argv[n++] = seed;
	argv[n++] = t->board_path;
	argv[n] = NULL;
	t->proxy = start_process(t, argv, &out, false);
	t->proxy_port = read_port(out);
}

void
start_client(struct torture *t, unsigned i)
{
	char port[16], seed[32];
	const char *argv[ARGS];
	unsigned n = network_prefix(&t->network, false, argv);

	(void)snprintf(port, sizeof(port), "%u", (unsigned)t->proxy_port);
	(void)snprintf(seed, sizeof(seed), "%" PRIu64, t->seed * 1000 + ++t->started);
	argv[n++] = t->self;
	argv[n++] = "client";
	argv[n++] = t->network.address;
	argv[n++] = port;
	argv[n++] = seed;
	argv[n++] = t->board_path;
	argv[n++] = t->logs[i];
	argv[n] = NULL;
	t->clients[i] = start_process(t, argv, NULL, false);
}

/* Signals a process of ours and waits for its end. */
int
end_process(pid_t *pid, int signo)
{
	int status = 0;

	if (*pid <= 0)
		return 0;
	(void)kill(*pid, SIGCONT);
	(void)kill(*pid, signo);
	while (waitpid(*pid, &status, 0) < 0 && errno == EINTR)
		continue;
	*pid = 0;
	return status;
}

/* Takes more connections than the daemon may have descriptors, and keeps them. */
int
hog_main(uint16_t port)
{
	struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons(port)};

	(void)inet_pton(AF_INET, "127.0.0.1", &at.sin_addr);
	for (int i = 0; i < 2 * DAEMON_FILES; i++) {
		int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);

		(void)connect(fd, (const struct sockaddr *)&at, sizeof(at));
	}
	return pause();
}
