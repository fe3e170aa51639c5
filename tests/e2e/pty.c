/* See pty.h. The program under test holds the only open end that it writes to. */
#include <config.h>

#include "pty.h"

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define READ_STEP 4096

struct child_args {
	const char *slave;
	unsigned streams;
};

/* Goes on in a process group of its own; the one that has the terminal only waits for it. */
static void
step_back(void)
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		setpgid(0, 0);
		return;
	}
	/* The program is to see the end of its pipes. */
	closefrom(0);
	_exit(waitpid(pid, &status, 0) == pid && WIFEXITED(status) ? WEXITSTATUS(status) : 127);
}

/* In the child: the terminal becomes its controlling one, so that ^C arrives. */
static void
use_terminal(void *arg)
{
	const struct child_args *args = arg;
	int fd;

	setsid();
	fd = open(args->slave, O_RDWR);
	for (int i = 0; i <= 2; i++) {
		if ((args->streams & (1u << i)) != 0)
			dup2(fd, i);
	}
	if (fd > 2)
		close(fd);
	if ((args->streams & PTY_BACKGROUND) != 0)
		step_back();
}

void
pty_start(struct pty *pty, const struct daemon *daemon, const char *const *words, unsigned streams)
{
	struct winsize size = {.ws_row = 40, .ws_col = 80};
	struct child_args args = {.streams = streams};
	const char *argv[32] = {harness_inflight(), "-s", daemon->address};
	size_t n = 3;

	*pty = (struct pty){.master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC)};
	ck_assert_int_ge(pty->master, 0);
	ck_assert_int_eq(grantpt(pty->master), 0);
	ck_assert_int_eq(unlockpt(pty->master), 0);
	ck_assert_int_eq(ioctl(pty->master, TIOCSWINSZ, &size), 0);
	ck_assert_int_eq(tcgetattr(pty->master, &pty->before), 0);
	args.slave = ptsname(pty->master);
	for (; *words != NULL; words++) {
		ck_assert_uint_lt(n, 31);
		argv[n++] = *words;
	}
	program_start_with(&pty->program, argv, use_terminal, &args);
}

bool
pty_read(struct pty *pty)
{
	struct pollfd fd = {.fd = pty->master, .events = POLLIN};
	ssize_t len;

	ck_assert_int_eq(poll(&fd, 1, process_timeout_ms()), 1);
	pty->text = realloc(pty->text, pty->len + READ_STEP + 1);
	ck_assert_ptr_nonnull(pty->text);
	len = read(pty->master, pty->text + pty->len, READ_STEP);
	/* That is how the end is told. */
	if (len < 0)
		ck_assert_int_eq(errno, EIO);
	if (len > 0)
		pty->len += (size_t)len;
	pty->text[pty->len] = '\0';
	return len > 0;
}

void
pty_wait_for(struct pty *pty, const char *needle)
{
	while (pty->text == NULL || strstr(pty->text, needle) == NULL)
		ck_assert_msg(pty_read(pty), "\"%s\" was not written", needle);
}

void
pty_type(struct pty *pty, const char *text)
{
	ck_assert_int_eq(write(pty->master, text, strlen(text)), (ssize_t)strlen(text));
}

int
pty_wait(struct pty *pty)
{
	while (pty_read(pty))
		continue;
	return program_wait(&pty->program);
}

void
pty_fini(struct pty *pty)
{
	program_fini(&pty->program);
	close(pty->master);
	free(pty->text);
}

struct termios
pty_settings(const struct pty *pty)
{
	struct termios settings = {0};

	ck_assert_int_eq(tcgetattr(pty->master, &settings), 0);
	return settings;
}
