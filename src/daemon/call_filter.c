/*
 * The system calls of a daemon that has started, as a list for the kernel. What is not on
 * it fails with EPERM, like a call that a service manager forbids: the daemon deals with
 * calls that fail, so one that a new C library makes costs at most what it was for,
 * where killing the process would cost every queue. The list names no call that
 * starts a program, connects to anything, writes a file or maps code.
 */
#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "daemon/confine.h"

/* Without any rule about their arguments. */
static const int calls[] = {
	/* the loop */
	SCMP_SYS(epoll_wait),
	SCMP_SYS(epoll_pwait),
	SCMP_SYS(epoll_pwait2),
	SCMP_SYS(epoll_ctl),
	SCMP_SYS(timerfd_settime),
	SCMP_SYS(clock_gettime),
	SCMP_SYS(rt_sigreturn),
	SCMP_SYS(rt_sigaction),
	SCMP_SYS(rt_sigprocmask),
	SCMP_SYS(restart_syscall),
	/* connections */
	SCMP_SYS(accept4),
	SCMP_SYS(recvfrom),
	SCMP_SYS(recvmsg),
	SCMP_SYS(sendto),
	SCMP_SYS(sendmsg),
	SCMP_SYS(read),
	SCMP_SYS(write),
	SCMP_SYS(writev),
	SCMP_SYS(poll), /* whether the log, or the audit stream, takes more */
	SCMP_SYS(ppoll),
	SCMP_SYS(shutdown),
	SCMP_SYS(getsockopt),
	SCMP_SYS(getsockname),
	SCMP_SYS(close),
	/* memory */
	SCMP_SYS(brk),
	SCMP_SYS(munmap),
	SCMP_SYS(mremap),
	SCMP_SYS(madvise),
	SCMP_SYS(futex),
	/* random numbers, also those of TLS, which asks for its process */
	SCMP_SYS(getrandom),
	SCMP_SYS(getpid),
	SCMP_SYS(gettid),
	/* reading the configuration and its files again */
	SCMP_SYS(fstat),
	SCMP_SYS(newfstatat),
	SCMP_SYS(lstat),
	SCMP_SYS(stat),
	SCMP_SYS(lseek),
	SCMP_SYS(fcntl),
	/* the end: the socket file goes */
	SCMP_SYS(unlink),
	SCMP_SYS(exit),
	SCMP_SYS(exit_group),
};

/* With one: this argument, under the mask, has this value. */
static const struct {
	int call;
	unsigned arg;
	scmp_datum_t mask;
	scmp_datum_t value;
} ruled_calls[] = {
	{SCMP_SYS(mmap), 2, PROT_EXEC, 0},
	{SCMP_SYS(mprotect), 2, PROT_EXEC, 0},
	/* Files are read, never written or made. */
	{SCMP_SYS(open), 1, O_ACCMODE | O_CREAT | O_TRUNC, O_RDONLY},
	{SCMP_SYS(openat), 2, O_ACCMODE | O_CREAT | O_TRUNC, O_RDONLY},
	/* HTTP: whether what is written leaves at once. */
	{SCMP_SYS(setsockopt), 1, ~(scmp_datum_t)0, IPPROTO_TCP},
	/* Standard output asks whether it is a terminal. */
	{SCMP_SYS(ioctl), 1, ~(scmp_datum_t)0, TCGETS},
	/* For what the service manager is told; it is not connected. */
	{SCMP_SYS(socket), 0, ~(scmp_datum_t)0, AF_UNIX},
	/* Limits, of this process: a reload may raise that of descriptors. */
	{SCMP_SYS(prlimit64), 0, ~(scmp_datum_t)0, 0},
};

bool
confine_has_filter(void)
{
	return true;
}

/* 0, or an error of libseccomp. A call that this machine has not is no error. */
static int
add_rules(scmp_filter_ctx filter)
{
	struct scmp_arg_cmp own = {.arg = 0, .op = SCMP_CMP_EQ, .datum_a = (scmp_datum_t)getpid()};
	int result = 0;

	for (size_t i = 0; result == 0 && i < sizeof(calls) / sizeof(calls[0]); i++)
		result = seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, calls[i], 0, NULL);
	for (size_t i = 0; result == 0 && i < sizeof(ruled_calls) / sizeof(ruled_calls[0]); i++) {
		struct scmp_arg_cmp rule = {.arg = ruled_calls[i].arg,
			.op = SCMP_CMP_MASKED_EQ,
			.datum_a = ruled_calls[i].mask,
			.datum_b = ruled_calls[i].value};

		result = seccomp_rule_add_array(
			filter, SCMP_ACT_ALLOW, ruled_calls[i].call, 1, &rule);
	}
	/* A check that fails ends in a signal to oneself. */
	if (result == 0)
		result = seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, SCMP_SYS(tgkill), 1, &own);
	return result;
}

bool
confine_calls(char *error)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(EPERM));
	int result = filter == NULL ? -ENOMEM : add_rules(filter);

	if (result == 0)
		result = seccomp_load(filter);
	seccomp_release(filter);
	if (result == 0)
		return true;
	snprintf(error, 256, "seccomp: system calls cannot be filtered: %s", strerror(-result));
	return false;
}
