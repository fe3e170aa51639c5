/*
 * Programs under test and what they print. Every wait is a poll() of at most
 * process_timeout_ms(); whatever goes wrong here fails the running Check test, and
 * a program started here does not outlive the test that started it.
 */
#ifndef INFLIGHT_TESTS_PROCESS_H
#define INFLIGHT_TESTS_PROCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* 20 s, or $TEST_TIMEOUT_MS where the programs are slowed down. */
int process_timeout_ms(void);

/* ---- reading lines ------------------------------------------------------- */

struct stream {
	int fd; /* -1: closed */
	char *data;
	size_t len;
	size_t head; /* what was handed out already */
	size_t capacity;
	bool ended;
};

/* Takes `fd`. */
void stream_init(struct stream *stream, int fd);
void stream_fini(struct stream *stream);

/* The next line without its LF, NULL at the end; valid until the next call. */
char *stream_line(struct stream *stream);

/* The next line that contains `text`; those before it are dropped. Fails at the end. */
char *stream_find(struct stream *stream, const char *text);

/* Everything up to the end; valid until stream_fini(). */
char *stream_rest(struct stream *stream);

/* ---- programs ------------------------------------------------------------ */

struct program {
	pid_t pid; /* -1 once it was waited for */
	int in;    /* its standard input; -1: closed */
	struct stream out;
	struct stream err;
};

/* Called in the child between fork and exec. */
typedef void program_child_fn(void *arg);

/* `argv` ends with NULL; argv[0] is the path. */
void program_start(struct program *program, const char *const *argv);
void program_start_with(
	struct program *program, const char *const *argv, program_child_fn *child, void *arg);

void program_signal(struct program *program, int signal);

/* Waits for the end: the exit status, or 128 + the signal's number. */
int program_wait(struct program *program);

/* Kills the program if it still runs. */
void program_fini(struct program *program);

/*
 * Runs a program with `input` (NULL: nothing) as standard input to its end and returns
 * its status. Its output is in program->out and ->err for stream_rest().
 */
int program_run(struct program *program, const char *const *argv, const char *input);

#endif
