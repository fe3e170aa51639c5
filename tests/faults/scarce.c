/*
 * See scarce.h. The state is static, because malloc() has no argument for it; a
 * victim's standard error is a file in memory that all of them share, one after another.
 */
#include <config.h>

#include "faults/sanitizer.h"
#include "faults/scarce.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#define LOG_MAX    2048
#define VICTIM_CPU 20 /* seconds: one that spins does not end by itself */

/* What stands behind the allocator below. */
#if HAS_OWN_ALLOCATOR
#define BEHIND(name)   __interceptor_##name
#define BEHIND_ALIGNED __interceptor_aligned_alloc
#else
#define BEHIND(name)   __libc_##name
#define BEHIND_ALIGNED __libc_memalign
#endif

/* The loader allocates before the sanitizer is ready to look at what instrumented code does. */
#define NOT_INSTRUMENTED __attribute__((no_sanitize("address", "undefined")))

extern void *BEHIND(malloc)(size_t size);
extern void *BEHIND(calloc)(size_t count, size_t size);
extern void *BEHIND(realloc)(void *ptr, size_t size);
extern void *BEHIND_ALIGNED(size_t align, size_t size);
extern void BEHIND(free)(void *ptr);

static const char out_of_memory[] = "error: out of memory\n";

static struct {
	uint64_t first;
	uint64_t step;
	uint64_t ordinal;
	size_t limit;
	int64_t blocks; /* allocated and not freed, in the run */
	int log_fd;     /* -1 before the first run */
	bool is_on;
	bool is_victim;
	bool fails_always; /* the victim's allocations */
	bool is_bad;       /* a victim was; `why` says what it did */
	char why[LOG_MAX + 256];
	struct scarce_totals totals;
} run = {.log_fd = -1};

/* ---- the victim ---------------------------------------------------------- */

static void
become_victim(bool always)
{
	static const struct rlimit no_core = {0, 0};
	static const struct rlimit cpu = {VICTIM_CPU, VICTIM_CPU};

	run.is_victim = true;
	run.fails_always = always;
	setrlimit(RLIMIT_CORE, &no_core);
	setrlimit(RLIMIT_CPU, &cpu);
	dup2(run.log_fd, STDERR_FILENO);
}

static void
blame(bool always, int status, const char *log)
{
	if (run.is_bad)
		return;
	run.is_bad = true;
	snprintf(run.why, sizeof(run.why), "allocation %llu failed%s: %s %d, and it said: %s",
		(unsigned long long)run.ordinal, always ? " with all after it" : "",
		WIFSIGNALED(status) ? "signal" : "status",
		WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status), log);
}

/* A victim either says that memory is out and aborts, or goes on, silently, to a good end. */
static void
judge(bool always, int status)
{
	char log[LOG_MAX + 1];
	ssize_t len = pread(run.log_fd, log, LOG_MAX, 0);

	log[len < 0 ? 0 : len] = '\0';
	run.totals.faults++;
	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT && strcmp(log, out_of_memory) == 0)
		run.totals.aborts++;
	else if (WIFEXITED(status) && WEXITSTATUS(status) == 0 && log[0] == '\0')
		run.totals.survived++;
	else
		blame(always, status, log);
}

/* True in the victim. */
static bool
sacrifice(bool always)
{
	int status;
	pid_t pid;

	if (ftruncate(run.log_fd, 0) != 0 || (pid = fork()) < 0) {
		perror("scarce");
		abort();
	}
	if (pid == 0) {
		become_victim(always);
		return true;
	}
	while (waitpid(pid, &status, 0) != pid)
		continue;
	judge(always, status);
	return false;
}

/* ---- the allocator ------------------------------------------------------- */

static bool NOT_INSTRUMENTED
is_chosen(uint64_t ordinal)
{
	return run.step > 0 && ordinal >= run.first && (ordinal - run.first) % run.step == 0;
}

static bool NOT_INSTRUMENTED
must_fail(size_t size)
{
	int saved_errno = errno;
	bool fails;

	if (run.limit > 0 && size >= run.limit)
		return true;
	if (!run.is_on)
		return false;
	if (run.is_victim)
		return run.fails_always;
	run.ordinal++;
	fails = is_chosen(run.ordinal) && !run.is_bad && (sacrifice(false) || sacrifice(true));
	errno = saved_errno;
	return fails;
}

static void *NOT_INSTRUMENTED
refuse(void)
{
	errno = ENOMEM;
	return NULL;
}

void *NOT_INSTRUMENTED
malloc(size_t size)
{
	if (must_fail(size))
		return refuse();
	run.blocks++;
	return BEHIND(malloc)(size);
}

void *NOT_INSTRUMENTED
calloc(size_t count, size_t size)
{
	if (must_fail(count * size))
		return refuse();
	run.blocks++;
	return BEHIND(calloc)(count, size);
}

void *NOT_INSTRUMENTED
aligned_alloc(size_t align, size_t size)
{
	if (must_fail(size))
		return refuse();
	run.blocks++;
	return BEHIND_ALIGNED(align, size);
}

void *NOT_INSTRUMENTED
realloc(void *ptr, size_t size)
{
	if (must_fail(size))
		return refuse();
	run.blocks += ptr == NULL;
	return BEHIND(realloc)(ptr, size);
}

void NOT_INSTRUMENTED
free(void *ptr)
{
	run.blocks -= ptr != NULL;
	BEHIND(free)(ptr);
}

/* ---- a run --------------------------------------------------------------- */

void
scarce_begin(uint64_t first, uint64_t step)
{
	if (run.log_fd < 0)
		run.log_fd = memfd_create("victim", MFD_CLOEXEC);
	if (run.log_fd < 0 || fcntl(run.log_fd, F_SETFL, O_APPEND) != 0) {
		perror("scarce");
		abort();
	}
	run.first = first;
	run.step = step;
	run.ordinal = 0;
	run.blocks = 0;
	run.is_bad = false;
	run.totals = (struct scarce_totals){0};
}

void
scarce_limit(size_t size)
{
	run.limit = size;
}

void
scarce_switch(bool on)
{
	run.is_on = on;
}

bool
scarce_end(struct scarce_totals *totals, char *why, size_t size)
{
	if (run.is_victim) {
		if (run.blocks != 0)
			dprintf(STDERR_FILENO, "%lld blocks were not freed\n",
				(long long)run.blocks);
		_exit(run.blocks == 0 ? EXIT_SUCCESS : EXIT_FAILURE);
	}
	run.totals.allocations = run.ordinal;
	*totals = run.totals;
	if (run.is_bad)
		snprintf(why, size, "%s", run.why);
	return !run.is_bad;
}
