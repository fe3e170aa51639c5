/*
 * Every system call of the daemon, as it is shipped, fails in turn: nothing is preloaded,
 * strace stops it at the call. So this finds also what libevent and the C library call by
 * themselves. What must hold is what test_faults requires.
 *
 * Left to test_faults is what strace cannot fail as the kernel does: close(), which has
 * closed when it fails; brk(), which tells a failure by the old break; write(), by which
 * libevent's signal handler tells the loop through a pipe, where the kernel fails only with a pipe
 * full of 65,536 signals that no turn has looked at, or without a page of memory for the pipe. The
 * signal is lost then and the daemon serves on until the next one, which looks here as if it hung.
 *
 * `make check` tries a sample; FAULTS=all, which `make faults` sets, all of them, of which
 * JOB=k JOBS=n is one of n parts. To try one: TRACED="sendto 32 29 1 0": call, errno,
 * first (counted from the daemon's own first call), times, and 1 for the start.
 */
#include <config.h>

#include <check.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "faults/sanitizer.h"
#include "faults/share.h"
#include "faults/sweep.h"

#define NAMES_MAX 24

struct row {
	const char *name;
	enum fault_call call; /* FAULT_malloc: the daemon may abort for want of memory */
	int errors[18];       /* ends with -1 */
};

static const struct row rows[] = {
	{"accept4", FAULT_accept4,
		{EINTR, EAGAIN, ECONNABORTED, EMFILE, ENFILE, ENOBUFS, ENOMEM, EPERM, EPROTO,
			ETIMEDOUT, ENETDOWN, EHOSTUNREACH, ENETUNREACH, EHOSTDOWN, ENOPROTOOPT, EIO,
			-1}},
	{"bind", FAULT_bind,
		{EADDRINUSE, EADDRNOTAVAIL, EACCES, ENOMEM, ENOBUFS, ENOSPC, EROFS, EIO, -1}},
	{"chmod", FAULT_chmod, {EPERM, EIO, EROFS, ENOENT, -1}},
	{"connect", FAULT_connect, {EACCES, ENOENT, EPROTOTYPE, -1}},
	{"epoll_create1", FAULT_epoll_create1, {EMFILE, ENFILE, ENOMEM, -1}},
	{"epoll_ctl", FAULT_epoll_ctl, {ENOMEM, ENOSPC, -1}},
	{"epoll_wait", FAULT_epoll_wait, {EINTR, -1}},
	{"getrandom", FAULT_getrandom, {EINTR, ENOSYS, EPERM, -1}},
	{"getsockname", FAULT_getsockname, {ENOBUFS, -1}},
	{"getsockopt", FAULT_getsockopt, {ENOBUFS, ENOMEM, -1}},
	{"listen", FAULT_listen, {EADDRINUSE, ENOBUFS, -1}},
	{"mmap", FAULT_malloc, {ENOMEM, EAGAIN, -1}},
	{"mremap", FAULT_malloc, {ENOMEM, -1}},
	{"munmap", FAULT_malloc, {ENOMEM, -1}},
	{"newfstatat", FAULT_lstat, {EACCES, EIO, ENOMEM, -1}},
	{"openat", FAULT_open, {EACCES, EINTR, EIO, EMFILE, ENFILE, ENOENT, ENOMEM, ENOSPC, -1}},
	{"pipe2", FAULT_pipe, {EMFILE, ENFILE, -1}},
	{"poll", FAULT_write, {EINTR, ENOMEM, -1}},
	{"prlimit64", FAULT_getrlimit, {EPERM, -1}},
	{"recvfrom", FAULT_recv,
		{EINTR, EAGAIN, ECONNRESET, ETIMEDOUT, EHOSTUNREACH, ENOBUFS, ENOMEM, EIO, -1}},
	{"rename", FAULT_rename, {EACCES, EIO, ENOENT, ENOSPC, EROFS, -1}},
	{"sendto", FAULT_send,
		{EINTR, EAGAIN, EPIPE, ECONNRESET, ETIMEDOUT, EHOSTUNREACH, ENOBUFS, ENOMEM, EIO,
			-1}},
	{"setsockopt", FAULT_setsockopt, {ENOBUFS, ENOMEM, ENOPROTOOPT, -1}},
	{"shutdown", FAULT_shutdown, {ENOTCONN, ENOBUFS, -1}},
	{"socket", FAULT_socket, {EACCES, EMFILE, ENFILE, ENOBUFS, ENOMEM, -1}},
	{"timerfd_create", FAULT_timerfd_create, {EMFILE, ENFILE, ENOMEM, -1}},
	{"unlink", FAULT_unlink, {EACCES, EIO, EROFS, ENOENT, -1}},
};

#define ROW_COUNT ((int)(sizeof(rows) / sizeof(rows[0])))

/* ---- runs ---------------------------------------------------------------- */

static void
try_fault(const struct fault *fault, enum rig_kind kind)
{
	bool is_memory = fault->call == FAULT_malloc;
	bool has_aborted = false;
	struct rig rig;
	bool has_started = rig_start(&rig, fault, kind);

	if (!has_started && !is_memory) {
		sweep_count(1, SWEEP_NOT_STARTED);
		return;
	}
	if (has_started)
		sweep_work(&rig, kind);
	if (is_memory)
		has_aborted = rig_end_short_of_memory(&rig, has_started);
	else
		rig_end(&rig);
	rig_require(
		&rig, is_memory || rig.lost <= fault->times, "%u connections were lost", rig.lost);
	sweep_count(rig_hits(&rig), has_aborted ? SWEEP_ABORTED : SWEEP_GOOD);
	rig_fini(&rig);
}

/* ---- counting ------------------------------------------------------------ */

/* Calls of that name in what strace told; lines begin with a process id. */
static uint64_t
count_calls(const char *text, const char *end, const char *name)
{
	char pattern[NAMES_MAX];
	uint64_t count = 0;

	snprintf(pattern, sizeof(pattern), " %s(", name);
	while ((text = strstr(text, pattern)) != NULL && (end == NULL || text < end)) {
		count++;
		text++;
	}
	return count;
}

/* How many calls the loader makes before the program's own first, and how many follow. */
static void
survey(const char *name, enum rig_kind kind, uint64_t *ret_before, uint64_t *ret_count)
{
	char what[NAMES_MAX + 8];
	struct fault none = {.call = FAULT_close, .traced = what};
	const char *text, *own;
	struct rig rig;

	snprintf(what, sizeof(what), "%s,fcntl", name);
	ck_assert(rig_start(&rig, &none, kind));
	sweep_work(&rig, kind);
	rig_end(&rig);
	rig_require(&rig, rig.lost == 0, "%u connections were lost", rig.lost);
	text = trace_text(&rig.trace);
	own = strstr(text, "fcntl(1, F_GETFD");
	ck_assert_ptr_nonnull(own);
	*ret_before = count_calls(text, own, name);
	*ret_count = count_calls(own, NULL, name);
	rig_fini(&rig);
}

/* ---- tests --------------------------------------------------------------- */

/* All the ordinals that are this job's, or one of each, another in each row. */
static void
try_ordinals(struct fault *fault, uint64_t before, uint64_t count, enum rig_kind kind)
{
	uint64_t only = count == 0 ? 0 : 1 + (uint64_t)fault->error % count;

	for (uint64_t i = 1; i <= count; i++) {
		if (sweep_is_full() ? !share_has(i) : i != only)
			continue;
		fault->first = before + i;
		try_fault(fault, kind);
	}
}

START_TEST(test_row)
{
	static const uint64_t times[] = {1, 3};
	const struct row *row = &rows[_i];
	uint64_t made = 0;

	for (int kind = 0; kind < RIG_KINDS; kind++) {
		uint64_t before, count;

		survey(row->name, (enum rig_kind)kind, &before, &count);
		made += count;
		for (int i = 0; row->errors[i] >= 0; i++) {
			struct fault fault = {
				.call = row->call, .error = row->errors[i], .traced = row->name};

			for (int j = 0; j < 2; j++) {
				fault.times = times[j];
				if (sweep_is_full() || (i + j) % 4 == kind)
					try_ordinals(&fault, before, count, (enum rig_kind)kind);
			}
		}
	}
	ck_assert_msg(made > 0, "%s is never called", row->name);
}
END_TEST

START_TEST(test_one)
{
	char name[NAMES_MAX] = "";
	struct fault fault = {.traced = name};
	uint64_t before, count;
	int kind = 0;

	ck_assert_int_eq(sscanf(getenv("TRACED"), "%23s %d %" SCNu64 " %" SCNu64 " %d", name,
				 &fault.error, &fault.first, &fault.times, &kind),
		5);
	for (int i = 0; i < ROW_COUNT; i++) {
		if (strcmp(rows[i].name, name) == 0)
			fault.call = rows[i].call;
	}
	survey(name, (enum rig_kind)kind, &before, &count);
	fault.first += before;
	try_fault(&fault, (enum rig_kind)kind);
}
END_TEST

static int
run(void)
{
	Suite *suite = suite_create("traced");
	TCase *tests = tcase_create("traced");

	tcase_set_timeout(tests, sweep_is_full() ? 3600 : 4 * process_timeout_ms() / 1000);
	if (getenv("TRACED") != NULL)
		tcase_add_test(tests, test_one);
	else
		tcase_add_loop_test(tests, test_row, 0, ROW_COUNT);
	suite_add_tcase(suite, tests);
	return sweep_run(suite);
}

int
main(void)
{
	/* The leak sanitizer traces the process itself, which only one can. */
	if (!HAS_OWN_ALLOCATOR && trace_is_possible())
		return run();
	puts("skipped: strace is not there, or may not trace, or a sanitizer does");
	return 77;
}
