/*
 * Preloaded into the daemon: stands before the calls that fault.h lists. It owns the
 * mapping of the plan, which lives as long as the process.
 *
 * A failing call does what the kernel's would: a close() that fails has closed, and a
 * peer whose connection was aborted before accept4() is gone.
 */
#include <config.h>

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "fault.h"

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

static struct fault_plan *plan;

static void __attribute__((constructor)) map_plan(void)
{
	const char *path = getenv("FAULT_PLAN");
	int fd = path == NULL ? -1 : REAL(open)(path, O_RDWR | O_CLOEXEC);
	void *at;

	if (fd < 0)
		return;
	at = mmap(NULL, sizeof(*plan), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	REAL(close)(fd);
	if (at != MAP_FAILED)
		plan = at;
}

/* Counts a call. True where it is to fail; errno is set then. */
static bool
strikes(enum fault_call call)
{
	uint64_t ordinal;

	if (plan == NULL)
		return false;
	ordinal = ++plan->calls[call];
	if (plan->call != call || plan->first == 0 || ordinal < plan->first ||
		ordinal - plan->first >= plan->times)
		return false;
	plan->hits++;
	errno = plan->error;
	return true;
}

/* As strikes(), for a call with a length, which is cut to one byte where the plan says so. */
static bool
strikes_length(enum fault_call call, size_t *len)
{
	if (!strikes(call))
		return false;
	if (plan->error != FAULT_SHORT)
		return true;
	if (*len > 1)
		*len = 1;
	return false;
}

/* ---- descriptors --------------------------------------------------------- */

int
open(const char *path, int flags, ...)
{
	mode_t mode = 0;
	va_list args;

	va_start(args, flags);
	if (flags & O_CREAT)
		mode = (mode_t)va_arg(args, int);
	va_end(args);
	return strikes(FAULT_open) ? -1 : REAL(open)(path, flags, mode);
}

int
close(int fd)
{
	bool fails = strikes(FAULT_close);
	int error = errno;
	int rc = REAL(close)(fd);

	if (!fails)
		return rc;
	errno = error;
	return -1;
}

int
fcntl(int fd, int command, ...)
{
	va_list args;
	void *arg;

	va_start(args, command);
	arg = va_arg(args, void *);
	va_end(args);
	return strikes(FAULT_fcntl) ? -1 : REAL(fcntl)(fd, command, arg);
}

int
pipe2(int fds[2], int flags)
{
	return strikes(FAULT_pipe) ? -1 : REAL(pipe2)(fds, flags);
}

int
pipe(int fds[2])
{
	return strikes(FAULT_pipe) ? -1 : REAL(pipe)(fds);
}

int
socketpair(int domain, int type, int protocol, int fds[2])
{
	return strikes(FAULT_pipe) ? -1 : REAL(socketpair)(domain, type, protocol, fds);
}

ssize_t
read(int fd, void *out, size_t len)
{
	/* A timer cannot be read in pieces. */
	if (len > sizeof(uint64_t)
			? strikes_length(FAULT_read, &len)
			: plan != NULL && plan->error != FAULT_SHORT && strikes(FAULT_read))
		return -1;
	return REAL(read)(fd, out, len);
}

ssize_t
write(int fd, const void *data, size_t len)
{
	/* The log. Else one byte is written into a pipe by the handler of a signal. */
	if (fd == STDERR_FILENO && strikes_length(FAULT_write, &len))
		return -1;
	return REAL(write)(fd, data, len);
}

/* ---- sockets ------------------------------------------------------------- */

int
socket(int domain, int type, int protocol)
{
	return strikes(FAULT_socket) ? -1 : REAL(socket)(domain, type, protocol);
}

int
bind(int fd, __CONST_SOCKADDR_ARG address, socklen_t len)
{
	return strikes(FAULT_bind) ? -1 : REAL(bind)(fd, address, len);
}

int
connect(int fd, __CONST_SOCKADDR_ARG address, socklen_t len)
{
	return strikes(FAULT_connect) ? -1 : REAL(connect)(fd, address, len);
}

int
listen(int fd, int backlog)
{
	return strikes(FAULT_listen) ? -1 : REAL(listen)(fd, backlog);
}

static bool
loses_peer(int error)
{
	return error == ECONNABORTED || error == EPERM || error == EPROTO;
}

int
accept4(int fd, __SOCKADDR_ARG address, socklen_t *restrict len, int flags)
{
	bool fails = strikes(FAULT_accept4);
	int error = errno;
	int peer;

	if (fails && !loses_peer(error))
		return -1;
	peer = REAL(accept4)(fd, address, len, flags);
	if (!fails)
		return peer;
	if (peer >= 0)
		REAL(close)(peer);
	errno = error;
	return -1;
}

int
getsockname(int fd, __SOCKADDR_ARG address, socklen_t *restrict len)
{
	return strikes(FAULT_getsockname) ? -1 : REAL(getsockname)(fd, address, len);
}

int
getsockopt(int fd, int level, int name, void *restrict value, socklen_t *restrict len)
{
	return strikes(FAULT_getsockopt) ? -1 : REAL(getsockopt)(fd, level, name, value, len);
}

int
setsockopt(int fd, int level, int name, const void *value, socklen_t len)
{
	return strikes(FAULT_setsockopt) ? -1 : REAL(setsockopt)(fd, level, name, value, len);
}

int
shutdown(int fd, int how)
{
	return strikes(FAULT_shutdown) ? -1 : REAL(shutdown)(fd, how);
}

ssize_t
recv(int fd, void *out, size_t len, int flags)
{
	return strikes_length(FAULT_recv, &len) ? -1 : REAL(recv)(fd, out, len, flags);
}

ssize_t
send(int fd, const void *data, size_t len, int flags)
{
	return strikes_length(FAULT_send, &len) ? -1 : REAL(send)(fd, data, len, flags);
}

ssize_t
sendto(int fd, const void *data, size_t len, int flags, __CONST_SOCKADDR_ARG to, socklen_t to_len)
{
	return strikes(FAULT_sendto) ? -1 : REAL(sendto)(fd, data, len, flags, to, to_len);
}

/* ---- waiting ------------------------------------------------------------- */

int
epoll_create1(int flags)
{
	return strikes(FAULT_epoll_create1) ? -1 : REAL(epoll_create1)(flags);
}

int
epoll_ctl(int epoll_fd, int op, int fd, struct epoll_event *event)
{
	/* The kernel needs memory to add a descriptor, and none to ask for less of one. */
	bool asks_for_more =
		op == EPOLL_CTL_ADD || (op == EPOLL_CTL_MOD && (event->events & EPOLLOUT) != 0);

	return asks_for_more && strikes(FAULT_epoll_ctl) ? -1
							 : REAL(epoll_ctl)(epoll_fd, op, fd, event);
}

int
epoll_wait(int epoll_fd, struct epoll_event *events, int max, int timeout)
{
	return strikes(FAULT_epoll_wait) ? -1 : REAL(epoll_wait)(epoll_fd, events, max, timeout);
}

int
timerfd_create(int clock, int flags)
{
	return strikes(FAULT_timerfd_create) ? -1 : REAL(timerfd_create)(clock, flags);
}

int
timerfd_settime(int fd, int flags, const struct itimerspec *when, struct itimerspec *before)
{
	return strikes(FAULT_timerfd_settime) ? -1 : REAL(timerfd_settime)(fd, flags, when, before);
}

/* ---- files and the rest -------------------------------------------------- */

int
chmod(const char *path, mode_t mode)
{
	return strikes(FAULT_chmod) ? -1 : REAL(chmod)(path, mode);
}

int
fstat(int fd, struct stat *st)
{
	return strikes(FAULT_fstat) ? -1 : REAL(fstat)(fd, st);
}

int
lstat(const char *restrict path, struct stat *restrict st)
{
	return strikes(FAULT_lstat) ? -1 : REAL(lstat)(path, st);
}

int
rename(const char *from, const char *to)
{
	return strikes(FAULT_rename) ? -1 : REAL(rename)(from, to);
}

int
unlink(const char *path)
{
	return strikes(FAULT_unlink) ? -1 : REAL(unlink)(path);
}

int
getrlimit(__rlimit_resource_t resource, struct rlimit *limit)
{
	return strikes(FAULT_getrlimit) ? -1 : REAL(getrlimit)(resource, limit);
}

int
setrlimit(__rlimit_resource_t resource, const struct rlimit *limit)
{
	return strikes(FAULT_setrlimit) ? -1 : REAL(setrlimit)(resource, limit);
}

ssize_t
getrandom(void *out, size_t len, unsigned int flags)
{
	return strikes_length(FAULT_getrandom, &len) ? -1 : REAL(getrandom)(out, len, flags);
}

/* ---- memory -------------------------------------------------------------- */

/* The address sanitizer has an allocator of its own, which begins before this library. */
#ifndef __SANITIZE_ADDRESS__
extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *ptr, size_t size);

void *
malloc(size_t size)
{
	return strikes(FAULT_malloc) ? NULL : __libc_malloc(size);
}

void *
calloc(size_t count, size_t size)
{
	return strikes(FAULT_malloc) ? NULL : __libc_calloc(count, size);
}

void *
realloc(void *ptr, size_t size)
{
	return strikes(FAULT_malloc) ? NULL : __libc_realloc(ptr, size);
}
#endif
