/*
 * Preloaded into the daemon: on SIGUSR2 the process makes system calls that serving does not
 * need, and tells on standard output what came of each. The arguments are such that nothing would
 * come of them without a filter either.
 */
#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

static void
tell(const char *name, long result)
{
	char line[128];
	int len = snprintf(line, sizeof(line), "%s %s\n", name,
		result >= 0      ? "was done"
		: errno == EPERM ? "was refused"
				 : "was looked at");

	if (write(STDOUT_FILENO, line, (size_t)len) != len)
		_exit(99);
}

static void
try_all(int number)
{
	static char page[4096] __attribute__((aligned(4096)));
	int saved = errno;

	(void)number;
	tell("execve", syscall(SYS_execve, "/nonexistent", NULL, NULL));
	tell("clone", syscall(SYS_clone, CLONE_SIGHAND, 0, 0, 0, 0));
	tell("ptrace", syscall(SYS_ptrace, PTRACE_CONT, -1, 0, 0));
	tell("kill", syscall(SYS_kill, getppid(), 0));
	tell("connect", syscall(SYS_connect, -1, NULL, 0));
	tell("bind", syscall(SYS_bind, -1, NULL, 0));
	tell("socket of the internet", syscall(SYS_socket, AF_INET, SOCK_STREAM, 0));
	tell("socket of packets", syscall(SYS_socket, AF_PACKET, SOCK_RAW, 0));
	tell("writing a file", syscall(SYS_openat, AT_FDCWD, "/nonexistent", O_WRONLY));
	tell("changing a file", syscall(SYS_openat, AT_FDCWD, "/nonexistent", O_RDWR));
	tell("making a file", syscall(SYS_openat, AT_FDCWD, "/nonexistent/a", O_CREAT, 0600));
	tell("mapping code",
		syscall(SYS_mmap, NULL, sizeof(page), PROT_READ | PROT_EXEC, MAP_PRIVATE, -1, 0));
	tell("making code of data",
		syscall(SYS_mprotect, page + 1, sizeof(page), PROT_READ | PROT_EXEC));
	tell("renaming", syscall(SYS_renameat, AT_FDCWD, "/nonexistent", AT_FDCWD, "/nonexistent"));
	tell("unshare", syscall(SYS_unshare, -1));
	tell("io_uring", syscall(SYS_io_uring_setup, 0, NULL));
	tell("end", 0);
	errno = saved;
}

__attribute__((constructor)) static void
begin(void)
{
	struct sigaction action;

	memset(&action, 0, sizeof(action));
	action.sa_handler = try_all;
	action.sa_flags = SA_RESTART;
	sigaction(SIGUSR2, &action, NULL);
}
