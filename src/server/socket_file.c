/*
 * Socket files. Nothing is kept here but what the caller holds in struct
 * socket_file.
 *
 * A file that is in the way is asked by connecting to it: whoever answers is a live
 * daemon and keeps its place. A stale one is renamed before it is removed, so that
 * of two daemons starting together neither removes the other's new file.
 */
#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "server/socket_file.h"

/* A daemon is bound but does not listen yet for a moment: ask again after this. */
#define PROBE_AGAIN_MS 20
#define BIND_TRIES     4

static bool
fail(char *error, const char *path, const char *format, ...) __attribute__((format(printf, 3, 4)));

static bool
fail(char *error, const char *path, const char *format, ...)
{
	char why[120];
	va_list args;

	va_start(args, format);
	vsnprintf(why, sizeof(why), format, args);
	va_end(args);
	snprintf(error, ADDRESS_ERROR_SIZE, "socket %.110s: %s", path, why);
	return false;
}

/* 0 where somebody listens, else why not; EAGAIN means a listener with a full backlog. */
static int
probe_once(const struct address *address)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	int result = 0;

	if (fd < 0)
		return errno;
	if (connect(fd, (const void *)&address->storage, address->len) < 0)
		result = errno;
	close(fd);
	return result;
}

static int
probe(const struct address *address)
{
	int result = probe_once(address);

	if (result != ECONNREFUSED)
		return result;
	poll(NULL, 0, PROBE_AGAIN_MS);
	return probe_once(address);
}

/*
 * Takes the stale file out of the way. The name is moved first, in one step, and
 * looked at then: where it turns out to be another file than the one that was
 * probed, it is put back.
 */
static bool
remove_stale(const char *path, const struct stat *probed, char *error)
{
	char aside[sizeof(struct sockaddr_un) + 32];
	struct stat now;
	int reason = 0;

	snprintf(aside, sizeof(aside), "%s.stale.%ld", path, (long)getpid());
	if (rename(path, aside) < 0)
		return errno == ENOENT ||
		       fail(error, path, "cannot be replaced: %s", strerror(errno));
	if (lstat(aside, &now) < 0) {
		reason = errno;
	} else if (now.st_dev == probed->st_dev && now.st_ino == probed->st_ino) {
		unlink(aside);
		return true;
	}
	if (link(aside, path) == 0)
		unlink(aside);
	if (reason != 0)
		return fail(error, path, "cannot be replaced: %s", strerror(reason));
	return fail(error, path, "another daemon is starting there");
}

/* Makes room at a path that bind() found taken. */
static bool
clear_path(const struct address *address, char *error)
{
	const char *path = address_path(address);
	struct stat st;
	int state;

	if (lstat(path, &st) < 0)
		return errno == ENOENT || fail(error, path, "%s", strerror(errno));
	if (!S_ISSOCK(st.st_mode))
		return fail(error, path, "a file that is not a socket is in the way");
	state = probe(address);
	switch (state) {
	case 0:
	case EAGAIN:
		return fail(error, path, "another daemon is listening there");
	case EPROTOTYPE:
		return fail(error, path, "a socket of another kind is in use there");
	case ECONNREFUSED:
		return remove_stale(path, &st, error);
	case ENOENT:
		return true;
	default:
		return fail(error, path, "cannot tell whether it is in use: %s", strerror(state));
	}
}

static bool
find_group(const char *name, const char *path, gid_t *ret, char *error)
{
	const struct group *entry;
	char *end = NULL;
	unsigned long number;

	errno = 0;
	entry = getgrnam(name);
	if (entry != NULL) {
		*ret = entry->gr_gid;
		return true;
	}
	number = strtoul(name, &end, 10);
	if (name[0] < '0' || name[0] > '9' || *end != '\0' || number >= (gid_t)-1)
		return fail(error, path, "there is no group \"%.40s\"", name);
	*ret = (gid_t)number;
	return true;
}

/* Binds with no permission for anyone; connecting fails until the caller listens anyway. */
static bool
bind_closed(int fd, const struct address *address, char *error)
{
	const char *path = address_path(address);

	for (int i = 0; i < BIND_TRIES; i++) {
		mode_t before = umask(0777);
		int rc = bind(fd, (const void *)&address->storage, address->len);
		int reason = errno;

		umask(before);
		if (rc == 0)
			return true;
		if (reason != EADDRINUSE)
			return fail(error, path, "%s", strerror(reason));
		if (!clear_path(address, error))
			return false;
	}
	return fail(error, path, "another daemon is starting there");
}

bool
socket_file_bind(int fd, const struct address *address, unsigned mode, const char *group,
	struct socket_file *ret, char *error)
{
	const char *path = address_path(address);
	gid_t gid = (gid_t)-1;
	struct stat st;

	if (group != NULL && !find_group(group, path, &gid, error))
		return false;
	if (!bind_closed(fd, address, error))
		return false;
	if (group != NULL && lchown(path, (uid_t)-1, gid) < 0) {
		fail(error, path, "cannot give it to group %.40s: %s", group, strerror(errno));
		unlink(path);
		return false;
	}
	if (chmod(path, mode & 0777) < 0 || lstat(path, &st) < 0) {
		fail(error, path, "cannot set its permissions: %s", strerror(errno));
		unlink(path);
		return false;
	}
	*ret = (struct socket_file){.device = st.st_dev, .inode = st.st_ino};
	return true;
}

void
socket_file_remove(const struct socket_file *file, const char *path)
{
	struct stat st;

	if (lstat(path, &st) == 0 && st.st_dev == file->device && st.st_ino == file->inode)
		unlink(path);
}
