/*
 * See rig.h.
 */
#include <config.h>

#include "faults/rig.h"

#include <check.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* A workload takes about a hundred turns; one that spins takes millions. */
#define TURNS_MAX   10000
#define CPU_MS_MAX  3000
#define SETTLE_MS   5000
#define SETTLE_STEP 2

/* The fault that is tried, told when the test leaves by exit(). */
static char current[128];

const char *
fault_name(enum fault_call call)
{
#define FAULT_STRING(name) #name,
	static const char *const names[] = {FAULT_CALLS(FAULT_STRING)};

	return names[call];
}

static void
tell_current(void)
{
	if (current[0] != '\0')
		fprintf(stderr, "while trying %s\n", current);
}

void
rig_require(const struct rig *rig, bool good, const char *format, ...)
{
	char text[1024];
	va_list args;

	(void)rig;
	if (good)
		return;
	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	ck_abort_msg("%s: %s", current, text);
}

/* ---- making one ---------------------------------------------------------- */

static void
set_current(const struct fault *fault, enum rig_kind kind)
{
	static bool is_registered;

	snprintf(current, sizeof(current), "%s number %llu and %llu after it: %s (%s)",
		fault->traced != NULL ? fault->traced : fault_name(fault->call),
		(unsigned long long)fault->first, (unsigned long long)fault->times - 1,
		fault->error == FAULT_SHORT ? "short" : strerror(fault->error),
		kind == RIG_START ? "start" : "work");
	if (!is_registered)
		atexit(tell_current);
	is_registered = true;
}

static void
make_plan(struct rig *rig, const struct fault *fault)
{
	char path[128];
	int fd;

	snprintf(path, sizeof(path), "%s/plan", rig->daemon.dir);
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0 || ftruncate(fd, sizeof(*rig->plan)) != 0)
		ck_abort_msg("%s: %s", path, strerror(errno));
	rig->plan = mmap(NULL, sizeof(*rig->plan), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	ck_assert_ptr_ne(rig->plan, MAP_FAILED);
	close(fd);
	rig->plan->call = fault->call;
	rig->plan->error = fault->error;
	rig->plan->first = fault->first;
	rig->plan->times = fault->times;
}

static int
bind_unix(const char *path, int type)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);

	snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	if (fd < 0 || bind(fd, (const struct sockaddr *)&address, sizeof(address)) != 0)
		ck_abort_msg("%s: %s", path, strerror(errno));
	return fd;
}

static int
listen_tcp(void)
{
	struct sockaddr_in address = {.sin_family = AF_INET};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (fd < 0 || bind(fd, (const struct sockaddr *)&address, sizeof(address)) != 0 ||
		listen(fd, 16) != 0)
		ck_abort_msg("listen: %s", strerror(errno));
	return fd;
}

static void
prepare_child(void *arg)
{
	static const struct rlimit none = {0, 0};
	struct rlimit files;
	const struct rig *rig = arg;
	const char *options = getenv("ASAN_OPTIONS");
	const char *shim = getenv("FAULT_SHIM");
	char text[512];

	setrlimit(RLIMIT_CORE, &none);
	/* So that there is something for the daemon to raise. */
	if (getrlimit(RLIMIT_NOFILE, &files) == 0 && files.rlim_cur > 1024) {
		files.rlim_cur = 1024;
		setrlimit(RLIMIT_NOFILE, &files);
	}
	snprintf(text, sizeof(text), "%s/plan", rig->daemon.dir);
	setenv("FAULT_PLAN", text, 1);
	snprintf(text, sizeof(text), "%s/notify", rig->daemon.dir);
	setenv("NOTIFY_SOCKET", text, 1);
	if (rig->passed_fd >= 0) {
		if (dup2(rig->passed_fd, 3) != 3)
			_exit(126);
		fcntl(3, F_SETFD, 0);
		snprintf(text, sizeof(text), "%ld", (long)getpid());
		setenv("LISTEN_PID", text, 1);
		setenv("LISTEN_FDS", "1", 1);
	}
	if (rig->fault.prepare != NULL)
		rig->fault.prepare();
	if (rig->fault.traced != NULL)
		return;
	/* The sanitizer wants to be the first library, but works as the second. */
	snprintf(text, sizeof(text), "%s:verify_asan_link_order=0", options == NULL ? "" : options);
	setenv("ASAN_OPTIONS", text, 1);
	setenv("LD_PRELOAD", shim == NULL ? "./tests/faults/shim.so" : shim, 1);
}

uint64_t
rig_hits(struct rig *rig)
{
	return rig->fault.traced != NULL ? trace_hits(&rig->trace) : rig->plan->hits;
}

static unsigned
count_descriptors(pid_t pid)
{
	char path[64];
	unsigned count = 0;
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/%ld/fd", (long)pid);
	dir = opendir(path);
	if (dir == NULL)
		return 0;
	while (readdir(dir) != NULL)
		count++;
	closedir(dir);
	return count;
}

/* ---- the log ------------------------------------------------------------- */

/* Requires nothing but lines of the daemon's log in `text`; returns how many are errors. */
static unsigned
check_log(const struct rig *rig, const char *text, const char **ret_error)
{
	static const char *const levels[] = {"debug: ", "info: ", "warning: ", "error: "};
	unsigned errors = 0;

	while (*text != '\0') {
		size_t i = 0;

		while (i < 4 && strncmp(text, levels[i], strlen(levels[i])) != 0)
			i++;
		/* A line of which only a part could be written runs into the next. */
		if (i == 4 && rig->fault.call != FAULT_write)
			rig_require(rig, false, "this is not from the log: %s", text);
		if (i == 3) {
			errors++;
			*ret_error = text;
		}
		text += strcspn(text, "\n");
		text += *text == '\n';
	}
	return errors;
}

/* By the words of the system, or by what the failure stands for. */
static bool
names_cause(const struct rig *rig, const char *error)
{
	return strstr(error, strerror(rig->fault.error)) != NULL ||
	       (rig->fault.call == FAULT_fcntl && strstr(error, "is closed") != NULL) ||
	       (rig->fault.error == EPROTOTYPE && strstr(error, "of another kind") != NULL) ||
	       strstr(error, "another daemon is ") != NULL;
}

/* The daemon did not come up: with status 1 and one line that names the cause. */
static void
require_clear_failure(struct rig *rig)
{
	int status = program_wait(&rig->daemon.program);
	const char *log = stream_rest(&rig->daemon.program.err);
	const char *error = "";
	unsigned errors;

	rig_require(rig, rig_hits(rig) > 0, "the daemon did not start: %s", log);
	rig_require(rig, status == 1, "no start, status %d: %s", status, log);
	errors = check_log(rig, log, &error);
	/* The line that says why may be the next that cannot be written. */
	if (errors == 0 && rig->fault.call == FAULT_write && rig_hits(rig) > 1)
		return;
	rig_require(rig, errors == 1, "no start, %u errors: %s", errors, log);
	rig_require(rig, names_cause(rig, error), "the cause is not named: %s", error);
	rig_require(rig,
		access(rig->daemon.unix_path, F_OK) != 0 || rig->passed_fd >= 0 ||
			rig->fault.call == FAULT_unlink || rig->fault.call == FAULT_lstat,
		"the socket's file was left behind");
}

static bool
read_ready(struct rig *rig, int count)
{
	struct daemon *daemon = &rig->daemon;
	const char *line = NULL;

	for (int i = 0; i < count; i++) {
		line = stream_line(&daemon->program.out);
		if (line == NULL)
			return false;
	}
	snprintf(daemon->tcp, sizeof(daemon->tcp), "%s", line + strlen("ready "));
	daemon->port = (int)strtol(strrchr(daemon->tcp, ':') + 1, NULL, 10);
	ck_assert_int_gt(daemon->port, 0);
	return true;
}

bool
rig_start(struct rig *rig, const struct fault *fault, enum rig_kind kind)
{
	static const char config[] = "max_connections = 10\nlog_level = debug\n";
	const char *argv[] = {
		harness_inflightd(), "-c", NULL, "-l", NULL, "-l", "tcp:127.0.0.1:0", NULL};
	const char *traced[TRACE_ARGS_MAX];
	char path[128];

	*rig = (struct rig){.fault = *fault, .passed_fd = -1, .trace = {.out = {.fd = -1}}};
	set_current(fault, kind);
	daemon_prepare(&rig->daemon);
	make_plan(rig, fault);
	argv[2] = daemon_file(&rig->daemon, "conf", config);
	argv[4] = rig->daemon.address;
	snprintf(path, sizeof(path), "%s/notify", rig->daemon.dir);
	rig->notify_fd = bind_unix(path, SOCK_DGRAM);
	if (kind == RIG_START) {
		close(bind_unix(rig->daemon.unix_path, SOCK_STREAM));
		rig->passed_fd = listen_tcp();
	}
	if (fault->traced != NULL)
		trace_begin(&rig->trace, rig->daemon.dir, fault, argv, traced);
	program_start_with(
		&rig->daemon.program, fault->traced != NULL ? traced : argv, prepare_child, rig);
	if (read_ready(rig, kind == RIG_START ? 3 : 2)) {
		rig->descriptors = count_descriptors(rig->daemon.program.pid);
		return true;
	}
	if (fault->call != FAULT_malloc) {
		require_clear_failure(rig);
		rig_fini(rig);
	}
	return false;
}

void
rig_disarm(struct rig *rig)
{
	__atomic_store_n(&rig->plan->first, 0, __ATOMIC_SEQ_CST);
}

/* ---- its end ------------------------------------------------------------- */

void
rig_require_descriptors(struct rig *rig)
{
	unsigned count = 0;

	for (int ms = 0; ms < SETTLE_MS; ms += SETTLE_STEP) {
		count = count_descriptors(rig->daemon.program.pid);
		/* At the start the one that tells the service manager may have been there, too. */
		if (count == rig->descriptors || count + 1 == rig->descriptors)
			return;
		/* "." and ".." are all that is left where it has ended. */
		if (count <= 2 && rig->fault.call == FAULT_malloc)
			return;
		poll(NULL, 0, SETTLE_STEP);
	}
	rig_require(
		rig, false, "%u descriptors at the start, %u at the end", rig->descriptors, count);
}

static long
cpu_ms_of_children(void)
{
	struct rusage usage;

	getrusage(RUSAGE_CHILDREN, &usage);
	return (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1000 +
	       (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1000;
}

void
rig_end(struct rig *rig)
{
	long before = cpu_ms_of_children();
	int status = program_wait(&rig->daemon.program);
	long cpu_ms = cpu_ms_of_children() - before;
	const char *log = stream_rest(&rig->daemon.program.err);
	uint64_t turns_max = TURNS_MAX;
	const char *error = "";

	rig_require(rig, status == 0, "status %d: %s", status, log);
	check_log(rig, log, &error);
	if (rig->fault.error == FAULT_SHORT)
		turns_max += 8 * rig->sent_bytes;
	rig_require(rig, rig->turns < turns_max, "it spins: %llu turns",
		(unsigned long long)rig->turns);
	rig_require(rig, rig->plan->calls[FAULT_epoll_wait] < turns_max, "it spins: %llu polls",
		(unsigned long long)rig->plan->calls[FAULT_epoll_wait]);
	rig_require(rig, cpu_ms < CPU_MS_MAX, "it spins: %ld ms", cpu_ms);
}

bool
rig_end_short_of_memory(struct rig *rig, bool has_started)
{
	int status = program_wait(&rig->daemon.program);
	const char *log = stream_rest(&rig->daemon.program.err);
	const char *error = "";
	unsigned errors = check_log(rig, log, &error);

	if (status == 128 + SIGABRT) {
		rig_require(rig, strstr(log, "error: out of memory\n") != NULL,
			"it aborted without saying why: %s", log);
		return true;
	}
	if (status == 1)
		rig_require(rig, errors == 1, "%u errors: %s", errors, log);
	else
		rig_require(rig, status == 0 && has_started, "status %d: %s", status, log);
	return false;
}

void
rig_fini(struct rig *rig)
{
	munmap(rig->plan, sizeof(*rig->plan));
	close(rig->notify_fd);
	trace_fini(&rig->trace);
	if (rig->passed_fd >= 0)
		close(rig->passed_fd);
	daemon_discard(&rig->daemon);
	current[0] = '\0';
}
