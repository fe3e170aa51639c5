/*
 * Commands. A run's descriptors are closed when the pipe's other end is, at the
 * latest when the run is cleared; its process is reaped by child_ended().
 */
#include <config.h>

#include "cli/child.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli/report.h"
#include "cli/signals.h"

#define READ_STEP 65536

extern char **environ;

static void
close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

/* Whether two NAME=VALUE have the same name. */
static bool
same_name(const char *one, const char *other)
{
	size_t len = strcspn(one, "=");

	return strncmp(one, other, len) == 0 && other[len] == '=';
}

/* The program's environment with `env` in place of what has the same names; returns new. */
static char **
merge_environment(const char *const *env)
{
	size_t count = 0;
	size_t filled = 0;
	char **merged;

	while (environ[count] != NULL)
		count++;
	for (size_t i = 0; env[i] != NULL; i++)
		count++;
	merged = zero_alloc(count + 1, sizeof *merged);
	for (char **at = environ; *at != NULL; at++) {
		size_t i = 0;

		while (env[i] != NULL && !same_name(env[i], *at))
			i++;
		if (env[i] == NULL)
			merged[filled++] = *at;
	}
	for (size_t i = 0; env[i] != NULL; i++)
		merged[filled++] = (char *)(uintptr_t)env[i];
	return merged;
}

/* Starts the process with these descriptors as its standard streams. */
static int
spawn(struct child *child, char *const *argv, const char *const *env, int in_fd, int out_fd,
	int err_fd)
{
	char **merged = merge_environment(env);
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	sigset_t mask;
	sigset_t defaults;
	int error;

	signals_for_child(&mask, &defaults);
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, in_fd, STDIN_FILENO);
	posix_spawn_file_actions_adddup2(&actions, out_fd, STDOUT_FILENO);
	if (err_fd >= 0)
		posix_spawn_file_actions_adddup2(&actions, err_fd, STDERR_FILENO);
	posix_spawnattr_init(&attributes);
	posix_spawnattr_setflags(&attributes,
		POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
	posix_spawnattr_setpgroup(&attributes, 0);
	posix_spawnattr_setsigmask(&attributes, &mask);
	posix_spawnattr_setsigdefault(&attributes, &defaults);
	error = posix_spawnp(&child->pid, argv[0], &actions, &attributes, argv, merged);
	if (error != 0)
		child->pid = 0;
	posix_spawnattr_destroy(&attributes);
	posix_spawn_file_actions_destroy(&actions);
	free(merged);
	return error;
}

int
child_start(struct child *child, char *const *argv, const char *const *env, int err_fd)
{
	int in_pipe[2] = {-1, -1};
	int out_pipe[2] = {-1, -1};
	int error = 0;

	if (pipe2(in_pipe, O_CLOEXEC) != 0 || pipe2(out_pipe, O_CLOEXEC) != 0)
		error = errno;
	else
		error = spawn(child, argv, env, in_pipe[0], out_pipe[1], err_fd);
	close_fd(&in_pipe[0]);
	close_fd(&out_pipe[1]);
	if (error != 0) {
		close_fd(&in_pipe[1]);
		close_fd(&out_pipe[0]);
		return error;
	}
	fcntl(in_pipe[1], F_SETFL, O_NONBLOCK);
	fcntl(out_pipe[0], F_SETFL, O_NONBLOCK);
	child->in_fd = in_pipe[1];
	child->out_fd = out_pipe[0];
	child->kill_at_ms = 0;
	child->too_much = false;
	return 0;
}

void
child_poll(const struct child *child, struct pollfd *fds)
{
	bool runs = child->pid != 0;

	fds[0] = (struct pollfd){.fd = runs ? child->in_fd : -1, .events = POLLOUT};
	fds[1] = (struct pollfd){.fd = runs ? child->out_fd : -1, .events = POLLIN};
}

static void
write_input(struct child *child)
{
	while (inflight_bytes_len(&child->input) > 0) {
		struct inflight_span span = inflight_bytes_span(&child->input);
		ssize_t len = write(child->in_fd, span.ptr, span.len);

		if (len >= 0) {
			inflight_bytes_drop(&child->input, (size_t)len);
		} else if (errno == EAGAIN || errno == EWOULDBLOCK) {
			return;
		} else if (errno != EINTR) {
			break; /* a command need not read what it is given */
		}
	}
	close_fd(&child->in_fd);
}

static void
read_output(struct child *child)
{
	while (child->out_fd >= 0) {
		char *room = inflight_bytes_reserve(&child->output, READ_STEP);
		ssize_t len;

		need_memory(&child->output);
		len = read(child->out_fd, room, READ_STEP);
		if (len > 0) {
			child->output.end += (size_t)len;
		} else if (len < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
			return;
		} else if (len == 0 || errno != EINTR) {
			close_fd(&child->out_fd);
		}
		if (inflight_bytes_len(&child->output) > CHILD_OUTPUT_MAX) {
			child->too_much = true;
			close_fd(&child->out_fd);
			child_kill(child);
		}
	}
}

void
child_move(struct child *child, const struct pollfd *fds)
{
	if (child->pid == 0)
		return;
	if (child->in_fd >= 0 && fds[0].fd == child->in_fd && fds[0].revents != 0)
		write_input(child);
	if (child->out_fd >= 0 && fds[1].fd == child->out_fd && fds[1].revents != 0)
		read_output(child);
}

bool
child_ended(struct child *child, int *ret_status)
{
	siginfo_t info = {0};
	int status;

	if (child->pid == 0)
		return false;
	if (waitid(P_PID, (id_t)child->pid, &info, WEXITED | WNOHANG | WNOWAIT) != 0 ||
		info.si_pid == 0)
		return false;
	/* While the process is not reaped its group's number belongs to nobody else. */
	if (child->kill_at_ms != 0)
		kill(-child->pid, SIGKILL);
	waitpid(child->pid, &status, 0);
	child->pid = 0;
	close_fd(&child->in_fd);
	read_output(child);
	/* Something it left running may hold the pipe; it has no more to say here. */
	close_fd(&child->out_fd);
	*ret_status = status;
	return true;
}

void
child_kill(struct child *child)
{
	if (child->pid == 0 || child->kill_at_ms != 0)
		return;
	child->kill_at_ms = now_ms() + CHILD_GRACE_MS;
	kill(-child->pid, SIGTERM);
}

void
child_tick(struct child *child)
{
	if (child->pid != 0 && child->kill_at_ms != 0 && now_ms() >= child->kill_at_ms) {
		kill(-child->pid, SIGKILL);
		child->kill_at_ms = INT64_MAX;
	}
}

void
child_clear(struct child *child)
{
	inflight_bytes_fini(&child->input);
	inflight_bytes_fini(&child->output);
	*child = (struct child){.in_fd = -1, .out_fd = -1};
}
