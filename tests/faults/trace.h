/*
 * The daemon under strace, which makes system calls fail. The trace owns the pipe that
 * strace writes to; it lives as long as the rig.
 */
#ifndef INFLIGHT_TESTS_FAULTS_TRACE_H
#define INFLIGHT_TESTS_FAULTS_TRACE_H

#include "e2e/process.h"
#include "faults/fault.h"

#define TRACE_ARGS_MAX 32

struct trace {
	struct stream out; /* what strace tells, a line for each call */
	char path[128];
	char what[160]; /* arguments for strace */
	char inject[96];
};

/* Is there an strace, and may it trace? */
bool trace_is_possible(void);

/*
 * Puts strace before `argv` into `ret` (TRACE_ARGS_MAX); `dir` is where its pipe is made.
 * Where `fault` is to happen 0 times the calls are only told.
 */
void trace_begin(struct trace *trace, const char *dir, const struct fault *fault,
	const char *const *argv, const char **ret);

/* After the end of the daemon: everything that strace told, and how many calls failed. */
char *trace_text(struct trace *trace);
uint64_t trace_hits(struct trace *trace);

void trace_fini(struct trace *trace);

#endif
