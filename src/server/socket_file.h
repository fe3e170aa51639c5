/*
 * The file of a listening Unix socket: made with its final permissions before
 * anyone can connect, replacing only a file that a dead daemon left, and removed only
 * while it is still the one that was made here.
 */
#ifndef INFLIGHT_SERVER_SOCKET_FILE_H
#define INFLIGHT_SERVER_SOCKET_FILE_H

#include <sys/types.h>

#include "server/address.h"

struct socket_file {
	dev_t device;
	ino_t inode;
};

/*
 * Binds `fd` to the path of `address` with that mode and group (NULL: the
 * process's own; a name or a number). The caller listens afterwards. False:
 * nothing is left behind, `error` (ADDRESS_ERROR_SIZE bytes) says why.
 */
bool socket_file_bind(int fd, const struct address *address, unsigned mode, const char *group,
	struct socket_file *ret, char *error);

/* Removes the file unless something else stands there by now. */
void socket_file_remove(const struct socket_file *file, const char *path);

#endif
