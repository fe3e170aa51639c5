/*
 * See systemd.h. A message that cannot be sent is a warning and no more: the daemon
 * works without being supervised.
 */
#include <config.h>

#include "daemon/systemd.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/log.h"

/* A number in decimal and nothing else. */
static bool
parse_count(const char *text, unsigned long max, unsigned long *ret)
{
	char *end;
	unsigned long value;

	if (text == NULL || *text < '0' || *text > '9')
		return false;
	errno = 0;
	value = strtoul(text, &end, 10);
	if (errno != 0 || *end != '\0' || value > max)
		return false;
	*ret = value;
	return true;
}

static bool
set_cloexec(int fd)
{
	int flags = fcntl(fd, F_GETFD);

	return flags >= 0 && fcntl(fd, F_SETFD, flags | FD_CLOEXEC) == 0;
}

static bool
read_listen_fds(struct systemd_fds *ret, char *error)
{
	const char *names = getenv("LISTEN_FDNAMES");
	unsigned long pid;
	unsigned long count;

	*ret = (struct systemd_fds){.count = 0};
	if (getenv("LISTEN_PID") == NULL || getenv("LISTEN_FDS") == NULL)
		return true;
	if (!parse_count(getenv("LISTEN_PID"), INT32_MAX, &pid)) {
		snprintf(error, 256, "LISTEN_PID is not the number of a process");
		return false;
	}
	if (pid != (unsigned long)getpid())
		return true;
	if (!parse_count(getenv("LISTEN_FDS"), SYSTEMD_FDS_MAX, &count)) {
		snprintf(error, 256, "LISTEN_FDS is not a number up to %d", SYSTEMD_FDS_MAX);
		return false;
	}
	for (int fd = SYSTEMD_FIRST_FD; fd < SYSTEMD_FIRST_FD + (int)count; fd++) {
		if (!set_cloexec(fd)) {
			snprintf(error, 256, "LISTEN_FDS: descriptor %d: %s", fd, strerror(errno));
			return false;
		}
	}
	ret->count = (int)count;
	ret->names = names == NULL ? NULL : xstrdup(names);
	return true;
}

bool
systemd_fds_init(struct systemd_fds *fds, char *error)
{
	bool good = read_listen_fds(fds, error);

	unsetenv("LISTEN_PID");
	unsetenv("LISTEN_FDS");
	unsetenv("LISTEN_FDNAMES");
	return good;
}

void
systemd_fds_fini(struct systemd_fds *fds)
{
	free(fds->names);
	fds->names = NULL;
}

bool
systemd_fd_is(const struct systemd_fds *fds, int fd, const char *name)
{
	const char *at = fds->names;
	size_t len;

	for (int i = SYSTEMD_FIRST_FD; at != NULL && i < fd; i++) {
		at = strchr(at, ':');
		at = at == NULL ? NULL : at + 1;
	}
	if (at == NULL)
		return false;
	len = strcspn(at, ":");
	return len == strlen(name) && memcmp(at, name, len) == 0;
}

uint64_t
systemd_watchdog_ms(void)
{
	const char *usec = getenv("WATCHDOG_USEC");
	const char *pid = getenv("WATCHDOG_PID");
	unsigned long number;

	if (usec == NULL)
		return 0;
	if (pid != NULL &&
		(!parse_count(pid, INT32_MAX, &number) || number != (unsigned long)getpid()))
		return 0;
	if (!parse_count(usec, INT64_MAX, &number) || number == 0) {
		log_warning("WATCHDOG_USEC is not a number of microseconds");
		return 0;
	}
	return number < 2000 ? 1 : number / 2000;
}

/* A path, or a name in the abstract namespace where it begins with "@". */
static bool
notify_address(const char *path, struct sockaddr_un *address, socklen_t *len)
{
	size_t n = strlen(path);

	*address = (struct sockaddr_un){.sun_family = AF_UNIX};
	if ((path[0] != '/' && path[0] != '@') || n < 2 || n >= sizeof(address->sun_path))
		return false;
	memcpy(address->sun_path, path, n);
	if (path[0] == '@')
		address->sun_path[0] = '\0';
	*len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + n);
	return true;
}

/* Sends `state`, lines of NAME=VALUE. */
static void
notify(const char *state)
{
	const char *path = getenv("NOTIFY_SOCKET");
	struct sockaddr_un address;
	socklen_t len;
	int fd;

	if (path == NULL)
		return;
	if (!notify_address(path, &address, &len)) {
		log_warning("NOTIFY_SOCKET is neither a path nor an abstract name");
		return;
	}
	/* A service manager that does not read must not stall the daemon. */
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || sendto(fd, state, strlen(state), MSG_NOSIGNAL | MSG_DONTWAIT,
			      (const struct sockaddr *)&address, len) < 0)
		log_warning("NOTIFY_SOCKET: %m");
	if (fd >= 0)
		close(fd);
}

/* A longer status is cut. */
static void
notify_with_status(const char *state, const char *status)
{
	char text[400];

	snprintf(text, sizeof(text), "%s\nSTATUS=%s", state, status);
	notify(text);
}

void
systemd_notify_ready(const char *status)
{
	notify_with_status("READY=1", status);
}

void
systemd_notify_alive(const char *status)
{
	notify_with_status("WATCHDOG=1", status);
}

void
systemd_notify_reloading(void)
{
	char state[80];

	snprintf(state, sizeof(state), "RELOADING=1\nMONOTONIC_USEC=%llu",
		(unsigned long long)(clock_now_ns() / 1000));
	notify(state);
}

void
systemd_notify_stopping(uint64_t longest_ms)
{
	char state[80];

	snprintf(state, sizeof(state), "STOPPING=1\nEXTEND_TIMEOUT_USEC=%llu",
		(unsigned long long)longest_ms * 1000);
	notify_with_status(state, "draining: no new connections, no new work");
}
