/*
 * See trace.h.
 */
#include <config.h>

#include "faults/trace.h"

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define STRACE     "/usr/bin/strace"
#define PIPE_BYTES (1 << 20) /* it is read at the end only */

bool
trace_is_possible(void)
{
	static const char *const argv[] = {STRACE, "-D", "-f", "--seccomp-bpf", "-qq", "-e",
		"trace=chdir", "-e", "inject=chdir:error=EIO:when=1", "/bin/true", NULL};
	int status = -1;
	pid_t pid = fork();

	if (pid == 0) {
		dup2(open("/dev/null", O_WRONLY), STDERR_FILENO);
		execv(argv[0], (char *const *)(uintptr_t)argv);
		_exit(127);
	}
	return pid > 0 && waitpid(pid, &status, 0) == pid && status == 0;
}

/* A named pipe, so that the end of what strace tells is the end of strace. */
static void
open_pipe(struct trace *trace, const char *dir)
{
	int fd;

	snprintf(trace->path, sizeof(trace->path), "%s/trace", dir);
	if (mkfifo(trace->path, 0600) != 0)
		ck_abort_msg("%s: %s", trace->path, strerror(errno));
	fd = open(trace->path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		ck_abort_msg("%s: %s", trace->path, strerror(errno));
	fcntl(fd, F_SETPIPE_SZ, PIPE_BYTES);
	fcntl(fd, F_SETFL, 0);
	stream_init(&trace->out, fd);
}

void
trace_begin(struct trace *trace, const char *dir, const struct fault *fault,
	const char *const *argv, const char **ret)
{
	/* With -D the daemon is still the child of who starts it, and strace is nobody's. */
	const char *const strace[] = {STRACE, "-D", "-f", "--seccomp-bpf", "-qq", "-o", trace->path,
		"-e", trace->what, "-e", trace->inject};
	size_t count = sizeof(strace) / sizeof(strace[0]) - (fault->times == 0 ? 2 : 0);

	open_pipe(trace, dir);
	snprintf(trace->what, sizeof(trace->what), "trace=%s", fault->traced);
	snprintf(trace->inject, sizeof(trace->inject), "inject=%s:error=%s:when=%llu..%llu",
		fault->traced, strerrorname_np(fault->error), (unsigned long long)fault->first,
		(unsigned long long)(fault->first + fault->times - 1));
	for (size_t i = 0; i < count; i++)
		*ret++ = strace[i];
	while ((*ret++ = *argv++) != NULL)
		continue;
}

char *
trace_text(struct trace *trace)
{
	return stream_rest(&trace->out);
}

uint64_t
trace_hits(struct trace *trace)
{
	uint64_t count = 0;

	for (const char *at = trace_text(trace); (at = strstr(at, "(INJECTED)")) != NULL; at++)
		count++;
	return count;
}

void
trace_fini(struct trace *trace)
{
	stream_fini(&trace->out);
}
