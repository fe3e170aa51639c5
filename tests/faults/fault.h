/*
 * A plan of faults, shared by a test and the daemon under it: the library that is
 * preloaded into the daemon (shim.c) maps the file that $FAULT_PLAN names, counts the
 * calls in it and lets those fail that the plan says. The test owns the file.
 */
#ifndef INFLIGHT_TESTS_FAULT_H
#define INFLIGHT_TESTS_FAULT_H

#include <stdint.h>

/* Calls by name; `epoll_ctl` are those that ask for more, `pipe` is any kind of it. */
#define FAULT_CALLS(X)     \
	X(accept4)         \
	X(bind)            \
	X(chmod)           \
	X(close)           \
	X(connect)         \
	X(epoll_create1)   \
	X(epoll_ctl)       \
	X(epoll_wait)      \
	X(fcntl)           \
	X(fstat)           \
	X(getrandom)       \
	X(getrlimit)       \
	X(getsockname)     \
	X(getsockopt)      \
	X(listen)          \
	X(lstat)           \
	X(malloc)          \
	X(open)            \
	X(pipe)            \
	X(read)            \
	X(recv)            \
	X(rename)          \
	X(send)            \
	X(sendto)          \
	X(setrlimit)       \
	X(setsockopt)      \
	X(shutdown)        \
	X(socket)          \
	X(timerfd_create)  \
	X(timerfd_settime) \
	X(unlink)          \
	X(write)

#define FAULT_ENUMERATOR(name) FAULT_##name,
enum fault_call { FAULT_CALLS(FAULT_ENUMERATOR) FAULT_CALL_COUNT };

/* Instead of an error: the call is made, with room for one byte. */
#define FAULT_SHORT 0

struct fault {
	enum fault_call call;
	int error;
	uint64_t first;
	uint64_t times;
	void (*prepare)(void); /* called before the daemon begins; may be NULL */
	/*
	 * NULL: the preloaded library makes it fail. Else the kernel, so to speak: strace stops
	 * the daemon, as it is shipped, at the system call of this name.
	 */
	const char *traced;
};

struct fault_plan {
	uint64_t calls[FAULT_CALL_COUNT]; /* made so far */
	uint64_t first;                   /* the ordinal of the first call to fail, 0: none */
	uint64_t times;                   /* so many in a row */
	uint64_t hits;                    /* so many have failed */
	enum fault_call call;
	int error; /* an errno, or FAULT_SHORT */
};

#endif
