/*
 * See process.h. A child is tied to its parent by a death signal, because a failing
 * Check test leaves by exit() and never comes to its teardown.
 */
#include <config.h>

#include "process.h"

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define READ_STEP 65536

int
process_timeout_ms(void)
{
	const char *text = getenv("TEST_TIMEOUT_MS");
	long ms = text == NULL ? 0 : strtol(text, NULL, 10);

	return ms > 0 && ms < 3600000 ? (int)ms : 20000;
}

/* ---- reading lines ------------------------------------------------------- */

static int64_t
now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

/* Waits until one of them is readable; fails the test when the deadline passes. */
static void
wait_readable(struct pollfd *fds, nfds_t count, int64_t deadline, const char *what)
{
	for (;;) {
		int64_t left = deadline - now_ms();
		int ready = poll(fds, count, left < 0 ? 0 : (int)left);

		if (ready > 0)
			return;
		if (ready == 0)
			ck_abort_msg("nothing within %d ms from %s", process_timeout_ms(), what);
		if (errno != EINTR)
			ck_abort_msg("poll: %s", strerror(errno));
	}
}

void
stream_init(struct stream *stream, int fd)
{
	*stream = (struct stream){.fd = fd};
}

void
stream_fini(struct stream *stream)
{
	if (stream->fd >= 0)
		close(stream->fd);
	free(stream->data);
	stream_init(stream, -1);
}

/* One read(); a peer that reset the connection has ended as well. */
static void
stream_read(struct stream *stream)
{
	ssize_t n;

	if (stream->capacity - stream->len < READ_STEP + 1) {
		stream->capacity = stream->capacity * 2 + READ_STEP + 1;
		stream->data = realloc(stream->data, stream->capacity);
		ck_assert_ptr_nonnull(stream->data);
	}
	n = read(stream->fd, stream->data + stream->len, READ_STEP);
	if (n < 0 && errno == EINTR)
		return;
	if (n < 0 && errno != ECONNRESET)
		ck_abort_msg("read: %s", strerror(errno));
	if (n <= 0)
		stream->ended = true;
	else
		stream->len += (size_t)n;
	stream->data[stream->len] = '\0';
}

static void
stream_fill(struct stream *stream, int64_t deadline)
{
	struct pollfd fd = {.fd = stream->fd, .events = POLLIN};

	ck_assert_int_ge(stream->fd, 0);
	wait_readable(&fd, 1, deadline, "a stream");
	stream_read(stream);
}

char *
stream_line(struct stream *stream)
{
	int64_t deadline = now_ms() + process_timeout_ms();
	size_t searched = stream->head;
	char *line;
	char *end;

	for (;;) {
		size_t fresh = stream->len - searched;

		end = fresh == 0 ? NULL : memchr(stream->data + searched, '\n', fresh);
		if (end != NULL || stream->ended)
			break;
		searched = stream->len;
		stream_fill(stream, deadline);
	}
	if (end == NULL && stream->len == stream->head)
		return NULL;
	line = stream->data + stream->head;
	if (end == NULL)
		end = stream->data + stream->len;
	else
		*end++ = '\0';
	stream->head = (size_t)(end - stream->data);
	return line;
}

char *
stream_find(struct stream *stream, const char *text)
{
	char *line;

	while ((line = stream_line(stream)) != NULL) {
		if (strstr(line, text) != NULL)
			return line;
	}
	ck_abort_msg("the stream ended without a line about \"%s\"", text);
}

char *
stream_rest(struct stream *stream)
{
	static char nothing[1];
	int64_t deadline = now_ms() + process_timeout_ms();

	while (!stream->ended)
		stream_fill(stream, deadline);
	return stream->data == NULL ? nothing : stream->data + stream->head;
}

/* ---- programs ------------------------------------------------------------ */

static void
make_pipe(int *fds)
{
	if (pipe2(fds, O_CLOEXEC) != 0)
		ck_abort_msg("pipe: %s", strerror(errno));
}

static void __attribute__((noreturn)) run_child(const char *const *argv, const int *in,
	const int *out, const int *err, program_child_fn *child, void *arg)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	dup2(in[0], STDIN_FILENO);
	dup2(out[1], STDOUT_FILENO);
	dup2(err[1], STDERR_FILENO);
	signal(SIGPIPE, SIG_DFL);
	if (child != NULL)
		child(arg);
	execvp(argv[0], (char *const *)(uintptr_t)argv);
	dprintf(STDERR_FILENO, "%s: %s\n", argv[0], strerror(errno));
	_exit(127);
}

void
program_start_with(
	struct program *program, const char *const *argv, program_child_fn *child, void *arg)
{
	int in[2];
	int out[2];
	int err[2];

	/* A peer that has gone is an error of write(), not the end of the test. */
	signal(SIGPIPE, SIG_IGN);
	make_pipe(in);
	make_pipe(out);
	make_pipe(err);
	/* A log that nobody reads for a while must not stop the program. */
	fcntl(err[1], F_SETPIPE_SZ, 1 << 20);
	fflush(NULL);
	program->pid = fork();
	if (program->pid < 0)
		ck_abort_msg("fork: %s", strerror(errno));
	if (program->pid == 0)
		run_child(argv, in, out, err, child, arg);
	close(in[0]);
	close(out[1]);
	close(err[1]);
	program->in = in[1];
	stream_init(&program->out, out[0]);
	stream_init(&program->err, err[0]);
}

void
program_start(struct program *program, const char *const *argv)
{
	program_start_with(program, argv, NULL, NULL);
}

void
program_signal(struct program *program, int signal)
{
	ck_assert_int_gt(program->pid, 0);
	if (kill(program->pid, signal) != 0)
		ck_abort_msg("kill: %s", strerror(errno));
}

/* Reads both outputs to their end, so that a program that prints much can end. */
static void
program_collect(struct program *program, int64_t deadline)
{
	while (!program->out.ended || !program->err.ended) {
		struct pollfd fds[2] = {
			{.fd = program->out.ended ? -1 : program->out.fd, .events = POLLIN},
			{.fd = program->err.ended ? -1 : program->err.fd, .events = POLLIN},
		};

		wait_readable(fds, 2, deadline, "a program that was to end");
		if (fds[0].revents != 0)
			stream_read(&program->out);
		if (fds[1].revents != 0)
			stream_read(&program->err);
	}
}

int
program_wait(struct program *program)
{
	int64_t deadline = now_ms() + process_timeout_ms();
	struct pollfd ended = {.events = POLLIN};
	int status;

	ck_assert_int_gt(program->pid, 0);
	if (program->in >= 0)
		close(program->in);
	program->in = -1;
	program_collect(program, deadline);
	ended.fd = pidfd_open(program->pid, 0);
	if (ended.fd < 0)
		ck_abort_msg("pidfd_open: %s", strerror(errno));
	wait_readable(&ended, 1, deadline, "a program that closed its output");
	close(ended.fd);
	if (waitpid(program->pid, &status, 0) != program->pid)
		ck_abort_msg("waitpid: %s", strerror(errno));
	program->pid = -1;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

void
program_fini(struct program *program)
{
	if (program->pid > 0) {
		kill(program->pid, SIGKILL);
		waitpid(program->pid, NULL, 0);
	}
	program->pid = -1;
	if (program->in >= 0)
		close(program->in);
	program->in = -1;
	stream_fini(&program->out);
	stream_fini(&program->err);
}

int
program_run(struct program *program, const char *const *argv, const char *input)
{
	size_t left = input == NULL ? 0 : strlen(input);

	program_start(program, argv);
	while (left > 0) {
		ssize_t n = write(program->in, input, left);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			break; /* It did not want to read all of it. */
		input += n;
		left -= (size_t)n;
	}
	return program_wait(program);
}
