/* See cli_helper.h. */
#include <config.h>

#include "cli_helper.h"

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Takes the message out of each op's line, splits it and prints the sum. */
static const char sum_program[] = "{ split($2, m, \"\\\"\"); n = split(m[1], v, \":\"); s = 0;"
				  " for (i = 1; i <= n; i++) s += v[i]; print s }";

static void
make_argv(const struct daemon *daemon, const char *const *words, const char **argv, size_t size)
{
	size_t n = 0;

	argv[n++] = harness_inflight();
	argv[n++] = "-s";
	argv[n++] = daemon->address;
	for (; *words != NULL; words++) {
		ck_assert_uint_lt(n, size - 1);
		argv[n++] = *words;
	}
	argv[n] = NULL;
}

void
cli_start(struct program *program, const struct daemon *daemon, const char *const *words)
{
	const char *argv[32];

	make_argv(daemon, words, argv, 32);
	program_start(program, argv);
}

static void
require_end(struct program *program, int ended, int status, const char *out, const char *err)
{
	const char *said = stream_rest(&program->err);

	ck_assert_msg(ended == status, "status %d: %s", ended, said);
	if (out != NULL)
		ck_assert_str_eq(stream_rest(&program->out), out);
	if (err != NULL && err[0] == '\0')
		ck_assert_str_eq(said, "");
	else if (err != NULL)
		require_in(said, err);
	program_fini(program);
}

void
cli_run(const struct daemon *daemon, const char *const *words, const char *input, int status,
	const char *out, const char *err)
{
	struct program program;
	const char *argv[32];
	int ended;

	make_argv(daemon, words, argv, 32);
	ended = program_run(&program, argv, input);
	require_end(&program, ended, status, out, err);
}

void
cli_end(struct program *program, int status, const char *out, const char *err)
{
	int ended = program_wait(program);

	require_end(program, ended, status, out, err);
}

void
cli_start_sums(struct program *program, const struct daemon *daemon, const char *jobs)
{
	cli_start(program, daemon,
		WORDS("work", "sums", "-j", jobs, "--", "awk", "-F\"msg\":\"", sum_program));
}

const char *
cli_gate(const struct daemon *daemon)
{
	static char path[128];

	snprintf(path, sizeof path, "%s/gate", daemon->dir);
	if (mkfifo(path, 0600) != 0 && errno != EEXIST)
		ck_abort_msg("mkfifo: %s", strerror(errno));
	return path;
}

void
cli_let_go(const struct daemon *daemon)
{
	int fd = open(cli_gate(daemon), O_WRONLY | O_CLOEXEC);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, "go\n", 3), 3);
	close(fd);
}
