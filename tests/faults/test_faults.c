/*
 * Every system call of the daemon fails in turn. For each call and each error that it
 * can give, the first, the second, ... call in a run fails, once or three times in a
 * row; then either the start fails, with one line that says why, or the daemon goes on
 * and nothing is lost.
 *
 * `make check` tries a sample; FAULTS=all, which `make faults` sets, all of them. To try
 * one: FAULTS="epoll_ctl 12 29 1 0": call, errno, first, times, and 1 for the start.
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

#define SAMPLE_MAX  2 /* of the ordinals of one row */
#define ALWAYS      UINT64_MAX
#define MEMORY_STEP 7 /* of the sample of allocations: each so many hundredth */

struct row {
	enum fault_call call;
	int errors[14];       /* ends with -1 */
	uint64_t ordinal_max; /* 0: all there are */
};

static const struct row rows[] = {
	{FAULT_accept4,
		{EINTR, EAGAIN, ECONNABORTED, EMFILE, ENFILE, ENOBUFS, ENOMEM, EPERM, EPROTO,
			ETIMEDOUT, ENETDOWN, EIO, -1},
		0},
	{FAULT_bind, {EADDRINUSE, EADDRNOTAVAIL, EACCES, ENOMEM, ENOBUFS, ENOSPC, EROFS, EIO, -1},
		0},
	{FAULT_chmod, {EPERM, EIO, EROFS, ENOENT, -1}, 0},
	{FAULT_close, {EINTR, EIO, ENOSPC, -1}, 0},
	{FAULT_connect, {EACCES, ENOENT, EPROTOTYPE, -1}, 0},
	{FAULT_epoll_create1, {EMFILE, ENFILE, ENOMEM, -1}, 0},
	{FAULT_epoll_ctl, {ENOMEM, ENOSPC, -1}, 0},
	{FAULT_epoll_wait, {EINTR, -1}, 0},
	{FAULT_fcntl, {EBADF, -1}, 0},
	{FAULT_fstat, {EIO, ENOMEM, -1}, 0},
	{FAULT_getrandom, {EINTR, ENOSYS, EPERM, FAULT_SHORT, -1}, 0},
	{FAULT_getrlimit, {EPERM, -1}, 0},
	{FAULT_getsockname, {ENOBUFS, -1}, 0},
	{FAULT_getsockopt, {ENOBUFS, ENOMEM, -1}, 0},
	{FAULT_listen, {EADDRINUSE, ENOBUFS, -1}, 0},
	{FAULT_lstat, {EACCES, EIO, ENOMEM, -1}, 0},
	{FAULT_open, {EACCES, EINTR, EIO, EMFILE, ENFILE, ENOENT, ENOMEM, ENOSPC, -1}, 0},
	{FAULT_pipe, {EMFILE, ENFILE, -1}, 0},
	/* Beyond the configuration only a pipe and a timer are read. */
	{FAULT_read, {EIO, ENOMEM, -1}, 2},
	{FAULT_read, {EINTR, EAGAIN, FAULT_SHORT, -1}, 0},
	{FAULT_recv,
		{EINTR, EAGAIN, ECONNRESET, ETIMEDOUT, EHOSTUNREACH, ENOBUFS, ENOMEM, EIO,
			FAULT_SHORT, -1},
		0},
	{FAULT_rename, {EACCES, EIO, ENOENT, ENOSPC, EROFS, -1}, 0},
	{FAULT_send,
		{EINTR, EAGAIN, EPIPE, ECONNRESET, ETIMEDOUT, EHOSTUNREACH, ENOBUFS, ENOMEM, EIO,
			FAULT_SHORT, -1},
		0},
	{FAULT_sendto, {EAGAIN, EINTR, ECONNREFUSED, ENOENT, ENOBUFS, ENOMEM, -1}, 0},
	{FAULT_setrlimit, {EPERM, -1}, 0},
	{FAULT_setsockopt, {ENOBUFS, ENOMEM, ENOPROTOOPT, -1}, 0},
	{FAULT_shutdown, {ENOTCONN, ENOBUFS, -1}, 0},
	{FAULT_socket, {EACCES, EMFILE, ENFILE, ENOBUFS, ENOMEM, -1}, 0},
	{FAULT_timerfd_create, {EMFILE, ENFILE, ENOMEM, -1}, 0},
	{FAULT_unlink, {EACCES, EIO, EROFS, ENOENT, -1}, 0},
	{FAULT_write, {EAGAIN, EINTR, EIO, ENOSPC, EPIPE, FAULT_SHORT, -1}, 0},
};

#define ROW_COUNT ((int)(sizeof(rows) / sizeof(rows[0])))

static const struct fault no_fault = {.call = FAULT_malloc};

/* ---- runs ---------------------------------------------------------------- */

/* Those in which each byte is a fault of its own would drown the others. */
static uint64_t
faults_of(const struct rig *rig)
{
	return rig->plan->hits < 3 ? rig->plan->hits : 3;
}

/* How often each call is made in a run where none fails. */
static void
count_calls(enum rig_kind kind, uint64_t *calls)
{
	struct rig rig;

	ck_assert(rig_start(&rig, &no_fault, kind));
	sweep_work(&rig, kind);
	rig_require(&rig, rig.lost == 0, "%u connections were lost", rig.lost);
	rig_end(&rig);
	memcpy(calls, rig.plan->calls, sizeof(rig.plan->calls));
	rig_fini(&rig);
}

static void
try_fault(const struct fault *fault, enum rig_kind kind)
{
	struct rig rig;

	if (!rig_start(&rig, fault, kind)) {
		sweep_count(1, SWEEP_NOT_STARTED);
		return;
	}
	sweep_work(&rig, kind);
	rig_end(&rig);
	rig_require(&rig, rig.lost <= fault->times, "%u connections were lost", rig.lost);
	sweep_count(faults_of(&rig), SWEEP_GOOD);
	rig_fini(&rig);
}

/* ---- system calls -------------------------------------------------------- */

/* All the ordinals up to `count`, or some of them. */
static void
try_ordinals(struct fault *fault, uint64_t count, enum rig_kind kind)
{
	uint64_t step = sweep_is_full() || count <= SAMPLE_MAX ? 1 : count / SAMPLE_MAX;
	uint64_t first = step == 1 ? 1 : 1 + (uint64_t)fault->error % step;

	for (fault->first = first; fault->first <= count; fault->first += step) {
		if (!sweep_is_full() || share_has(fault->first))
			try_fault(fault, kind);
	}
}

START_TEST(test_row)
{
	static const uint64_t times[] = {1, 3};
	const struct row *row = &rows[_i];
	uint64_t calls[RIG_KINDS][FAULT_CALL_COUNT];
	uint64_t made = 0;

	for (int kind = 0; kind < RIG_KINDS; kind++) {
		count_calls((enum rig_kind)kind, calls[kind]);
		made += calls[kind][row->call];
	}
	ck_assert_msg(made > 0, "%s is never called", fault_name(row->call));
	for (const int *error = row->errors; *error >= 0; error++) {
		/* The sample takes turns. */
		for (int i = 0; i < RIG_KINDS * 2; i++) {
			struct fault fault = {
				.call = row->call, .error = *error, .times = times[i / 2]};
			enum rig_kind kind = (enum rig_kind)(i % 2);
			uint64_t count = calls[kind][row->call];

			if (row->ordinal_max > 0 && count > row->ordinal_max)
				count = row->ordinal_max;
			if (sweep_is_full() || (error - row->errors) % 4 == i)
				try_ordinals(&fault, count, kind);
		}
	}
}
END_TEST

/* One byte at a time, all the way. */
START_TEST(test_short_always)
{
	static const enum fault_call calls[] = {
		FAULT_recv, FAULT_send, FAULT_read, FAULT_write, FAULT_getrandom};
	struct fault fault = {.call = calls[_i], .error = FAULT_SHORT, .first = 1, .times = ALWAYS};

	for (int kind = 0; kind < RIG_KINDS; kind++)
		try_fault(&fault, (enum rig_kind)kind);
}
END_TEST

/* ---- memory -------------------------------------------------------------- */

static void
try_allocation(uint64_t ordinal, uint64_t times, enum rig_kind kind)
{
	struct fault fault = {
		.call = FAULT_malloc, .error = ENOMEM, .first = ordinal, .times = times};
	struct rig rig;
	bool has_started = rig_start(&rig, &fault, kind);
	enum sweep_end end = has_started ? SWEEP_GOOD : SWEEP_NOT_STARTED;

	if (has_started)
		sweep_work(&rig, kind);
	if (rig_end_short_of_memory(&rig, has_started))
		end = SWEEP_ABORTED;
	sweep_count(faults_of(&rig), end);
	rig_fini(&rig);
}

START_TEST(test_memory)
{
	enum rig_kind kind = (enum rig_kind)(_i / 2);
	uint64_t times = _i % 2 == 0 ? 1 : ALWAYS;
	uint64_t calls[FAULT_CALL_COUNT];
	uint64_t step;

	count_calls(kind, calls);
	ck_assert_uint_gt(calls[FAULT_malloc], 0);
	step = sweep_is_full() ? 1 : calls[FAULT_malloc] * MEMORY_STEP / 100 + 1;
	for (uint64_t i = 1; i <= calls[FAULT_malloc]; i += step) {
		if (!sweep_is_full() || share_has(i))
			try_allocation(i, times, kind);
	}
}
END_TEST

/* ---- one fault ----------------------------------------------------------- */

START_TEST(test_one)
{
	char name[32] = "";
	struct fault fault = {.call = FAULT_malloc};
	int kind = 0;

	ck_assert_int_eq(sscanf(getenv("FAULTS"), "%31s %d %" SCNu64 " %" SCNu64 " %d", name,
				 &fault.error, &fault.first, &fault.times, &kind),
		5);
	for (int call = 0; call < FAULT_CALL_COUNT; call++) {
		if (strcmp(fault_name((enum fault_call)call), name) == 0)
			fault.call = (enum fault_call)call;
	}
	if (fault.call == FAULT_malloc)
		try_allocation(fault.first, fault.times, (enum rig_kind)kind);
	else
		try_fault(&fault, (enum rig_kind)kind);
}
END_TEST

static void
add_tests(TCase *tests)
{
	tcase_set_timeout(tests, sweep_is_full() ? 3600 : 4 * process_timeout_ms() / 1000);
	if (getenv("FAULTS") != NULL && !sweep_is_full()) {
		tcase_add_test(tests, test_one);
		return;
	}
	tcase_add_loop_test(tests, test_row, 0, ROW_COUNT);
	tcase_add_loop_test(tests, test_short_always, 0, 5);
	if (why_never_scarce() != NULL)
		printf("skipped: allocations that fail: %s\n", why_never_scarce());
	else
		tcase_add_loop_test(tests, test_memory, 0, 2 * RIG_KINDS);
}

int
main(void)
{
	Suite *suite = suite_create("faults");
	TCase *tests = tcase_create("faults");

	add_tests(tests);
	suite_add_tcase(suite, tests);
	return sweep_run(suite);
}
